/* Diffusions as stages of other processes. */
#include <string.h>

#include "core/draws.h"

#include "diffusion/diffusion.h"
#include "diffusion/stage.h"

ssm_problem ssm_stage_of(const ssm_problem *p, int particle)
{
    static const double none = 0.0, gaussian = 2.0;
    const uint32_t motion = UINT32_C(1) << SSM_LEAK | UINT32_C(1) << SSM_LEAK_2 |
                            UINT32_C(1) << SSM_STABILITY;
    ssm_problem stage = *p;
    stage.process = SSM_PROCESS_DIFFUSION;
    stage.particle = particle;
    stage.played &= ~motion;
    stage.drift.kind = SSM_DRIFT_CONSTANT;
    stage.drift.row = ssm_drift(SSM_DRIFT_CONSTANT);
    stage.drift.parameters[0] = p->column[SSM_DRIFT][particle];
    stage.column[SSM_START][0] = p->column[SSM_START][particle];
    const ssm_role still[] = {SSM_DRIFT_SD, SSM_START_HALFWIDTH, SSM_LEAK, SSM_LEAK_2};
    for (int i = 0; i < 4; i++)
        stage.column[still[i]][0] = (ssm_column){&none, 0};
    stage.column[SSM_STABILITY][0] = (ssm_column){&gaussian, 0};
    return stage;
}

static void gather_samples(ssm_column *column, const ssm_problem *p, int64_t begin, int count,
                           double *to)
{
    gather(to, *column, begin % p->n_trials, p->n_trials, count);
    *column = (ssm_column){to, 1};
}

void ssm_set_stage_of_samples(const ssm_problem *p, int64_t begin, int count,
                              const uint64_t *stream, stage_of_samples *s)
{
    ssm_problem *own = &s->problem;
    *own = *p;
    gather_samples(&own->column[SSM_NOISE][0], p, begin, count, s->noise);
    gather_samples(&own->column[SSM_NDT_LOCATION][0], p, begin, count, s->ndt_location);
    gather_samples(&own->column[SSM_NDT_SCALE][0], p, begin, count, s->ndt_scale);
    gather_samples(&own->column[SSM_DEADLINE][0], p, begin, count, s->deadline);
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        gather_samples(&own->boundary.parameters[i], p, begin, count, s->boundary[i]);
    own->drift.parameters[0] = (ssm_column){s->drift, 1};
    own->column[SSM_START][0] = (ssm_column){s->start, 1};
    own->onset = (ssm_column){s->onset, 1};
    own->streams = stream;
    own->n_samples = 1;
    own->n_trials = count;
    own->first_trial = 0;
}

void ssm_begin_stage_block(stage_block *b, bridge_memory *memory, ssm_cancel *cancel)
{
    b->started = 0;
    b->bridge.memory = memory;
    b->bridge.cancel = cancel;
}

static void draw_by_bridge(const ssm_problem *p, ssm_isa isa, int64_t begin, int count,
                           stage_block *b)
{
    if (!b->started)
        b->shared.steps.n_steps = b->shared.steps.started = 0;
    bridge_steps *steps = ssm_bridge_steps_are_common(p) ? &b->shared.steps : 0;
    SSM_CALL_KERNEL(isa, bridge_draw, (p, begin, count, steps, &b->bridge));
    for (int i = 0; i < count; i++) {
        double side = b->bridge.side[i];
        b->time[i] = b->bridge.exit_time[i];
        b->side[i] = side != 0.0 ? side
                                 : fair_coin(stream_key(p->seed), b->bridge.stream[i], p->particle);
    }
    memcpy(b->ndt, b->bridge.ndt, sizeof b->ndt);
    memcpy(b->stream, b->bridge.stream, sizeof b->stream);
}

void ssm_draw_stage(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin, int count,
                    const double *onset, stage_block *b)
{
    if (method == SSM_METHOD_BRIDGE) {
        draw_by_bridge(p, isa, begin, count, b);
        b->started = 1;
        return;
    }
    wiener_table *table = method == SSM_METHOD_TABLE ? &b->shared.table : 0;
    ssm_wiener_draw_block(p, isa, begin, count, b->started ? STAGE_LATER : STAGE_FIRST, table,
                          &b->wiener);
    if (onset)
        memcpy(b->wiener.onset, onset, (size_t)count * sizeof *onset);
    ssm_wiener_settle(p, count, &b->wiener);
    memcpy(b->time, b->wiener.exit_time, sizeof b->time);
    memcpy(b->side, b->wiener.side, sizeof b->side);
    memcpy(b->ndt, b->wiener.ndt, sizeof b->ndt);
    memcpy(b->stream, b->wiener.stream, sizeof b->stream);
    b->started = 1;
}

ssm_error ssm_stage_path(const ssm_problem *p, ssm_method method, int64_t n_grid, float *path,
                         ssm_cancel *cancel)
{
    return method == SSM_METHOD_BRIDGE
               ? ssm_bridge_path(p, n_grid, path, cancel)
               : ssm_wiener_path(p, method == SSM_METHOD_TABLE, n_grid, path, cancel);
}
