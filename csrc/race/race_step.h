/* One step of accumulators: how long it may be, where they move to, whether they touch the boundary.
 *
 * Without coupling, the end of a step is drawn from its exact law, at the floor too: with w the free
 * increment and m = min(0, lowest point of the free path), which is drawn given w (Asmussen, Glynn &
 * Pitman 1995), the reflected end is x + w + max(0, -(x + m)).  Steps are short enough that hardly
 * any path reaches both the floor and the boundary.
 *
 * With coupling, the free increment is exact, too (an Ornstein-Uhlenbeck process): differences
 * between accumulators decay at the rate leak - inhibition, their mean at leak + (n - 1) inhibition.
 * The push of the floor decays likewise, which changes the increments, and these the push.  A path
 * between the ends of a step bends by its decay, and by the pushes of others.
 */
#ifndef SSM_RACE_STEP_H
#define SSM_RACE_STEP_H

#include "diffusion/bridge_touch.h"
#include "diffusion/schedule.h"
#include "race/race.h"

/* Decay of its own push, in units of an even one's, that an accumulator feels; the share of a push
 * caused by pushes of others, which comes later than even; how much less an uneven push bends paths.
 * tools/push_of_floor.py derives them. */
static const double PUSH_SELF = 2.0, PUSH_TWICE = 2.0 / 3, PUSH_UNEVEN = 1.314;

/* The kind of race, as far as a kernel that is compiled for it knows. */
typedef struct {
    int n;                       /* accumulators */
    int floor, coupled, straight; /* straight: the boundary is linear */
} race_traits;

static inline race_traits race_traits_of(const ssm_problem *p)
{
    return (race_traits){p->n_particles, has_floor(p), is_coupled(p), is_linear(p)};
}

/* A trial's boundary and rates, and where its next step begins. */
typedef struct {
    vdouble tau, length, edge; /* edge: the boundary at tau */
    vdouble curvature, before; /* of the boundary over the step before, and its length, or 0 */
    vdouble limit, most_noise, least_noise, most_drift, leak, inhibition;
    vdouble onset; /* of a boundary that is a power of time: when it begins to bend */
    vdouble boundary[CURVE_COEFFICIENTS];
} race_schedule;

/* Accumulators of a sample. */
typedef struct {
    vdouble x[SSM_MAX_PARTICLES], drift[SSM_MAX_PARTICLES], noise[SSM_MAX_PARTICLES];
} accumulators;

typedef struct {
    vdouble tau, length;
    vdouble edge_0, edge_1; /* the boundary at both ends */
    vdouble bend_edge;      /* boundary above its chord in the middle of the step */
    vdouble skew_edge;      /* its rest beside a parabola: see diffusion/step.h */
} race_step;

INLINE vdouble race_edge(race_traits k, const ssm_problem *p, const race_schedule *s, vdouble tau)
{
    return k.straight ? s->boundary[0] - s->boundary[1] * tau
                      : boundary_at(p->boundary.kind, &p->boundary.table, s->boundary, tau);
}

/* Rates at which differences between accumulators, and their mean, decay. */
typedef struct {
    vdouble differences, mean;
} decay_rates;

INLINE decay_rates decay_rates_of(race_traits k, const race_schedule *s)
{
    vdouble differences = s->leak - s->inhibition;
    return (decay_rates){differences, differences + s->inhibition * (double)k.n};
}

/* A step that begins at s->tau and is not longer than `wanted`. */
INLINE vdouble race_length(race_traits k, const ssm_problem *p, const race_schedule *s,
                           vdouble wanted)
{
    vdouble h = wanted, edge = vmax(s->edge, splat(0.0));
    if (k.floor) {
        /* The root of a step whose noise carries as far as it may, as seen from the boundary at its
         * beginning or, where it is known how fast that falls, at its end. */
        vdouble speed = vmax(s->most_noise * (1.0 / RACE_REACH), splat(1e-150));
        vdouble root = edge / speed;
        if (k.straight) {
            vdouble falling = vmax(s->boundary[1], splat(0.0));
            root = 2.0 * edge / (speed + vsqrt(speed * speed + 4.0 * edge * falling));
        }
        h = vmin(h, root * root);
        h = vmin(h, RACE_DRIFT * edge / vmax(s->most_drift, splat(1e-100)));
    }
    if (k.coupled) {
        decay_rates r = decay_rates_of(k, s);
        vdouble most = vmax(r.differences, r.mean), least = vmin(r.differences, r.mean);
        h = vmin(h, RACE_DECAY / vmax(most, splat(1e-100)));
        h = vmin(h, RACE_GROWTH / vmax(-least, splat(1e-100)));
        /* pushes of the floor then grow in the others */
        vdouble shorter = vmin(h, RACE_EXCITED / vmax(most, -least));
        h = choose(r.mean < 0.0, shorter, h);
    }
    if (!k.straight)
        h = vmin(h, boundary_span(p->boundary.kind, &p->boundary.table, s->boundary, s->tau,
                                  s->onset));
    h = vmax(h, SHORTEST_STEP * (1.0 + s->tau));
    return vmin(h, next_limit(p, s->limit, s->tau) - s->tau);
}

