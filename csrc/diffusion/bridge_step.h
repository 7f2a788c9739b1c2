/* One step of samples: where they move to, and whether they touch a boundary on the way.
 *
 * Over a step the end point is drawn from its exact law (but for the integral of a changing drift,
 * by Simpson's rule).  Given both ends, the process has touched a line at distances d0 and d1 with
 * probability exp(-2 d0 d1 / variance) (Poetzelberger & Wang 2001); where a boundary bends against
 * the mean motion, to second order in the bend.
 */
#ifndef SSM_BRIDGE_STEP_H
#define SSM_BRIDGE_STEP_H

#include "curves/touch.h"
#include "diffusion/schedule.h"

/* Draws of a sample: what varies from trial to trial, then the steps; from the last number down,
 * the proposals of a time of exit.  The second draw of a step is the noise of a second part, or a
 * jump. */
enum { START_DRAW = 0, DRIFT_DRAW = 1, FIRST_STEP_DRAW = 2, DRAWS_OF_A_STEP = 2 };

/* Where samples are: at x; with two parts, at origin + x + x_2. */
typedef struct {
    vdouble x, x_2, origin;
    vdouble offset; /* of the sample's drift from that of its trial */
} particles;

/* What a step did to samples. */
typedef struct {
    vdouble x; /* where they are at its end */
    distances upper, lower;
    vint touched, touched_upper; /* a boundary; the upper one, and that first */
    vint jumped_out;             /* at the end */
} moved;

/* Draw the end of a step of one part; from where to where, and the bend of the mean motion. */
INLINE vdouble move_one_part(traits k, particles *at, const bridge_step *s, vblock bits,
                             vdouble *bend)
{
    vdouble shift = s->shift, x_0 = at->x;
    if (k.drift_varies) {
        shift = shift + at->offset * s->gain;
        *bend = *bend + at->offset * s->bend_gain;
    }
    at->x = x_0 * s->decay + shift + s->sd * normal(bits.word[0], bits.word[1]);
    return at->x;
}

/* The same of two parts, which share the first normal draw. */
INLINE vdouble move_two_parts(particles *at, const bridge_step *s, vblock bits, vblock more,
                              vdouble *bend)
{
    vdouble z = normal(bits.word[0], bits.word[1]), z_2 = normal(more.word[0], more.word[1]);
    vdouble x_0 = at->x, y_0 = at->x_2;
    at->x = x_0 * s->decay + s->shift + s->sd * z;
    at->x_2 = y_0 * s->decay_2 + s->shift_2 + (s->sd_shared * z + s->sd_2 * z_2);
    *bend = *bend - s->pull * (x_0 + at->x) - s->pull_2 * (y_0 + at->x_2) -
            s->pull_origin * at->origin;
    return at->origin + (at->x + at->x_2);
}

/* Move samples over a step, with the draws of number `draw`. */
INLINE moved move(traits k, particles *at, const bridge_step *s, uint64_t key, uint32_t purpose,
                  vuint draw, vuint stream)
{
    vblock bits = philox(key, purpose, draw, stream);
    vdouble x_0 = at->x, bend = s->bend_mean;
    moved m;
    if (k.two_parts) {
        vblock more = philox(key, purpose, draw + 1, stream);
        x_0 = at->origin + (at->x + at->x_2);
        m.x = move_two_parts(at, s, bits, more, &bend);
    } else {
        m.x = move_one_part(k, at, s, bits, &bend);
    }
    m.upper = (distances){(s->edge_0 - x_0) * s->scale, (s->edge_1 - m.x) * s->scale,
                          (s->bend_edge - bend) * s->scale};
    m.lower = (distances){(s->edge_0 + x_0) * s->scale, (s->edge_1 + m.x) * s->scale,
                          (s->bend_edge + bend) * s->scale};
    /* As steps are short, hardly any sample touches both sides, unless it ends beyond one: then it
     * was at the other one before. */
    vdouble u = uniform(bits.word[2]);
    vint upper = u < touch_probability(m.upper), lower = 1.0 - u < touch_probability(m.lower);
    m.touched = upper | lower;
    m.touched_upper = upper & ~(lower & (m.upper.at_1 < m.lower.at_1));
    m.jumped_out = (vint){0};
    return m;
}

/* Share of a step in time, from that on the clock of a leaky process (see schedule.h); `growth` is
 * twice leak times length. */
static inline vdouble share_in_time(vdouble share, vdouble growth)
{
    vint straight = vabs(growth) < 1e-6;
    vdouble safe = choose(straight, splat(1.0), growth);
    vdouble up = 1.0 + share * vexpm1(0.5 * safe), down = 1.0 + share * vexpm1(-0.5 * safe);
    return choose(straight, share, vlog(up / down) / safe);
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
