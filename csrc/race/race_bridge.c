/* Races by bridge steps: see race_step.h.
 *
 * Samples go through in blocks: all that are left take a step in each round, and leave the block
 * when an accumulator touches the boundary or their time is up.  If several touch in one step, the
 * first to do so wins.  Compiled once for each instruction set; see simd.h.
 */
#include <stddef.h>

#include "core/results.h"
#include "race/race_step.h"

enum {
    STEPS_BETWEEN_LOOKS = 32, /* whether a sample still may respond */
    RACE_MOVING_ROWS = offsetof(race_schedule, limit) / sizeof(vdouble), /* that a step changes */
};

_Static_assert(sizeof(race_schedule) == RACE_ROWS * sizeof(vdouble), "numbers of a schedule");

static void record_touch(race_touches *t, const race_walkers *w, int entry, int particle, distances d,
                         const race_step *step, int lane)
{
    int n = t->count++;
    t->index[n] = w->index[entry];
    t->stream[n] = w->stream[entry];
    t->purpose[n] = of_particle(STREAM_PROCESS, particle);
    t->particle[n] = (double)particle;
    t->at_0[n] = d.at_0[lane];
    t->at_1[n] = d.at_1[lane];
    t->bend[n] = d.bend[lane];
    t->skew[n] = d.skew[lane];
    t->tau[n] = step->tau[lane];
    t->length[n] = step->length[lane];
}

/* Take entries, listed in rising order, out of the block; the last ones move to their places. */
static void remove_walkers(int n_particles, race_walkers *w, const int32_t *leaving, int n_leaving)
{
    while (n_leaving > 0) {
        int to = leaving[--n_leaving], from = --w->count;
        w->index[to] = w->index[from];
        w->stream[to] = w->stream[from];
        w->draw[to] = w->draw[from];
        for (int row = 0; row < w->n_rows; row++)
            w->state[row][to] = w->state[row][from];
        for (int i = 0; i < n_particles; i++) {
            w->x[i][to] = w->x[i][from];
            w->drift[i][to] = w->drift[i][from];
            w->noise[i][to] = w->noise[i][from];
        }
    }
}

/* The times at which accumulators touched; the first of each sample wins. */
static void draw_exits(int bends, const race_touches *t, uint64_t key, race_block *b)
{
    const vuint none = {0};
    for (int i = 0; i < t->count; i += SSM_LANES) {
        int lanes = t->count - i < SSM_LANES ? t->count - i : SSM_LANES;
        distances d = {load(t->at_0 + i), load(t->at_1 + i), load(t->bend + i),
                       load(t->skew + i)};
        vdouble share = splat(0.0);
        vint waiting = ~(vint){0};
        unsigned all = (1u << lanes) - 1;
        for (uint32_t n = 0; n <= LAST_PROPOSAL && (mask_bits(waiting) & all) != 0; n++) {
            vblock bits = philox_of(key, load_bits(t->purpose + i), none + (EXIT_DRAW - n),
                                    load_bits(t->stream + i));
            vdouble proposed = propose_share(d, bits), accept = splat(1.0);
            if (bends)
                accept = accept_bent(d, proposed);
            share = choose(waiting, proposed, share);
            waiting &= ~(uniform(bits.word[3]) < accept);
        }
        vdouble time = load(t->tau + i) + load(t->length + i) * share;
        for (int lane = 0; lane < lanes; lane++) {
            int32_t index = t->index[i + lane];
            if (!(time[lane] < b->time[index]))
                continue;
            b->time[index] = time[lane];
            b->winner[index] = t->particle[i + lane];
        }
    }
}

/* ---- rounds --------------------------------------------------------------------------------- */

/* Take the samples at entry i one step further; list the entries that leave. */
INLINE int step_walkers(race_traits k, const ssm_problem *p, uint64_t key, int i, race_walkers *w,
                        race_touches *t, race_block *b, int32_t *leaving, int n_leaving)
{
    race_schedule s = {.tau = {0}};
    race_step step;
    accumulators a;
    distances d[SSM_MAX_PARTICLES];
    vint touched[SSM_MAX_PARTICLES], any = {0};
    for (int row = 0; row < w->n_rows; row++)
        ((vdouble *)&s)[row] = load(w->state[row] + i);
    for (int j = 0; j < k.n; j++) {
        a.x[j] = load(w->x[j] + i);
        a.drift[j] = load(w->drift[j] + i);
        a.noise[j] = load(w->noise[j] + i);
    }
    vuint draw = load_bits(w->draw + i);
    vint stepped = race_next_step(k, p, &s, &a, &step);
    accumulators before = a;
    race_move(k, &a, &s, &step, key, draw, load_bits(w->stream + i), d, touched);
    for (int j = 0; j < k.n; j++) {
        store(w->x[j] + i, choose(stepped, a.x[j], before.x[j]));
        touched[j] &= stepped;
        any |= touched[j];
    }
    const int moving = k.straight ? 3 : RACE_MOVING_ROWS; /* the first are tau, length, edge */
    for (int row = 0; row < moving; row++)
        store(w->state[row] + i, ((vdouble *)&s)[row]);
    draw -= (vuint)stepped;
    *(vuint_u *)(w->draw + i) = draw;

    int lanes = w->count - i < SSM_LANES ? w->count - i : SSM_LANES;
    unsigned here = (1u << lanes) - 1, touching = mask_bits(any) & here;
    vint at_end = s.tau >= s.limit;
    if (k.floor && k.coupled && k.straight && !(p->max_t < INFINITY))
        at_end |= (vint)((draw & (STEPS_BETWEEN_LOOKS - 1)) == 0) & race_is_over(k, p, &s, &a);
    unsigned late = mask_bits(stepped & at_end) & here & ~touching;
    if ((touching | late) == 0)
        return n_leaving;
    vdouble number = largest(k, a.x);
    for (int lane = 0; lane < lanes; lane++) {
        if (!((touching | late) >> lane & 1))
            continue;
        for (int j = 0; j < k.n; j++)
            if (touched[j][lane])
                record_touch(t, w, i + lane, j, d[j], &step, lane);
        b->winner[w->index[i + lane]] = number[lane];
        leaving[n_leaving++] = i + lane;
    }
    return n_leaving;
}

