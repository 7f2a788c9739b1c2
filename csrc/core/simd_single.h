/* Vectors of 2 SSM_LANES floats, as wide as two of doubles, and the elementary functions of them.
 *
 * For noise that is added up step by step: their relative errors, about 1e-7, are far below what
 * any sample can show.  As in simd.h, every lane of every width computes the same bits.
 */
#ifndef SSM_SIMD_SINGLE_H
#define SSM_SIMD_SINGLE_H

#include "core/simd.h"

enum { SSM_SINGLES = 2 * SSM_LANES };

typedef float vsingle __attribute__((vector_size(8 * SSM_LANES)));
typedef int32_t vsingle_int __attribute__((vector_size(8 * SSM_LANES)));
typedef uint32_t vsingle_bits __attribute__((vector_size(8 * SSM_LANES)));

/* As many doubles as a vsingle has lanes, in order. */
typedef struct {
    vdouble half[2];
} vpair;

typedef vsingle_bits vsingle_bits_u __attribute__((aligned(4), may_alias));
typedef vsingle vsingle_u __attribute__((aligned(4), may_alias));

static inline vsingle load_single(const float *p) { return *(const vsingle_u *)p; }
static inline vsingle_bits load_words(const uint32_t *p) { return *(const vsingle_bits_u *)p; }
static inline void store_words(uint32_t *p, vsingle_bits x) { *(vsingle_bits_u *)p = x; }
static inline void store_single(float *p, vsingle x) { *(vsingle_u *)p = x; }
static inline vsingle splat_single(float x) { return (vsingle){0} + x; }

/* Each double rounded to the nearest float. */
static inline vsingle narrow(vpair x)
{
#if SSM_LANES == 8 && defined(__AVX512F__)
    __m512d low = _mm512_castps_pd(_mm512_castps256_ps512(_mm512_cvtpd_ps((__m512d)x.half[0])));
    __m256d high = _mm256_castps_pd(_mm512_cvtpd_ps((__m512d)x.half[1]));
    return (vsingle)_mm512_insertf64x4(low, high, 1);
#elif SSM_LANES == 4 && defined(__AVX2__)
    return (vsingle)_mm256_set_m128(_mm256_cvtpd_ps((__m256d)x.half[1]),
                                    _mm256_cvtpd_ps((__m256d)x.half[0]));
#elif SSM_LANES == 2 && defined(__SSE2__)
    return (vsingle)_mm_movelh_ps(_mm_cvtpd_ps((__m128d)x.half[0]),
                                  _mm_cvtpd_ps((__m128d)x.half[1]));
#else
    vsingle single;
    for (int lane = 0; lane < SSM_SINGLES; lane++)
        single[lane] = (float)x.half[lane / SSM_LANES][lane % SSM_LANES];
    return single;
#endif
}

/* Each float as a double. */
static inline vpair widen(vsingle x)
{
    vpair wide;
#if SSM_LANES == 8 && defined(__AVX512F__)
    wide.half[0] = (vdouble)_mm512_cvtps_pd(_mm512_castps512_ps256((__m512)x));
    __m256d high = _mm512_extractf64x4_pd((__m512d)x, 1);
    wide.half[1] = (vdouble)_mm512_cvtps_pd(_mm256_castpd_ps(high));
#elif SSM_LANES == 4 && defined(__AVX2__)
    wide.half[0] = (vdouble)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x));
    wide.half[1] = (vdouble)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1));
#elif SSM_LANES == 2 && defined(__SSE2__)
    wide.half[0] = (vdouble)_mm_cvtps_pd((__m128)x);
    wide.half[1] = (vdouble)_mm_cvtps_pd(_mm_movehl_ps((__m128)x, (__m128)x));
#else
    for (int lane = 0; lane < SSM_SINGLES; lane++)
        wide.half[lane / SSM_LANES][lane % SSM_LANES] = x[lane];
#endif
    return wide;
}

