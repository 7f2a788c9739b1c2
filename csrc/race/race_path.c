/* Paths of all accumulators of a sample on a grid of times, which end where and when it did.
 *
 * The draws of the sample are taken again.  Between the ends of a step an accumulator is a Brownian
 * bridge below the boundary; at the floor, where it is the size of one that ends at x or -x, its
 * drift within the step is left out.  On its way to the boundary it is, as seen from there, a Bessel
 * bridge of dimension 3.
 */
#include "core/draws.h"
#include "core/memory.h"
#include "core/results.h"
#include "race/race_step.h"

typedef struct {
    const ssm_problem *problem;
    race_traits k;
    race_schedule s;
    accumulators a;
    draw_sequence draws[SSM_MAX_PARTICLES];
    int64_t n_grid, filled;
    float *path;
    double tau, x[SSM_MAX_PARTICLES]; /* where the path is */
    ssm_cancel *cancel;
} tracer;

enum { MAX_POINT_PROPOSALS = 100 };

static double edge_at(const tracer *t, double tau)
{
    return race_edge(t->k, t->problem, &t->s, splat(tau))[0];
}

/* A point of accumulator i at `tau` on its way to x_1 at tau_1. */
static double point_between(tracer *t, int i, double tau, double tau_1, double x_1)
{
    double left = tau_1 - t->tau, way = (tau - t->tau) / left, edge = edge_at(t, tau);
    double noise = t->a.noise[i][0], sd = noise * sqrt((tau - t->tau) * (1.0 - way));
    double variance = noise * noise * left;
    double mirrored =
        t->k.floor && variance > 0.0 ? scalar_exp(-2.0 * t->x[i] * x_1 / variance) : 0.0;
    for (int n = 0; n < MAX_POINT_PROPOSALS; n++) {
        double u, z = next_normal(&t->draws[i], &u);
        double end = u * (1.0 + mirrored) < mirrored ? -x_1 : x_1;
        double x = t->x[i] + way * (end - t->x[i]) + sd * z;
        x = t->k.floor ? fabs(x) : x;
        if (x < edge)
            return x;
    }
    return t->x[i] + way * (x_1 - t->x[i]);
}

/* A point of accumulator i at `tau` on its way to the boundary, which it first reaches at `end`. */
static double point_before_passage(tracer *t, int i, double tau, double end)
{
    double way = (tau - t->tau) / (end - t->tau), unused;
    double distance = edge_at(t, t->tau) - t->x[i];
    double sd = t->a.noise[i][0] * sqrt((tau - t->tau) * (1.0 - way));
    double along = distance * (1.0 - way) + sd * next_normal(&t->draws[i], &unused);
    double aside = sd * next_normal(&t->draws[i], &unused);
    double across = sd * next_normal(&t->draws[i], &unused);
    double x = edge_at(t, tau) - sqrt(along * along + aside * aside + across * across);
    return t->k.floor ? fabs(x) : x;
}

/* A point at `tau` of an accumulator that never reaches a linear boundary. */
static double point_of_no_passage(tracer *t, int i, double tau)
{
    double noise = t->a.noise[i][0], h = tau - t->tau, drift = t->a.drift[i][0];
    double edge = edge_at(t, tau), distance = edge_at(t, t->tau) - t->x[i];
    double speed = drift + t->s.boundary[1][0], variance = noise * noise;
    if (!(noise > 0.0))
        return t->x[i] + drift * h;
    for (int n = 0; n < MAX_POINT_PROPOSALS; n++) {
        double u, x = t->x[i] + drift * h + noise * sqrt(h) * next_normal(&t->draws[i], &u);
        double left = edge - x;
        double stays = 1.0 - scalar_exp(-2.0 * distance * left / (variance * h));
        double for_ever = 1.0 - scalar_exp(2.0 * speed * left / variance);
        if (left > 0.0 && u < stays * for_ever)
            return x;
    }
    return t->x[i] + drift * h;
}

/* Where each accumulator goes from here: to x_1 at tau_1 or, where `passes`, to the boundary at
 * `passage` (infinite: never). */
typedef struct {
    double tau_1, x_1[SSM_MAX_PARTICLES], passage[SSM_MAX_PARTICLES];
    int passes[SSM_MAX_PARTICLES];
} destination;

/* Move the path to `tau`. */
static void go_to(tracer *t, const destination *to, double tau)
{
    double x[SSM_MAX_PARTICLES];
    for (int i = 0; i < t->k.n; i++) {
        if (!to->passes[i])
            x[i] = tau < to->tau_1 ? point_between(t, i, tau, to->tau_1, to->x_1[i]) : to->x_1[i];
        else if (isinf(to->passage[i]))
            x[i] = point_of_no_passage(t, i, tau);
        else
            x[i] = tau < to->passage[i] ? point_before_passage(t, i, tau, to->passage[i])
                                        : edge_at(t, tau);
    }
    for (int i = 0; i < t->k.n; i++)
        t->x[i] = x[i];
    t->tau = tau;
}

static void fill_row(tracer *t)
{
    float *row = t->path + t->filled++ * t->k.n;
    for (int i = 0; i < t->k.n; i++)
        row[i] = (float)t->x[i];
}

