/* Diffusion between moving boundaries, by steps of its bridges: see bridge_step.h.
 *
 * Where a sample has touched a boundary, the time is that of a Brownian bridge: an inverse Gaussian
 * on another clock, corrected for the bend of the boundary by rejection.  Steps are those of
 * schedule.h, so long that few are needed.
 *
 * Samples go through in blocks: all that are left take a step in each round, and leave the block
 * when they exit.  Compiled once for each instruction set; see simd.h.
 */
#include "diffusion/bridge.h"

#include <stddef.h>

#include "core/results.h"
#include "diffusion/bridge_schedule.h"
#include "diffusion/bridge_stay.h"
#include "diffusion/bridge_step.h"

/* The samples that are still on their way, entry i being one of them. */
typedef struct {
    int count;
    int32_t index[BRIDGE_BLOCK];
    uint64_t stream[BRIDGE_BLOCK];
    double x[BRIDGE_BLOCK], offset[BRIDGE_BLOCK];
    double x_2[BRIDGE_BLOCK], origin[BRIDGE_BLOCK]; /* of two parts: the second; what stays */
    double normal[BRIDGE_BLOCK], uniform[BRIDGE_BLOCK]; /* of the second of two steps */
    /* where each has a schedule of its own: */
    uint64_t draw[BRIDGE_BLOCK];
    int n_rows, n_fixed; /* entries of `state` that are in use, and that steps do not change */
    int rows[BRIDGE_STATE];
    double state[BRIDGE_STATE][BRIDGE_BLOCK + 8]; /* rows of a power of 2 would share cache lines */
} walkers;

/* The samples that have touched a boundary, and the step in which they did. */
typedef struct {
    int count;
    int32_t index[BRIDGE_BLOCK];
    uint64_t stream[BRIDGE_BLOCK];
    double at_0[BRIDGE_BLOCK], at_1[BRIDGE_BLOCK]; /* distances from it */
    double bend[BRIDGE_BLOCK], skew[BRIDGE_BLOCK];
    double other_0[BRIDGE_BLOCK], other_1[BRIDGE_BLOCK], other_bend[BRIDGE_BLOCK]; /* the other */
    double tau[BRIDGE_BLOCK], length[BRIDGE_BLOCK];
    double growth[BRIDGE_BLOCK]; /* twice leak times length */
} touches;

/* ---- leaving the block ---------------------------------------------------------------------- */

static void record_touch(touches *t, const walkers *w, int entry, const moved *m,
                         const bridge_step *s, vdouble growth, int lane, bridge_block *b)
{
    int n = t->count++, upper = m->touched_upper[lane] != 0;
    const distances *d = upper ? &m->upper : &m->lower, *other = upper ? &m->lower : &m->upper;
    t->index[n] = w->index[entry];
    t->stream[n] = w->stream[entry];
    /* Without noise, boundaries may meet at a sample that never left the middle. */
    int meet = m->upper.at_0[lane] == m->lower.at_0[lane] &&
               m->upper.at_1[lane] == m->lower.at_1[lane];
    b->side[w->index[entry]] = meet ? 0.0 : upper ? 1.0 : -1.0;
    t->at_0[n] = d->at_0[lane];
    t->at_1[n] = d->at_1[lane];
    t->bend[n] = d->bend[lane];
    t->skew[n] = d->skew[lane];
    t->other_0[n] = other->at_0[lane];
    t->other_1[n] = other->at_1[lane];
    t->other_bend[n] = other->bend[lane];
    t->tau[n] = s->tau[lane];
    t->length[n] = s->length[lane];
    t->growth[n] = growth[lane];
}

