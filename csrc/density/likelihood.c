/* Log densities for callers whose numbers lie in arrays of their own: see ssm_likelihood. */
#include "density/law.h"

#include <math.h>
#include <string.h>

enum { BATCH = 256 }; /* trials that are copied at a time */

/* A problem whose columns are the constants, or rows of theta. */
typedef struct {
    ssm_problem problem;
    ssm_law law;
    double theta[SSM_LIKELIHOOD_PARAMETERS][BATCH], gradient[BATCH * SSM_LIKELIHOOD_PARAMETERS];
    double rts[BATCH], log_density[BATCH];
    int32_t choices[BATCH];
} batch;

int ssm_likelihood_of(const ssm_law *law, ssm_isa isa, ssm_likelihood *likelihood)
{
    const ssm_problem *p = law->problem;
    if (p->process != SSM_PROCESS_DIFFUSION || p->boundary.kind == SSM_BOUNDARY_TABLE ||
        p->drift.kind == SSM_DRIFT_TABLE || p->drift.kind == SSM_DRIFT_TABLE_DUAL || !law->columns ||
        law->n_columns > SSM_LIKELIHOOD_PARAMETERS || law->columns[SSM_NOISE] >= 0)
        return 0; /* where the noise is a parameter it may be 0, which is no law */
    memset(likelihood, 0, sizeof *likelihood); /* padding too: it may be compared as bytes */
    *likelihood = (ssm_likelihood){
        .n_parameters = law->n_columns,
        .isa = isa,
        .ndt_kind = p->ndt_kind,
        .boundary = p->boundary.kind,
        .drift = p->drift.kind,
        .start_is_relative = p->start_is_relative,
        .accuracy = law->accuracy,
        .played = p->played,
        .max_t = law->max_t,
    };
    read_roles(law, 0, likelihood->constant);
    for (int i = 0; i < SSM_LAW_PARAMETERS; i++)
        likelihood->parameter[i] = law->columns[i];
    return 1;
}

/* ---- numbers of the caller ------------------------------------------------------------------------------ */

static double number(const ssm_numbers *numbers, int64_t k)
{
    return numbers->is_float ? ((const float *)numbers->data)[k * numbers->stride]
                             : ((const double *)numbers->data)[k * numbers->stride];
}

static void put_number(const ssm_numbers *numbers, int64_t k, double value)
{
    if (numbers->is_float)
        ((float *)numbers->data)[k * numbers->stride] = (float)value;
    else
        ((double *)numbers->data)[k * numbers->stride] = value;
}

/* ---- batches -------------------------------------------------------------------------------------------- */

static void set_column(batch *b, const ssm_likelihood *likelihood, const ssm_numbers *inputs, int place,
                       ssm_column *column)
{
    int parameter = likelihood->parameter[place];
    column->data = parameter < 0 ? &likelihood->constant[place] : b->theta[parameter];
    column->stride = parameter >= 0 && inputs[2 + parameter].stride != 0;
}

/* Everything but the numbers of trials. */
static void set_problem(batch *b, const ssm_likelihood *likelihood, const ssm_numbers *inputs)
{
    ssm_problem *p = &b->problem;
    const ssm_process_row *row = ssm_process(SSM_PROCESS_DIFFUSION);
    memset(p, 0, sizeof *p);
    p->process = SSM_PROCESS_DIFFUSION;
    p->n_particles = 1;
    p->ndt_kind = (ssm_ndt_kind)likelihood->ndt_kind;
    p->start_is_relative = likelihood->start_is_relative;
    p->played = likelihood->played;
    p->boundary = (ssm_curve){.kind = likelihood->boundary, .row = ssm_boundary(likelihood->boundary)};
    p->drift = (ssm_curve){.kind = likelihood->drift, .row = ssm_drift(likelihood->drift)};
    for (int i = 0; i < row->n_roles; i++)
        set_column(b, likelihood, inputs, row->roles[i].role, &p->column[row->roles[i].role][0]);
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        set_column(b, likelihood, inputs, SSM_LAW_BOUNDARY + i, &p->boundary.parameters[i]);
    for (int i = 0; i < p->drift.row->n_parameters; i++)
        set_column(b, likelihood, inputs, SSM_LAW_DRIFT + i, &p->drift.parameters[i]);
    b->law = (ssm_law){.problem = p,
                       .max_t = likelihood->max_t,
                       .last_t = INFINITY,
                       .accuracy = (ssm_accuracy)likelihood->accuracy,
                       .n_like = 1,
                       .columns = likelihood->parameter,
                       .n_columns = likelihood->n_parameters};
}