/* Find how much the boundary bends and skews over a step, how long the next is to be, and whether
 * it bends and falls little enough. */
INLINE vdouble race_length_by_bend(race_traits k, const ssm_problem *p, race_schedule *s,
                                   race_step *step, vint *fits)
{
    vdouble h = step->length, edge = vmin(step->edge_0, step->edge_1);
    step->bend_edge =
        race_edge(k, p, s, s->tau + 0.5 * h) - 0.5 * (step->edge_0 + step->edge_1);
    vdouble curvature = splat(0.0);
    if (p->boundary.kind != SSM_BOUNDARY_TABLE) { /* a table is interpolated: bends jump there */
        curvature = step->bend_edge / (-0.125 * h * h);
        vdouble change = (curvature - s->curvature) / (0.5 * (h + s->before));
        step->skew_edge = SKEW * change * (h * h) * h;
        vint first = s->before == 0.0;
        if (mask_bits(first)) {
            vdouble parabola = step->edge_0 + 0.25 * (step->edge_1 - step->edge_0) +
                               0.75 * step->bend_edge;
            vdouble there = race_edge(k, p, s, s->tau + 0.25 * h);
            step->skew_edge =
                choose(first, (there - parabola) * (-1.0 / 0.375), step->skew_edge);
        }
    }
    if (k.floor)
        *fits &= (s->most_noise * vsqrt(h) <= 1.3 * RACE_REACH * edge) &
                 (step->edge_1 >= 0.25 * step->edge_0);
    const double doubt = 3.0; /* of a skew that is known from the step before */
    deviations d = {vabs(step->bend_edge), doubt * vabs(step->skew_edge), splat(0.0)};
    vint bends = *fits;
    vdouble wanted = length_by_bend(s->least_noise, h, edge, d, &bends);
    wanted = vmin(choose(*fits, splat(INFINITY), 0.5 * h), wanted);
    *fits = bends;
    s->curvature = choose(bends, curvature, s->curvature);
    s->before = choose(bends, h, s->before);
    return wanted;
}

/* The drifts of coupled accumulators, and their sum. */
INLINE vdouble find_rates(race_traits k, const race_schedule *s, const vdouble *drift,
                          const vdouble *x, vdouble *rate)
{
    vdouble sum = splat(0.0), total = sum, own = s->leak - s->inhibition;
    for (int i = 0; i < k.n; i++)
        sum = sum + x[i];
    for (int i = 0; i < k.n; i++) {
        rate[i] = drift[i] - own * x[i] - s->inhibition * sum;
        total = total + rate[i];
    }
    return total;
}

/* A step over which hardly any coupled accumulator reaches the boundary or, if that is longer, one
 * over which evidence decays little. */
INLINE vdouble race_length_by_distance(race_traits k, const race_schedule *s,
                                       const accumulators *a)
{
    vdouble rate[SSM_MAX_PARTICLES], highest = a->x[0], toward = splat(0.0);
    find_rates(k, s, a->drift, a->x, rate);
    for (int i = 0; i < k.n; i++) {
        highest = vmax(highest, a->x[i]);
        toward = vmax(toward, rate[i]);
    }
    if (k.straight)
        toward = toward + vmax(s->boundary[1], splat(0.0));
    vdouble distance = vmax(s->edge - highest, splat(0.0));
    vdouble speed = vmax(s->most_noise * (1.0 / RACE_FAR), splat(1e-150));
    vdouble root = 2.0 * distance / (speed + vsqrt(speed * speed + 4.0 * distance * toward));
    decay_rates r = decay_rates_of(k, s);
    return vmax(root * root, RACE_NEAR / vmax(vmax(r.differences, r.mean), splat(1e-100)));
}

