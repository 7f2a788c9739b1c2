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

#include "core/memory.h"
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

static ssm_error sample_blocks(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                               int64_t end, race_block *b, const ssm_results *results)
{
    while (begin < end) {
        if (ssm_cancelled(b->cancel))
            return SSM_CANCELLED;
        int count = end - begin < RACE_BLOCK ? (int)(end - begin) : RACE_BLOCK;
        if (method == SSM_METHOD_EXACT)
            SSM_CALL_KERNEL(isa, race_exact, (p, begin, count, b));
        else if (method == SSM_METHOD_BRIDGE)
            SSM_CALL_KERNEL(isa, race_bridge, (p, begin, count, b));
        else
            SSM_CALL_KERNEL(isa, race_euler, (p, begin, count, b, 0, 0));
        if (ssm_cancelled(b->cancel))
            return SSM_CANCELLED;
        for (int i = 0; i < count && !has_floor(p); i++)
            b->winner[i] = isinf(b->time[i]) ? -1.0 : b->winner[i];
        write_results(results, b->time, b->ndt, b->winner, count, begin, 1);
        begin += count;
    }
    return SSM_OK;
}

static ssm_error sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, ssm_cancel *cancel)
{
    if (!can_draw(p, method))
        return SSM_BAD_METHOD;
    race_block b;
    b.cancel = cancel;
    b.memory = method == SSM_METHOD_BRIDGE ? ssm_allocate(sizeof *b.memory) : 0;
    if (method == SSM_METHOD_BRIDGE && !b.memory)
        return SSM_NO_MEMORY;
    ssm_error error = sample_blocks(p, method, isa, begin, end, &b, results);
    ssm_free(b.memory);
    return error;
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

/* Whether a sample that may never reach the boundary would take too many steps: leak, inhibition and,
 * at a floor, noise and drift limit how long they are; see race_length(). */
static int go_together(const ssm_problem *p, int64_t trial, ssm_fault *fault)
{
    const double hopeless = 12.0;                   /* e^-12 a try, of some steps each */
    const double most_steps = 3.0 * SSM_MOST_STEPS; /* they are cheap: 600,000 */
    double leak = ssm_get(column_of(p, SSM_LEAK), trial);
    double inhibition = ssm_get(column_of(p, SSM_INHIBITION), trial);
    double time = longest_time(p);
    *fault = (ssm_fault){.trial = trial, .words = SSM_WORDS_OF_STEPS("600,000")};
    fault->role = fabs(leak) > fabs(inhibition) ? SSM_LEAK : SSM_INHIBITION;
    if (is_coupled(p) &&
        (fabs(leak) + fabs(inhibition) * (p->n_particles - 1)) * time * p->n_particles >
            RACE_GROWTH * most_steps)
        return 0;
    if (!has_floor(p) || p->boundary.kind != SSM_BOUNDARY_CONSTANT)
        return 1;
    double height = ssm_get(p->boundary.parameters[0], trial), steps = 0.0;
    for (int i = 0; i < p->n_particles; i++) {
        double drift = ssm_get(p->column[SSM_DRIFT][i], trial);
        double noise = ssm_get(p->column[SSM_NOISE][i], trial);
        if (!(-2.0 * drift * height > hopeless * noise * noise))
            return 1;
        double root = noise / (RACE_REACH * height), by_drift = -drift / (RACE_DRIFT * height);
        steps = fmax(steps, fmax(root * root, by_drift) * time);
    }
    fault->role = SSM_DRIFT;
    return steps <= most_steps;
}

const ssm_process_entry ssm_process_RACE = {
    .row = {"race", sizeof roles / sizeof *roles, roles, 1, 0, 0},
    .path_per_particle = 1,
    .sample = sample,
    .path = path,
    .go_together = go_together,
};
