/* Euler-Maruyama: common parts of its kernel and its calls. */
#ifndef SSM_EULER_H
#define SSM_EULER_H

#include "core/kernels.h"
#include "ssm.h"

/* Samples of a block, one entry each. */
enum { EULER_BLOCK = 2048 };

typedef struct {
    ssm_cancel *cancel; /* read in every round of steps; then the answer is unspecified */
    uint64_t stream[EULER_BLOCK];
    double ndt[EULER_BLOCK], deadline[EULER_BLOCK];
    double blur[EULER_BLOCK]; /* uniform on (0, 1) */
    /* the answer: steps taken, where they led, and whether that is outside */
    double steps[EULER_BLOCK], position[EULER_BLOCK];
    unsigned char outside[EULER_BLOCK];
} euler_block;

/* Fill the block with the `count` samples from number `begin` on.
 *
 * If `path` is given, count is 1, and path[k] is set to the position after k < n_path steps, for
 * some steps beyond those taken too. */
SSM_DECLARE_KERNEL(void, euler_walk,
                   (const ssm_problem *problem, int64_t begin, int count, euler_block *block,
                    float *path, int64_t n_path));

#endif
