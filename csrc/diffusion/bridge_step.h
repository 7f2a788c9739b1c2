/* One step of samples: where they move to, and whether they touch a boundary on the way.
 *
 * Over a step the end point is drawn from its exact law (but for the integral of a changing drift,
 * by Simpson's rule).  Given both ends, bridge_touch.h says how likely the process has touched a
 * boundary.
 */
#ifndef SSM_BRIDGE_STEP_H
#define SSM_BRIDGE_STEP_H

#include "diffusion/bridge_touch.h"
#include "diffusion/schedule.h"

/* Draws of a sample: parameters that vary over trials, then the steps; from the last number down,
 * the proposals of a time of exit.  Two steps of a process of one part share a draw.  Of jumps
 * or two parts each step has two, the second of which is the jump. */
enum { START_DRAW = 0, DRIFT_DRAW = 1, FIRST_STEP_DRAW = 2 };

/* Whether steps share their draws; by how much a step raises the number of its draw. */
INLINE int shares_draws(traits k) { return !k.two_parts && !k.jumps; }
INLINE uint32_t draws_of_a_step(traits k) { return shares_draws(k) ? 1 : 2; }

/* The random numbers of a step: two normals, for each of two parts or each of two steps; uniforms. */
typedef struct {
    vdouble normal, normal_2, uniform, uniform_2;
} chance;

/* That of the step, or pair of steps, of that even number. */
INLINE chance draw_chance(uint64_t key, uint32_t purpose, vuint draw, vuint stream)
{
    vblock bits = philox(key, purpose, draw, stream);
    chance c;
    c.normal = two_normals(bits.word[0], bits.word[1], &c.normal_2);
    c.uniform = uniform(bits.word[2]);
    c.uniform_2 = uniform(bits.word[3]);
    return c;
}

/* That of the second of a pair, where `odd`. */
INLINE chance second_chance(chance c, vint odd)
{
    c.normal = choose(odd, c.normal_2, c.normal);
    c.uniform = choose(odd, c.uniform_2, c.uniform);
    return c;
}

/* Where samples are: at x; with two parts, at origin + x + x_2. */
typedef struct {
    vdouble x, x_2, origin;
    vdouble offset; /* of the sample's drift from that of its trial */
} particles;

/* The outcome of a step for samples. */
typedef struct {
    vdouble x; /* where they are at its end */
    distances upper, lower;
    vint touched, touched_upper; /* a boundary; the upper one, and that first */
    vint jumped_out;             /* at the end */
} moved;

/* From the probabilities of touching each side to those of touching it before the other one. */
INLINE void touch_first(int bends, const moved *m, vdouble *upper, vdouble *lower)
{
    const double hardly_ever = 4.0; /* exp(-2 4) of all bridges touch both sides */
    vdouble of_lower = way_back(m->upper, m->lower), of_upper = way_back(m->lower, m->upper);
    vdouble to_upper = vmax(m->upper.at_0 * m->upper.at_1, splat(0.0));
    vdouble to_lower = vmax(m->lower.at_0 * m->lower.at_1, splat(0.0));
    vint may = vmin(m->lower.at_0 * of_lower + to_upper, m->upper.at_0 * of_upper + to_lower) <
               hardly_ever;
    if (mask_bits(may)) {
        vdouble first_upper =
            vmin(*upper, splat(1.0)) * touched_first(bends, m->lower, of_lower);
        vdouble first_lower =
            vmin(*lower, splat(1.0)) * touched_first(bends, m->upper, of_upper);
        *upper = choose(may, first_upper, *upper);
        *lower = choose(may, first_lower, *lower);
    }
}

/* Draw the end of a step of one part; from where to where, and the bend of the mean motion. */
INLINE vdouble move_one_part(traits k, particles *at, const bridge_step *s, vdouble z,
                             vdouble *bend)
{
    vdouble shift = s->shift, x_0 = at->x;
    if (k.drift_varies) {
        shift = shift + at->offset * s->gain;
        *bend = *bend + at->offset * s->bend_gain;
    }
    at->x = x_0 * s->decay + shift + s->sd * z;
    return at->x;
}

