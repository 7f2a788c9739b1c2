#include "density/moving.h"

#include "core/kernels.h"
#include "density/linear.h"
#include "density/moving_lanes.h"
#include "density/moving_step.h"
#include "density/moving_tail.h"
#include "density/special.h"

SSM_DECLARE_KERNEL(void, moving_lanes, (const moving_law *, int, moving_block *));
SSM_DECLARE_KERNEL(void, moving_outline, (const moving_law *, int, int, const double *, double *));

#define NODES MOVING_RULE_NODES
#define WEIGHTS MOVING_RULE_WEIGHTS

enum { MOST_LANES = 8 }; /* of any instruction set */

double moving_way(const moving_law *law, int side, double b)
{
    if (law->way[side] > 0.0)
        return law->boundary * law->way[side];
    double y0 = 0.5 * law->boundary * (law->start[0] - law->start[1]);
    return side ? b - y0 : b + y0;
}

double moving_onset(const moving_law *law, int side)
{
    double distance = moving_way(law, side, law->n_nodes > 0 ? law->nodes[0].b : law->boundary);
    return 0.5 * distance * distance;
}

double moving_end(const moving_law *law) { return law->nodes[law->n_nodes - 1].t; }

/* The clock at t after node n: by a quintic through both ends, or a rule beyond the last. */
static double clock_at(const moving_law *law, int n, double t, double b)
{
    const moving_node *a = &law->nodes[n], *z = a + 1;
    int is_last = n == law->n_nodes - 1, is_line = boundary_is_linear(&law->curves);
    if (law->curves.boundary_kind == SSM_BOUNDARY_TABLE)
        is_line = is_last ? is_on_line(a->t, a->b, a->slope, t, b, a->slope)
                          : is_on_line(a->t, a->b, a->slope, z->t, z->b, z->slope);
    if (is_line)
        return a->tau + (t - a->t) / (a->b * b);
    if (is_last) {
        double times[INNER], values[INNER], sum = 0.0;
        for (int i = 0; i < INNER; i++)
            times[i] = a->t + NODES[i] * (t - a->t);
        moving_boundary_at(&law->curves, INNER, times, values, 0);
        for (int i = 0; i < INNER; i++)
            sum += WEIGHTS[i] / fmax(values[i] * values[i], 1e-300);
        return a->tau + fmin(sum * (t - a->t), 1e200);
    }
    double step = z->t - a->t, u = (t - a->t) / step, v = 1.0 - u;
    double p0 = a->tau, p1 = z->tau, d0 = step / (a->b * a->b), d1 = step / (z->b * z->b);
    double e0 = -2.0 * a->slope / a->b * d0 * step, e1 = -2.0 * z->slope / z->b * d1 * step;
    double u3 = u * u * u, v3 = v * v * v;
    return p0 * v3 * (1.0 + 3.0 * u + 6.0 * u * u) + p1 * u3 * (1.0 + 3.0 * v + 6.0 * v * v) +
           d0 * u * v3 * (1.0 + 3.0 * u) - d1 * v * u3 * (1.0 + 3.0 * v) +
           0.5 * e0 * u * u * v3 + 0.5 * e1 * v * v * u3;
}

/* A time after node n at which stimuli are shown as they are until node n + 1. */
static double when_after(const moving_law *law, int n, double t)
{
    return n + 1 < law->n_nodes ? 0.5 * (law->nodes[n].t + law->nodes[n + 1].t) : t;
}

/* Integrals of w and w^2 / 2 up to t, after node n, or from 0 where node 0 is still to come. */
static void drift_integrals(const moving_law *law, int n, double t, double *area, double *half_square)
{
    const moving_node *a = &law->nodes[n];
    int is_early = t < a->t;
    double times[INNER], w[INNER], from = is_early ? 0.0 : a->t;
    double when = is_early ? t : when_after(law, n, t);
    *area = is_early ? 0.0 : a->drift_area;
    *half_square = is_early ? 0.0 : a->half_square;
    for (int i = 0; i < INNER; i++)
        times[i] = from + NODES[i] * (t - from);
    moving_drift_at(&law->curves, INNER, times, when, w);
    for (int i = 0; i < INNER; i++) {
        *area += WEIGHTS[i] * (t - from) * w[i];
        *half_square += 0.5 * WEIGHTS[i] * (t - from) * w[i] * w[i];
    }
}

/* Log flux less its outline at a clock after node n: through six nodes since the last jump, a line
 * beyond the last.  After a jump it is smooth in the root of the time since. */
