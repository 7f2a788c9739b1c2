/* One step of levels that interact: see interact.c. */
#ifndef SSM_INTERACT_STEP_H
#define SSM_INTERACT_STEP_H

#include "cascade/cascade.h"
#include "diffusion/bridge_step.h"

/* The low level of a branch: its drift, position, and time and side of exit if it has left. */
typedef struct {
    vdouble drift, x, time, side;
} low_level;

/* Samples on their way. */
typedef struct {
    schedule s;
    vdouble x;         /* the high level */
    vdouble a, b, c, d; /* A, B, C, D */
    vdouble leak;
    low_level low[2];
} lanes;

enum { DRAWS_OF_A_STEP = 2 }; /* a step, and the times at which it ends */

_Static_assert(sizeof(lanes) == INTERACT_ROWS * sizeof(vdouble), "numbers of a sample");

/* ---- the beginning -------------------------------------------------------------------------- */

static inline vdouble of_samples(ssm_column column, const ssm_problem *p, int64_t begin, int i)
{
    double values[SSM_LANES];
    gather(values, column, (begin + i) % p->n_trials, p->n_trials, SSM_LANES);
    return load(values);
}

static inline void set_weights(const ssm_problem *p, int64_t begin, int i, lanes *l)
{
    vdouble d = of_samples(column_of(p, SSM_WITHHELD), p, begin, i);
    vdouble early = of_samples(column_of(p, SSM_EARLY_NOISE), p, begin, i);
    const vdouble zero = splat(0.0), one = splat(1.0);
    int trade = p->variant == CASCADE_TRADEOFF, multi = p->variant == CASCADE_MULTINOISE;
    vdouble share = 1.0 / (2.0 - d);
    l->a = trade ? (1.0 - d) * share : zero;
    l->b = trade ? d * share : 1.0 - d;
    l->c = trade ? l->a : multi ? zero : early;
    l->d = trade ? l->b : multi ? one : zero;
    l->leak = plays(p, SSM_LEAK) ? of_samples(column_of(p, SSM_LEAK), p, begin, i) : zero;
}

/* Shorten the next step so that the low level does not miss what the high one does, nor the boundary
 * bends while drift carries a low level, which has not left, toward it. */
INLINE void cap_length(const ssm_problem *p, lanes *l)
{
    vdouble edge = vmax(l->s.edge, splat(0.0));
    vdouble root = INTERACT_REACH * edge / vmax(l->s.noise, splat(1e-100));
    vdouble most = vmin(root * root, INTERACT_DECAY / vmax(vabs(l->leak), splat(1e-9)));
    if (!is_linear(p)) {
        vdouble drift = splat(0.0);
        for (int branch = 0; branch < 2; branch++) {
            const low_level *low = &l->low[branch];
            drift = choose(low->time == INFINITY, vmax(drift, vabs(low->drift)), drift);
        }
        most = vmin(most, INTERACT_DRIFT * edge / vmax(drift * (l->a + l->b), splat(1e-100)));
    }
    most = vmax(most, SHORTEST_STEP * (1.0 + l->s.tau));
    l->s.length = vmin(l->s.length, most);
}

static inline void begin_lanes(const ssm_problem *p, const ssm_problem *high, int64_t begin, int i,
                        vdouble limit, lanes *l)
{
    vdouble boundary[SSM_CURVE_PARAMETERS] = {{0}}, drift[SSM_CURVE_PARAMETERS] = {{0}};
    for (int j = 0; j < p->boundary.row->n_parameters; j++)
        boundary[j] = of_samples(p->boundary.parameters[j], p, begin, i);
    drift[0] = of_samples(p->column[SSM_DRIFT][0], p, begin, i);
    const vdouble zero = splat(0.0);
    vdouble start = of_samples(p->column[SSM_START][0], p, begin, i);
    trial_rates own = {.noise = of_samples(column_of(p, SSM_NOISE), p, begin, i), .leak = zero,
                       .leak_2 = zero, .stability = splat(2.0), .limit = limit, .start = start,
                       .drift_sd = zero, .onset = zero};
    set_schedule(high, boundary, drift, own, &l->s);
    set_weights(p, begin, i, l);
    l->x = l->s.edge * (2.0 * start - 1.0);
    for (int branch = 0; branch < 2; branch++) {
        low_level *low = &l->low[branch];
        low->drift = of_samples(p->column[SSM_DRIFT][1 + branch], p, begin, i);
        vdouble place = of_samples(p->column[SSM_START][1 + branch], p, begin, i);
        low->x = l->s.edge * (2.0 * place - 1.0);
        vint outside = vabs(low->x) >= l->s.edge;
        low->time = choose(outside, zero, splat(INFINITY));
        low->side = choose(low->x < 0.0, splat(-1.0), splat(1.0));
    }
    cap_length(p, l);
}