/* Try the next step.  Where the boundary bends too much over it, it is to be tried again, shorter;
 * else the schedule moves to its end.  Returns where it has moved. */
INLINE vint race_next_step(race_traits k, const ssm_problem *p, race_schedule *s,
                           const accumulators *a, race_step *step)
{
    vdouble h = s->length;
    if (k.coupled)
        h = vmin(h, race_length_by_distance(k, s, a));
    vdouble limit = next_limit(p, s->limit, s->tau);
    vdouble end = choose(h < limit - s->tau, s->tau + h, limit);
    vdouble wanted = splat(INFINITY);
    vint fits = ~(vint){0};
    *step = (race_step){.tau = s->tau, .length = h, .edge_0 = s->edge,
                        .edge_1 = race_edge(k, p, s, end)};
    if (!k.straight) {
        wanted = race_length_by_bend(k, p, s, step, &fits);
        vint shortest = h <= SHORTEST_STEP * (1.0 + s->tau);
        fits |= shortest;
        wanted = choose(shortest, vmax(wanted, 2.0 * h), wanted);
    }
    s->tau = choose(fits, end, s->tau);
    s->edge = choose(fits, step->edge_1, s->edge);
    s->length = race_length(k, p, s, wanted);
    return fits;
}

/* End of a step from x with the free increment w; `spread` is -2 variance log(uniform). */
INLINE vdouble reflected(race_traits k, vdouble x, vdouble w, vdouble spread)
{
    if (!k.floor)
        return x + w;
    vdouble lowest = 0.5 * (w - vsqrt(w * w + spread));
    return vmax(x + w, w - lowest);
}

/* (1 - exp(-y)) / y for the y of a step, which is at most RACE_DECAY. */
INLINE vdouble mean_of_decay(vdouble y)
{
    static const double c[] = {1.0 / 362880, -1.0 / 40320, 1.0 / 5040, -1.0 / 720,
                               1.0 / 120,    -1.0 / 24,    1.0 / 6,    -1.0 / 2, 1.0};
    vdouble sum = splat(-1.0 / 3628800);
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        sum = sum * y + c[i];
    return sum;
}

/* Factors of decay in a step: of differences between accumulators and of their sum. */
typedef struct {
    vdouble mean, mean_of_sum; /* of a drift, or push, over the step */
    vdouble sd, sd_of_sum;     /* of noise */
    vdouble bend, bend_of_sum; /* how far a path with a mean drift is above its chord */
} step_decay;

INLINE step_decay step_decay_of(race_traits k, const race_schedule *s, vdouble h)
{
    const double bend_2 = 1.0 / 8, bend_4 = -5.0 / 384; /* of 1 - 1 / cosh(y / 2) */
    const double share = 1.0 / (double)k.n;
    decay_rates r = decay_rates_of(k, s);
    vdouble y = r.differences * h, y_sum = r.mean * h;
    vdouble mean = mean_of_decay(y), mean_sum = mean_of_decay(y_sum);
    vdouble sd = vsqrt(mean * (1.0 - 0.5 * (y * mean)));
    vdouble sd_sum = vsqrt(mean_sum * (1.0 - 0.5 * (y_sum * mean_sum)));
    vdouble bend = h * y * (bend_2 + bend_4 * (y * y));
    vdouble bend_sum = h * y_sum * (bend_2 + bend_4 * (y_sum * y_sum));
    return (step_decay){mean, share * (mean_sum - mean), sd, share * (sd_sum - sd),
                        bend, share * (bend_sum - bend)};
}

/* How far the floor pushes an accumulator over a step, and in units of an even push: how much of it
 * others feel by the end, and in the middle, above their chord. */
typedef struct {
    vdouble size, felt, bent;
} floor_push;

/* Of a step from x to x_1 with the free increment w.  Given the lowest point of the free path, the
 * time at which that is reached is on average depth / (depth + rise) of the step, and the times at
 * which depths are first reached grow evenly up to it: others feel (x_1 + size / 2) / (depth + rise)
 * of the push, on average. */
