/* The steps of a trial: how long they may be, and the numbers that moving over one takes.
 *
 * A step must resolve the curves: over it, boundary and mean motion must be nearly parabolas that
 * bend little, and noise must not carry from one boundary to the other.  Steps depend on the
 * parameters of the trial only, not on where the process is.
 */
#ifndef SSM_SCHEDULE_H
#define SSM_SCHEDULE_H

#include <stddef.h>

#include "curves/gaze.h"
#include "diffusion/limits.h"
#include "diffusion/spans.h"
#include "diffusion/step.h"

static const double SHORTEST_STEP = 1e-12;
/* Largest fall of a linear boundary in a step under Levy noise, as a share of its height at the beginning:
 * less than next_step() rejects. */
static const double LONGEST_FALL = 0.7;
/* Largest distance of the boundary from the cubic through four of its points, as a share of the way from a
 * start to the boundary.  Starts nearer to it than LEAST_WAY (a share of its height) are treated as if they
 * were that far. */
static const double MAX_GAP = 3e-4, LEAST_WAY = 0.004;
/* Longest step along a curve in units of the time since its beginning, where its slope may be infinite. */
static const double MOST_GROWTH = 4.0;

/* ---- how long steps may be ------------------------------------------------------------------ */

/* Whether boundary and drift are linear within a step, so that only a leak bends the mean. */
INLINE int curves_are_lines(traits k, const ssm_problem *p)
{
    return k.straight || (is_linear(p) && is_piecewise_constant(p));
}

/* ---- how far curves may be from lines -------------------------------------------------------- */

/* The boundary itself; coefficients of linear ones are those of the angle. */
INLINE vdouble true_edge(traits k, const ssm_problem *p, const schedule *s, vdouble tau)
{
    return k.straight ? s->boundary[0] - s->boundary[1] * tau
                      : boundary_at(p->boundary.kind, &p->boundary.table, s->boundary, tau);
}

/* The boundary as the Brownian part of Levy noise sees it, see levy.h. */
INLINE vdouble edge_of(traits k, const ssm_problem *p, const schedule *s, vdouble tau)
{
    vdouble edge = true_edge(k, p, s, tau);
    return k.jumps ? edge + s->jumps.shift : edge;
}

/* Divide Levy noise into jumps and a Brownian part again, for boundary and drift at s->tau. */
INLINE void resplit(traits k, const ssm_problem *p, schedule *s)
{
    s->noise = split_jumps(&s->jumps, true_edge(k, p, s, s->tau), s->tau);
    vdouble speed = vabs(k.straight ? s->drift[0] : s->rate);
    if (k.straight || is_linear(p))
        speed = speed + vmax(s->boundary[1], splat(0.0));
    s->jumps.shift = shift_of_boundary(&s->jumps, s->noise, speed);
}

/* The length of a step that begins at s->tau, at most `wanted`; a boundary that is not linear fell at the
 * rate `falling` in the step before. */
INLINE vdouble step_length(traits k, const ssm_problem *p, const schedule *s, vdouble wanted,
                           vdouble falling)
{
    /* The root of the step in which noise carries LONGEST_REACH of the boundary: its height at the
     * beginning or, where its rate of fall is known, at the end. */
    vdouble speed = vmax(s->noise * (1.0 / LONGEST_REACH), splat(1e-150));
    vdouble edge = vmax(s->edge, splat(0.0)), root = edge / speed, h = wanted;
    int linear = k.straight || is_linear(p);
    if (p->boundary.kind != SSM_BOUNDARY_CONSTANT) {
        falling = vmax(linear ? s->boundary[1] : falling, splat(0.0));
        root = 2.0 * edge / (speed + vsqrt(speed * speed + 4.0 * edge * falling));
        if (k.jumps && linear)
            h = vmin(h, LONGEST_FALL * edge / vmax(falling, splat(1e-100)));
    }
    h = vmin(h, root * root);
    if (!curves_are_lines(k, p) || k.leaks) {
        vdouble rate = vabs(k.straight ? s->drift[0] : s->rate);
        if (k.two_parts)
            rate = rate + vabs(s->rate_2);
        if (k.drift_varies)
            rate = rate + s->spread;
        h = vmin(h, LONGEST_DRIFT * edge / vmax(rate, splat(1e-100)));
    }
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
    return vmin(h, next_limit(p, s->limit, s->tau) - s->tau);
}

