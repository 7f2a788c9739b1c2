/* A path that leak holds back is left alone with its boundaries for long: how it began is forgotten, and it
 * leaves at a rate that depends on where the boundaries are.  Between constant ones that rate is constant, and
 * read off the last nodes.  Between lines it changes as the rate at which a path in equilibrium, whose mean is
 * w / g, reaches a distance d from there: d exp(-g d^2) (Kramers 1940). */
#include "density/moving_tail.h"

#include "density/moving_cdf.h"
#include "density/moving_lanes.h"
#include "density/moving_step.h"
#include "density/special.h"

#include <math.h>

/* Slopes at the end are taken over so many nodes. */
enum { SLOPE_NODES = 16 };

/* Survivors that do not count; the tail of others ends at exp(-TAIL). */
#define FEWEST_SURVIVORS 1e-8
#define TAIL 40.0

/* Least g d^2 for the rate between lines; where fewer are left, it may be smaller. */
#define LEAST_WALL 1.5
#define FEW_LEFT 0.01

/* A share of paths that may leave unseen after the last node. */
#define UNSEEN 1e-5

/* How far the mean is from a side at t. */
static double wall_at(const moving_law *law, int side, double t)
{
    double b, w;
    moving_boundary_at(&law->curves, 1, &t, &b, 0);
    moving_drift_at(&law->curves, 1, &t, t, &w);
    return b - (side ? w : -w) / law->curves.leak;
}

/* Rates at t, and what has left from the last node on, in units of the rate there. */
typedef struct {
    double log_rate, gone;
} rate_change;

static rate_change change_of(const moving_law *law, int side, double t)
{
    const moving_node *end = &law->nodes[law->n_nodes - 1];
    double g = law->curves.leak, d = wall_at(law, side, end->t), way = end->slope * (t - end->t);
    double now = fmax(d + way, 1e-3 * d), more = g * (now - d) * (now + d);
    double per = 2.0 * g * end->slope * d * (t - end->t);
    double gone = fabs(per) > 1e-12 ? -expm1(-more) / per : 1.0;
    return (rate_change){log(now / d) - more, gone * (t - end->t)};
}

/* The logarithm of the share of those left at the last node that have not left by t. */
static double log_stay(const moving_law *law, double t)
{
    double end = moving_end(law), sum = 0.0;
    for (int side = 0; side < 2; side++)
        sum += exp(moving_log_density(law, side, end, 0)) / law->left * change_of(law, side, t).gone;
    return -sum;
}

static double log_rate_at(const moving_law *law, double t)
{
    return log_sum_of(moving_log_density(law, 0, t, 0), moving_log_density(law, 1, t, 0));
}

/* The rate at which settled densities fall, the same at both sides.  Soon after a jump it is that since some time
 * before it: at one side they may rise. */
static double settled_fall(const moving_law *law)
{
    const moving_node *end = &law->nodes[law->n_nodes - 1], *from = end - SLOPE_NODES;
    const moving_node *jump = &law->nodes[end->segment];
    if (end->segment > 0 && end->tau - jump->tau < SETTLED &&
        law->curves.leak * (end->t - jump->t) < FORGOTTEN)
        while (from > law->nodes && end->tau - from->tau < SETTLED)
            from--;
    return fmax(log_rate_at(law, from->t) - log_rate_at(law, end->t), 0.0) / (end->t - from->t);
}

double moving_tail_log_density(const moving_law *law, int side, double t)
{
    double end = moving_end(law), at_end = moving_log_density(law, side, end, 0);
    if (law->left > 0.0)
        return at_end + change_of(law, side, t).log_rate + log_stay(law, t);
    return at_end - settled_fall(law) * (t - end);
}

/* Whether the boundary opens along a line from the last node on. */
static int opens_on_line(const moving_law *law)
{
    const moving_node *end = &law->nodes[law->n_nodes - 1];
    double times[2] = {2.0 * end->t, 1e4 * end->t}, b[2], slopes[2];
    moving_boundary_at(&law->curves, 2, times, b, slopes);
    return end->slope > 0.0 && is_on_line(end->t, end->b, end->slope, times[0], b[0], slopes[0]) &&
           is_on_line(end->t, end->b, end->slope, times[1], b[1], slopes[1]);
}