/* ---- a step --------------------------------------------------------------------------------- */

/* The step of the high level: its beginning and length (seconds), and p and the boundary at its ends; p in the
 * middle has a mean and a variance. */
typedef struct {
    vdouble tau, length, p_0, p_middle, p_1, variance, edge_0, edge_1, bend_edge;
} high_step;

INLINE vdouble p_at(vdouble x, vdouble edge) { return 0.5 + 0.5 * x / vmax(edge, splat(1e-200)); }

/* Mean size of a normal number of mean x >= 0 and standard deviation 1/2; its slope. */
INLINE vdouble mean_size(vdouble x, vdouble *slope)
{
    const double inverse_sqrt_two_pi = 0x1.9884533d43651p-2;
    *slope = 1.0 - 2.0 * normal_tail(2.0 * x);
    return x * *slope + inverse_sqrt_two_pi * vexp(-2.0 * x * x);
}

/* Mean and variance, in the middle of a bridge of unit variance, of its distance from a boundary at
 * which it does not arrive before the end, where the distance is at_1, which may be 0.  Paths that
 * touch are taken out by reflection; where few are left, the limit is a Bessel bridge. */
INLINE vdouble middle_of_step(vdouble at_0, vdouble at_1, vdouble *variance)
{
    vdouble half = 0.5 * (at_0 + at_1), apart = 0.5 * vabs(at_0 - at_1), product = at_0 * at_1;
    vint few = product < 1e-4;
    vdouble touch = vexp(-2.0 * product), left = choose(few, splat(1.0), 1.0 - touch);
    vdouble slope, none, size = mean_size(half, &slope);
    vdouble mean = choose(few, size + slope / (4.0 * half),
                          (size - touch * mean_size(apart, &none)) / left);
    vdouble square = 0.25 + choose(few, 0.5 + half * half,
                                   (half * half - touch * apart * apart) / left);
    *variance = vmax(square - mean * mean, splat(0.0));
    return mean;
}

/* Share of a step after which bridges first touch, on the clock on which they are Brownian. */
INLINE vdouble touch_share(distances d, vblock bits)
{
    vdouble r = passage_time(vmax(d.at_0, splat(0.0)), vabs(d.at_1),
                             normal_squared(bits.word[0], bits.word[1]), uniform(bits.word[2]));
    return choose(r < 1e300, r / (1.0 + r), splat(1.0));
}

INLINE distances choose_distances(vint upper, distances a, distances b)
{
    return (distances){choose(upper, a.at_0, b.at_0), choose(upper, a.at_1, b.at_1),
                       choose(upper, a.bend, b.bend), choose(upper, a.skew, b.skew)};
}

/* Where random numbers of a step come from: draw `draw`, and the next one if a boundary is touched. */
typedef struct {
    uint64_t key;
    uint32_t purpose;
    vuint draw, stream;
} step_draws;

INLINE vblock step_bits(step_draws from, uint32_t next)
{
    return philox(from.key, from.purpose, from.draw + next, from.stream);
}

/* Move the low level of a branch along with the high one, where it has not left and `moves`. */
INLINE void move_low(lanes *l, int branch, const high_step *h, vblock bits, step_draws from,
                     vint moves)
{
    low_level *low = &l->low[branch];
    vdouble q_0 = branch ? h->p_0 : 1.0 - h->p_0, q_1 = branch ? h->p_1 : 1.0 - h->p_1;
    vdouble q = branch ? h->p_middle : 1.0 - h->p_middle, time = h->length, noise = l->s.noise;
    vdouble weight_0 = l->c + l->d * q_0, weight = l->c + l->d * q, weight_1 = l->c + l->d * q_1;
    vdouble rate_0 = low->drift * (l->a + l->b * q_0), rate_1 = low->drift * (l->a + l->b * q_1);
    vdouble rate = (rate_0 + 4.0 * low->drift * (l->a + l->b * q) + rate_1) * (1.0 / 6);

    /* Means over the step by Simpson's rule; the variance of a bridge's mean is a third of that of
     * its middle. */
    vdouble square = (weight_0 * weight_0 + weight_1 * weight_1 +
                      4.0 * (weight * weight + l->d * l->d * h->variance)) * (1.0 / 6);
    vdouble root = vexp(-0.5 * l->leak * time), decay = root * root;
    vdouble gain = decayed_time(l->leak, time);
    vdouble variance = noise * noise * square * gain * (0.5 + 0.5 * decay);
    vdouble wander = low->drift * l->b * gain;
    vdouble sd = vsqrt(variance + wander * wander * h->variance * (1.0 / 3));

    vdouble x_0 = low->x;
    vdouble x_1 = x_0 * decay + rate * gain + sd * normal(bits.word[0], bits.word[1]);
    vdouble scale = root / vmax(vsqrt(variance), splat(1e-100));
    vdouble bend = 0.125 * time * ((rate_0 - rate_1) + l->leak * time * rate);
    vdouble bend_edge = h->bend_edge + 0.5 * clock_bend(l->leak, time) * (h->edge_0 + h->edge_1);
    distances up = {(h->edge_0 - x_0) * scale, (h->edge_1 - x_1) * scale,
                    (bend_edge - bend) * scale, splat(0.0)};
    distances down = {(h->edge_0 + x_0) * scale, (h->edge_1 + x_1) * scale,
                      (bend_edge + bend) * scale, splat(0.0)};
    vdouble u = uniform(bits.word[2]);
    vpair p = touch_probabilities(1, up, down);
    vint upper = u < p.half[0], lower = 1.0 - u < p.half[1];
    vint inside = moves & (low->time == INFINITY), touched = inside & (upper | lower);
    low->x = choose(inside, x_1, x_0);
    if (mask_bits(touched) == 0)
        return;
    upper &= ~(lower & (up.at_1 < down.at_1));
    vdouble share = touch_share(choose_distances(upper, up, down), step_bits(from, 1));
    vdouble exit_time = h->tau + time * share_in_time(share, 2.0 * l->leak * time);
    low->time = choose(touched, exit_time, low->time);
    low->side = choose(touched, choose(upper, splat(1.0), splat(-1.0)), low->side);
}

