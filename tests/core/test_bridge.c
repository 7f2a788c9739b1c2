/* The bridge sampler: the same bits on every instruction set and however a call is divided, one
 * trial as many, every boundary with every drift, and the edges of its arguments. */
#include <string.h>

#include "check.h"
#include "problem.h"

enum { N = 700 };
static const int go = 0;
static const double sd = 0.7, width = 0.1, rate = 0.8, alpha = 1.5, short_deadline = 0.4;
static const double spread = 0.1, start_place = 0.4;
static const double boundaries[][5] = {
    {1.0}, {1.0, 0.4}, {1.0, 0.8, 0.9}, {0.5, 2.0, 1.0, 0.5}, {1.0, 0.3, 0.5, 2.0, 0.25}, {1.0, 0.2}};
static const double drifts[][10] = {{0.4},
                                    {0.4, 3.0, 0.1, 1.5},
                                    {0.1, 0.5, 2, 1.5, 3, 2.5, 0.8, -0.6},
                                    {0.1, 0.5, 2, 1.5, 3, 2.5, 0.8, -0.6, 0.3, 0.1},
                                    {0.1, 2, 3, 0.8, -0.6, 0.3, 0.1, 1, 0.4},
                                    {0.1, 2, 3, 0.8, -0.6, 0.5, 0.1, 1, 0.45},
                                    {2, 3, 0.8, -0.6, 0.5, 0.1, 1, 0.45},
                                    {0.2, 3, -2, -1, 0.5, 1.8},
                                    {0.2, 3, -2, 0.5, 1.8}};

static ssm_diffusion problem_of(ssm_boundary_kind boundary, ssm_drift_kind drift)
{
    ssm_diffusion p = {.trial = plain_problem(N, 1),
                       .leak = same(&rate),
                       .leak_2 = same(&half),
                       .stability = same(&alpha),
                       .boundary_kind = boundary,
                       .drift_kind = drift,
                       .has_leak = drift == SSM_DRIFT_CONFLICT_DUAL};
    p.trial.start = same(&start_place);
    for (int i = 0; i < ssm_boundary_parameters(boundary); i++)
        p.boundary_parameters[i] = same(&boundaries[boundary][i]);
    for (int i = 0; i < ssm_drift_parameters(drift); i++)
        p.drift_parameters[i] = same(&drifts[drift][i]);
    return p;
}

typedef struct {
    float rts[N];
    int32_t choices[N];
} results;

static void check_same_bits(const ssm_diffusion *p)
{
    static results whole, other;
    int role, parameter;
    int64_t trial;
    CHECK(ssm_diffusion_check(p, &role, &parameter, &trial) == SSM_OK);
    CHECK(ssm_diffusion_bridge(p, SSM_ISA_BASELINE, 0, N, whole.rts, whole.choices, &go) == SSM_OK);
    for (int isa = SSM_ISA_BASELINE; isa <= (int)ssm_best_isa(); isa++) {
        memset(&other, 0, sizeof other);
        ssm_diffusion_bridge(p, (ssm_isa)isa, 0, 300, other.rts, other.choices, &go);
        ssm_diffusion_bridge(p, (ssm_isa)isa, 300, N, other.rts, other.choices, &go);
        CHECK(memcmp(&whole, &other, sizeof whole) == 0);
    }
    /* Two equal trials: trial 0 takes its steps on its own, and gets the same. */
    ssm_diffusion two = *p;
    two.trial.n_trials = 2;
    two.trial.n_samples = N / 2;
    ssm_diffusion_bridge(&two, ssm_best_isa(), 0, N, other.rts, other.choices, &go);
    for (int i = 0; i < N / 2; i++)
        CHECK(other.rts[2 * i] == whole.rts[i] && other.choices[2 * i] == whole.choices[i]);
    for (int i = 0; i < N; i++)
        CHECK(whole.choices[i] == 1 || whole.choices[i] == -1);
}

static void test_every_boundary_with_every_drift(void)
{
    for (int boundary = 0; boundary < SSM_BOUNDARY_TABLE; boundary++)
        for (int drift = 0; drift < SSM_DRIFT_TABLE; drift++) {
            ssm_diffusion p = problem_of((ssm_boundary_kind)boundary, (ssm_drift_kind)drift);
            check_same_bits(&p);
        }
}

