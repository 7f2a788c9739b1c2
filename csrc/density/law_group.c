#include "density/law_group.h"

#include "density/moving_lanes.h"

#include <math.h>

static int is_omission(double rt) { return rt == (double)SSM_OMISSION; }

static int is_used(const ssm_law *law, int role)
{
    const ssm_curve *boundary = &law->problem->boundary, *drift = &law->problem->drift;
    if (gradient_column(law, role) < 0)
        return 0;
    if (role < SSM_LAW_BOUNDARY)
        return role != SSM_DRIFT && role != SSM_DEADLINE &&
               (role == SSM_NOISE || law->problem->played >> role & 1);
    if (role < SSM_LAW_DRIFT)
        return boundary->kind != SSM_BOUNDARY_TABLE &&
               role - SSM_LAW_BOUNDARY < boundary->row->n_parameters;
    return drift->kind != SSM_DRIFT_TABLE && role - SSM_LAW_DRIFT < drift->row->n_parameters;
}

/* The longest run of observations from `begin` on that share a solution, and those for its derivatives:
 * where the leak is 0 the base drift does not need a solution of its own, but beside 0 it does. */
int64_t group_end(const ssm_law *law, int64_t begin, int64_t end, int with_gradient)
{
    double first[SSM_LAW_PARAMETERS], next[SSM_LAW_PARAMETERS];
    const int leak_is_moved = with_gradient && is_used(law, SSM_LEAK);
    int64_t n = law->n_per_trial, trial = begin / n;
    read_roles(law, trial, first);
    for (trial++; trial * n < end; trial++) {
        read_roles(law, trial, next);
        if (!can_share(law, first, next) || (leak_is_moved && first[SSM_LAW_DRIFT] != next[SSM_LAW_DRIFT]))
            return trial * n;
    }
    return end;
}

/* The last time at which a group is observed; that of the call where it has an omission or infinite times. */
static double last_time(const law_group *g, const double *rts)
{
    double last = 0.0;
    for (int64_t i = g->begin; i < g->end; i++) {
        if (is_omission(rts[i]) || isinf(rts[i]))
            return g->law->last_t;
        last = fmax(last, rts[i]);
    }
    return fmin(last, g->law->last_t);
}

/* ---- parameters that are moved, for differences --------------------------------------------------------- */

/* How far a parameter may be moved. */
static double room_of(const ssm_law *law, const double *roles, int role)
{
    if (role == SSM_START)
        return 0.5 * fmin(roles[SSM_START], 1.0 - roles[SSM_START]);
    if (role == SSM_DRIFT_SD || role == SSM_START_HALFWIDTH || role == SSM_NOISE ||
        role == SSM_NDT_SCALE)
        return 0.5 * roles[role];
    int boundary = role - SSM_LAW_BOUNDARY;
    int is_positive = boundary >= 0 && boundary < law->problem->boundary.row->n_parameters &&
                      law->problem->boundary.row->parameters[boundary].allowed == SSM_ALLOW_POSITIVE;
    return is_positive ? 0.5 * roles[role] : INFINITY;
}

/* Differences are central where they cost no solution.  Another solution with the same steps is exact enough
 * for a short step to one side, but not at leak 0, where alone the base drift is taken apart. */
static int is_one_sided(const ssm_law *law, const double *roles, int role)
{
    return !is_free(law, roles, role) && !(role == SSM_LEAK && roles[SSM_LEAK] == 0.0);
}

static double step_of(const ssm_law *law, const double *roles, int role)
{
    double share = is_one_sided(law, roles, role) ? 2e-6 : 2e-4;
    return fmin(share * fmax(fabs(roles[role]), 0.1), room_of(law, roles, role));
}

/* The weight of a log density in a difference, where the parameter is moved by sign steps. */
static double weight_of(const ssm_law *law, const double *roles, int role, double sign)
{
    double per_step = 1.0 / step_of(law, roles, role);
    if (is_one_sided(law, roles, role))
        return sign > 0.0 ? per_step : -per_step;
    return 0.5 * sign * per_step;
}

/* The parameters of a trial, of which one is moved by sign steps. */
static void read_moved_roles(const ssm_law *law, int64_t trial, int role, double sign, double *roles)
{
    read_roles(law, trial, roles);
    if (sign != 0.0)
        roles[role] += sign * step_of(law, roles, role);
}

/* ---- solutions, many observations at a time -------------------------------------------------------------- */

static int goes_in_lanes(const ssm_law *law)
{
    return !has_closed_form(law) && law->problem->ndt_kind == SSM_NDT_CONSTANT;
}

