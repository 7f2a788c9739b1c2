/* Euler-Maruyama: the same bits however a call is divided and on every instruction set, what it
 * refuses, when it stops, its limits of time, and its paths. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "problem.h"

enum { N_SAMPLES = 301, N_TRIALS = 7, N_RESULTS = N_SAMPLES * N_TRIALS };

typedef struct {
    float rts[N_RESULTS];
    int32_t choices[N_RESULTS];
} results;

static const volatile int go_on = 0;
static const double step = 0.004, two = 2.0;

static const double drifts[N_TRIALS] = {-3.0, -0.4, 0.0, 1e-9, 0.7, 2.0, 5.0};
static const double boundaries[N_TRIALS] = {0.3, 0.8, 1.0, 2.5, 1.7, 0.5, 3.0};
static const double starts[N_TRIALS] = {0.5, 0.1, 0.9, 0.3, 0.45, 0.7, 0.02};
static const double noises[N_TRIALS] = {1.0, 0.5, 1.0, 2.0, 0.0, 1.0, 1.0};
static const double scales[N_TRIALS] = {0.0, 0.1, 0.3, 0.2, 0.05, 0.0, 0.4};
static const double locations[N_TRIALS] = {0.3, 0.0, 0.5, 0.2, 0.4, 0.3, 1.0};
static const double deadlines[N_TRIALS] = {0.5, 1.0, 1.5, INFINITY, 2.0, 0.35, -1.0};
static const double leaks[N_TRIALS] = {0.0, 1.0, -0.5, 3.0, 0.1, -2.0, 0.7};
static const double stabilities[N_TRIALS] = {1.0, 1.1, 1.3, 1.5, 1.7, 1.99, 2.0};
static const double angles[N_TRIALS] = {0.0, 0.3, 0.6, 1.2, -0.1, 0.9, 0.5};

static ssm_diffusion plain_diffusion(int64_t n_samples, int64_t n_trials)
{
    ssm_diffusion p = {
        .trial = plain_problem(n_samples, n_trials),
        .leak = same(&zero),
        .leak_2 = same(&zero),
        .stability = same(&two),
        .boundary_kind = SSM_BOUNDARY_CONSTANT,
        .drift_kind = SSM_DRIFT_CONSTANT,
        .delta_t = step,
    };
    for (int i = 0; i < SSM_CURVE_PARAMETERS; i++)
        p.boundary_parameters[i] = p.drift_parameters[i] = same(&one);
    p.drift_parameters[0] = same(&half);
    return p;
}

/* Everything varies, from trial to trial and within trials; some samples are omitted. */
static ssm_diffusion varied_diffusion(ssm_ndt_kind kind)
{
    ssm_diffusion p = plain_diffusion(N_SAMPLES, N_TRIALS);
    p.trial.drift_sd = p.trial.start_halfwidth = p.trial.ndt_scale = each(scales);
    p.trial.start = each(starts);
    p.trial.noise = each(noises);
    p.trial.ndt_location = each(locations);
    p.trial.deadline = each(deadlines);
    p.trial.ndt_kind = kind;
    p.trial.max_t = 3.0;
    p.boundary_kind = SSM_BOUNDARY_ANGLE;
    p.boundary_parameters[0] = each(boundaries);
    p.boundary_parameters[1] = each(angles);
    p.drift_parameters[0] = each(drifts);
    p.smooth_times = 1;
    return p;
}

/* One process of each kind that takes steps in its own way. */
static ssm_diffusion process(int number)
{
    ssm_diffusion p = varied_diffusion((ssm_ndt_kind)(number % (SSM_NDT_RAYLEIGH + 1)));
    p.has_stability = number >= 3;
    p.stability = each(stabilities);
    p.has_leak = number % 3 > 0;
    p.leak = p.leak_2 = each(leaks);
    if (number % 3 == 2) {
        p.drift_kind = SSM_DRIFT_CONFLICT_DUAL;
        p.drift_parameters[4] = p.drift_parameters[5] = same(&half);
    }
    return p;
}

static int same_results(const results *a, const results *b)
{
    return memcmp(a->rts, b->rts, sizeof a->rts) == 0 &&
           memcmp(a->choices, b->choices, sizeof a->choices) == 0;
}

static void draw_in_pieces(const ssm_diffusion *p, ssm_isa isa, int64_t piece, results *r)
{
    memset(r, 0xff, sizeof *r);
    for (int64_t begin = 0; begin < N_RESULTS; begin += piece) {
        int64_t end = begin + piece < N_RESULTS ? begin + piece : N_RESULTS;
        CHECK(ssm_diffusion_euler(p, isa, begin, end, r->rts, r->choices, &go_on) == SSM_OK);
    }
}

