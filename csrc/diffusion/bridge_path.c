/* A path of a diffusion between moving boundaries on a grid of times.
 *
 * The steps of the sample are taken again, with the same draws.  Between the ends of a step, and up
 * to the point of exit, the path is a Brownian bridge that is kept between the boundaries.
 */
#include "core/draws.h"
#include "core/memory.h"

#include "core/results.h"
#include "diffusion/bridge.h"
#include "diffusion/bridge_step.h"
#include "diffusion/diffusion.h"

typedef struct {
    const ssm_problem *problem;
    schedule s;
    draw_sequence draws;
    double delta_t;
    int64_t n_grid, filled;
    float *path;
    double tau, x; /* where the path is */
    ssm_cancel *cancel;
} tracer;

static double edge_at(const tracer *t, double tau)
{
    const ssm_problem *p = t->problem;
    return boundary_at(p->boundary.kind, &p->boundary.table, t->s.boundary, splat(tau))[0];
}

/* A point at `tau` on the way to x_1 at tau_1. */
static double point_between(tracer *t, double tau, double tau_1, double x_1)
{
    const int most_proposals = 100;
    double way = (tau - t->tau) / (tau_1 - t->tau), mean = t->x + way * (x_1 - t->x), unused;
    double sd = t->s.noise[0] * sqrt((tau - t->tau) * (1.0 - way)), edge = edge_at(t, tau);
    for (int i = 0; i < most_proposals; i++) {
        double x = mean + sd * next_normal(&t->draws, &unused);
        if (fabs(x) < edge)
            return x;
    }
    return mean;
}

/* Fill the grid up to, but without, tau_1, where the path is at x_1. */
static void trace_to(tracer *t, double tau_1, double x_1)
{
    while (t->filled < t->n_grid && (double)t->filled * t->delta_t < tau_1 &&
           !ssm_cancelled(t->cancel)) {
        double tau = (double)t->filled * t->delta_t;
        if (tau > t->tau) {
            t->x = point_between(t, tau, tau_1, x_1);
            t->tau = tau;
        }
        t->path[path_place(t->problem, t->filled++)] = (float)t->x;
    }
    t->tau = tau_1;
    t->x = x_1;
}

/* Take the steps of a sample again up to `end`, where it is at `last`, or, where that is NAN, at
 * the end of its last step. */
static void trace_steps(tracer *t, particles at, uint64_t key, double end, double last)
{
    const ssm_problem *p = t->problem;
    const vuint none = {0};
    const uint32_t purpose = of_particle(STREAM_PROCESS, p->particle);
    traits k = traits_of(p);
    k.drift_varies = !k.two_parts;
    uint32_t draw = FIRST_STEP_DRAW;
    bridge_step step = {.tau = {0}};
    const vuint stream = none + t->draws.stream;
    while (t->tau < end && t->filled < t->n_grid && !ssm_cancelled(t->cancel)) {
        vdouble jump = splat(0.0);
        vint jumps = {0};
        if (p->drift.kind == SSM_DRIFT_GAZE)
            follow_gaze(k, p, key, stream, &t->s);
        if (k.jumps) {
            fit_length(k, p, 1, &t->s);
            jumps = shorten_to_jump(&t->s, key, purpose, none + draw, stream, &jump);
        }
        if (!next_step(k, p, &t->s, &step, 0)[0])
            continue;
        chance c = shares_draws(k)
                       ? second_chance(draw_chance(key, purpose, none + (draw & ~1u), stream),
                                       (vint){-(int64_t)(draw & 1)})
                       : draw_chance(key, purpose, none + draw, stream);
        moved m = move(k, &at, &step, c);
        draw += draws_of_a_step(k);
        double tau = t->s.tau[0];
        int touched = mask_bits(m.touched) != 0 && !isnan(last);
        trace_to(t, tau >= end ? end : tau, touched ? last : m.x[0]);
        if (k.jumps)
            jump_at_end(&at, &m, &step, jumps, jump);
        t->x = touched ? last : m.x[0];
    }
}

ssm_error ssm_bridge_path(const ssm_problem *p, int64_t n_grid, float *path, ssm_cancel *cancel)
{
    const uint64_t key = stream_key(p->seed);
    bridge_block b = {.cancel = cancel, .memory = ssm_allocate(sizeof *b.memory)};
    if (!b.memory)
        return SSM_NO_MEMORY;
    ssm_bridge_draw_baseline(p, 0, 1, 0, &b);
    ssm_free(b.memory);
    if (ssm_cancelled(cancel))
        return SSM_CANCELLED;
    const vuint stream = {b.stream[0]};
    const double onset = onset_of(p).data[0];
    double limit = time_limit(p, ssm_get(column_of(p, SSM_DEADLINE), 0), b.ndt[0]);
    double exit = b.exit_time[0];

    tracer t = {.problem = p, .draws = {key, stream[0], of_particle(STREAM_PATH, p->particle), 0},
                .delta_t = p->delta_t,
                .n_grid = n_grid, .path = path, .cancel = cancel};
    set_first_schedule(p, limit, stream[0], &t.s);
    vdouble edge = boundary_at(p->boundary.kind, &p->boundary.table, t.s.boundary, splat(onset));
    vdouble start = start_of(p, edge, splat(ssm_get(column_of(p, SSM_START), 0)),
                             splat(ssm_get(column_of(p, SSM_START_HALFWIDTH), 0)), key, stream);
    int two_parts = has_two_columns(p);
    particles at = {two_parts ? splat(0.0) : start, splat(0.0), start,
                    drift_offset_of(p, splat(ssm_get(column_of(p, SSM_DRIFT_SD), 0)), key, stream)};
    t.x = start[0];
    t.tau = onset;
    for (; t.filled < n_grid && (double)t.filled * p->delta_t < onset; t.filled++)
        path[path_place(p, t.filled)] = SSM_OMISSION;
    if (onset == 0.0)
        path[path_place(p, t.filled++)] = (float)t.x;
    if (exit < limit)
        trace_steps(&t, at, key, exit, b.side[0] * edge_at(&t, exit));
    else
        trace_steps(&t, at, key, limit, NAN);
    if (exit < limit && exit > 0.0 && t.filled < n_grid)
        path[path_place(p, t.filled++)] = (float)t.x;
    for (; t.filled < n_grid; t.filled++)
        path[path_place(p, t.filled)] = SSM_OMISSION;
    return SSM_OK;
}
