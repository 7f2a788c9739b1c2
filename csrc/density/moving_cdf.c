#include "density/moving_cdf.h"

#include "density/moving_lanes.h"
#include "density/moving_step.h"
#include "density/special.h"

/* Survival below this is summed from what is still to leave. */
#define SMALL 1e-3

/* The log of the integral of the density from a time to another, less than a step later. */
static double log_between(const moving_law *law, int side, double from, double to)
{
    log_sum sum = LOG_OF_NOTHING;
    double t[INNER], logs[INNER], part, ratio = log(to / from);
    for (int i = 0; i < INNER; i++)
        t[i] = from * exp(MOVING_RULE_NODES[i] * ratio);
    if (to > from)
        moving_log_densities(law, side, INNER, t, logs);
    for (int i = 0; i < INNER && to > from; i++)
        log_sum_add(&sum, log(MOVING_RULE_WEIGHTS[i] * t[i] * ratio) + logs[i], &part);
    return log_sum_value(sum);
}

/* Until node 0 the density rises as exp(-onset / t), and no path has arrived. */
static double log_onset(const moving_law *law, int side, double t)
{
    return moving_log_density(law, side, t, 0) + log(t * t / moving_onset(law, side));
}

double moving_log_cdf(const moving_law *law, moving_cdf *cdf, int side, double t)
{
    const moving_node *nodes = law->nodes;
    double *before = cdf->log_before[side];
    int *known = &cdf->n_known[side], n = 0;
    if (!(law->start[0] > 0.0 && law->start[1] > 0.0))
        return law->start[side] > 0.0 || !(t >= 0.0) ? -INFINITY : 0.0;
    if (!(t > 0.0))
        return -INFINITY;
    if (t <= nodes[0].t)
        return log_onset(law, side, t);
    if (*known == 0)
        before[(*known)++] = log_onset(law, side, nodes[0].t);
    for (; n + 1 < law->n_nodes && nodes[n + 1].t <= t; n++)
        if (*known == n + 1)
            before[(*known)++] = log_sum_of(before[n], log_between(law, side, nodes[n].t, nodes[n + 1].t));
    double value = before[n];
    if (n + 1 < law->n_nodes)
        value = log_sum_of(value, log_between(law, side, nodes[n].t, t));
    return fmin(value, 0.0);
}

double moving_log_to_come(const moving_law *law, int side, double t)
{
    double sum = -INFINITY, from = fmax(t, law->nodes[0].t);
    for (int n = 1; n < law->n_nodes; n++)
        if (law->nodes[n].t > from) {
            sum = log_sum_of(sum, log_between(law, side, from, law->nodes[n].t));
            from = law->nodes[n].t;
        }
    return sum;
}

double moving_log_survival(const moving_law *law, moving_cdf *cdf, double t)
{
    double gone = 0.0, never = 1.0;
    for (int side = 0; side < 2; side++)
        gone += exp(moving_log_cdf(law, cdf, side, t));
    if (1.0 - gone > SMALL || law->n_nodes == 1)
        return log1p(-fmin(gone, 1.0));
    double sum = log_sum_of(moving_log_to_come(law, 0, t), moving_log_to_come(law, 1, t));
    for (int side = 0; side < 2 && !law->is_complete; side++)
        never -= exp(moving_log_cdf(law, cdf, side, moving_end(law)));
    return law->is_complete ? sum : log_sum_of(sum, log(fmax(never, 0.0)));
}
