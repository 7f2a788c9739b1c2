/* The numbers that moving over a step takes, from the curves of a trial and the length of the step.
 */
#ifndef SSM_STEP_H
#define SSM_STEP_H

#include "diffusion/levy.h"

/* The kind of process, as far as a kernel that is compiled for it knows. */
typedef struct {
    int two_parts, drift_varies, jumps, leaks;
    int straight; /* boundaries are linear and the drift of a trial is constant */
} traits;

/* Whether anything may bend within a step. */
static inline int bends_in(traits k)
{
    return !k.straight || k.leaks;
}

/* A trial's curves and rates, and where its next step begins. */
typedef struct {
    vdouble boundary[CURVE_COEFFICIENTS], drift[CURVE_COEFFICIENTS];
    vdouble noise, leak, leak_2, limit;
    vdouble tau, length; /* where the next step begins, and how long it is to be */
    vdouble edge, rate, rate_2; /* boundary and drift (of two columns, both) at tau */
    vdouble spread; /* by how much drifts of samples may differ from those of the trial */
    vdouble onset; /* of a boundary that is a power of time: when it begins to bend */
    vdouble curvature, before; /* of the boundary over the step before, and its length, or 0 */
    vdouble begin; /* of the first step */
    levy jumps;    /* of Levy noise; then `noise` is that of its Brownian part */
} schedule;

/* Numbers for moving over a step: x -> decay x + shift + sd z. */
typedef struct {
    vdouble tau, length;
    vdouble edge_0, edge_1;     /* the boundary at both ends */
    vdouble bend_edge;          /* boundary above its chord in the middle of the step */
    vdouble bend_mean;          /* mean motion above its chord there */
    vdouble skew_edge, skew_mean; /* the rest beside a parabola: see skew_of() */
    vdouble shift, decay, sd;
    vdouble scale;              /* 1 / standard deviation of the Brownian bridge between the ends */
    vdouble gain, bend_gain;    /* of shift and bend_mean, for each unit of drift */
    vdouble shift_2, decay_2, sd_2, sd_shared; /* of a second part */
    vdouble pull, pull_2;       /* missing in bend_mean, for each unit of a part at both ends */
    vdouble pull_origin;        /* and of the origin */
} bridge_step;

enum { STEP_NUMBERS = sizeof(bridge_step) / sizeof(vdouble) };

/* The kind of a problem. */
static inline traits traits_of(const ssm_problem *p)
{
    int two_parts = has_two_columns(p);
    return (traits){.two_parts = two_parts,
                  .drift_varies = !two_parts && may_differ(column_of(p, SSM_DRIFT_SD), 0.0),
                  .jumps = plays(p, SSM_STABILITY),
                  .leaks = plays(p, SSM_LEAK),
                  .straight = is_linear(p) && p->drift.kind == SSM_DRIFT_CONSTANT};
}

/* (1 - exp(-rate time)) / rate */
static inline vdouble decayed_time(vdouble rate, vdouble time)
{
    vdouble x = rate * time;
    vdouble safe = choose(vabs(x) < 1e-8, splat(1e-8), x);
    return -time * (vexpm1(-safe) / safe);
}

/* ---- the numbers of a step ------------------------------------------------------------------ */

/* Drift at the beginning, middle and end of a step, and after a quarter of it. */
typedef struct {
    vdouble at[3], at_quarter;
} rates;

/* Of a drift of gamma's form, which may rise from 0 with infinite slope: what Simpson's rule is to
 * take at time 0, so that it gives the mean of c x^p exp(-x) over the step.  That mean is
 *     c X^p exp(-X) (1 + X / (p + 2) (1 + X / (p + 3) (1 + ...))) / (p + 1),    X being the end. */
static inline vdouble rate_of_rise(const vdouble *c, vdouble h, rates r)
{
    vdouble x = h * c[2], p = c[1], series = splat(1.0);
    for (int i = 6; i > 1; i--)
        series = 1.0 + x / (p + (double)i) * series;
    vdouble mean = c[0] + (r.at[2] - c[0]) * (series / (p + 1.0));
    return 6.0 * mean - 4.0 * r.at[1] - r.at[2];
}

