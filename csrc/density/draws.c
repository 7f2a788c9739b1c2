/* Samples of a diffusion from a table of its solved law: one solution and one table for each trial.
 *
 * Cells are evenly spaced in log time between the times at which next to nothing leaves before and
 * after; see wiener_table.h.  An omission has the side of 0 on which a survivor is at its limit, drawn
 * from the shares that the solution notes.
 */
#include "density/draws.h"

#include "core/draws.h"
#include "core/memory.h"
#include "core/results.h"
#include "density/law.h"
#include "density/moving_tail.h"
#include "density/special.h"
#include "diffusion/diffusion.h"
#include "diffusion/wiener_table.h"

/* The log density is solved for at every seventh node, and interpolated where it is smooth. */
enum { NODES = TABLE_NODES_A_SIDE, STRIDE = 7, COARSE_NODES = (NODES - 1) / STRIDE + 1 };
enum { SCAN = 64 };

/* Densities below exp(-28) of the largest are left out. */
#define NEGLIGIBLE 28.0

/* Largest third difference of log densities between which one is interpolated. */
#define SMOOTH 0.03

typedef struct {
    moving_law solution;
    response_law response;
    wiener_part table;
    double start; /* relative, from -1 to 1 */
} trial_law;

static double log_of_log_time(const moving_law *law, int side, double log_time)
{
    return moving_log_density(law, side, exp(log_time), 0) + log_time;
}

/* Log times between which a side matters; returns whether there are any. */
static int find_range(const moving_law *law, double end, double range[2][2], int *matters)
{
    double values[2][SCAN + 1], most = -INFINITY;
    double low = log(fmin(law->nodes[0].t, 0.5 * end)), step = (log(end) - low) / SCAN;
    for (int side = 0; side < 2; side++)
        for (int i = 0; i <= SCAN; i++) {
            values[side][i] = log_of_log_time(law, side, low + i * step);
            most = fmax(most, values[side][i]);
        }
    for (int side = 0; side < 2; side++) {
        int first = 0, last = SCAN;
        while (first < SCAN && !(values[side][first] > most - NEGLIGIBLE))
            first++;
        while (last > first && !(values[side][last] > most - NEGLIGIBLE))
            last--;
        matters[side] = values[side][first] > most - NEGLIGIBLE;
        range[side][0] = low + step * (first > 0 ? first - 1 : 0);
        range[side][1] = low + step * (last < SCAN ? last + 1 : SCAN);
    }
    return most > -INFINITY;
}

static double third_difference(const double *v) { return v[3] - 3.0 * v[2] + 3.0 * v[1] - v[0]; }

/* A stencil of four coarse nodes around interval k, or -1 where the log density is not smooth. */
static int stencil_of(const double *coarse, int k)
{
    int begin = k < 1 ? 0 : k > COARSE_NODES - 3 ? COARSE_NODES - 4 : k - 1;
    return fabs(third_difference(coarse + begin)) < SMOOTH ? begin : -1; /* not where infinite */
}

/* Times and densities at the nodes of a side. */
static void solve_nodes(const moving_law *law, int side, const double *range, double *time,
                        double *density)
{
    double coarse[COARSE_NODES], step = (range[1] - range[0]) / (NODES - 1);
    for (int k = 0; k < COARSE_NODES; k++)
        coarse[k] = log_of_log_time(law, side, range[0] + k * STRIDE * step);
    for (int i = 0; i < NODES; i++) {
        int k = i / STRIDE < COARSE_NODES - 1 ? i / STRIDE : COARSE_NODES - 2;
        int begin = stencil_of(coarse, k);
        double log_time = range[0] + i * step, value;
        if (i % STRIDE == 0) {
            value = coarse[i / STRIDE];
        } else if (begin < 0) {
            value = log_of_log_time(law, side, log_time);
        } else {
            double u = (double)i / STRIDE - begin, *v = coarse + begin;
            value = -v[0] * (u - 1.0) * (u - 2.0) * (u - 3.0) / 6.0 +
                    v[1] * u * (u - 2.0) * (u - 3.0) / 2.0 -
                    v[2] * u * (u - 1.0) * (u - 3.0) / 2.0 +
                    v[3] * u * (u - 1.0) * (u - 2.0) / 6.0;
        }
        time[i] = exp(log_time);
        density[i] = exp(value - log_time);
    }
}