INLINE void walk(race_traits k, const ssm_problem *p, uint64_t key, race_walkers *w, race_touches *t,
                 race_block *b)
{
    int32_t leaving[RACE_BLOCK];
    while (w->count > 0 && !ssm_cancelled(b->cancel)) {
        int n_leaving = 0;
        for (int i = 0; i < w->count; i += SSM_LANES)
            n_leaving = step_walkers(k, p, key, i, w, t, b, leaving, n_leaving);
        remove_walkers(k.n, w, leaving, n_leaving);
    }
}

/* ---- the beginning -------------------------------------------------------------------------- */

static void gather_trials(const ssm_problem *p, int64_t begin, int count, race_parameters *g,
                          race_walkers *w)
{
    int64_t n = p->n_trials, trial = begin % n;
    gather(g->leak, column_of(p, SSM_LEAK), trial, n, count);
    gather(g->inhibition, column_of(p, SSM_INHIBITION), trial, n, count);
    gather(g->range, column_of(p, SSM_START_RANGE), trial, n, count);
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        gather(g->boundary[i], p->boundary.parameters[i], trial, n, count);
    for (int i = 0; i < p->n_particles; i++) {
        gather(g->start[i], p->column[SSM_START][i], trial, n, count);
        gather(w->drift[i], p->column[SSM_DRIFT][i], trial, n, count);
        gather(w->noise[i], p->column[SSM_NOISE][i], trial, n, count);
    }
}

/* Begin the schedules of a block and put its accumulators where they start. */
static void start_walkers(const ssm_problem *p, uint64_t key, int count, race_parameters *g,
                          race_walkers *w, race_block *b)
{
    const race_traits k = race_traits_of(p);
    for (int i = 0; i < count; i += SSM_LANES) {
        vdouble boundary[SSM_CURVE_PARAMETERS] = {{0}};
        for (int j = 0; j < p->boundary.row->n_parameters; j++)
            boundary[j] = load(g->boundary[j] + i);
        race_schedule s = {.limit = load(g->limit + i), .leak = load(g->leak + i),
                           .inhibition = load(g->inhibition + i)};
        set_boundary(p->boundary.kind, boundary, s.boundary);
        accumulators a;
        for (int j = 0; j < k.n; j++) {
            a.drift[j] = load(w->drift[j] + i);
            a.noise[j] = load(w->noise[j] + i);
        }
        race_start_schedule(k, p, &a, &s);
        vint decided = {0};
        for (int j = 0; j < k.n; j++) {
            a.x[j] = race_start(p, j, s.edge, load(g->start[j] + i), load(g->range + i), key,
                                load_bits(b->stream + i));
            store(w->x[j] + i, a.x[j]);
            decided |= a.x[j] >= s.edge;
        }
        for (int row = 0; row < w->n_rows; row++)
            store(w->state[row] + i, ((vdouble *)&s)[row]);
        vint in_time = s.limit > 0.0;
        store(b->time + i, choose(in_time & decided, splat(0.0), splat(INFINITY)));
        store(b->winner + i, largest(k, a.x));
    }
}

void SSM_KERNEL(race_bridge)(const ssm_problem *p, int64_t begin, int count, race_block *b)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = padded(count);
    race_parameters *g = &b->memory->parameters;
    race_walkers *w = &b->memory->walkers;
    race_touches *t = &b->memory->touches;

    race_begin(p, key, begin, whole, b);
    gather_trials(p, begin, whole, g, w);
    for (int i = 0; i < whole; i++)
        g->limit[i] = time_limit(p, b->deadline[i], b->ndt[i]);
    w->n_rows = is_linear(p) ? (int)(offsetof(race_schedule, boundary) / sizeof(vdouble)) + 2
                            : RACE_ROWS;
    start_walkers(p, key, whole, g, w, b);
    w->count = count;
    t->count = 0;
    int32_t leaving[RACE_BLOCK];
    int n_leaving = 0;
    for (int i = 0; i < whole; i++) {
        w->index[i] = i;
        w->stream[i] = b->stream[i];
        w->draw[i] = RACE_FIRST_STEP_DRAW;
        if (i < count && (b->time[i] == 0.0 || !(g->limit[i] > 0.0)))
            leaving[n_leaving++] = i;
    }
    const race_traits k = race_traits_of(p);
    remove_walkers(k.n, w, leaving, n_leaving);
    if (k.floor && k.straight && !k.coupled)
        walk((race_traits){k.n, 1, 0, 1}, p, key, w, t, b);
    else if (k.floor && k.straight)
        walk((race_traits){k.n, 1, 1, 1}, p, key, w, t, b);
    else if (k.floor)
        walk((race_traits){k.n, 1, k.coupled, 0}, p, key, w, t, b);
    else
        walk((race_traits){k.n, 0, k.coupled, k.straight}, p, key, w, t, b);
    draw_exits(k.coupled || !k.straight, t, key, b);
}
