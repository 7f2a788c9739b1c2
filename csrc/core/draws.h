/* Draws of one sample at a time, for the rare cases that are not worth a vector.
 *
 * Code that includes this is compiled once, with vectors of one lane: the same bits as any other.
 */
#ifndef SSM_DRAWS_H
#define SSM_DRAWS_H

#define SSM_LANES 1
#include "core/streams.h"

static inline double scalar_exp(double x) { return vexp(splat(x))[0]; }

/* Draws of one stream, taken in order. */
typedef struct {
    uint64_t key, stream;
    uint32_t purpose, draw;
} draw_sequence;

static inline vblock next_block(draw_sequence *sequence)
{
    const vuint none = {0};
    return philox(sequence->key, sequence->purpose, none + sequence->draw++,
                  none + sequence->stream);
}

static inline double next_normal(draw_sequence *sequence, double *uniform_too)
{
    vblock bits = next_block(sequence);
    *uniform_too = uniform(bits.word[2])[0];
    return normal(bits.word[0], bits.word[1])[0];
}

/* The label of a sample that is at 0 when its time is up. */
static inline int32_t fair_coin(uint64_t key, uint64_t stream, int particle)
{
    draw_sequence draws = {key, stream, of_particle(STREAM_OMISSION, particle), 0};
    double u;
    next_normal(&draws, &u);
    return u < 0.5 ? -1 : 1;
}

#endif