/* Log densities of n observations that share a solution, with a parameter that is moved by sign steps; NAN
 * where only observation_log_density() knows it. */
static void block_log_density(const law_group *g, moving_law *solution, int role, double sign, int64_t begin,
                              int n, const double *rts, const int32_t *choices, moving_block *block)
{
    double roles[SSM_LAW_PARAMETERS];
    int64_t trial = begin / g->law->n_per_trial;
    read_moved_roles(g->law, trial, role, sign, roles);
    response_law response = law_of(g->law, roles, solution);
    for (int k = 0; k < n; k++) {
        int64_t i = begin + k;
        if (i / g->law->n_per_trial != trial) {
            read_free_roles(g->law, trial = i / g->law->n_per_trial, roles);
            response = law_of(g->law, roles, solution);
        }
        double t = rts[i] - response.ndt_location;
        block->t[k] = rts[i] < response.deadline && t > 0.0 && t <= response.max_t && !isinf(t) ? t : NAN;
        block->side[k] = choices[i] > 0;
        block->base_drift[k] = solution->base_drift;
        block->drift_sd[k] = solution->drift_sd;
    }
    moving_block_log_density(solution, n, block);
}

/* Row i of a gradient, but for what group_add_differences() is to add. */
static void write_row(const law_group *g, const double *roles, const response_law *response, double log_density,
                      const double *derivatives, double *gradient, int64_t i)
{
    write_derivatives(g->law, roles, response, log_density, derivatives, gradient, i);
    double *row = gradient + i * gradient_width(g->law);
    for (int k = 0; k < g->n_one_sided; k++)
        row[g->column[k]] += g->weight[k] * log_density;
}

/* The same for a block of observations from `begin` on. */
static void write_block_derivatives(const law_group *g, int64_t begin, int n, const moving_block *block,
                                    double *gradient)
{
    double roles[SSM_LAW_PARAMETERS], derivatives[N_RESPONSE_DERIVATIVES] = {0.0};
    int64_t trial = begin / g->law->n_per_trial;
    const response_law response = {.moving = g->solution};
    read_roles(g->law, trial, roles);
    for (int k = 0; k < n; k++) {
        int64_t i = begin + k;
        if (i / g->law->n_per_trial != trial)
            read_free_roles(g->law, trial = i / g->law->n_per_trial, roles);
        if (isnan(block->value[k]))
            continue;
        derivatives[BY_DRIFT] = block->by_drift[k];
        derivatives[BY_DRIFT_SD] = block->by_drift_sd[k];
        derivatives[BY_NDT_LOCATION] = -block->by_time[k];
        write_row(g, roles, &response, block->value[k], derivatives, gradient, i);
    }
}

static ssm_error group_in_lanes(law_group *g, const double *rts, const int32_t *choices, double *log_density,
                                double *gradient, ssm_cancel *cancel)
{
    moving_block block;
    for (int64_t i = g->begin; i < g->end; i += MOVING_BLOCK) {
        int n = g->end - i < MOVING_BLOCK ? (int)(g->end - i) : MOVING_BLOCK;
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        block_log_density(g, g->solution, 0, 0.0, i, n, rts, choices, &block);
        if (gradient) {
            moving_block_derivatives(g->solution, n, &block);
            write_block_derivatives(g, i, n, &block, gradient);
        }
        for (int k = 0; k < n; k++)
            log_density[i + k] = block.value[k];
    }
    return SSM_OK;
}

/* ---- derivatives by differences ------------------------------------------------------------------------- */

static int can_move(const ssm_law *law, const double *roles, int role)
{
    return !isinf(roles[role]) && step_of(law, roles, role) > 0.0;
}

/* Whether the derivative of an observation has no closed form. */
static int needs_difference(const ssm_law *law, const double *roles, int role, double rt)
{
    return can_move(law, roles, role) && (is_omission(rt) || !is_free(law, roles, role));
}

static int any_needs(const law_group *g, int role, const double *rts)
{
    double roles[SSM_LAW_PARAMETERS];
    int64_t trial = g->begin / g->law->n_per_trial;
    read_roles(g->law, trial, roles);
    const int only_omissions = is_free(g->law, roles, role);
    for (int64_t i = g->begin; i < g->end; i++) {
        if (only_omissions && !is_omission(rts[i]))
            continue;
        if (i / g->law->n_per_trial != trial)
            read_roles(g->law, trial = i / g->law->n_per_trial, roles);
        if (needs_difference(g->law, roles, role, rts[i]))
            return 1;
    }
    return 0;
}