/* Boundaries that close end with their paths; toward others, as rates fall or none is left. */
static double end_between_lines(const moving_law *law)
{
    const moving_node *end = &law->nodes[law->n_nodes - 1];
    double g = law->curves.leak, d = fmin(wall_at(law, 0, end->t), wall_at(law, 1, end->t)), rate = 0.0;
    double until = end->slope < 0.0 ? d / -end->slope : (sqrt(d * d + TAIL / g) - d) / end->slope;
    for (int side = 0; side < 2; side++)
        rate += exp(moving_log_density(law, side, end->t, 0)) / law->left;
    return end->t + (end->slope > 0.0 ? until : fmin(until, TAIL / rate));
}

double moving_tail_end(const moving_law *law)
{
    double end = moving_end(law), last = end, left = 0.0, times[2] = {end, 1.1 * end}, bounds[2], logs[2];
    if (law->left > 0.0)
        return end_between_lines(law);
    if (!law->is_complete && law->curves.leak == 0.0 && opens_on_line(law))
        return INFINITY; /* less than a step of the clock, in which the ratio goes on along its line */
    moving_boundary_at(&law->curves, 2, times, bounds, 0);
    if (!(law->is_complete && law->n_nodes > 1 && bounds[0] > 0.0 && bounds[0] == bounds[1]))
        return end;
    for (int side = 0; side < 2; side++) {
        moving_log_densities(law, side, 2, times, logs);
        double per_rate = (times[1] - end) / fmax(logs[0] - logs[1], 1e-12);
        left += exp(logs[0]) * per_rate;
        if (isfinite(logs[0]))
            last = fmax(last, end + TAIL * per_rate);
    }
    return left > FEWEST_SURVIVORS ? last : end;
}

/* Whether densities fall so fast that what follows does not count, if they go on to fall. */
static int is_over(const moving_law *law)
{
    double end = moving_end(law), from = law->nodes[law->n_nodes - 1 - SLOPE_NODES].t, sum = 0.0;
    for (int side = 0; side < 2; side++) {
        double value = moving_log_density(law, side, end, 0);
        double fall = moving_log_density(law, side, from, 0) - value;
        if (isfinite(value))
            sum += fall > 0.0 ? exp(value) * (end - from) / fall : INFINITY;
    }
    return sum < UNSEEN;
}

void moving_find_tail(moving_law *law, double last_t)
{
    const moving_node *end = &law->nodes[law->n_nodes - 1];
    const double g = law->curves.leak;
    double walls[2], w[2], jumps[MOVING_EVENTS], times[2] = {end->t, 2.0 * end->t};
    int n_jumps = moving_jumps(&law->curves, jumps), jumps_later = n_jumps > 0 && jumps[n_jumps - 1] > end->t;
    moving_drift_at(&law->curves, 2, times, end->t, w);
    for (int side = 0; side < 2; side++)
        walls[side] = g > 0.0 ? wall_at(law, side, end->t) : 0.0;
    double nearest = fmin(walls[0], walls[1]);
    int is_known = g > 0.0 && boundary_is_linear(&law->curves) && !jumps_later && nearest > 0.0 &&
                   fabs(w[0] - w[1]) < 1e-6 * (1.0 + fabs(w[0])) &&
                   g * (end->t - law->nodes[end->segment].t) >= FORGOTTEN;
    int is_over_soon = g == 0.0 && opens_on_line(law); /* see moving_tail_end() */
    is_over_soon = is_over_soon || (end->slope > 0.0 && law->n_nodes > SLOPE_NODES && is_over(law));
    law->ends_early = end->t < last_t && !is_over_soon;
    if (!law->ends_early || !is_known)
        return;
    moving_cdf cdf = {0};
    double left = 1.0;
    for (int side = 0; side < 2; side++)
        left -= exp(moving_log_cdf(law, &cdf, side, end->t));
    law->ends_early = left > FEW_LEFT && g * nearest * nearest < LEAST_WALL;
    law->left = left > FEWEST_SURVIVORS && !law->ends_early ? left : 0.0;
}
