/* Log densities for callers whose numbers lie in arrays of their own: see ssm_likelihood. */
#include "density/law.h"
#include "density/trial_law.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 128 }; /* trials that are copied, or checked, at a time */

typedef struct {
    const ssm_likelihood *likelihood;
    const ssm_numbers *inputs, *outputs;
    int64_t n;
    int is_shared; /* one parameter set serves all trials */
    int with_gradient;
    ssm_isa isa;
    ssm_cancel *cancel;
} likelihood_call;

/* A problem whose columns are the constants, or rows of theta, and its observations. */
typedef struct {
    const likelihood_call *call;
    ssm_problem problem;
    ssm_law law;
    double *theta[SSM_LIKELIHOOD_PARAMETERS], *gradient, *rts, *log_density;
    int32_t *choices;
    const int64_t *order; /* numbers of the trials in the call; NULL: one after the other */
} batch;

/* Whether values of parameters, which are checked one by one, may together have no density. */
static int may_have_no_density(const ssm_law *law)
{
    const ssm_problem *p = law->problem;
    int varies = p->played >> SSM_START_HALFWIDTH & 1;
    int leaks = p->played >> SSM_LEAK & p->played >> SSM_DRIFT_SD & 1;
    return !has_closed_form(law) &&
           (is_solved_by_trial(law) || p->drift.row->n_columns == 2 || varies || leaks);
}

