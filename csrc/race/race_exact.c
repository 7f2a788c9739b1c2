/* Races without a floor toward a linear boundary, exactly: as seen from the boundary, accumulators
 * drift at a constant speed, so their times of passage are inverse Gaussian.  One that drifts away
 * passes with probability exp(-2 speed distance / variance) and then takes as long as one that drifts
 * toward the boundary at that speed.
 */
#include "core/results.h"
#include "race/race_step.h"

void SSM_KERNEL(race_exact)(const ssm_problem *p, int64_t begin, int count, race_block *b)
{
    const uint64_t key = stream_key(p->seed);
    const vuint none = {0};
    const int whole = padded(count), n_curve = p->boundary.row->n_parameters;
    const int64_t trial = begin % p->n_trials, n = p->n_trials;
    double boundary[2][RACE_BLOCK], range[RACE_BLOCK];
    double drift[RACE_BLOCK], noise[RACE_BLOCK], start[RACE_BLOCK];

    race_begin(p, key, begin, whole, b);
    for (int i = 0; i < n_curve; i++)
        gather(boundary[i], p->boundary.parameters[i], trial, n, whole);
    gather(range, column_of(p, SSM_START_RANGE), trial, n, whole);
    for (int j = 0; j < p->n_particles; j++) {
        gather(drift, p->column[SSM_DRIFT][j], trial, n, whole);
        gather(noise, p->column[SSM_NOISE][j], trial, n, whole);
        gather(start, p->column[SSM_START][j], trial, n, whole);
        for (int i = 0; i < whole; i += SSM_LANES) {
            vdouble given[SSM_CURVE_PARAMETERS] = {{0}}, c[CURVE_COEFFICIENTS];
            for (int curve = 0; curve < n_curve; curve++)
                given[curve] = load(boundary[curve] + i);
            set_boundary(p->boundary.kind, given, c);
            vuint stream = load_bits(b->stream + i);
            vdouble x = race_start(p, j, c[0], load(start + i), load(range + i), key, stream);
            vblock bits = philox(key, of_particle(STREAM_PROCESS, j), none + RACE_FIRST_STEP_DRAW,
                                 stream);
            vdouble time = race_passage(c[0] - x, load(drift + i) + c[1], load(noise + i), bits);
            vdouble first = j == 0 ? splat(INFINITY) : load(b->time + i);
            vint earlier = time < first;
            store(b->time + i, choose(earlier, time, first));
            store(b->winner + i, choose(earlier, splat((double)j), j == 0 ? splat(0.0)
                                                                          : load(b->winner + i)));
        }
    }
    for (int i = 0; i < count; i++) {
        double limit = time_limit(p, b->deadline[i], b->ndt[i]);
        b->time[i] = b->time[i] > 0.0 ? b->time[i] : 0.0;
        if (b->time[i] >= limit)
            b->time[i] = INFINITY;
    }
}
