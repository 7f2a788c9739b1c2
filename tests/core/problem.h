/* Problems to start from, to be changed by tests: of any process, and a plain drift diffusion model. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <math.h>

#include "ssm.h"

static const double zero = 0.0, half = 0.5, one = 1.0;
static const volatile int no_flag = 0;
static ssm_cancel go_on = {.flag = &no_flag};

static inline ssm_column same(const double *value) { return (ssm_column){value, 0}; }
static inline ssm_column each(const double *values) { return (ssm_column){values, 1}; }

/* Gives a curve its parameters; those without data have the values of the row. */
static inline void give_curve(ssm_curve *curve, int kind, const ssm_curve_row *row,
                              const ssm_column *parameters)
{
    curve->kind = kind;
    curve->row = row;
    for (int i = 0; row && i < row->n_parameters; i++)
        curve->parameters[i] =
            parameters[i].data ? parameters[i] : same(&row->parameters[i].value);
}

#define COLUMNS(...) ((ssm_column[SSM_CURVE_PARAMETERS]){__VA_ARGS__})

/* give_boundary(&p, SSM_BOUNDARY_ANGLE, a, theta), columns each; the drift alike. */
#define give_boundary(p, kind, ...) \
    give_curve(&(p)->boundary, kind, ssm_boundary(kind), COLUMNS(__VA_ARGS__))
#define give_drift(p, kind, ...) \
    give_curve(&(p)->drift, kind, ssm_drift(kind), COLUMNS(__VA_ARGS__))

/* Lets a parameter play a role. */
static inline void play(ssm_problem *p, ssm_role role, ssm_column column)
{
    p->column[role][0] = column;
    p->played |= UINT32_C(1) << role;
}

/* A problem of any process, each of whose roles has its usual value, or 1/2 where it has none. */
static inline ssm_problem problem_of_process(ssm_process_kind kind, int n_particles,
                                             int64_t n_samples, int64_t n_trials)
{
    ssm_problem p = {
        .process = kind,
        .n_particles = n_particles,
        .n_samples = n_samples,
        .n_trials = n_trials,
        .seed = 20240601,
        .max_t = 20.0,
        .ndt_kind = SSM_NDT_CONSTANT,
        .delta_t = 0.004,
    };
    const ssm_process_row *row = ssm_process(kind);
    for (int i = 0; i < row->n_roles; i++)
        for (int j = 0; j < (row->roles[i].per_particle ? n_particles : 1); j++)
            p.column[row->roles[i].role][j] =
                same(isnan(row->roles[i].value) ? &half : &row->roles[i].value);
    give_boundary(&p, SSM_BOUNDARY_CONSTANT, same(&one));
    give_drift(&p, SSM_DRIFT_CONSTANT, same(&half));
    return p;
}

static inline ssm_problem plain_problem(int64_t n_samples, int64_t n_trials)
{
    return problem_of_process(SSM_PROCESS_DIFFUSION, 1, n_samples, n_trials);
}

static inline ssm_error draw_samples(const ssm_problem *p, ssm_method method, ssm_isa isa,
                                     int64_t begin, int64_t end, float *rts, int32_t *choices)
{
    const ssm_results results = {.rts = rts, .choices = choices};
    return ssm_sample(p, method, isa, begin, end, &results, &go_on);
}

#endif
