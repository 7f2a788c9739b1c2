#include "density/closed.h"

#include "density/linear_lanes.h"

#include <math.h>

int closed_is_plain(const ssm_law *law)
{
    const ssm_problem *p = law->problem;
    return has_closed_form(law) && p->ndt_kind == SSM_NDT_CONSTANT &&
           !(p->played >> SSM_START_HALFWIDTH & 1);
}

/* A parameter that the trials have: its column of numbers, and that of its derivatives or -1. */
typedef struct {
    int role, derivative;
    ssm_column numbers;
} source;

/* The laws of the trials of a block. */
typedef struct {
    source sources[SSM_LAW_PARAMETERS];
    int n_sources;
    linear_block lanes;
    double roles[LINEAR_BLOCK][SSM_LAW_PARAMETERS];
    response_law laws[LINEAR_BLOCK];
    double omission[LINEAR_BLOCK]; /* its log probability, or NAN */
    int of[LINEAR_BLOCK]; /* which of them an observation has */
} closed_block;

static void add_source(closed_block *block, const ssm_law *law, int role, ssm_column numbers)
{
    block->sources[block->n_sources++] = (source){role, gradient_column(law, role), numbers};
}

/* The parameters, in the order of read_roles(). */
static void find_sources(closed_block *block, const ssm_law *law)
{
    const ssm_problem *p = law->problem;
    block->n_sources = 0;
    for (int role = SSM_DRIFT_SD; role < SSM_N_ROLES; role++)
        if (p->column[role][0].data)
            add_source(block, law, role, p->column[role][0]);
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        add_source(block, law, SSM_LAW_BOUNDARY + i, p->boundary.parameters[i]);
    for (int i = 0; i < p->drift.row->n_parameters; i++)
        add_source(block, law, SSM_LAW_DRIFT + i, p->drift.parameters[i]);
}

static void write_row(const closed_block *block, const ssm_law *law, int j, double value,
                      const double *derivatives, double *row)
{
    for (int column = 0; column < gradient_width(law); column++)
        row[column] = 0.0;
    if (isinf(value))
        return;
    for (int k = 0; k < block->n_sources; k++)
        if (block->sources[k].derivative >= 0)
            row[block->sources[k].derivative] += by_role(law, block->roles[j], &block->laws[j],
                                                         derivatives, block->sources[k].role);
}

/* Reads n observations from i on. */
static void fill(closed_block *block, const ssm_law *law, int64_t i, int n, const double *rts,
                 const int32_t *choices)
{
    linear_block *lanes = &block->lanes;
    int64_t trial = -1;
    int j = -1;
    for (int k = 0; k < LINEAR_BLOCK; k++) {
        int64_t at = i + (k < n ? k : 0); /* a block is filled up */
        if (at / law->n_per_trial != trial && k < n) {
            trial = at / law->n_per_trial;
            j++;
            for (int m = 0; m < block->n_sources; m++)
                block->roles[j][block->sources[m].role] = ssm_get(block->sources[m].numbers, trial);
            block->laws[j] = law_of(law, block->roles[j], 0);
            block->omission[j] = NAN;
        }
        const response_law *response = &block->laws[j];
        const linear_law *l = &response->linear;
        double rt = rts[at], t = rt - response->ndt_location;
        block->of[k] = j;
        lanes->t[k] = rt < response->deadline && t > 0.0 && t <= response->max_t ? t : NAN;
        lanes->sign[k] = choices[at] > 0 ? 1.0 : -1.0;
        lanes->drift[k] = l->drift;
        lanes->drift_sd[k] = l->drift_sd;
        lanes->boundary[k] = l->boundary;
        lanes->slope[k] = l->slope;
        lanes->lower[k] = l->start[0];
        lanes->upper[k] = l->start[1];
    }
}

ssm_error closed_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                             const double *rts, const int32_t *choices, double *log_density,
                             double *gradient, int *rest, ssm_cancel *cancel)
{
    closed_block block;
    int64_t n_laws = end - begin < LINEAR_BLOCK ? end - begin : LINEAR_BLOCK;
    for (int64_t j = 0; j < n_laws; j++)
        for (int role = 0; role < SSM_LAW_PARAMETERS; role++)
            block.roles[j][role] = 0.0;
    find_sources(&block, law);
    for (int64_t i = begin; i < end; i += LINEAR_BLOCK) {
        int n = end - i < LINEAR_BLOCK ? (int)(end - i) : LINEAR_BLOCK;
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        fill(&block, law, i, n, rts, choices);
        SSM_CALL_KERNEL(isa, linear_block_log_density, (&block.lanes, gradient != 0));
        for (int k = 0; k < n; k++) {
            int j = block.of[k], is_omission = rts[i + k] == (double)SSM_OMISSION;
            const response_law *response = &block.laws[j];
            double value = is_omission ? block.omission[j] : block.lanes.value[k];
            double g[N_RESPONSE_DERIVATIVES] = {0.0};
            if (isnan(value)) {
                value = observation_log_density(response, rts[i + k], choices[i + k], gradient ? g : 0);
            } else if (gradient && !is_omission) {
                for (int m = 0; m < N_DERIVATIVES; m++)
                    g[m] = block.lanes.by[m][k];
                g[BY_NDT_LOCATION] = -g[BY_TIME];
            }
            log_density[i + k] = value;
            if (is_omission)
                block.omission[j] = value;
            if (gradient)
                write_row(&block, law, j, value, g, gradient + (i + k) * gradient_width(law));
            *rest |= is_omission;
        }
    }
    return SSM_OK;
}
