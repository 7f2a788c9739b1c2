#include "density/race.h"

#include "density/gauss.h"
#include "density/special.h"

#include "core/process.h"

enum { ADDS = 1 /* bit of the variant of ballistic accumulators: see ballistic.h */ };

static int is_solution_of(const robin_law *law, const robin_law *wanted)
{
    return law->n_nodes > 0 && law->drift == wanted->drift && law->start == wanted->start &&
           law->boundary == wanted->boundary && law->slope == wanted->slope;
}

/* The solution of accumulator i, of which those before it have been found. */
static const robin_law *robin_of(const ssm_law *call, const race_law *law, int i, int follows,
                                 double last_t, ssm_isa isa, race_solutions *solutions)
{
    double s = law->sd[i];
    const robin_law wanted = {.drift = law->drift[i] / s, .boundary = law->boundary / s,
                              .slope = law->collapse / s, .start = law->start[i] / law->boundary};
    for (int j = 0; j <= i; j++) {
        if (is_solution_of(&solutions->own[j], &wanted))
            return &solutions->own[j];
        if (follows && is_solution_of(&solutions->moved[j], &wanted))
            return &solutions->moved[j];
    }
    robin_law *found = follows ? &solutions->moved[i] : &solutions->own[i];
    found->drift = wanted.drift, found->boundary = wanted.boundary;
    found->slope = wanted.slope, found->start = wanted.start;
    found->n_nodes = 0;
    if (found->start < 1.0)
        robin_solve(found, last_t, call->accuracy, isa);
    return found;
}

race_law race_law_of(const ssm_law *call, int64_t trial, int follows, double last_t, ssm_isa isa,
                     race_solutions *solutions)
{
    const ssm_problem *p = call->problem;
    race_law law = {.process = p->process, .n = p->n_particles, .adds = p->variant & ADDS,
                    .has_second = p->played >> SSM_DRIFT_2 & 1, .limits = limits_of(call)};
    const ssm_process_row *row = ssm_process(p->process);
    for (int r = 0; r < row->n_roles; r++)
        for (int i = 0; i < (row->roles[r].per_particle ? law.n : 1); i++) {
            double value = ssm_get(p->column[row->roles[r].role][i], trial);
            switch ((int)row->roles[r].role) {
            case SSM_DRIFT: law.drift[i] = value; break;
            case SSM_START: law.start[i] = value; break;
            case SSM_DRIFT_2: law.drift_2[i] = value; break;
            case SSM_NOISE: law.sd[i] = value; break;
            case SSM_RATE: law.rate[i] = value; break;
            case SSM_COUNT: law.count[i] = value; break;
            case SSM_VALUE: law.weight[i] = value; break;
            case SSM_START_RANGE: law.range = value; break;
            case SSM_ONSET_2: law.onset = value; break;
            case SSM_NDT_LOCATION: law.limits.ndt = value; break;
            case SSM_DEADLINE: law.limits.deadline = value; break;
            default: break;
            }
        }
    if (p->process == SSM_PROCESS_CHOICE)
        for (int i = 0; i < law.n; i++)
            law.weight[i] *= ssm_get(p->column[SSM_INVERSE_TEMPERATURE][0], trial);
    if (p->process == SSM_PROCESS_BALLISTIC || p->process == SSM_PROCESS_RACE) {
        law.boundary = ssm_get(p->boundary.parameters[0], trial);
        if (p->boundary.row->n_parameters == 2)
            law.collapse = ssm_get(p->boundary.parameters[1], trial);
        if (p->boundary.kind == SSM_BOUNDARY_ANGLE)
            law.collapse = tan(law.collapse);
        if (law.range < NARROWEST_RANGE * law.boundary)
            law.range = 0.0;
        law.is_reflected = p->process == SSM_PROCESS_RACE && p->variant == RACE_REFLECTED;
        for (int i = 0; i < law.n; i++)
            law.start[i] *= law.boundary;
        for (int i = 0; i < law.n && law.is_reflected; i++)
            if (law.collapse != 0.0)
                law.robin[i] = robin_of(call, &law, i, follows, last_t, isa, solutions);
            else
                law.reflected[i] = reflected_law_of(law.drift[i] / law.sd[i],
                                                    law.start[i] / law.sd[i],
                                                    law.boundary / law.sd[i]);
    }
    return law;
}

int race_winner(const race_law *law, int32_t choice)
{
    return law->process == SSM_PROCESS_COUNTING && law->n == 2 ? choice > 0 : choice;
}

