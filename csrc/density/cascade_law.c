#include "density/cascade_law.h"

#include "density/sequence.h"
#include "density/special.h"
#include "cascade/cascade.h"
#include "diffusion/stage.h"

/* Survival below this is summed from later exits. */
#define SMALL 1e-3

void cascade_begin(cascade_law *c, const ssm_law *call, double last_t, ssm_isa isa,
                   ssm_cancel *cancel)
{
    c->call = call;
    c->cancel = cancel;
    c->solutions.isa = isa;
    c->solutions.last_t = last_t;
    for (int i = 0; i < MAX_LEVELS; i++) {
        level *l = &c->level[i];
        l->problem = ssm_stage_of(call->problem, i);
        l->law = *call;
        l->law.problem = &l->problem;
        l->law.max_t = INFINITY;
        l->slot = 0;
        l->followed_at = 0.0;
        c->solutions.own[i].is_known = 0;
    }
}

static int is_sequence(const cascade_law *c)
{
    return c->call->problem->variant == CASCADE_SEQUENTIAL;
}

static double size_of_drift(const level *l) { return fabs(l->roles[SSM_LAW_DRIFT] / l->roles[SSM_NOISE]); }

/* Whether the law of a low level is solved along with the end of the high one. */
static int follows_high(const cascade_law *c) { return is_sequence(c) && c->level[0].moving; }

static double of_trial(const ssm_problem *p, ssm_role role, int64_t trial)
{
    return p->played >> role & 1 ? ssm_get(p->column[role][0], trial) : 0.0;
}

static double at_once(void *law, int outcome)
{
    cascade_law *c = law;
    return level_starts_at(&c->level[0]) == outcome >> 1 &&
           level_starts_at(&c->level[1 + (outcome >> 1)]) == (outcome & 1);
}

/* Solves both branches of levels that interact; the weights are those of cascade/interact.c. */
static void set_planes(cascade_law *c, int64_t trial)
{
    const ssm_problem *p = c->call->problem;
    double d = ssm_get(p->column[SSM_WITHHELD][0], trial), share = 1.0 / (2.0 - d);
    plane_problem plane = {.a = 0.0, .b = 1.0 - d, .c = 0.0, .d = 1.0};
    if (p->variant == CASCADE_TRADEOFF)
        plane.a = plane.c = (1.0 - d) * share, plane.b = plane.d = d * share;
    else if (p->variant == CASCADE_MODULATED)
        plane.c = ssm_get(p->column[SSM_EARLY_NOISE][0], trial), plane.d = 0.0;
    plane.leak = of_trial(p, SSM_LEAK, trial);
    plane.curves = &c->following[0].curves;
    set_curves_for(&c->level[0].law, c->level[0].roles, c->solutions.isa, &c->following[0]);
    c->planes.n = 2;
    c->planes.curves = plane.curves;
    c->planes.limits = c->limits;
    c->planes.at_once = -1;
    for (int h = 0; h < 2; h++) {
        const double *high = c->level[0].roles, *low = c->level[1 + h].roles, sign = h ? 1.0 : -1.0;
        plane.drift[0] = sign * high[SSM_LAW_DRIFT] / high[SSM_NOISE];
        plane.drift[1] = low[SSM_LAW_DRIFT] / low[SSM_NOISE];
        plane.start[0] = sign * (2.0 * high[SSM_START] - 1.0);
        plane.start[1] = 2.0 * low[SSM_START] - 1.0;
        plane_solve(&c->planes.branch[h], &plane, c->call->accuracy == SSM_ACCURACY_HIGH, c->solutions.isa,
                    c->states, c->cancel);
    }
    branched_end(&c->planes);
    for (int outcome = 0; outcome < 4; outcome++)
        if (at_once(c, outcome) == 1.0)
            c->planes.at_once = outcome;
}

void cascade_set(cascade_law *c, int64_t trial, int follows)
{
    const ssm_problem *p = c->call->problem;
    int taken = 0;
    c->limits = limits_of(c->call);
    c->limits.ndt = ssm_get(p->column[SSM_NDT_LOCATION][0], trial);
    c->limits.deadline = ssm_get(p->column[SSM_DEADLINE][0], trial);
    c->trial = trial;
    c->is_to_follow[0] = c->is_to_follow[1] = 0;
    for (int i = 0; i < MAX_LEVELS; i++)
        c->solutions.moved[i].is_known = 0;
    for (int i = 0; i < MAX_LEVELS; i++)
        level_read(&c->level[i], trial);
    if (levels_interact(p)) {
        set_planes(c, trial);
        return;
    }
    if (is_sequence(c))
        c->level[0].followed_at = fmax(size_of_drift(&c->level[1]), size_of_drift(&c->level[2]));
    for (int i = 0; i < MAX_LEVELS; i++) {
        level *l = &c->level[i];
        if (i > 0 && follows_high(c) && level_starts_at(&c->level[0]) < 0 && level_starts_at(l) < 0) {
            c->is_to_follow[i - 1] = 1; /* once it is asked for */
            continue;
        }
        level_set(l, trial, follows, taken, &c->solutions);
        taken |= 1 << l->slot;
    }
}

/* ---- side by side: the later level makes the response -------------------------------------------- */

