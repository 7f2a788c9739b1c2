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

/* Samples that have touched a boundary, and the step in which they did. */
typedef struct {
    distances touched, other; /* from the boundary that they touched first, and from the other */
    vdouble tau, length, growth; /* `growth` is twice leak times length */
    vdouble side, index;
} touch;

_Static_assert(sizeof(touch) == BRIDGE_TOUCH_NUMBERS * sizeof(vdouble), "numbers of a touch");

/* ---- leaving the block ---------------------------------------------------------------------- */

/* Bits of the first lanes, as many as there are entries left. */
INLINE unsigned lanes_of(int left)
{
    return left < SSM_LANES ? (1u << left) - 1 : (1u << SSM_LANES) - 1;
}

INLINE int count_lanes(unsigned lanes) { return __builtin_popcount(lanes); }

/* Add the touches of some lanes to those that are kept. */
INLINE void add_touches(bridge_touches *t, const touch *now, vuint stream, unsigned lanes)
{
    const vdouble *numbers = (const vdouble *)now;
    store_lanes(t->stream + t->count, (vdouble)stream, lanes);
    for (int i = 0; i < BRIDGE_TOUCH_NUMBERS; i++)
        store_lanes(t->number[i] + t->count, numbers[i], lanes);
    t->count += count_lanes(lanes);
}

INLINE void record_touches(bridge_touches *t, const moved *m, const bridge_step *s, vdouble growth,
                           vdouble index, vuint stream, unsigned lanes)
{
    const vdouble one = splat(1.0);
    const distances *u = &m->upper, *l = &m->lower;
    vint upper = m->touched_upper;
    /* Without noise, boundaries may meet at a sample that never left the middle. */
    vint meet = (u->at_0 == l->at_0) & (u->at_1 == l->at_1);
    touch now = {{choose(upper, u->at_0, l->at_0), choose(upper, u->at_1, l->at_1),
                  choose(upper, u->bend, l->bend), choose(upper, u->skew, l->skew)},
                 {choose(upper, l->at_0, u->at_0), choose(upper, l->at_1, u->at_1),
                  choose(upper, l->bend, u->bend), splat(0.0)},
                 s->tau, s->length, growth,
                 choose(meet, splat(0.0), choose(upper, one, -one)), index};
    add_touches(t, &now, stream, lanes);
}

/* Note the outcome of the samples at entry i; returns the lanes of samples that stay. */
INLINE unsigned note_moves(const moved *m, const bridge_step *s, vdouble growth, vint stepped,
                           vint at_limit, int i, const bridge_walkers *w, bridge_touches *t, bridge_block *b)
{
    unsigned here = lanes_of(w->count - i), touched = mask_bits(m->touched & stepped) & here;
    unsigned jumped = mask_bits(m->jumped_out) & here & ~touched;
    unsigned late = mask_bits(at_limit & stepped) & here & ~touched;
    if (touched)
        record_touches(t, m, s, growth, load(w->index + i), load_bits(w->stream + i), touched);
    for (unsigned left = jumped | late; left; left &= left - 1) {
        int lane = __builtin_ctz(left), index = (int)w->index[i + lane];
        double x = m->x[lane];
        b->exit_time[index] = jumped >> lane & 1 ? s->tau[lane] + s->length[lane] : INFINITY;
        b->side[index] = (x > 0.0) - (x < 0.0);
    }
    return here & ~(touched | jumped | late);
}

/* Keep those samples at entry i that stay in the block: from entry *kept on. */
INLINE void keep_walkers(traits k, bridge_walkers *w, int i, unsigned stay, int own_schedules, int *kept)
{
    const int to = *kept;
    *kept += count_lanes(stay);
    if (to == i && stay == lanes_of(SSM_LANES))
        return;
#define KEEP(row) store_lanes((row) + to, load((row) + i), stay)
    KEEP(w->index);
    store_lanes(w->stream + to, (vdouble)load_bits(w->stream + i), stay);
    KEEP(w->x);
    if (k.drift_varies)
        KEEP(w->offset);
    if (shares_draws(k)) {
        KEEP(w->normal);
        KEEP(w->uniform);
    }
    if (k.two_parts) {
        KEEP(w->x_2);
        KEEP(w->origin);
    }
    if (!own_schedules)
        return;
    store_lanes(w->draw + to, (vdouble)load_bits(w->draw + i), stay);
    for (int row = 0; row < w->n_rows; row++)
        KEEP(w->state[w->rows[row]]);
#undef KEEP
}