/* Over a step, in units of evidence: how far boundary and mean are from lines, from parabolas, and the mean
 * from a cubic. */
typedef struct {
    vdouble bend, skew, rest;
} deviations;

/* Clears *fits where curves bend too much over a step of length h; returns a length at which they do not. */
INLINE vdouble length_by_bend(vdouble noise, vdouble h, vdouble edge, deviations d, vint *fits)
{
    vdouble size = vmax(edge, splat(0.0)), tiny = splat(1e-300);
    noise = vmax(noise * vsqrt(h), MIN_NOISE * size);
    vdouble of_bend = MAX_BEND * noise / vmax(d.bend, tiny);
    vdouble of_skew = MAX_SKEW * noise / vmax(d.skew, tiny);
    vdouble of_rest = vsqrt(MAX_REST * noise / vmax(d.rest, tiny));
    *fits &= (of_bend >= 0.8) & (of_skew >= 0.8) & (of_rest >= 0.9);
    /* In units of noise bends grow as h^(3/2), skews as h^(5/2), the rest as h^(7/2).  A step that
     * could be more than four times as long was limited by something else, and tells nothing of
     * the next. */
    vdouble ratio = vmin(vmin(of_bend, of_skew), of_rest), root = vsqrt(ratio);
    vdouble factor = choose(ratio > 16.0, splat(INFINITY), root);
    vdouble shorter = choose(of_bend > 0.4, root, vmin(root, vsqrt(of_bend * vsqrt(of_bend))));
    return h * choose(*fits, factor, vmin(vmax(shorter, splat(0.1)), splat(0.9)));
}

/* Whether no path can reach a boundary within a step from starts up to `reach` from the middle. */
INLINE vint is_free(const bridge_step *step, vdouble low, vdouble reach)
{
    const double far_enough = 5.5; /* standard deviations */
    vdouble mean = reach * vmax(step->decay, splat(1.0)) + vabs(step->shift);
    return low - mean >= far_enough * step->sd;
}

/* Starts are at most `reach` from the middle; `curvature` is that of a step before the first one, if the
 * boundary were a cubic through four of its points. */
typedef struct {
    vdouble reach, curvature;
} first_step;

/* Longest first step for starts so near to a boundary that most paths leave long before the second of
 * the four points, where the curve may be far from the cubic: about the mean time in which noise carries
 * to the boundary.  Infinity where the curve is near the cubic.  A gap of g units of the way to the boundary
 * leaves an error of up to g / 3 in the distribution function of exit times. */
INLINE vdouble longest_first(traits k, const ssm_problem *p, const schedule *s, vdouble reach,
                             vdouble h, vdouble slope, vdouble bend, vdouble skew)
{
    const double early = 0.35;
    vdouble way = vmax(s->edge - reach, LEAST_WAY * s->edge), root = way / positive(s->noise);
    vdouble mean = root * root, u = early * mean / h;
    vdouble cubic = s->edge + u * (slope + (1.0 - u) * (4.0 * bend + 64.0 / 3.0 * (0.5 - u) * skew));
    vdouble gap = vabs(edge_of(k, p, s, s->tau + u * h) - cubic);
    return choose((u < 0.25) & (gap > MAX_GAP * way), mean, splat(INFINITY));
}

/* The boundary over a step: its lowest height, how far its middle is above the chord, and the curvature. */
typedef struct {
    vdouble low, bend, curvature;
} step_boundary;

INLINE step_boundary boundary_of_step(traits k, const ssm_problem *p, const schedule *s, vdouble h,
                                      vdouble end, int curved, bridge_step *step)
{
    step->edge_0 = s->edge;
    step->edge_1 = edge_of(k, p, s, end);
    step->bend_edge = splat(0.0);
    step_boundary b = {vmin(step->edge_0, step->edge_1), splat(0.0), splat(0.0)};
    if (curved) {
        vdouble middle = edge_of(k, p, s, s->tau + 0.5 * h);
        b.low = vmin(b.low, middle);
        b.bend = middle - 0.5 * (step->edge_0 + step->edge_1);
        step->bend_edge = b.bend;
        b.curvature = b.bend / (-0.125 * h * h);
    }
    return b;
}

