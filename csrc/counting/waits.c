/* How long counters take: gamma times, by the method of Marsaglia & Tsang (2000), "A simple method
 * for generating gamma variables".  Compiled once for each instruction set.
 *
 * Two counters share the blocks of the first one's stream: proposal n of both comes from block n.
 * Nearly all samples accept the first one by a squeeze that takes no logarithm; the others are
 * gathered, so that vectors are full.
 */
#include "counting/counting.h"

/* Draws of a counter: the root that shapes below 1 need, then proposals. */
enum { ROOT_DRAW = 0, FIRST_PROPOSAL = 1 };

/* Gamma variates of unit rate of a counter of a block. */
typedef struct {
    double shape[COUNTING_BLOCK], d[COUNTING_BLOCK], c[COUNTING_BLOCK], found[COUNTING_BLOCK];
    int n_waiting; /* samples without a variate, of which the list holds the numbers */
    int32_t waiting[COUNTING_BLOCK + 8];
} gammas;

static inline void begin_gammas(ssm_column column, int64_t trial, int64_t n_trials, int count,
                                gammas *g)
{
    vdouble d = splat(0.0), c = d;
    gather(g->shape, column, trial, n_trials, count);
    for (int i = 0; i < count; i += SSM_LANES) {
        if (i == 0 || column.stride) {
            vdouble shape = load(g->shape + i);
            d = choose(shape < 1.0, shape + 1.0, shape) - 1.0 / 3;
            c = 1.0 / vsqrt(9.0 * d);
        }
        store(g->d + i, d);
        store(g->c + i, c);
    }
    g->n_waiting = 0;
}

/* The proposal from a normal: a cube, or 1 where the normal is too low. */
static inline vdouble propose(vdouble c, vdouble x, vint *possible)
{
    vdouble y = 1.0 + c * x;
    *possible = y > 0.0;
    vdouble v = choose(*possible, y, splat(1.0));
    return v * v * v;
}

/* Their squeeze. */
static inline vint surely(vdouble x, vdouble u)
{
    vdouble x2 = x * x;
    return u < 1.0 - 0.0331 * (x2 * x2);
}

/* First proposals for the samples at entry i. */
static inline void propose_first(gammas *g, int i, vdouble x, vdouble u)
{
    vint possible;
    vdouble v = propose(load(g->c + i), x, &possible);
    store(g->found + i, load(g->d + i) * v);
    for (unsigned left = ~mask_bits(possible & surely(x, u)) & ((1u << SSM_LANES) - 1); left;
         left &= left - 1)
        g->waiting[g->n_waiting++] = i + __builtin_ctz(left);
}

/* Proposal n for the samples that wait; more than 95 % of all proposals are accepted. */
static inline void propose_again(gammas *g, uint64_t key, uint32_t purpose, int second, uint32_t n,
                                 const uint64_t *stream)
{
    const vuint none = {0};
    int still = 0, count = g->n_waiting;
    for (int i = 0; i < SSM_LANES; i++) /* pad the list */
        g->waiting[count + i] = g->waiting[count - 1];
    for (int i = 0; i < count; i += SSM_LANES) {
        vdouble c = splat(0.0), d = c;
        vuint streams = none;
        for (int lane = 0; lane < SSM_LANES; lane++) {
            int32_t entry = g->waiting[i + lane];
            c[lane] = g->c[entry];
            d[lane] = g->d[entry];
            streams[lane] = stream[entry];
        }
        vblock bits = philox(key, purpose, none + n, streams);
        vdouble x_1, x_0 = two_normals(bits.word[0], bits.word[1], &x_1);
        vdouble x = second ? x_1 : x_0, u = uniform(bits.word[second ? 3 : 2]);
        vint possible;
        vdouble v = propose(c, x, &possible);
        vint accepted = surely(x, u) | (vlog(u) < 0.5 * (x * x) + d * (1.0 - v + vlog(v)));
        unsigned found = mask_bits(possible & accepted);
        vdouble value = d * v;
        for (int lane = 0; lane < SSM_LANES && i + lane < count; lane++) {
            int32_t entry = g->waiting[i + lane];
            if (found >> lane & 1)
                g->found[entry] = value[lane];
            else
                g->waiting[still++] = entry;
        }
    }
    g->n_waiting = still;
}

