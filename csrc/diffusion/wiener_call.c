/* Calls of the Wiener sampler: the division of a call into blocks, the limits of time. */
#include <string.h>

#include "core/draws.h"
#include "core/memory.h"
#include "core/results.h"

#include "diffusion/diffusion.h"
#include "diffusion/wiener_table.h"

/* A table would be too coarse for a law that is very narrow, or hard at a boundary. */
static int can_tabulate(const ssm_problem *p, const wiener_block *b)
{
    const double min_distance = 0.02, max_drift = 30.0;
    return ssm_wiener_all_alike(p) && b->noise[0] > 0.0 && b->to_upper[0] >= min_distance &&
           b->to_lower[0] >= min_distance &&
           fabs(b->scaled_drift[0]) + fabs(b->closing[0]) <= max_drift;
}

/* Draw again, from the late part of a table, the exits of a block that its early part puts off. */
static void draw_late(const ssm_problem *p, ssm_isa isa, int64_t begin, int count,
                      wiener_table *table, wiener_block *b)
{
    double time[WIENER_BLOCK], side[WIENER_BLOCK];
    int any = 0;
    for (int i = 0; i < count; i++)
        any |= b->exit_time[i] == INFINITY;
    if (!any)
        return;
    if (!table->has_late)
        SSM_CALL_KERNEL(isa, wiener_tabulate,
                        (b, SSM_USUAL_MAX_T, SSM_LAST_TIME, 1.0 - table->early.later,
                         &table->late));
    table->has_late = 1;
    memcpy(time, b->exit_time, sizeof time);
    memcpy(side, b->side, sizeof side);
    SSM_CALL_KERNEL(isa, wiener_draw_from, (&table->late, p, 1, begin, count, b));
    for (int i = 0; i < count; i++)
        if (time[i] < INFINITY) {
            b->exit_time[i] = time[i];
            b->side[i] = side[i];
        }
}

static void draw_from_table(const ssm_problem *p, ssm_isa isa, int64_t begin, int count,
                            wiener_stage stage, wiener_table *table, wiener_block *b)
{
    const int limited = p->max_t < INFINITY;
    if (stage == STAGE_FIRST) {
        SSM_CALL_KERNEL(isa, wiener_tabulate,
                        (b, 0.0, limited ? p->max_t : SSM_USUAL_MAX_T, 0.0, &table->early));
        table->has_late = 0;
    }
    SSM_CALL_KERNEL(isa, wiener_draw_from, (&table->early, p, 0, begin, count, b));
    if (!limited)
        draw_late(p, isa, begin, count, table, b);
}

void ssm_wiener_draw_block(const ssm_problem *p, ssm_isa isa, int64_t begin, int count,
                           wiener_stage stage, wiener_table *table, wiener_block *b)
{
    int derived = stage == STAGE_LATER && ssm_wiener_all_alike(p);
    SSM_CALL_KERNEL(isa, wiener_prepare, (p, begin, count, derived, b));
    if (table && can_tabulate(p, b)) {
        draw_from_table(p, isa, begin, count, stage, table, b);
    } else {
        SSM_CALL_KERNEL(isa, wiener_draw, (p, count, b));
    }
}

/* Put exits on the clock of the boundary, and apply the limits of time to them. */
void ssm_wiener_settle(const ssm_problem *p, int count, wiener_block *restrict b)
{
    int64_t any_late = 0, any_tied = 0;
    double limit[WIENER_BLOCK], place;
    for (int i = 0; i < count; i++) {
        limit[i] = time_limit(p, b->deadline[i], b->ndt[i]);
        b->exit_time[i] += b->onset[i];
        any_late |= b->exit_time[i] >= limit[i];
        any_tied |= b->side[i] == 0.0;
    }
    for (int i = 0; any_tied && i < count; i++)
        if (b->side[i] == 0.0)
            b->side[i] = fair_coin(stream_key(p->seed), b->stream[i], p->particle);
    for (int i = 0; any_late && i < count; i++)
        if (b->exit_time[i] >= limit[i]) {
            b->exit_time[i] = INFINITY;
            b->side[i] =
                ssm_wiener_omitted_side(b, i, p->seed, limit[i] - b->onset[i], &place);
        }
}

static void write_block(wiener_block *b, const ssm_problem *p, int count,
                        const ssm_results *results, int64_t first, int64_t step)
{
    ssm_wiener_settle(p, count, b);
    write_results(results, b->exit_time, b->ndt, b->side, count, first, step);
}

static void keep_entry(ssm_column *column, int64_t trial)
{
    *column = (ssm_column){column->data + trial * column->stride, 0};
}

ssm_problem ssm_wiener_trial_alone(const ssm_problem *p, int64_t trial)
{
    ssm_problem alone = *p;
    alone.n_trials = 1;
    alone.first_trial = p->first_trial + trial;
    const ssm_process_row *row = ssm_process(p->process);
    for (int i = 0; i < row->n_roles; i++)
        keep_entry(&alone.column[row->roles[i].role][0], trial);
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        keep_entry(&alone.boundary.parameters[i], trial);
    for (int i = 0; i < p->drift.row->n_parameters; i++)
        keep_entry(&alone.drift.parameters[i], trial);
    if (p->onset.data)
        keep_entry(&alone.onset, trial);
    return alone;
}

/* The memory of a call. */
typedef struct {
    wiener_table table;
    wiener_block block;
} workspace;

/* Samples `sample` to `stop` of one trial, from a table of its own. */
static ssm_error sample_trial(const ssm_problem *p, ssm_isa isa, int64_t trial, int64_t sample,
                              int64_t stop, workspace *w, const ssm_results *results,
                              ssm_cancel *cancel)
{
    const ssm_problem alone = ssm_wiener_trial_alone(p, trial);
    for (wiener_stage stage = STAGE_FIRST; sample < stop; stage = STAGE_LATER) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        int count = stop - sample < WIENER_BLOCK ? (int)(stop - sample) : WIENER_BLOCK;
        ssm_wiener_draw_block(&alone, isa, sample, count, stage, &w->table, &w->block);
        write_block(&w->block, &alone, count, results, sample * p->n_trials + trial, p->n_trials);
        sample += count;
    }
    return SSM_OK;
}

ssm_error ssm_wiener_sample_by_table(const ssm_problem *p, ssm_isa isa, int64_t begin, int64_t end,
                                     const ssm_results *results, ssm_cancel *cancel)
{
    workspace *w = ssm_allocate(sizeof *w);
    ssm_error error = w ? SSM_OK : SSM_NO_MEMORY;
    while (begin < end && error == SSM_OK) {
        int64_t trial = begin / p->n_samples, sample = begin % p->n_samples;
        int64_t left = p->n_samples - sample, count = end - begin < left ? end - begin : left;
        error = sample_trial(p, isa, trial, sample, sample + count, w, results, cancel);
        begin += count;
    }
    ssm_free(w);
    return error;
}

ssm_error ssm_wiener_sample(const ssm_problem *p, ssm_isa isa, int64_t begin, int64_t end,
                            const ssm_results *results, ssm_cancel *cancel)
{
    wiener_block block;
    for (wiener_stage stage = STAGE_FIRST; begin < end; stage = STAGE_LATER) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        int count = end - begin < WIENER_BLOCK ? (int)(end - begin) : WIENER_BLOCK;
        ssm_wiener_draw_block(p, isa, begin, count, stage, 0, &block);
        write_block(&block, p, count, results, begin, 1);
        begin += count;
    }
    return SSM_OK;
}