/* The same of two parts, which share the first normal draw. */
INLINE vdouble move_two_parts(particles *at, const bridge_step *s, vdouble z, vdouble z_2,
                              vdouble *bend)
{
    vdouble x_0 = at->x, y_0 = at->x_2;
    at->x = x_0 * s->decay + s->shift + s->sd * z;
    at->x_2 = y_0 * s->decay_2 + s->shift_2 + (s->sd_shared * z + s->sd_2 * z_2);
    *bend = *bend - s->pull * (x_0 + at->x) - s->pull_2 * (y_0 + at->x_2) -
            s->pull_origin * at->origin;
    return at->origin + (at->x + at->x_2);
}

/* Move samples over a step. */
INLINE moved move(traits k, particles *at, const bridge_step *s, chance c)
{
    vdouble x_0 = at->x, bend = s->bend_mean;
    moved m;
    if (k.two_parts) {
        x_0 = at->origin + (at->x + at->x_2);
        m.x = move_two_parts(at, s, c.normal, c.normal_2, &bend);
    } else {
        m.x = move_one_part(k, at, s, c.normal, &bend);
    }
    m.upper = (distances){(s->edge_0 - x_0) * s->scale, (s->edge_1 - m.x) * s->scale,
                          (s->bend_edge - bend) * s->scale,
                          (s->skew_edge - s->skew_mean) * s->scale};
    m.lower = (distances){(s->edge_0 + x_0) * s->scale, (s->edge_1 + m.x) * s->scale,
                          (s->bend_edge + bend) * s->scale,
                          (s->skew_edge + s->skew_mean) * s->scale};
    vpair p = touch_probabilities(bends_in(k), m.upper, m.lower);
    vdouble p_upper = p.half[0], p_lower = p.half[1];
    touch_first(bends_in(k), &m, &p_upper, &p_lower);
    /* A sample that ends beyond a side has touched it, after the other one if it touched both. */
    vint upper = (c.uniform < p_upper) | (m.upper.at_1 <= 0.0);
    vint lower = (1.0 - c.uniform < p_lower) | (m.lower.at_1 <= 0.0);
    m.touched = upper | lower;
    m.touched_upper = upper & ~(lower & (m.upper.at_1 < m.lower.at_1));
    m.jumped_out = (vint){0};
    return m;
}

/* Let the next step end with the next jump, if that comes before its end. */
INLINE vint shorten_to_jump(schedule *s, uint64_t key, uint32_t purpose, vuint draw, vuint stream,
                            vdouble *jump)
{
    vdouble wait = next_jump(&s->jumps, philox(key, purpose, draw + 1, stream), jump);
    vint jumps = wait <= s->length;
    s->length = vmin(s->length, wait);
    return jumps;
}

/* Let those samples jump that have come to the end of their step. */
INLINE void jump_at_end(particles *at, moved *m, const bridge_step *s, vint jumps, vdouble jump)
{
    jumps &= ~m->touched;
    at->x = at->x + choose(jumps, jump, splat(0.0));
    m->x = at->x;
    m->jumped_out = jumps & (vabs(m->x) >= s->edge_1);
}

/* Where samples start, given the boundary at time 0. */
INLINE vdouble start_of(const ssm_problem *p, vdouble edge, vdouble start, vdouble halfwidth,
                        uint64_t key, vuint stream)
{
    const vuint none = {0};
    vdouble place = p->start_is_absolute ? start : edge * (2.0 * start - 1.0);
    if (!may_differ(column_of(p, SSM_START_HALFWIDTH), 0.0))
        return place;
    vblock bits = philox(key, of_particle(STREAM_PROCESS, p->particle), none + START_DRAW, stream);
    vdouble shift = halfwidth * (2.0 * uniform(bits.word[2]) - 1.0);
    return place + (p->start_is_relative ? shift * (2.0 * edge) : shift);
}

/* How far the drifts of samples are from those of their trials. */
INLINE vdouble drift_offset_of(const ssm_problem *p, vdouble sd, uint64_t key, vuint stream)
{
    const vuint none = {0};
    if (!may_differ(column_of(p, SSM_DRIFT_SD), 0.0))
        return splat(0.0);
    vblock bits = philox(key, of_particle(STREAM_PROCESS, p->particle), none + DRIFT_DRAW, stream);
    return sd * normal(bits.word[0], bits.word[1]);
}

#endif
