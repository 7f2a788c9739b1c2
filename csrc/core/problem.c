/* Checks of a problem, and the call of its process. */
#include <math.h>

#include "core/process.h"
#include "core/simd.h"

static const ssm_process_entry *entry_of(ssm_process_kind kind)
{
    static const ssm_process_entry *const entries[] = {
#define X(name, words) &ssm_process_##name,
        SSM_PROCESSES(X)
#undef X
    };
    return (int)kind >= 0 && kind < SSM_N_PROCESSES ? entries[kind] : 0;
}

const ssm_process_row *ssm_process(ssm_process_kind kind)
{
    const ssm_process_entry *entry = entry_of(kind);
    return entry ? &entry->row : 0;
}

/* ---- checks --------------------------------------------------------------------------------- */

/* Whether some of `count` values may not be allowed.  Nearly always all are, hence no branch for
 * each: a distance to an end of the range has a sign where the value is outside, and x - x is not 0
 * where x is infinite or no number. */
static int any_outside(const double *values, int64_t count, ssm_range range)
{
    vint signs = {0};
    vdouble zero = {0};
    int64_t k = 0;
    for (; k + SSM_LANES <= count; k += SSM_LANES) {
        vdouble value = load(values + k);
        signs |= (vint)(value - range.lowest) | (vint)(range.highest - value);
        zero += value - value;
    }
    for (; k < count; k++)
        zero[0] += values[k] >= range.lowest && values[k] <= range.highest ? 0.0 : 1.0;
    for (int lane = 0; lane < SSM_LANES; lane++)
        if (signs[lane] < 0 || zero[lane] != 0.0)
            return 1;
    return 0;
}

/* The first of trials begin <= k < end whose value is not allowed, or `end`. */
static int64_t first_fault(ssm_column column, int64_t begin, int64_t end, ssm_allowed allowed)
{
    int64_t last = column.stride || begin == end ? end : begin + 1;
    if (column.stride <= 1 && !any_outside(column.data + begin * column.stride, last - begin,
                                           ssm_allowed_range(allowed)))
        return end;
    for (int64_t k = begin; k < last; k++)
        if (!ssm_is_allowed(allowed, ssm_get(column, k)))
            return k;
    return end;
}

/* Makes `found` the fault, if some trial from `begin` on and before that of the fault has a value in
 * the column that is not allowed. */
static void look(ssm_fault *fault, ssm_fault found, int64_t begin, ssm_column column,
                 ssm_allowed allowed)
{
    found.trial = first_fault(column, begin, fault->trial, allowed);
    found.words = ssm_allowed_words(allowed);
    if (found.trial < fault->trial)
        *fault = found;
}

static void check_curve(const ssm_curve *curve, ssm_fault_place place, int64_t begin,
                        ssm_fault *fault)
{
    for (int i = 0; i < curve->row->n_parameters; i++)
        look(fault, (ssm_fault){.place = place, .parameter = i}, begin, curve->parameters[i],
             curve->row->parameters[i].allowed);
}

static ssm_allowed allowed_of(const ssm_problem *p, const ssm_role_row *row)
{
    /* The location of a normal distribution that is truncated may be anywhere. */
    int anywhere = row->role == SSM_NDT_LOCATION && p->ndt_kind == SSM_NDT_TRUNCATED_NORMAL;
    return anywhere ? SSM_ALLOW_SIZE : row->allowed;
}

/* Whether non-decision times have two parameters that may not go together. */
static int time_may_not_go_together(const ssm_problem *p)
{
    return p->ndt_kind == SSM_NDT_UNIFORM || p->ndt_kind == SSM_NDT_TRUNCATED_NORMAL;
}

/* Whether the non-decision times of a trial make sense together. */
static int time_goes_together(const ssm_problem *p, int64_t trial, ssm_fault *fault)
{
    double location = ssm_get(p->column[SSM_NDT_LOCATION][0], trial);
    double scale = ssm_get(p->column[SSM_NDT_SCALE][0], trial);
    *fault = (ssm_fault){.role = SSM_NDT_SCALE, .trial = trial};
    if (p->ndt_kind == SSM_NDT_UNIFORM) {
        fault->words = "at most the non-decision time around which it spreads";
        return scale <= location;
    }
    fault->words = "greater than 0 where the mean before truncation is negative";
    return location >= 0.0 || scale > 0.0;
}