/* The variates of shapes below 1 are powers of others. */
static inline void end_gammas(gammas *g, uint64_t key, uint32_t purpose, const uint64_t *stream,
                              int count)
{
    const vuint none = {0};
    for (int i = 0; i < count; i += SSM_LANES) {
        vdouble shape = load(g->shape + i), found = load(g->found + i);
        vint below_1 = shape < 1.0;
        if (mask_bits(below_1) == 0)
            continue;
        vblock bits = philox(key, purpose, none + ROOT_DRAW, load_bits(stream + i));
        vdouble root = vexp(vlog(uniform_52(bits.word[0], bits.word[1])) / shape);
        store(g->found + i, choose(below_1, found * root, found));
    }
}

/* Times of unit rate of `n` counters from `first` on: 1 or 2. */
static inline void draw_gammas(uint64_t key, int first, int n, const uint64_t *stream, int count,
                               gammas pair[2])
{
    const vuint none = {0};
    const uint32_t purpose = of_particle(STREAM_PROCESS, first);
    for (int i = 0; i < count; i += SSM_LANES) {
        vblock bits = philox(key, purpose, none + FIRST_PROPOSAL, load_bits(stream + i));
        vdouble x_1, x_0 = two_normals(bits.word[0], bits.word[1], &x_1);
        propose_first(&pair[0], i, x_0, uniform(bits.word[2]));
        if (n == 2)
            propose_first(&pair[1], i, x_1, uniform(bits.word[3]));
    }
    for (int k = 0; k < n; k++) {
        for (uint32_t proposal = FIRST_PROPOSAL; pair[k].n_waiting > 0; proposal++)
            propose_again(&pair[k], key, purpose, k, proposal, stream);
        end_gammas(&pair[k], key, of_particle(STREAM_PROCESS, first + k), stream, count);
    }
}

/* Keep the shorter of waiting times, and whose it is. */
static inline void keep_first(counting_block *b, int counter, const double *unit_time,
                              const double *rate, int count)
{
    for (int i = 0; i < count; i += SSM_LANES) {
        vdouble time = load(unit_time + i) / load(rate + i);
        vdouble least = counter == 0 ? splat(INFINITY) : load(b->time + i);
        vdouble winner = counter == 0 ? splat(0.0) : load(b->winner + i);
        vint earlier = time < least;
        store(b->time + i, choose(earlier, time, least));
        store(b->winner + i, choose(earlier, splat((double)counter), winner));
    }
}

void SSM_KERNEL(counting_waits)(const ssm_problem *p, int64_t begin, int count, counting_block *b)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = padded(count);
    const int64_t trial = begin % p->n_trials, n = p->n_trials;
    double location[COUNTING_BLOCK], scale[COUNTING_BLOCK], rate[COUNTING_BLOCK];
    gammas pair[2];
    number_streams(b->stream, n, p->first_trial, begin, whole);
    gather(location, column_of(p, SSM_NDT_LOCATION), trial, n, whole);
    gather(scale, column_of(p, SSM_NDT_SCALE), trial, n, whole);
    gather(b->deadline, column_of(p, SSM_DEADLINE), trial, n, whole);
    draw_ndt(p->ndt_kind, key, b->stream, location, scale, whole, b->ndt);
    for (int j = 0; j < p->n_particles; j += 2) {
        const int n_here = j + 1 < p->n_particles ? 2 : 1;
        for (int k = 0; k < n_here; k++)
            begin_gammas(p->column[SSM_COUNT][j + k], trial, n, whole, &pair[k]);
        draw_gammas(key, j, n_here, b->stream, whole, pair);
        for (int k = 0; k < n_here; k++) {
            gather(rate, p->column[SSM_RATE][j + k], trial, n, whole);
            keep_first(b, j + k, pair[k].found, rate, whole);
        }
    }
}
