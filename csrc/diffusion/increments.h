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

#include "core/simd_single.h"

/* Increments are drawn so many at a time, in loops of short chains of operations, of which a
 * processor works on several side by side. */
enum { INCREMENTS = 24 };

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

/* Independent normals of variance `scale` / (-2 log 2); two from one radius and one angle (Box &
 * Muller 1958), whose word has two bits for the quadrant and 30 for the place within. */
static inline void normal_increments(vgenerator *g, vsingle scale, float (*increments)[SSM_SINGLES])
{
    for (int k = 0; k < INCREMENTS; k += 2) {
        vsingle_bits radius = next_word(g), angle = next_word(g);
        vsingle r = vsqrt_single(scale * vlog2_single(uniform_31(radius >> 1), 31));
        store_single(increments[k], r);
        store_single(increments[k + 1], (vsingle)angle);
    }
    for (int k = 0; k < INCREMENTS; k += 2) {
        vsingle r = load_single(increments[k]);
        vsingle_bits angle = (vsingle_bits)load_single(increments[k + 1]);
        vsingle t = __builtin_convertvector((vsingle_int)(angle << 2), vsingle) * 0x1p-31f;
        vsingle z = t * t;
        vsingle sine = r * sin_eighth_turn_single(t, z), cosine = r * cos_eighth_turn_single(z);
        cosine = (vsingle)((vsingle_bits)cosine ^ ((angle << 1) & UINT32_C(0x80000000)));
        vsingle_int exchange = (vsingle_int)angle < 0;
        store_single(increments[k], choose_single(exchange, sine, cosine));
        store_single(increments[k + 1], choose_single(exchange, cosine, sine));
    }
}

/* Symmetric stable variables: E exp(ikX) = exp(-|c k|^stability), stability alpha in [1, 2], with
 * c = scale / log(2)^((alpha - 1) / alpha) (Chambers, Mallows & Stuck 1976).
 *
 * With U uniform on (-pi/2, pi/2), |U| = (1 - t) pi/2, and E exponential they are
 *     c sin(alpha U) / cos U * (E cos U / cos((1 - alpha) U))^((alpha - 1) / alpha),
 * where each sine and cosine is written as a sine of what is small where it is small: nothing
 * cancels, not at alpha = 1 (a ratio of sine and cosine) and not at alpha = 2 (a normal).
 */
static inline void stable_increments(vgenerator *g, vsingle scale, vsingle stability,
                                     float (*increments)[SSM_SINGLES])
{
    const float not_zero = 0x1p-40f;
    const vsingle gap = 2.0f - stability, excess = stability - 1.0f, power = excess / stability;
    float base[INCREMENTS][SSM_SINGLES];
    for (int k = 0; k < INCREMENTS; k++) {
        store_single(increments[k], (vsingle)next_word(g));
        store_single(base[k], not_zero - vlog2_single(uniform_31(next_word(g) >> 1), 31));
    }
    for (int k = 0; k < INCREMENTS; k++) {
        vsingle_bits word = (vsingle_bits)load_single(increments[k]);
        vsingle t = uniform_31(word & INT32_MAX) * 0x1p-31f;
        vsingle turn = stability * (1.0f - t), back = gap + stability * t;
        vsingle sine = sin_quarter_turn_single(choose_single(turn < back, turn, back));
        vsingle cosine = sin_quarter_turn_single(t);
        vsingle other = sin_quarter_turn_single(gap + excess * t);
        vsingle inverse = 1.0f / (cosine * other);
        vsingle factor = scale * (sine * other * inverse);
        factor = (vsingle)((vsingle_bits)factor ^ (word & UINT32_C(0x80000000)));
        store_single(base[k], load_single(base[k]) * (cosine * cosine * inverse));
        store_single(increments[k], factor);
    }
    for (int k = 0; k < INCREMENTS; k++) {
        vsingle exponent = power * vlog2_single(load_single(base[k]), 0);
        store_single(increments[k], load_single(increments[k]) * vexp2_single(exponent));
    }
}

#endif
