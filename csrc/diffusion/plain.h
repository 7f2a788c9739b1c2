/* Plain steps (Euler-Maruyama) of processes that are made of a few diffusions: what their kernels
 * share.  As in diffusion/euler.c, a stage ends after the first step that leads it out of the band,
 * and one that starts on or beyond a boundary ends at once.
 */
#ifndef SSM_PLAIN_H
#define SSM_PLAIN_H

#include "core/kernels.h"
#include "core/results.h"
#include "core/trials.h"

enum { PLAIN_BLOCK = 256, PLAIN_STAGES = 3 };

/* Samples of a block, one entry each. */
typedef struct {
    ssm_cancel *cancel; /* asked in every few steps; then the answer is unspecified */
    uint64_t stream[PLAIN_BLOCK];
    double ndt[PLAIN_BLOCK], deadline[PLAIN_BLOCK];
    /* the answer: when each stage ended (infinite: not in time), and the side of 0 on which it was
     * last: 1, -1 or 0; NaN: it has not begun */
    double time[PLAIN_STAGES][PLAIN_BLOCK], side[PLAIN_STAGES][PLAIN_BLOCK];
} plain_block;

/* Number the samples from `begin` on and draw their non-decision times; `count` is padded. */
static inline void begin_plain(const ssm_problem *p, int64_t begin, int count, plain_block *b)
{
    double location[PLAIN_BLOCK], scale[PLAIN_BLOCK];
    int64_t trial = begin % p->n_trials;
    number_samples(p, b->stream, begin, count);
    gather(location, column_of(p, SSM_NDT_LOCATION), trial, p->n_trials, count);
    gather(scale, column_of(p, SSM_NDT_SCALE), trial, p->n_trials, count);
    gather(b->deadline, column_of(p, SSM_DEADLINE), trial, p->n_trials, count);
    draw_ndt(p->ndt_kind, stream_key(p->seed), b->stream, location, scale, count, b->ndt);
}

static inline vdouble plain_limits(const ssm_problem *p, const plain_block *b, int i)
{
    vdouble limit;
    for (int lane = 0; lane < SSM_LANES; lane++)
        limit[lane] = most_steps(p, b->deadline[i + lane], b->ndt[i + lane]);
    return limit;
}

/* A parameter of the samples from number `begin` + i on. */
static inline vdouble plain_column(ssm_column column, const ssm_problem *p, int64_t begin, int i)
{
    double values[SSM_LANES];
    gather(values, column, (begin + i) % p->n_trials, p->n_trials, SSM_LANES);
    return load(values);
}

/* Write how a stage of the samples from i on ended, after `steps` (infinite: it has not). */
static inline void end_plain(const ssm_problem *p, int stage, int i, vdouble steps, vdouble x,
                             plain_block *b)
{
    const vuint none = {0};
    vblock bits = philox(stream_key(p->seed), STREAM_BLUR, none, load_bits(b->stream + i));
    vdouble moved = uniform_52(bits.word[0], bits.word[1]);
    moved = choose(steps == 0.0, 0.5 * moved, moved - 0.5);
    vdouble time = (p->smooth_times ? steps + moved : steps) * p->delta_t;
    vint late = ~(time + load(b->ndt + i) < load(b->deadline + i));
    store(b->time[stage] + i, choose(late, splat(INFINITY), time));
    vdouble sign = choose(x > 0.0, splat(1.0), choose(x < 0.0, splat(-1.0), x));
    store(b->side[stage] + i, sign);
}

#endif
