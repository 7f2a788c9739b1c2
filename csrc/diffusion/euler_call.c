/* Calls of Euler-Maruyama: the division of a call into blocks, response times and labels. */
#include "core/draws.h"

#include "diffusion/euler.h"
#include "core/trials.h"

/* Times lie on the grid of steps, or are moved by up to half a step; that of a start outside is
 * not made negative. */
static double decision_time(const ssm_diffusion *p, const euler_block *b, int i)
{
    double steps = b->steps[i];
    if (p->smooth_times)
        steps += steps == 0.0 ? 0.5 * b->blur[i] : b->blur[i] - 0.5;
    return steps * p->delta_t;
}

static void write_results(const euler_block *b, const ssm_diffusion *p, int count, float *rts,
                          int32_t *choices)
{
    const uint64_t key = stream_key(p->trial.seed);
    for (int i = 0; i < count; i++) {
        double rt = decision_time(p, b, i) + b->ndt[i];
        rts[i] = b->outside[i] && rt < b->deadline[i] ? (float)rt : SSM_OMISSION;
        choices[i] = b->position[i] == 0.0 ? fair_coin(key, b->stream[i])
                     : b->position[i] > 0.0 ? 1 : -1;
    }
}

ssm_error ssm_diffusion_euler(const ssm_diffusion *p, ssm_isa isa, int64_t begin, int64_t end,
                              float *rts, int32_t *choices, const volatile int *cancel)
{
    ssm_error error = check_range(&p->trial, begin, end);
    if (error != SSM_OK)
        return error;

    euler_block block;
    while (begin < end) {
        if (*cancel)
            return SSM_CANCELLED;
        int count = end - begin < EULER_BLOCK ? (int)(end - begin) : EULER_BLOCK;
        SSM_CALL_KERNEL(isa, euler_walk, (p, begin, count, &block, 0, 0));
        write_results(&block, p, count, rts + begin, choices + begin);
        begin += count;
    }
    return SSM_OK;
}

ssm_error ssm_diffusion_euler_path(const ssm_diffusion *p, int64_t n_grid, float *path)
{
    if (n_grid < 1 || p->trial.n_trials < 1 || p->trial.n_samples < 1)
        return SSM_BAD_COUNT;
    euler_block block;
    ssm_euler_walk_baseline(p, 0, 1, &block, path, n_grid);
    for (int64_t k = n_grid - 1; (double)k > block.steps[0]; k--)
        path[k] = SSM_OMISSION;
    return SSM_OK;
}
