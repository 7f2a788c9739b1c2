/* Calls of the Wiener sampler: checks, the division of a call into blocks, the limits of time. */
#include <float.h>
#include <math.h>

#include "core/draws.h"
#include "diffusion/wiener_table.h"

/* The first of `most` trials whose value is not from `low` to `high`, nor `also`; or `most`. */
static int64_t first_outside(ssm_column column, int64_t most, double low, double high,
                             double also)
{
    int64_t n = column.stride || most == 0 ? most : 1;
    for (int64_t k = 0; k < n; k++) {
        double x = ssm_get(column, k);
        if (!((x >= low && x <= high) || x == also))
            return k;
    }
    return most;
}

ssm_error ssm_wiener_check(const ssm_wiener *p, ssm_role *role, int64_t *trial)
{
    /* Beyond these, squares and quotients of parameters would leave the range of doubles. */
    const double smallest = 1e-60, largest = 1e60;
    const double below_1 = 0x1.fffffffffffffp-1, below_right_angle = 0x1.921fb54442d17p+0;
    const int truncated = p->ndt_kind == SSM_NDT_TRUNCATED_NORMAL;
    const struct {
        ssm_role role;
        ssm_column column;
        double low, high, also;
    } ranges[] = {
        {SSM_ROLE_DRIFT, p->drift, -largest, largest, NAN},
        {SSM_ROLE_BOUNDARY, p->boundary, smallest, largest, NAN},
        {SSM_ROLE_START, p->start, smallest, below_1, NAN},
        {SSM_ROLE_NDT_SCALE, p->ndt_scale, 0.0, DBL_MAX, NAN},
        {SSM_ROLE_NDT_LOCATION, p->ndt_location, truncated ? -DBL_MAX : 0.0, DBL_MAX, NAN},
        {SSM_ROLE_DRIFT_SD, p->drift_sd, 0.0, largest, NAN},
        {SSM_ROLE_START_HALFWIDTH, p->start_halfwidth, 0.0, largest, NAN},
        {SSM_ROLE_NOISE, p->noise, smallest, largest, 0.0},
        {SSM_ROLE_DEADLINE, p->deadline, -INFINITY, INFINITY, NAN},
        {SSM_ROLE_ANGLE, p->angle, -below_right_angle, below_right_angle, NAN},
    };
    *role = SSM_ROLE_NONE;
    *trial = p->n_trials;
    for (unsigned i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        int64_t bad = first_outside(ranges[i].column, *trial, ranges[i].low, ranges[i].high,
                                    ranges[i].also);
        if (bad < *trial) {
            *trial = bad;
            *role = ranges[i].role;
        }
    }
    /* Nothing is left of a constant that is truncated away. */
    for (int64_t k = 0; truncated && k < *trial; k++)
        if (ssm_get(p->ndt_location, k) < 0.0 && ssm_get(p->ndt_scale, k) == 0.0) {
            *trial = k;
            *role = SSM_ROLE_NDT_LOCATION;
        }
    return *role == SSM_ROLE_NONE ? SSM_OK : SSM_BAD_VALUE;
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
        SSM_CALL_KERNEL(isa, wiener_draw_from, (table, p, begin, count, b));
    } else {
        SSM_CALL_KERNEL(isa, wiener_draw, (p, count, b));
    }
}

/* Apply the limits of time to the samples of a block and write their results. */
static void write_results(const wiener_block *b, const ssm_wiener *p, int count, float *rts,
                          int32_t *choices)
{
    int64_t any_late = 0, any_tied = 0;
    double limit[WIENER_BLOCK];
    for (int i = 0; i < count; i++) {
        limit[i] = b->deadline[i] - b->ndt[i];
        limit[i] = limit[i] < p->max_t ? limit[i] : p->max_t;
        rts[i] = (float)(b->exit_time[i] + b->ndt[i]);
        choices[i] = (int32_t)b->side[i];
        any_late |= b->exit_time[i] >= limit[i];
        any_tied |= choices[i] == 0;
    }
    for (int i = 0; any_tied && i < count; i++)
        if (choices[i] == 0)
            choices[i] = fair_coin(stream_key(p->seed), b->stream[i]);
    for (int i = 0; any_late && i < count; i++)
        if (b->exit_time[i] >= limit[i]) {
            rts[i] = SSM_OMISSION;
            choices[i] = ssm_wiener_omitted_side(b, i, p->seed, limit[i]);
        }
}

static ssm_column entry(ssm_column column, int64_t trial)
{
    return (ssm_column){column.data + trial * column.stride, 0};
}

ssm_wiener ssm_wiener_trial_alone(const ssm_wiener *p, int64_t trial)
{
    ssm_wiener alone = *p;
    alone.n_trials = 1;
    alone.first_trial = p->first_trial + trial;
    alone.drift = entry(p->drift, trial);
    alone.drift_sd = entry(p->drift_sd, trial);
    alone.boundary = entry(p->boundary, trial);
    alone.start = entry(p->start, trial);
    alone.start_halfwidth = entry(p->start_halfwidth, trial);
    alone.noise = entry(p->noise, trial);
    alone.ndt_location = entry(p->ndt_location, trial);
    alone.ndt_scale = entry(p->ndt_scale, trial);
    alone.deadline = entry(p->deadline, trial);
    alone.angle = entry(p->angle, trial);
    return alone;
}

/* Take the results trial by trial, each with a table of its own. */
static ssm_error sample_by_trial(const ssm_wiener *p, ssm_isa isa, int64_t begin, int64_t end,
                                 float *rts, int32_t *choices, const volatile int *cancel)
{
    while (begin < end) {
        int64_t trial = begin / p->n_samples, sample = begin % p->n_samples;
        int64_t stop = sample + (end - begin) < p->n_samples ? sample + (end - begin)
                                                             : p->n_samples;
        const ssm_wiener alone = ssm_wiener_trial_alone(p, trial);
        float times[WIENER_BLOCK];
        int32_t sides[WIENER_BLOCK];
        wiener_block block;
        wiener_table table;
        begin += stop - sample;
        for (wiener_stage stage = STAGE_FIRST; sample < stop; stage = STAGE_LATER) {
            if (*cancel)
                return SSM_CANCELLED;
            int count = stop - sample < WIENER_BLOCK ? (int)(stop - sample) : WIENER_BLOCK;
            ssm_wiener_draw_block(&alone, isa, sample, count, stage, &table, &block);
            write_results(&block, &alone, count, times, sides);
            for (int i = 0; i < count; i++, sample++) {
                rts[sample * p->n_trials + trial] = times[i];
                choices[sample * p->n_trials + trial] = sides[i];
            }
        }
    }
    return SSM_OK;
}

ssm_error ssm_wiener_sample(const ssm_wiener *p, ssm_isa isa, int64_t begin, int64_t end,
                            float *rts, int32_t *choices, const volatile int *cancel)
{
    ssm_error error = check_range(p, begin, end);
    if (error != SSM_OK)
        return error;
    if (p->tabulate && p->n_trials > 1)
        return sample_by_trial(p, isa, begin, end, rts, choices, cancel);

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
