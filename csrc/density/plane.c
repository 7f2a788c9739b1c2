#include "density/plane_step.h"

#include "core/process.h"

#include <math.h>
#include <string.h>

/* Double steps begin with the square of the spacing and grow with the clock up to the longest; later, when
 * few are left, all limits grow with its square. */
typedef struct {
    double growth, longest, late;
} plane_limits;

static const plane_limits DEFAULT = {0.1, 0.06, 0.02}, HIGH = {0.05, 0.025, 0.005};

/* Points of the coarse grid, by the strongest drift over a unit of the clock. */
enum { FEW_POINTS = 31, SOME_POINTS = 39, MANY_POINTS = 47 };
#define STRONG_DRIFT 4.0

/* By the spacing, the share of what keeps all rates positive that is taken where there is less noise: it
 * vanishes with the square of the spacing, as the other errors that are extrapolated.  It grows with the
 * limits of steps, which it keeps stable where a low level leaks without noise. */
#define LEAST_NOISE 4.8

/* Longest step in units of the width that the clock has given, by the strongest drift and leak; largest
 * change of the boundary. */
#define REACH 0.3
#define LARGEST_DECAY 0.5
#define LARGEST_CHANGE 0.1

/* Who has not left by then is not followed. */
#define FEWEST_SURVIVORS 1e-7
/* Share of those who leave at a side, the earliest and the latest, whose density is extrapolated. */
#define TAIL 1e-5
#define HALF 0.5

#define LAST_TIME 1e4
#define SMALLEST 1e-6 /* boundary, in units of that at 0 */

/* ---- the start -------------------------------------------------------------------------------- */

/* Weights of a point on the grid with its ends (points + 2 of them) that keep its first three moments. */
static void set_start(int points, double dx, double start, double *weights)
{
    double at = (start + 1.0) / dx;
    int first = (int)fmin(fmax(floor(at) - 1.0, 0.0), points - 2.0);
    for (int i = 0; i < points + 2; i++)
        weights[i] = 0.0;
    for (int i = 0; i < 4; i++) {
        double weight = 1.0;
        for (int j = 0; j < 4; j++)
            weight *= j == i ? 1.0 : (at - first - j) / (i - j);
        weights[first + i] = weight;
    }
}

static void begin(plane_state *x, const plane_problem *p, int points)
{
    double high[PLANE_POINTS + 2], low[PLANE_POINTS + 2];
    memset(x, 0, sizeof *x);
    x->points = points;
    x->dx = 2.0 / (points + 1);
    set_start(points, x->dx, p->start[0], high);
    set_start(points, x->dx, p->start[1], low);
    const double ends[2] = {low[0], low[points + 1]};
    for (int l = 0; l < points; l++) {
        for (int h = 0; h < points; h++)
            x->inside[l * PLANE_STRIDE + h] = low[l + 1] * high[h + 1];
        x->line_low[l] = low[l + 1] * high[points + 1];
    }
    for (int side = 0; side < 2; side++) {
        for (int h = 0; h < points; h++)
            x->line_high[side][h] = ends[side] * high[h + 1];
        x->left[side] = ends[side] * high[points + 1];
    }
}

/* Who may still leave. */
static double to_come(const plane_state *x)
{
    double sum = 0.0;
    for (int i = 0; i < x->points; i++) {
        sum += fabs(x->line_high[0][i]) + fabs(x->line_high[1][i]) + fabs(x->line_low[i]);
        for (int h = 0; h < x->points; h++)
            sum += fabs(x->inside[i * PLANE_STRIDE + h]);
    }
    return sum;
}

/* ---- steps ------------------------------------------------------------------------------------ */

/* Boundaries at the beginning, middle and end of a step make its sizes, by Simpson's rule. */
static plane_step_sizes sizes_of(double dt, const double *b, double leak, double late)
{
    double squares[3], sixth = dt / 6.0;
    for (int i = 0; i < 3; i++)
        squares[i] = 1.0 / (b[i] * b[i]);
    return (plane_step_sizes){.clock = sixth * (squares[0] + 4.0 * squares[1] + squares[2]),
                              .gain = sixth * (1.0 / b[0] + 4.0 / b[1] + 1.0 / b[2]),
                              .closing = log(b[0] / b[2]), .decay = leak * dt,
                              .least = late * LEAST_NOISE};
}

/* The strongest drift in units of the clock. */
static double strongest(const plane_problem *p, double b)
{
    return b * fmax(fabs(p->drift[0]), fabs(p->drift[1]));
}

/* How long the next double step from t may be, whose limits have grown to `late`; writes boundaries at its
 * quarters. */
