/* The bridge sampler: the same bits on every instruction set and however a call is divided, one
 * trial as many, every boundary with every drift, and the edges of its arguments. */
#include <string.h>

#include "check.h"
#include "problem.h"

enum { N = 700 };
static const double sd = 0.7, width = 0.1, rate = 0.8, alpha = 1.5, short_deadline = 0.4;
static const double spread = 0.1, start_place = 0.4;
static const double boundaries[][5] = {
    {1.0},           {1.0, 0.4},
    {1.0, 0.8, 0.9}, {0.5, 2.0, 1.0, 0.5},
    {1.0, 0.3, 0.5, 2.0, 0.25}, {1.0, 0.2}};
static const double drifts[][10] = {{0.4},
                                    {0.4, 3.0, 0.1, 1.5},
                                    {0.1, 0.5, 2, 1.5, 3, 2.5, 0.8, -0.6},
                                    {0.1, 0.5, 2, 1.5, 3, 2.5, 0.8, -0.6, 0.3, 0.1},
                                    {0.1, 2, 3, 0.8, -0.6, 0.3, 0.1, 1, 0.4},
                                    {0.1, 2, 3, 0.8, -0.6, 0.5, 0.1, 1, 0.45},
                                    {2, 3, 0.8, -0.6, 0.5, 0.1, 1, 0.45},
                                    {0.2, 3, -2, -1, 0.5, 1.8},
                                    {0.2, 3, -2, 0.5, 1.8}};

static ssm_problem problem_of(ssm_boundary_kind boundary, ssm_drift_kind drift)
{
    ssm_problem p = plain_problem(N, 1);
    play(&p, SSM_START, same(&start_place));
    give_curve(&p.boundary, boundary, ssm_boundary(boundary), p.boundary.parameters);
    give_curve(&p.drift, drift, ssm_drift(drift), p.drift.parameters);
    for (int i = 0; i < p.boundary.row->n_parameters; i++)
        p.boundary.parameters[i] = same(&boundaries[boundary][i]);
    for (int i = 0; i < p.drift.row->n_parameters; i++)
        p.drift.parameters[i] = same(&drifts[drift][i]);
    if (drift == SSM_DRIFT_CONFLICT_DUAL) {
        play(&p, SSM_LEAK, same(&rate));
        play(&p, SSM_LEAK_2, same(&half));
    }
    return p;
}

typedef struct {
    float rts[N];
    int32_t choices[N];
} results;

static void check_same_bits(const ssm_problem *p)
{
    static results whole, other;
    ssm_fault fault;
    CHECK(ssm_check(p, &fault) == SSM_OK);
    CHECK(draw_samples(p, SSM_METHOD_BRIDGE, SSM_ISA_BASELINE, 0, N, whole.rts, whole.choices) ==
          SSM_OK);
    for (int isa = SSM_ISA_BASELINE; isa <= (int)ssm_best_isa(); isa++) {
        memset(&other, 0, sizeof other);
        draw_samples(p, SSM_METHOD_BRIDGE, (ssm_isa)isa, 0, 300, other.rts, other.choices);
        draw_samples(p, SSM_METHOD_BRIDGE, (ssm_isa)isa, 300, N, other.rts, other.choices);
        CHECK(memcmp(&whole, &other, sizeof whole) == 0);
    }
    /* Two equal trials: trial 0 takes its steps on its own, and gets the same. */
    ssm_problem two = *p;
    two.n_trials = 2;
    two.n_samples = N / 2;
    draw_samples(&two, SSM_METHOD_BRIDGE, ssm_best_isa(), 0, N, other.rts, other.choices);
    for (int i = 0; i < N / 2; i++)
        CHECK(other.rts[2 * i] == whole.rts[i] && other.choices[2 * i] == whole.choices[i]);
    for (int i = 0; i < N; i++)
        CHECK(whole.choices[i] == 1 || whole.choices[i] == -1);
}

static void test_every_boundary_with_every_drift(void)
{
    for (int boundary = 0; boundary < SSM_BOUNDARY_TABLE; boundary++)
        for (int drift = 0; drift < SSM_DRIFT_TABLE; drift++) {
            ssm_problem p = problem_of((ssm_boundary_kind)boundary, (ssm_drift_kind)drift);
            check_same_bits(&p);
        }
}

