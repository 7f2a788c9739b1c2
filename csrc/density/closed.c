#include "density/closed.h"

#include "density/linear_lanes.h"

#include <math.h>
#include <string.h>

int closed_is_plain(const ssm_law *law)
{
    const ssm_problem *p = law->problem;
    return has_closed_form(law) && p->ndt_kind == SSM_NDT_CONSTANT &&
           !(p->played >> SSM_START_HALFWIDTH & 1);
}

/* A parameter of the trials: its column of numbers, that of its derivatives or -1, and its values. */
typedef struct {
    int role, derivative;
    ssm_column numbers;
    double values[LINEAR_BLOCK];
} source;

enum {
    OF_DRIFT, OF_DRIFT_SD, OF_BOUNDARY, OF_COLLAPSE, OF_START, OF_NOISE, OF_NDT, OF_DEADLINE, N_SOURCES
};

/* A block of observations, with the parameters of their trials. */
typedef struct {
    const ssm_law *law;
    source sources[N_SOURCES];
    int64_t trials[LINEAR_BLOCK];
    double collapse[LINEAR_BLOCK], by_parameter[LINEAR_BLOCK]; /* see collapse_of() */
    double inverse_noise[LINEAR_BLOCK];
    linear_block lanes;
    int64_t omitted; /* the trial whose omission has the log probability `omission`, or -1 */
    double omission;
} closed_block;

static const double NONE = 0.0;

static void set_source(closed_block *block, int which, int role, const ssm_column *numbers)
{
    source *s = &block->sources[which];
    int is_there = numbers && numbers->data;
    s->role = role;
    s->derivative = is_there ? gradient_column(block->law, role) : -1;
    s->numbers = is_there ? *numbers : (ssm_column){&NONE, 0};
}

static void find_sources(closed_block *block)
{
    const ssm_problem *p = block->law->problem;
    set_source(block, OF_DRIFT, SSM_LAW_DRIFT, &p->drift.parameters[0]);
    set_source(block, OF_DRIFT_SD, SSM_DRIFT_SD, p->column[SSM_DRIFT_SD]);
    set_source(block, OF_BOUNDARY, SSM_LAW_BOUNDARY, &p->boundary.parameters[0]);
    set_source(block, OF_COLLAPSE, SSM_LAW_BOUNDARY + 1,
               p->boundary.row->n_parameters > 1 ? &p->boundary.parameters[1] : 0);
    set_source(block, OF_START, SSM_START, p->column[SSM_START]);
    set_source(block, OF_NOISE, SSM_NOISE, p->column[SSM_NOISE]);
    set_source(block, OF_NDT, SSM_NDT_LOCATION, p->column[SSM_NDT_LOCATION]);
    set_source(block, OF_DEADLINE, SSM_DEADLINE, p->column[SSM_DEADLINE]);
}

/* Reads the columns that differ from the block before; returns whether there are any. */
static int read_values(source *s, const int64_t *trials, int is_first)
{
    if (s->numbers.stride == 0 && !is_first)
        return 0;
    for (int k = 0; k < LINEAR_BLOCK; k++)
        s->values[k] = ssm_get(s->numbers, trials[k]);
    return 1;
}

static void read_parameters(closed_block *block, int is_first)
{
    source *sources = block->sources;
    int is_new[N_SOURCES];
    for (int m = 0; m < N_SOURCES; m++)
        is_new[m] = read_values(&sources[m], block->trials, is_first);
    for (int k = 0; is_new[OF_COLLAPSE] && k < LINEAR_BLOCK; k++) {
        const double *values = sources[OF_COLLAPSE].values;
        double roles[SSM_LAW_BOUNDARY + 2];
        if (k > 0 && values[k] == values[k - 1]) { /* the same trial, most often */
            block->collapse[k] = block->collapse[k - 1];
            block->by_parameter[k] = block->by_parameter[k - 1];
            continue;
        }
        roles[SSM_LAW_BOUNDARY + 1] = values[k];
        block->collapse[k] = collapse_of(block->law, roles, &block->by_parameter[k]);
    }
    for (int k = 0; is_new[OF_NOISE] && k < LINEAR_BLOCK; k++)
        block->inverse_noise[k] = 1.0 / sources[OF_NOISE].values[k];
}

/* Reads n observations from i on, in units of the noise; the block is filled up with the first one. */
static void fill(closed_block *block, int64_t i, int n, int is_first, const double *rts,
                 const int32_t *choices)
{
    linear_block *lanes = &block->lanes;
    const source *s = block->sources;
    const double max_t = block->law->max_t;
    int64_t per_trial = block->law->n_per_trial, trial = i / per_trial, next = (trial + 1) * per_trial;
    for (int k = 0; k < LINEAR_BLOCK; k++) {
        if (k < n && i + k == next)
            trial++, next += per_trial;
        block->trials[k] = trial;
    }
    read_parameters(block, is_first);
    for (int k = 0; k < LINEAR_BLOCK; k++) {
        int64_t at = i + (k < n ? k : 0);
        double rt = rts[at], t = rt - s[OF_NDT].values[k];
        lanes->t[k] = ((rt < s[OF_DEADLINE].values[k]) & (t > 0.0) & (t <= max_t)) ? t : NAN;
        lanes->sign[k] = choices[at] > 0 ? 1.0 : -1.0;
    }
    for (int k = 0; k < LINEAR_BLOCK; k++) {
        double scale = block->inverse_noise[k], z = s[OF_START].values[k];
        lanes->drift[k] = scale * s[OF_DRIFT].values[k];
        lanes->drift_sd[k] = scale * s[OF_DRIFT_SD].values[k];
        lanes->boundary[k] = scale * s[OF_BOUNDARY].values[k];
        lanes->slope[k] = scale * block->collapse[k];
        lanes->lower[k] = 2.0 * z;
        lanes->upper[k] = 2.0 * (1.0 - z);
    }
}