/* Of two exponentials, by how much they decay in a quarter of the step; see drift_at(). */
static inline rates rates_of_relaxations(const vdouble *c, vdouble tau, vdouble h)
{
    vdouble base = c[0] + c[1], quarter = -0.25 * h;
    vdouble one = c[2] * vexp(-c[3] * tau), other = c[4] * vexp(-c[5] * tau);
    vdouble q = vexp(c[3] * quarter), q_2 = vexp(c[5] * quarter), half = q * q, half_2 = q_2 * q_2;
    rates r = {{base + one + other, base + one * half + other * half_2,
                base + one * (half * half) + other * (half_2 * half_2)},
               base + one * q + other * q_2};
    return r;
}

INLINE rates rates_of(traits k, const ssm_problem *p, const schedule *s, vdouble h, int column)
{
    vdouble middle = s->tau + 0.5 * h, end = s->tau + h;
    rates r;
#define RATE(time)                                                                            \
    (column ? second_drift_at(p->drift.kind, &p->drift.table, s->drift, time, middle)         \
            : drift_at(p->drift.kind, &p->drift.table, s->drift, time, middle))
    if (k.straight || is_piecewise_constant(p)) {
        r.at[0] = r.at[1] = r.at[2] = k.straight ? s->drift[0] : RATE(middle);
        r.at_quarter = r.at[0];
        return r;
    }
    if (p->drift.kind == SSM_DRIFT_CONFLICT_DS)
        return rates_of_relaxations(s->drift, s->tau, h);
    r.at[0] = p->drift.kind == SSM_DRIFT_CONFLICT_DSSTIMFLEX ? RATE(s->tau)
              : column                                       ? s->rate_2
                                                             : s->rate;
    r.at_quarter = RATE(s->tau + 0.25 * h);
    r.at[1] = RATE(middle);
    r.at[2] = RATE(end);
#undef RATE
    if (p->drift.kind == SSM_DRIFT_GAMMA && mask_bits(s->tau == 0.0))
        r.at[0] = choose(s->tau > 0.0, r.at[0], rate_of_rise(s->drift, h, r));
    return r;
}

/* Move, over h, of the mean of dx = (v - leak x) dtau from 0, by Simpson's rule; `root` is
 * exp(-leak h / 2). */
static inline vdouble mean_shift(rates r, vdouble h, vdouble root)
{
    return h * (1.0 / 6) * (r.at[0] * (root * root) + 4.0 * (r.at[1] * root) + r.at[2]);
}

/* A leaky process that is tied down at both ends is a Brownian bridge on the clock
 *     u = sinh(leak tau) / (sinh(leak tau) + sinh(leak (h - tau))),
 * of variance sd^2 exp(leak h), in units that shrink toward the middle of the step by the factor
 * cosh(leak h / 2).  There boundaries and mean motion, which obeys m'' = leak^2 m + v' - leak v,
 * are close to parabolas; these are their heights in the middle.  That of a boundary which stays at
 * 1 is cosh(leak h / 2) - 1. */
INLINE vdouble clock_bend(vdouble leak, vdouble h)
{
    vdouble x2 = (leak * h) * (leak * h);
    return x2 * (0.125 + 1.0 / 384 * x2);
}

/* The part of a drift of 1: clock_bend() / leak. */
INLINE vdouble bend_by_leak(vdouble leak, vdouble h)
{
    vdouble x = leak * h;
    return h * x * (0.125 + 1.0 / 384 * (x * x));
}

/* Without a leak the mean motion is the integral of the drift; its height is exact for a cubic. */
INLINE vdouble mean_bend(rates r, vdouble h, vdouble leak)
{
    vdouble rise = 4.0 * r.at_quarter - 3.0 * r.at[1] - r.at[2];
    return h * (1.0 / 12 * rise) + bend_by_leak(leak, h) * r.at[1];
}

/* How far the mean motion is from a cubic of the same ends, height and skew: of a drift that rises by
 * K u^3 it is at most h K / 256.  K is the third divided difference. */
INLINE vdouble rest_of(rates r, vdouble h)
{
    vdouble fourth = 8.0 * r.at_quarter - 6.0 * r.at[1] + r.at[2] - 3.0 * r.at[0];
    return vabs(h * (1.0 / 96 * fourth));
}

