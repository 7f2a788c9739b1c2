/* Calls of Euler-Maruyama: the division of a call into blocks, response times and labels. */
#include "core/draws.h"
#include "core/memory.h"
#include "core/results.h"

#include "core/trials.h"
#include "diffusion/diffusion.h"
#include "diffusion/euler.h"

/* Times lie on the grid of steps, or are moved by up to half a step; that of a start outside is
 * not made negative. */
static double decision_time(const ssm_problem *p, const euler_block *b, int i)
{
    double steps = b->steps[i];
    if (p->smooth_times)
        steps += steps == 0.0 ? 0.5 * b->blur[i] : b->blur[i] - 0.5;
    return steps * p->delta_t;
}

static void write_block(const euler_block *b, const ssm_problem *p, int count,
                        const ssm_results *results, int64_t first)
{
    const uint64_t key = stream_key(p->seed);
    double time[EULER_BLOCK], label[EULER_BLOCK];
    for (int i = 0; i < count; i++) {
        time[i] = decision_time(p, b, i);
        if (!b->outside[i] || time[i] + b->ndt[i] >= b->deadline[i])
            time[i] = INFINITY;
        label[i] = b->position[i] == 0.0 ? fair_coin(key, b->stream[i], p->particle)
                   : b->position[i] > 0.0 ? 1.0 : -1.0;
    }
    write_results(results, time, b->ndt, label, count, first, 1);
}

static ssm_error sample_blocks(const ssm_problem *p, ssm_isa isa, int64_t begin, int64_t end,
                               euler_block *b, const ssm_results *results)
{
    while (begin < end) {
        if (ssm_cancelled(b->cancel))
            return SSM_CANCELLED;
        int count = end - begin < EULER_BLOCK ? (int)(end - begin) : EULER_BLOCK;
        SSM_CALL_KERNEL(isa, euler_walk, (p, begin, count, b, 0, 0));
        if (ssm_cancelled(b->cancel))
            return SSM_CANCELLED;
        write_block(b, p, count, results, begin);
        begin += count;
    }
    return SSM_OK;
}

ssm_error ssm_euler_sample(const ssm_problem *p, ssm_isa isa, int64_t begin, int64_t end,
                           const ssm_results *results, ssm_cancel *cancel)
{
    euler_block *b = ssm_allocate(sizeof *b);
    if (!b)
        return SSM_NO_MEMORY;
    b->cancel = cancel;
    ssm_error error = sample_blocks(p, isa, begin, end, b, results);
    ssm_free(b);
    return error;
}

ssm_error ssm_euler_path(const ssm_problem *p, int64_t n_grid, float *path, ssm_cancel *cancel)
{
    euler_block *b = ssm_allocate(sizeof *b);
    if (!b)
        return SSM_NO_MEMORY;
    b->cancel = cancel;
    ssm_euler_walk_baseline(p, 0, 1, b, path, n_grid);
    for (int64_t k = n_grid - 1; (double)k > b->steps[0]; k--)
        path[path_place(p, k)] = SSM_OMISSION;
    ssm_free(b);
    return ssm_cancelled(cancel) ? SSM_CANCELLED : SSM_OK;
}
