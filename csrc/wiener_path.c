/* A path of the Wiener process on a grid of times, given when and where it leaves.
 *
 * Given that it first reaches a boundary at time T, the distance to that boundary is a Bessel
 * bridge of dimension 3 that ends at 0 at T, if the other boundary is not there (Williams 1974).
 * Each step is drawn from that bridge and accepted with the probability that the rest of the way
 * does not visit the other boundary.
 */
#include "draws.h"

#include "wiener.h"

/* Distance to the boundary that is reached after `left`, `step` later. */
static double bessel_bridge_step(double distance, double step, double left, draw_sequence *draws)
{
    double sd = sqrt(step * (left - step) / left), unused;
    double x = distance * (1.0 - step / left) + sd * next_normal(draws, &unused);
    double y = sd * next_normal(draws, &unused), z = sd * next_normal(draws, &unused);
    return sqrt(x * x + y * y + z * z);
}

static double no_visit(double time, double w)
{
    vdouble v = splat(w);
    return no_visit_probability(splat(time), v, sin_half_turn(v) / v, cos_half_turn(v))[0];
}

static double next_distance(double distance, double step, double left, draw_sequence *draws)
{
    const double nearest = 1e-3; /* where the other boundary is avoided most easily */
    const int most_proposals = 1000;
    double bound = no_visit(left - step, nearest), proposal = distance;
    for (int i = 0; i < most_proposals; i++) {
        double u;
        proposal = bessel_bridge_step(distance, step, left, draws);
        next_normal(draws, &u);
        if (proposal >= 1.0)
            continue;
        double inside = 1.0 - scalar_exp(-2.0 * (1.0 - distance) * (1.0 - proposal) / step);
        if (u * bound < no_visit(left - step, proposal) * inside)
            return proposal;
    }
    return proposal < 1.0 ? proposal : distance;
}

/* The path up to `end` seconds; the number of grid points it fills. */
static int64_t draw_path(const wiener_block *b, double delta_t, double end, int64_t n_grid,
                         float *path, draw_sequence *draws)
{
    double separation = 2.0 * b->boundary[0], x0 = b->to_lower[0] - 0.5, exit = b->exit_time[0];
    double unit = b->time_unit[0], distance = 0.5 - b->side[0] * x0;
    int64_t i = 0;
    for (; i < n_grid && (i == 0 || i * delta_t < end); i++) {
        if (i > 0 && b->noise[0] == 0.0)
            path[i] = (float)(separation * x0 + b->drift[0] * i * delta_t);
        else {
            if (i > 0)
                distance = next_distance(distance, delta_t / unit,
                                         (exit - (i - 1) * delta_t) / unit, draws);
            path[i] = (float)(separation * b->side[0] * (0.5 - distance));
        }
    }
    return i;
}

ssm_error ssm_wiener_path(const ssm_wiener *p, double delta_t, int64_t n_grid, float *path)
{
    wiener_block b;
    draw_sequence draws = {stream_key(p->seed), stream_id(0, 0), STREAM_PATH, 0};
    const int most_paths = 1000;
    if (n_grid < 1 || p->n_trials < 1 || p->n_samples < 1)
        return SSM_BAD_COUNT;
    ssm_wiener_draw_baseline(p, 0, 1, 0, &b);

    double exit = b.exit_time[0], limit = b.deadline[0] - b.ndt[0];
    limit = limit < p->max_t ? limit : p->max_t;
    int64_t filled;
    if (exit < limit) {
        filled = draw_path(&b, delta_t, exit, n_grid, path, &draws);
        if (filled < n_grid && exit > 0.0)
            path[filled++] = (float)(b.side[0] * b.boundary[0]);
    } else {
        int32_t label = ssm_wiener_omitted_side(&b, 0, p->seed, limit);
        int tries = 0;
        do
            filled = draw_path(&b, delta_t, limit, n_grid, path, &draws);
        while (path[filled - 1] * (float)label < 0.0f && ++tries < most_paths);
    }
    for (; filled < n_grid; filled++)
        path[filled] = SSM_OMISSION;
    return SSM_OK;
}