INLINE floor_push push_of(vdouble x, vdouble x_1, vdouble w)
{
    vdouble size = x_1 - (x + w);
    vdouble skew = (x_1 - x) / vmax(x + x_1 + size, splat(1e-200));
    vdouble bent = 0.25 * size * (1.0 - PUSH_UNEVEN * (skew * skew));
    return (floor_push){size, size * (1.0 + skew), bent};
}

/* Let the floor push coupled accumulators, whose free increments without pushes are `w`, to x_1; find
 * how far that bends paths.  Pushes are those of the free path, then those that others cause too. */
INLINE void push_coupled(race_traits k, const accumulators *a, step_decay c, vdouble *w,
                         const vdouble *spread, vdouble *x_1, vdouble *bend)
{
    const vdouble own = PUSH_SELF * (c.mean - 1.0 + c.mean_of_sum), others = c.mean_of_sum;
    vdouble felt[SSM_MAX_PARTICLES], free[SSM_MAX_PARTICLES], all = splat(0.0), bent = all;
    for (int i = 0; i < k.n; i++) {
        floor_push push = push_of(a->x[i], x_1[i], w[i]);
        felt[i] = push.felt;
        all = all + felt[i];
        w[i] = w[i] + own * push.size;
    }
    for (int i = 0; i < k.n; i++) {
        free[i] = w[i] + others * (all - felt[i]);
        x_1[i] = reflected(k, a->x[i], free[i], spread[i]);
    }
    all = splat(0.0);
    for (int i = 0; i < k.n; i++) {
        floor_push push = push_of(a->x[i], x_1[i], free[i]);
        felt[i] = felt[i] + PUSH_TWICE * (push.felt - felt[i]);
        bend[i] = push.bent;
        all = all + felt[i];
        bent = bent + bend[i];
    }
    for (int i = 0; i < k.n; i++) {
        x_1[i] = reflected(k, a->x[i], w[i] + others * (all - felt[i]), spread[i]);
        bend[i] = others * (bend[i] - bent);
    }
}

/* Move coupled accumulators: from noise in `w` to free increments, from x to x_1, which are
 * reflected; find how far paths bend. */
INLINE void move_coupled(race_traits k, const accumulators *a, const race_schedule *s, vdouble h,
                         vdouble *w, const vdouble *spread, vdouble *x_1, vdouble *bend)
{
    step_decay c = step_decay_of(k, s, h);
    vdouble rate[SSM_MAX_PARTICLES], rate_1[SSM_MAX_PARTICLES];
    vdouble noise = splat(0.0);
    vdouble pace = find_rates(k, s, a->drift, a->x, rate);
    for (int i = 0; i < k.n; i++)
        noise = noise + w[i];
    vdouble shared = c.mean_of_sum * (h * pace) + c.sd_of_sum * noise;
    for (int i = 0; i < k.n; i++) {
        bend[i] = splat(0.0);
        w[i] = c.mean * (h * rate[i]) + c.sd * w[i] + shared;
        x_1[i] = reflected(k, a->x[i], w[i], spread[i]);
    }
    if (k.floor)
        push_coupled(k, a, c, w, spread, x_1, bend);
    pace = pace + find_rates(k, s, a->drift, x_1, rate_1);
    for (int i = 0; i < k.n; i++)
        bend[i] = bend[i] + 0.5 * (c.bend * (rate[i] + rate_1[i]) + c.bend_of_sum * pace);
}

/* Move accumulators over a step, with the draws of number `draw`; find distances from the boundary
 * and which touch it. */