/* A start at a boundary leaves there at once; all of the table is that. */
static void leave_at_once(wiener_part *table, double side)
{
    double mass[TABLE_CELLS];
    for (int c = 0; c < TABLE_CELLS; c++) {
        table->cell[c] = (wiener_cell){0.0, 0.0, 0.5, side};
        mass[c] = 1.0;
    }
    ssm_fill_slots(table->slot, mass, TABLE_CELLS);
}

/* Fills the table; returns whether the law can be tabulated. */
static int tabulate(trial_law *l, double max_t)
{
    static const double sides[2] = {-1.0, 1.0};
    const moving_law *law = &l->solution;
    double mass[TABLE_CELLS] = {0.0}, time[NODES], density[NODES], range[2][2];
    double end = fmin(moving_tail_end(law), max_t), sum = 0.0, later = 0.0;
    int matters[2];
    if (!find_range(law, end, range, matters))
        return 0;
    for (int side = 0; side < 2; side++) {
        wiener_cell *cells = l->table.cell + side * TABLE_CELLS_A_SIDE;
        double *masses = mass + side * TABLE_CELLS_A_SIDE;
        for (int c = 0; c < TABLE_CELLS_A_SIDE; c++)
            cells[c] = (wiener_cell){INFINITY, 0.0, 0.5, sides[side]};
        if (!matters[side])
            continue;
        solve_nodes(law, side, range[side], time, density);
        sum += ssm_fill_cells(cells, masses, sides[side], 1.0, time, density);
    }
    if (!(sum > 0.0))
        return 0;
    int survive = !law->is_complete || fmax(range[0][1], range[1][1]) >= log(max_t);
    if (survive)
        later = sum * fmin(response_survival(&l->response, INFINITY), 1.0 - 1e-12);
    for (int c = 0; c < 2 * TABLE_CELLS_A_SIDE; c++)
        mass[c] *= 1.0 - later / sum;
    ssm_fill_later(&l->table, mass, later);
    ssm_fill_slots(l->table.slot, mass, sum);
    return 1;
}

/* The law of the decisions of a trial in a table; returns whether it has one. */
static int prepare(const ssm_problem *p, int64_t trial, ssm_isa isa, trial_law *l)
{
    const double last = longest_time(p);
    ssm_law law = {.problem = p, .max_t = last, .last_t = last, .n_per_trial = 1};
    const solution_use use = {.notes_shares = 1};
    double roles[SSM_LAW_PARAMETERS];
    read_roles(&law, trial, roles);
    if (!(roles[SSM_NOISE] > 0.0))
        return 0;
    if (!solve_for(&law, roles, last, &use, isa, &l->solution) ||
        ends_too_early(&law, roles, &l->solution))
        return 0;
    l->response = law_of(&law, roles, &l->solution);
    l->response.ndt_kind = SSM_NDT_CONSTANT; /* of decisions, whatever is added to them */
    l->response.ndt_location = 0.0;
    l->response.deadline = INFINITY;
    l->start = 2.0 * roles[SSM_START] - 1.0;
    if (!(l->solution.start[0] > 0.0 && l->solution.start[1] > 0.0)) {
        leave_at_once(&l->table, l->start > 0.0 ? 1.0 : -1.0);
        return 1;
    }
    return tabulate(l, last);
}

/* The side of 0 on which a survivor is at a time. */
static double omitted_side(const trial_law *l, const ssm_problem *p, uint64_t stream, double t)
{
    draw_sequence draws = {stream_key(p->seed), stream, of_particle(STREAM_OMISSION, p->particle),
                           0};
    double u, share = t > 0.0 ? moving_share_above(&l->solution, t)
                              : l->start > 0.0 ? 1.0 : l->start < 0.0 ? 0.0 : 0.5;
    next_normal(&draws, &u);
    return u < share ? 1.0 : -1.0;
}