static double ratio_at(const moving_law *law, int side, int n, double tau)
{
    const moving_node *nodes = law->nodes;
    int last = law->n_nodes - 1, begin = nodes[n].segment;
    if (n == last) {
        if (last - begin < 1)
            return nodes[last].ratio[side];
        double slope = (nodes[last].ratio[side] - nodes[last - 1].ratio[side]) /
                       (nodes[last].tau - nodes[last - 1].tau);
        return nodes[last].ratio[side] + slope * (tau - nodes[last].tau);
    }
    int end = last;
    for (int i = n + 1; i <= last && i <= n + STENCIL; i++)
        if (nodes[i].segment != begin) {
            end = i - 1;
            break;
        }
    int size = end - begin + 1 < STENCIL ? end - begin + 1 : STENCIL, first = n - size / 2 + 1;
    first = first < begin ? begin : first > end + 1 - size ? end + 1 - size : first;
    double x[STENCIL], at = tau, sum = 0.0;
    for (int i = 0; i < size; i++)
        x[i] = nodes[first + i].tau;
    if (begin > 0) {
        at = sqrt(fmax(tau - nodes[begin].tau, 0.0));
        for (int i = 0; i < size; i++)
            x[i] = sqrt(x[i] - nodes[begin].tau);
    }
    for (int i = 0; i < size; i++) {
        double weight = nodes[first + i].ratio[side], over = 1.0;
        for (int j = 0; j < size; j++)
            if (j != i) {
                weight *= at - x[j];
                over *= x[i] - x[j];
            }
        sum += weight / over;
    }
    return sum;
}

static int node_before(const moving_law *law, double t)
{
    int low = 0, high = law->n_nodes;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        *(law->nodes[middle].t <= t ? &low : &high) = middle;
    }
    return low;
}

double moving_later(const moving_law *law, double t, int steps)
{
    int n = node_before(law, t) + steps;
    return law->nodes[n < law->n_nodes ? n : law->n_nodes - 1].t;
}

double moving_share_above(const moving_law *law, double t)
{
    int n = node_before(law, t);
    const moving_node *a = &law->nodes[n], *z = a + 1;
    if (t <= a->t || n == law->n_nodes - 1 || !(z->t > a->t))
        return a->above;
    return a->above + (t - a->t) / (z->t - a->t) * (z->above - a->above);
}

/* Before the chord ends no path has arrived: motion toward one straight line. */
static double log_density_on_chord(const moving_law *law, double sign, double t, double way)
{
    double toward = sign * way / t - law->chord_slope;
    return toward > 0.0 ? log(toward) - 0.5 * way * way / t - 0.5 * log(2.0 * PI * t) : -INFINITY;
}

#define TIME_STEP 1e-5 /* of differences, as a share of the time */

/* By differences; close to where the support ends, where they would leave it, from one side. */
static double by_time(const moving_law *law, int side, double t, double value)
{
    double h = TIME_STEP * t, later = moving_log_density(law, side, t + h, 0);
    double earlier = moving_log_density(law, side, t - h, 0);
    if (isinf(later))
        return isinf(earlier) ? 0.0 : (value - earlier) / h;
    return isinf(earlier) ? (later - value) / h : (later - earlier) / (2.0 * h);
}

double moving_log_density(const moving_law *law, int side, double t, double *derivatives)
{
    if (derivatives)
        for (int i = 0; i < N_DERIVATIVES; i++)
            derivatives[i] = 0.0;
    if (!(t > 0.0) || isinf(t) || !(law->start[0] > 0.0 && law->start[1] > 0.0))
        return -INFINITY;
    const moving_curves *curves = &law->curves;
    double b, slope, w, area = 0.0, half_square = 0.0, sign = side ? 1.0 : -1.0;
    moving_boundary_at(curves, 1, &t, &b, &slope);
    if (!(b > 0.0))
        return -INFINITY;
    int n = node_before(law, t);
    moving_keep_side(curves, 1, &t, when_after(law, n, t), &slope);
    if (drift_changes(curves) || curves->leak != 0.0)
        drift_integrals(law, n, t, &area, &half_square);
    double y0 = 0.5 * law->boundary * (law->start[0] - law->start[1]);
    double way = sign * b - y0, value;
    moving_drift_at(curves, 1, &t, when_after(law, n, t), &w);
    if (t < law->nodes[0].t && law->way[side] == 0.0) {
        value = log_density_on_chord(law, sign, t, way - area);
    } else {
        double tau = t < law->nodes[0].t ? law->nodes[0].tau * t / law->nodes[0].t : clock_at(law, n, t, b);
        double g = curves->leak;
        value = moving_outline_log_flux(law, side, tau) + ratio_at(law, side, n, tau) - half_square +
                0.5 * g * t + sign * w * b - 0.5 * g * b * b - 0.5 * b * slope - 1.5 * log(b) +
                law->log_start;
    }
    double v = law->base_drift, q = law->drift_sd * law->drift_sd, d = way - area;
    double inverse = 1.0 / (1.0 + q * t);
    value += 0.5 * inverse * (q * d * d + 2.0 * v * d - v * v * t);
    if (q > 0.0)
        value += 0.5 * log(inverse);
    if (!(value > -INFINITY && value < INFINITY))
        return -INFINITY;
    double end = moving_end(law);
    if (t > end) {
        double at_end = moving_log_density(law, side, end, 0);
        if (law->ends_settled || law->left > 0.0) {
            value = moving_tail_log_density(law, side, t);
        } else if (value > at_end) { /* where boundaries open, no line may rise to later times */
            return at_end;
        }
    }
    if (derivatives) {
        double left = (d - v * t) * inverse;
        derivatives[BY_DRIFT] = left;
        derivatives[BY_DRIFT_SD] = law->drift_sd * (left * left - t * inverse);
        derivatives[BY_TIME] = by_time(law, side, t, value);
    }
    return value;
}

