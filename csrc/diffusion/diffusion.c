/* Diffusion between two boundaries:
 *
 *     dx = (v(tau) - leak x) dtau + noise dW (or dL),  until |x| = b(tau),
 *
 * from x(0) = b(0) (2 start - 1).  From trial to trial the drift varies by N(0, drift_sd) and the
 * start by U(-start_halfwidth, start_halfwidth), in units of evidence or of the relative start.
 *
 * A drift of two columns is that of two parts, x = x(0) + x_1 + x_2, part i of which has column i
 * as its drift, its own leak (leak and leak_2), and half of the same noise.
 *
 * With a stability alpha, L is a Levy process of that stability, E exp(ikL) = exp(-tau |k|^alpha)
 * (at 2 it is Brownian motion of twice the variance of W).
 *
 * Choices are -1 (lower) and +1 (upper); an omission has the side of 0 on which the process was at
 * its limit.
 */
#include <math.h>

#include "core/process.h"
#include "core/results.h"

#define SSM_LANES 1
#include "core/trials.h"
#include "curves/curves.h"
#include "density/draws.h"
#include "diffusion/diffusion.h"
#include "diffusion/limits.h"

/* Whether the first-passage time can be drawn without time steps. */
static int has_exact_law(const ssm_problem *p)
{
    const uint32_t beyond = UINT32_C(1) << SSM_LEAK | UINT32_C(1) << SSM_LEAK_2 |
                            UINT32_C(1) << SSM_STABILITY;
    return p->boundary.row->is_linear && p->drift.kind == SSM_DRIFT_CONSTANT &&
           !(p->played & beyond);
}

/* Whether the law of all samples of a trial is one, and can be solved for. */
static int has_solved_law(const ssm_problem *p)
{
    const uint32_t beyond = UINT32_C(1) << SSM_STABILITY | UINT32_C(1) << SSM_LEAK_2 |
                            UINT32_C(1) << SSM_DRIFT_SD | UINT32_C(1) << SSM_START_HALFWIDTH;
    return p->drift.row->n_columns == 1 && !(p->played & beyond);
}

static ssm_error sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, ssm_cancel *cancel)
{
    if (method == SSM_METHOD_EULER)
        return ssm_euler_sample(p, isa, begin, end, results, cancel);
    if (method == SSM_METHOD_BRIDGE)
        return ssm_bridge_sample(p, isa, begin, end, results, cancel);
    if (!has_exact_law(p))
        return method == SSM_METHOD_TABLE && has_solved_law(p)
                   ? ssm_law_sample(p, isa, begin, end, results, cancel)
                   : SSM_BAD_METHOD;
    return method == SSM_METHOD_TABLE
               ? ssm_wiener_sample_by_table(p, isa, begin, end, results, cancel)
               : ssm_wiener_sample(p, isa, begin, end, results, cancel);
}

static ssm_error path(const ssm_problem *p, ssm_method method, int64_t n_grid, float *path,
                      ssm_cancel *cancel)
{
    if (method == SSM_METHOD_EULER)
        return ssm_euler_path(p, n_grid, path, cancel);
    if (method == SSM_METHOD_BRIDGE ||
        (method == SSM_METHOD_TABLE && !has_exact_law(p) && has_solved_law(p)))
        return ssm_bridge_path(p, n_grid, path, cancel);
    return has_exact_law(p) ? ssm_wiener_path(p, method == SSM_METHOD_TABLE, n_grid, path, cancel)
                            : SSM_BAD_METHOD;
}

static const ssm_role_row roles[] = {
    {SSM_DRIFT_SD, SSM_ALLOW_NOT_NEGATIVE, 0.0, 0},
    {SSM_START, SSM_ALLOW_FRACTION, 0.5, 0},
    {SSM_START_HALFWIDTH, SSM_ALLOW_NOT_NEGATIVE, 0.0, 0},
    {SSM_NOISE, SSM_ALLOW_POSITIVE_OR_0, 1.0, 0},
    {SSM_LEAK, SSM_ALLOW_SIZE, 0.0, 0},
    {SSM_LEAK_2, SSM_ALLOW_SIZE, 0.0, 0},
    {SSM_STABILITY, SSM_ALLOW_STABILITY, 2.0, 0},
    SSM_ROLES_OF_TIME,
};

/* Whether a sample would take too many steps: decay, decay of two parts in different ways, and bends of
 * a leaky process, of 1/8 h^2 leak^2 height, limit these. */
static int takes_too_many(const ssm_problem *p, double leak, double apart, double noise,
                          double height)
{
    const double bend = 8.0 * MAX_BEND;
    double most = SSM_MOST_STEPS / longest_time(p); /* steps in a second */
    double by_bend = noise > 0.0 ? leak * leak * height / (bend * noise) : 0.0; /* ^(2/3) */
    return leak > LONGEST_DECAY * most || 2.0 * apart > DECAY_APART * most ||
           (by_bend * by_bend > most * most * most &&
            leak * leak > bend * MIN_NOISE * (most * most)); /* as many as without noise */
}

/* Whether a sample that leaks too much to reach a boundary would take too many steps. */
static int go_together(const ssm_problem *p, int64_t trial, ssm_fault *fault)
{
    double leak = ssm_get(column_of(p, SSM_LEAK), trial);
    double leak_2 = has_two_columns(p) ? ssm_get(column_of(p, SSM_LEAK_2), trial) : leak;
    double height = 0.0, largest = fmax(leak, leak_2), apart = largest - fmin(leak, leak_2);
    if (p->boundary.kind != SSM_BOUNDARY_TABLE)
        height = ssm_get(p->boundary.parameters[0], trial);
    if (p->drift.kind == SSM_DRIFT_CONSTANT &&
        fabs(ssm_get(p->drift.parameters[0], trial)) > largest * height)
        return 1;
    *fault = (ssm_fault){.role = leak >= leak_2 ? SSM_LEAK : SSM_LEAK_2,
                         .trial = trial,
                         .words = SSM_WORDS_OF_STEPS("200,000")};
    double noise = ssm_get(column_of(p, SSM_NOISE), trial);
    return !(largest > 0.0 && takes_too_many(p, largest, fmin(apart, largest), noise, height));
}

static int leaks(const ssm_problem *p) { return plays(p, SSM_LEAK); }

int64_t ssm_count_wide_starts(const ssm_problem *p)
{
    const ssm_column start = column_of(p, SSM_START), halfwidth = column_of(p, SSM_START_HALFWIDTH);
    const ssm_column height = p->boundary.parameters[0];
    int64_t count = 0;
    for (int64_t k = 0; k < p->n_trials; k++) {
        double width = p->start_is_relative ? 1.0 : 2.0 * ssm_get(height, k);
        double from_lower = ssm_get(start, k), from_upper = 1.0 - from_lower;
        double nearer = from_lower < from_upper ? from_lower : from_upper;
        count += (nearer >= 0.0) & (width > 0.0) & (ssm_get(halfwidth, k) > width * nearer);
    }
    return count;
}

const ssm_process_entry ssm_process_DIFFUSION = {
    .row = {"diffusion", sizeof roles / sizeof *roles, roles, 1, 1, 0},
    .n_particles = 1,
    .sample = sample,
    .path = path,
    .go_together = go_together,
    .may_not = leaks,
};
