#include "density/law.h"
#include "density/race.h"
#include "density/special.h"

#include <math.h>

/* Distance of a start from a side, below which a solution does not tell them apart: about as large a share of the
 * paths does not leave there at once. */
#define NEAREST_START 2e-5

/* A share of paths that may be left where a solution ends. */
#define FEW 1e-4

int has_closed_form(const ssm_law *law)
{
    const ssm_problem *p = law->problem;
    uint32_t others = 1u << SSM_LEAK | 1u << SSM_LEAK_2 | 1u << SSM_STABILITY;
    return p->boundary.row->is_linear && p->drift.row->is_linear && !(p->played & others);
}

/* Levy noise is known between constant boundaries, where nothing else varies. */
static ssm_law_defect levy_defect(const ssm_law *law, const double *roles)
{
    const ssm_problem *p = law->problem;
    int is_known = p->boundary.kind == SSM_BOUNDARY_CONSTANT && p->drift.kind == SSM_DRIFT_CONSTANT &&
                   roles[SSM_LEAK] == 0.0 &&
                   roles[SSM_DRIFT_SD] == 0.0 && roles[SSM_START_HALFWIDTH] == 0.0 &&
                   (p->ndt_kind == SSM_NDT_CONSTANT || roles[SSM_NDT_SCALE] == 0.0);
    if (!is_known)
        return SSM_LAW_LEVY_NOISE;
    double a = roles[SSM_LAW_BOUNDARY], alpha = roles[SSM_STABILITY];
    double drift = fabs(roles[SSM_LAW_DRIFT]) / a * pow(a / roles[SSM_NOISE], alpha);
    return alpha == 2.0 || drift <= levy_strongest_drift(alpha) ? SSM_LAW_OK : SSM_LAW_STRONG_DRIFT;
}

/* Whether a boundary that is read from a table jumps, or changes nearly as fast: steps in the clock
 * dt / boundary^2, of which it is a function, do not see that.  It may begin as steeply as a power of time. */
static int is_steep(const ssm_law *law, double row, double noise)
{
    const ssm_curve *boundary = &law->problem->boundary;
    if (boundary->kind != SSM_BOUNDARY_TABLE)
        return 0;
    const int32_t *index = boundary->table.index + (int64_t)row * (boundary->table.n_cells + 1);
    const ssm_knot *last = boundary->table.knots + index[boundary->table.n_cells];
    for (const ssm_knot *k = boundary->table.knots + index[0];
         k < last && k->value[0] > 0.0 && k->time < SSM_USUAL_MAX_T; k++) {
        double slope = fabs(k->slope[0]);
        if (slope * k->value[0] > SSM_STEEPEST_BOUNDARY * noise * noise && slope * k->time > k->value[0])
            return 1;
    }
    moving_kink kinks[MOVING_JUMPS];
    int n_kinks;
    return !moving_find_kinks(&boundary->table, (int64_t)row, 1.0 / noise, kinks, &n_kinks);
}

static ssm_law_defect defect_of(const ssm_law *law, const double *roles)
{
    const ssm_problem *p = law->problem;
    if (!(roles[SSM_NOISE] > 0.0))
        return SSM_LAW_NO_NOISE;
    if (has_closed_form(law))
        return SSM_LAW_OK;
    if (p->played >> SSM_STABILITY & 1)
        return levy_defect(law, roles);
    if (roles[SSM_START_HALFWIDTH] != 0.0)
        return SSM_LAW_MOVING_START;
    if (p->drift.row->n_columns == 2 && p->ndt_kind != SSM_NDT_CONSTANT)
        return SSM_LAW_NDT_OF_RACE;
    if (p->drift.row->n_columns == 2 && fmin(roles[SSM_LEAK], roles[SSM_LEAK_2]) < 0.0)
        return SSM_LAW_GROWING_PART;
    if (roles[SSM_LEAK] != 0.0 && roles[SSM_DRIFT_SD] != 0.0)
        return SSM_LAW_LEAK_AND_DRIFT_SD;
    if (is_steep(law, roles[SSM_LAW_BOUNDARY], roles[SSM_NOISE]))
        return SSM_LAW_STEEP_BOUNDARY;
    return SSM_LAW_OK;
}