static void test_variability_leak_levy_noise_and_limits(void)
{
    ssm_diffusion p = problem_of(SSM_BOUNDARY_WEIBULL, SSM_DRIFT_GAMMA);
    p.trial.drift_sd = same(&sd);
    p.trial.start_halfwidth = same(&width);
    check_same_bits(&p);
    p.has_leak = 1;
    check_same_bits(&p);
    p.trial.ndt_kind = SSM_NDT_UNIFORM;
    p.trial.ndt_location = same(&spread);
    p.trial.ndt_scale = same(&spread);
    p.trial.deadline = same(&short_deadline);
    check_same_bits(&p);
    p.has_leak = 0;
    p.has_stability = 1;
    check_same_bits(&p);
    /* lines, where evidence runs away from a drift that varies */
    static const double growing = -1.5, strong = 1.4;
    p = problem_of(SSM_BOUNDARY_CONSTANT, SSM_DRIFT_CONSTANT);
    p.trial.drift_sd = same(&spread);
    p.drift_parameters[0] = same(&strong);
    p.has_leak = 1;
    p.leak = same(&growing);
    check_same_bits(&p);
    p = problem_of(SSM_BOUNDARY_ANGLE, SSM_DRIFT_CONSTANT);
    p.has_stability = 1;
    check_same_bits(&p);
    p.trial.noise = same(&zero);
    check_same_bits(&p);
}

static void test_tables(void)
{
    double values[2][3] = {{1.0, 0.8, 0.7}, {0.0, 1.0, 0.5}};
    double smooth[2][3] = {{9.0, 9.0, 9.0}, {0.1, 0.5, 9.0}};
    ssm_diffusion p = problem_of(SSM_BOUNDARY_CONSTANT, SSM_DRIFT_CONSTANT);
    p.boundary_kind = SSM_BOUNDARY_TABLE;
    p.drift_kind = SSM_DRIFT_TABLE;
    p.boundary_table = p.drift_table = (ssm_table){values[0], smooth[0], 3, 1, 0.1, 1.0};
    p.boundary_parameters[0] = same(&zero);
    p.drift_parameters[0] = same(&one);
    check_same_bits(&p);
}

static void test_bad_arguments(void)
{
    results out;
    int role, parameter;
    int64_t trial;
    const int stop = 1;
    const double bad = 0.5;
    ssm_diffusion p = problem_of(SSM_BOUNDARY_WEIBULL, SSM_DRIFT_GAMMA);
    CHECK(ssm_diffusion_bridge(&p, 0, 0, N + 1, out.rts, out.choices, &go) == SSM_BAD_RANGE);
    CHECK(ssm_diffusion_bridge(&p, 0, 0, N, out.rts, out.choices, &stop) == SSM_CANCELLED);
    p.drift_parameters[1] = same(&bad); /* a shape below 1 */
    CHECK(ssm_diffusion_check(&p, &role, &parameter, &trial) == SSM_BAD_VALUE);
    CHECK(role == SSM_ROLE_DRIFT_PARAMETER && parameter == 1 && trial == 0);
    p.has_stability = 1;
    p.stability = same(&bad);
    CHECK(ssm_diffusion_check(&p, &role, &parameter, &trial) == SSM_BAD_VALUE);
    CHECK(role == SSM_ROLE_STABILITY);
    p.boundary_kind = (ssm_boundary_kind)99;
    CHECK(ssm_diffusion_check(&p, &role, &parameter, &trial) == SSM_BAD_VALUE);
}

static void test_paths(void)
{
    static float path[2001];
    for (int levy = 0; levy < 2; levy++) {
        ssm_diffusion p = problem_of(SSM_BOUNDARY_WEIBULL, SSM_DRIFT_CONSTANT);
        p.has_stability = levy;
        float rt;
        int32_t choice;
        p.trial.n_samples = 1;
        ssm_diffusion_bridge(&p, 0, 0, 1, &rt, &choice, &go);
        CHECK(ssm_diffusion_path(&p, 0.001, 2001, path) == SSM_OK);
        int length = 0;
        while (length < 2001 && path[length] != SSM_OMISSION)
            length++;
        CHECK_NEAR(length * 0.001, rt < 2.0f ? rt : 2.0, 0.002);
        CHECK(rt > 2.0f || path[length - 1] * (float)choice > 0.0f);
        CHECK(ssm_diffusion_path(&p, 0.001, 0, path) == SSM_BAD_COUNT);
    }
}

int main(void)
{
    test_every_boundary_with_every_drift();
    test_variability_leak_levy_noise_and_limits();
    test_tables();
    test_bad_arguments();
    test_paths();
    return check_result();
}