/* The first trial from `begin` on and before that of the fault whose values do not go together
 * becomes the fault. */
static void check_combinations(const ssm_problem *p, const ssm_process_entry *entry, int64_t begin,
                               ssm_fault *fault)
{
    const int check_time = time_may_not_go_together(p);
    const int check_own = entry->go_together && (!entry->may_not || entry->may_not(p));
    ssm_fault found;
    if (!check_time && !check_own)
        return;
    for (int64_t k = begin; k < fault->trial; k++)
        if ((check_time && !time_goes_together(p, k, &found)) ||
            (check_own && !entry->go_together(p, k, &found)))
            *fault = found; /* ends the loop: its trial is k */
}

/* Whether a curve has the row of its kind. */
static int has_row(const ssm_curve *curve, const ssm_curve_row *row_of(int))
{
    return curve->row && curve->row == row_of(curve->kind);
}

ssm_error ssm_check(const ssm_problem *p, ssm_fault *fault)
{
    return ssm_check_trials(p, 0, p->n_trials, fault);
}

ssm_error ssm_check_trials(const ssm_problem *p, int64_t begin, int64_t end, ssm_fault *fault)
{
    const ssm_process_entry *entry = entry_of(p->process);
    *fault = (ssm_fault){.trial = end};
    if (!entry || (entry->row.has_boundary && !has_row(&p->boundary, ssm_boundary)) ||
        (entry->row.has_drift && !has_row(&p->drift, ssm_drift)))
        return SSM_BAD_KIND;
    if (p->n_trials < 0 || p->n_particles < 1 || p->n_particles > SSM_MAX_PARTICLES ||
        (entry->n_particles && p->n_particles != entry->n_particles))
        return SSM_BAD_COUNT;
    if (begin < 0 || begin > end || end > p->n_trials)
        return SSM_BAD_RANGE;
    for (int i = 0; i < entry->row.n_roles; i++) {
        const ssm_role_row *row = &entry->row.roles[i];
        for (int j = 0; j < (row->per_particle ? p->n_particles : 1); j++)
            look(fault, (ssm_fault){.role = row->role, .particle = j}, begin,
                 p->column[row->role][j], allowed_of(p, row));
    }
    if (entry->row.has_boundary)
        check_curve(&p->boundary, SSM_FAULT_BOUNDARY, begin, fault);
    if (entry->row.has_drift)
        check_curve(&p->drift, SSM_FAULT_DRIFT, begin, fault);
    check_combinations(p, entry, begin, fault);
    return fault->trial < end ? SSM_BAD_VALUE : SSM_OK;
}

/* ---- simulation ----------------------------------------------------------------------------- */

ssm_error ssm_sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                     int64_t end, const ssm_results *results, ssm_cancel *cancel)
{
    const ssm_process_entry *entry = entry_of(p->process);
    if (!entry)
        return SSM_BAD_KIND;
    if (p->n_samples < 0 || p->n_trials < 0 || p->n_samples > SSM_MAX_COUNT ||
        p->n_trials > SSM_MAX_COUNT)
        return SSM_BAD_COUNT;
    if (begin < 0 || begin > end ||
        (end > 0 && (p->n_trials == 0 || (end - 1) / p->n_trials >= p->n_samples)))
        return SSM_BAD_RANGE;
    return entry->sample(p, method, isa, begin, end, results, cancel);
}

int ssm_path_columns(const ssm_problem *p)
{
    const ssm_process_entry *entry = entry_of(p->process);
    return entry && entry->path_per_particle ? p->n_particles : 1;
}

ssm_error ssm_path(const ssm_problem *p, ssm_method method, int64_t n_grid, float *path,
                   ssm_cancel *cancel)
{
    const ssm_process_entry *entry = entry_of(p->process);
    if (!entry)
        return SSM_BAD_KIND;
    if (n_grid < 1 || p->n_trials < 1 || p->n_samples < 1)
        return SSM_BAD_COUNT;
    if (!entry->path)
        return SSM_BAD_METHOD;
    ssm_error error = entry->path(p, method, n_grid, path, cancel);
    return error == SSM_OK && ssm_cancelled(cancel) ? SSM_CANCELLED : error;
}
