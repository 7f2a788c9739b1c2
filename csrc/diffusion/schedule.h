/* The steps of a trial: how long they may be, and the numbers that moving over one takes.
 *
 * A step must resolve the curves: over it, boundary and mean motion must be nearly parabolas that
 * bend little, and noise must not carry from one boundary to the other.  Steps depend on the
 * parameters of the trial only, not on where the process is.
 */
#ifndef SSM_SCHEDULE_H
#define SSM_SCHEDULE_H

#include "curves/gaze.h"
#include "curves/spans.h"
#include "diffusion/levy.h"

/* How far noise and drift carry in a step, in units of the boundary.  And how much boundaries and
 * mean motion bend: squared, in these units, over how far noise carries, at least LEAST_NOISE; more
 * where curves are lines, since what a leak makes of them is a parabola almost exactly.  Found by
 * trial: see docs/accuracy.md. */
static const double LONGEST_REACH = 0.6, LONGEST_DRIFT = 0.5;
static const double BEND = 1e-3, BEND_OF_LINES = 5e-3, LEAST_NOISE = 2e-7;
/* How much evidence may decay, in the exponent; and by how much two parts may in different ways. */
static const double LONGEST_DECAY = 1.0, DECAY_APART = 0.15;
static const double SHORTEST_STEP = 1e-12;
/* How far linear boundaries may fall in a step of a process that jumps, in units of themselves:
 * less than in any step that does not fit. */
static const double LONGEST_FALL = 0.7;

/* What kind of process it is, as far as a kernel that is compiled for it knows. */
typedef struct {
    int two_parts, drift_varies, jumps, leaks;
    int straight; /* boundaries are linear and the drift of a trial is constant */
} traits;

/* A trial's curves and rates, and where its next step begins. */
typedef struct {
    vdouble boundary[CURVE_COEFFICIENTS], drift[CURVE_COEFFICIENTS];
    vdouble noise, leak, leak_2, limit;
    vdouble tau, length; /* where the next step begins, and how long it is to be */
    vdouble edge, rate, rate_2; /* boundary and drift (of two columns, both) at tau */
    vdouble spread; /* by how much drifts of samples may differ from those of the trial */
    vdouble onset; /* of a boundary that is a power of time: when it begins to bend */
    levy jumps;    /* of Levy noise; then `noise` is that of its Brownian part */
} schedule;