static double parallel_log_density(void *law, int outcome, double t)
{
    cascade_law *c = law;
    int h = outcome >> 1, l = outcome & 1;
    level *high = &c->level[0], *low = &c->level[1 + h];
    return log_sum_of(level_log_density(high, h, t) + level_log_cdf(low, l, t),
                      level_log_cdf(high, h, t) + level_log_density(low, l, t));
}

static double parallel_share(void *law, int outcome, double t)
{
    cascade_law *c = law;
    int h = outcome >> 1, l = outcome & 1;
    return exp(level_log_cdf(&c->level[0], h, t) + level_log_cdf(&c->level[1 + h], l, t));
}

static double parallel_log_survival(void *law, double t)
{
    cascade_law *c = law;
    double gone = 0.0;
    for (int outcome = 0; outcome < 4; outcome++)
        gone += parallel_share(law, outcome, t);
    if (1.0 - gone > SMALL)
        return log1p(-gone);
    double sum = level_log_survival(&c->level[0], t);
    for (int h = 0; h < 2; h++)
        sum = log_sum_of(sum, level_log_cdf(&c->level[0], h, t) +
                                  level_log_survival(&c->level[1 + h], t));
    return sum;
}

/* ---- one after the other: the low level makes the response ------------------------------------------ */

static double sequential_log(const cascade_law *c, int outcome, sequence_quantity quantity, double t)
{
    int h = outcome >> 1;
    return sequence_log(&c->level[0].response.linear, &c->level[1 + h].response.linear, h, outcome & 1,
                        quantity, t);
}

static double sequential_log_density(void *law, int outcome, double t)
{
    return sequential_log(law, outcome, SEQUENCE_ENDS_AT, t);
}

static double sequential_share(void *law, int outcome, double t)
{
    return exp(sequential_log(law, outcome, SEQUENCE_ENDS_BY, t));
}

static double sequential_log_survival(void *law, double t)
{
    cascade_law *c = law;
    double gone = 0.0;
    for (int outcome = 0; outcome < 4 && t > 0.0; outcome++)
        gone += sequential_share(law, outcome, t);
    if (1.0 - gone > SMALL)
        return log1p(-gone);
    double sum = level_log_survival(&c->level[0], t);
    for (int h = 0; h < 2; h++)
        sum = log_sum_of(sum, sequential_log(law, 2 * h, SEQUENCE_NOT_ENDED, t));
    return sum;
}

/* ---- the same, solved numerically -------------------------------------------------------------------- */

/* The level that makes an outcome: the low one, unless it ends where it begins; NULL if there is none. */
static level *last_level(cascade_law *c, int outcome, int *side)
{
    int h = outcome >> 1, l = outcome & 1;
    level *high = &c->level[0], *low = &c->level[1 + h];
    int first = level_starts_at(high), second = level_starts_at(low);
    *side = first < 0 && second >= 0 ? h : l;
    if (first >= 0)
        return first == h ? low : 0;
    if (second >= 0)
        return second == l ? high : 0;
    if (c->is_to_follow[h])
        level_follow(low, c->trial, high, h, &c->following[h], c->solutions.isa);
    c->is_to_follow[h] = 0;
    return low;
}

static double following_log_density(void *law, int outcome, double t)
{
    int side;
    level *last = last_level(law, outcome, &side);
    return last ? level_log_density(last, side, t) : -INFINITY;
}

static double following_share(void *law, int outcome, double t)
{
    int side;
    level *last = last_level(law, outcome, &side);
    return last ? exp(level_log_cdf(last, side, t)) : 0.0;
}

static double following_log_survival(void *law, double t)
{
    double gone = 0.0, never = 1.0, sum = -INFINITY;
    int is_complete = 1;
    for (int outcome = 0; outcome < 4 && t >= 0.0; outcome++)
        gone += following_share(law, outcome, t);
    if (1.0 - gone > SMALL)
        return log1p(-gone);
    for (int outcome = 0; outcome < 4; outcome++) {
        int side;
        level *last = last_level(law, outcome, &side);
        if (!last)
            continue;
        sum = log_sum_of(sum, level_log_to_come(last, side, t));
        is_complete &= last->moving->is_complete;
        never -= following_share(law, outcome, INFINITY);
    }
    return is_complete ? sum : log_sum_of(sum, log(fmax(never, 0.0)));
}

/* ---- all ------------------------------------------------------------------------------------------ */

outcome_law cascade_outcome(cascade_law *c)
{
    if (levels_interact(c->call->problem))
        return branched_outcome(&c->planes);
    if (follows_high(c))
        return (outcome_law){.law = c, .log_density = following_log_density,
                             .log_survival = following_log_survival, .at_once = at_once,
                             .share = following_share, .limits = c->limits};
    if (is_sequence(c))
        return (outcome_law){.law = c, .log_density = sequential_log_density,
                             .log_survival = sequential_log_survival, .at_once = at_once,
                             .share = sequential_share, .limits = c->limits};
    return (outcome_law){.law = c, .log_density = parallel_log_density,
                         .log_survival = parallel_log_survival, .at_once = at_once,
                         .share = parallel_share, .limits = c->limits};
}
