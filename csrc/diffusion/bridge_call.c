/* Calls of the bridge sampler: the division of a call into blocks, the results of a block. */
#include "core/draws.h"
#include "core/memory.h"
#include "core/results.h"

#include "core/trials.h"
#include "diffusion/bridge.h"
#include "diffusion/diffusion.h"

int ssm_bridge_steps_are_common(const ssm_problem *p)
{
    int draws_gaze = p->drift.kind == SSM_DRIFT_GAZE &&
                     (!p->gaze.onsets || p->gaze.of_samples || p->gaze.continuation != SSM_GAZE_HELD);
    return p->n_trials == 1 && !p->streams && !draws_gaze && !plays(p, SSM_STABILITY) &&
           (p->ndt_kind == SSM_NDT_CONSTANT || isinf(column_of(p, SSM_DEADLINE).data[0]));
}

/* The memory of a call. */
typedef struct {
    bridge_steps steps;
    bridge_block block;
    bridge_memory memory;
} workspace;

static ssm_error sample_blocks(const ssm_problem *p, ssm_isa isa, int64_t begin, int64_t end,
                               workspace *w, const ssm_results *results, ssm_cancel *cancel)
{
    bridge_steps *steps = begin < end && ssm_bridge_steps_are_common(p) ? &w->steps : 0;
    bridge_block *b = &w->block;
    w->steps.n_steps = w->steps.started = 0;
    b->cancel = cancel;
    b->memory = &w->memory;
    while (begin < end) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        int count = end - begin < BRIDGE_BLOCK ? (int)(end - begin) : BRIDGE_BLOCK;
        SSM_CALL_KERNEL(isa, bridge_draw, (p, begin, count, steps, b));
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        for (int i = 0; i < count; i++)
            if (b->side[i] == 0.0)
                b->side[i] = fair_coin(stream_key(p->seed), b->stream[i], p->particle);
        write_results(results, b->exit_time, b->ndt, b->side, count, begin, 1);
        begin += count;
    }
    return SSM_OK;
}

ssm_error ssm_bridge_sample(const ssm_problem *p, ssm_isa isa, int64_t begin, int64_t end,
                            const ssm_results *results, ssm_cancel *cancel)
{
    workspace *w = ssm_allocate(sizeof *w);
    if (!w)
        return SSM_NO_MEMORY;
    ssm_error error = sample_blocks(p, isa, begin, end, w, results, cancel);
    ssm_free(w);
    return error;
}
