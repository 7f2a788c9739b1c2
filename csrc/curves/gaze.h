/* Drift that follows gaze, which goes to and fro between two items: see ssm_gaze.
 *
 * Coefficients c of the drift: the drift of this fixation, the drift of the next one, when the next one
 * begins, the number of this one, and the row of the schedule.
 */
#ifndef SSM_GAZE_H
#define SSM_GAZE_H

#include "curves/curves.h"

/* Draw 0 of a sample's gaze is its items and which it looks at first; draw i the duration of its
 * fixation i - 1. */
enum { GAZE_DRIFT = 0, GAZE_OTHER = 1, GAZE_NEXT = 2, GAZE_NUMBER = 3, GAZE_ROW = 4 };

/* Values of items that the caller did not give are whole numbers from 1 to MAX_DRAWN_VALUE. */
static const double MAX_DRAWN_VALUE = 5.0;

/* A duration drawn from the table of their logarithms. */
static inline vdouble fixation_duration(const ssm_gaze *g, uint64_t key, vuint draw, vuint stream)
{
    const double round_to_integer = 0x1.8p52, reach = SSM_GAZE_REACH;
    vblock bits = philox(key, STREAM_GAZE, draw, stream);
    vdouble z = vmax(vmin(normal(bits.word[0], bits.word[1]), splat(reach)), splat(-reach));
    vdouble place = (z + reach) * ((double)(g->n_durations - 1) / (2.0 * reach));
    vdouble point = ((place - 0.5) + round_to_integer) - round_to_integer, before, after;
    point = vmax(vmin(point, splat((double)(g->n_durations - 2))), splat(0.0));
    for (int lane = 0; lane < SSM_LANES; lane++) {
        before[lane] = g->log_durations[(int64_t)point[lane]];
        after[lane] = g->log_durations[(int64_t)point[lane] + 1];
    }
    return vexp(before + (place - point) * (after - before));
}

/* Whether schedules are followed from the beginning. */
static inline int has_schedule(const ssm_gaze *g)
{
    return g->onsets && g->continuation != SSM_GAZE_RESAMPLED;
}

/* When the fixation after fixation `number`, which began at `begin`, begins. */
static inline vdouble next_fixation(const ssm_gaze *g, uint64_t key, vuint stream, vdouble number,
                                    vdouble row, vdouble begin)
{
    vdouble given = splat(0.0);
    vint is_given = {0};
    for (int lane = 0; lane < SSM_LANES && has_schedule(g); lane++) {
        int64_t at = (int64_t)row[lane], next = (int64_t)number[lane] + 1;
        is_given[lane] = next < (int64_t)g->counts[at] ? -1 : 0;
        given[lane] = is_given[lane] ? g->onsets[at * g->n_columns + next] : INFINITY;
    }
    if (has_schedule(g) && (g->continuation == SSM_GAZE_HELD || mask_bits(~is_given) == 0))
        return given;
    vuint draw;
    for (int lane = 0; lane < SSM_LANES; lane++)
        draw[lane] = (uint64_t)number[lane] + 1;
    return choose(is_given, given, begin + fixation_duration(g, key, draw, stream));
}

/* Set the coefficients of a drift with parameters p (discount, gain, values of both items) at the
 * beginning. */
static inline void begin_gaze(const ssm_problem *problem, const vdouble *p, uint64_t key,
                              vuint stream, vdouble *c)
{
    const ssm_gaze *g = &problem->gaze;
    const vuint none = {0};
    vdouble value_1 = p[2], value_2 = p[3], row = splat(0.0), first = splat(0.0);
    vblock bits = philox(key, STREAM_GAZE, none, stream);
    for (int lane = 0; lane < SSM_LANES; lane++) {
        uint64_t sample = stream[lane] & UINT32_MAX, trial = stream[lane] >> 32;
        row[lane] = (double)(g->of_samples ? sample * (uint64_t)problem->n_trials + trial : trial);
        if (has_schedule(g))
            first[lane] = g->firsts[(int64_t)row[lane]];
    }
    if (!has_schedule(g))
        first = choose(uniform(bits.word[2]) < 0.5, splat(0.0), splat(1.0));
    if (!g->onsets) {
        const double round_to_integer = 0x1.8p52;
        vdouble u = uniform(bits.word[0]), v = uniform(bits.word[1]);
        value_1 = (MAX_DRAWN_VALUE * u + 0.5 + round_to_integer) - round_to_integer;
        value_2 = (MAX_DRAWN_VALUE * v + 0.5 + round_to_integer) - round_to_integer;
    }
    vdouble at_1 = p[1] * (value_1 - p[0] * value_2), at_2 = p[1] * (p[0] * value_1 - value_2);
    c[GAZE_DRIFT] = choose(first < 0.5, at_1, at_2);
    c[GAZE_OTHER] = choose(first < 0.5, at_2, at_1);
    c[GAZE_NUMBER] = splat(0.0);
    c[GAZE_ROW] = row;
    c[GAZE_NEXT] = next_fixation(g, key, stream, c[GAZE_NUMBER], row, splat(0.0));
}

/* Move gaze on where its next fixation begins by tau; returns where it has. */
static inline vint move_gaze(const ssm_gaze *g, uint64_t key, vuint stream, vdouble tau, vdouble *c)
{
    vint moves = tau >= c[GAZE_NEXT];
    if (mask_bits(moves) == 0)
        return moves;
    vdouble drift = c[GAZE_DRIFT], begin = c[GAZE_NEXT];
    vdouble number = c[GAZE_NUMBER] + choose(moves, splat(1.0), splat(0.0));
    c[GAZE_DRIFT] = choose(moves, c[GAZE_OTHER], drift);
    c[GAZE_OTHER] = choose(moves, drift, c[GAZE_OTHER]);
    c[GAZE_NUMBER] = number;
    vdouble next = next_fixation(g, key, stream, number, c[GAZE_ROW], begin);
    c[GAZE_NEXT] = choose(moves, next, begin);
    return moves;
}

#endif
