#include "density/shares.h"

#include <math.h>

/* The earliest and the latest share of exits at a side whose density is extrapolated. */
#define TAIL 1e-5
#define HALF 0.5

/* Leaving has settled if its rate changes by less than this share, and the share of the upper side by less, too. */
#define SETTLED 1e-5

/* Survival below this is summed from later exits. */
#define SMALL 2e-5
#define ROUNDING 1e-12

/* ---- nodes -------------------------------------------------------------------------------------- */

void shares_begin(shares *law, const double *coarse, const double *fine)
{
    law->n_nodes = law->is_complete = 0;
    law->rest[0] = law->rest[1] = law->rest_rate = 0.0;
    shares_note(law, 0.0, 1, coarse, fine);
}

void shares_note(shares *law, double t, int is_jump, const double *coarse, const double *fine)
{
    shares_node *node = &law->nodes[law->n_nodes++], *before = node - 1;
    node->t = t;
    node->segment = is_jump ? law->n_nodes - 1 : before->segment;
    for (int side = 0; side < 2; side++) {
        double ratio = fine[side] / coarse[side], share = fine[side];
        if (ratio > 0.5 && ratio < 2.0) /* of logarithms, so that small ones are positive */
            share *= cbrt(ratio);
        node->share[side] = fmax(share, law->n_nodes > 1 ? before->share[side] : 0.0);
    }
}

static const shares_node *node_before(const shares *law, double t)
{
    int low = 0, high = law->n_nodes - 1;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        *(law->nodes[middle].t <= t ? &low : &high) = middle;
    }
    return &law->nodes[low];
}

static double not_left(const shares_node *node) { return 1.0 - node->share[0] - node->share[1]; }

static double rate_between(const shares_node *a, const shares_node *b)
{
    return log(not_left(a) / not_left(b)) / (b->t - a->t);
}

/* Of the exits between two nodes, the share at the upper side. */
static double upper_between(const shares_node *a, const shares_node *b)
{
    return (b->share[1] - a->share[1]) / (not_left(a) - not_left(b));
}

int shares_settle(shares *law, double since, int is_settled)
{
    const shares_node *last = &law->nodes[law->n_nodes - 1];
    const shares_node *half = node_before(law, 0.5 * (since + last->t));
    const shares_node *quarter = node_before(law, 0.25 * (since + 3.0 * last->t));
    double left = not_left(last), rate = rate_between(quarter, last), upper = upper_between(quarter, last);
    is_settled |= fabs(rate - rate_between(half, quarter)) < SETTLED * rate &&
                  fabs(upper - upper_between(half, quarter)) < SETTLED;
    if (!is_settled || !(half < quarter && left > 0.0 && rate > 0.0 && upper >= 0.0 && upper <= 1.0))
        return 0;
    law->rest[0] = left * (1.0 - upper);
    law->rest[1] = left * upper;
    law->rest_rate = rate;
    return 1;
}

/* The probability of leaving at a side ever. */
static double shares_in_all(const shares *law, int side)
{
    return law->nodes[law->n_nodes - 1].share[side] + law->rest[side];
}

/* ---- derivatives --------------------------------------------------------------------------------- */

/* The slope of the parabola through three points, at the second. */
static double slope_of(double before, double after, double rise_0, double rise_1)
{
    return (rise_0 / before * after + rise_1 / after * before) / (before + after);
}

/* Slopes by parabolas, of the logarithm of the probability of having left, or of leaving later. */
static double slope_at(const shares *law, int side, int i)
{
    const shares_node *x = &law->nodes[i];
    double before = x->t - x[-1].t, after = x[1].t - x->t, all = shares_in_all(law, side);
    double f_0 = x[-1].share[side], f = x->share[side], f_1 = x[1].share[side];
    if (x->segment == i && i > 1 && x[-1].segment < i - 1) { /* from before the jump */
        double slope = (f - f_0) / before, earlier = x[-1].t - x[-2].t;
        double bend = slope - (f_0 - x[-2].share[side]) / earlier;
        return fmax(slope + bend * before / (before + earlier), 0.0);
    }
    if (f >= HALF * all && f_1 < all)
        return (f - all) * slope_of(before, after, log((all - f) / (all - f_0)),
                                    log((all - f_1) / (all - f)));
    if (i > 1 && f_0 > 0.0)
        return f / x->t * slope_of(log(x->t / x[-1].t), log(x[1].t / x->t), log(f / f_0), log(f_1 / f));
    return slope_of(before, after, f - f_0, f_1 - f);
}

