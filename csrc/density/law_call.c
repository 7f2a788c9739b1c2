/* Log densities and probabilities of the observations of a call. */
#include "core/memory.h"
#include "density/closed.h"
#include "density/law_group.h"
#include "density/parts.h"
#include "density/several.h"
#include "density/trial_law.h"

#include <math.h>

/* A diffusion of evidence that is one. */
static int is_plain_diffusion(const ssm_law *law)
{
    return law->problem->process == SSM_PROCESS_DIFFUSION && !is_in_parts(law);
}

/* Of a law that is plain, see closed.h. */
static ssm_error plain_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                                   const double *rts, const int32_t *choices, double *log_density,
                                   double *gradient, ssm_cancel *cancel)
{
    int rest = 0;
    ssm_error error = closed_log_density(law, isa, begin, end, rts, choices, log_density, gradient,
                                         &rest, cancel);
    if (error != SSM_OK || !gradient || !rest)
        return error;
    law_group g = {.law = law, .isa = isa, .begin = begin, .end = end};
    return group_add_differences(&g, rts, choices, gradient, cancel);
}

static ssm_error check_range(const ssm_law *law, int64_t begin, int64_t end)
{
    int in_range = law->n_per_trial >= 1 && begin >= 0 && begin <= end &&
                   end <= law->problem->n_trials * law->n_per_trial;
    return in_range ? SSM_OK : SSM_BAD_RANGE;
}

int ssm_law_is_plain(const ssm_law *law) { return is_plain_diffusion(law) && closed_is_plain(law); }

/* Gives a group memory for its solutions; returns whether there is enough. */
static int allocate_solutions(law_group *g)
{
    g->solution = ssm_allocate(2 * sizeof *g->solution);
    g->moved = g->solution ? g->solution + 1 : 0;
    return g->solution != 0;
}

ssm_error ssm_law_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                              const double *rts, const int32_t *choices, double *log_density,
                              double *gradient, ssm_cancel *cancel)
{
    ssm_error error = check_range(law, begin, end);
    int of_trials = is_solved_by_trial(law);
    int has_gradient = of_trials ? trials_have_gradient(law) : is_plain_diffusion(law);
    law_group g = {.law = law, .isa = isa, .begin = begin, .end = end};
    if (error != SSM_OK)
        return error;
    if (gradient && !has_gradient)
        return SSM_BAD_METHOD;
    if (of_trials)
        return trials_log_density(law, isa, begin, end, rts, choices, log_density, gradient, cancel);
    if (!is_plain_diffusion(law))
        return several_log_density(law, isa, begin, end, rts, choices, log_density, cancel);
    if (closed_is_plain(law))
        return plain_log_density(law, isa, begin, end, rts, choices, log_density, gradient, cancel);
    if (has_closed_form(law))
        return group_log_density(&g, rts, choices, log_density, gradient, cancel);
    if (!allocate_solutions(&g))
        return SSM_NO_MEMORY;
    error = groups_log_density(&g, begin, end, rts, choices, log_density, gradient, cancel);
    ssm_free(g.solution);
    return error;
}

static ssm_error group_probabilities(law_group *g, ssm_probability_kind kind, int64_t begin, int64_t end,
                                     const double *rts, const int32_t *choices, double *values,
                                     ssm_cancel *cancel)
{
    const ssm_law *law = g->law;
    g->end = begin;
    for (int64_t i = begin; i < end; i++) {
        double roles[SSM_LAW_PARAMETERS];
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        read_roles(law, i / law->n_per_trial, roles);
        if (g->solution && i == g->end) {
            g->end = group_end(law, i, end, 0);
            solve_for(law, roles, INFINITY, 0, g->isa, g->solution);
            if (ends_too_early(law, roles, g->solution))
                return SSM_TOO_MANY_STEPS;
        }
        response_law response = law_of(law, roles, g->solution);
        values[i] = observation_probability(&response, kind, rts[i], choices[i] > 0);
    }
    return SSM_OK;
}

ssm_error ssm_law_probability(const ssm_law *law, ssm_isa isa, ssm_probability_kind kind,
                              int64_t begin, int64_t end, const double *rts,
                              const int32_t *choices, double *values, ssm_cancel *cancel)
{
    ssm_error error = check_range(law, begin, end);
    law_group g = {.law = law, .isa = isa};
    if (error != SSM_OK)
        return error;
    if (is_solved_by_trial(law))
        return trials_probability(law, isa, kind, begin, end, rts, choices, values, cancel);
    if (!is_plain_diffusion(law))
        return several_probability(law, isa, kind, begin, end, rts, choices, values, cancel);
    if (!has_closed_form(law) && !allocate_solutions(&g))
        return SSM_NO_MEMORY;
    error = group_probabilities(&g, kind, begin, end, rts, choices, values, cancel);
    ssm_free(g.solution);
    return error;
}
