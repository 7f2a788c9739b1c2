/* Calls of the Wiener sampler: checks, the division of a call into blocks, the limits of time. */
#include <math.h>

#include "wiener_table.h"

static int finite_and_at_least(double x, double low) { return isfinite(x) && x >= low; }

static ssm_role first_bad_role(const ssm_wiener *p, int64_t k)
{
    double ndt = ssm_get(p->ndt_location, k), ndt_scale = ssm_get(p->ndt_scale, k);
    double start = ssm_get(p->start, k), boundary = ssm_get(p->boundary, k);
    if (!isfinite(ssm_get(p->drift, k)))
        return SSM_ROLE_DRIFT;
    if (!(isfinite(boundary) && boundary > 0.0))
        return SSM_ROLE_BOUNDARY;
    if (!(start > 0.0 && start < 1.0))
        return SSM_ROLE_START;
    if (!finite_and_at_least(ndt_scale, 0.0))
        return SSM_ROLE_NDT_SCALE;
    if (p->ndt_kind == SSM_NDT_TRUNCATED_NORMAL) {
        if (!isfinite(ndt) || (ndt < 0.0 && ndt_scale == 0.0))
            return SSM_ROLE_NDT_LOCATION;
    } else if (!finite_and_at_least(ndt, 0.0)) {
        return SSM_ROLE_NDT_LOCATION;
    }
    if (!finite_and_at_least(ssm_get(p->drift_sd, k), 0.0))
        return SSM_ROLE_DRIFT_SD;
    if (!finite_and_at_least(ssm_get(p->start_halfwidth, k), 0.0))
        return SSM_ROLE_START_HALFWIDTH;
    if (!finite_and_at_least(ssm_get(p->noise, k), 0.0))
        return SSM_ROLE_NOISE;
    if (isnan(ssm_get(p->deadline, k)))
        return SSM_ROLE_DEADLINE;
    if (!(fabs(ssm_get(p->angle, k)) < 0x1.921fb54442d18p+0))
        return SSM_ROLE_ANGLE;
    return SSM_ROLE_NONE;
}

ssm_error ssm_wiener_check(const ssm_wiener *p, ssm_role *role, int64_t *trial)
{
    for (*trial = 0; *trial < p->n_trials; ++*trial) {
        *role = first_bad_role(p, *trial);
        if (*role != SSM_ROLE_NONE)
            return SSM_BAD_VALUE;
    }
    return SSM_OK;
}

/* A table would be too coarse for a law that is very narrow, or hard at a boundary. */
static int can_tabulate(const ssm_wiener *p, const wiener_block *b)
{
    const double least_distance = 0.02, largest_drift = 30.0;
    return p->tabulate && ssm_wiener_all_alike(p) && b->noise[0] > 0.0 &&
           b->to_upper[0] >= least_distance && b->to_lower[0] >= least_distance &&
           fabs(b->scaled_drift[0]) + fabs(b->closing[0]) <= largest_drift;
}

void ssm_wiener_draw_block(const ssm_wiener *p, ssm_isa isa, int64_t begin, int count,
                           wiener_stage stage, wiener_table *table, wiener_block *b)
{
    int derived = stage == STAGE_LATER && ssm_wiener_all_alike(p);
    SSM_CALL_KERNEL(isa, wiener_prepare, (p, begin, count, derived, b));
    if (can_tabulate(p, b)) {
        if (stage == STAGE_FIRST)
            SSM_CALL_KERNEL(isa, wiener_tabulate, (p, b, table));
        SSM_CALL_KERNEL(isa, wiener_draw_from, (table, stream_key(p->seed), count, b));
    } else {
        SSM_CALL_KERNEL(isa, wiener_draw, (p, count, b));
    }
}

/* Apply the limits of time to the samples of a block and write their results. */
static void write_results(const wiener_block *b, const ssm_wiener *p, int count, float *rts,
                          int32_t *choices)
{
    for (int i = 0; i < count; i++) {
        double limit = b->deadline[i] - b->ndt[i];
        limit = limit < p->max_t ? limit : p->max_t;
        rts[i] = (float)(b->exit_time[i] + b->ndt[i]);
        choices[i] = (int32_t)b->side[i];
        if (b->exit_time[i] >= limit) {
            rts[i] = SSM_OMISSION;
            choices[i] = ssm_wiener_omitted_side(b, i, p->seed, limit);
        }
    }
}

ssm_error ssm_wiener_sample(const ssm_wiener *p, ssm_isa isa, int64_t begin, int64_t end,
                            float *rts, int32_t *choices, const volatile int *cancel)
{
    ssm_error error = check_range(p, begin, end);
    if (error != SSM_OK)
        return error;

    wiener_block block;
    wiener_table table;
    for (wiener_stage stage = STAGE_FIRST; begin < end; stage = STAGE_LATER) {
        if (*cancel)
            return SSM_CANCELLED;
        int count = end - begin < WIENER_BLOCK ? (int)(end - begin) : WIENER_BLOCK;
        ssm_wiener_draw_block(p, isa, begin, count, stage, &table, &block);
        write_results(&block, p, count, rts + begin, choices + begin);
        begin += count;
    }
    return SSM_OK;
}
