/* Vectors of SSM_LANES doubles and the elementary functions of them.
 *
 * Each source file that includes this is compiled once for every instruction set; only +, -, *, /,
 * sqrt and integer operations are used, all of them correctly rounded, and the compiler is told
 * not to contract them, so that every lane of every width computes the same bits.
 */
#ifndef SSM_SIMD_H
#define SSM_SIMD_H

#include <math.h>
#include <stdint.h>

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

#ifndef SSM_LANES
#if defined(__AVX512F__)
#define SSM_LANES 8
#elif defined(__AVX2__)
#define SSM_LANES 4
#else
#define SSM_LANES 2
#endif
#endif

typedef double vdouble __attribute__((vector_size(8 * SSM_LANES)));
typedef int64_t vint __attribute__((vector_size(8 * SSM_LANES)));
typedef uint64_t vuint __attribute__((vector_size(8 * SSM_LANES)));

#define INLINE static inline __attribute__((always_inline))

/* The same types where memory is only aligned as its elements are. */
typedef double vdouble_u __attribute__((vector_size(8 * SSM_LANES), aligned(8), may_alias));
typedef uint64_t vuint_u __attribute__((vector_size(8 * SSM_LANES), aligned(8), may_alias));
typedef uint64_t vpairs_u __attribute__((vector_size(8 * SSM_LANES), aligned(4), may_alias));
typedef uint32_t vwords_u __attribute__((vector_size(4 * SSM_LANES), aligned(4), may_alias));

static inline vdouble load(const double *p) { return *(const vdouble_u *)p; }
static inline void store(double *p, vdouble x) { *(vdouble_u *)p = x; }
static inline vuint load_bits(const uint64_t *p) { return *(const vuint_u *)p; }
/* Two words from each lane, the low one first; one word to each lane. */
static inline void store_word_pairs(uint32_t *p, vuint x) { *(vpairs_u *)p = x; }
static inline vuint load_words_wide(const uint32_t *p)
{
    return __builtin_convertvector(*(const vwords_u *)p, vuint);
}
static inline vdouble splat(double x) { return (vdouble){0} + x; }

/* mask is all ones or all zeros in each lane, as comparisons give it. */
static inline vdouble choose(vint mask, vdouble a, vdouble b)
{
    return (vdouble)(((vint)a & mask) | ((vint)b & ~mask));
}

static inline vdouble vmin(vdouble a, vdouble b) { return choose(a < b, a, b); }
static inline vdouble vmax(vdouble a, vdouble b) { return choose(a > b, a, b); }
static inline vdouble vabs(vdouble a) { return (vdouble)((vint)a & INT64_MAX); }

/* Bit k tells whether lane k of a mask is set. */
static inline unsigned mask_bits(vint mask)
{
#if SSM_LANES == 8 && defined(__AVX512DQ__)
    return _mm512_movepi64_mask((__m512i)mask);
#elif SSM_LANES == 4 && defined(__AVX2__)
    return (unsigned)_mm256_movemask_pd((__m256d)mask);
#elif SSM_LANES == 2 && defined(__SSE2__)
    return (unsigned)_mm_movemask_pd((__m128d)mask);
#else
    unsigned bits = 0;
    for (int lane = 0; lane < SSM_LANES; lane++)
        bits |= (unsigned)(mask[lane] & 1) << lane;
    return bits;
#endif
}

typedef double double_alias __attribute__((may_alias));

/* Store those lanes whose bits are set, one after the other from p on.  The entries after them, up to
 * SSM_LANES entries from p on, are then unspecified. */
static inline void store_lanes(void *p, vdouble x, unsigned lanes)
{
#if SSM_LANES == 8 && defined(__AVX512F__)
    _mm512_storeu_pd(p, _mm512_maskz_compress_pd((__mmask8)lanes, (__m512d)x));
#else
    double_alias *to = p;
    for (int lane = 0; lane < SSM_LANES; lane++) {
        *to = x[lane];
        to += lanes >> lane & 1;
    }
#endif
}

static inline vdouble vsqrt(vdouble x)
{
#if SSM_LANES == 8 && defined(__AVX512F__)
    return (vdouble)_mm512_sqrt_pd((__m512d)x);
#elif SSM_LANES == 4 && defined(__AVX2__)
    return (vdouble)_mm256_sqrt_pd((__m256d)x);
#elif SSM_LANES == 2 && defined(__SSE2__)
    return (vdouble)_mm_sqrt_pd((__m128d)x);
#else
    for (int lane = 0; lane < SSM_LANES; lane++)
        x[lane] = sqrt(x[lane]);
    return x;
#endif
}

/* Product of the low 32 bits of each lane. */
static inline vuint multiply_low_halves(vuint a, vuint b)
{
#if SSM_LANES == 8 && defined(__AVX512F__)
    return (vuint)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif SSM_LANES == 4 && defined(__AVX2__)
    return (vuint)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif SSM_LANES == 2 && defined(__SSE2__)
    return (vuint)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & UINT32_MAX) * (b & UINT32_MAX);
#endif
}

/* exp(x) - 1 = 2^n (1 + p) - 1 with x = n log 2 + r, |r| <= log(2) / 2: p and 2^n, for
 * |x| <= 708. */
static inline vdouble exp_parts(vdouble x, vdouble *scale)
{
    const double round_to_integer = 0x1.8p52;
    vdouble shifted = x * 0x1.71547652b82fep0 + round_to_integer;
    vdouble n = shifted - round_to_integer;
    vdouble r = (x - n * 0x1.62e42fefa3800p-1) - n * 0x1.ef35793c76730p-45;
    vdouble r2 = r * r, r4 = r2 * r2;
    vdouble p = (r * (1.0 / 6) + 0.5) + r2 * (r * (1.0 / 120) + 1.0 / 24) +
                r4 * ((r * (1.0 / 5040) + 1.0 / 720) + r2 * (r * (1.0 / 362880) + 1.0 / 40320)) +
                (r4 * r4) * ((r * (1.0 / 39916800) + 1.0 / 3628800) + r2 * (1.0 / 479001600));
    *scale = (vdouble)((((vint)shifted - (vint)splat(round_to_integer)) << 52) +
                       (vint)splat(1.0));
    return r + r2 * p;
}

