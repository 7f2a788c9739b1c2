/* A path of the Wiener process on a grid of times, given when and where it leaves.
 *
 * The path is drawn between standing boundaries, see wiener.h.  Given that it first reaches a
 * boundary at time T, the distance to that boundary is a Bessel bridge of dimension 3 that ends at
 * 0 at T, if the other boundary is not there (Williams 1974); a path that never leaves is a
 * Brownian bridge to where it ends.  Each step is drawn from that bridge, and accepted with the
 * probability that the rest of the way does not visit the boundaries that it must not visit.
 */
#include "core/draws.h"
#include "core/memory.h"

#include "core/results.h"
#include "diffusion/diffusion.h"
#include "diffusion/wiener_table.h"

typedef struct {
    draw_sequence draws;
    double clock, distance; /* where the path is: the standing clock, and the distance to `side` */
    double end_clock;       /* when the bridge ends */
    double end_distance;    /* where: 0, unless the path never leaves */
    double side;
    int leaves;
} walker;

static double no_visit(double time, double w)
{
    vdouble v = splat(w), t = splat(time);
    return no_visit_times_w(t, 1.0 / t, v, sin_half_turn(v), cos_half_turn(v))[0] / w;
}

/* Chance that a path at `distance` keeps to its way for the `left` time of its bridge. */
static double keeps_to_its_way(const walker *w, double left, double distance)
{
    return w->leaves ? no_visit(left, distance)
                     : ssm_stay_probability(distance, w->end_distance, left);
}

static double propose_distance(walker *w, double step, double left)
{
    double sd = sqrt(step * (left - step) / left), unused;
    double mean = w->distance + (w->end_distance - w->distance) * (step / left);
    double x = mean + sd * next_normal(&w->draws, &unused);
    if (!w->leaves)
        return x;
    double y = sd * next_normal(&w->draws, &unused), z = sd * next_normal(&w->draws, &unused);
    return sqrt(x * x + y * y + z * z);
}

static void advance(walker *w, double clock)
{
    const double nearest = 1e-3; /* where the other boundary is avoided most easily */
    const int most_proposals = 1000;
    double step = clock - w->clock, left = w->end_clock - w->clock, proposal = w->distance;
    double bound = w->leaves ? no_visit(left - step, nearest)
                             : vmin(splat(4.0 * keeps_to_its_way(w, left, w->distance)),
                                    splat(1.0))[0];
    for (int i = 0; i < most_proposals; i++) {
        double u, next = propose_distance(w, step, left);
        next_normal(&w->draws, &u);
        if (next <= 0.0 || next >= 1.0)
            continue;
        proposal = next;
        double inside = 1.0 - scalar_exp(-2.0 * (1.0 - w->distance) * (1.0 - next) / step);
        if (!w->leaves)
            inside *= 1.0 - scalar_exp(-2.0 * w->distance * next / step);
        if (u * bound < keeps_to_its_way(w, left - step, next) * inside)
            break;
    }
    w->distance = proposal;
    w->clock = clock;
}

/* The way to an exit, or, where the sample has not left by `limit`, to its `place` then. */
static walker start_walker(const wiener_block *b, uint64_t key, double limit, double place)
{
    walker w = {{key, b->stream[0], of_particle(STREAM_PATH, b->particle), 0},
                0.0, 0.0, 0.0, 0.0, b->side[0], isnan(place)};
    double end = (w.leaves ? b->exit_time[0] : limit) / b->time_unit[0];
    w.end_clock = end / (1.0 - b->closing[0] * end);
    w.distance = w.side > 0.0 ? b->to_upper[0] : b->to_lower[0];
    if (!w.leaves)
        w.end_distance = w.side > 0.0 ? 1.0 - place : place;
    return w;
}

/* Move the path to a time (seconds after its onset); returns where it is. */
static double place_at(const wiener_block *b, walker *w, double seconds)
{
    double time = seconds / b->time_unit[0], shrink = 1.0 - b->closing[0] * time;
    if (seconds > 0.0)
        advance(w, time / shrink);
    return 2.0 * b->boundary[0] * shrink * w->side * (0.5 - w->distance);
}

/* The path up to `end` seconds after its onset; returns the number of grid points it fills. */
static int64_t draw_path(const wiener_block *b, walker *w, const ssm_problem *p, double end,
                         int64_t n_grid, float *path, ssm_cancel *cancel)
{
    const double delta_t = p->delta_t;
    double separation = 2.0 * b->boundary[0], start = 0.5 * (b->to_lower[0] - b->to_upper[0]);
    int64_t i = 0;
    for (; i < n_grid && (double)i * delta_t < b->onset[0]; i++)
        path[path_place(p, i)] = SSM_OMISSION;
    for (; i < n_grid && (i == 0 || (double)i * delta_t - b->onset[0] < end); i++) {
        if (ssm_cancelled(cancel))
            break;
        double seconds = (double)i * delta_t - b->onset[0];
        if (b->noise[0] == 0.0) {
            path[path_place(p, i)] = (float)(separation * start + b->drift[0] * seconds);
            continue;
        }
        path[path_place(p, i)] = (float)place_at(b, w, seconds);
    }
    return i;
}

/* Height of the upper boundary at a time in seconds. */
static double boundary_at(const wiener_block *b, double time)
{
    double unit = b->noise[0] > 0.0 ? b->time_unit[0] : 4.0 * b->boundary[0] * b->boundary[0];
    double shrink = 1.0 - b->closing[0] * (time / unit);
    return shrink > 0.0 ? b->boundary[0] * shrink : 0.0;
}

ssm_error ssm_wiener_path(const ssm_problem *problem, int tabulate, int64_t n_grid, float *path,
                          ssm_cancel *cancel)
{
    wiener_block b;
    const ssm_problem first = ssm_wiener_trial_alone(problem, 0), *p = &first;
    wiener_table *table = tabulate ? ssm_allocate(sizeof *table) : 0;
    if (tabulate && !table)
        return SSM_NO_MEMORY;
    ssm_wiener_draw_block(p, SSM_ISA_BASELINE, 0, 1, STAGE_FIRST, table, &b);
    ssm_free(table);

    double exit = b.exit_time[0], limit = time_limit(p, b.deadline[0], b.ndt[0]) - b.onset[0];
    double place = NAN;
    if (!(exit < limit)) {
        b.side[0] = ssm_wiener_omitted_side(&b, 0, p->seed, limit, &place);
        b.exit_time[0] = limit; /* where rounding decides, the path ends at a boundary */
    }
    walker w = start_walker(&b, stream_key(p->seed), limit, place);
    int64_t filled = draw_path(&b, &w, p, exit < limit ? exit : limit, n_grid, path, cancel);
    if (exit < limit && filled < n_grid && exit + b.onset[0] > 0.0)
        path[path_place(p, filled++)] = (float)(b.side[0] * boundary_at(&b, exit));
    for (; filled < n_grid; filled++)
        path[path_place(p, filled)] = SSM_OMISSION;
    return SSM_OK;
}