/* Not so steep that the cubic between two nodes would fall (Fritsch & Carlson 1980). */
static void set_rates(shares *law, int side)
{
    shares_node *x = law->nodes;
    int n = law->n_nodes - 1;
    x[0].rate[side] = 0.0;
    x[n].rate[side] = law->rest[side] * law->rest_rate;
    for (int i = 1; i < n; i++) {
        double before = (x[i].share[side] - x[i - 1].share[side]) / (x[i].t - x[i - 1].t);
        double after = (x[i + 1].share[side] - x[i].share[side]) / (x[i + 1].t - x[i].t);
        x[i].rate[side] = fmin(slope_at(law, side, i), 3.0 * fmin(before, after));
    }
}

/* Where densities are known, and how they fall beyond. */
static void set_tails(shares *law, int side)
{
    const shares_node *x = law->nodes;
    double all = shares_in_all(law, side);
    int first = -1, last = -1;
    for (int i = 1; i < law->n_nodes; i++) {
        if (!(x[i].rate[side] > 0.0 && x[i].share[side] > TAIL * all))
            continue;
        first = first < 0 ? i : first;
        if (x[i].share[side] < (1.0 - TAIL) * all || last < 0)
            last = i;
    }
    law->first[side] = first;
    law->last[side] = last;
    law->early[side] = law->late[side] = 0.0;
    if (last - first < 2)
        return;
    int near = first + 1, far = last - 2 > first ? last - 2 : first;
    law->early[side] = fmax(log(x[near].rate[side] / x[first].rate[side]) /
                                (1.0 / x[first].t - 1.0 / x[near].t), 0.0);
    law->late[side] = law->rest_rate > 0.0 ? law->rest_rate
                      : fmax(log(x[far].rate[side] / x[last].rate[side]) / (x[last].t - x[far].t), 0.0);
}

void shares_end(shares *law)
{
    for (int side = 0; side < 2; side++) {
        set_rates(law, side);
        set_tails(law, side);
    }
}

/* ---- values ----------------------------------------------------------------------------------- */

/* Share of the rest that leaves within x after the last node; their mean time after it, times this share. */
static double part_of_rest(const shares *law, double x) { return -expm1(-law->rest_rate * x); }

static double moment_of_rest(const shares *law, double x)
{
    double clock = law->rest_rate * x;
    return (isinf(clock) ? 1.0 : part_of_rest(law, x) - clock * exp(-clock)) / law->rest_rate;
}

/* The probability of having left at a side by t. */
static double share_by(const shares *law, int side, double t)
{
    const shares_node *last = &law->nodes[law->n_nodes - 1], *a = node_before(law, t), *b = a + 1;
    if (!(t < last->t))
        return last->share[side] + (law->rest_rate > 0.0 ? law->rest[side] * part_of_rest(law, t - last->t) : 0.0);
    double h = b->t - a->t, u = (t - a->t) / h, v = 1.0 - u;
    return a->share[side] * v * v * (1.0 + 2.0 * u) + b->share[side] * u * u * (1.0 + 2.0 * v) +
           h * u * v * (a->rate[side] * v - b->rate[side] * u);
}

/* The integral of the cubic between two nodes up to t. */
static double area_of(int side, const shares_node *a, double t)
{
    const shares_node *b = a + 1;
    double h = b->t - a->t, u = (t - a->t) / h, u2 = u * u, u3 = u2 * u, u4 = u2 * u2;
    return h * (a->share[side] * (u - u3 + 0.5 * u4) + b->share[side] * (u3 - 0.5 * u4) +
                h * (a->rate[side] * (0.5 * u2 - 2.0 / 3 * u3 + 0.25 * u4) +
                     b->rate[side] * (0.25 * u4 - u3 / 3.0)));
}

/* E[time of leaving; at a side, by t]. */
static double moment_by(const shares *law, int side, double t)
{
    const shares_node *x = law->nodes, *last = x + law->n_nodes - 1;
    double end = fmin(t, last->t), area = 0.0;
    for (; x < last && x[1].t <= t; x++)
        area += area_of(side, x, x[1].t);
    if (x < last)
        area += area_of(side, x, t);
    double moment = end * (x < last ? share_by(law, side, end) : last->share[side]) - area;
    if (t > last->t && law->rest_rate > 0.0)
        moment += law->rest[side] * (last->t * part_of_rest(law, t - last->t) +
                                     moment_of_rest(law, t - last->t));
    return moment;
}