/* Numbers of a process with one part. */
INLINE void set_one_part(traits k, const schedule *s, bridge_step *step, rates r)
{
    vdouble h = step->length, root = splat(1.0), variance = h;
    step->decay = root;
    step->gain = h;
    step->bend_gain = splat(0.0);
    step->bend_mean = mean_bend(r, h, k.leaks ? s->leak : splat(0.0));
    if (k.leaks) {
        root = vexp(-0.5 * s->leak * h);
        step->decay = root * root;
        step->bend_edge =
            step->bend_edge + 0.5 * clock_bend(s->leak, h) * (step->edge_0 + step->edge_1);
        step->gain = decayed_time(s->leak, h);
        step->bend_gain = bend_by_leak(s->leak, h);
        variance = step->gain * (0.5 + 0.5 * step->decay);
    }
    step->shift = mean_shift(r, h, root);
    step->shift_2 = splat(0.0);
    step->sd = s->noise * vsqrt(variance);
    step->scale = root / vmax(step->sd, splat(1e-100));
}

/* Numbers of a process with two parts, which share their noise. */
INLINE void set_two_parts(const schedule *s, bridge_step *step, rates r, rates r_2)
{
    vdouble h = step->length, half = 0.5 * s->noise;
    vdouble root = vexp(-0.5 * s->leak * h), root_2 = vexp(-0.5 * s->leak_2 * h);
    step->decay = root * root;
    step->decay_2 = root_2 * root_2;
    vdouble common = 0.5 * (s->leak + s->leak_2), h2 = h * h;
    step->pull = 0.0625 * h2 * (s->leak * s->leak - common * common);
    step->pull_2 = 0.0625 * h2 * (s->leak_2 * s->leak_2 - common * common);
    step->pull_origin = -0.125 * h2 * (common * common);
    step->bend_edge =
        step->bend_edge + 0.5 * clock_bend(common, h) * (step->edge_0 + step->edge_1);
    step->shift = mean_shift(r, h, root);
    step->shift_2 = mean_shift(r_2, h, root_2);
    step->bend_mean = mean_bend(r, h, s->leak) + mean_bend(r_2, h, s->leak_2);
    step->gain = step->bend_gain = splat(0.0);

    vdouble variance = decayed_time(2.0 * s->leak, h);
    vdouble variance_2 = decayed_time(2.0 * s->leak_2, h);
    vdouble shared = decayed_time(s->leak + s->leak_2, h);
    vdouble sd = vsqrt(variance), along = shared / sd;
    step->sd = half * sd;
    step->sd_shared = half * along;
    step->sd_2 = half * vsqrt(vmax(variance_2 - along * along, splat(0.0)));
    vdouble total = half * half * (variance + variance_2 + 2.0 * shared);
    step->scale = vsqrt(root * root_2 / vmax(total, splat(1e-200)));
}

/* A curve of third derivative D is 4 E u (1 - u) (2 u - 1) above its parabola at u, where E is this
 * times D h^3. */
static const double SKEW = -1.0 / 48;

/* Skews of a step.  Of a drift, the parabola through its values gives the third derivative of the
 * mean motion; of a boundary, the change of its curvature since the step before does; on the clock
 * of a leaky process, a line that rises by R has a skew of (leak h)^2 R / 48. */
INLINE void set_skews(traits k, const schedule *s, bridge_step *step, vdouble curvature, rates r,
                      rates r_2)
{
    vdouble h = step->length, third = r.at[0] - 2.0 * r.at[1] + r.at[2];
    if (k.two_parts)
        third = third + (r_2.at[0] - 2.0 * r_2.at[1] + r_2.at[2]);
    step->skew_mean = (4.0 * SKEW) * h * third;
    vdouble change = (curvature - s->curvature) / (0.5 * (h + s->before));
    step->skew_edge = SKEW * choose(s->before > 0.0, change, splat(0.0)) * (h * h) * h;
    if (k.leaks) {
        vdouble leak = k.two_parts ? 0.5 * (s->leak + s->leak_2) : s->leak;
        vdouble decay = leak * h, rise = r.at[2] - r.at[0];
        if (k.two_parts)
            rise = rise + (r_2.at[2] - r_2.at[0]);
        step->skew_mean = step->skew_mean - SKEW * decay * h * rise;
        step->skew_edge = step->skew_edge - SKEW * (decay * decay) * (step->edge_1 - step->edge_0);
    }
}

#endif
