/* Attention: a diffusion whose drift follows gaze between two items (Krajbich, Armel & Rangel 2010),
 *
 *     dx = v dtau + noise dW,  from x(0) = start,  until |x| = b(tau),
 *     v = gain (value_1 - discount value_2) while gaze is on item 1,
 *     v = gain (discount value_1 - value_2) while it is on item 2.
 *
 * The start is evidence, not relative to the band.  Where gaze goes, ssm_gaze says.  Choices are -1
 * (item 2) and +1 (item 1); an omission has choice 0.
 */
#include <math.h>
#include <string.h>

#include "core/draws.h"
#include "core/memory.h"

#include "attention/attention.h"
#include "core/process.h"
#include "core/results.h"
#include "diffusion/diffusion.h"
#include "diffusion/stage.h"

static const ssm_role_row roles[] = {
    {SSM_START, SSM_ALLOW_SIZE, 0.0, 0},
    {SSM_NOISE, SSM_ALLOW_POSITIVE_OR_0, 1.0, 0},
    {SSM_DISCOUNT, SSM_ALLOW_SIZE, 0.0, 0},
    {SSM_GAIN, SSM_ALLOW_SIZE, 1.0, 0},
    {SSM_VALUE, SSM_ALLOW_SIZE, 0.0, 1},
    SSM_ROLES_OF_TIME,
};

/* The diffusion of the process. */
static ssm_problem motion_of(const ssm_problem *p)
{
    ssm_problem motion = ssm_stage_of(p, 0);
    motion.drift.kind = SSM_DRIFT_GAZE;
    motion.drift.row = ssm_drift(SSM_DRIFT_GAZE);
    motion.drift.parameters[0] = p->column[SSM_DISCOUNT][0];
    motion.drift.parameters[1] = p->column[SSM_GAIN][0];
    motion.drift.parameters[2] = p->column[SSM_VALUE][0];
    motion.drift.parameters[3] = p->column[SSM_VALUE][1];
    motion.n_particles = 1;
    motion.start_is_absolute = 1;
    return motion;
}

/* The samples of a block, by either method. */
static void draw_block(const ssm_problem *motion, ssm_method method, ssm_isa isa, int64_t begin,
                       int count, stage_block *b)
{
    if (method == SSM_METHOD_BRIDGE) {
        ssm_draw_stage(motion, method, isa, begin, count, 0, b);
        return;
    }
    plain_block plain;
    plain.cancel = b->bridge.cancel;
    SSM_CALL_KERNEL(isa, attention_euler, (motion, begin, count, &plain, 0, 0));
    memcpy(b->time, plain.time[0], sizeof b->time);
    memcpy(b->side, plain.side[0], sizeof b->side);
    memcpy(b->ndt, plain.ndt, sizeof b->ndt);
}

static int can_draw(ssm_method method)
{
    return method == SSM_METHOD_BRIDGE || method == SSM_METHOD_EULER;
}

/* The memory of a call. */
typedef struct {
    stage_block block;
    bridge_memory memory;
} workspace;

static ssm_error sample_blocks(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                               int64_t end, stage_block *b, const ssm_results *results,
                               ssm_cancel *cancel)
{
    const ssm_problem motion = motion_of(p);
    for (; begin < end; begin += STAGE_BLOCK) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        int count = end - begin < STAGE_BLOCK ? (int)(end - begin) : STAGE_BLOCK;
        draw_block(&motion, method, isa, begin, count, b);
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        for (int i = 0; i < count; i++)
            b->side[i] = isinf(b->time[i]) ? 0.0 : b->side[i];
        write_results(results, b->time, b->ndt, b->side, count, begin, 1);
    }
    return SSM_OK;
}

static ssm_error sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, ssm_cancel *cancel)
{
    if (!can_draw(method))
        return SSM_BAD_METHOD;
    workspace *w = ssm_allocate(sizeof *w);
    if (!w)
        return SSM_NO_MEMORY;
    ssm_begin_stage_block(&w->block, &w->memory, cancel);
    ssm_error error = sample_blocks(p, method, isa, begin, end, &w->block, results, cancel);
    ssm_free(w);
    return error;
}

static int is_good_row(const ssm_gaze *g, int64_t row)
{
    const double *onset = g->onsets + row * g->n_columns, count = g->counts[row];
    if (!(count >= 1.0 && count <= (double)g->n_columns) || count != floor(count) ||
        (g->firsts[row] != 0.0 && g->firsts[row] != 1.0) || onset[0] != 0.0)
        return 0;
    int good = 1;
    for (int64_t i = 1; i < (int64_t)count; i++)
        good &= onset[i] > onset[i - 1];
    return good && onset[(int64_t)count - 1] < INFINITY;
}

int64_t ssm_first_bad_gaze(const ssm_gaze *gaze, int64_t n_rows)
{
    for (int64_t row = 0; row < n_rows; row++)
        if (!is_good_row(gaze, row))
            return row;
    return n_rows;
}

static ssm_error path(const ssm_problem *p, ssm_method method, int64_t n_grid, float *path,
                      ssm_cancel *cancel)
{
    const ssm_problem motion = motion_of(p);
    plain_block b;
    if (!can_draw(method))
        return SSM_BAD_METHOD;
    if (method == SSM_METHOD_BRIDGE)
        return ssm_bridge_path(&motion, n_grid, path, cancel);
    for (int64_t k = 0; k < n_grid; k++)
        path[k] = SSM_OMISSION;
    b.cancel = cancel;
    ssm_attention_euler_baseline(&motion, 0, 1, &b, path, n_grid);
    return SSM_OK;
}

const ssm_process_entry ssm_process_ATTENTION = {
    .row = {"attention", sizeof roles / sizeof *roles, roles, 1, 0, 0},
    .n_particles = 2,
    .sample = sample,
    .path = path,
};
