/* Choices by softmax, by inversion of the distribution function; compiled once for each instruction
 * set. */
#include "choice/choice.h"

void SSM_KERNEL(choice_softmax)(const ssm_problem *p, int64_t begin, int count, double *choice)
{
    const uint64_t key = stream_key(p->seed);
    const vuint none = {0};
    const int whole = padded(count), n = p->n_particles;
    const int64_t trial = begin % p->n_trials;
    uint64_t stream[CHOICE_BLOCK];
    double temperature[CHOICE_BLOCK], value[SSM_MAX_PARTICLES][CHOICE_BLOCK];
    number_streams(stream, p->n_trials, p->first_trial, begin, whole);
    gather(temperature, column_of(p, SSM_INVERSE_TEMPERATURE), trial, p->n_trials, whole);
    for (int j = 0; j < n; j++)
        gather(value[j], p->column[SSM_VALUE][j], trial, p->n_trials, whole);
    for (int i = 0; i < whole; i += SSM_LANES) {
        vdouble largest = load(value[0] + i), sum = splat(0.0), up_to[SSM_MAX_PARTICLES];
        for (int j = 1; j < n; j++)
            largest = vmax(largest, load(value[j] + i));
        for (int j = 0; j < n; j++) {
            sum = sum + vexp(load(temperature + i) * (load(value[j] + i) - largest));
            up_to[j] = sum;
        }
        vblock bits = philox(key, STREAM_PROCESS, none, load_bits(stream + i));
        vdouble u = uniform_52(bits.word[0], bits.word[1]) * sum, chosen = splat(0.0);
        for (int j = 0; j + 1 < n; j++)
            chosen = chosen + choose(u >= up_to[j], splat(1.0), splat(0.0));
        store(choice + i, chosen);
    }
}
