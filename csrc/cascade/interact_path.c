/* Paths of levels that interact, on a grid of times.
 *
 * The steps of the sample are taken again, with the same draws.  Between the ends of a step a path is
 * a Brownian bridge that is kept between the boundaries.
 */
#include "core/draws.h"

#include "cascade/interact_step.h"
#include "core/results.h"

/* A level that is drawn: where it is, and the next time of the grid. */
typedef struct {
    draw_sequence draws;
    int column;
    int64_t next;
    double tau, x, noise;
} tracer;

/* A place of the grid, which has a column for each stage. */
static int64_t place_of(const tracer *t, int64_t k) { return k * CASCADE_STAGES + t->column; }

/* Fill the grid up to, but without, tau_1, where the path is at x_1. */
static void trace_to(tracer *t, const ssm_problem *p, const vdouble *boundary, double tau_1,
                     double x_1, int64_t n_grid, float *path)
{
    const int most_proposals = 100;
    for (; t->next < n_grid && (double)t->next * p->delta_t < tau_1; t->next++) {
        double tau = (double)t->next * p->delta_t, unused;
        double way = (tau - t->tau) / (tau_1 - t->tau), mean = t->x + way * (x_1 - t->x), x = mean;
        double sd = t->noise * sqrt((tau - t->tau) * (1.0 - way));
        double edge = boundary_at(p->boundary.kind, &p->boundary.table, boundary, splat(tau))[0];
        for (int i = 0; i < most_proposals; i++, x = mean) {
            x = mean + sd * next_normal(&t->draws, &unused);
            if (fabs(x) < edge)
                break;
        }
        path[place_of(t, t->next)] = (float)x;
        t->x = x;
        t->tau = tau;
    }
    t->tau = tau_1;
    t->x = x_1;
}

/* The point of exit, at the next time of the grid. */
static void trace_end(tracer *t, int64_t n_grid, float *path)
{
    if (t->next < n_grid)
        path[place_of(t, t->next++)] = (float)t->x;
}

void ssm_interact_path(const ssm_problem *p, const ssm_problem *high, int branch, int64_t n_grid,
                       float *path, ssm_cancel *cancel)
{
    const uint64_t key = stream_key(p->seed);
    const traits k = {.straight = traits_of(high).straight};
    double ndt, location = column_of(p, SSM_NDT_LOCATION).data[0];
    double scale = column_of(p, SSM_NDT_SCALE).data[0];
    const uint64_t first = stream_id(0, 0);
    const vuint stream = {first};
    draw_ndt(p->ndt_kind, key, &first, &location, &scale, 1, &ndt);
    double limit = time_limit(p, column_of(p, SSM_DEADLINE).data[0], ndt);
    lanes l;
    begin_lanes(p, high, 0, 0, splat(limit), &l);
    const low_level *low = &l.low[branch - 1];
    const double noise = l.s.noise[0];
    tracer up = {.draws = {key, first, of_particle(STREAM_PATH, 0), 0}, .x = l.x[0],
                 .noise = noise};
    tracer down = {.draws = {key, first, of_particle(STREAM_PATH, 1), 0}, .column = branch,
                   .x = low->x[0]};
    vuint draw = {FIRST_STEP_DRAW};
    int going = limit > 0.0 && fabs(l.x[0]) < l.s.edge[0];
    if (!going)
        path[place_of(&up, up.next++)] = (float)up.x;
    if (low->time[0] == 0.0 || limit <= 0.0)
        path[place_of(&down, down.next++)] = (float)down.x;
    while (going && !ssm_cancelled(cancel)) {
        vint late, stepped;
        vdouble time, side;
        int low_went = isinf(low->time[0]);
        vdouble q = 0.5 + 0.5 * l.x / vmax(l.s.edge, splat(1e-200));
        vdouble weight = l.c + l.d * (branch == 2 ? q : 1.0 - q);
        down.noise = noise * weight[0];
        int ended = take_step(k, high, &l, key, draw, stream, &late, &time, &side, &stepped)[0] != 0;
        draw += (vuint)stepped & DRAWS_OF_A_STEP;
        if (!stepped[0])
            continue;
        trace_to(&up, p, l.s.boundary, time[0], l.x[0], n_grid, path);
        int low_left = low_went && !isinf(low->time[0]);
        double edge = boundary_at(p->boundary.kind, &p->boundary.table, l.s.boundary, low->time)[0];
        if (low_went)
            trace_to(&down, p, l.s.boundary, low_left ? low->time[0] : time[0],
                     low_left ? low->side[0] * edge : low->x[0], n_grid, path);
        if (low_left)
            trace_end(&down, n_grid, path);
        if (ended)
            trace_end(&up, n_grid, path);
        going = !ended && !late[0];
    }
}