static void test_same_bits(void)
{
    static const int64_t pieces[] = {7, 255, 2048};
    static results whole, other;
    for (int number = 0; number < 6; number++) {
        const ssm_diffusion p = process(number);
        draw_in_pieces(&p, SSM_ISA_BASELINE, N_RESULTS, &whole);
        for (int isa = SSM_ISA_BASELINE; isa <= (int)ssm_best_isa(); isa++)
            for (unsigned i = 0; i < sizeof pieces / sizeof *pieces; i++) {
                draw_in_pieces(&p, (ssm_isa)isa, pieces[i], &other);
                CHECK(same_results(&whole, &other));
            }
    }
}

/* What trials have in common is found once for all: their draws must not know. */
static void test_common_and_own_parameters(void)
{
    static results common, own;
    static double ones[N_TRIALS], halves[N_TRIALS];
    for (int k = 0; k < N_TRIALS; k++) {
        ones[k] = 1.0;
        halves[k] = 0.5;
    }
    for (int which = 0; which < 3; which++) {
        ssm_diffusion p = plain_diffusion(N_SAMPLES, N_TRIALS);
        p.has_leak = which == 2;
        p.leak = same(&one);
        draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &common);
        if (which == 0)
            p.boundary_parameters[0] = each(ones);
        p.drift_parameters[0] = each(halves);
        p.leak = which == 2 ? each(ones) : p.leak;
        draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &own);
        CHECK(same_results(&common, &own));
    }
    CHECK(common.rts[0] != common.rts[1] || common.rts[2] != common.rts[3]);
}

static void test_refusals(void)
{
    static results r;
    ssm_diffusion p = plain_diffusion(N_SAMPLES, N_TRIALS);
    const ssm_isa isa = SSM_ISA_BASELINE;
    CHECK(ssm_diffusion_euler(&p, isa, -1, 5, r.rts, r.choices, &go_on) == SSM_BAD_RANGE);
    CHECK(ssm_diffusion_euler(&p, isa, 5, 4, r.rts, r.choices, &go_on) == SSM_BAD_RANGE);
    CHECK(ssm_diffusion_euler(&p, isa, 0, N_RESULTS + 1, r.rts, r.choices, &go_on) ==
          SSM_BAD_RANGE);
    CHECK(ssm_diffusion_euler(&p, isa, 3, 3, r.rts, r.choices, &go_on) == SSM_OK);
    p.trial.n_trials = -1;
    CHECK(ssm_diffusion_euler(&p, isa, 0, 1, r.rts, r.choices, &go_on) == SSM_BAD_COUNT);
}

static void test_cancel(void)
{
    static results r;
    const volatile int stop = 1;
    const ssm_diffusion p = plain_diffusion(N_SAMPLES, N_TRIALS);
    r.rts[N_RESULTS - 1] = -7.0f;
    CHECK(ssm_diffusion_euler(&p, ssm_best_isa(), 0, N_RESULTS, r.rts, r.choices, &stop) ==
          SSM_CANCELLED);
    CHECK(r.rts[N_RESULTS - 1] == -7.0f);
}

/* Without noise the path is the recursion itself, which the core keeps in double precision: it is
 * outside at the first step beyond 1, and a whole number of steps takes a whole number of dt. */
static void test_no_noise(void)
{
    static const double three_drifts[3] = {2.01, -0.501, 0.0};
    ssm_diffusion p = plain_diffusion(2, 3);
    float rts[6];
    int32_t choices[6];
    p.trial.noise = same(&zero);
    p.drift_parameters[0] = each(three_drifts);
    CHECK(ssm_diffusion_euler(&p, ssm_best_isa(), 0, 6, rts, choices, &go_on) == SSM_OK);
    for (int n = 0; n < 2; n++) {
        CHECK(rts[3 * n] == (float)(125 * step) && choices[3 * n] == 1);
        CHECK(rts[3 * n + 1] == (float)(500 * step) && choices[3 * n + 1] == -1);
        CHECK(rts[3 * n + 2] == SSM_OMISSION);
    }
}