/* exp(x); below -708 as exp(-708), about 1e-308. */
static inline vdouble vexp(vdouble x)
{
    vdouble scale, p = exp_parts(vmin(vmax(x, splat(-708.0)), splat(708.0)), &scale);
    return scale * p + scale;
}

/* exp(x) to 5e-9 of it, for probabilities; below -708 as exp(-708). */
static inline vdouble vexp_short(vdouble x)
{
    const double round_to_integer = 0x1.8p52;
    x = vmin(vmax(x, splat(-708.0)), splat(708.0));
    vdouble shifted = x * 0x1.71547652b82fep0 + round_to_integer;
    vdouble r = x - (shifted - round_to_integer) * 0x1.62e42fefa39efp-1, r2 = r * r;
    vdouble p = (1.0 + r) + r2 * ((r * (1.0 / 6) + 0.5) + r2 * ((r * (1.0 / 120) + 1.0 / 24) +
                                  r2 * (r * (1.0 / 5040) + 1.0 / 720)));
    vint exponent = ((vint)shifted - (vint)splat(round_to_integer)) << 52;
    return (vdouble)((vint)p + exponent);
}

/* exp(x) - 1, accurate near 0 too. */
static inline vdouble vexpm1(vdouble x)
{
    vdouble scale, p = exp_parts(vmin(vmax(x, splat(-708.0)), splat(708.0)), &scale);
    return scale * p + (scale - 1.0);
}

/* log(x) for normal x > 0: x = 2^e m, sqrt(1/2) <= m < sqrt(2), log m = 2 atanh((m-1)/(m+1)). */
static inline vdouble vlog(vdouble x)
{
    const int64_t sqrt_half = INT64_C(0x3fe6a09e667f3bcd);
    vint exponent = ((vint)x - sqrt_half) >> 52;
    vdouble m = (vdouble)((vint)x - (exponent << 52));
    const double integer_offset = 0x1.8p52;
    vdouble e = (vdouble)(exponent + (vint)splat(integer_offset)) - integer_offset;
    vdouble s = (m - 1.0) / (m + 1.0);
    vdouble z = s * s, z2 = z * z, z4 = z2 * z2;
    vdouble p = (z * (1.0 / 5) + 1.0 / 3) + z2 * (z * (1.0 / 9) + 1.0 / 7) +
                z4 * ((z * (1.0 / 13) + 1.0 / 11) + z2 * (z * (1.0 / 17) + 1.0 / 15)) +
                (z4 * z4) * (z * (1.0 / 21) + 1.0 / 19);
    return e * 0x1.62e42fefa3800p-1 + (2.0 * s + (2.0 * s * (z * p) + e * 0x1.ef35793c76730p-45));
}

/* log(x) to 2e-9 of it, for normal 0 < x. */
static inline vdouble vlog_short(vdouble x)
{
    const int64_t sqrt_half = INT64_C(0x3fe6a09e667f3bcd);
    const double integer_offset = 0x1.8p52;
    vint exponent = ((vint)x - sqrt_half) >> 52;
    vdouble m = (vdouble)((vint)x - (exponent << 52));
    vdouble e = (vdouble)(exponent + (vint)splat(integer_offset)) - integer_offset;
    vdouble s = (m - 1.0) / (m + 1.0), z = s * s;
    vdouble p = (z * (1.0 / 5) + 1.0 / 3) + (z * z) * (z * (1.0 / 9) + 1.0 / 7);
    return e * 0x1.62e42fefa39efp-1 + 2.0 * (s + s * (z * p));
}

/* sin(pi u / 2) for 0 <= u <= 1, to 6e-8. */
static inline vdouble sin_quarter_turn_short(vdouble u)
{
    vdouble x = u * 0x1.921fb54442d18p0, z = x * x, z2 = z * z;
    vdouble p = (z * (1.0 / 120) - 1.0 / 6) + z2 * (z * (1.0 / 362880) - 1.0 / 5040) -
                (z2 * z2) * (1.0 / 39916800);
    return x + x * (z * p);
}

/* sin(pi u / 2) for 0 <= u <= 1, by its series to the 19th power. */
static inline vdouble sin_quarter_turn(vdouble u)
{
    vdouble x = u * 0x1.921fb54442d18p0, z = x * x, z2 = z * z, z4 = z2 * z2;
    vdouble p = (z * (1.0 / 120) - 1.0 / 6) + z2 * (z * (1.0 / 362880) - 1.0 / 5040) +
                z4 * ((z * (1.0 / 6227020800.0) - 1.0 / 39916800) +
                      z2 * (z * (1.0 / 355687428096000.0) - 1.0 / 1307674368000.0)) -
                (z4 * z4) * (1.0 / 121645100408832000.0);
    return x + x * (z * p);
}

/* sin(pi u) and cos(pi u) for 0 <= u <= 1. */
static inline vdouble sin_half_turn(vdouble u)
{
    vdouble half = sin_quarter_turn(vmin(u, 1.0 - u));
    return 2.0 * half * vsqrt(1.0 - half * half);
}

static inline vdouble cos_half_turn(vdouble u)
{
    vdouble half = sin_quarter_turn(vmin(u, 1.0 - u)), cosine = 1.0 - 2.0 * half * half;
    return choose(u > 0.5, -cosine, cosine);
}

#endif
