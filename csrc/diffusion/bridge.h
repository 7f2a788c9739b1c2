/* Diffusion between moving boundaries by bridge steps: common parts of kernels, calls and paths. */
#ifndef SSM_BRIDGE_H
#define SSM_BRIDGE_H

#include "core/kernels.h"
#include "ssm.h"

enum {
    BRIDGE_BLOCK = 256,
    BRIDGE_STEPS = 256,
    BRIDGE_STEP_NUMBERS = 21,
    BRIDGE_STATE = 40,
    BRIDGE_TOUCH_NUMBERS = 13,
    /* Entries of an array of a block: room for a whole vector behind the last one, and no power of 2,
     * of which rows would share cache lines. */
    BRIDGE_ENTRIES = BRIDGE_BLOCK + 8
};

/* The steps of a call of one trial, which all its samples take; found when first needed. */
typedef struct {
    int n_steps;
    int started;
    double edge; /* the boundary at time 0 */
    double step[BRIDGE_STEPS][BRIDGE_STEP_NUMBERS];
    double state[BRIDGE_STATE]; /* of the schedule, after the last of them */
} bridge_steps;

/* The samples that are still on their way, entry i being one of them. */
typedef struct {
    int count;
    uint64_t stream[BRIDGE_ENTRIES];
    double index[BRIDGE_ENTRIES], x[BRIDGE_ENTRIES], offset[BRIDGE_ENTRIES];
    double x_2[BRIDGE_ENTRIES], origin[BRIDGE_ENTRIES]; /* of two parts: the second; what stays */
    double normal[BRIDGE_ENTRIES], uniform[BRIDGE_ENTRIES]; /* of the second of two steps */
    /* where each has a schedule of its own: */
    uint64_t draw[BRIDGE_ENTRIES];
    int n_rows, n_fixed; /* entries of `state` that are in use, and that steps do not change */
    int rows[BRIDGE_STATE];
    double state[BRIDGE_STATE][BRIDGE_ENTRIES];
} bridge_walkers;

/* Samples that have touched a boundary, and the numbers of the step in which they did. */
typedef struct {
    int count;
    uint64_t stream[BRIDGE_ENTRIES];
    double number[BRIDGE_TOUCH_NUMBERS][BRIDGE_ENTRIES];
} bridge_touches;

/* Parameters of the samples of a block. */
typedef struct {
    double start[BRIDGE_BLOCK], halfwidth[BRIDGE_BLOCK], drift_sd[BRIDGE_BLOCK];
    double noise[BRIDGE_BLOCK], leak[BRIDGE_BLOCK], leak_2[BRIDGE_BLOCK], limit[BRIDGE_BLOCK];
    double stability[BRIDGE_BLOCK], edge[BRIDGE_BLOCK], onset[BRIDGE_BLOCK];
    double boundary[SSM_CURVE_PARAMETERS][BRIDGE_BLOCK], drift[SSM_CURVE_PARAMETERS][BRIDGE_BLOCK];
} bridge_parameters;

/* The memory of the kernel, which keeps nothing in it from one block to the next. */
typedef struct {
    bridge_walkers walkers;
    bridge_touches touches;
    bridge_parameters parameters;
} bridge_memory;

/* Samples of a block, one entry each. */
typedef struct {
    ssm_cancel *cancel; /* read in every round of steps; then the answer is unspecified */
    bridge_memory *memory;
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