/* Propose times at which samples touched, for those entries that are left; number n. */
INLINE void propose_exits(traits k, bridge_touches *t, uint64_t key, uint32_t purpose, uint32_t n,
                          bridge_block *b)
{
    const double hardly_ever = 5.0; /* exp(-2 5) of all paths have touched the other side before */
    const vuint none = {0};
    const int count = t->count;
    t->count = 0;
    for (int i = 0; i < count; i += SSM_LANES) {
        touch now;
        for (int j = 0; j < BRIDGE_TOUCH_NUMBERS; j++)
            ((vdouble *)&now)[j] = load(t->number[j] + i);
        vuint stream = load_bits(t->stream + i);
        distances d = now.touched, other = now.other;
        vdouble narrowest = vmin(d.at_0 + other.at_0, d.at_1 + other.at_1);
        vint both = other.at_0 * narrowest < hardly_ever;
        vblock bits = philox(key, purpose, none + (EXIT_DRAW - n), stream);
        vdouble share = propose_share(d, bits), accept = splat(1.0);
        if (bends_in(k))
            accept = accept_bent(d, share);
        if (mask_bits(both) != 0)
            accept = choose(both, accept * before_other(d, other, share), accept);
        unsigned all = lanes_of(count - i), done = mask_bits(uniform(bits.word[3]) < accept);
        done = n == LAST_PROPOSAL ? all : done & all;
        if (k.leaks)
            share = share_in_time(share, now.growth);
        vdouble time = now.tau + now.length * share;
        for (unsigned left = done; left; left &= left - 1) {
            int lane = __builtin_ctz(left), index = (int)now.index[lane];
            b->exit_time[index] = time[lane];
            b->side[index] = now.side[lane];
        }
        add_touches(t, &now, stream, all & ~done);
    }
}

/* Draw the times at which samples touched. */
INLINE void draw_exits(traits k, bridge_touches *t, uint64_t key, uint32_t purpose, bridge_block *b)
{
    for (uint32_t n = 0; t->count > 0; n++)
        propose_exits(k, t, key, purpose, n, b);
}

/* ---- rounds --------------------------------------------------------------------------------- */

INLINE particles load_particles(traits k, const bridge_walkers *w, int i)
{
    const vdouble zero = splat(0.0);
    return (particles){load(w->x + i), k.two_parts ? load(w->x_2 + i) : zero,
                       k.two_parts ? load(w->origin + i) : zero,
                       k.drift_varies ? load(w->offset + i) : zero};
}

INLINE void store_particles(traits k, bridge_walkers *w, int i, const particles *at)
{
    store(w->x + i, at->x);
    if (k.two_parts)
        store(w->x_2 + i, at->x_2);
}

/* The random numbers of step `draw` of the samples from entry i on.  A draw serves two steps; the first one
 * keeps the numbers of the second. */
INLINE chance chance_of(traits k, bridge_walkers *w, int i, uint64_t key, uint32_t purpose, vuint draw,
                        vuint stream)
{
    if (!shares_draws(k))
        return draw_chance(key, purpose, draw, stream);
    vint odd = (vint)((draw & 1) != 0);
    if ((~mask_bits(odd) & lanes_of(w->count - i)) == 0)
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
                          bridge_walkers *w, bridge_touches *t, bridge_block *b)
{
    const vuint none = {0};
    const uint32_t purpose = of_particle(STREAM_PROCESS, p->particle);
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
        int kept = 0;
        for (int i = 0; i < w->count; i += SSM_LANES) {
            uint32_t draw = FIRST_STEP_DRAW + (uint32_t)n * draws_of_a_step(k);
            particles at = load_particles(k, w, i);
            vuint stream = load_bits(w->stream + i);
            moved m = move(k, &at, &step, chance_of(k, w, i, key, purpose, none + draw, stream));
            store_particles(k, w, i, &at);
            unsigned stay = note_moves(&m, &step, growth, ~(vint)none, last, i, w, t, b);
            keep_walkers(k, w, i, stay, 0, &kept);
        }
        w->count = kept;
    }
}

/* Every so many steps, after those that may be common, it is asked whether a sample may respond. */
enum { STEPS_BETWEEN_LOOKS = 32, FIRST_LOOK = FIRST_STEP_DRAW + 2 * BRIDGE_STEPS };

