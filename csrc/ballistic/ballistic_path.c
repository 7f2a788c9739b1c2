/* Paths of ballistic accumulators: straight lines, from the draws of the sample itself. */
#include "core/results.h"

#define SSM_LANES 1
#include "ballistic/ballistic.h"

/* Evidence of an accumulator at a time. */
static double evidence(const ssm_problem *p, const ballistic_path *path, double onset, double tau)
{
    double speed = path->speed[0], speed_2 = path->speed_2[0];
    if (!(p->variant & BALLISTIC_ADDS))
        return path->start[0] + (speed > speed_2 ? speed : speed_2) * tau;
    return path->start[0] + speed * tau + speed_2 * (tau > onset ? tau - onset : 0.0);
}

/* Time at which the first accumulator arrives, or the limit of the sample. */
static double end_of_path(const ssm_problem *p)
{
    ballistic_block b;
    SSM_CALL_KERNEL(SSM_ISA_BASELINE, ballistic_arrivals, (p, 0, 1, &b));
    double limit = time_limit(p, b.deadline[0], b.ndt[0]);
    return b.time[0] < limit ? b.time[0] : limit;
}

ssm_error ssm_ballistic_path(const ssm_problem *p, int64_t n_grid, float *path, ssm_cancel *cancel)
{
    const uint64_t key = stream_key(p->seed);
    const vuint stream = (vuint){0} + stream_id(0, p->first_trial);
    const double end = end_of_path(p), onset = ssm_get(column_of(p, SSM_ONSET_2), 0);
    const vdouble range = splat(ssm_get(column_of(p, SSM_START_RANGE), 0));
    for (int j = 0; j < p->n_particles; j++) {
        vdouble drift = splat(ssm_get(p->column[SSM_DRIFT][j], 0));
        vdouble drift_2 = splat(ssm_get(p->column[SSM_DRIFT_2][j], 0));
        vdouble noise = splat(ssm_get(p->column[SSM_NOISE][j], 0));
        ballistic_path line =
            draw_ballistic(key, stream, j, plays(p, SSM_DRIFT_2), drift, drift_2, noise, range);
        for (int64_t k = 0; k < n_grid && !(k % 1024 == 0 && ssm_cancelled(cancel)); k++) {
            double tau = (double)k * p->delta_t;
            path[k * p->n_particles + j] =
                tau <= end ? (float)evidence(p, &line, onset, tau) : SSM_OMISSION;
        }
    }
    return SSM_OK;
}