/* What moving over a step takes: x -> decay x + shift + sd z. */
typedef struct {
    vdouble tau, length;
    vdouble edge_0, edge_1;     /* the boundary at both ends */
    vdouble bend_edge;          /* boundary above its chord in the middle of the step */
    vdouble bend_mean;          /* mean motion above its chord there */
    vdouble shift, decay, sd;
    vdouble scale;              /* 1 / standard deviation of the Brownian bridge between the ends */
    vdouble gain, bend_gain;    /* of shift and bend_mean, for each unit of drift */
    vdouble shift_2, decay_2, sd_2, sd_shared; /* of a second part */
    vdouble pull, pull_2;       /* what bend_mean lacks, for each unit of a part at both ends */
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

/* ---- how long steps may be ------------------------------------------------------------------ */

/* Longest step from tau over which a drift has no feature that a parabola could miss. */
static inline vdouble drift_span(ssm_drift_kind kind, const ssm_table *table, const vdouble *c,
                                 vdouble tau)
{
    switch (kind) {
    case SSM_DRIFT_GAMMA: {
        vdouble root = vsqrt(vmax(c[1], splat(0.25)));
        return 0.25 * vmax(0.5 * root / c[2], tau / root);
    }
    case SSM_DRIFT_CONFLICT_DS:
    case SSM_DRIFT_CONFLICT_DSSTIMFLEX:
        return vmax(0.5 / vmax(vmax(vabs(c[3]), vabs(c[5])), splat(1e-9)), tau);
    case SSM_DRIFT_ATTEND:
    case SSM_DRIFT_ATTEND_SIMPLE: {
        int simple = kind == SSM_DRIFT_ATTEND_SIMPLE;
        vdouble r = vmax(vabs(c[simple ? 3 : 4]), splat(1e-9)), width = c[simple ? 4 : 5];
        vdouble now = vmax(width - c[simple ? 3 : 4] * tau, splat(0.0));
        return choose(now > 0.001, vmax(0.3 * now, splat(0.02)) / r, splat(INFINITY));
    }
    case SSM_DRIFT_TABLE:
    case SSM_DRIFT_TABLE_DUAL:
        return table_span(table, c[0], tau);
    case SSM_DRIFT_CONSTANT:
    case SSM_DRIFT_CONFLICT_STIMFLEX:
    case SSM_DRIFT_CONFLICT_STIMFLEXREL1:
    case SSM_DRIFT_CONFLICT_DUAL:
    case SSM_DRIFT_GAZE:
    case SSM_N_DRIFTS:
        break;
    }
    return splat(INFINITY);
}

static inline vdouble until(vdouble moment, vdouble tau)
{
    return choose(moment > tau, moment - tau, splat(INFINITY));
}

/* Time until the next stimulus appears or disappears, or gaze moves. */
static inline vdouble until_change(ssm_drift_kind kind, const vdouble *c, vdouble tau)
{
    switch (kind) {
    case SSM_DRIFT_CONFLICT_DSSTIMFLEX:
        return vmin(until(c[6], tau), until(c[7], tau));
    case SSM_DRIFT_CONFLICT_STIMFLEX:
    case SSM_DRIFT_CONFLICT_STIMFLEXREL1:
    case SSM_DRIFT_CONFLICT_DUAL:
        return vmin(vmin(until(c[3], tau), until(c[4], tau)),
                    vmin(until(c[5], tau), until(c[6], tau)));
    case SSM_DRIFT_GAZE:
        return c[GAZE_NEXT] - tau;
    case SSM_DRIFT_CONSTANT:
    case SSM_DRIFT_GAMMA:
    case SSM_DRIFT_CONFLICT_DS:
    case SSM_DRIFT_ATTEND:
    case SSM_DRIFT_ATTEND_SIMPLE:
    case SSM_DRIFT_TABLE:
    case SSM_DRIFT_TABLE_DUAL:
    case SSM_N_DRIFTS:
        break;
    }
    return splat(INFINITY);
}

/* The boundary itself; coefficients of linear ones are those of the angle. */
INLINE vdouble true_edge(traits k, const ssm_problem *p, const schedule *s, vdouble tau)
{
    return k.straight ? s->boundary[0] - s->boundary[1] * tau
                      : boundary_at(p->boundary.kind, &p->boundary.table, s->boundary, tau);
}

/* The boundary, for what of the noise is Brownian. */
INLINE vdouble edge_of(traits k, const ssm_problem *p, const schedule *s, vdouble tau)
{
    vdouble edge = true_edge(k, p, s, tau);
    return k.jumps ? edge + s->jumps.shift : edge;
}

/* Split jumps anew for boundary and drift at s->tau. */
INLINE void resplit(traits k, const ssm_problem *p, schedule *s)
{
    s->noise = split_jumps(&s->jumps, true_edge(k, p, s, s->tau), s->tau);
    vdouble speed = vabs(k.straight ? s->drift[0] : s->rate);
    if (k.straight || is_linear(p))
        speed = speed + vmax(s->boundary[1], splat(0.0));
    s->jumps.shift = shift_of_boundary(&s->jumps, s->noise, speed);
}

/* A step that begins at s->tau and is not longer than `wanted`. */
INLINE vdouble step_length(traits k, const ssm_problem *p, const schedule *s, vdouble wanted)
{
    /* The root of a step whose noise carries as far as it may, as seen from the boundary where it
     * begins or, where it is known how fast that falls, where it ends. */
    vdouble speed = vmax(s->noise * (1.0 / LONGEST_REACH), splat(1e-150));
    vdouble edge = vmax(s->edge, splat(0.0)), root = edge / speed, h = wanted;
    if (k.straight || is_linear(p)) {
        vdouble falling = vmax(s->boundary[1], splat(0.0));
        root = 2.0 * edge / (speed + vsqrt(speed * speed + 4.0 * edge * falling));
        if (k.jumps)
            h = vmin(h, LONGEST_FALL * edge / vmax(falling, splat(1e-100)));
    }
    h = vmin(h, root * root);
    vdouble rate = vabs(k.straight ? s->drift[0] : s->rate);
    if (k.two_parts)
        rate = rate + vabs(s->rate_2);
    if (k.drift_varies)
        rate = rate + s->spread;
    h = vmin(h, LONGEST_DRIFT * edge / vmax(rate, splat(1e-100)));
    if (!k.straight) {
        h = vmin(h, boundary_span(p->boundary.kind, &p->boundary.table, s->boundary, s->tau,
                                s->onset));
        h = vmin(h, drift_span(p->drift.kind, &p->drift.table, s->drift, s->tau));
        h = vmin(h, until_change(p->drift.kind, s->drift, s->tau));
    }
    if (k.leaks)
        h = vmin(h, LONGEST_DECAY / vmax(vmax(vabs(s->leak), vabs(s->leak_2)), splat(1e-9)));
    if (k.two_parts)
        h = vmin(h, DECAY_APART / vmax(vabs(s->leak - s->leak_2), splat(1e-9)));
    h = vmax(h, SHORTEST_STEP * (1.0 + s->tau));
    return vmin(h, s->limit - s->tau);
}

/* ---- the numbers of a step ------------------------------------------------------------------ */

/* Drift at the beginning, middle and end of a step. */
typedef struct {
    vdouble at[3];
} rates;

INLINE rates rates_of(traits k, const ssm_problem *p, const schedule *s, vdouble h, int column)
{
    vdouble middle = s->tau + 0.5 * h, end = s->tau + h;
    rates r;
#define RATE(time)                                                                            \
    (column ? second_drift_at(p->drift.kind, &p->drift.table, s->drift, time, middle)         \
            : drift_at(p->drift.kind, &p->drift.table, s->drift, time, middle))
    if (k.straight || is_piecewise_constant(p)) {
        r.at[0] = r.at[1] = r.at[2] = k.straight ? s->drift[0] : RATE(middle);
        return r;
    }
    r.at[0] = p->drift.kind == SSM_DRIFT_CONFLICT_DSSTIMFLEX ? RATE(s->tau)
              : column                                       ? s->rate_2
                                                             : s->rate;
    r.at[1] = RATE(middle);
    r.at[2] = RATE(end);
#undef RATE
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
 * are close to parabolas; these are their heights. */
INLINE vdouble mean_bend(rates r, vdouble h, vdouble leak)
{
    return 0.125 * h * ((r.at[0] - r.at[2]) + leak * h * r.at[1]);
}

/* Height of a boundary that stays at 1: cosh(leak h / 2) - 1. */
INLINE vdouble clock_bend(vdouble leak, vdouble h)
{
    vdouble x2 = (leak * h) * (leak * h);
    return x2 * (0.125 + 1.0 / 384 * x2);
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
        step->bend_gain = 0.125 * h * h * s->leak;
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

/* Whether boundary and drift are lines within a step, so that nothing bends but by a leak. */
INLINE int curves_are_lines(traits k, const ssm_problem *p)
{
    return k.straight || (is_linear(p) && is_piecewise_constant(p));
}

/* Whether a step does not bend too much, besides what *fits says; how long the next is to be. */
INLINE vdouble length_by_bend(const schedule *s, const bridge_step *step, vdouble edge,
                              double most, vint *fits)
{
    vdouble h = step->length, size = vmax(edge, splat(0.0));
    vdouble allowed = most * size * vmax(s->noise * vsqrt(h), LEAST_NOISE * size);
    vdouble bend = vabs(step->bend_edge) + vabs(step->bend_mean), squared = bend * bend;
    *fits &= squared <= 2.0 * allowed;
    /* Bends grow as h^2, what is allowed as h^(1/4).  A step that could be more than four times as
     * long was limited by something else, and tells nothing of the next. */
    vdouble ratio = allowed / vmax(squared, splat(1e-300));
    vdouble factor = choose(ratio > 256.0, splat(INFINITY), vsqrt(vsqrt(ratio)));
    return h * choose(*fits, vmax(factor, splat(0.5)), splat(0.5));
}

/* Try the next step of a schedule.  Where the curves bend too much over it, it is to be tried
 * again, shorter; else the schedule moves to its end.  Returns where it has moved. */
INLINE vint next_step(traits k, const ssm_problem *p, schedule *s, bridge_step *step)
{
    vdouble h = s->length, left = s->limit - s->tau;
    vdouble end = choose(h < left, s->tau + h, s->limit);
    step->tau = s->tau;
    step->length = h;
    step->edge_0 = s->edge;
    step->edge_1 = edge_of(k, p, s, end);
    step->bend_edge = splat(0.0);
    if (!k.straight && !is_linear(p))
        step->bend_edge =
            edge_of(k, p, s, s->tau + 0.5 * h) - 0.5 * (step->edge_0 + step->edge_1);

    rates r = rates_of(k, p, s, h, 0), r_2 = r;
    if (k.two_parts) {
        r_2 = rates_of(k, p, s, h, 1);
        set_two_parts(s, step, r, r_2);
    } else {
        set_one_part(k, s, step, r);
    }

    vdouble edge = vmin(step->edge_0, step->edge_1);
    vint fits = (s->noise * s->noise * h <= 1.7 * LONGEST_REACH * LONGEST_REACH * edge * edge) &
                (step->edge_1 >= 0.25 * step->edge_0);
    if (!k.straight && p->drift.kind != SSM_DRIFT_CONSTANT)
        fits &= vabs(step->shift) + vabs(step->shift_2) <= 1.5 * LONGEST_DRIFT * step->edge_0;
    vdouble wanted = choose(fits, splat(INFINITY), 0.5 * h);
    int lines = curves_are_lines(k, p);
    if (!lines || k.leaks)
        wanted = length_by_bend(s, step, edge, lines ? BEND_OF_LINES : BEND, &fits);
    vint shortest = h <= SHORTEST_STEP * (1.0 + s->tau);
    fits |= shortest;
    wanted = choose(shortest, vmax(wanted, 2.0 * h), wanted);
    s->tau = choose(fits, end, s->tau);
    s->edge = choose(fits, step->edge_1, s->edge);
    if (!k.straight) {
        s->rate = choose(fits, r.at[2], s->rate);
        s->rate_2 = choose(fits, r_2.at[2], s->rate_2);
    }
    int moves =
        p->boundary.kind != SSM_BOUNDARY_CONSTANT || p->drift.kind != SSM_DRIFT_CONSTANT;
    if (k.jumps && (moves || grows(&s->jumps, s->boundary[0]))) {
        resplit(k, p, s);
        s->edge = edge_of(k, p, s, s->tau);
    }
    s->length = step_length(k, p, s, wanted);
    return fits;
}

/* Let gaze move on where its next fixation begins. */
INLINE void follow_gaze(traits k, const ssm_problem *p, uint64_t key, vuint stream, schedule *s)
{
    /* A step to the moment may end beside it by rounding. */
    vdouble tau = s->tau + SHORTEST_STEP * (1.0 + s->tau);
    vint moved = move_gaze(&p->gaze, key, stream, tau, s->drift);
    if (mask_bits(moved) == 0)
        return;
    s->rate = s->drift[GAZE_DRIFT];
    s->length = choose(moved, step_length(k, p, s, splat(INFINITY)), s->length);
}

/* Shorten the next step, before it is known when the next jump comes, until it fits.  If only those
 * samples shortened a step that do not jump in it, they would wait for a jump twice. */
INLINE void fit_length(traits k, const ssm_problem *p, unsigned lanes, schedule *s)
{
    if (k.straight && !k.leaks)
        return;
    for (;;) {
        schedule tried = *s;
        bridge_step step;
        vint fits = next_step(k, p, &tried, &step);
        if ((~mask_bits(fits) & lanes) == 0)
            return;
        s->length = choose(fits, s->length, tried.length);
    }
}

/* ---- the beginning -------------------------------------------------------------------------- */

/* Put a schedule, whose curves, rates and beginning are set, there. */
static inline void start_schedule(const ssm_problem *p, schedule *s)
{
    const traits k = traits_of(p);
    vdouble zero = splat(0.0), tau = s->tau;
    s->rate = drift_at(p->drift.kind, &p->drift.table, s->drift, tau, tau);
    if (k.jumps)
        resplit(k, p, s);
    s->edge = edge_of(k, p, s, tau);
    s->rate_2 = has_two_columns(p)
                    ? second_drift_at(p->drift.kind, &p->drift.table, s->drift, tau, tau)
                    : zero;
    s->onset = p->boundary.kind == SSM_BOUNDARY_WEIBULL ? weibull_onset(s->boundary) : zero;
    s->length = step_length(k, p, s, splat(INFINITY));
    if (!curves_are_lines(k, p) || k.leaks) {
        /* What a first try would tell, without the samples that wait for it. */
        schedule tried = *s;
        bridge_step step;
        vint fits = next_step(k, p, &tried, &step);
        s->length = choose(fits, s->length, tried.length);
    }
}

/* Rates of a trial. */
typedef struct {
    vdouble noise, leak, leak_2, stability, limit, start, drift_sd, onset;
    vuint stream;
} trial_rates;

/* Begin a schedule with the parameters of its curves, and its rates. */
static inline void set_schedule(const ssm_problem *p, const vdouble *boundary,
                                const vdouble *drift, trial_rates own, schedule *s)
{
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        s->boundary[i] = s->drift[i] = splat(0.0);
    set_boundary(p->boundary.kind, boundary, s->boundary);
    set_drift(p->drift.kind, drift, s->drift);
    if (p->drift.kind == SSM_DRIFT_GAZE)
        begin_gaze(p, drift, stream_key(p->seed), own.stream, s->drift);
    s->noise = own.noise;
    s->leak = own.leak;
    s->leak_2 = own.leak_2;
    s->limit = own.limit;
    s->tau = own.onset;
    s->spread = 2.0 * own.drift_sd;
    if (plays(p, SSM_STABILITY)) {
        const vdouble zero = {0};
        vdouble edge = boundary_at(p->boundary.kind, &p->boundary.table, s->boundary, zero);
        vdouble way = 2.0 * edge * vmin(own.start, 1.0 - own.start);
        set_levy(own.stability, own.noise, way, &s->jumps);
    }
    start_schedule(p, s);
}

/* The schedule of a sample of trial 0. */
static inline void set_first_schedule(const ssm_problem *p, double limit, uint64_t stream,
                                      schedule *s)
{
    const vuint none = {0};
    vdouble boundary[SSM_CURVE_PARAMETERS] = {{0}}, drift[SSM_CURVE_PARAMETERS] = {{0}};
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        boundary[i] = splat(p->boundary.parameters[i].data[0]);
    for (int i = 0; i < p->drift.row->n_parameters; i++)
        drift[i] = splat(p->drift.parameters[i].data[0]);
    trial_rates own = {.noise = splat(column_of(p, SSM_NOISE).data[0]),
                       .leak = splat(column_of(p, SSM_LEAK).data[0]),
                       .leak_2 = splat(column_of(p, SSM_LEAK_2).data[0]),
                       .stability = splat(column_of(p, SSM_STABILITY).data[0]),
                       .limit = splat(limit),
                       .start = splat(column_of(p, SSM_START).data[0]),
                       .drift_sd = splat(column_of(p, SSM_DRIFT_SD).data[0]),
                       .onset = splat(onset_of(p).data[0]),
                       .stream = none + stream};
    set_schedule(p, boundary, drift, own, s);
}

#endif