void moving_block_log_density(const moving_law *law, int n, moving_block *block)
{
    const moving_curves *curves = &law->curves;
    int is_plain = law->start[0] > 0.0 && law->start[1] > 0.0 && law->n_nodes > 1 &&
                   law->nodes[law->n_nodes - 1].segment == 0 && law->way[0] == 0.0 && law->way[1] == 0.0;
    int left_out[MOVING_BLOCK], filled = (n + MOST_LANES - 1) / MOST_LANES * MOST_LANES;
    for (int i = 0; i < filled; i++) {
        left_out[i] = i >= n || !is_plain || !(block->t[i] <= moving_end(law));
        if (left_out[i]) { /* a block is filled up */
            block->t[i] = law->nodes[0].t;
            block->base_drift[i] = block->drift_sd[i] = 0.0;
            block->side[i] = 0;
        }
        block->value[i] = NAN;
    }
    if (!is_plain)
        return;
    moving_boundary_at(curves, n, block->t, block->b, block->slope);
    for (int i = n; i < filled; i++)
        block->b[i] = block->b[0], block->slope[i] = block->slope[0];
    SSM_CALL_KERNEL(curves->isa, moving_lanes, (law, n, block));
    for (int i = 0; i < n; i++)
        block->value[i] = left_out[i] ? NAN : block->value[i];
}

void moving_block_derivatives(const moving_law *law, int n, moving_block *block)
{
    moving_block ends[2] = {*block, *block};
    for (int later = 0; later < 2; later++) {
        for (int i = 0; i < n; i++)
            ends[later].t[i] *= later ? 1.0 + TIME_STEP : 1.0 - TIME_STEP;
        moving_block_log_density(law, n, &ends[later]);
    }
    for (int i = 0; i < n; i++) {
        double t = block->t[i], sd = block->drift_sd[i], left = block->by_drift[i];
        block->by_drift_sd[i] = sd * (left * left - t / (1.0 + sd * sd * t));
        block->by_time[i] = (ends[1].value[i] - ends[0].value[i]) / (2.0 * TIME_STEP * t);
        if (isnan(block->by_time[i]))
            block->value[i] = NAN;
    }
}

void moving_log_densities(const moving_law *law, int side, int n, const double *t, double *values)
{
    moving_block block;
    for (int i = 0; i < n; i++) {
        block.t[i] = t[i];
        block.side[i] = side;
        block.base_drift[i] = law->base_drift;
        block.drift_sd[i] = law->drift_sd;
    }
    moving_block_log_density(law, n, &block);
    for (int i = 0; i < n; i++)
        values[i] = isnan(block.value[i]) ? moving_log_density(law, side, t[i], 0) : block.value[i];
}

void moving_subtract_outline(moving_law *law)
{
    double tau[MOVING_BLOCK], values[MOVING_BLOCK];
    int has_way = law->way[0] > 0.0 || law->way[1] > 0.0;
    for (int begin = 1; begin < law->n_nodes; begin += MOVING_BLOCK) {
        moving_node *nodes = law->nodes + begin;
        int left = law->n_nodes - begin, n = left < MOVING_BLOCK ? left : MOVING_BLOCK;
        for (int i = 0; i < MOVING_BLOCK; i++)
            tau[i] = nodes[i < n ? i : 0].tau;
        for (int side = 0; side < 2; side++) {
            if (!has_way)
                SSM_CALL_KERNEL(law->curves.isa, moving_outline, (law, side, n, tau, values));
            for (int i = 0; i < n; i++)
                nodes[i].ratio[side] -= has_way || isnan(values[i])
                                            ? moving_outline_log_flux(law, side, tau[i]) : values[i];
        }
    }
}