/* Returns whether the data of n trials from `first` on can be. */
static int read_data(batch *b, const ssm_numbers *inputs, int64_t first, int n)
{
    int is_possible = 1;
    for (int k = 0; k < n; k++) {
        double rt = number(&inputs[0], first + k), choice = number(&inputs[1], first + k);
        is_possible &= choice == 1.0 || choice == -1.0 || rt == (double)SSM_OMISSION;
        is_possible &= !isnan(rt);
        b->rts[k] = rt;
        b->choices[k] = choice > 0.0 ? 1 : -1;
    }
    return is_possible;
}

static void write_values(const batch *b, int width, const ssm_numbers *outputs, int64_t first, int n,
                         int with_gradient)
{
    for (int k = 0; k < n; k++)
        put_number(&outputs[0], first + k, b->log_density[k]);
    for (int j = 0; with_gradient && j < width; j++)
        for (int k = 0; k < n; k++)
            put_number(&outputs[1 + j], first + k, b->gradient[k * width + j]);
}

/* Trials whose parameters are allowed, in runs between those whose parameters are not. */
static ssm_error solve(batch *b, ssm_isa isa, int n, int with_gradient)
{
    static const int never = 0;
    const int width = b->law.n_columns;
    int64_t begin = 0, per_trial = b->law.n_per_trial;
    while (begin < n) {
        ssm_fault fault = {.trial = 0};
        ssm_cancel cancel = {.flag = &never};
        ssm_error error = ssm_check_trials(&b->problem, begin / per_trial, b->problem.n_trials, &fault);
        if (error != SSM_OK && error != SSM_BAD_VALUE)
            return error;
        int64_t end = error == SSM_OK ? n : fault.trial * per_trial, next = end + per_trial;
        error = ssm_law_log_density(&b->law, isa, begin, end, b->rts, b->choices, b->log_density,
                                    with_gradient ? b->gradient : 0, &cancel);
        if (error != SSM_OK)
            return error;
        for (begin = end; begin < n && begin < next; begin++) {
            b->log_density[begin] = -INFINITY;
            memset(&b->gradient[begin * width], 0, width * sizeof(double));
        }
    }
    return SSM_OK;
}

ssm_error ssm_likelihood_log_density(const ssm_likelihood *likelihood, int64_t n,
                                     const ssm_numbers *inputs, const ssm_numbers *outputs,
                                     int with_gradient)
{
    batch b;
    const int width = likelihood->n_parameters;
    int is_shared = 1; /* one parameter set serves all trials */
    if (width < 0 || width > SSM_LIKELIHOOD_PARAMETERS)
        return SSM_BAD_COUNT;
    if (!ssm_boundary(likelihood->boundary) || !ssm_drift(likelihood->drift))
        return SSM_BAD_KIND;
    ssm_isa isa = ssm_best_isa();
    if (likelihood->isa < (int)isa)
        isa = (ssm_isa)likelihood->isa;
    set_problem(&b, likelihood, inputs);
    for (int j = 0; j < width; j++) {
        is_shared &= inputs[2 + j].stride == 0;
        b.theta[j][0] = n > 0 ? number(&inputs[2 + j], 0) : 0.0;
    }
    for (int64_t first = 0; first < n; first += BATCH) {
        int m = n - first < BATCH ? (int)(n - first) : BATCH;
        b.problem.n_trials = is_shared ? 1 : m;
        b.law.n_per_trial = is_shared ? m : 1;
        for (int j = 0; j < width; j++)
            for (int k = 0; k < m && inputs[2 + j].stride != 0; k++)
                b.theta[j][k] = number(&inputs[2 + j], first + k);
        if (!read_data(&b, inputs, first, m))
            return SSM_BAD_DATA;
        ssm_error error = solve(&b, isa, m, with_gradient);
        if (error != SSM_OK)
            return error;
        write_values(&b, width, outputs, first, m, with_gradient);
    }
    return SSM_OK;
}
