/* A high-level decision and two low-level ones. */
#ifndef SSM_CASCADE_H
#define SSM_CASCADE_H

#include "diffusion/plain.h"
#include "diffusion/stage.h"

enum { CASCADE_STAGES = 3 };

/* Of levels that interact: how far noise carries the high one in a step and, where the boundary bends,
 * drift a low one, in units of the boundary; and how much of a low level may leak. */
static const double INTERACT_REACH = 0.3, INTERACT_DRIFT = 0.1, INTERACT_DECAY = 0.25;

/* How the levels go together: the `variant` of a problem. */
typedef enum {
    CASCADE_PARALLEL,
    CASCADE_SEQUENTIAL,
    CASCADE_TRADEOFF,  /* interacting ones: see interact.c */
    CASCADE_MODULATED,
    CASCADE_MULTINOISE
} cascade_kind;

static inline int levels_interact(const ssm_problem *p) { return p->variant >= CASCADE_TRADEOFF; }

enum { INTERACT_ROWS = 52 }; /* numbers of a sample on its way: see interact_step.h */

/* Samples whose levels interact, one entry each, at the end of the high level. */
typedef struct {
    ssm_cancel *cancel; /* asked in every round of steps; then the answer is unspecified */
    uint64_t stream[STAGE_BLOCK];
    double ndt[STAGE_BLOCK];
    double high_time[STAGE_BLOCK], high_side[STAGE_BLOCK]; /* infinite if not before the limit */
    /* the low level of the branch: when it ended, infinite if it has not, and where it is */
    double low_time[STAGE_BLOCK], low_side[STAGE_BLOCK], low_x[STAGE_BLOCK];
    /* memory: how each sample begins; rows of a power of 2 would share cache lines */
    double beginning[INTERACT_ROWS][STAGE_BLOCK + 8];
} interact_block;

/* Fill the block with the `count` samples from number `begin` on; `high` is the high level. */
SSM_DECLARE_KERNEL(void, interact_draw,
                   (const ssm_problem *problem, const ssm_problem *high, int64_t begin, int count,
                    interact_block *block));

/* The same by plain steps, of levels that interact or not.  If `path` is given, count is 1, and its
 * places up to row n_path are set to where each level is after a step, up to its end. */
SSM_DECLARE_KERNEL(void, cascade_euler,
                   (const ssm_problem *problem, const ssm_problem *high, int64_t begin, int count,
                    plain_block *block, float *path, int64_t n_path));

/* The paths of the high level, and of the low level of `branch` (1 or 2) up to its own end or that
 * of the high level, of sample 0 of trial 0; they end where other points are kept. */
void ssm_interact_path(const ssm_problem *problem, const ssm_problem *high, int branch,
                       int64_t n_grid, float *path, ssm_cancel *cancel);

#endif
