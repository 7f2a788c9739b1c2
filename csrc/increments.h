/* Noise of many steps: a small generator for each sample, and the increments drawn from it.
 *
 * The generator is xoshiro128+ (Blackman & Vigna 2021, "Scrambled linear pseudorandom number
 * generators"), which is meant for floating point: its lowest bits are weak, and fall to rounding.
 * Its 128 bits of state are a block of the sample's Philox stream, so step k of a sample gets the
 * same noise whatever is simulated beside it, for a fifth of the price of Philox.  Its period is
 * 2^128 - 1; sequences of two of n samples of k steps overlap with a probability of about
 * n^2 k / 2^128.
 */
#ifndef SSM_INCREMENTS_H
#define SSM_INCREMENTS_H

#include "simd_single.h"

/* One generator in each lane. */
typedef struct {
    vsingle_bits word[4];
} vgenerator;

static inline vsingle_bits next_word(vgenerator *g)
{
    vsingle_bits *s = g->word;
    vsingle_bits result = s[0] + s[3], t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 11 | s[3] >> 21;
    return result;
}

/* k + 1/2 from 31 bits k, rounded to 24 significant ones: uniform on (0, 2^31]. */
static inline vsingle uniform_31(vsingle_bits bits)
{
    return __builtin_convertvector((vsingle_int)bits, vsingle) + 0.5f;
}

/* Noise of two steps. */
typedef struct {
    vsingle first, second;
} vincrements;

/* Two independent normals of variance `scale` / (-2 log 2), from one radius and one angle (Box &
 * Muller 1958): two bits of the angle's word choose its quadrant, 30 its place within. */
static inline vincrements normal_increments(vgenerator *g, vsingle scale)
{
    vsingle_bits radius = next_word(g), angle = next_word(g);
    vsingle r = vsqrt_single(scale * vlog2_single(uniform_31(radius >> 1), 31));
    vsingle t = __builtin_convertvector((vsingle_int)(angle << 2), vsingle) * 0x1p-31f, z = t * t;
    vsingle sine = r * sin_eighth_turn_single(t, z), cosine = r * cos_eighth_turn_single(z);
    cosine = (vsingle)((vsingle_bits)cosine ^ ((angle << 1) & UINT32_C(0x80000000)));
    vsingle_int exchange = (vsingle_int)angle < 0;
    return (vincrements){choose_single(exchange, sine, cosine),
                         choose_single(exchange, cosine, sine)};
}

/* A symmetric stable variable: E exp(ikX) = exp(-|c k|^stability), stability alpha in [1, 2], with
 * c = scale / log(2)^((alpha - 1) / alpha) (Chambers, Mallows & Stuck 1976).
 *
 * With U uniform on (-pi/2, pi/2), |U| = (1 - t) pi/2, and E exponential it is
 *     c sin(alpha U) / cos U * (E cos U / cos((1 - alpha) U))^((alpha - 1) / alpha),
 * where each sine and cosine is written as a sine of what is small where it is small: nothing
 * cancels, not at alpha = 1 (a ratio of sine and cosine) and not at alpha = 2 (a normal).
 */
static inline vsingle stable_increment(vgenerator *g, vsingle scale, vsingle stability)
{
    const float not_zero = 0x1p-40f;
    vsingle_bits place = next_word(g), size = next_word(g);
    vsingle gap = 2.0f - stability, excess = stability - 1.0f;
    vsingle t = uniform_31(place & INT32_MAX) * 0x1p-31f;
    vsingle turn = stability * (1.0f - t), back = gap + stability * t;
    vsingle sine = sin_quarter_turn_single(choose_single(turn < back, turn, back));
    vsingle cosine = sin_quarter_turn_single(t);
    vsingle other = sin_quarter_turn_single(gap + excess * t);
    vsingle inverse = 1.0f / (cosine * other);
    vsingle exponential = not_zero - vlog2_single(uniform_31(size >> 1), 31);
    vsingle power = vlog2_single(exponential * (cosine * cosine * inverse), 0);
    vsingle jump = scale * (sine * other * inverse) * vexp2_single((excess / stability) * power);
    return (vsingle)((vsingle_bits)jump ^ (place & UINT32_C(0x80000000)));
}

static inline vincrements stable_increments(vgenerator *g, vsingle scale, vsingle stability)
{
    vsingle first = stable_increment(g, scale, stability);
    return (vincrements){first, stable_increment(g, scale, stability)};
}

#endif
