/* How long counters take: gamma times, by the method of Marsaglia & Tsang (2000), "A simple method
 * for generating gamma variables".  Compiled once for each instruction set.
 *
 * Two counters share the blocks of the first one's stream.  Lanes draw until all have accepted; one
 * that has accepted keeps its time, so that a time is a function of its own stream.
 */
#include "counting/counting.h"

/* Draws of a counter: the root that shapes below 1 need, then proposals. */
enum { ROOT_DRAW = 0, FIRST_PROPOSAL = 1 };

/* Gamma variates of unit rate on their way. */
typedef struct {
    vdouble shape, d, c, found;
    vint waiting;
} gammas;

static inline gammas begin_gammas(vdouble shape)
{
    vdouble d = choose(shape < 1.0, shape + 1.0, shape) - 1.0 / 3;
    return (gammas){shape, d, 1.0 / vsqrt(9.0 * d), splat(0.0), ~(vint){0}};
}

/* Propose variates from normals and uniforms; more than 95 % are accepted. */
static inline void propose(gammas *g, vdouble x, vdouble u)
{
    vdouble y = 1.0 + g->c * x, x2 = x * x;
    vint possible = g->waiting & (y > 0.0);
    vdouble v = choose(possible, y, splat(1.0));
    v = v * v * v;
    vint accepted = possible & (u < 1.0 - 0.0331 * (x2 * x2)); /* their squeeze */
    if (mask_bits(possible & ~accepted) != 0)
        accepted |= possible & (vlog(u) < 0.5 * x2 + g->d * (1.0 - v + vlog(v)));
    g->found = choose(accepted, g->d * v, g->found);
    g->waiting &= ~accepted;
}

/* The variates, once accepted; those of shapes below 1 are powers of others. */
static inline vdouble end_gammas(const gammas *g, uint64_t key, uint32_t purpose, vuint stream)
{
    const vuint none = {0};
    vint below_1 = g->shape < 1.0;
    if (mask_bits(below_1) == 0)
        return g->found;
    vblock bits = philox(key, purpose, none + ROOT_DRAW, stream);
    vdouble root = vexp(vlog(uniform_52(bits.word[0], bits.word[1])) / g->shape);
    return choose(below_1, g->found * root, g->found);
}

/* Times of unit rate of counters `first` and `first` + 1. */
static inline void draw_pair(uint64_t key, int first, vuint stream, gammas pair[2],
                             vdouble time[2])
{
    const vuint none = {0};
    const uint32_t purpose = of_particle(STREAM_PROCESS, first);
    for (uint32_t n = FIRST_PROPOSAL; mask_bits(pair[0].waiting | pair[1].waiting) != 0; n++) {
        vblock bits = philox(key, purpose, none + n, stream);
        vdouble x_1, x_0 = two_normals(bits.word[0], bits.word[1], &x_1);
        propose(&pair[0], x_0, uniform(bits.word[2]));
        propose(&pair[1], x_1, uniform(bits.word[3]));
    }
    for (int k = 0; k < 2; k++)
        time[k] = end_gammas(&pair[k], key, of_particle(STREAM_PROCESS, first + k), stream);
}

/* Keep the shorter of waiting times, and whose it is. */
static inline void keep_first(counting_block *b, int i, int counter, vdouble time)
{
    vdouble least = counter == 0 ? splat(INFINITY) : load(b->time + i);
    vdouble winner = counter == 0 ? splat(0.0) : load(b->winner + i);
    vint earlier = time < least;
    store(b->time + i, choose(earlier, time, least));
    store(b->winner + i, choose(earlier, splat((double)counter), winner));
}

void SSM_KERNEL(counting_waits)(const ssm_problem *p, int64_t begin, int count, counting_block *b)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = padded(count), last = p->n_particles - 1;
    const int64_t trial = begin % p->n_trials, n = p->n_trials;
    double shape[2][COUNTING_BLOCK], rate[2][COUNTING_BLOCK];
    number_streams(b->stream, n, p->first_trial, begin, whole);
    gather(shape[0], column_of(p, SSM_NDT_LOCATION), trial, n, whole);
    gather(rate[0], column_of(p, SSM_NDT_SCALE), trial, n, whole);
    gather(b->deadline, column_of(p, SSM_DEADLINE), trial, n, whole);
    draw_ndt(p->ndt_kind, key, b->stream, shape[0], rate[0], whole, b->ndt);
    for (int j = 0; j <= last; j += 2) {
        for (int k = 0; k < 2; k++) { /* of an odd number, the last one is drawn for itself */
            int counter = j + k <= last ? j + k : last;
            gather(shape[k], p->column[SSM_COUNT][counter], trial, n, whole);
            gather(rate[k], p->column[SSM_RATE][counter], trial, n, whole);
        }
        for (int i = 0; i < whole; i += SSM_LANES) {
            gammas pair[2] = {begin_gammas(load(shape[0] + i)), begin_gammas(load(shape[1] + i))};
            vdouble time[2];
            if (j == last)
                pair[1].waiting = (vint){0};
            draw_pair(key, j, load_bits(b->stream + i), pair, time);
            keep_first(b, i, j, time[0] / load(rate[0] + i));
            if (j < last)
                keep_first(b, i, j + 1, time[1] / load(rate[1] + i));
        }
    }
}