/* Independent accumulators, levels, and choices without a time. */
static ssm_law_defect check_several(const ssm_law *law, int64_t *trial)
{
    const ssm_problem *p = law->problem;
    if (p->process == SSM_PROCESS_CHOICE)
        return SSM_LAW_OK;
    if (p->process == SSM_PROCESS_RACE) {
        if (p->variant == RACE_REFLECTED && p->played >> SSM_START_RANGE & 1)
            return SSM_LAW_REFLECTED;
        if (p->played >> SSM_LEAK & 1 || p->played >> SSM_INHIBITION & 1)
            return SSM_LAW_COUPLED;
        if (!p->boundary.row->is_linear)
            return SSM_LAW_CURVED_RACE;
    } else if (p->process != SSM_PROCESS_CASCADE && p->process != SSM_PROCESS_BALLISTIC &&
               p->process != SSM_PROCESS_COUNTING) {
        return SSM_LAW_OTHER_PROCESS;
    }
    if (p->ndt_kind != SSM_NDT_CONSTANT)
        return SSM_LAW_NDT_OF_RACE;
    for (; p->process != SSM_PROCESS_COUNTING && *trial < p->n_trials; ++*trial) {
        for (int i = 0; i < p->n_particles && p->column[SSM_NOISE][i].data; i++)
            if (!(ssm_get(p->column[SSM_NOISE][i], *trial) > 0.0))
                return SSM_LAW_NO_NOISE;
        if (p->process == SSM_PROCESS_CASCADE &&
            is_steep(law, ssm_get(p->boundary.parameters[0], *trial), ssm_get(p->column[SSM_NOISE][0], *trial)))
            return SSM_LAW_STEEP_BOUNDARY;
    }
    return SSM_LAW_OK;
}

/* A drift that follows gaze whose onsets are all given. */
static ssm_law_defect check_attention(const ssm_law *law, int64_t *trial)
{
    const ssm_problem *p = law->problem;
    if (!p->gaze.onsets)
        return SSM_LAW_NO_GAZE;
    if (p->gaze.continuation != SSM_GAZE_HELD)
        return SSM_LAW_DRAWN_GAZE;
    if (!p->boundary.row->is_linear)
        return SSM_LAW_CURVED_GAZE;
    for (; *trial < p->n_trials; ++*trial)
        if (!(ssm_get(p->column[SSM_NOISE][0], *trial) > 0.0))
            return SSM_LAW_NO_NOISE;
    return SSM_LAW_OK;
}

ssm_law_defect ssm_law_check(const ssm_law *law, int64_t *trial)
{
    double roles[SSM_LAW_PARAMETERS];
    *trial = 0;
    if (law->problem->process == SSM_PROCESS_ATTENTION)
        return check_attention(law, trial);
    if (law->problem->process != SSM_PROCESS_DIFFUSION)
        return check_several(law, trial);
    const ssm_column *noise = &law->problem->column[SSM_NOISE][0];
    for (; *trial < law->problem->n_trials; ++*trial) {
        if (has_closed_form(law) && noise->data && ssm_get(*noise, *trial) > 0.0)
            continue; /* it has no other condition */
        read_roles(law, *trial, roles);
        ssm_law_defect defect = defect_of(law, roles);
        if (defect != SSM_LAW_OK)
            return defect;
    }
    return SSM_LAW_OK;
}

void read_roles(const ssm_law *law, int64_t trial, double *roles)
{
    const ssm_problem *p = law->problem;
    for (int i = 0; i < SSM_LAW_PARAMETERS; i++)
        roles[i] = 0.0;
    for (int i = SSM_DRIFT_SD; i < SSM_N_ROLES; i++)
        if (p->column[i][0].data) /* a role of the process */
            roles[i] = ssm_get(p->column[i][0], trial);
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        roles[SSM_LAW_BOUNDARY + i] = ssm_get(p->boundary.parameters[i], trial);
    for (int i = 0; p->drift.row && i < p->drift.row->n_parameters; i++)
        roles[SSM_LAW_DRIFT + i] = ssm_get(p->drift.parameters[i], trial);
}

int is_free(const ssm_law *law, const double *roles, int role)
{
    if (has_closed_form(law) || role == SSM_DRIFT || role == SSM_DRIFT_SD ||
        role == SSM_NDT_LOCATION || role == SSM_NDT_SCALE || role == SSM_DEADLINE)
        return 1;
    return role == SSM_LAW_DRIFT && roles[SSM_LEAK] == 0.0 &&
           law->problem->drift.kind != SSM_DRIFT_TABLE;
}