int ssm_likelihood_of(const ssm_law *law, ssm_isa isa, ssm_likelihood *likelihood)
{
    const ssm_problem *p = law->problem;
    if (p->process != SSM_PROCESS_DIFFUSION || p->boundary.kind == SSM_BOUNDARY_TABLE ||
        p->drift.kind == SSM_DRIFT_TABLE || p->drift.kind == SSM_DRIFT_TABLE_DUAL || !law->columns ||
        law->n_columns > SSM_LIKELIHOOD_PARAMETERS || law->columns[SSM_NOISE] >= 0 ||
        may_have_no_density(law))
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

static void set_column(const batch *b, int place, ssm_column *column)
{
    int parameter = b->call->likelihood->parameter[place];
    column->data = parameter < 0 ? &b->call->likelihood->constant[place] : b->theta[parameter];
    column->stride = parameter >= 0 && b->call->inputs[2 + parameter].stride != 0;
}

/* Everything but the numbers of trials. */
static void set_problem(batch *b)
{
    ssm_problem *p = &b->problem;
    const ssm_likelihood *likelihood = b->call->likelihood;
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
        set_column(b, row->roles[i].role, &p->column[row->roles[i].role][0]);
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        set_column(b, SSM_LAW_BOUNDARY + i, &p->boundary.parameters[i]);
    for (int i = 0; i < p->drift.row->n_parameters; i++)
        set_column(b, SSM_LAW_DRIFT + i, &p->drift.parameters[i]);
    b->law = (ssm_law){.problem = p,
                       .max_t = likelihood->max_t,
                       .last_t = INFINITY,
                       .accuracy = (ssm_accuracy)likelihood->accuracy,
                       .n_like = 1,
                       .columns = likelihood->parameter,
                       .n_columns = likelihood->n_parameters};
}

/* The number in the call of trial k of a batch that begins at `first`. */
static int64_t number_in_call(const batch *b, int64_t first, int64_t k)
{
    return b->order ? b->order[k] : first + k;
}

/* Parameters of n trials; those that all trials share are read once. */
static void read_parameters(batch *b, int64_t first, int64_t n)
{
    for (int j = 0; j < b->law.n_columns; j++) {
        const ssm_numbers *column = &b->call->inputs[2 + j];
        for (int64_t k = 0; k < (column->stride ? n : 1); k++)
            b->theta[j][k] = number(column, number_in_call(b, first, k));
    }
}

/* Returns whether the data of n trials can be. */
static int read_data(batch *b, int64_t first, int64_t n)
{
    const ssm_numbers *inputs = b->call->inputs;
    int is_possible = 1;
    for (int64_t k = 0; k < n; k++) {
        int64_t trial = number_in_call(b, first, k);
        double rt = number(&inputs[0], trial), choice = number(&inputs[1], trial);
        is_possible &= choice == 1.0 || choice == -1.0 || rt == (double)SSM_OMISSION;
        is_possible &= !isnan(rt);
        b->rts[k] = rt;
        b->choices[k] = choice > 0.0 ? 1 : -1;
    }
    return is_possible;
}

static void write_values(const batch *b, int64_t first, int64_t n)
{
    const ssm_numbers *outputs = b->call->outputs;
    const int width = b->law.n_columns;
    for (int64_t k = 0; k < n; k++)
        put_number(&outputs[0], number_in_call(b, first, k), b->log_density[k]);
    for (int j = 0; b->call->with_gradient && j < width; j++)
        for (int64_t k = 0; k < n; k++)
            put_number(&outputs[1 + j], number_in_call(b, first, k), b->gradient[k * width + j]);
}

static ssm_error log_density(batch *b, int64_t begin, int64_t end)
{
    return ssm_law_log_density(&b->law, b->call->isa, begin, end, b->rts, b->choices, b->log_density,
                               b->call->with_gradient ? b->gradient : 0, b->call->cancel);
}

/* ---- closed forms: batch by batch ------------------------------------------------------------------------ */

/* Trials whose parameters are allowed, in runs between those whose parameters are not. */
static ssm_error evaluate(batch *b, int64_t n)
{
    const int width = b->law.n_columns;
    int64_t begin = 0, per_trial = b->law.n_per_trial;
    while (begin < n) {
        ssm_fault fault = {.trial = 0};
        ssm_error error = ssm_check_trials(&b->problem, begin / per_trial, b->problem.n_trials, &fault);
        if (error != SSM_OK && error != SSM_BAD_VALUE)
            return error;
        int64_t end = error == SSM_OK ? n : fault.trial * per_trial, next = end + per_trial;
        error = log_density(b, begin, end);
        if (error != SSM_OK)
            return error;
        for (begin = end; begin < n && begin < next; begin++) {
            b->log_density[begin] = -INFINITY;
            memset(&b->gradient[begin * width], 0, width * sizeof(double));
        }
    }
    return SSM_OK;
}

static ssm_error closed(const likelihood_call *call)
{
    double theta[SSM_LIKELIHOOD_PARAMETERS][BATCH], gradient[BATCH * SSM_LIKELIHOOD_PARAMETERS];
    double rts[BATCH], values[BATCH];
    int32_t choices[BATCH];
    batch b = {.call = call, .gradient = gradient, .rts = rts, .log_density = values, .choices = choices};
    for (int j = 0; j < SSM_LIKELIHOOD_PARAMETERS; j++)
        b.theta[j] = theta[j];
    set_problem(&b);
    for (int64_t first = 0; first < call->n; first += BATCH) {
        int64_t m = call->n - first < BATCH ? call->n - first : BATCH;
        b.problem.n_trials = call->is_shared ? 1 : m;
        b.law.n_per_trial = call->is_shared ? m : 1;
        read_parameters(&b, first, m);
        if (!read_data(&b, first, m))
            return SSM_BAD_DATA;
        ssm_error error = evaluate(&b, m);
        if (error != SSM_OK)
            return error;
        write_values(&b, first, m);
    }
    return SSM_OK;
}

/* ---- numerical solutions: all trials at a time, those that share one side by side ------------------------- */

/* Parameters that a solution depends on, and that differ between trials. */
typedef struct {
    int n;
    const double *values[SSM_LIKELIHOOD_PARAMETERS];
} sort_keys;

static sort_keys keys_of(const batch *b)
{
    const ssm_likelihood *likelihood = b->call->likelihood;
    sort_keys keys = {0};
    double roles[SSM_LAW_PARAMETERS] = {0.0};
    roles[SSM_LEAK] = likelihood->played >> SSM_LEAK & 1; /* any value but 0 */
    for (int j = 0; j < likelihood->n_parameters; j++) {
        int is_key = 0;
        for (int place = 0; place < SSM_LAW_PARAMETERS; place++)
            is_key |= likelihood->parameter[place] == j && !is_free(&b->law, roles, place);
        if (is_key && b->call->inputs[2 + j].stride != 0)
            keys.values[keys.n++] = b->theta[j];
    }
    return keys;
}

/* Whether trial i comes before trial k. */
static int is_before(const sort_keys *keys, int64_t i, int64_t k)
{
    for (int j = 0; j < keys->n; j++)
        if (keys->values[j][i] != keys->values[j][k])
            return keys->values[j][i] < keys->values[j][k];
    return i < k;
}

static void sift_down(int64_t *heap, int64_t n, int64_t parent, const sort_keys *keys)
{
    int64_t moved = heap[parent], child;
    for (; (child = 2 * parent + 1) < n; parent = child) {
        if (child + 1 < n && is_before(keys, heap[child], heap[child + 1]))
            child++;
        if (!is_before(keys, moved, heap[child]))
            break;
        heap[parent] = heap[child];
    }
    heap[parent] = moved;
}

static void heap_sort(int64_t *order, int64_t n, const sort_keys *keys)
{
    for (int64_t parent = n / 2; parent-- > 0;)
        sift_down(order, n, parent, keys);
    for (int64_t end = n; --end > 0;) {
        int64_t last = order[end];
        order[end] = order[0];
        order[0] = last;
        sift_down(order, end, 0, keys);
    }
}

/* Puts the trials whose parameters are allowed first; sets how many they are. */
static ssm_error part_trials(const ssm_problem *problem, int64_t *order, int64_t *n_allowed)
{
    int64_t allowed = 0, others = problem->n_trials;
    for (int64_t k = 0; k < problem->n_trials;) {
        int64_t end = problem->n_trials - k < BATCH ? problem->n_trials : k + BATCH;
        ssm_fault fault;
        ssm_error error = ssm_check_trials(problem, k, end, &fault);
        if (error != SSM_OK && error != SSM_BAD_VALUE)
            return error;
        int64_t stop = error == SSM_OK ? end : fault.trial;
        while (k < stop)
            order[allowed++] = k++;
        if (k < end)
            order[--others] = k++;
    }
    *n_allowed = allowed;
    return SSM_OK;
}

/* The latest time, +inf if there are omissions. */
static double latest_time(const double *rts, int64_t n)
{
    double latest = 1e-3;
    for (int64_t k = 0; k < n; k++) {
        if (rts[k] == (double)SSM_OMISSION)
            return INFINITY;
        if (rts[k] > latest && rts[k] < INFINITY)
            latest = rts[k];
    }
    return latest;
}

static void write_impossible(const likelihood_call *call, int64_t trial)
{
    put_number(&call->outputs[0], trial, -INFINITY);
    for (int j = 0; call->with_gradient && j < call->likelihood->n_parameters; j++)
        put_number(&call->outputs[1 + j], trial, 0.0);
}

/* `order` has a place for each trial. */
static ssm_error solve(batch *b, int64_t *order)
{
    const int64_t n = b->call->n;
    int64_t n_allowed;
    b->problem.n_trials = b->call->is_shared ? 1 : n;
    b->law.n_per_trial = b->call->is_shared ? n : 1;
    read_parameters(b, 0, n);
    if (!read_data(b, 0, n))
        return SSM_BAD_DATA;
    b->law.last_t = latest_time(b->rts, n);
    ssm_error error = part_trials(&b->problem, order, &n_allowed);
    if (error != SSM_OK)
        return error;
    if (b->call->is_shared) {
        n_allowed *= n;
        for (int64_t k = 0; k < n; k++)
            order[k] = k;
    } else {
        sort_keys keys = keys_of(b);
        if (keys.n > 0)
            heap_sort(order, n_allowed, &keys);
        b->order = order;
        b->problem.n_trials = n_allowed;
        read_parameters(b, 0, n_allowed);
        read_data(b, 0, n_allowed);
    }
    error = log_density(b, 0, n_allowed);
    if (error != SSM_OK)
        return error;
    write_values(b, 0, n_allowed);
    for (int64_t k = n_allowed; k < n; k++)
        write_impossible(b->call, order[k]);
    return SSM_OK;
}

static ssm_error solved(const likelihood_call *call)
{
    const int64_t n = call->n, width = call->likelihood->n_parameters;
    const int64_t n_columns = 2 + width + (call->with_gradient ? width : 0);
    double *numbers = calloc((size_t)n, (size_t)n_columns * sizeof *numbers);
    int64_t *order = calloc((size_t)n, sizeof *order);
    batch b = {.call = call, .choices = calloc((size_t)n, sizeof *b.choices)};
    ssm_error error = SSM_NO_MEMORY;
    if (numbers && order && b.choices) {
        b.rts = numbers;
        b.log_density = numbers + n;
        for (int64_t j = 0; j < width; j++)
            b.theta[j] = numbers + (2 + j) * n;
        b.gradient = numbers + (2 + width) * n;
        set_problem(&b);
        error = solve(&b, order);
    }
    free(b.choices);
    free(order);
    free(numbers);
    return error;
}

/* ---- the call ------------------------------------------------------------------------------------------- */

static int is_closed(const ssm_likelihood *likelihood)
{
    ssm_problem p = {.played = likelihood->played,
                     .boundary.row = ssm_boundary(likelihood->boundary),
                     .drift.row = ssm_drift(likelihood->drift)};
    ssm_law law = {.problem = &p};
    return has_closed_form(&law);
}

ssm_error ssm_likelihood_log_density(const ssm_likelihood *likelihood, int64_t n,
                                     const ssm_numbers *inputs, const ssm_numbers *outputs,
                                     int with_gradient, ssm_cancel *cancel)
{
    likelihood_call call = {.likelihood = likelihood, .inputs = inputs, .outputs = outputs, .n = n,
                            .is_shared = 1, .with_gradient = with_gradient, .cancel = cancel};
    if (likelihood->n_parameters < 0 || likelihood->n_parameters > SSM_LIKELIHOOD_PARAMETERS)
        return SSM_BAD_COUNT;
    if (!ssm_boundary(likelihood->boundary) || !ssm_drift(likelihood->drift))
        return SSM_BAD_KIND;
    if (n <= 0)
        return SSM_OK;
    for (int j = 0; j < likelihood->n_parameters; j++)
        call.is_shared &= inputs[2 + j].stride == 0;
    call.isa = ssm_best_isa();
    if (likelihood->isa < (int)call.isa)
        call.isa = (ssm_isa)likelihood->isa;
    return is_closed(likelihood) ? closed(&call) : solved(&call);
}
