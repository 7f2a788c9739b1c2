/* A problem to start from: one trial of a plain drift diffusion model, to be changed by tests. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include "ssm.h"

static const double zero = 0.0, half = 0.5, one = 1.0, never = 1e300;

static inline ssm_column same(const double *value) { return (ssm_column){value, 0}; }
static inline ssm_column each(const double *values) { return (ssm_column){values, 1}; }

static inline ssm_wiener plain_problem(int64_t n_samples, int64_t n_trials)
{
    return (ssm_wiener){
        .n_samples = n_samples,
        .n_trials = n_trials,
        .seed = 20240601,
        .max_t = 20.0,
        .drift = same(&half),
        .drift_sd = same(&zero),
        .boundary = same(&one),
        .start = same(&half),
        .start_halfwidth = same(&zero),
        .noise = same(&one),
        .ndt_location = same(&zero),
        .ndt_scale = same(&zero),
        .deadline = same(&never),
        .angle = same(&zero),
        .ndt_kind = SSM_NDT_CONSTANT,
        .start_halfwidth_is_relative = 0,
    };
}

#endif
