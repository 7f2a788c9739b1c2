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

static const double step = 0.004, never = INFINITY;

static const double drifts[N_TRIALS] = {-3.0, -0.4, 0.0, 1e-9, 0.7, 2.0, 5.0};
static const double boundaries[N_TRIALS] = {0.3, 0.8, 1.0, 2.5, 1.7, 0.5, 3.0};
static const double starts[N_TRIALS] = {0.5, 0.1, 0.9, 0.3, 0.45, 0.7, 0.02};
static const double noises[N_TRIALS] = {1.0, 0.5, 1.0, 2.0, 0.0, 1.0, 1.0};
static const double scales[N_TRIALS] = {0.0, 0.1, 0.3, 0.2, 0.05, 0.0, 0.4};
static const double locations[N_TRIALS] = {0.3, 0.0, 0.5, 0.2, 0.4, 0.3, 1.0};
static const double deadlines[N_TRIALS] = {0.5, 1.0, 1.5, INFINITY, 2.0, 0.35, 0.01};
static const double leaks[N_TRIALS] = {0.0, 1.0, -0.5, 3.0, 0.1, -2.0, 0.7};
static const double stabilities[N_TRIALS] = {1.0, 1.1, 1.3, 1.5, 1.7, 1.99, 2.0};
static const double angles[N_TRIALS] = {0.0, 0.3, 0.6, 1.2, -0.1, 0.9, 0.5};

/* Everything varies, from trial to trial and within trials; some samples are omitted. */
static ssm_problem varied_diffusion(ssm_ndt_kind kind)
{
    ssm_problem p = plain_problem(N_SAMPLES, N_TRIALS);
    play(&p, SSM_DRIFT_SD, each(scales));
    play(&p, SSM_START_HALFWIDTH, each(scales));
    play(&p, SSM_NDT_SCALE, each(scales));
    play(&p, SSM_START, each(starts));
    play(&p, SSM_NOISE, each(noises));
    play(&p, SSM_NDT_LOCATION, each(locations));
    play(&p, SSM_DEADLINE, each(deadlines));
    p.ndt_kind = kind;
    p.max_t = 3.0;
    give_boundary(&p, SSM_BOUNDARY_ANGLE, each(boundaries), each(angles));
    p.drift.parameters[0] = each(drifts);
    p.smooth_times = 1;
    return p;
}

/* One process of each kind that takes steps in its own way. */
static ssm_problem process(int number)
{
    ssm_problem p = varied_diffusion((ssm_ndt_kind)(number % (SSM_NDT_RAYLEIGH + 1)));
    if (number >= 3)
        play(&p, SSM_STABILITY, each(stabilities));
    if (number % 3 > 0)
        play(&p, SSM_LEAK, each(leaks));
    if (number % 3 == 2) {
        play(&p, SSM_LEAK_2, each(leaks));
        give_drift(&p, SSM_DRIFT_CONFLICT_DUAL, each(drifts), same(&one), same(&one), same(&one),
                   same(&half), same(&half), same(&one), same(&one));
    }
    return p;
}

static int same_results(const results *a, const results *b)
{
    return memcmp(a->rts, b->rts, sizeof a->rts) == 0 &&
           memcmp(a->choices, b->choices, sizeof a->choices) == 0;
}

static void draw_in_pieces(const ssm_problem *p, ssm_isa isa, int64_t piece, results *r)
{
    memset(r, 0xff, sizeof *r);
    for (int64_t begin = 0; begin < N_RESULTS; begin += piece) {
        int64_t end = begin + piece < N_RESULTS ? begin + piece : N_RESULTS;
        CHECK(draw_samples(p, SSM_METHOD_EULER, isa, begin, end, r->rts, r->choices) == SSM_OK);
    }
}

static void test_same_bits(void)
{
    static const int64_t pieces[] = {7, 255, 2048};
    static results whole, other;
    for (int number = 0; number < 6; number++) {
        const ssm_problem p = process(number);
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
        ssm_problem p = plain_problem(N_SAMPLES, N_TRIALS);
        if (which == 2)
            play(&p, SSM_LEAK, same(&one));
        draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &common);
        if (which == 0)
            p.boundary.parameters[0] = each(ones);
        p.drift.parameters[0] = each(halves);
        if (which == 2)
            play(&p, SSM_LEAK, each(ones));
        draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &own);
        CHECK(same_results(&common, &own));
    }
    CHECK(common.rts[0] != common.rts[1] || common.rts[2] != common.rts[3]);
}

static void test_refusals(void)
{
    static results r;
    ssm_problem p = plain_problem(N_SAMPLES, N_TRIALS);
    const ssm_isa isa = SSM_ISA_BASELINE;
    CHECK(draw_samples(&p, SSM_METHOD_EULER, isa, -1, 5, r.rts, r.choices) == SSM_BAD_RANGE);
    CHECK(draw_samples(&p, SSM_METHOD_EULER, isa, 5, 4, r.rts, r.choices) == SSM_BAD_RANGE);
    CHECK(draw_samples(&p, SSM_METHOD_EULER, isa, 0, N_RESULTS + 1, r.rts, r.choices) ==
          SSM_BAD_RANGE);
    CHECK(draw_samples(&p, SSM_METHOD_EULER, isa, 3, 3, r.rts, r.choices) == SSM_OK);
    p.n_trials = -1;
    CHECK(draw_samples(&p, SSM_METHOD_EULER, isa, 0, 1, r.rts, r.choices) == SSM_BAD_COUNT);
}