/* ---- derivatives ---------------------------------------------------------------------------------------- */

/* Adds derivatives by a parameter, which is that of the law times a factor, to their column. */
static void add_column(const closed_block *block, int which, const double *by, double factor,
                       const double *factors, int n, double *rows)
{
    int width = gradient_width(block->law), column = block->sources[which].derivative;
    for (int k = 0; column >= 0 && k < n; k++)
        rows[k * width + column] += factor * by[k] * (factors ? factors[k] : 1.0);
}

static void write_rows(closed_block *block, int n, double *rows)
{
    linear_block *lanes = &block->lanes;
    const double *scale = block->inverse_noise;
    double(*by)[LINEAR_BLOCK] = lanes->by;
    double by_noise[LINEAR_BLOCK];
    memset(rows, 0, n * gradient_width(block->law) * sizeof(double));
    for (int k = 0; k < n; k++) {
        by_noise[k] = by[BY_DRIFT][k] * lanes->drift[k] + by[BY_DRIFT_SD][k] * lanes->drift_sd[k] +
                      by[BY_BOUNDARY][k] * lanes->boundary[k] + by[BY_SLOPE][k] * lanes->slope[k];
        by[BY_SLOPE][k] *= block->by_parameter[k];
    }
    add_column(block, OF_DRIFT, by[BY_DRIFT], 1.0, scale, n, rows);
    add_column(block, OF_DRIFT_SD, by[BY_DRIFT_SD], 1.0, scale, n, rows);
    add_column(block, OF_BOUNDARY, by[BY_BOUNDARY], 1.0, scale, n, rows);
    add_column(block, OF_COLLAPSE, by[BY_SLOPE], 1.0, scale, n, rows);
    add_column(block, OF_START, by[BY_START], 2.0, 0, n, rows);
    add_column(block, OF_NOISE, by_noise, -1.0, scale, n, rows);
    add_column(block, OF_NDT, by[BY_TIME], -1.0, 0, n, rows);
}

/* ---- the call ------------------------------------------------------------------------------------------- */

/* Whether there is no response at a time: fill() found it outside the limits, or the boundaries have met.
 * At the non-decision time itself there may be an atom. */
static int is_impossible(const closed_block *block, int k, double rt)
{
    const linear_block *lanes = &block->lanes;
    if (rt == (double)SSM_OMISSION || isinf(rt) || rt == block->sources[OF_NDT].values[k])
        return 0;
    return !(lanes->boundary[k] > lanes->slope[k] * lanes->t[k]); /* so it is, too, if t is no number */
}

/* An observation k that the lanes leave out: an omission, one beyond the support, a law of extreme size. */
static double lone_log_density(closed_block *block, int k, double rt, int32_t choice, double *row)
{
    if (is_impossible(block, k, rt)) {
        if (row)
            memset(row, 0, gradient_width(block->law) * sizeof(double));
        return -INFINITY;
    }
    double roles[SSM_LAW_PARAMETERS], derivatives[N_RESPONSE_DERIVATIVES] = {0.0};
    int is_omission = rt == (double)SSM_OMISSION;
    int is_known = is_omission && block->omitted == block->trials[k];
    if (is_known && !row)
        return block->omission;
    read_roles(block->law, block->trials[k], roles);
    response_law response = law_of(block->law, roles, 0);
    double value = block->omission;
    if (!is_known)
        value = observation_log_density(&response, rt, choice, row ? derivatives : 0);
    if (is_omission)
        block->omitted = block->trials[k], block->omission = value;
    if (row)
        write_derivatives(block->law, roles, &response, value, derivatives, row, 0);
    return value;
}

ssm_error closed_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                             const double *rts, const int32_t *choices, double *log_density,
                             double *gradient, int *rest, ssm_cancel *cancel)
{
    closed_block block;
    const int width = gradient_width(law);
    block.law = law;
    block.omitted = -1, block.omission = NAN;
    find_sources(&block);
    for (int64_t i = begin; i < end; i += LINEAR_BLOCK) {
        int n = end - i < LINEAR_BLOCK ? (int)(end - i) : LINEAR_BLOCK;
        double *rows = gradient ? gradient + i * width : 0;
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        fill(&block, i, n, i == begin, rts, choices);
        SSM_CALL_KERNEL(isa, linear_block_log_density, (&block.lanes, gradient != 0));
        if (rows)
            write_rows(&block, n, rows);
        for (int k = 0; k < n; k++) {
            double value = block.lanes.value[k];
            if (isnan(value))
                value = lone_log_density(&block, k, rts[i + k], choices[i + k],
                                         rows ? rows + k * width : 0);
            log_density[i + k] = value;
            *rest |= rts[i + k] == (double)SSM_OMISSION;
        }
    }
    return SSM_OK;
}
