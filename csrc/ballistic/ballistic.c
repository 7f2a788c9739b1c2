/* Linear ballistic accumulators (Brown & Heathcote 2008): evidence
 *
 *     x_i(tau) = k_i + V_i tau,   k_i ~ U(0, start_range),   V_i = |N(drift_i, noise_i)|
 *
 * grows without noise, until one has x_i >= b(tau), a boundary that is linear in time.  Drifts are
 * folded, so that evidence never falls.
 *
 * With a second drift, V2_i = |N(drift_2_i, noise_i)|, two systems share the starts: evidence is the
 * larger of k_i + V_i tau and k_i + V2_i tau; or, of variant BALLISTIC_ADDS, it is k_i + V_i tau +
 * V2_i max(tau - onset_2, 0).
 *
 * Choices are numbers of accumulators, from 0; of equal times, the first.  An omission has the label
 * of the accumulator that would have been first.
 */
#include <math.h>

#include "core/process.h"
#include "core/results.h"

#define SSM_LANES 1
#include "ballistic/ballistic.h"

static ssm_error sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, ssm_cancel *cancel)
{
    if (method != SSM_METHOD_EXACT || !is_linear(p))
        return SSM_BAD_METHOD;
    ballistic_block b;
    while (begin < end) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        int count = end - begin < BALLISTIC_BLOCK ? (int)(end - begin) : BALLISTIC_BLOCK;
        SSM_CALL_KERNEL(isa, ballistic_arrivals, (p, begin, count, &b));
        for (int i = 0; i < count; i++)
            if (b.time[i] >= time_limit(p, b.deadline[i], b.ndt[i]))
                b.time[i] = INFINITY;
        write_results(results, b.time, b.ndt, b.winner, count, begin, 1);
        begin += count;
    }
    return SSM_OK;
}

static ssm_error path(const ssm_problem *p, ssm_method method, int64_t n_grid, float *path,
                      ssm_cancel *cancel)
{
    if (method != SSM_METHOD_EXACT || !is_linear(p))
        return SSM_BAD_METHOD;
    return ssm_ballistic_path(p, n_grid, path, cancel);
}

/* Whether the drifts of a role sum to 1, to 1 %. */
static int sums_to_1(const ssm_problem *p, ssm_role role, int64_t trial, ssm_fault *fault)
{
    double sum = 0.0;
    for (int j = 0; j < p->n_particles; j++)
        sum += ssm_get(p->column[role][j], trial);
    *fault = (ssm_fault){.role = role, .trial = trial};
    fault->words = "such that the drifts of the trial sum to 1 (0.99 to 1.01)";
    return sum >= 0.99 && sum <= 1.01;
}

static int go_together(const ssm_problem *p, int64_t trial, ssm_fault *fault)
{
    if (p->variant & BALLISTIC_SUMS_TO_1 &&
        (!sums_to_1(p, SSM_DRIFT, trial, fault) ||
         (plays(p, SSM_DRIFT_2) && !sums_to_1(p, SSM_DRIFT_2, trial, fault))))
        return 0;
    if (!plays(p, SSM_START_RANGE))
        return 1;
    *fault = (ssm_fault){.role = SSM_START_RANGE, .trial = trial};
    fault->words = "at most the boundary at time 0";
    return ssm_get(column_of(p, SSM_START_RANGE), trial) <=
           ssm_get(p->boundary.parameters[0], trial);
}

static const ssm_role_row roles[] = {
    {SSM_DRIFT, SSM_ALLOW_SIZE, NAN, 1},
    {SSM_DRIFT_2, SSM_ALLOW_SIZE, 0.0, 1},
    {SSM_ONSET_2, SSM_ALLOW_NOT_NEGATIVE, 0.0, 0},
    {SSM_START_RANGE, SSM_ALLOW_NOT_NEGATIVE, 0.0, 0},
    {SSM_NOISE, SSM_ALLOW_POSITIVE_OR_0, 0.1, 1},
    SSM_ROLES_OF_TIME,
};

const ssm_process_entry ssm_process_BALLISTIC = {
    .row = {"ballistic", sizeof roles / sizeof *roles, roles, 1, 0, 0},
    .path_per_particle = 1,
    .sample = sample,
    .path = path,
    .go_together = go_together,
};