/* Note what happened to the samples at entry i; list the entries that leave. */
INLINE int note_moves(const moved *m, const bridge_step *s, vdouble growth, vint stepped,
                      vint at_limit, int i, walkers *w, touches *t, bridge_block *b,
                      int32_t *leaving, int n_leaving)
{
    int lanes = w->count - i < SSM_LANES ? w->count - i : SSM_LANES;
    unsigned here = (1u << lanes) - 1;
    unsigned touched = mask_bits(m->touched & stepped) & here;
    unsigned jumped = mask_bits(m->jumped_out) & here;
    unsigned late = mask_bits(at_limit & stepped) & here;
    for (unsigned left = touched | jumped | late; left; left &= left - 1) {
        int lane = __builtin_ctz(left);
        if (touched >> lane & 1) {
            record_touch(t, w, i + lane, m, s, growth, lane, b);
        } else {
            double x = m->x[lane];
            int32_t index = w->index[i + lane];
            b->exit_time[index] =
                jumped >> lane & 1 ? s->tau[lane] + s->length[lane] : INFINITY;
            b->side[index] = (x > 0.0) - (x < 0.0);
        }
        leaving[n_leaving++] = i + lane;
    }
    return n_leaving;
}

/* Take entries, listed in rising order, out of the block; the last ones move to their places. */
INLINE void remove_walkers(traits k, walkers *w, const int32_t *leaving, int n_leaving,
                           int own_schedules)
{
    while (n_leaving > 0) {
        int to = leaving[--n_leaving], from = --w->count;
        w->index[to] = w->index[from];
        w->stream[to] = w->stream[from];
        w->x[to] = w->x[from];
        if (k.drift_varies)
            w->offset[to] = w->offset[from];
        if (shares_draws(k)) {
            w->normal[to] = w->normal[from];
            w->uniform[to] = w->uniform[from];
        }
        if (k.two_parts) {
            w->x_2[to] = w->x_2[from];
            w->origin[to] = w->origin[from];
        }
        if (!own_schedules)
            continue;
        w->draw[to] = w->draw[from];
        for (int row = 0; row < w->n_rows; row++)
            w->state[w->rows[row]][to] = w->state[w->rows[row]][from];
    }
}

/* Move the entry of a sample that waits for another proposal. */
INLINE void keep_touch(traits k, touches *t, int to, int from)
{
    t->index[to] = t->index[from];
    t->stream[to] = t->stream[from];
    t->at_0[to] = t->at_0[from];
    t->at_1[to] = t->at_1[from];
    t->other_0[to] = t->other_0[from];
    t->other_1[to] = t->other_1[from];
    t->tau[to] = t->tau[from];
    t->length[to] = t->length[from];
    if (bends_in(k)) {
        t->bend[to] = t->bend[from];
        t->skew[to] = t->skew[from];
        t->other_bend[to] = t->other_bend[from];
    }
    if (k.leaks)
        t->growth[to] = t->growth[from];
}

/* Propose times at which samples touched, for those entries that are left; number n. */
INLINE int propose_exits(traits k, touches *t, uint64_t key, uint32_t purpose, uint32_t n,
                         bridge_block *b)
{
    const double hardly_ever = 5.0; /* exp(-2 5) of all paths have touched the other side before */
    const vuint none = {0};
    int waiting = 0;
    for (int i = 0; i < t->count; i += SSM_LANES) {
        int lanes = t->count - i < SSM_LANES ? t->count - i : SSM_LANES;
        distances d = {load(t->at_0 + i), load(t->at_1 + i), load(t->bend + i),
                       load(t->skew + i)};
        distances other = {load(t->other_0 + i), load(t->other_1 + i), load(t->other_bend + i),
                           splat(0.0)};
        vdouble narrowest = vmin(d.at_0 + other.at_0, d.at_1 + other.at_1);
        vint both = other.at_0 * narrowest < hardly_ever;
        vblock bits = philox(key, purpose, none + (EXIT_DRAW - n), load_bits(t->stream + i));
        vdouble share = propose_share(d, bits), accept = splat(1.0);
        if (bends_in(k))
            accept = accept_bent(d, share);
        if (mask_bits(both) != 0)
            accept = choose(both, accept * before_other(d, other, share), accept);
        unsigned all = (1u << lanes) - 1, done = mask_bits(uniform(bits.word[3]) < accept);
        done = n == LAST_PROPOSAL ? all : done & all;
        if (k.leaks)
            share = share_in_time(share, load(t->growth + i));
        vdouble time = load(t->tau + i) + load(t->length + i) * share;
        for (unsigned left = done; left; left &= left - 1) {
            int lane = __builtin_ctz(left);
            b->exit_time[t->index[i + lane]] = time[lane];
        }
        for (unsigned left = all & ~done; left; left &= left - 1)
            keep_touch(k, t, waiting++, i + __builtin_ctz(left));
    }
    return waiting;
}

