/* Race of accumulators toward one boundary:
 *
 *     dx_i = (drift_i - leak x_i - inhibition sum_{j != i} x_j) dtau + noise_i dW_i
 *
 * with independent W_i, from x_i(0) = b(0) start_i + U(0, start_range), until one has x_i >= b(tau).
 *
 * variant 0: evidence is reflected at 0.  An omission has the label of the accumulator that is
 * largest at its limit.
 * variant 1: evidence has no lower limit.  An omission has the label -1.
 *
 * Choices are numbers of accumulators, from 0.  If several are at or above the boundary at the
 * beginning, the largest wins; of equal ones, the first.
 *
 * Without leak and inhibition the accumulators are independent; with them this is the leaky,
 * competing accumulator (Usher & McClelland 2001).
 */
#include <math.h>

#include "core/process.h"
#include "core/results.h"

#define SSM_LANES 1
#include "race/race.h"

/* The exact method takes times of passage that are inverse Gaussian. */
static int can_draw(const ssm_problem *p, ssm_method method)
{
    if (method == SSM_METHOD_EXACT)
        return p->boundary.row->is_linear && !has_floor(p) && !is_coupled(p);
    return method != SSM_METHOD_TABLE;
}

static ssm_error sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, ssm_cancel *cancel)
{
    if (!can_draw(p, method))
        return SSM_BAD_METHOD;
    race_block b;
    b.cancel = cancel;
    while (begin < end) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        int count = end - begin < RACE_BLOCK ? (int)(end - begin) : RACE_BLOCK;
        if (method == SSM_METHOD_EXACT)
            SSM_CALL_KERNEL(isa, race_exact, (p, begin, count, &b));
        else if (method == SSM_METHOD_BRIDGE)
            SSM_CALL_KERNEL(isa, race_bridge, (p, begin, count, &b));
        else
            SSM_CALL_KERNEL(isa, race_euler, (p, begin, count, &b, 0, 0));
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        for (int i = 0; i < count && !has_floor(p); i++)
            b.winner[i] = isinf(b.time[i]) ? -1.0 : b.winner[i];
        write_results(results, b.time, b.ndt, b.winner, count, begin, 1);
        begin += count;
    }
    return SSM_OK;
}

static ssm_error path(const ssm_problem *p, ssm_method method, int64_t n_grid, float *path,
                      ssm_cancel *cancel)
{
    return can_draw(p, method) ? ssm_race_path(p, method, n_grid, path, cancel) : SSM_BAD_METHOD;
}

static const ssm_role_row roles[] = {
    {SSM_DRIFT, SSM_ALLOW_SIZE, NAN, 1},
    {SSM_START, SSM_ALLOW_FRACTION, 0.0, 1},
    {SSM_START_RANGE, SSM_ALLOW_NOT_NEGATIVE, 0.0, 0},
    {SSM_NOISE, SSM_ALLOW_POSITIVE_OR_0, 1.0, 1},
    {SSM_LEAK, SSM_ALLOW_SIZE, 0.0, 0},
    {SSM_INHIBITION, SSM_ALLOW_SIZE, 0.0, 0},
    SSM_ROLES_OF_TIME,
};

const ssm_process_entry ssm_process_RACE = {
    .row = {"race", sizeof roles / sizeof *roles, roles, 1, 0, 0},
    .path_per_particle = 1,
    .sample = sample,
    .path = path,
};
