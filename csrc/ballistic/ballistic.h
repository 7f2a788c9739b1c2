/* Linear ballistic accumulators: parts that the sampler and its paths share. */
#ifndef SSM_BALLISTIC_H
#define SSM_BALLISTIC_H

#include "core/kernels.h"
#include "curves/curves.h"

enum { BALLISTIC_BLOCK = 256 };

/* Bits of the variant of a problem. */
enum {
    BALLISTIC_ADDS = 1,     /* the second drift is added from its onset on; else the larger counts */
    BALLISTIC_SUMS_TO_1 = 2 /* drifts of a trial must sum to 1 */
};

/* Draws of an accumulator: start and drift, second drift. */
enum { BALLISTIC_FIRST_DRAW = 0, BALLISTIC_SECOND_DRAW = 1 };

/* Samples of a block, one entry each. */
typedef struct {
    uint64_t stream[BALLISTIC_BLOCK];
    double ndt[BALLISTIC_BLOCK], deadline[BALLISTIC_BLOCK];
    /* the answer: decision time in seconds (infinite: never), number of the first accumulator */
    double time[BALLISTIC_BLOCK], winner[BALLISTIC_BLOCK];
} ballistic_block;

/* One accumulator: where it starts and how fast its evidence grows, by each of its drifts. */
typedef struct {
    vdouble start, speed, speed_2;
} ballistic_path;

/* Draw accumulator `particle`, given mean drifts, their standard deviation and the range of starts.
 * `two`: it has a second drift. */
INLINE ballistic_path draw_ballistic(uint64_t key, vuint stream, int particle, int two,
                                     vdouble drift, vdouble drift_2, vdouble sd, vdouble range)
{
    const vuint none = {0};
    const uint32_t purpose = of_particle(STREAM_PROCESS, particle);
    vblock bits = philox(key, purpose, none + BALLISTIC_FIRST_DRAW, stream);
    ballistic_path path = {.start = range * uniform_52(bits.word[2], bits.word[3]),
                           .speed = vabs(drift + sd * normal(bits.word[0], bits.word[1])),
                           .speed_2 = splat(0.0)};
    if (two) {
        bits = philox(key, purpose, none + BALLISTIC_SECOND_DRAW, stream);
        path.speed_2 = vabs(drift_2 + sd * normal(bits.word[0], bits.word[1]));
    }
    return path;
}

/* Fill the block with the `count` samples from number `begin` on. */
SSM_DECLARE_KERNEL(void, ballistic_arrivals,
                   (const ssm_problem *problem, int64_t begin, int count, ballistic_block *block));

ssm_error ssm_ballistic_path(const ssm_problem *problem, int64_t n_grid, float *path,
                             ssm_cancel *cancel);

#endif