/* The longest first step along a curved boundary; sets the curvature before it, where that is known. */
INLINE vdouble begin_curve(traits k, const ssm_problem *p, schedule *s, vdouble h, int known,
                           const bridge_step *step, const step_boundary *b, first_step *first)
{
    vdouble parabola = step->edge_0 + 0.25 * (step->edge_1 - step->edge_0) + 0.75 * b->bend;
    vdouble off = edge_of(k, p, s, s->tau + 0.25 * h) - parabola, skew = off * (-1.0 / 0.375);
    if (known) {
        first->curvature = b->curvature - skew / (SKEW * h * h);
        s->curvature = first->curvature;
        s->before = h;
    }
    return longest_first(k, p, s, first->reach, h, step->edge_1 - step->edge_0, b->bend, off);
}

/* Clears *fits where the curves, or a leak, bend too much over a step; returns the length wanted next. */
INLINE vdouble length_by_curves(traits k, const schedule *s, vdouble h, vdouble end, int curved,
                                const bridge_step *step, vdouble low, vdouble rest, vdouble longest,
                                const first_step *first, vint *fits)
{
    /* The skew of a boundary is known less well than that of a drift, least so at first. */
    double doubt = !curved ? 1.0 : first ? 4.0 : 3.0;
    vdouble edge = vmin(step->edge_0, step->edge_1);
    deviations d = {vabs(step->bend_edge) + vabs(step->bend_mean),
                    doubt * vabs(step->skew_edge) + vabs(step->skew_mean), rest};
    vint fit = *fits;
    vdouble wanted = vmin(choose(*fits, splat(INFINITY), 0.75 * h),
                          length_by_bend(s->noise, h, edge, d, &fit));
    if (first && curved && !k.two_parts && !k.jumps)
        fit |= *fits & is_free(step, low, first->reach);
    *fits = first || !curved ? fit : fit | (s->tau == s->begin);
    if (first && curved) {
        *fits &= h <= 1.01 * longest;
        wanted = vmin(wanted, longest);
    }
    if (curved)
        wanted = vmin(wanted, choose(*fits, MOST_GROWTH * (end - s->begin), splat(INFINITY)));
    return choose(*fits, vmax(wanted, 0.5 * h), wanted);
}

/* Try the next step of a schedule.  Where the curves bend too much over it, it is to be tried
 * again, shorter; else the schedule moves to its end.  Returns where it has moved.
 *
 * The first step is searched for beforehand, and then taken as found, with first == 0. */
INLINE vint next_step(traits k, const ssm_problem *p, schedule *s, bridge_step *step,
                      first_step *first)
{
    const int curved = !k.straight && !is_linear(p), bends = !curves_are_lines(k, p) || k.leaks;
    const int known = p->boundary.kind != SSM_BOUNDARY_TABLE;
    vdouble h = s->length, limit = next_limit(p, s->limit, s->tau), longest = splat(INFINITY);
    vdouble end = choose(h < limit - s->tau, s->tau + h, limit);
    step->tau = s->tau;
    step->length = h;
    step_boundary b = boundary_of_step(k, p, s, h, end, curved, step);
    if (first && curved)
        longest = begin_curve(k, p, s, h, known, step, &b, first);

    rates r = rates_of(k, p, s, h, 0), r_2 = r;
    if (k.two_parts) {
        r_2 = rates_of(k, p, s, h, 1);
        set_two_parts(s, step, r, r_2);
    } else {
        set_one_part(k, s, step, r);
    }
    if (bends)
        set_skews(k, s, step, b.curvature, r, r_2);
    else
        step->skew_edge = step->skew_mean = splat(0.0);

    vdouble edge = vmin(step->edge_0, step->edge_1);
    vint fits = (s->noise * s->noise * h <= 1.7 * LONGEST_REACH * LONGEST_REACH * edge * edge) &
                (step->edge_1 >= 0.25 * step->edge_0);
    if (bends && !k.straight && p->drift.kind != SSM_DRIFT_CONSTANT)
        fits &= vabs(step->shift) + vabs(step->shift_2) <= 1.5 * LONGEST_DRIFT * step->edge_0;
    vdouble wanted = choose(fits, splat(INFINITY), 0.5 * h);
    if (bends) {
        vdouble rest = k.two_parts ? rest_of(r, h) + rest_of(r_2, h) : rest_of(r, h);
        wanted = length_by_curves(k, s, h, end, curved, step, b.low, rest, longest, first, &fits);
    }
    vint shortest = h <= SHORTEST_STEP * (1.0 + s->tau);
    fits |= shortest;
    wanted = choose(shortest, vmax(wanted, 2.0 * h), wanted);
    s->tau = choose(fits, end, s->tau);
    s->edge = choose(fits, step->edge_1, s->edge);
    if (curved && known) {
        s->curvature = choose(fits, b.curvature, s->curvature);
        s->before = choose(fits, h, s->before);
    }
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
    s->length = step_length(k, p, s, wanted, (step->edge_0 - step->edge_1) / h);
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
    s->length = choose(moved, step_length(k, p, s, splat(INFINITY), splat(0.0)), s->length);
}