/* Draw the times at which samples touched. */
INLINE void draw_exits(traits k, touches *t, uint64_t key, uint32_t purpose, bridge_block *b)
{
    for (uint32_t n = 0; t->count > 0; n++)
        t->count = propose_exits(k, t, key, purpose, n, b);
}

/* ---- rounds --------------------------------------------------------------------------------- */

INLINE particles load_particles(traits k, const walkers *w, int i)
{
    const vdouble zero = splat(0.0);
    return (particles){load(w->x + i), k.two_parts ? load(w->x_2 + i) : zero,
                       k.two_parts ? load(w->origin + i) : zero,
                       k.drift_varies ? load(w->offset + i) : zero};
}

INLINE void store_particles(traits k, walkers *w, int i, const particles *at)
{
    store(w->x + i, at->x);
    if (k.two_parts)
        store(w->x_2 + i, at->x_2);
}

/* What is random in the step of number `draw` of the samples from entry i on; what the first of two
 * steps leaves to the second is kept. */
INLINE chance chance_of(traits k, walkers *w, int i, uint64_t key, uint32_t purpose, vuint draw,
                        vuint stream)
{
    const unsigned lanes = w->count - i < SSM_LANES ? (1u << (w->count - i)) - 1
                                                    : (1u << SSM_LANES) - 1;
    if (!shares_draws(k))
        return draw_chance(key, purpose, draw, stream);
    vint odd = (vint)((draw & 1) != 0);
    if ((~mask_bits(odd) & lanes) == 0)
        return (chance){.normal = load(w->normal + i), .uniform = load(w->uniform + i)};
    chance c = draw_chance(key, purpose, draw & ~UINT64_C(1), stream);
    store(w->normal + i, c.normal_2);
    store(w->uniform + i, c.uniform_2);
    return second_chance(c, odd);
}

/* Twice the leak times the length of a step; of two parts, the mean leak. */
INLINE vdouble growth_over(traits k, vdouble leak, vdouble leak_2, const bridge_step *s)
{
    return k.leaks ? (leak + (k.two_parts ? leak_2 : leak)) * s->length : splat(0.0);
}

/* Rounds of samples that all take the steps of the call, as many as there is room for. */
INLINE void walk_together(traits k, const ssm_problem *p, uint64_t key, bridge_steps *steps,
                          walkers *w, touches *t, bridge_block *b)
{
    const vuint none = {0};
    const uint32_t purpose = of_particle(STREAM_PROCESS, p->particle);
    int32_t leaving[BRIDGE_BLOCK];
    const vdouble leak = splat(column_of(p, SSM_LEAK).data[0]);
    const vdouble leak_2 = splat(column_of(p, SSM_LEAK_2).data[0]);
    double limit = steps->state[offsetof(schedule, limit) / sizeof(vdouble)];
    for (int n = 0; w->count > 0 && n < BRIDGE_STEPS && !ssm_cancelled(b->cancel); n++) {
        if (n == steps->n_steps)
            find_step(p, steps);
        bridge_step step;
        for (int i = 0; i < STEP_NUMBERS; i++)
            ((vdouble *)&step)[i] = splat(steps->step[n][i]);
        vdouble growth = growth_over(k, leak, leak_2, &step);
        vint last = step.length >= limit - step.tau;
        int n_leaving = 0;
        for (int i = 0; i < w->count; i += SSM_LANES) {
            uint32_t draw = FIRST_STEP_DRAW + (uint32_t)n * draws_of_a_step(k);
            particles at = load_particles(k, w, i);
            vuint stream = load_bits(w->stream + i);
            moved m = move(k, &at, &step, chance_of(k, w, i, key, purpose, none + draw, stream));
            store_particles(k, w, i, &at);
            n_leaving = note_moves(&m, &step, growth, ~(vint)none, last, i, w, t, b, leaving,
                                   n_leaving);
        }
        remove_walkers(k, w, leaving, n_leaving, 0);
    }
}