/* Steps end at max_t, and at the first time after the deadline; a step that ends at max_t counts. */
static void test_limits(void)
{
    static const double drift = 2.01, at_step_125 = 0.5, before = 0.4999, after = 0.502;
    ssm_diffusion p = plain_diffusion(1, 1);
    float rt;
    int32_t choice;
    p.trial.noise = same(&zero);
    p.drift_parameters[0] = same(&drift);
    p.trial.max_t = 0.5;
    ssm_diffusion_euler(&p, ssm_best_isa(), 0, 1, &rt, &choice, &go_on);
    CHECK(rt == 0.5f && choice == 1);
    p.trial.max_t = 0.4999;
    ssm_diffusion_euler(&p, ssm_best_isa(), 0, 1, &rt, &choice, &go_on);
    CHECK(rt == SSM_OMISSION && choice == 1);
    p.trial.max_t = 20.0;
    p.trial.deadline = same(&after);
    ssm_diffusion_euler(&p, ssm_best_isa(), 0, 1, &rt, &choice, &go_on);
    CHECK(rt == 0.5f && choice == 1);
    p.trial.deadline = same(&at_step_125);
    ssm_diffusion_euler(&p, ssm_best_isa(), 0, 1, &rt, &choice, &go_on);
    CHECK(rt == SSM_OMISSION && choice == 1);
    p.trial.deadline = same(&before);
    ssm_diffusion_euler(&p, ssm_best_isa(), 0, 1, &rt, &choice, &go_on);
    CHECK(rt == SSM_OMISSION && choice == 1);
}

/* A start outside is a trial of no steps; its time is blurred upward only. */
static void test_start_outside(void)
{
    enum { MANY = 4000 };
    static float rts[MANY];
    static int32_t choices[MANY];
    static const double wide = 4.0;
    ssm_diffusion p = plain_diffusion(MANY, 1);
    p.trial.start_halfwidth = same(&wide);
    p.smooth_times = 1;
    CHECK(ssm_diffusion_euler(&p, ssm_best_isa(), 0, MANY, rts, choices, &go_on) == SSM_OK);
    int at_once = 0, upper = 0;
    double sum = 0.0;
    for (int i = 0; i < MANY; i++) {
        int now = rts[i] < 0.5f * (float)step;
        CHECK(rts[i] > 0.0f);
        at_once += now;
        upper += now && choices[i] == 1;
        sum += now ? rts[i] : 0.0;
    }
    CHECK_NEAR(at_once, 0.75 * MANY, 5.0 * sqrt(MANY * 0.75 * 0.25));
    CHECK_NEAR(upper, 0.375 * MANY, 5.0 * sqrt(MANY * 0.375 * 0.625));
    CHECK_NEAR(sum / at_once, 0.25 * step, 5.0 * step / sqrt(48.0 * at_once));
}

/* A sample that is at 0 when its time is up has a fair coin for its label. */
static void test_undecided_at_zero(void)
{
    enum { MANY = 4000 };
    static float rts[MANY];
    static int32_t choices[MANY];
    ssm_diffusion p = plain_diffusion(MANY, 1);
    int upper = 0;
    p.trial.noise = p.drift_parameters[0] = same(&zero);
    CHECK(ssm_diffusion_euler(&p, ssm_best_isa(), 0, MANY, rts, choices, &go_on) == SSM_OK);
    for (int i = 0; i < MANY; i++) {
        CHECK(rts[i] == SSM_OMISSION);
        upper += choices[i] == 1;
    }
    CHECK_NEAR(upper, 0.5 * MANY, 5.0 * 0.5 * sqrt(MANY));
}

/* The path of sample 0 is inside until the step that its response time tells, and outside then. */
static void test_path(void)
{
    enum { GRID = 751 };
    static results r;
    float path[GRID];
    int ends = 0;
    for (int number = 0; number < 6; number++) {
        ssm_diffusion p = process(number);
        p.trial.ndt_kind = SSM_NDT_CONSTANT;
        p.trial.ndt_location = same(&zero);
        p.trial.deadline = same(&never);
        p.smooth_times = 0;
        for (p.trial.seed = 0; p.trial.seed < 20; p.trial.seed++) {
            draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &r);
            CHECK(ssm_diffusion_euler_path(&p, GRID, path) == SSM_OK);
            int last = 0;
            for (; last + 1 < GRID && path[last + 1] != SSM_OMISSION; last++)
                CHECK(fabsf(path[last]) <= 0.3f);
            CHECK((path[last] > 0.0f) == (r.choices[0] == 1));
            if (r.rts[0] == SSM_OMISSION)
                continue;
            ends++;
            CHECK(fabsf(path[last]) > 0.3f && r.rts[0] == (float)(last * step));
        }
    }
    CHECK(ends > 60);
}

int main(void)
{
    test_same_bits();
    test_common_and_own_parameters();
    test_refusals();
    test_cancel();
    test_no_noise();
    test_limits();
    test_start_outside();
    test_undecided_at_zero();
    test_path();
    return check_result();
}