/* Bit k tells whether lane k of a mask is set. */
static inline unsigned mask_bits_single(vsingle_int mask)
{
#if SSM_LANES == 8 && defined(__AVX512DQ__)
    return _mm512_movepi32_mask((__m512i)mask);
#elif SSM_LANES == 4 && defined(__AVX2__)
    return (unsigned)_mm256_movemask_ps((__m256)mask);
#elif SSM_LANES == 2 && defined(__SSE2__)
    return (unsigned)_mm_movemask_ps((__m128)mask);
#else
    unsigned bits = 0;
    for (int lane = 0; lane < SSM_SINGLES; lane++)
        bits |= (unsigned)(mask[lane] & 1) << lane;
    return bits;
#endif
}

static inline vsingle choose_single(vsingle_int mask, vsingle a, vsingle b)
{
    return (vsingle)(((vsingle_int)a & mask) | ((vsingle_int)b & ~mask));
}

static inline vsingle vmin_single(vsingle a, vsingle b) { return choose_single(a < b, a, b); }
static inline vsingle vmax_single(vsingle a, vsingle b) { return choose_single(a > b, a, b); }
static inline vsingle vabs_single(vsingle a) { return (vsingle)((vsingle_int)a & INT32_MAX); }

static inline vsingle vsqrt_single(vsingle x)
{
#if SSM_LANES == 8 && defined(__AVX512F__)
    return (vsingle)_mm512_sqrt_ps((__m512)x);
#elif SSM_LANES == 4 && defined(__AVX2__)
    return (vsingle)_mm256_sqrt_ps((__m256)x);
#elif SSM_LANES == 2 && defined(__SSE2__)
    return (vsingle)_mm_sqrt_ps((__m128)x);
#else
    for (int lane = 0; lane < SSM_SINGLES; lane++)
        x[lane] = sqrtf(x[lane]);
    return x;
#endif
}

/* log2(2^-shift x) for normal x > 0: 2^e m, sqrt(1/2) <= m < sqrt(2), log m = 2 atanh((m-1)/(m+1)).
 * To 1.2e-7 of its value, before rounding. */
static inline vsingle vlog2_single(vsingle x, int shift)
{
    const int32_t sqrt_half = 0x3f3504f3;
    vsingle_int offset = (vsingle_int)x - (sqrt_half + (shift << 23));
    vsingle m = (vsingle)((offset & 0x7fffff) + sqrt_half);
    vsingle e = __builtin_convertvector(offset >> 23, vsingle);
    vsingle s = (m - 1.0f) / (m + 1.0f), z = s * s;
    return (e + s * 0x1.71547ap+1f) + (s * z) * (0x1.ec554ep-1f + z * 0x1.310a2cp-1f);
}

/* 2^x for |x| <= 126, to 1e-7 of its value before rounding. */
static inline vsingle vexp2_single(vsingle x)
{
    const float round_to_integer = 0x1.8p23f;
    vsingle shifted = x + round_to_integer, r = x - (shifted - round_to_integer), r2 = r * r;
    vsingle p = (0x1.62e42ap-1f + r * 0x1.ebf9bcp-3f) +
                r2 * ((0x1.c6b752p-5f + r * 0x1.3cea88p-7f) + r2 * 0x1.5bba14p-10f);
    return (vsingle)((vsingle_int)(1.0f + r * p) + ((vsingle_int)shifted << 23));
}

/* sin(pi u / 2) for 0 <= u <= 1; the largest relative error is 6e-9 before rounding. */
static inline vsingle sin_quarter_turn_single(vsingle u)
{
    vsingle z = u * u;
    return u * (0x1.921fb6p0f +
                z * (-0x1.4abbc2p-1f +
                     z * (0x1.4668bp-4f + z * (-0x1.324ccap-8f + z * 0x1.3daff6p-13f))));
}

/* sin(pi t / 4) and cos(pi t / 4) for -1 <= t <= 1 and z = t^2, to 4e-8 before rounding. */
static inline vsingle sin_eighth_turn_single(vsingle t, vsingle z)
{
    return t * (0x1.921fb6p-1f +
                z * (-0x1.4abbbap-4f + z * (0x1.465e92p-9f + z * -0x1.2d9302p-15f)));
}

static inline vsingle cos_eighth_turn_single(vsingle z)
{
    return 1.0f + z * (-0x1.3bd39cp-2f + z * (0x1.03b09p-6f + z * -0x1.4e844ap-12f));
}

#endif