/* Every so many steps, after those that may be common, it is asked whether a sample may respond. */
enum { STEPS_BETWEEN_LOOKS = 32, FIRST_LOOK = FIRST_STEP_DRAW + 2 * BRIDGE_STEPS };

/* Rounds of samples that each have a schedule of their own. */
INLINE void walk_alone(traits k, const ssm_problem *p, uint64_t key, walkers *w, touches *t,
                       bridge_block *b)
{
    const uint32_t purpose = of_particle(STREAM_PROCESS, p->particle);
    int32_t leaving[BRIDGE_BLOCK];
    schedule s = {.tau = {0}};
    bridge_step step = {.tau = {0}};
    while (w->count > 0 && !ssm_cancelled(b->cancel)) {
        int n_leaving = 0;
        for (int i = 0; i < w->count; i += SSM_LANES) {
            for (int row = 0; row < w->n_rows; row++)
                ((vdouble *)&s)[w->rows[row]] = load(w->state[w->rows[row]] + i);
            vuint draw = load_bits(w->draw + i), stream = load_bits(w->stream + i);
            vdouble jump = splat(0.0);
            vint jumps = {0};
            if (!k.straight && p->drift.kind == SSM_DRIFT_GAZE)
                follow_gaze(k, p, key, stream, &s);
            if (k.jumps) {
                unsigned left = w->count - i < SSM_LANES ? (unsigned)(w->count - i) : SSM_LANES;
                fit_length(k, p, (1u << left) - 1, &s);
                jumps = shorten_to_jump(&s, key, purpose, draw, stream, &jump);
            }
            vint stepped = next_step(k, p, &s, &step, 0);
            particles at = load_particles(k, w, i), before = at;
            moved m = move(k, &at, &step, chance_of(k, w, i, key, purpose, draw, stream));
            if (k.jumps)
                jump_at_end(&at, &m, &step, jumps & stepped, jump);
            /* A sample whose step did not fit has not moved. */
            at.x = choose(stepped, at.x, before.x);
            at.x_2 = choose(stepped, at.x_2, before.x_2);
            store_particles(k, w, i, &at);
            draw += (vuint)stepped & draws_of_a_step(k);
            *(vuint_u *)(w->draw + i) = draw;
            for (int row = w->n_fixed; row < w->n_rows; row++)
                store(w->state[w->rows[row]] + i, ((vdouble *)&s)[w->rows[row]]);
            vdouble growth = growth_over(k, s.leak, s.leak_2, &step);
            vint last = step.length >= s.limit - step.tau;
            if (k.leaks && !k.jumps) {
                vint quiet = s.noise == 0.0, look = (draw & (STEPS_BETWEEN_LOOKS - 1)) == 0;
                look &= (vint)(draw > FIRST_LOOK);
                if (p->max_t < INFINITY)
                    look &= quiet;
                if (mask_bits(look)) {
                    vint over = look & is_over(k, p, &s, &at);
                    m.x = choose(over & quiet, last_place(k, p, &s, &at), m.x);
                    last |= over;
                }
            }
            n_leaving = note_moves(&m, &step, growth, stepped, last, i, w, t, b, leaving,
                                   n_leaving);
        }
        remove_walkers(k, w, leaving, n_leaving, 1);
    }
}

/* ---- the beginning -------------------------------------------------------------------------- */

/* Parameters of the samples of a block. */
typedef struct {
    double start[BRIDGE_BLOCK], halfwidth[BRIDGE_BLOCK], drift_sd[BRIDGE_BLOCK];
    double noise[BRIDGE_BLOCK], leak[BRIDGE_BLOCK], leak_2[BRIDGE_BLOCK], limit[BRIDGE_BLOCK];
    double stability[BRIDGE_BLOCK], edge[BRIDGE_BLOCK], onset[BRIDGE_BLOCK];
    double boundary[SSM_CURVE_PARAMETERS][BRIDGE_BLOCK], drift[SSM_CURVE_PARAMETERS][BRIDGE_BLOCK];
} parameters;