/* Rounds of samples that each have a schedule of their own. */
INLINE void walk_alone(traits k, const ssm_problem *p, uint64_t key, bridge_walkers *w, bridge_touches *t,
                       bridge_block *b)
{
    const uint32_t purpose = of_particle(STREAM_PROCESS, p->particle);
    schedule s = {.tau = {0}};
    bridge_step step = {.tau = {0}};
    while (w->count > 0 && !ssm_cancelled(b->cancel)) {
        int kept = 0;
        for (int i = 0; i < w->count; i += SSM_LANES) {
            for (int row = 0; row < w->n_rows; row++)
                ((vdouble *)&s)[w->rows[row]] = load(w->state[w->rows[row]] + i);
            vuint draw = load_bits(w->draw + i), stream = load_bits(w->stream + i);
            vdouble jump = splat(0.0);
            vint jumps = {0};
            if (!k.straight && p->drift.kind == SSM_DRIFT_GAZE)
                follow_gaze(k, p, key, stream, &s);
            if (k.jumps) {
                fit_length(k, p, lanes_of(w->count - i), &s);
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
            unsigned stay = note_moves(&m, &step, growth, stepped, last, i, w, t, b);
            keep_walkers(k, w, i, stay, 1, &kept);
        }
        w->count = kept;
    }
}

/* ---- the beginning -------------------------------------------------------------------------- */

static void gather_trials(const ssm_problem *p, int64_t begin, int count, bridge_parameters *a)
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
static void start_schedules(const ssm_problem *p, int count, const uint64_t *stream, bridge_parameters *a,
                            bridge_walkers *w)
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
static void place_samples(const ssm_problem *p, uint64_t key, int count, bridge_parameters *a,
                          bridge_block *b, bridge_walkers *w)
{
    const traits all = {.jumps = 1, .drift_varies = 1, .two_parts = has_two_columns(p)};
    const vdouble zero = splat(0.0), one = splat(1.0);
    w->count = count;
    int kept = 0;
    for (int i = 0; i < count; i += SSM_LANES) {
        vuint stream = load_bits(b->stream + i);
        vdouble edge = load(a->edge + i), onset = load(a->onset + i);
        vdouble x = start_of(p, edge, load(a->start + i), load(a->halfwidth + i), key, stream);
        for (int lane = 0; lane < SSM_LANES; lane++) {
            w->index[i + lane] = i + lane;
            w->stream[i + lane] = stream[lane];
        }
        store(w->x + i, all.two_parts ? zero : x);
        store(w->x_2 + i, zero);
        store(w->origin + i, x);
        store(w->offset + i, drift_offset_of(p, load(a->drift_sd + i), key, stream));
        vint has_time = load(a->limit + i) > onset, outside = vabs(x) >= edge;
        store(b->exit_time + i, choose(has_time, onset, splat(INFINITY)));
        vdouble middle = choose(has_time & outside, one, zero);
        store(b->side + i, choose(x < 0.0, -one, choose(x > 0.0, one, middle)));
        unsigned stay = mask_bits(has_time & ~outside) & lanes_of(count - i);
        keep_walkers(all, w, i, stay, w->n_rows > 0, &kept);
    }
    w->count = kept;
}

INLINE void walk(traits k, const ssm_problem *p, uint64_t key, bridge_steps *steps, bridge_walkers *w,
                 bridge_touches *t, bridge_block *b)
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
    bridge_parameters *a = &b->memory->parameters;
    bridge_walkers *w = &b->memory->walkers;
    bridge_touches *t = &b->memory->touches;

    number_samples(p, b->stream, begin, whole);
    draw_limits(p, key, begin, whole, b, a->limit);
    gather(a->start, column_of(p, SSM_START), begin % p->n_trials, p->n_trials, whole);
    gather(a->drift_sd, column_of(p, SSM_DRIFT_SD), begin % p->n_trials, p->n_trials, whole);
    gather(a->halfwidth, column_of(p, SSM_START_HALFWIDTH), begin % p->n_trials, p->n_trials,
           whole);
    gather(a->onset, onset_of(p), begin % p->n_trials, p->n_trials, whole);
    if (steps) {
        if (!steps->started) {
            schedule s;
            set_first_schedule(p, a->limit[0], b->stream[0], &s);
            save_schedule(&s, steps->state);
            steps->edge = s.edge[0];
            steps->started = 1;
        }
        for (int i = 0; i < whole; i++)
            a->edge[i] = steps->edge;
        w->n_rows = w->n_fixed = 0;
    } else {
        gather_trials(p, begin, whole, a);
        start_schedules(p, whole, b->stream, a, w);
    }
    place_samples(p, key, count, a, b, w);
    t->count = 0;

    const traits k = traits_of(p);
    if (k.jumps && k.straight && !k.leaks)
        walk((traits){.jumps = 1, .drift_varies = 1, .straight = 1}, p, key, steps, w, t, b);
    else if (k.jumps)
        walk((traits){.jumps = 1, .drift_varies = 1, .leaks = k.leaks}, p, key, steps, w, t, b);
    else if (k.two_parts)
        walk((traits){.two_parts = 1, .leaks = k.leaks}, p, key, steps, w, t, b);
    else if (k.straight && k.leaks && !k.drift_varies)
        walk((traits){.straight = 1, .leaks = 1}, p, key, steps, w, t, b);
    else if (k.leaks)
        walk((traits){.drift_varies = 1, .leaks = 1}, p, key, steps, w, t, b);
    else if (k.drift_varies)
        walk((traits){.drift_varies = 1}, p, key, steps, w, t, b);
    else
        walk((traits){0}, p, key, steps, w, t, b);
}