static void test_cancel(void)
{
    static results r;
    const volatile int flag = 1;
    ssm_cancel stop = {.flag = &flag};
    const ssm_problem p = plain_problem(N_SAMPLES, N_TRIALS);
    r.rts[N_RESULTS - 1] = -7.0f;
    const ssm_results to = {.rts = r.rts, .choices = r.choices};
    CHECK(ssm_sample(&p, SSM_METHOD_EULER, ssm_best_isa(), 0, N_RESULTS, &to, &stop) ==
          SSM_CANCELLED);
    CHECK(r.rts[N_RESULTS - 1] == -7.0f);
}

/* Without noise the path is the recursion itself, which the core keeps in double precision: it is
 * outside at the first step beyond 1, and a whole number of steps takes a whole number of dt. */
static void test_no_noise(void)
{
    static const double three_drifts[3] = {2.01, -0.501, 0.0};
    ssm_problem p = plain_problem(2, 3);
    float rts[6];
    int32_t choices[6];
    play(&p, SSM_NOISE, same(&zero));
    p.drift.parameters[0] = each(three_drifts);
    CHECK(draw_samples(&p, SSM_METHOD_EULER, ssm_best_isa(), 0, 6, rts, choices) == SSM_OK);
    for (int n = 0; n < 2; n++) {
        CHECK(rts[3 * n] == (float)(125 * step) && choices[3 * n] == 1);
        CHECK(rts[3 * n + 1] == (float)(500 * step) && choices[3 * n + 1] == -1);
        CHECK(rts[3 * n + 2] == SSM_OMISSION);
    }
}

/* Steps end at max_t, and at the first time after the deadline; a step that ends at max_t
 * counts. */
static void test_limits(void)
{
    static const double drift = 2.01, at_step_125 = 0.5, before = 0.4999, after = 0.502;
    ssm_problem p = plain_problem(1, 1);
    float rt;
    int32_t choice;
    play(&p, SSM_NOISE, same(&zero));
    p.drift.parameters[0] = same(&drift);
    p.max_t = 0.5;
    draw_samples(&p, SSM_METHOD_EULER, ssm_best_isa(), 0, 1, &rt, &choice);
    CHECK(rt == 0.5f && choice == 1);
    p.max_t = 0.4999;
    draw_samples(&p, SSM_METHOD_EULER, ssm_best_isa(), 0, 1, &rt, &choice);
    CHECK(rt == SSM_OMISSION && choice == 1);
    p.max_t = 20.0;
    play(&p, SSM_DEADLINE, same(&after));
    draw_samples(&p, SSM_METHOD_EULER, ssm_best_isa(), 0, 1, &rt, &choice);
    CHECK(rt == 0.5f && choice == 1);
    play(&p, SSM_DEADLINE, same(&at_step_125));
    draw_samples(&p, SSM_METHOD_EULER, ssm_best_isa(), 0, 1, &rt, &choice);
    CHECK(rt == SSM_OMISSION && choice == 1);
    play(&p, SSM_DEADLINE, same(&before));
    draw_samples(&p, SSM_METHOD_EULER, ssm_best_isa(), 0, 1, &rt, &choice);
    CHECK(rt == SSM_OMISSION && choice == 1);
}

/* A start outside is a trial of no steps; its time is blurred upward only. */
static void test_start_outside(void)
{
    enum { MANY = 4000 };
    static float rts[MANY];
    static int32_t choices[MANY];
    static const double wide = 4.0;
    ssm_problem p = plain_problem(MANY, 1);
    play(&p, SSM_START_HALFWIDTH, same(&wide));
    p.smooth_times = 1;
    CHECK(draw_samples(&p, SSM_METHOD_EULER, ssm_best_isa(), 0, MANY, rts, choices) == SSM_OK);
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
    ssm_problem p = plain_problem(MANY, 1);
    int upper = 0;
    play(&p, SSM_NOISE, same(&zero));
    p.drift.parameters[0] = same(&zero);
    CHECK(draw_samples(&p, SSM_METHOD_EULER, ssm_best_isa(), 0, MANY, rts, choices) == SSM_OK);
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
        ssm_problem p = process(number);
        p.ndt_kind = SSM_NDT_CONSTANT;
        play(&p, SSM_NDT_LOCATION, same(&zero));
        play(&p, SSM_DEADLINE, same(&never));
        p.smooth_times = 0;
        for (p.seed = 0; p.seed < 20; p.seed++) {
            draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &r);
            CHECK(ssm_path(&p, SSM_METHOD_EULER, GRID, path, &go_on) == SSM_OK);
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
