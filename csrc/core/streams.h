/* Streams and draws: counter-based random numbers.
 *
 * The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as
 * easy as 1, 2, 3").  The key is a hash of the seed, the counter (draw, sample, trial, purpose
 * and particle): a draw is a function of these numbers only, whichever thread or lane asks for it.
 */
#ifndef SSM_STREAMS_H
#define SSM_STREAMS_H

#include "core/simd.h"

/* The purpose of a draw; each purpose of a sample has its own stream. */
enum {
    STREAM_PROCESS = 0,
    STREAM_NDT = 1,
    STREAM_OMISSION = 2,
    STREAM_PATH = 3,
    STREAM_BLUR = 4,
    STREAM_TABLE = 5,
    STREAM_GAZE = 6
};

/* The purpose of a draw of one particle (accumulator, stage): each has streams of its own. */
static inline uint32_t of_particle(uint32_t purpose, int particle)
{
    return purpose | (uint32_t)particle << 8;
}

/* Four words of 32 random bits in the low half of each lane. */
typedef struct {
    vuint word[4];
} vblock;

/* The key of a seed: the finalizer of splitmix64 (Steele, Lea & Flood 2014). */
static inline uint64_t stream_key(uint64_t seed)
{
    uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* The stream of a sample: its number in the low half, its trial's in the high half. */
static inline uint64_t stream_id(int64_t sample, int64_t trial)
{
    return (uint64_t)sample | (uint64_t)trial << 32;
}

/* A block of the stream of each lane; the purposes may differ, too. */
static inline vblock philox_of(uint64_t key, vuint purpose, vuint draw, vuint stream)
{
    const vuint zero = {0};
    vuint c0 = draw, c1 = stream & UINT32_MAX, c2 = stream >> 32, c3 = purpose;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        vuint p0 = multiply_low_halves(c0, zero + UINT32_C(0xd2511f53));
        vuint p1 = multiply_low_halves(c2, zero + UINT32_C(0xcd9e8d57));
        c0 = (p1 >> 32) ^ c1 ^ k0; /* the high halves of c1 and c3 are never read */
        c1 = p1;
        c2 = (p0 >> 32) ^ c3 ^ k1;
        c3 = p0;
        k0 += UINT32_C(0x9e3779b9);
        k1 += UINT32_C(0xbb67ae85);
    }
    return (vblock){{c0 & UINT32_MAX, c1 & UINT32_MAX, c2 & UINT32_MAX, c3 & UINT32_MAX}};
}

static inline vblock philox(uint64_t key, uint32_t purpose, vuint draw, vuint stream)
{
    const vuint zero = {0};
    return philox_of(key, zero + purpose, draw, stream);
}

/* Uniform on (0, 1) from 32 bits: (k + 1/2) / 2^32. */
static inline vdouble uniform(vuint word)
{
    vdouble integer = (vdouble)(word | (vuint)splat(0x1p52)) - 0x1p52;
    return (integer + 0.5) * 0x1p-32;
}

/* Uniform on (0, 1) from 52 bits of two words. */
static inline vdouble uniform_52(vuint high, vuint low)
{
    vuint mantissa = high << 20 | low >> 12;
    return (vdouble)(mantissa | (vuint)splat(1.0)) - (1.0 - 0x1p-53);
}

/* Square of a standard normal, and with a sign that normal (Box & Muller 1958). */
static inline vdouble normal_squared(vuint radius, vuint angle)
{
    vdouble sine = sin_quarter_turn(uniform(angle));
    return -2.0 * vlog(uniform(radius)) * (sine * sine);
}

static inline vdouble normal(vuint radius, vuint angle)
{
    /* The lowest bit of the angle is the sign: 31 bits are left for a quarter turn. */
    vdouble sine = sin_quarter_turn(uniform((angle >> 1) << 1));
    vdouble size = vsqrt(-2.0 * vlog(uniform(radius))) * sine;
    return (vdouble)((vuint)size ^ (angle << 63));
}

/* Two independent normals from one radius and one angle, whose lowest bits are their signs; to
 * 1e-7, as words of 32 bits give them. */
static inline vdouble two_normals(vuint radius, vuint angle, vdouble *second)
{
    vdouble turn = uniform((angle >> 2) << 2);
    vdouble size = vsqrt(-2.0 * vlog_short(uniform(radius)));
    vdouble cosine = size * sin_quarter_turn_short(1.0 - turn);
    *second = (vdouble)((vuint)cosine ^ ((angle >> 1) << 63));
    vdouble sine = size * sin_quarter_turn_short(turn);
    return (vdouble)((vuint)sine ^ (angle << 63));
}

#endif