/* Take a step; returns which samples have ended it decided, and which at their limit. */
INLINE vint take_step(traits k, const ssm_problem *high, lanes *l, uint64_t key, vuint draw,
                      vuint stream, vint *late, vdouble *time, vdouble *side, vint *moved_on)
{
    const step_draws of_high = {key, of_particle(STREAM_PROCESS, 0), draw, stream};
    const step_draws of_low = {key, of_particle(STREAM_PROCESS, 1), draw, stream};
    bridge_step step;
    vdouble limit = l->s.limit;
    vint stepped = next_step(k, high, &l->s, &step, 0);
    cap_length(high, l);
    particles at = {.x = l->x};
    vblock own = step_bits(of_high, 0);
    chance c = {.normal = normal(own.word[0], own.word[1]), .uniform = uniform(own.word[2])};
    moved m = move(k, &at, &step, c);
    vint touched = m.touched & stepped;
    vdouble share = splat(1.0);
    if (mask_bits(touched) != 0) {
        distances d = choose_distances(m.touched_upper, m.upper, m.lower);
        share = choose(touched, touch_share(d, step_bits(of_high, 1)), share);
    }

    high_step h = {.tau = step.tau, .length = step.length * share, .edge_0 = step.edge_0};
    h.edge_1 = step.edge_0 + share * (step.edge_1 - step.edge_0);
    h.bend_edge = step.bend_edge * (share * share);
    vdouble end = choose(m.touched_upper, h.edge_1, -h.edge_1), one = splat(1.0);
    end = choose(touched, end, m.x);
    h.p_0 = p_at(l->x, h.edge_0);
    h.p_1 = vmax(vmin(p_at(end, h.edge_1), one), splat(0.0));

    /* Of a path that does not touch, the boundary matters to which it comes closer. */
    vint upper = (touched & m.touched_upper) |
                 (~touched & (m.upper.at_0 * m.upper.at_1 < m.lower.at_0 * m.lower.at_1));
    distances near = choose_distances(upper, m.upper, m.lower);
    vdouble root = vsqrt(vmax(share, splat(1e-12)));
    vdouble at_0 = vmax(near.at_0, splat(1e-6)) / root;
    vdouble at_1 = choose(touched, splat(0.0), vmax(near.at_1, splat(0.0))), variance;
    vdouble further = middle_of_step(at_0, at_1, &variance) - 0.5 * (at_0 + at_1);
    vdouble unit = l->s.noise * vsqrt(h.length);
    vdouble edge = vmax(0.5 * (h.edge_0 + h.edge_1) + h.bend_edge, splat(1e-200));
    vdouble middle = 0.5 * (l->x + end) + choose(upper, -further, further) * unit;
    h.p_middle = vmax(vmin(p_at(middle, edge), one), splat(0.0));
    h.variance = variance * (unit * unit) / (4.0 * edge * edge);

    vblock bits = step_bits(of_low, 0);
    for (int branch = 0; branch < 2; branch++)
        move_low(l, branch, &h, bits, of_low, stepped);
    *time = step.tau + h.length;
    /* Without noise, boundaries may meet at a sample that never left the middle. */
    vint meet = (m.upper.at_0 == m.lower.at_0) & (m.upper.at_1 == m.lower.at_1);
    *side = choose(meet, splat(0.0), choose(m.touched_upper, one, -one));
    *late = stepped & ~touched & (step.length >= limit - step.tau);
    *moved_on = stepped;
    l->x = choose(stepped, end, l->x);
    return touched;
}

#endif
