#include "density/trial_law.h"

#include <math.h>

/* What one trial after the other is solved in. */
typedef struct {
    staged_law staged;
    levy_law levy;
} workspace;

int is_solved_by_trial(const ssm_law *law)
{
    return law->problem->process == SSM_PROCESS_ATTENTION ||
           (law->problem->process == SSM_PROCESS_DIFFUSION && law->problem->played >> SSM_STABILITY & 1);
}

static response_law with_times(const ssm_law *law, const double *roles)
{
    return (response_law){.ndt_kind = law->problem->ndt_kind,
                          .ndt_location = roles[SSM_NDT_LOCATION], .ndt_scale = roles[SSM_NDT_SCALE],
                          .max_t = law->max_t, .deadline = roles[SSM_DEADLINE],
                          .shares_at_infinity = law->shares_at_infinity};
}

/* A drift that follows gaze. */
static response_law attention_law_of(const ssm_law *law, int64_t trial, ssm_isa isa, staged_law *staged)
{
    const ssm_problem *p = law->problem;
    const ssm_gaze *gaze = &p->gaze;
    double roles[SSM_LAW_PARAMETERS], by, value[2];
    read_roles(law, trial, roles);
    for (int i = 0; i < 2; i++)
        value[i] = ssm_get(p->column[SSM_VALUE][i], trial);
    double s = roles[SSM_NOISE], gain = roles[SSM_GAIN] / s, discount = roles[SSM_DISCOUNT];
    double a = roles[SSM_LAW_BOUNDARY], start = roles[SSM_START] / a;
    int first = gaze->firsts[trial] != 0.0;
    staged->boundary = a / s;
    staged->slope = collapse_of(law, roles, &by) / s;
    staged->start[0] = 1.0 + start, staged->start[1] = 1.0 - start;
    staged->drifts[first] = gain * (value[0] - discount * value[1]);
    staged->drifts[!first] = gain * (discount * value[0] - value[1]);
    staged->isa = isa;
    staged_begin(staged, gaze->onsets + trial * gaze->n_columns, (int64_t)gaze->counts[trial],
                 law->accuracy == SSM_ACCURACY_HIGH);
    response_law response = with_times(law, roles);
    response.staged = staged;
    return response;
}

/* In units of the boundary, and of the time in which a flight goes as far.  A trial that differs from the
 * one before in its times only keeps the solution; `levy` holds none where n_nodes is 0. */
static response_law levy_law_of(const ssm_law *law, int64_t trial, levy_law *levy)
{
    double roles[SSM_LAW_PARAMETERS];
    read_roles(law, trial, roles);
    double alpha = roles[SSM_STABILITY], a = roles[SSM_LAW_BOUNDARY];
    if (alpha == 2.0) { /* Brownian motion of variance 2 */
        roles[SSM_NOISE] *= sqrt(2.0);
        return law_of(law, roles, 0);
    }
    response_law response = with_times(law, roles);
    response.time_unit = pow(a / roles[SSM_NOISE], alpha);
    double drift = roles[SSM_LAW_DRIFT] * response.time_unit / a, start = 2.0 * roles[SSM_START] - 1.0;
    response.levy = levy;
    if (levy->n_nodes > 0 && levy->alpha == alpha && levy->drift == drift && levy->start == start)
        return response;
    levy->alpha = alpha, levy->drift = drift, levy->start = start;
    levy_solve(levy, law->accuracy == SSM_ACCURACY_HIGH ? LEVY_FINE : LEVY_COARSE);
    return response;
}

static response_law law_of_trial(const ssm_law *law, int64_t trial, ssm_isa isa, workspace *w)
{
    return law->problem->process == SSM_PROCESS_ATTENTION
               ? attention_law_of(law, trial, isa, &w->staged)
               : levy_law_of(law, trial, &w->levy);
}

ssm_error trials_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                             const double *rts, const int32_t *choices, double *log_density,
                             ssm_cancel *cancel)
{
    workspace w;
    response_law response = {0};
    w.levy.n_nodes = 0;
    for (int64_t i = begin; i < end; i++) {
        int is_new = i == begin || i % law->n_per_trial == 0;
        if ((is_new || i % 64 == 0) && ssm_cancelled(cancel))
            return SSM_CANCELLED;
        if (is_new)
            response = law_of_trial(law, i / law->n_per_trial, isa, &w);
        log_density[i] = observation_log_density(&response, rts[i], choices[i], 0);
    }
    return SSM_OK;
}

ssm_error trials_probability(const ssm_law *law, ssm_isa isa, ssm_probability_kind kind,
                             int64_t begin, int64_t end, const double *rts, const int32_t *choices,
                             double *values, ssm_cancel *cancel)
{
    workspace w;
    response_law response = {0};
    w.levy.n_nodes = 0;
    for (int64_t i = begin; i < end; i++) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        if (i == begin || i % law->n_per_trial == 0)
            response = law_of_trial(law, i / law->n_per_trial, isa, &w);
        values[i] = observation_probability(&response, kind, rts[i], choices[i] > 0);
    }
    return SSM_OK;
}