/* Shorten the next step until it fits, before the time of the next jump is drawn: if a step were shortened
 * after that, because no jump came in it, waiting times would be drawn twice and come out biased. */
INLINE void fit_length(traits k, const ssm_problem *p, unsigned lanes, schedule *s)
{
    if (k.straight && !k.leaks)
        return;
    for (;;) {
        schedule tried = *s;
        bridge_step step;
        vint fits = next_step(k, p, &tried, &step, 0);
        if ((~mask_bits(fits) & lanes) == 0)
            return;
        s->length = choose(fits, s->length, tried.length);
    }
}

/* ---- the beginning -------------------------------------------------------------------------- */

/* About the longest first step that fits a Weibull boundary, which begins as
 * a (1 - (tau / beta)^alpha): the length at which its bend and skew are as large as allowed or, if that is
 * longer, during which no path from a start reaches it. */
static inline vdouble weibull_first_length(const schedule *s, vdouble reach)
{
    const double doubt = 4.0, part = 0.85, far_enough = 6.0;
    vdouble alpha = s->boundary[1], log_beta = -vlog(s->boundary[2]);
    vdouble half = vexp(alpha * -0x1.62e42fefa39efp-1), bend = vabs(half - 0.5);
    vdouble skew = bend * vabs(half - 0.25) * (doubt / 0.375);
    vdouble most = vmax(bend * (1.0 / MAX_BEND), skew * (1.0 / MAX_SKEW));
    vdouble allowed = part * s->noise / positive(s->edge * most);
    vdouble by_bend = vexp((vlog(positive(allowed)) + alpha * log_beta) /
                           vmax(alpha - 0.5, splat(0.02)));
    vdouble room = positive(0.5 * (s->edge - reach)), root = room / positive(far_enough * s->noise);
    vdouble by_room = vexp(log_beta + vlog(positive(room / positive(s->edge))) / alpha);
    return vmax(by_bend, vmin(root * root, by_room));
}

/* Put a schedule, whose curves and rates are set, to its beginning, where the boundary is `edge`;
 * starts are up to `reach` from the middle. */
static inline void start_schedule(const ssm_problem *p, vdouble edge, vdouble reach, schedule *s)
{
    const int most_tries = 64;
    const traits k = traits_of(p);
    vdouble zero = splat(0.0), tau = s->tau;
    s->begin = tau;
    s->before = s->curvature = zero;
    s->rate = drift_at(p->drift.kind, &p->drift.table, s->drift, tau, tau);
    if (k.jumps)
        resplit(k, p, s);
    s->edge = k.jumps ? edge_of(k, p, s, tau) : edge;
    s->rate_2 = has_two_columns(p)
                    ? second_drift_at(p->drift.kind, &p->drift.table, s->drift, tau, tau)
                    : zero;
    s->onset = p->boundary.kind == SSM_BOUNDARY_WEIBULL ? weibull_onset(s->boundary) : zero;
    s->length = step_length(k, p, s, splat(INFINITY), zero);
    if (curves_are_lines(k, p) && !k.leaks)
        return;
    vint wait = ~(vint){0};
    first_step first = {reach, zero};
    if (curves_are_lines(k, p)) {
        /* Bends by a leak are 1/8 h^2 leak (leak boundary + drift), about. */
        vdouble rate = vabs(k.straight ? s->drift[0] : s->rate) + vabs(s->rate_2);
        vdouble leak = vmax(vabs(s->leak), vabs(s->leak_2)), pull = leak * (leak * s->edge + rate);
        vdouble ratio = 8.0 * MAX_BEND * s->noise / vmax(pull, splat(1e-100));
        s->length = vmin(s->length, vexp(2.0 / 3 * vlog(positive(ratio))));
        return;
    }
    if (p->boundary.kind == SSM_BOUNDARY_WEIBULL && !k.leaks)
        s->length = vmin(s->length, weibull_first_length(s, reach));
    /* Between lines, the first estimate of the drift is enough. */
    int curved = !k.straight && !is_linear(p), tries = curved ? most_tries : 1;
    for (int n = 0; n < tries && mask_bits(wait); n++) {
        schedule tried = *s;
        bridge_step step;
        vint fits = next_step(k, p, &tried, &step, &first), found = wait & fits;
        s->curvature = choose(found, first.curvature, s->curvature);
        s->before = choose(found, s->length, s->before);
        s->length = choose(wait & ~fits, tried.length, s->length);
        wait &= ~fits;
    }
}

