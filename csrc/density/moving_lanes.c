/* moving_log_density() between the nodes of a solution without jumps, in vectors; see moving.c. */
#include "density/moving_lanes.h"

#include "core/kernels.h"
#include "curves/curves.h"
#include "density/exit_lanes.h"
#include "density/moving_step.h"

SSM_DECLARE_KERNEL(void, moving_lanes, (const moving_law *, int, moving_block *));
SSM_DECLARE_KERNEL(void, moving_outline, (const moving_law *, int, int, const double *, double *));

#define TINY 1e-60 /* clocks */

/* What is known at the nodes around the time of each lane. */
typedef struct {
    vdouble t, tau, b, slope, area, half_square;    /* at the node before */
    vdouble next_t, next_tau, next_b, next_slope;   /* at the node after */
    vdouble x[STENCIL], ratio[STENCIL];             /* clocks and ratios of the nodes that are interpolated */
    vint is_between;
} surroundings;

static void find_nodes(const moving_law *law, const double *t, int *found)
{
    for (int lane = 0; lane < SSM_LANES; lane++)
        found[lane] = 0;
    for (int length = law->n_nodes; length > 1; length -= length / 2)
        for (int lane = 0; lane < SSM_LANES; lane++)
            found[lane] += law->nodes[found[lane] + length / 2].t <= t[lane] ? length / 2 : 0;
}

static surroundings look_around(const moving_law *law, const double *t, const int *side, int size)
{
    const moving_node *nodes = law->nodes;
    const int last = law->n_nodes - 1;
    double at[10][SSM_LANES], x[STENCIL][SSM_LANES], ratio[STENCIL][SSM_LANES];
    int found[SSM_LANES];
    surroundings s;
    find_nodes(law, t, found);
    for (int lane = 0; lane < SSM_LANES; lane++) {
        int n = found[lane] < last ? found[lane] : last - 1;
        s.is_between[lane] = -(found[lane] < last && t[lane] >= nodes[0].t);
        const moving_node *a = &nodes[n], *z = a + 1;
        const double values[10] = {a->t, a->tau, a->b, a->slope, a->drift_area, a->half_square,
                                   z->t, z->tau, z->b, z->slope};
        for (int k = 0; k < 10; k++)
            at[k][lane] = values[k];
        int first = n - size / 2 + 1;
        first = first < 0 ? 0 : first > last + 1 - size ? last + 1 - size : first;
        for (int k = 0; k < size; k++) {
            x[k][lane] = nodes[first + k].tau;
            ratio[k][lane] = nodes[first + k].ratio[side[lane]];
        }
    }
    s.t = load(at[0]), s.tau = load(at[1]), s.b = load(at[2]), s.slope = load(at[3]);
    s.area = load(at[4]), s.half_square = load(at[5]);
    s.next_t = load(at[6]), s.next_tau = load(at[7]), s.next_b = load(at[8]), s.next_slope = load(at[9]);
    for (int k = 0; k < size; k++)
        s.x[k] = load(x[k]), s.ratio[k] = load(ratio[k]);
    return s;
}

/* clock_at() */
static inline vdouble clock_of(const moving_law *law, const surroundings *s, vdouble t, vdouble b)
{
    const vdouble on_line = s->tau + (t - s->t) / (s->b * b);
    if (boundary_is_linear(&law->curves))
        return on_line;
    vdouble step = s->next_t - s->t, u = (t - s->t) / step, v = 1.0 - u, u3 = u * u * u, v3 = v * v * v;
    vdouble d0 = step / (s->b * s->b), d1 = step / (s->next_b * s->next_b);
    vdouble e0 = -2.0 * s->slope / s->b * d0 * step, e1 = -2.0 * s->next_slope / s->next_b * d1 * step;
    const vdouble curved =
        s->tau * v3 * (1.0 + 3.0 * u + 6.0 * u * u) + s->next_tau * u3 * (1.0 + 3.0 * v + 6.0 * v * v) +
        d0 * u * v3 * (1.0 + 3.0 * u) - d1 * v * u3 * (1.0 + 3.0 * v) + 0.5 * e0 * u * u * v3 +
        0.5 * e1 * v * v * u3;
    if (law->curves.boundary_kind != SSM_BOUNDARY_TABLE)
        return curved;
    vint is_line = (vabs(s->next_slope - s->slope) <= 1e-9 * vabs(s->slope)) &
                   (vabs(s->next_b - s->b - s->slope * step) < 1e-9 * s->next_b); /* is_on_line() */
    return choose(is_line, on_line, curved);
}

/* ratio_at() */
static inline vdouble ratio_of(const surroundings *s, vdouble tau, int size)
{
    vdouble sum = splat(0.0);
    for (int i = 0; i < size; i++) {
        vdouble weight = s->ratio[i], over = splat(1.0);
        for (int j = 0; j < size; j++)
            if (j != i) {
                weight *= tau - s->x[j];
                over *= s->x[i] - s->x[j];
            }
        sum += weight / over;
    }
    return sum;
}