void read_free_roles(const ssm_law *law, int64_t trial, double *roles)
{
    static const int free_roles[] = {SSM_DRIFT_SD, SSM_NDT_LOCATION, SSM_NDT_SCALE, SSM_DEADLINE};
    for (int i = 0; i < 4; i++)
        if (law->problem->column[free_roles[i]][0].data)
            roles[free_roles[i]] = ssm_get(law->problem->column[free_roles[i]][0], trial);
    if (is_free(law, roles, SSM_LAW_DRIFT))
        roles[SSM_LAW_DRIFT] = ssm_get(law->problem->drift.parameters[0], trial);
}

int can_share(const ssm_law *law, const double *a, const double *b)
{
    for (int i = 0; i < SSM_LAW_PARAMETERS; i++)
        if (a[i] != b[i] && !is_free(law, a, i))
            return 0;
    return 1;
}

void set_curves_for(const ssm_law *law, const double *roles, ssm_isa isa, moving_law *moving)
{
    const ssm_curve *boundary = &law->problem->boundary, *drift = &law->problem->drift;
    moving_set_curves(moving, (ssm_boundary_kind)boundary->kind, roles + SSM_LAW_BOUNDARY,
                      &boundary->table, (ssm_drift_kind)drift->kind, roles + SSM_LAW_DRIFT,
                      &drift->table, roles[SSM_NOISE], roles[SSM_LEAK], isa);
}

int ends_too_early(const ssm_law *law, const double *roles, moving_law *moving)
{
    if (!moving->ends_early)
        return 0;
    response_law decision = law_of(law, roles, moving);
    decision.ndt_kind = SSM_NDT_CONSTANT;
    decision.ndt_location = 0.0;
    decision.deadline = decision.max_t = INFINITY;
    return response_survival(&decision, moving_end(moving)) > FEW;
}

double start_distance(const ssm_law *law, const double *roles, int side)
{
    double distance = 2.0 * (side ? 1.0 - roles[SSM_START] : roles[SSM_START]);
    return distance < NEAREST_START && !has_closed_form(law) ? 0.0 : distance;
}

int solve_for(const ssm_law *law, const double *roles, double last_t, const solution_use *use, ssm_isa isa,
              moving_law *moving)
{
    set_curves_for(law, roles, isa, moving);
    moving->notes_shares = use && use->notes_shares;
    moving->followed_at = use ? use->followed_at : 0.0;
    for (int side = 0; side < 2; side++)
        moving->start[side] = start_distance(law, roles, side);
    moving->drift_sd = roles[SSM_DRIFT_SD] / roles[SSM_NOISE];
    static const solve_accuracy accuracies[] = {[SSM_ACCURACY_DEFAULT] = SOLVE_DEFAULT,
                                                [SSM_ACCURACY_SLOPES] = SOLVE_SLOPES,
                                                [SSM_ACCURACY_HIGH] = SOLVE_HIGH};
    return moving_solve(moving, last_t, accuracies[law->accuracy], use ? use->like : 0, isa);
}

double collapse_of(const ssm_law *law, const double *roles, double *by_parameter)
{
    double parameter = roles[SSM_LAW_BOUNDARY + 1];
    *by_parameter = 1.0;
    if (law->problem->boundary.kind == SSM_BOUNDARY_LINEAR)
        return parameter;
    if (law->problem->boundary.kind != SSM_BOUNDARY_ANGLE)
        return 0.0;
    double collapse = parameter == 0.0 ? 0.0 : tan(parameter);
    *by_parameter = 1.0 + collapse * collapse;
    return collapse;
}

/* Everything in units of the noise. */
response_law law_of(const ssm_law *law, const double *roles, moving_law *moving)
{
    double s = roles[SSM_NOISE], z = roles[SSM_START], half = roles[SSM_START_HALFWIDTH], by;
    response_law response = {
        .moving = moving,
        .ndt_kind = law->problem->ndt_kind,
        .ndt_location = roles[SSM_NDT_LOCATION],
        .ndt_scale = roles[SSM_NDT_SCALE],
        .max_t = law->max_t,
        .deadline = roles[SSM_DEADLINE],
        .shares_at_infinity = law->shares_at_infinity,
    };
    if (moving) {
        moving->drift_sd = roles[SSM_DRIFT_SD] / s;
        moving->base_drift = is_free(law, roles, SSM_LAW_DRIFT) ? roles[SSM_LAW_DRIFT] / s : 0.0;
        return response;
    }
    response.linear = (linear_law){.drift = roles[SSM_LAW_DRIFT] / s,
                                   .drift_sd = roles[SSM_DRIFT_SD] / s,
                                   .boundary = roles[SSM_LAW_BOUNDARY] / s,
                                   .slope = collapse_of(law, roles, &by) / s,
                                   .start = {2.0 * z, 2.0 * (1.0 - z)}};
    response.start_halfwidth =
        law->problem->start_is_relative ? 2.0 * half : half / roles[SSM_LAW_BOUNDARY];
    if (response.start_halfwidth < NARROWEST_RANGE)
        response.start_halfwidth = 0.0;
    return response;
}

