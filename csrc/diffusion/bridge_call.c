/* Calls of the bridge sampler: the division of a call into blocks, the results of a block. */
#include "core/draws.h"

#include "diffusion/bridge.h"
#include "core/trials.h"

/* Whether all samples take the same steps: those of one trial, up to the same limit of time;
 * jumps come at times of their own. */
static int steps_are_common(const ssm_diffusion *p)
{
    const ssm_wiener *t = &p->trial;
    return t->n_trials == 1 && !p->has_stability &&
           (t->ndt_kind == SSM_NDT_CONSTANT || isinf(t->deadline.data[0]));
}

static void write_results(const bridge_block *b, uint64_t key, int count, float *rts,
                          int32_t *choices)
{
    for (int i = 0; i < count; i++) {
        int omitted = isinf(b->exit_time[i]);
        rts[i] = omitted ? SSM_OMISSION : (float)(b->exit_time[i] + b->ndt[i]);
        choices[i] = b->side[i] != 0.0 ? (int32_t)b->side[i] : fair_coin(key, b->stream[i]);
    }
}

ssm_error ssm_diffusion_bridge(const ssm_diffusion *p, ssm_isa isa, int64_t begin, int64_t end,
                               float *rts, int32_t *choices, const volatile int *cancel)
{
    ssm_error error = check_range(&p->trial, begin, end);
    if (error != SSM_OK)
        return error;

    bridge_steps common, *steps = begin < end && steps_are_common(p) ? &common : 0;
    common.n_steps = common.started = 0;
    bridge_block block;
    while (begin < end) {
        if (*cancel)
            return SSM_CANCELLED;
        int count = end - begin < BRIDGE_BLOCK ? (int)(end - begin) : BRIDGE_BLOCK;
        SSM_CALL_KERNEL(isa, bridge_draw, (p, begin, count, steps, &block));
        write_results(&block, stream_key(p->trial.seed), count, rts + begin, choices + begin);
        begin += count;
    }
    return SSM_OK;
}
