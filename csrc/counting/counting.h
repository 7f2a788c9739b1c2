/* Counters of Poisson processes: their sampler. */
#ifndef SSM_COUNTING_H
#define SSM_COUNTING_H

#include "core/kernels.h"
#include "core/trials.h"

enum { COUNTING_BLOCK = 256 };

/* Samples of a block, one entry each. */
typedef struct {
    uint64_t stream[COUNTING_BLOCK];
    double ndt[COUNTING_BLOCK], deadline[COUNTING_BLOCK];
    double time[COUNTING_BLOCK], winner[COUNTING_BLOCK]; /* of the first counter */
} counting_block;

/* Fill the block with the `count` samples from number `begin` on. */
SSM_DECLARE_KERNEL(void, counting_waits,
                   (const ssm_problem *problem, int64_t begin, int count, counting_block *block));

#endif