static void draw_block(const trial_law *l, const ssm_problem *p, ssm_isa isa, int64_t sample,
                       int count, wiener_block *b)
{
    SSM_CALL_KERNEL(isa, wiener_draw_from, (&l->table, p, 0, sample, count, b));
    number_samples(p, b->stream, sample, padded(count));
    gather(b->ndt_location, column_of(p, SSM_NDT_LOCATION), 0, 1, padded(count));
    gather(b->ndt_scale, column_of(p, SSM_NDT_SCALE), 0, 1, padded(count));
    draw_ndt(p->ndt_kind, stream_key(p->seed), b->stream, b->ndt_location, b->ndt_scale,
             padded(count), b->ndt);
    double deadline = ssm_get(column_of(p, SSM_DEADLINE), 0);
    for (int i = 0; i < count; i++) {
        double limit = time_limit(p, deadline, b->ndt[i]);
        if (b->exit_time[i] < limit)
            continue;
        b->exit_time[i] = INFINITY;
        b->side[i] = omitted_side(l, p, b->stream[i], limit);
    }
}

/* The memory of a call. */
typedef struct {
    trial_law law;
    wiener_block block;
} workspace;

/* Samples of a trial without a table, by steps. */
static ssm_error by_steps(const ssm_problem *p, ssm_isa isa, int64_t trial, int64_t sample, int count,
                          const ssm_results *results, ssm_cancel *cancel)
{
    ssm_problem alone = ssm_wiener_trial_alone(p, trial);
    float rts[WIENER_BLOCK];
    int32_t choices[WIENER_BLOCK];
    uint64_t streams[WIENER_BLOCK + 8];
    ssm_results own = {.rts = rts, .choices = choices};
    number_samples(&alone, streams, sample, padded(count));
    alone.streams = streams;
    alone.n_samples = count;
    ssm_error error = ssm_bridge_sample(&alone, isa, 0, count, &own, cancel);
    for (int i = 0; error == SSM_OK && i < count; i++) {
        results->rts[(sample + i) * p->n_trials + trial] = rts[i];
        results->choices[(sample + i) * p->n_trials + trial] = choices[i];
    }
    return error;
}

/* Samples `sample` to `stop` of one trial. */
static ssm_error sample_trial(const ssm_problem *p, ssm_isa isa, int64_t trial, int64_t sample, int64_t stop,
                              workspace *w, const ssm_results *results, ssm_cancel *cancel)
{
    const ssm_problem alone = ssm_wiener_trial_alone(p, trial);
    ssm_error error = SSM_OK;
    int has_table = prepare(p, trial, isa, &w->law);
    for (int count; sample < stop && error == SSM_OK; sample += count) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        count = stop - sample < WIENER_BLOCK ? (int)(stop - sample) : WIENER_BLOCK;
        if (!has_table) {
            error = by_steps(p, isa, trial, sample, count, results, cancel);
            continue;
        }
        draw_block(&w->law, &alone, isa, sample, count, &w->block);
        write_results(results, w->block.exit_time, w->block.ndt, w->block.side, count,
                      sample * p->n_trials + trial, p->n_trials);
    }
    return error;
}

ssm_error ssm_law_sample(const ssm_problem *p, ssm_isa isa, int64_t begin, int64_t end,
                         const ssm_results *results, ssm_cancel *cancel)
{
    workspace *w = ssm_allocate(sizeof *w);
    ssm_error error = w ? SSM_OK : SSM_NO_MEMORY;
    while (begin < end && error == SSM_OK) {
        int64_t trial = begin / p->n_samples, sample = begin % p->n_samples;
        int64_t left = p->n_samples - sample;
        int64_t count = end - begin < left ? end - begin : left;
        error = sample_trial(p, isa, trial, sample, sample + count, w, results, cancel);
        begin += count;
    }
    ssm_free(w);
    return error;
}