/* Log rates between nodes, by the cubic in log time through four of them that no jump is between. */
static double log_rate(const shares *law, int side, double t)
{
    int at = (int)(node_before(law, t) - law->nodes), first = law->nodes[at].segment, last = at + 1;
    while (last < at + 3 && last < law->last[side] && law->nodes[last].segment != last)
        last++;
    first = first > law->first[side] ? first : law->first[side];
    last = last < law->last[side] ? last : law->last[side];
    int n = last - first < 3 ? last - first + 1 : 4, i = at - 1;
    i = i < first ? first : i > last - n + 1 ? last - n + 1 : i;
    const shares_node *x = &law->nodes[i];
    double sum = 0.0;
    for (int j = 0; j < n; j++) {
        double weight = 1.0;
        for (int k = 0; k < n; k++)
            weight *= k == j ? 1.0 : log(t / x[k].t) / log(x[j].t / x[k].t);
        sum += weight * log(x[j].rate[side]);
    }
    return sum;
}

static double log_density_at(const shares *law, int side, double t)
{
    int first = law->first[side], last = law->last[side];
    if (first < 0)
        return -INFINITY;
    const shares_node *a = &law->nodes[first], *b = &law->nodes[last];
    if (t < a->t)
        return log(a->rate[side]) - law->early[side] * (1.0 / t - 1.0 / a->t);
    if (t < b->t)
        return log_rate(law, side, t);
    if (law->late[side] == 0.0 && t > law->nodes[law->n_nodes - 1].t)
        return -INFINITY;
    return log(b->rate[side]) - law->late[side] * (t - b->t);
}

/* The probability of leaving there after t, where few still do. */
static double to_come_at(const shares *law, int side, double t)
{
    double late = law->first[side] < 0 ? 0.0 : law->late[side];
    return late > 0.0 ? exp(log_density_at(law, side, t)) / late : 0.0;
}

/* ---- branches -------------------------------------------------------------------------------------- */

void branched_end(branched_law *law)
{
    int is_complete = 1;
    law->everyone = 0.0;
    for (int h = 0; h < law->n; h++) {
        is_complete &= law->branch[h].is_complete;
        for (int side = 0; side < 2; side++)
            law->everyone += shares_in_all(&law->branch[h], side);
    }
    if (!is_complete)
        law->everyone = 1.0;
}

static double share_of(void *law, int outcome, double t)
{
    const branched_law *b = law;
    return share_by(&b->branch[outcome >> 1], outcome & 1, t) / b->everyone;
}

static double moment_of(void *law, int outcome, double t)
{
    const branched_law *b = law;
    return moment_by(&b->branch[outcome >> 1], outcome & 1, t) / b->everyone;
}

/* Whether boundaries have met by then. */
static int have_met(const branched_law *law, double t)
{
    double b;
    moving_boundary_at(law->curves, 1, &t, &b, 0);
    return !(b > 0.0);
}

static double log_density_of(void *law, int outcome, double t)
{
    const branched_law *b = law;
    return have_met(b, t) ? -INFINITY
                          : log_density_at(&b->branch[outcome >> 1], outcome & 1, t) - log(b->everyone);
}

static double log_survival_of(void *law, double t)
{
    const branched_law *b = law;
    double gone = 0.0, to_come = 0.0;
    for (int outcome = 0; outcome < 2 * b->n; outcome++)
        gone += share_of(law, outcome, t);
    if (1.0 - gone > SMALL)
        return log1p(-gone);
    if (isinf(t) || have_met(b, t))
        return 1.0 - gone > ROUNDING ? log1p(-gone) : -INFINITY;
    for (int outcome = 0; outcome < 2 * b->n; outcome++)
        to_come += to_come_at(&b->branch[outcome >> 1], outcome & 1, t);
    return log(fmin(to_come, SMALL));
}

static double at_once(void *law, int outcome) { return ((branched_law *)law)->at_once == outcome; }

outcome_law branched_outcome(branched_law *law)
{
    return (outcome_law){.law = law, .log_density = log_density_of, .log_survival = log_survival_of,
                         .at_once = at_once, .share = share_of, .moment = moment_of,
                         .limits = law->limits};
}
