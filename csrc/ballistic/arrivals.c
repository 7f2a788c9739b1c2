/* When ballistic accumulators arrive, in closed form; compiled once for each instruction set. */
#include "ballistic/ballistic.h"

/* Time in which evidence that grows at `speed` covers `distance` > 0, infinite if it never does. */
INLINE vdouble time_to_cover(vdouble distance, vdouble speed)
{
    vint grows = speed > 0.0;
    return choose(grows, distance / choose(grows, speed, splat(1.0)), splat(INFINITY));
}

/* Time at which an accumulator meets a boundary that is `distance` away and comes at `closing`. */
INLINE vdouble arrival(ballistic_path path, int two, int adds, vdouble onset, vdouble distance,
                       vdouble closing)
{
    vdouble speed = path.speed + closing;
    if (!two)
        return time_to_cover(distance, speed);
    if (!adds)
        return time_to_cover(distance, vmax(path.speed, path.speed_2) + closing);
    vdouble alone = time_to_cover(distance, speed);
    vdouble both = onset + time_to_cover(distance - onset * speed, speed + path.speed_2);
    return choose(alone <= onset, alone, both);
}

/* Take the samples of a block through all accumulators; `two` and `adds` are constants of the call,
 * so that there is no branch in the loop. */
INLINE void race(const ssm_problem *p, int64_t begin, int count, ballistic_block *b, int two,
                 int adds)
{
    const uint64_t key = stream_key(p->seed);
    const int n_curve = p->boundary.row->n_parameters;
    const int64_t trial = begin % p->n_trials, n = p->n_trials;
    double boundary[2][BALLISTIC_BLOCK], range[BALLISTIC_BLOCK], onset[BALLISTIC_BLOCK];
    double drift[BALLISTIC_BLOCK], drift_2[BALLISTIC_BLOCK], noise[BALLISTIC_BLOCK];
    for (int i = 0; i < n_curve; i++)
        gather(boundary[i], p->boundary.parameters[i], trial, n, count);
    for (int i = 0; i < count && n_curve == 1; i++)
        boundary[1][i] = 0.0;
    if (n_curve == 2 && p->boundary.kind == SSM_BOUNDARY_ANGLE)
        for (int i = 0; i < count; i += SSM_LANES)
            store(boundary[1] + i, tangent(load(boundary[1] + i)));
    gather(range, column_of(p, SSM_START_RANGE), trial, n, count);
    gather(onset, column_of(p, SSM_ONSET_2), trial, n, count);
    for (int j = 0; j < p->n_particles; j++) {
        gather(drift, p->column[SSM_DRIFT][j], trial, n, count);
        gather(noise, p->column[SSM_NOISE][j], trial, n, count);
        if (two)
            gather(drift_2, p->column[SSM_DRIFT_2][j], trial, n, count);
        for (int i = 0; i < count; i += SSM_LANES) {
            vdouble second = two ? load(drift_2 + i) : splat(0.0);
            ballistic_path path = draw_ballistic(key, load_bits(b->stream + i), j, two,
                                                 load(drift + i), second, load(noise + i),
                                                 load(range + i));
            vdouble time = arrival(path, two, adds, load(onset + i),
                                   load(boundary[0] + i) - path.start, load(boundary[1] + i));
            vdouble first = j == 0 ? splat(INFINITY) : load(b->time + i);
            vdouble winner = j == 0 ? splat(0.0) : load(b->winner + i);
            vint earlier = time < first;
            store(b->time + i, choose(earlier, time, first));
            store(b->winner + i, choose(earlier, splat((double)j), winner));
        }
    }
}

void SSM_KERNEL(ballistic_arrivals)(const ssm_problem *p, int64_t begin, int count,
                                    ballistic_block *b)
{
    double location[BALLISTIC_BLOCK], scale[BALLISTIC_BLOCK];
    const int whole = padded(count);
    const int64_t trial = begin % p->n_trials;
    number_streams(b->stream, p->n_trials, p->first_trial, begin, whole);
    gather(location, column_of(p, SSM_NDT_LOCATION), trial, p->n_trials, whole);
    gather(scale, column_of(p, SSM_NDT_SCALE), trial, p->n_trials, whole);
    gather(b->deadline, column_of(p, SSM_DEADLINE), trial, p->n_trials, whole);
    draw_ndt(p->ndt_kind, stream_key(p->seed), b->stream, location, scale, whole, b->ndt);
    if (!plays(p, SSM_DRIFT_2))
        race(p, begin, whole, b, 0, 0);
    else if (p->variant & BALLISTIC_ADDS)
        race(p, begin, whole, b, 1, 1);
    else
        race(p, begin, whole, b, 1, 0);
}