static double next_step(const plane_problem *p, const plane_limits *limits, double t, double clock,
                        double first, double late, double b0, double *b)
{
    double step = fmin(first + limits->growth * clock, limits->longest * late);
    step = fmin(step, late * REACH * sqrt(clock + first) / fmax(strongest(p, b0), 1e-9));
    double dt = fmin(step * b0 * b0, late * LARGEST_DECAY / fmax(p->leak, 1e-9));
    dt = fmin(dt, LAST_TIME - t);
    for (int tries = 0; tries < 30; tries++, dt *= 0.5) {
        double times[5];
        for (int i = 0; i < 5; i++)
            times[i] = t + 0.25 * i * dt;
        moving_boundary_at(p->curves, 5, times, b, 0);
        if (b[4] > 0.0 && b[2] > 0.0 && fabs(log(b[4] / b[0])) < LARGEST_CHANGE &&
            fabs(log(b[2] / b[0])) < LARGEST_CHANGE)
            break;
    }
    return dt;
}

static void note(plane_law *law, double t, const plane_state *coarse, const plane_state *fine)
{
    plane_node *node = &law->nodes[law->n_nodes++], *before = node - 1;
    node->t = t;
    for (int side = 0; side < 2; side++) {
        double ratio = fine->left[side] / coarse->left[side], share = fine->left[side];
        if (ratio > 0.5 && ratio < 2.0) /* of logarithms, so that small ones are positive */
            share *= cbrt(ratio);
        node->share[side] = fmax(share, law->n_nodes > 1 ? before->share[side] : 0.0);
    }
}

/* The slope of the parabola through three points, at the second. */
static double slope_of(double before, double after, double rise_0, double rise_1)
{
    return (rise_0 / before * after + rise_1 / after * before) / (before + after);
}

/* Slopes by parabolas, of the logarithm of those who have left or are to leave; not so steep that the cubic between two nodes would fall (Fritsch & Carlson 1980). */
static void set_rates(plane_law *law, int side)
{
    plane_node *x = law->nodes;
    for (int i = 0; i < law->n_nodes; i++) {
        x[i].rate[side] = 0.0;
        if (i == 0 || i + 1 == law->n_nodes)
            continue;
        double before = x[i].t - x[i - 1].t, after = x[i + 1].t - x[i].t;
        double f_0 = x[i - 1].share[side], f = x[i].share[side], f_1 = x[i + 1].share[side];
        double all = x[law->n_nodes - 1].share[side];
        double slope = slope_of(before, after, f - f_0, f_1 - f);
        if (f >= HALF * all && f_1 < all)
            slope = (f - all) * slope_of(before, after, log((all - f) / (all - f_0)),
                                         log((all - f_1) / (all - f)));
        else if (i > 1 && f_0 > 0.0)
            slope = f / x[i].t * slope_of(log(x[i].t / x[i - 1].t), log(x[i + 1].t / x[i].t),
                                          log(f / f_0), log(f_1 / f));
        x[i].rate[side] = fmin(slope, 3.0 * fmin((f - f_0) / before, (f_1 - f) / after));
    }
}

/* Where densities are known, and how they fall beyond. */
static void set_tails(plane_law *law, int side)
{
    const plane_node *x = law->nodes;
    double all = x[law->n_nodes - 1].share[side];
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
    law->late[side] = fmax(log(x[far].rate[side] / x[last].rate[side]) / (x[last].t - x[far].t), 0.0);
}