static void gather_trials(const ssm_problem *p, int64_t begin, int count, parameters *a)
{
    int64_t n = p->n_trials, trial = begin % n;
    gather(a->noise, column_of(p, SSM_NOISE), trial, n, count);
    gather(a->leak, column_of(p, SSM_LEAK), trial, n, count);
    gather(a->leak_2, column_of(p, SSM_LEAK_2), trial, n, count);
    gather(a->stability, column_of(p, SSM_STABILITY), trial, n, count);
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        gather(a->boundary[i], p->boundary.parameters[i], trial, n, count);
    for (int i = 0; i < p->drift.row->n_parameters; i++)
        gather(a->drift[i], p->drift.parameters[i], trial, n, count);
}

/* Begin a schedule for each sample of the block. */
static void start_schedules(const ssm_problem *p, int count, const uint64_t *stream, parameters *a,
                            walkers *w)
{
    w->n_rows = used_rows(p, w->rows, &w->n_fixed);
    for (int i = 0; i < count; i += SSM_LANES) {
        vdouble boundary[SSM_CURVE_PARAMETERS] = {{0}}, drift[SSM_CURVE_PARAMETERS] = {{0}};
        for (int j = 0; j < p->boundary.row->n_parameters; j++)
            boundary[j] = load(a->boundary[j] + i);
        for (int j = 0; j < p->drift.row->n_parameters; j++)
            drift[j] = load(a->drift[j] + i);
        schedule s;
        trial_rates own = {.noise = load(a->noise + i), .leak = load(a->leak + i),
                           .leak_2 = load(a->leak_2 + i), .stability = load(a->stability + i),
                           .limit = load(a->limit + i), .start = load(a->start + i),
                           .drift_sd = load(a->drift_sd + i), .halfwidth = load(a->halfwidth + i),
                           .onset = load(a->onset + i), .stream = load_bits(stream + i)};
        vdouble edge = set_schedule(p, boundary, drift, own, &s);
        for (int row = 0; row < w->n_rows; row++)
            store(w->state[w->rows[row]] + i, ((vdouble *)&s)[w->rows[row]]);
        store(a->edge + i, edge);
        for (int lane = 0; lane < SSM_LANES; lane++)
            w->draw[i + lane] = FIRST_STEP_DRAW;
    }
}

/* Non-decision times, and the limits of time that they and the deadlines leave to decide in. */
static void draw_limits(const ssm_problem *p, uint64_t key, int64_t begin, int count,
                        bridge_block *b, double *limit)
{
    double location[BRIDGE_BLOCK], scale[BRIDGE_BLOCK];
    int64_t trial = begin % p->n_trials;
    gather(location, column_of(p, SSM_NDT_LOCATION), trial, p->n_trials, count);
    gather(scale, column_of(p, SSM_NDT_SCALE), trial, p->n_trials, count);
    gather(limit, column_of(p, SSM_DEADLINE), trial, p->n_trials, count);
    draw_ndt(p->ndt_kind, key, b->stream, location, scale, count, b->ndt);
    for (int i = 0; i < count; i++)
        limit[i] = time_limit(p, limit[i], b->ndt[i]);
}

/* Draw start and drift of the samples; those that decide at once, or have no time to, are done. */
static void place_samples(const ssm_problem *p, uint64_t key, int count, parameters *a,
                          bridge_block *b, walkers *w)
{
    double x[BRIDGE_BLOCK], offset[BRIDGE_BLOCK];
    for (int i = 0; i < count; i += SSM_LANES) {
        vuint stream = load_bits(b->stream + i);
        store(x + i, start_of(p, load(a->edge + i), load(a->start + i), load(a->halfwidth + i), key,
                              stream));
        store(offset + i, drift_offset_of(p, load(a->drift_sd + i), key, stream));
    }
    int two_parts = has_two_columns(p);
    int n_leaving = 0;
    int32_t leaving[BRIDGE_BLOCK];
    w->count = count;
    for (int i = 0; i < count; i++) {
        w->index[i] = i;
        w->stream[i] = b->stream[i];
        w->x[i] = two_parts ? 0.0 : x[i];
        w->x_2[i] = 0.0;
        w->origin[i] = x[i];
        w->offset[i] = offset[i];
        int has_time = a->limit[i] > a->onset[i];
        b->exit_time[i] = has_time ? a->onset[i] : INFINITY;
        b->side[i] = (x[i] > 0.0) - (x[i] < 0.0);
        if (has_time && fabs(x[i]) >= a->edge[i])
            b->side[i] = x[i] < 0.0 ? -1.0 : 1.0;
        if (!has_time || fabs(x[i]) >= a->edge[i])
            leaving[n_leaving++] = i;
    }
    remove_walkers((traits){.jumps = 1, .drift_varies = 1, .two_parts = two_parts}, w, leaving,
                   n_leaving, w->n_rows > 0);
}

