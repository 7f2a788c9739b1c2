/* The law of response time and choice of a high-level decision and two low-level ones: see
 * cascade/cascade.c.  An outcome is 2 h + l. */
#ifndef SSM_CASCADE_LAW_H
#define SSM_CASCADE_LAW_H

#include "density/level.h"
#include "density/outcome.h"
#include "density/plane.h"

typedef struct {
    const ssm_law *call;
    outcome_limits limits;
    level level[MAX_LEVELS]; /* the high one, and the low one after each of its choices */
    level_solutions solutions;
    int64_t trial;
    moving_law following[2]; /* low levels of a sequence, after each end of the high one */
    int is_to_follow[2];     /* whether they are still to be solved */
    branched_law planes;     /* where levels interact */
    plane_state states[2];   /* memory for solving them */
    ssm_cancel *cancel;      /* asked while they are solved; then the law is unspecified */
} cascade_law;

/* For the trials of a call; observations are at last_t at the latest. */
void cascade_begin(cascade_law *law, const ssm_law *call, double last_t, ssm_isa isa,
                   ssm_cancel *cancel);

/* The parameters of a trial, which has the steps of the trial before it if it `follows`. */
void cascade_set(cascade_law *law, int64_t trial, int follows);

outcome_law cascade_outcome(cascade_law *law);

#endif