/* Parameters of a trial that are not those of its curves. */
typedef struct {
    vdouble noise, leak, leak_2, stability, limit, start, drift_sd, halfwidth, onset;
    vuint stream;
} trial_rates;

/* Begin a schedule with the parameters of its curves, and its own; returns the boundary there. */
static inline vdouble set_schedule(const ssm_problem *p, const vdouble *boundary,
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
    vdouble edge = boundary_at(p->boundary.kind, &p->boundary.table, s->boundary, own.onset);
    if (plays(p, SSM_STABILITY)) {
        vdouble way = 2.0 * edge * vmin(own.start, 1.0 - own.start);
        set_levy(own.stability, own.noise, way, &s->jumps);
    }
    vdouble halfwidth = own.halfwidth;
    if (p->start_is_relative)
        halfwidth = 2.0 * edge * halfwidth;
    vdouble place = p->start_is_absolute ? own.start : edge * (2.0 * own.start - 1.0);
    start_schedule(p, edge, vabs(place) + halfwidth, s);
    return edge;
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
                       .halfwidth = splat(column_of(p, SSM_START_HALFWIDTH).data[0]),
                       .onset = splat(onset_of(p).data[0]),
                       .stream = none + stream};
    set_schedule(p, boundary, drift, own, s);
}

/* ---- a schedule as numbers ------------------------------------------------------------------- */

static inline void save_schedule(const schedule *s, double *state)
{
    const vdouble *numbers = (const vdouble *)s;
    for (unsigned i = 0; i < sizeof(schedule) / sizeof(vdouble); i++)
        state[i] = numbers[i][0];
}

static inline void restore_schedule(const double *state, schedule *s)
{
    vdouble *numbers = (vdouble *)s;
    for (unsigned i = 0; i < sizeof(schedule) / sizeof(vdouble); i++)
        numbers[i] = splat(state[i]);
}

/* List the numbers that are in use, first those that steps do not change, *n_fixed of them; returns
 * how many there are in all. */
static inline int used_rows(const ssm_problem *p, int *rows, int *n_fixed)
{
    int n = 0;
#define ROW(field) (int)(offsetof(schedule, field) / sizeof(vdouble))
#define LIST(first, count)                                   \
    for (int row = (first); row < (first) + (count); row++) \
    rows[n++] = row
    const int entries = (int)(sizeof(schedule) / sizeof(vdouble));
    const int gaze = p->drift.kind == SSM_DRIFT_GAZE, jumps = plays(p, SSM_STABILITY);
    LIST(ROW(boundary), p->boundary.row->n_parameters);
    LIST(ROW(drift), gaze ? 0 : drift_coefficients(p->drift.kind));
    LIST(ROW(noise), jumps ? 0 : 1);
    LIST(ROW(limit), 1);
    if (plays(p, SSM_LEAK))
        LIST(ROW(leak), 2);
    if (may_differ(column_of(p, SSM_DRIFT_SD), 0.0))
        LIST(ROW(spread), 1);
    if (p->boundary.kind == SSM_BOUNDARY_WEIBULL)
        LIST(ROW(onset), 1);
    *n_fixed = n;
    LIST(ROW(drift), gaze ? drift_coefficients(p->drift.kind) : 0);
    LIST(ROW(noise), jumps ? 1 : 0);
    LIST(ROW(tau), ROW(rate_2) + 1 - ROW(tau));
    if (!is_linear(p))
        LIST(ROW(curvature), 3);
    if (jumps)
        LIST(ROW(jumps), entries - ROW(jumps));
#undef LIST
#undef ROW
    return n;
}

#endif