INLINE void walk(traits k, const ssm_problem *p, uint64_t key, bridge_steps *steps, walkers *w,
                 touches *t, bridge_block *b)
{
    if (steps && !k.jumps)
        walk_together(k, p, key, steps, w, t, b);
    if (w->count > 0 && steps && !k.jumps) {
        w->n_rows = used_rows(p, w->rows, &w->n_fixed);
        for (int i = 0; i < padded(w->count); i++) {
            w->draw[i] = FIRST_STEP_DRAW + BRIDGE_STEPS * draws_of_a_step(k);
            for (int row = 0; row < w->n_rows; row++)
                w->state[w->rows[row]][i] = steps->state[w->rows[row]];
        }
    }
    walk_alone(k, p, key, w, t, b);
    draw_exits(k, t, key, of_particle(STREAM_PROCESS, p->particle), b);
}

void SSM_KERNEL(bridge_draw)(const ssm_problem *p, int64_t begin, int count, bridge_steps *steps,
                             bridge_block *b)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = padded(count);
    parameters a;
    walkers w;
    touches t;

    number_samples(p, b->stream, begin, whole);
    draw_limits(p, key, begin, whole, b, a.limit);
    gather(a.start, column_of(p, SSM_START), begin % p->n_trials, p->n_trials, whole);
    gather(a.drift_sd, column_of(p, SSM_DRIFT_SD), begin % p->n_trials, p->n_trials, whole);
    gather(a.halfwidth, column_of(p, SSM_START_HALFWIDTH), begin % p->n_trials, p->n_trials,
           whole);
    gather(a.onset, onset_of(p), begin % p->n_trials, p->n_trials, whole);
    if (steps) {
        if (!steps->started) {
            schedule s;
            set_first_schedule(p, a.limit[0], b->stream[0], &s);
            save_schedule(&s, steps->state);
            steps->edge = s.edge[0];
            steps->started = 1;
        }
        for (int i = 0; i < whole; i++)
            a.edge[i] = steps->edge;
        w.n_rows = w.n_fixed = 0;
    } else {
        gather_trials(p, begin, whole, &a);
        start_schedules(p, whole, b->stream, &a, &w);
    }
    place_samples(p, key, count, &a, b, &w);
    t.count = 0;

    const traits k = traits_of(p);
    if (k.jumps && k.straight && !k.leaks)
        walk((traits){.jumps = 1, .drift_varies = 1, .straight = 1}, p, key, steps, &w, &t, b);
    else if (k.jumps)
        walk((traits){.jumps = 1, .drift_varies = 1, .leaks = k.leaks}, p, key, steps, &w, &t, b);
    else if (k.two_parts)
        walk((traits){.two_parts = 1, .leaks = k.leaks}, p, key, steps, &w, &t, b);
    else if (k.straight && k.leaks && !k.drift_varies)
        walk((traits){.straight = 1, .leaks = 1}, p, key, steps, &w, &t, b);
    else if (k.leaks)
        walk((traits){.drift_varies = 1, .leaks = 1}, p, key, steps, &w, &t, b);
    else if (k.drift_varies)
        walk((traits){.drift_varies = 1}, p, key, steps, &w, &t, b);
    else
        walk((traits){0}, p, key, steps, &w, &t, b);
}