/* ---- two systems that share a start ---------------------------------------------------------------------- */

static double folded_density(double c, double mean, double sd)
{
    double z = (c - mean) / sd, y = (c + mean) / sd;
    if (c < 0.0)
        return 0.0;
    return (exp(-0.5 * z * z) + exp(-0.5 * y * y)) / (sd * sqrt(2.0 * PI));
}

static double folded_below(double c, double mean, double sd)
{
    double root = 0.70710678118654752440 / sd, size = fabs(mean);
    return c > 0.0 ? 0.5 * (erfc((size - c) * root) - erfc((size + c) * root)) : 0.0;
}

/* Density and survival at t of an accumulator that starts `distance` below the boundary at 0. */
static void two_systems_from(const race_law *law, int i, double distance, double t, double *density,
                             double *survival)
{
    double sd = law->sd[i], later = t - law->onset, left = distance - law->collapse * t, c = left / t;
    double first = folded_below(c, law->drift[i], sd), f = folded_density(c, law->drift[i], sd);
    if (!law->adds) { /* the larger drift counts */
        double second = folded_below(c, law->drift_2[i], sd);
        *density = distance / (t * t) * (f * second + first * folded_density(c, law->drift_2[i], sd));
        *survival = first * second;
        return;
    }
    *density = distance / (t * t) * f;
    *survival = first;
    if (!(later > 0.0))
        return;
    /* over the first drift x; the second one is what is missing then, and is certain to miss it for a
     * smaller x than `near`, certain not to for a larger one than `far` */
    const gauss_rule *rule = gauss_at_least(48);
    double size = fabs(law->drift[i]), size_2 = fabs(law->drift_2[i]);
    double near = (left - later * (size_2 + 9.0 * sd)) / t;
    double far = (left - later * fmax(size_2 - 9.0 * sd, 0.0)) / t;
    double low = fmax(fmax(size - 9.0 * sd, 0.0), near), high = fmin(fmin(c, size + 9.0 * sd), far);
    *density = 0.0;
    *survival = folded_below(fmin(near, c), law->drift[i], sd);
    for (int k = 0; k < rule->n && high > low; k++) {
        double weight, x = gauss_node(rule, k, low, high, &weight), missing = (left - x * t) / later;
        weight *= folded_density(x, law->drift[i], sd);
        *density += weight * folded_density(missing, law->drift_2[i], sd) *
                    (x + missing + law->collapse) / later;
        *survival += weight * folded_below(missing, law->drift_2[i], sd);
    }
}

static void two_systems(const race_law *law, int i, double t, double *log_density,
                        double *log_survival)
{
    double density = 0.0, survival = 0.0, f, s;
    if (law->range == 0.0) {
        two_systems_from(law, i, law->boundary, t, &density, &survival);
    } else {
        int panels = (int)fmin(ceil(law->range / (3.0 * law->sd[i] * t)), 32.0);
        const gauss_rule *rule = gauss_at_least(12);
        for (int p = 0; p < panels; p++)
            for (int k = 0; k < rule->n; k++) {
                double weight, start = gauss_node(rule, k, (double)p / panels, (p + 1.0) / panels, &weight);
                two_systems_from(law, i, law->boundary - start * law->range, t, &f, &s);
                density += weight * f;
                survival += weight * s;
            }
    }
    *log_density = density > 0.0 ? log(density) : -INFINITY;
    *log_survival = survival > 0.0 ? log(survival) : -INFINITY;
}

/* ---- diffusing accumulators ------------------------------------------------------------------------------- */

/* In units of the noise; a boundary that falls is as much more drift. */
static double wald_of(const race_law *law, int i, double t, int is_density)
{
    double s = law->sd[i], v = (law->drift[i] + law->collapse) / s, range = law->range / s;
    double threshold = (law->boundary - law->start[i]) / s;
    if (!(threshold > 0.0))
        return -INFINITY;
    if (law->is_reflected && law->robin[i])
        return is_density ? robin_log_density(law->robin[i], t) : robin_log_survival(law->robin[i], t);
    if (law->is_reflected)
        return is_density ? reflected_log_density(&law->reflected[i], t)
                          : reflected_log_survival(&law->reflected[i], t);
    return is_density ? wald_log_density(v, range, threshold, t)
                      : wald_log_survival(v, range, threshold, t);
}

/* Share of the starts of accumulator i that are at most x. */
static double starts_below(const race_law *law, int i, double x)
{
    if (law->range == 0.0)
        return x >= law->start[i];
    return fmin(fmax((x - law->start[i]) / law->range, 0.0), 1.0);
}

