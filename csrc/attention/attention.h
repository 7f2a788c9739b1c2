/* A diffusion whose drift follows gaze. */
#ifndef SSM_ATTENTION_H
#define SSM_ATTENTION_H

#include "diffusion/plain.h"

/* Fill the block (its stage 0) by plain steps with the `count` samples from number `begin` on of the
 * diffusion `motion`.  If `path` is given, count is 1, and path[k] is set to the position after
 * k < n_path steps, up to the last. */
SSM_DECLARE_KERNEL(void, attention_euler,
                   (const ssm_problem *motion, int64_t begin, int count, plain_block *block,
                    float *path, int64_t n_path));

#endif
