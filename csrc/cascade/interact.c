/* Levels that interact: while the high level is undecided, its position modulates the low level.
 *
 * With p = (x_h + b) / (2 b), let q be p for the low level of branch 1 and 1 - p for that of branch
 * 0.  The drift of a low level is its own times (A + B q), its noise `noise` times (C + D q), and it
 * leaks:
 *
 *     trade-off     A = C = (1 - d) / (2 - d),  B = D = d / (2 - d)
 *     modulated     A = 0,  B = 1 - d,  C = early_noise,  D = 0
 *     multinoise    A = 0,  B = 1 - d,  C = 0,  D = 1
 *
 * where d is `withheld`.  After the high level's decision it is a plain diffusion.
 *
 * The high level takes bridge steps; over each, p follows a bridge that does not touch the boundary
 * before its end, whose mean and mean square are known.  Given these the low level is Gaussian, and touches
 * boundaries with the probability of a bridge.  Only one low level counts in the end: both take the
 * same draws.  A vector of samples takes steps together; where one has ended, the next one of the
 * block takes its place.  Compiled once for each instruction set; see simd.h.
 */
#include "cascade/interact_step.h"
#include "core/results.h"

static void begin_block(const ssm_problem *p, const ssm_problem *high, int64_t begin, int count,
                        interact_block *b)
{
    const uint64_t key = stream_key(p->seed);
    double location[STAGE_BLOCK], scale[STAGE_BLOCK], limit[STAGE_BLOCK];
    int64_t trial = begin % p->n_trials;
    number_samples(p, b->stream, begin, count);
    gather(location, column_of(p, SSM_NDT_LOCATION), trial, p->n_trials, count);
    gather(scale, column_of(p, SSM_NDT_SCALE), trial, p->n_trials, count);
    gather(limit, column_of(p, SSM_DEADLINE), trial, p->n_trials, count);
    draw_ndt(p->ndt_kind, key, b->stream, location, scale, count, b->ndt);
    for (int i = 0; i < count; i++)
        limit[i] = time_limit(p, limit[i], b->ndt[i]);
    for (int i = 0; i < count; i += SSM_LANES) {
        lanes l;
        begin_lanes(p, high, begin, i, load(limit + i), &l);
        for (int row = 0; row < INTERACT_ROWS; row++)
            store(b->beginning[row] + i, ((vdouble *)&l)[row]);
    }
}

/* ---- blocks --------------------------------------------------------------------------------- */

/* Write the result of a sample. */
static void end_sample(const lanes *l, int lane, double time, double side, uint64_t key, int i,
                       interact_block *b)
{
    const vuint none = {0};
    if (side == 0.0) { /* a coin, as fair_coin() throws it */
        vblock bits = philox(key, of_particle(STREAM_OMISSION, 0), none, none + b->stream[i]);
        side = uniform(bits.word[2])[0] < 0.5 ? -1.0 : 1.0;
    }
    const low_level *low = &l->low[side > 0.0];
    b->high_time[i] = time;
    b->high_side[i] = side;
    b->low_time[i] = low->time[lane];
    b->low_side[i] = low->side[lane];
    b->low_x[i] = low->x[lane];
}

static double sign_of(double x) { return (x > 0.0) - (x < 0.0); }

/* Samples that decide at once, or have no time to, are done; returns whether sample i is. */
static int ends_at_once(const lanes *l, int lane, uint64_t key, int i, interact_block *b)
{
    double x = l->x[lane], edge = l->s.edge[lane];
    if (l->s.limit[lane] <= 0.0)
        end_sample(l, lane, INFINITY, sign_of(x), key, i, b);
    else if (fabs(x) >= edge)
        end_sample(l, lane, 0.0, x < 0.0 ? -1.0 : 1.0, key, i, b);
    else
        return 0;
    return 1;
}

/* Let the next sample of the block that has steps to take be in a lane; -1 if there is none. */
static int fill_lane(lanes *l, int lane, int next, int count, uint64_t key, int32_t *index,
                     interact_block *b)
{
    for (index[lane] = -1; next < count && index[lane] < 0; next++) {
        for (int row = 0; row < INTERACT_ROWS; row++)
            ((vdouble *)l)[row][lane] = b->beginning[row][next];
        if (!ends_at_once(l, lane, key, next, b))
            index[lane] = next;
    }
    return next;
}

INLINE void walk(traits k, const ssm_problem *high, uint64_t key, int count, interact_block *b)
{
    lanes l;
    int32_t index[SSM_LANES];
    vuint draw = {0}, stream = {0};
    int next = 0, walking = 0;
    for (int row = 0; row < INTERACT_ROWS; row++) /* lanes that are never filled take steps too */
        ((vdouble *)&l)[row] = splat(b->beginning[row][0]);
    for (int lane = 0; lane < SSM_LANES; lane++) {
        next = fill_lane(&l, lane, next, count, key, index, b);
        walking += index[lane] >= 0;
        stream[lane] = index[lane] >= 0 ? b->stream[index[lane]] : 0;
        draw[lane] = FIRST_STEP_DRAW;
    }
    while (walking > 0 && !ssm_cancelled(b->cancel)) {
        vint late, stepped;
        vdouble time, side;
        vint decided = take_step(k, high, &l, key, draw, stream, &late, &time, &side, &stepped);
        draw += (vuint)stepped & DRAWS_OF_A_STEP;
        for (unsigned left = mask_bits(decided | late); left; left &= left - 1) {
            int lane = __builtin_ctz(left);
            if (index[lane] < 0)
                continue;
            int ended = decided[lane] != 0;
            end_sample(&l, lane, ended ? time[lane] : INFINITY,
                       ended ? side[lane] : sign_of(l.x[lane]), key, index[lane], b);
            next = fill_lane(&l, lane, next, count, key, index, b);
            walking -= index[lane] < 0;
            stream[lane] = index[lane] >= 0 ? b->stream[index[lane]] : 0;
            draw[lane] = FIRST_STEP_DRAW;
        }
    }
}

void SSM_KERNEL(interact_draw)(const ssm_problem *p, const ssm_problem *high, int64_t begin,
                               int count, interact_block *b)
{
    begin_block(p, high, begin, padded(count), b);
    if (traits_of(high).straight)
        walk((traits){.straight = 1}, high, stream_key(p->seed), count, b);
    else
        walk((traits){0}, high, stream_key(p->seed), count, b);
}
