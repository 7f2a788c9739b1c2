/* Observations of processes of several accumulators or levels: see ssm_law_log_density() and
 * ssm_law_probability(). */
#ifndef SSM_SEVERAL_H
#define SSM_SEVERAL_H

#include "ssm/density.h"

ssm_error several_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                              const double *rts, const int32_t *choices, double *log_density,
                              ssm_cancel *cancel);

ssm_error several_probability(const ssm_law *law, ssm_isa isa, ssm_probability_kind kind,
                              int64_t begin, int64_t end, const double *rts,
                              const int32_t *choices, double *values, ssm_cancel *cancel);

#endif
