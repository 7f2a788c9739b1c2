/* Choices by softmax, by inversion of the distribution function; compiled once for each instruction
 * set. */
#include "choice/choice.h"

/* Shares of the first value, the first two, ..., up to the last but one. */
INLINE void cumulate(vdouble inverse_temperature, const vdouble *value, int n, vdouble *up_to)
{
    vdouble largest = value[0], sum = splat(0.0);
    for (int j = 1; j < n; j++)
        largest = vmax(largest, value[j]);
    for (int j = 0; j < n; j++) {
        sum = sum + vexp(inverse_temperature * (value[j] - largest));
        up_to[j] = sum;
    }
    for (int j = 0; j + 1 < n; j++)
        up_to[j] = up_to[j] / sum;
}

/* Number of the value that random bits choose. */
INLINE vint invert(const vdouble *up_to, int n, vuint word)
{
    vdouble u = uniform(word);
    vint chosen = {0};
    for (int j = 0; j + 1 < n; j++)
        chosen = chosen - (u >= up_to[j]); /* a mask is -1 where it holds */
    return chosen;
}

/* The word of each sample, given its number in the low half of its stream; see choice.h. */
static vuint words_of(uint64_t key, vuint stream)
{
    const vuint none = {0};
    vuint sample = stream & UINT32_MAX, place = (sample >> 3 & 2) | (sample & 1), word = none;
    vuint block = (sample >> 5) * BLOCKS_OF_A_GROUP + (sample >> 1 & 7);
    vblock bits = philox(key, STREAM_PROCESS, none, stream - sample + block);
    for (uint64_t i = 0; i < 4; i++)
        word = word | (bits.word[i] & (vuint)(place == i));
    return word;
}

void SSM_KERNEL(choice_softmax)(const ssm_problem *p, int64_t begin, int count, uint32_t *choice)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = padded(count), n = p->n_particles;
    const int64_t trial = begin % p->n_trials;
    uint64_t stream[CHOICE_BLOCK];
    double temperature[CHOICE_BLOCK], value[SSM_MAX_PARTICLES][CHOICE_BLOCK];
    number_streams(stream, p->n_trials, p->first_trial, begin, whole);
    gather(temperature, column_of(p, SSM_INVERSE_TEMPERATURE), trial, p->n_trials, whole);
    for (int j = 0; j < n; j++)
        gather(value[j], p->column[SSM_VALUE][j], trial, p->n_trials, whole);
    for (int i = 0; i < whole; i += SSM_LANES) {
        vdouble values[SSM_MAX_PARTICLES], up_to[SSM_MAX_PARTICLES];
        for (int j = 0; j < n; j++)
            values[j] = load(value[j] + i);
        cumulate(load(temperature + i), values, n, up_to);
        vint chosen = invert(up_to, n, words_of(key, load_bits(stream + i)));
        for (int lane = 0; lane < SSM_LANES; lane++)
            choice[i + lane] = (uint32_t)chosen[lane];
    }
}

/* The same for words in pairs, two to each lane: `above` holds, for each share c of up_to, the largest
 * word k whose uniform (k + 1/2) / 2^32 is below c; `always` counts those which no word is below. */
typedef uint32_t vwords __attribute__((vector_size(8 * SSM_LANES)));

typedef struct {
    uint32_t above[SSM_MAX_PARTICLES], always;
} word_limits;

static word_limits limits_of(const vdouble *up_to, int n)
{
    word_limits limits = {.always = 0};
    for (int j = 0; j + 1 < n; j++) {
        double least = ceil(up_to[j][0] * 0x1p32 - 0.5); /* of the words that are not below */
        limits.above[j] = least > 0.0 ? (uint32_t)(least - 1.0) : UINT32_MAX;
        limits.always += !(least > 0.0);
    }
    return limits;
}

INLINE vuint invert_pairs(const word_limits *limits, int n, vuint low, vuint high)
{
    const vwords none = {0};
    vwords words = (vwords)(low | high << 32), chosen = none + limits->always;
    for (int j = 0; j + 1 < n; j++)
        chosen = chosen - (vwords)(words > none + limits->above[j]);
    return (vuint)chosen;
}

/* All groups of a call of one trial; n is a constant where this is called. */
INLINE void choose_groups(const word_limits *limits, int n, uint64_t key, vuint stream, int count,
                          uint32_t *choice)
{
    const vuint none = {0};
    for (int i = 0; i < count; i += CHOICE_GROUP)
        for (int l = 0; l < BLOCKS_OF_A_GROUP; l += SSM_LANES, stream += SSM_LANES) {
            vblock bits = philox(key, STREAM_PROCESS, none, stream);
            for (int h = 0; h < 2; h++)
                store_word_pairs(
                    choice + i + 16 * h + 2 * l,
                    invert_pairs(limits, n, bits.word[2 * h], bits.word[2 * h + 1]));
        }
}

void SSM_KERNEL(choice_softmax_alike)(const ssm_problem *p, int64_t begin, int count,
                                      uint32_t *choice)
{
    const uint64_t key = stream_key(p->seed);
    const int n = p->n_particles;
    vdouble values[SSM_MAX_PARTICLES], up_to[SSM_MAX_PARTICLES];
    for (int j = 0; j < n; j++)
        values[j] = splat(ssm_get(p->column[SSM_VALUE][j], 0));
    cumulate(splat(ssm_get(column_of(p, SSM_INVERSE_TEMPERATURE), 0)), values, n, up_to);
    const word_limits limits = limits_of(up_to, n);
    vuint stream = {0};
    for (int lane = 0; lane < SSM_LANES; lane++)
        stream[lane] = stream_id(begin / CHOICE_GROUP * BLOCKS_OF_A_GROUP + lane, p->first_trial);
    if (n == 2)
        choose_groups(&limits, 2, key, stream, count, choice);
    else if (n == 3)
        choose_groups(&limits, 3, key, stream, count, choice);
    else
        choose_groups(&limits, n, key, stream, count, choice);
}