/* Fill the grid up to, but without, `end`, and move the path there. */
static void trace_to(tracer *t, const destination *to, double end)
{
    const double delta_t = t->problem->delta_t;
    while (t->filled < t->n_grid && (double)t->filled * delta_t < end &&
           !ssm_cancelled(t->cancel)) {
        double tau = (double)t->filled * delta_t;
        if (tau > t->tau)
            go_to(t, to, tau);
        fill_row(t);
    }
    if (end > t->tau)
        go_to(t, to, end);
}

/* Take the steps of a sample again up to `end`, where `winner` (-1: none) reaches the boundary. */
static void trace_steps(tracer *t, uint64_t key, double end, int winner)
{
    const vuint none = {0}, stream = none + stream_id(0, t->problem->first_trial);
    uint32_t draw = RACE_FIRST_STEP_DRAW;
    while (t->tau < end && t->filled < t->n_grid && !ssm_cancelled(t->cancel)) {
        race_step step;
        distances d[SSM_MAX_PARTICLES];
        vint touched[SSM_MAX_PARTICLES];
        if (!race_next_step(t->k, t->problem, &t->s, &t->a, &step)[0])
            continue;
        race_move(t->k, &t->a, &t->s, &step, key, none + draw++, stream, d, touched);
        destination to = {.tau_1 = t->s.tau[0]};
        for (int i = 0; i < t->k.n; i++) {
            to.x_1[i] = t->a.x[i][0];
            to.passes[i] = i == winner && to.tau_1 >= end;
            to.passage[i] = end;
        }
        trace_to(t, &to, to.tau_1 < end ? to.tau_1 : end);
    }
}

/* The passages of all accumulators toward a linear boundary, up to `end`. */
static void trace_passages(tracer *t, uint64_t key, double end)
{
    const vuint none = {0}, stream = none + stream_id(0, t->problem->first_trial);
    destination to = {.tau_1 = end};
    for (int i = 0; i < t->k.n; i++) {
        vblock bits = philox(key, of_particle(STREAM_PROCESS, i), none + RACE_FIRST_STEP_DRAW,
                             stream);
        vdouble distance = t->s.edge - t->a.x[i];
        to.passage[i] =
            race_passage(distance, t->a.drift[i] + t->s.boundary[1], t->a.noise[i], bits)[0];
        to.passes[i] = 1;
    }
    trace_to(t, &to, end);
}

/* Put a tracer to the beginning of sample 0 of trial 0. */
static void start_tracer(tracer *t, uint64_t key, double limit)
{
    const ssm_problem *p = t->problem;
    const vuint none = {0}, stream = none + stream_id(0, p->first_trial);
    vdouble boundary[SSM_CURVE_PARAMETERS] = {{0}};
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        boundary[i] = splat(p->boundary.parameters[i].data[0]);
    set_boundary(p->boundary.kind, boundary, t->s.boundary);
    t->s.limit = splat(limit);
    t->s.leak = splat(column_of(p, SSM_LEAK).data[0]);
    t->s.inhibition = splat(column_of(p, SSM_INHIBITION).data[0]);
    for (int i = 0; i < t->k.n; i++) {
        t->a.drift[i] = splat(p->column[SSM_DRIFT][i].data[0]);
        t->a.noise[i] = splat(p->column[SSM_NOISE][i].data[0]);
        t->draws[i] = (draw_sequence){key, stream[0], of_particle(STREAM_PATH, i), 0};
    }
    race_start_schedule(t->k, p, &t->a, &t->s);
    for (int i = 0; i < t->k.n; i++) {
        t->a.x[i] = race_start(p, i, t->s.edge, splat(p->column[SSM_START][i].data[0]),
                               splat(column_of(p, SSM_START_RANGE).data[0]), key, stream);
        t->x[i] = t->a.x[i][0];
    }
}

ssm_error ssm_race_path(const ssm_problem *p, ssm_method method, int64_t n_grid,
                        float *path, ssm_cancel *cancel)
{
    const uint64_t key = stream_key(p->seed);
    race_block b;
    tracer t = {.problem = p, .k = race_traits_of(p), .n_grid = n_grid, .path = path,
                .cancel = cancel};
    b.cancel = cancel;
    if (method == SSM_METHOD_EULER) {
        ssm_race_euler_baseline(p, 0, 1, &b, path, n_grid);
        t.filled = b.steps[0] + 1.0 < (double)n_grid ? (int64_t)b.steps[0] + 1 : n_grid;
    } else {
        if (method == SSM_METHOD_EXACT) {
            ssm_race_exact_baseline(p, 0, 1, &b);
        } else {
            b.memory = ssm_allocate(sizeof *b.memory);
            if (!b.memory)
                return SSM_NO_MEMORY;
            ssm_race_bridge_baseline(p, 0, 1, &b);
            ssm_free(b.memory);
        }
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        double limit = time_limit(p, b.deadline[0], b.ndt[0]);
        int decided = !isinf(b.time[0]);
        double end = decided ? b.time[0] : limit;
        start_tracer(&t, key, limit);
        fill_row(&t);
        if (method == SSM_METHOD_EXACT)
            trace_passages(&t, key, end);
        else
            trace_steps(&t, key, end, decided ? (int)b.winner[0] : -1);
        if (decided && end > 0.0 && t.filled < n_grid)
            fill_row(&t);
    }
    for (int64_t i = t.filled * t.k.n; i < n_grid * t.k.n; i++)
        path[i] = SSM_OMISSION;
    return SSM_OK;
}