INLINE void race_move(race_traits k, accumulators *a, const race_schedule *s,
                      const race_step *step, uint64_t key, vuint draw, vuint stream, distances *d,
                      vint *touched)
{
    vdouble h = step->length, root = vsqrt(h);
    vdouble w[SSM_MAX_PARTICLES], spread[SSM_MAX_PARTICLES], u[SSM_MAX_PARTICLES];
    vdouble x_1[SSM_MAX_PARTICLES], bend[SSM_MAX_PARTICLES];
    for (int i = 0; i < k.n; i++) {
        vblock bits = philox(key, of_particle(STREAM_PROCESS, i), draw, stream);
        vdouble sd = a->noise[i] * root;
        w[i] = sd * normal(bits.word[0], bits.word[1]);
        if (k.floor)
            spread[i] = -2.0 * (sd * sd) * vlog(uniform(bits.word[2]));
        u[i] = uniform(bits.word[3]);
    }
    if (k.coupled)
        move_coupled(k, a, s, h, w, spread, x_1, bend);
    else
        for (int i = 0; i < k.n; i++)
            x_1[i] = reflected(k, a->x[i], a->drift[i] * h + w[i], spread[i]);
    for (int i = 0; i < k.n; i++) {
        vdouble bend_edge = k.coupled ? step->bend_edge - bend[i] : step->bend_edge;
        vdouble scale = 1.0 / vmax(a->noise[i] * root, splat(1e-100));
        d[i] = (distances){(step->edge_0 - a->x[i]) * scale, (step->edge_1 - x_1[i]) * scale,
                           bend_edge * scale, step->skew_edge * scale};
    }
    for (int i = 0; i < k.n; i += 2) {
        int next = i + 1 < k.n ? i + 1 : i;
        vpair chance = touch_probabilities(k.coupled || !k.straight, d[i], d[next]);
        touched[i] = u[i] < chance.half[0];
        touched[next] = u[next] < chance.half[1];
    }
    for (int i = 0; i < k.n; i++)
        a->x[i] = x_1[i];
}

/* ---- without steps --------------------------------------------------------------------------- */

/* Time at which an accumulator passes a linear boundary, as seen from which it drifts: infinite if it
 * never does; at or above the boundary, minus how far.  `bits` are the draws of one block. */
INLINE vdouble race_passage(vdouble distance, vdouble drift, vdouble noise, vblock bits)
{
    const vdouble never = splat(INFINITY);
    vint moves = noise > 0.0;
    vdouble unit = choose(moves, noise, splat(1.0)), w = distance / unit, speed = drift / unit;
    vdouble passing = vexp(vmin(2.0 * speed * w, splat(0.0)));
    vint passes = uniform(bits.word[3]) < passing;
    vdouble time = passage_time(w, vabs(speed), normal_squared(bits.word[0], bits.word[1]),
                                uniform(bits.word[2]));
    time = choose(passes, time, never);
    time = choose(moves, time, choose(drift > 0.0, distance / drift, never));
    return choose(distance > 0.0, time, distance);
}

/* ---- the beginning -------------------------------------------------------------------------- */

/* Begin a schedule whose boundary, leak, inhibition and limit are set. */
INLINE void race_start_schedule(race_traits k, const ssm_problem *p, const accumulators *a,
                                race_schedule *s)
{
    s->tau = s->curvature = s->before = splat(0.0);
    s->edge = race_edge(k, p, s, s->tau);
    s->most_noise = s->least_noise = a->noise[0];
    s->most_drift = splat(0.0);
    for (int i = 0; i < k.n; i++) {
        s->most_noise = vmax(s->most_noise, a->noise[i]);
        s->least_noise = vmin(s->least_noise, a->noise[i]);
        s->most_drift = vmax(s->most_drift, vabs(a->drift[i]));
    }
    s->onset = p->boundary.kind == SSM_BOUNDARY_WEIBULL ? weibull_onset(s->boundary) : splat(0.0);
    s->length = race_length(k, p, s, splat(INFINITY));
}

/* Whether it is known that no accumulator will reach the boundary: each is below one that leaks, is
 * not inhibited and, where others excite, is excited by some that are at the boundary. */
INLINE vint race_is_over(race_traits k, const ssm_problem *p, const race_schedule *s,
                         const accumulators *a)
{
    vdouble edge = vmin(s->edge, race_edge(k, p, s, s->limit));
    vdouble excitation = vmax(-s->inhibition, splat(0.0)) * (double)(k.n - 1);
    vint over = (s->leak > 0.0) & (s->edge > 0.0);
    vdouble leak = choose(over, s->leak, splat(1.0)), input = excitation * s->edge;
    for (int i = 0; i < k.n; i++)
        over &= stays_below(a->x[i], (vmax(a->drift[i], splat(0.0)) + input) / leak, leak,
                            a->noise[i], edge);
    return over;
}

/* Number of the largest accumulator; of equal ones, the first. */
INLINE vdouble largest(race_traits k, const vdouble *x)
{
    vdouble most = x[0], number = splat(0.0);
    for (int i = 1; i < k.n; i++) {
        number = choose(x[i] > most, splat((double)i), number);
        most = vmax(x[i], most);
    }
    return number;
}

#endif
