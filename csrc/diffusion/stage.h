/* Diffusions as stages of other processes: blocks of their samples, by any method but euler. */
#ifndef SSM_STAGE_H
#define SSM_STAGE_H

#include "diffusion/bridge.h"
#include "diffusion/wiener_table.h"

enum { STAGE_BLOCK = 256 };
_Static_assert((int)STAGE_BLOCK == (int)WIENER_BLOCK && (int)STAGE_BLOCK == (int)BRIDGE_BLOCK,
               "blocks of one size");

/* Samples of a stage, one entry each, and data that its blocks share.  ssm_begin_stage_block() begins a call. */
typedef struct {
    int started;
    wiener_block wiener;
    union {
        wiener_table table;
        bridge_steps steps;
    } shared;
    bridge_block bridge;
    /* the answer: exit time on the boundary's clock (infinite if it is not before the limit of
     * time), and side, +1 or -1, of the exit or at the limit */
    double time[STAGE_BLOCK], side[STAGE_BLOCK];
    double ndt[STAGE_BLOCK];
    uint64_t stream[STAGE_BLOCK];
} stage_block;

/* The steps look at the flag; several blocks may have one memory. */
void ssm_begin_stage_block(stage_block *block, bridge_memory *memory, ssm_cancel *cancel);

/* The diffusion that is particle `particle` of another process, with its drift and start. */
ssm_problem ssm_stage_of(const ssm_problem *problem, int particle);

/* A stage that begins for each sample of a block at a time, at a place and with a drift of its own.
 */
typedef struct {
    ssm_problem problem;
    double drift[STAGE_BLOCK], start[STAGE_BLOCK], onset[STAGE_BLOCK]; /* to be set */
    double noise[STAGE_BLOCK], ndt_location[STAGE_BLOCK], ndt_scale[STAGE_BLOCK];
    double deadline[STAGE_BLOCK], boundary[SSM_CURVE_PARAMETERS][STAGE_BLOCK];
} stage_of_samples;

/* Make such a stage of the samples of `stage` from number `begin` on, which have these streams. */
void ssm_set_stage_of_samples(const ssm_problem *stage, int64_t begin, int count,
                              const uint64_t *stream, stage_of_samples *samples);

/* Draw `count` samples from number `begin` on.  `onset`, if given, says when each begins, for a
 * boundary that is constant. */
void ssm_draw_stage(const ssm_problem *stage, ssm_method method, ssm_isa isa, int64_t begin,
                    int count, const double *onset, stage_block *block);

/* A path of sample 0 of trial 0 in the stage's column; see ssm_path(). */
ssm_error ssm_stage_path(const ssm_problem *stage, ssm_method method, int64_t n_grid, float *path,
                         ssm_cancel *cancel);

#endif