/* The derivative by a role from those by the law, 0 where the law does not have it. */
static double by_role(const ssm_law *law, const double *roles, const response_law *response,
                      const double *g, int role)
{
    const linear_law *l = &response->linear;
    double s = roles[SSM_NOISE], a = roles[SSM_LAW_BOUNDARY], by_parameter;
    double half = law->problem->start_is_relative ? 2.0 : 1.0 / a; /* of START_HALFWIDTH */
    switch (role) {
    case SSM_DRIFT_SD:
        return g[BY_DRIFT_SD] / s;
    case SSM_NDT_LOCATION:
        return g[BY_NDT_LOCATION];
    case SSM_NDT_SCALE:
        return g[BY_NDT_SCALE];
    case SSM_LAW_DRIFT:
        return !response->moving || is_free(law, roles, SSM_LAW_DRIFT) ? g[BY_DRIFT] / s : 0.0;
    default:
        break;
    }
    if (response->moving)
        return 0.0;
    switch (role) {
    case SSM_START:
        return 2.0 * g[BY_START];
    case SSM_START_HALFWIDTH:
        return half * g[BY_START_HALFWIDTH];
    case SSM_LAW_BOUNDARY:
        return law->problem->start_is_relative
                   ? g[BY_BOUNDARY] / s
                   : g[BY_BOUNDARY] / s - g[BY_START_HALFWIDTH] * response->start_halfwidth / a;
    case SSM_LAW_BOUNDARY + 1:
        collapse_of(law, roles, &by_parameter);
        return g[BY_SLOPE] * by_parameter / s;
    case SSM_NOISE:
        return -(g[BY_DRIFT] * l->drift + g[BY_DRIFT_SD] * l->drift_sd +
                 g[BY_BOUNDARY] * l->boundary + g[BY_SLOPE] * l->slope) / s;
    default:
        return 0.0;
    }
}

int gradient_width(const ssm_law *law) { return law->columns ? law->n_columns : SSM_LAW_PARAMETERS; }

int gradient_column(const ssm_law *law, int role) { return law->columns ? law->columns[role] : role; }

void put_derivatives(const ssm_law *law, const double *by_roles, double *gradient, int64_t i)
{
    double *row = gradient + i * gradient_width(law);
    for (int column = 0; column < gradient_width(law); column++)
        row[column] = 0.0;
    for (int role = 0; role < SSM_LAW_PARAMETERS; role++)
        if (gradient_column(law, role) >= 0)
            row[gradient_column(law, role)] += by_roles[role];
}

void write_derivatives(const ssm_law *law, const double *roles, const response_law *response,
                       double log_density, const double *derivatives, double *gradient, int64_t i)
{
    double by_roles[SSM_LAW_PARAMETERS];
    for (int role = 0; role < SSM_LAW_PARAMETERS; role++)
        by_roles[role] = gradient_column(law, role) < 0 || isinf(log_density)
                             ? 0.0
                             : by_role(law, roles, response, derivatives, role);
    put_derivatives(law, by_roles, gradient, i);
}

double observation_log_density(const response_law *response, double rt, int32_t choice,
                               double *derivatives)
{
    if (rt == (double)SSM_OMISSION)
        return log(response_survival(response, INFINITY));
    if (rt == INFINITY && response->shares_at_infinity)
        return log(response_cdf(response, choice > 0, INFINITY));
    return response_log_density(response, choice > 0, rt, derivatives);
}

double observation_probability(const response_law *response, ssm_probability_kind kind, double rt,
                               int side)
{
    if (kind == SSM_NO_RESPONSE_BY)
        return response_survival(response, rt);
    return kind == SSM_RESPONSE_BY ? response_cdf(response, side, rt)
                                   : response_first_moment(response, side);
}