/* Notes the derivatives by differences to one side; their parameters have one value in a group. */
static void find_one_sided(law_group *g)
{
    double roles[SSM_LAW_PARAMETERS];
    read_roles(g->law, g->begin / g->law->n_per_trial, roles);
    g->n_one_sided = 0;
    for (int role = 0; role < SSM_LAW_PARAMETERS; role++)
        if (is_used(g->law, role) && is_one_sided(g->law, roles, role) && can_move(g->law, roles, role)) {
            g->column[g->n_one_sided] = gradient_column(g->law, role);
            g->weight[g->n_one_sided++] = weight_of(g->law, roles, role, 0.0);
        }
}

/* Where there is no density at one end of a difference, the derivative is 0. */
static void drop_infinite(const law_group *g, double *gradient)
{
    const int width = gradient_width(g->law);
    for (int64_t i = g->begin * width; i < g->end * width; i++)
        if (!isfinite(gradient[i]))
            gradient[i] = 0.0;
}

/* Adds log densities at parameters of which one is moved by sign steps, times their weight.  `solution` is NULL
 * in closed form. */
static ssm_error add_moved(const law_group *g, moving_law *solution, int role, double sign, const double *rts,
                           const int32_t *choices, double *gradient, ssm_cancel *cancel)
{
    double roles[SSM_LAW_PARAMETERS], weight = 0.0;
    int64_t trial = -1;
    response_law response;
    for (int64_t i = g->begin; i < g->end; i++) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        if (i / g->law->n_per_trial != trial) {
            read_roles(g->law, trial = i / g->law->n_per_trial, roles);
            weight = weight_of(g->law, roles, role, sign);
            double kept = roles[role];
            roles[role] += sign * step_of(g->law, roles, role);
            response = law_of(g->law, roles, solution);
            roles[role] = kept;
        }
        if (!needs_difference(g->law, roles, role, rts[i]))
            continue;
        double value = observation_log_density(&response, rts[i], choices[i], 0);
        gradient[i * gradient_width(g->law) + gradient_column(g->law, role)] += weight * value;
    }
    return SSM_OK;
}

/* The same for a parameter that needs a solution of its own, which has one value in a group. */
static ssm_error add_moved_in_lanes(const law_group *g, moving_law *solution, int role, double sign,
                                    const double *rts, const int32_t *choices, double *gradient,
                                    ssm_cancel *cancel)
{
    double roles[SSM_LAW_PARAMETERS], omission = NAN; /* log probability, once it is known */
    int64_t omission_trial = -1;
    moving_block block;
    response_law response;
    read_roles(g->law, g->begin / g->law->n_per_trial, roles);
    const double weight = weight_of(g->law, roles, role, sign);
    for (int64_t first = g->begin; first < g->end; first += MOVING_BLOCK) {
        int n = g->end - first < MOVING_BLOCK ? (int)(g->end - first) : MOVING_BLOCK;
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        block_log_density(g, solution, role, sign, first, n, rts, choices, &block);
        int64_t response_trial = -1; /* the solution has the drift of the last of the block */
        for (int64_t i = first; i < first + n; i++) {
            double value = block.value[i - first];
            int64_t trial = i / g->law->n_per_trial;
            if (is_omission(rts[i]) && trial == omission_trial) {
                value = omission;
            } else if (isnan(value)) {
                if (trial != response_trial) {
                    read_moved_roles(g->law, response_trial = trial, role, sign, roles);
                    response = law_of(g->law, roles, solution);
                }
                value = observation_log_density(&response, rts[i], choices[i], 0);
            }
            if (is_omission(rts[i]))
                omission = value, omission_trial = trial;
            gradient[i * gradient_width(g->law) + gradient_column(g->law, role)] += weight * value;
        }
    }
    return SSM_OK;
}

ssm_error group_add_differences(const law_group *g, const double *rts, const int32_t *choices,
                                double *gradient, ssm_cancel *cancel)
{
    double roles[SSM_LAW_PARAMETERS];
    const solution_use moved = {.like = g->solution};
    read_roles(g->law, g->begin / g->law->n_per_trial, roles);
    for (int role = 0; role < SSM_LAW_PARAMETERS; role++) {
        if (!is_used(g->law, role) || !any_needs(g, role, rts))
            continue;
        for (int sign = is_one_sided(g->law, roles, role) ? 1 : -1; sign <= 1; sign += 2) {
            const int needs_solution = g->solution && !is_free(g->law, roles, role);
            if (needs_solution) {
                double kept = roles[role];
                roles[role] += sign * step_of(g->law, roles, role);
                solve_for(g->law, roles, g->law->last_t, &moved, g->isa, g->moved);
                roles[role] = kept;
            }
            ssm_error error = (needs_solution && goes_in_lanes(g->law) ? add_moved_in_lanes : add_moved)(
                g, needs_solution ? g->moved : g->solution, role, sign, rts, choices, gradient, cancel);
            if (error != SSM_OK)
                return error;
        }
    }
    drop_infinite(g, gradient);
    return SSM_OK;
}

