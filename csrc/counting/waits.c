/* How long counters take: gamma times, by the method of Marsaglia & Tsang (2000), "A simple method
 * for generating gamma variables".  Compiled once for each instruction set.
 *
 * Lanes draw until all have accepted; one that has accepted keeps its time, so that a time is a
 * function of its own stream.
 */
#include "counting/counting.h"

/* Draws of a counter: the root that shapes below 1 need, then proposals. */
enum { ROOT_DRAW = 0, FIRST_PROPOSAL = 1 };

/* Gamma variates of unit rate; more than 95 % of proposals are accepted. */
static inline vdouble draw_gamma(uint64_t key, uint32_t purpose, vuint stream, vdouble shape)
{
    const vuint none = {0};
    vint below_1 = shape < 1.0;
    vdouble d = choose(below_1, shape + 1.0, shape) - 1.0 / 3;
    vdouble c = 1.0 / vsqrt(9.0 * d), found = splat(0.0);
    vint waiting = ~(vint){0};
    for (uint32_t n = FIRST_PROPOSAL; mask_bits(waiting) != 0; n++) {
        vblock bits = philox(key, purpose, none + n, stream);
        vdouble x = normal(bits.word[0], bits.word[1]), y = 1.0 + c * x;
        vint positive = y > 0.0;
        vdouble v = choose(positive, y, splat(1.0));
        v = v * v * v;
        vdouble u = uniform_52(bits.word[2], bits.word[3]), x2 = x * x;
        vint accepted = waiting & positive & (u < 1.0 - 0.0331 * (x2 * x2)); /* their squeeze */
        if (mask_bits(waiting & ~accepted) != 0)
            accepted = accepted | (waiting & positive &
                                   (vlog(u) < 0.5 * x2 + d * (1.0 - v + vlog(v))));
        found = choose(accepted, d * v, found);
        waiting = waiting & ~accepted;
    }
    if (mask_bits(below_1) != 0) {
        vblock bits = philox(key, purpose, none + ROOT_DRAW, stream);
        vdouble root = vexp(vlog(uniform_52(bits.word[0], bits.word[1])) / shape);
        found = choose(below_1, found * root, found);
    }
    return found;
}

void SSM_KERNEL(counting_waits)(const ssm_problem *p, int64_t begin, int count, counting_block *b)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = padded(count);
    const int64_t trial = begin % p->n_trials, n = p->n_trials;
    double first[COUNTING_BLOCK], second[COUNTING_BLOCK];
    number_streams(b->stream, n, p->first_trial, begin, whole);
    gather(first, column_of(p, SSM_NDT_LOCATION), trial, n, whole);
    gather(second, column_of(p, SSM_NDT_SCALE), trial, n, whole);
    gather(b->deadline, column_of(p, SSM_DEADLINE), trial, n, whole);
    draw_ndt(p->ndt_kind, key, b->stream, first, second, whole, b->ndt);
    for (int j = 0; j < p->n_particles; j++) {
        gather(first, p->column[SSM_COUNT][j], trial, n, whole);
        gather(second, p->column[SSM_RATE][j], trial, n, whole);
        for (int i = 0; i < whole; i += SSM_LANES) {
            vdouble time = draw_gamma(key, of_particle(STREAM_PROCESS, j),
                                      load_bits(b->stream + i), load(first + i)) /
                           load(second + i);
            vdouble least = j == 0 ? splat(INFINITY) : load(b->time + i);
            vdouble winner = j == 0 ? splat(0.0) : load(b->winner + i);
            vint earlier = time < least;
            store(b->time + i, choose(earlier, time, least));
            store(b->winner + i, choose(earlier, splat((double)j), winner));
        }
    }
}
