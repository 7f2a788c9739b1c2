/* Diffusion between moving boundaries by bridge steps: common parts of kernels, calls and paths. */
#ifndef SSM_BRIDGE_H
#define SSM_BRIDGE_H

#include "core/kernels.h"
#include "ssm.h"

enum { BRIDGE_BLOCK = 256, BRIDGE_STEPS = 256, BRIDGE_STEP_NUMBERS = 21, BRIDGE_STATE = 40 };

/* The steps of a call of one trial, which all its samples take; found when first needed. */
typedef struct {
    int n_steps;
    int started;
    double edge; /* the boundary at time 0 */
    double step[BRIDGE_STEPS][BRIDGE_STEP_NUMBERS];
    double state[BRIDGE_STATE]; /* of the schedule, after the last of them */
} bridge_steps;

/* Samples of a block, one entry each. */
typedef struct {
    ssm_cancel *cancel; /* read in every round of steps; then the answer is unspecified */
    uint64_t stream[BRIDGE_BLOCK];
    double ndt[BRIDGE_BLOCK];
    /* the answer: exit time in seconds (infinite if there was none before the limit of time), and
     * side, +1 or -1 (0 for a process at 0 at that limit, or where boundaries meet) */
    double exit_time[BRIDGE_BLOCK], side[BRIDGE_BLOCK];
} bridge_block;

/* Whether all samples take the same steps: those of one trial, up to the same limit of time;
 * jumps come at times of their own. */
int ssm_bridge_steps_are_common(const ssm_problem *problem);

/* Fill the block with the `count` samples from number `begin` on.  `steps` belongs to the call,
 * and is NULL if its trials have different steps. */
SSM_DECLARE_KERNEL(void, bridge_draw,
                   (const ssm_problem *problem, int64_t begin, int count, bridge_steps *steps,
                    bridge_block *block));

#endif