/* ---- a group -------------------------------------------------------------------------------------------- */

ssm_error group_log_density(law_group *g, const double *rts, const int32_t *choices, double *log_density,
                            double *gradient, ssm_cancel *cancel)
{
    double roles[SSM_LAW_PARAMETERS], derivatives[N_RESPONSE_DERIVATIVES];
    int64_t trial = -1;
    int rest = !has_closed_form(g->law); /* derivatives that are not known yet */
    int in_lanes = goes_in_lanes(g->law);
    double omission = NAN; /* log probability, once it is known */
    response_law response;
    if (in_lanes) {
        ssm_error error = group_in_lanes(g, rts, choices, log_density, gradient, cancel);
        if (error != SSM_OK)
            return error;
    }
    for (int64_t i = g->begin; i < g->end; i++) {
        if (in_lanes && !isnan(log_density[i]))
            continue;
        if (i % 64 == 0 && ssm_cancelled(cancel))
            return SSM_CANCELLED;
        if (i / g->law->n_per_trial != trial) {
            read_roles(g->law, trial = i / g->law->n_per_trial, roles);
            response = law_of(g->law, roles, g->solution);
            omission = NAN;
        }
        for (int k = 0; gradient && k < N_RESPONSE_DERIVATIVES; k++)
            derivatives[k] = 0.0;
        if (is_omission(rts[i]) && !isnan(omission))
            log_density[i] = omission;
        else
            log_density[i] = observation_log_density(&response, rts[i], choices[i],
                                                     gradient ? derivatives : 0);
        if (is_omission(rts[i]))
            omission = log_density[i];
        if (!gradient)
            continue;
        write_row(g, roles, &response, log_density[i], derivatives, gradient, i);
        rest |= is_omission(rts[i]);
    }
    if (!gradient || !rest)
        return SSM_OK;
    return group_add_differences(g, rts, choices, gradient, cancel);
}

/* The same for a law without a closed form, which is solved first. */
static ssm_error solved_log_density(law_group *g, const double *rts, const int32_t *choices,
                                    double *log_density, double *gradient, ssm_cancel *cancel)
{
    double roles[SSM_LAW_PARAMETERS];
    read_roles(g->law, g->begin / g->law->n_per_trial, roles);
    solve_for(g->law, roles, last_time(g, rts), 0, g->isa, g->solution);
    if (ssm_cancelled(cancel))
        return SSM_CANCELLED;
    if (ends_too_early(g->law, roles, g->solution))
        return SSM_TOO_MANY_STEPS;
    if (gradient)
        find_one_sided(g);
    return group_log_density(g, rts, choices, log_density, gradient, cancel);
}

/* The same with derivatives of a more accurate solution, unless that has too many steps; values are those
 * without derivatives. */
static ssm_error solved_gradient(law_group *g, const double *rts, const int32_t *choices, double *log_density,
                                 double *gradient, ssm_cancel *cancel)
{
    const ssm_law *law = g->law;
    ssm_law finer = *law;
    if (law->accuracy != SSM_ACCURACY_DEFAULT)
        return solved_log_density(g, rts, choices, log_density, gradient, cancel);
    finer.accuracy = SSM_ACCURACY_SLOPES;
    g->law = &finer;
    ssm_error error = solved_log_density(g, rts, choices, log_density, gradient, cancel);
    g->law = law;
    if (error == SSM_TOO_MANY_STEPS)
        return solved_log_density(g, rts, choices, log_density, gradient, cancel);
    return error == SSM_OK ? solved_log_density(g, rts, choices, log_density, 0, cancel) : error;
}

ssm_error groups_log_density(law_group *g, int64_t begin, int64_t end, const double *rts,
                             const int32_t *choices, double *log_density, double *gradient,
                             ssm_cancel *cancel)
{
    ssm_error error = SSM_OK;
    for (g->begin = begin; error == SSM_OK && g->begin < end; g->begin = g->end) {
        g->end = group_end(g->law, g->begin, end, gradient != 0);
        error = gradient ? solved_gradient(g, rts, choices, log_density, gradient, cancel)
                         : solved_log_density(g, rts, choices, log_density, 0, cancel);
    }
    return error;
}