void plane_solve(plane_law *law, const plane_problem *p, int fine, ssm_isa isa, ssm_cancel *cancel)
{
    plane_state states[2]; /* coarse and fine */
    double t = 0.0, clock = 0.0, b[5], b0;
    moving_boundary_at(p->curves, 1, &t, &b0, 0);
    const plane_limits *limits = fine ? &HIGH : &DEFAULT;
    double drift = strongest(p, b0);
    int points = fine || drift > 2.0 * STRONG_DRIFT ? MANY_POINTS
                 : drift > STRONG_DRIFT             ? SOME_POINTS
                                                    : FEW_POINTS;
    begin(&states[0], p, points);
    begin(&states[1], p, 2 * points + 1);
    double smallest = SMALLEST * b0, first = states[0].dx * states[0].dx;
    law->n_nodes = 0;
    note(law, t, &states[0], &states[1]);
    law->is_complete = 0;
    while (t < LAST_TIME && law->n_nodes < PLANE_NODES && !law->is_complete &&
           !ssm_cancelled(cancel)) {
        double late = fmax(1.0, limits->late * clock * clock / limits->longest);
        double dt = next_step(p, limits, t, clock, first, late, b0, b);
        if (!(b[2] > 0.0 && b[4] > 0.0)) { /* boundaries that jump to each other */
            law->is_complete = 1;
            break;
        }
        double ends[3] = {b[0], b[2], b[4]};
        plane_step_sizes whole = sizes_of(dt, ends, p->leak, late);
        SSM_CALL_KERNEL(isa, plane_step, (p, &whole, &states[0]));
        for (int half = 0; half < 2; half++) {
            plane_step_sizes sizes = sizes_of(0.5 * dt, b + 2 * half, p->leak, late);
            SSM_CALL_KERNEL(isa, plane_step, (p, &sizes, &states[1]));
        }
        t += dt;
        clock += whole.clock;
        b0 = b[4];
        note(law, t, &states[0], &states[1]);
        law->is_complete =
            b0 <= smallest || (law->n_nodes % 8 == 0 && to_come(&states[0]) < FEWEST_SURVIVORS);
    }
    for (int side = 0; side < 2; side++) {
        set_rates(law, side);
        set_tails(law, side);
    }
}

/* ---- values ----------------------------------------------------------------------------------- */

static const plane_node *node_before(const plane_law *law, double t)
{
    int low = 0, high = law->n_nodes - 1;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        *(law->nodes[middle].t <= t ? &low : &high) = middle;
    }
    return &law->nodes[low];
}

double plane_share(const plane_law *law, int side, double t)
{
    const plane_node *last = &law->nodes[law->n_nodes - 1], *a = node_before(law, t), *b = a + 1;
    if (!(t < last->t))
        return last->share[side];
    double h = b->t - a->t, u = (t - a->t) / h, v = 1.0 - u;
    return a->share[side] * v * v * (1.0 + 2.0 * u) + b->share[side] * u * u * (1.0 + 2.0 * v) +
           h * u * v * (a->rate[side] * v - b->rate[side] * u);
}

/* The integral of the cubic between two nodes up to t. */
static double area_of(int side, const plane_node *a, double t)
{
    const plane_node *b = a + 1;
    double h = b->t - a->t, u = (t - a->t) / h, u2 = u * u, u3 = u2 * u, u4 = u2 * u2;
    return h * (a->share[side] * (u - u3 + 0.5 * u4) + b->share[side] * (u3 - 0.5 * u4) +
                h * (a->rate[side] * (0.5 * u2 - 2.0 / 3 * u3 + 0.25 * u4) +
                     b->rate[side] * (0.25 * u4 - u3 / 3.0)));
}

double plane_area(const plane_law *law, int side, double t)
{
    const plane_node *x = law->nodes, *last = x + law->n_nodes - 1;
    double sum = 0.0;
    for (; x < last && x[1].t <= t; x++)
        sum += area_of(side, x, x[1].t);
    return x < last ? sum + area_of(side, x, t) : sum + (t - last->t) * last->share[side];
}

/* Log rates between nodes, by the cubic in log time through four of them. */
static double log_rate(const plane_law *law, int side, double t)
{
    int first = law->first[side], last = law->last[side], n = last - first < 3 ? last - first + 1 : 4;
    int i = (int)(node_before(law, t) - law->nodes) - 1;
    i = i < first ? first : i > last - n + 1 ? last - n + 1 : i;
    const plane_node *x = &law->nodes[i];
    double sum = 0.0;
    for (int j = 0; j < n; j++) {
        double weight = 1.0;
        for (int k = 0; k < n; k++)
            weight *= k == j ? 1.0 : log(t / x[k].t) / log(x[j].t / x[k].t);
        sum += weight * log(x[j].rate[side]);
    }
    return sum;
}

double plane_log_density(const plane_law *law, int side, double t)
{
    int first = law->first[side], last = law->last[side];
    if (first < 0)
        return -INFINITY;
    const plane_node *a = &law->nodes[first], *b = &law->nodes[last];
    if (t < a->t)
        return log(a->rate[side]) - law->early[side] * (1.0 / t - 1.0 / a->t);
    if (t < b->t)
        return log_rate(law, side, t);
    if (law->late[side] == 0.0 && t > law->nodes[law->n_nodes - 1].t)
        return -INFINITY;
    return log(b->rate[side]) - law->late[side] * (t - b->t);
}

double plane_to_come(const plane_law *law, int side, double t)
{
    double late = law->first[side] < 0 ? 0.0 : law->late[side];
    return late > 0.0 ? exp(plane_log_density(law, side, t)) / late : 0.0;
}