/* drift_integrals(); returns the drift at t. */
static inline vdouble drift_of(const moving_law *law, const vdouble *c, const surroundings *s, vdouble t,
                               vdouble *area, vdouble *half_square)
{
    const moving_curves *curves = &law->curves;
    const vdouble when = 0.5 * (s->t + s->next_t), step = t - s->t;
    *area = *half_square = splat(0.0);
    for (int i = 0; i < INNER && (drift_changes(curves) || curves->leak != 0.0); i++) {
        vdouble w = curves->scale * drift_at(curves->drift_kind, curves->drift_table, c,
                                             s->t + MOVING_RULE_NODES[i] * step, when);
        vdouble part = MOVING_RULE_WEIGHTS[i] * step * w;
        *area = (i ? *area : s->area) + part;
        *half_square = (i ? *half_square : s->half_square) + 0.5 * part * w;
    }
    return curves->scale * drift_at(curves->drift_kind, curves->drift_table, c, t, when);
}

/* moving_outline_log_flux() is log(sum / sqrt(square)) + exponent. */
typedef struct {
    vdouble sum, square, exponent;
} outline;

static inline outline outline_at(const moving_law *law, vdouble sign, vdouble tau)
{
    const vdouble lower = splat(law->start[0]), upper = splat(law->start[1]), x0 = 0.5 * (lower - upper);
    const vint is_early = tau < EXIT_SWITCH;
    const exit_series series = exit_series_at(tau, choose(sign > 0.0, upper, lower),
                                              choose(sign > 0.0, lower, upper), is_early);
    outline o = {series.sum, choose(is_early, tau * tau * tau, splat(1.0)), series.exponent};
    if (law->kink != 0.0) {
        vdouble share = vmin(law->nodes[0].tau / tau, splat(1.0)), mean = x0 + (sign - x0) * share;
        vdouble less = 1.0 - 2.0 * law->kink * (law->nodes[0].tau * (1.0 - share));
        o.exponent += law->kink * mean * mean / less;
        o.square *= less;
    }
    return o;
}

void SSM_KERNEL(moving_outline)(const moving_law *law, int side, int n, const double *tau, double *values)
{
    for (int i = 0; i < n; i += SSM_LANES) {
        const vdouble at = load(tau + i);
        const outline o = outline_at(law, splat(side ? 1.0 : -1.0), at);
        const vdouble amount = o.sum / vsqrt(o.square), value = vlog(amount) + o.exponent;
        const vint is_usual = (at > TINY) & (amount > 1e-300) & (amount < 1e300);
        store(values + i, choose(is_usual, value, splat(NAN)));
    }
}

static void lanes(const moving_law *law, const vdouble *c, int size, moving_block *block, int i)
{
    const surroundings s = look_around(law, block->t + i, block->side + i, size);
    const vdouble t = load(block->t + i), b = load(block->b + i), slope = load(block->slope + i);
    const vdouble v = load(block->base_drift + i), sd = load(block->drift_sd + i), q = sd * sd;
    vdouble sign, area, half_square;
    for (int lane = 0; lane < SSM_LANES; lane++)
        sign[lane] = block->side[i + lane] ? 1.0 : -1.0;
    const vdouble w = drift_of(law, c, &s, t, &area, &half_square);
    const vdouble tau = clock_of(law, &s, t, b), inverse = 1.0 / (1.0 + q * t);
    const outline o = outline_at(law, sign, tau);
    const vdouble amount = o.sum * vsqrt(inverse / (o.square * (b * b * b)));
    const double g = law->curves.leak;
    const vdouble d = sign * b - 0.5 * law->boundary * (law->start[0] - law->start[1]) - area;
    const vdouble value =
        vlog(amount) + o.exponent + ratio_of(&s, tau, size) - half_square + 0.5 * g * t +
        sign * w * b - 0.5 * g * b * b - 0.5 * b * slope + law->log_start +
        0.5 * inverse * (q * d * d + 2.0 * v * d - v * v * t);
    const vint is_usual = s.is_between & (tau > TINY) & (b > 1e-30) & (b < 1e30) & (amount > 1e-300) &
                          (amount < 1e300) & (vabs(value) < 1e300);
    store(block->by_drift + i, (d - v * t) * inverse);
    store(block->value + i, choose(is_usual, value, splat(NAN)));
}

void SSM_KERNEL(moving_lanes)(const moving_law *law, int n, moving_block *block)
{
    const int size = law->n_nodes < STENCIL ? law->n_nodes : STENCIL;
    vdouble c[CURVE_COEFFICIENTS];
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        c[i] = splat(law->curves.drift[i]);
    for (int i = 0; i < n; i += SSM_LANES)
        lanes(law, c, size, block, i);
}
