#include "density/trial_law.h"

#include "core/memory.h"

#include <math.h>

/* The memory in which one trial after the other is solved. */
typedef struct {
    staged_law staged;
    levy_law levy;
    levy_matrices matrices;
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
 * one before in its times only keeps the solution; there is none yet where n_nodes is 0. */
static response_law levy_law_of(const ssm_law *law, int64_t trial, workspace *w)
{
    levy_law *levy = &w->levy;
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
    levy_solve(levy, law->accuracy == SSM_ACCURACY_HIGH ? LEVY_FINE : LEVY_COARSE,
               &w->matrices);
    return response;
}

static response_law law_of_trial(const ssm_law *law, int64_t trial, ssm_isa isa, workspace *w)
{
    return law->problem->process == SSM_PROCESS_ATTENTION
               ? attention_law_of(law, trial, isa, &w->staged)
               : levy_law_of(law, trial, w);
}

/* ---- derivatives of a law that follows gaze ----------------------------------------------------------- */

int trials_have_gradient(const ssm_law *law)
{
    return law->problem->process == SSM_PROCESS_ATTENTION;
}

static double input_of(const response_law *response, int i)
{
    const staged_law *s = response->staged;
    double inputs[N_RESPONSE_DERIVATIVES] = {s->drifts[0], s->drifts[1], s->boundary, s->slope,
                                             0.5 * (s->start[0] - s->start[1])};
    inputs[BY_NDT_LOCATION] = response->ndt_location;
    inputs[BY_NDT_SCALE] = response->ndt_scale;
    return inputs[i];
}

static void move_input(response_law *response, int i, double by)
{
    staged_law *s = response->staged;
    switch (i) {
    case BY_EVEN_DRIFT:
    case BY_ODD_DRIFT: s->drifts[i] += by; break;
    case BY_STAGED_BOUNDARY: s->boundary += by; break;
    case BY_STAGED_SLOPE: s->slope += by; break;
    case BY_STAGED_START: s->start[0] += by, s->start[1] -= by; break;
    case BY_NDT_LOCATION: response->ndt_location += by; break;
    case BY_NDT_SCALE: response->ndt_scale += by; break;
    default: break;
    }
    s->n_solved = 0;
}

/* By differences: of omissions, and where more fixations come before a response than are kept. */
static void take_differences(response_law *response, double rt, int32_t choice, double *derivatives)
{
    static const int inputs[] = {BY_EVEN_DRIFT,   BY_ODD_DRIFT,    BY_STAGED_BOUNDARY, BY_STAGED_SLOPE,
                                 BY_STAGED_START, BY_NDT_LOCATION, BY_NDT_SCALE};
    for (int i = 0; i < N_RESPONSE_DERIVATIVES; i++)
        derivatives[i] = 0.0;
    for (unsigned i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        double value = input_of(response, inputs[i]), h = 1e-4 * fmax(fabs(value), 0.1), ends[2];
        if (inputs[i] == BY_NDT_SCALE && !(value > h))
            continue;
        for (int up = 0; up < 2; up++) {
            move_input(response, inputs[i], up ? h : -h);
            ends[up] = observation_log_density(response, rt, choice, 0);
            move_input(response, inputs[i], up ? -h : h);
        }
        double slope = (ends[1] - ends[0]) / (2.0 * h);
        derivatives[inputs[i]] = isfinite(slope) ? slope : 0.0;
    }
}

static void by_roles_of_attention(const ssm_law *law, int64_t trial, const response_law *response,
                                  const double *by, double *gradient)
{
    const ssm_problem *p = law->problem;
    const staged_law *staged = response->staged;
    double roles[SSM_LAW_PARAMETERS], per_parameter, start = input_of(response, BY_STAGED_START);
    read_roles(law, trial, roles);
    collapse_of(law, roles, &per_parameter);
    double s = roles[SSM_NOISE], a = roles[SSM_LAW_BOUNDARY], gain = roles[SSM_GAIN] / s;
    double discount = roles[SSM_DISCOUNT], value[2] = {ssm_get(p->column[SSM_VALUE][0], trial),
                                                       ssm_get(p->column[SSM_VALUE][1], trial)};
    int first = p->gaze.firsts[trial] != 0.0;
    for (int i = 0; i < SSM_LAW_PARAMETERS; i++)
        gradient[i] = 0.0;
    gradient[SSM_NDT_LOCATION] = by[BY_NDT_LOCATION];
    gradient[SSM_NDT_SCALE] = by[BY_NDT_SCALE];
    gradient[SSM_START] = by[BY_STAGED_START] / a;
    gradient[SSM_LAW_BOUNDARY] = by[BY_STAGED_BOUNDARY] / s - by[BY_STAGED_START] * start / a;
    gradient[SSM_LAW_BOUNDARY + 1] = by[BY_STAGED_SLOPE] * per_parameter / s;
    gradient[SSM_GAIN] = (by[first] * (value[0] - discount * value[1]) +
                          by[!first] * (discount * value[0] - value[1])) / s;
    gradient[SSM_DISCOUNT] = gain * (by[!first] * value[0] - by[first] * value[1]);
    gradient[SSM_NOISE] = -(by[BY_STAGED_BOUNDARY] * staged->boundary + by[BY_STAGED_SLOPE] * staged->slope +
                            by[0] * staged->drifts[0] + by[1] * staged->drifts[1]) / s;
}

/* ---- the calls -------------------------------------------------------------------------------------------- */

static ssm_error log_densities(const ssm_law *law, ssm_isa isa, workspace *w, int64_t begin, int64_t end,
                               const double *rts, const int32_t *choices, double *log_density,
                               double *gradient, ssm_cancel *cancel)
{
    double by[N_RESPONSE_DERIVATIVES], by_role_of_law[SSM_LAW_PARAMETERS];
    response_law response = {0};
    for (int64_t i = begin; i < end; i++) {
        int is_new = i == begin || i % law->n_per_trial == 0;
        if ((is_new || i % 64 == 0) && ssm_cancelled(cancel))
            return SSM_CANCELLED;
        if (is_new)
            response = law_of_trial(law, i / law->n_per_trial, isa, w);
        for (int k = 0; k < N_RESPONSE_DERIVATIVES; k++)
            by[k] = 0.0;
        log_density[i] = observation_log_density(&response, rts[i], choices[i], gradient ? by : 0);
        if (!gradient)
            continue;
        if (isfinite(log_density[i]) && (rts[i] == (double)SSM_OMISSION || isnan(by[0])))
            take_differences(&response, rts[i], choices[i], by);
        for (int k = 0; k < N_RESPONSE_DERIVATIVES && isinf(log_density[i]); k++)
            by[k] = 0.0;
        by_roles_of_attention(law, i / law->n_per_trial, &response, by, by_role_of_law);
        put_derivatives(law, by_role_of_law, gradient, i);
    }
    return SSM_OK;
}

ssm_error trials_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                             const double *rts, const int32_t *choices, double *log_density,
                             double *gradient, ssm_cancel *cancel)
{
    workspace *w = ssm_allocate(sizeof *w);
    if (!w)
        return SSM_NO_MEMORY;
    w->levy.n_nodes = 0;
    ssm_error error = log_densities(law, isa, w, begin, end, rts, choices, log_density, gradient, cancel);
    ssm_free(w);
    return error;
}

ssm_error trials_probability(const ssm_law *law, ssm_isa isa, ssm_probability_kind kind,
                             int64_t begin, int64_t end, const double *rts, const int32_t *choices,
                             double *values, ssm_cancel *cancel)
{
    workspace *w = ssm_allocate(sizeof *w);
    ssm_error error = w ? SSM_OK : SSM_NO_MEMORY;
    response_law response = {0};
    if (w)
        w->levy.n_nodes = 0;
    for (int64_t i = begin; i < end && error == SSM_OK; i++) {
        if (i == begin || i % law->n_per_trial == 0)
            response = law_of_trial(law, i / law->n_per_trial, isa, w);
        values[i] = observation_probability(&response, kind, rts[i], choices[i] > 0);
        error = ssm_cancelled(cancel) ? SSM_CANCELLED : SSM_OK;
    }
    ssm_free(w);
    return error;
}
