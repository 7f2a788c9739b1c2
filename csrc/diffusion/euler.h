/* Euler-Maruyama: common parts of its kernel and its calls. */
#ifndef SSM_EULER_H
#define SSM_EULER_H

#include "core/kernels.h"
#include "ssm.h"

enum { EULER_BLOCK = 2048, EULER_WIDEST = 16, EULER_ENTRIES = EULER_BLOCK + EULER_WIDEST };

/* The samples that are still inside, kept together; after them, at EULER_BLOCK, a vector of the block's
 * first sample, for what all have in common. */
typedef struct {
    double mean[2][EULER_ENTRIES]; /* of each part */
    double origin[EULER_ENTRIES];  /* the part that does not leak */
    double drift[EULER_ENTRIES];   /* of the sample, beside that of its trial */
    double leak[2][EULER_ENTRIES]; /* of each part, in one step */
    double limit[EULER_ENTRIES];   /* steps it may take */
    float noise[2][EULER_ENTRIES]; /* of each part */
    float scale[EULER_ENTRIES];    /* of the increments, see increments.h */
    float stability[EULER_ENTRIES];
    uint32_t word[4][EULER_ENTRIES];
    int32_t sample[EULER_ENTRIES];
} euler_walkers;

/* Samples of a block, one entry each. */

typedef struct {
    ssm_cancel *cancel; /* read in every round of steps; then the answer is unspecified */
    uint64_t stream[EULER_BLOCK];
    double ndt[EULER_BLOCK], deadline[EULER_BLOCK];
    double blur[EULER_BLOCK]; /* uniform on (0, 1) */
    /* the answer: steps taken, where they led, and whether that is outside */
    double steps[EULER_BLOCK], position[EULER_BLOCK];
    unsigned char outside[EULER_BLOCK];
    euler_walkers walkers; /* memory of the kernel */
} euler_block;

/* Fill the block with the `count` samples from number `begin` on.
 *
 * If `path` is given, count is 1, and path[k] is set to the position after k < n_path steps, for
 * some steps beyond those taken too. */
SSM_DECLARE_KERNEL(void, euler_walk,
                   (const ssm_problem *problem, int64_t begin, int count, euler_block *block,
                    float *path, int64_t n_path));

#endif