static void test_variability_leak_levy_noise_and_limits(void)
{
    ssm_problem p = problem_of(SSM_BOUNDARY_WEIBULL, SSM_DRIFT_GAMMA);
    play(&p, SSM_DRIFT_SD, same(&sd));
    play(&p, SSM_START_HALFWIDTH, same(&width));
    check_same_bits(&p);
    play(&p, SSM_LEAK, same(&rate));
    check_same_bits(&p);
    p.ndt_kind = SSM_NDT_UNIFORM;
    play(&p, SSM_NDT_LOCATION, same(&spread));
    play(&p, SSM_NDT_SCALE, same(&spread));
    play(&p, SSM_DEADLINE, same(&short_deadline));
    check_same_bits(&p);
    p.played &= ~(UINT32_C(1) << SSM_LEAK);
    play(&p, SSM_STABILITY, same(&alpha));
    check_same_bits(&p);
    /* lines, where evidence runs away from a drift that varies */
    static const double growing = -1.5, strong = 1.4;
    p = problem_of(SSM_BOUNDARY_CONSTANT, SSM_DRIFT_CONSTANT);
    play(&p, SSM_DRIFT_SD, same(&spread));
    p.drift.parameters[0] = same(&strong);
    play(&p, SSM_LEAK, same(&growing));
    check_same_bits(&p);
    p = problem_of(SSM_BOUNDARY_ANGLE, SSM_DRIFT_CONSTANT);
    play(&p, SSM_STABILITY, same(&alpha));
    check_same_bits(&p);
    play(&p, SSM_NOISE, same(&zero));
    check_same_bits(&p);
}

static void test_tables(void)
{
    static const ssm_knot knots[] = {
        {.time = 0.0, .until = 0.4, .value = {1.0}, .slope = {-0.5}},
        {.time = 0.4, .until = INFINITY, .value = {0.8}},
        {.time = 0.0, .until = 0.1, .value = {0.0}, .slope = {10.0}},
        {.time = 0.1, .until = 0.5, .value = {1.0}, .slope = {-1.25}},
        {.time = 0.5, .until = INFINITY, .value = {0.5}}};
    static int32_t index[2 * (SSM_MAX_CELLS + 1)];
    int64_t n_cells = ssm_n_cells(0.5);
    ssm_index_knots(knots, 2, 0, n_cells, index);
    ssm_index_knots(knots + 2, 3, 2, n_cells, index + n_cells + 1);
    ssm_problem p = problem_of(SSM_BOUNDARY_CONSTANT, SSM_DRIFT_CONSTANT);
    give_boundary(&p, SSM_BOUNDARY_TABLE, same(&zero));
    give_drift(&p, SSM_DRIFT_TABLE, same(&one));
    p.boundary.table = p.drift.table = (ssm_table){knots, index, n_cells};
    check_same_bits(&p);
}

static void test_bad_arguments(void)
{
    results out;
    const volatile int flag = 1;
    ssm_cancel stop = {.flag = &flag};
    const ssm_results to = {.rts = out.rts, .choices = out.choices};
    ssm_problem p = problem_of(SSM_BOUNDARY_WEIBULL, SSM_DRIFT_GAMMA);
    CHECK(ssm_sample(&p, SSM_METHOD_BRIDGE, SSM_ISA_BASELINE, 0, N + 1, &to, &go_on) ==
          SSM_BAD_RANGE);
    CHECK(ssm_sample(&p, SSM_METHOD_BRIDGE, SSM_ISA_BASELINE, 0, N, &to, &stop) ==
          SSM_CANCELLED);
}

static void test_paths(void)
{
    static float path[2001];
    for (int levy = 0; levy < 2; levy++) {
        ssm_problem p = problem_of(SSM_BOUNDARY_WEIBULL, SSM_DRIFT_CONSTANT);
        if (levy)
            play(&p, SSM_STABILITY, same(&alpha));
        p.delta_t = 0.001;
        float rt;
        int32_t choice;
        p.n_samples = 1;
        draw_samples(&p, SSM_METHOD_BRIDGE, SSM_ISA_BASELINE, 0, 1, &rt, &choice);
        CHECK(ssm_path(&p, SSM_METHOD_BRIDGE, 2001, path, &go_on) == SSM_OK);
        int length = 0;
        while (length < 2001 && path[length] != SSM_OMISSION)
            length++;
        CHECK_NEAR(length * 0.001, rt < 2.0f ? rt : 2.0, 0.002);
        CHECK(rt > 2.0f || path[length - 1] * (float)choice > 0.0f);
        CHECK(ssm_path(&p, SSM_METHOD_BRIDGE, 0, path, &go_on) == SSM_BAD_COUNT);
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
