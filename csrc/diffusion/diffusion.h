/* The samplers of a diffusion, one for each method, and their paths. */
#ifndef SSM_DIFFUSION_H
#define SSM_DIFFUSION_H

#include "ssm.h"

/* Between linear boundaries, exactly and without time steps; the second draws the samples of each
 * trial from a table of their law. */
ssm_error ssm_wiener_sample(const ssm_problem *problem, ssm_isa isa, int64_t begin, int64_t end,
                            const ssm_results *results, ssm_cancel *cancel);
ssm_error ssm_wiener_sample_by_table(const ssm_problem *problem, ssm_isa isa, int64_t begin,
                                     int64_t end, const ssm_results *results,
                                     ssm_cancel *cancel);
ssm_error ssm_wiener_path(const ssm_problem *problem, int tabulate, int64_t n_grid, float *path,
                          ssm_cancel *cancel);

/* By steps as long as the curves allow, with the probability that a bridge between their ends has
 * touched a boundary, and the time at which it has. */
ssm_error ssm_bridge_sample(const ssm_problem *problem, ssm_isa isa, int64_t begin, int64_t end,
                            const ssm_results *results, ssm_cancel *cancel);
ssm_error ssm_bridge_path(const ssm_problem *problem, int64_t n_grid, float *path,
                          ssm_cancel *cancel);

/* By steps of delta_t (Euler-Maruyama): the process is outside where it is so after a whole number
 * of steps, and that is when it left.  A sample that is inside after the last step up to max_t, or
 * whose response time is not below its deadline, is an omission. */
ssm_error ssm_euler_sample(const ssm_problem *problem, ssm_isa isa, int64_t begin, int64_t end,
                           const ssm_results *results, ssm_cancel *cancel);
ssm_error ssm_euler_path(const ssm_problem *problem, int64_t n_grid, float *path,
                         ssm_cancel *cancel);

#endif