/* Probability that an accumulator starts at or above the boundary, and is the largest (of equal ones the
 * first): it wins at once. */
static double wins_at_once(const race_law *law, int winner)
{
    double own = law->start[winner], sum = 0.0;
    if (law->process != SSM_PROCESS_RACE || own + law->range < law->boundary)
        return 0.0;
    if (law->range == 0.0) {
        for (int i = 0; i < law->n; i++)
            if (law->start[i] > own || (i < winner && law->start[i] == own))
                return 0.0;
        return 1.0;
    }
    /* between two ends of the ranges of starts the integrand is a polynomial */
    const gauss_rule *rule = gauss_at_least(12);
    double low = fmax(own, law->boundary), high = own + law->range;
    while (low < high) {
        double end = high, weight;
        for (int i = 0; i < law->n; i++) {
            end = law->start[i] > low ? fmin(end, law->start[i]) : end;
            end = law->start[i] + law->range > low ? fmin(end, law->start[i] + law->range) : end;
        }
        for (int k = 0; k < rule->n; k++) {
            double x = gauss_node(rule, k, low, end, &weight);
            for (int i = 0; i < law->n; i++)
                weight *= i == winner ? 1.0 : starts_below(law, i, x);
            sum += weight / law->range;
        }
        low = end;
    }
    return sum;
}

/* ---- one accumulator ---------------------------------------------------------------------------------------- */

static double log_density_of(const race_law *law, int i, double t)
{
    double density, survival;
    if (law->process == SSM_PROCESS_COUNTING)
        return counter_log_density(law->rate[i], law->count[i], t);
    if (law->process == SSM_PROCESS_RACE)
        return wald_of(law, i, t, 1);
    if (law->has_second) {
        two_systems(law, i, t, &density, &survival);
        return density;
    }
    return ballistic_log_density(law->drift[i], law->sd[i], law->range, law->boundary, law->collapse, t);
}

static double log_survival_of(const race_law *law, int i, double t)
{
    double density, survival;
    if (law->process == SSM_PROCESS_COUNTING)
        return counter_log_survival(law->rate[i], law->count[i], t);
    if (law->process == SSM_PROCESS_RACE)
        return wald_of(law, i, t, 0);
    if (law->has_second) {
        two_systems(law, i, t, &density, &survival);
        return survival;
    }
    return ballistic_log_survival(law->drift[i], law->sd[i], law->range, law->boundary, law->collapse, t);
}

/* ---- the race ----------------------------------------------------------------------------------------------- */

static double log_density(void *of, int winner, double t)
{
    const race_law *law = of;
    double sum = log_density_of(law, winner, t);
    for (int i = 0; i < law->n && sum > -INFINITY; i++)
        if (i != winner)
            sum += log_survival_of(law, i, t);
    return sum;
}

static double log_survival(void *of, double t)
{
    const race_law *law = of;
    double sum = 0.0;
    if (isinf(t)) { /* drifts away from the boundary may never meet it */
        for (int i = 0; i < law->n; i++)
            if (law->process == SSM_PROCESS_COUNTING ||
                (law->process == SSM_PROCESS_BALLISTIC && law->collapse >= 0.0) ||
                (law->process == SSM_PROCESS_RACE &&
                 (law->is_reflected ? law->collapse >= 0.0 : law->drift[i] + law->collapse >= 0.0)))
                return -INFINITY;
        t = 1e15;
    }
    if (t == 0.0 && law->process != SSM_PROCESS_RACE)
        return 0.0;
    for (int i = 0; i < law->n; i++)
        sum += log_survival_of(law, i, t);
    return sum;
}

static double at_once(void *of, int winner) { return wins_at_once(of, winner); }

/* ---- choices without a time -------------------------------------------------------------------------------- */

static double share_of_weight(void *of, int winner, double t)
{
    const race_law *law = of;
    (void)t;
    log_sum sum = LOG_OF_NOTHING;
    double part;
    for (int i = 0; i < law->n; i++)
        log_sum_add(&sum, law->weight[i], &part);
    return exp(law->weight[winner] - log_sum_value(sum));
}

outcome_law race_outcome(race_law *law)
{
    if (law->process == SSM_PROCESS_CHOICE)
        return (outcome_law){.law = law, .share = share_of_weight, .limits = law->limits};
    return (outcome_law){.law = law, .log_density = log_density, .log_survival = log_survival,
                         .at_once = at_once, .jump = law->has_second && law->adds ? law->onset : 0.0,
                         .limits = law->limits};
}
