/* Laws that are solved for each trial: of a drift that follows gaze, and under Levy noise. */
#ifndef SSM_TRIAL_LAW_H
#define SSM_TRIAL_LAW_H

#include "density/law.h"

int is_solved_by_trial(const ssm_law *law);

/* See ssm_law_log_density() and ssm_law_probability(). */
ssm_error trials_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                             const double *rts, const int32_t *choices, double *log_density,
                             double *gradient, ssm_cancel *cancel);

/* Whether they have derivatives here. */
int trials_have_gradient(const ssm_law *law);
ssm_error trials_probability(const ssm_law *law, ssm_isa isa, ssm_probability_kind kind,
                             int64_t begin, int64_t end, const double *rts, const int32_t *choices,
                             double *values, ssm_cancel *cancel);

#endif
