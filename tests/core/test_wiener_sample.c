/* The Wiener sampler: the same bits however a call is divided and on every instruction set, what
 * it refuses, when it stops, its limits of time, and its laws where they are simple. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "problem.h"

enum { N_SAMPLES = 301, N_TRIALS = 7, N_RESULTS = N_SAMPLES * N_TRIALS };

typedef struct {
    float rts[N_RESULTS];
    int32_t choices[N_RESULTS];
} results;


/* Everything varies, from trial to trial and within trials; some samples are omitted. */
static const double drifts[N_TRIALS] = {-3.0, -0.4, 0.0, 1e-9, 0.7, 2.0, 5.0};
static const double boundaries[N_TRIALS] = {0.3, 0.8, 1.0, 2.5, 1.7, 0.5, 3.0};
static const double starts[N_TRIALS] = {0.5, 0.1, 0.9, 0.3, 0.45, 0.7, 0.02};
static const double noises[N_TRIALS] = {1.0, 0.5, 1.0, 2.0, 0.0, 1.0, 1.0};
static const double scales[N_TRIALS] = {0.0, 0.1, 0.3, 0.2, 0.05, 0.0, 0.4};
static const double locations[N_TRIALS] = {0.3, 0.0, 0.5, 0.2, 0.4, 0.3, 1.0};
static const double deadlines[N_TRIALS] = {0.5, 1.0, 1.5, INFINITY, 2.0, 0.35, 0.01};

static const double angles[N_TRIALS] = {0.0, 0.6, -0.2, -0.7, 0.1, 1.3, 0.0};

static ssm_problem varied_problem(ssm_ndt_kind kind)
{
    ssm_problem p = plain_problem(N_SAMPLES, N_TRIALS);
    p.drift.parameters[0] = each(drifts);
    play(&p, SSM_DRIFT_SD, each(scales));
    p.boundary.parameters[0] = each(boundaries);
    play(&p, SSM_START, each(starts));
    play(&p, SSM_START_HALFWIDTH, each(scales));
    play(&p, SSM_NOISE, each(noises));
    play(&p, SSM_NDT_LOCATION, each(locations));
    play(&p, SSM_NDT_SCALE, each(scales));
    play(&p, SSM_DEADLINE, each(deadlines));
    give_boundary(&p, SSM_BOUNDARY_ANGLE, p.boundary.parameters[0], each(angles));
    p.ndt_kind = kind;
    p.max_t = 3.0;
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
        CHECK(draw_samples(p, SSM_METHOD_EXACT, isa, begin, end, r->rts, r->choices) == SSM_OK);
    }
}

static void test_same_bits(void)
{
    static const int64_t pieces[] = {1, 7, 255, 256, 257, 1000};
    static results whole, other;
    for (int kind = SSM_NDT_CONSTANT; kind <= SSM_NDT_RAYLEIGH; kind++) {
        const ssm_problem p = varied_problem((ssm_ndt_kind)kind);
        draw_in_pieces(&p, SSM_ISA_BASELINE, N_RESULTS, &whole);
        for (int isa = SSM_ISA_BASELINE; isa <= (int)ssm_best_isa(); isa++)
            for (unsigned i = 0; i < sizeof pieces / sizeof *pieces; i++) {
                draw_in_pieces(&p, (ssm_isa)isa, pieces[i], &other);
                CHECK(same_results(&whole, &other));
            }
    }
}

/* One trial alone takes a shorter way through the kernel: its draws must not know. */
static void test_one_trial_alone(void)
{
    static results many, alone;
    ssm_problem p = plain_problem(N_SAMPLES, N_TRIALS);
    draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &many);
    p.n_trials = 1;
    draw_samples(&p, SSM_METHOD_EXACT, ssm_best_isa(), 0, N_SAMPLES, alone.rts, alone.choices);
    int differences = 0;
    for (int n = 0; n < N_SAMPLES; n++)
        differences += many.rts[n * N_TRIALS] != alone.rts[n];
    CHECK(differences == 0);
    CHECK(many.rts[0] != many.rts[1]); /* trials of equal parameters have draws of their own */
}

static void test_seeds(void)
{
    static results first, second;
    ssm_problem p = plain_problem(N_SAMPLES, N_TRIALS);
    draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &first);
    p.seed += UINT64_C(1) << 32;
    draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &second);
    int equal = 0;
    for (int i = 0; i < N_RESULTS; i++)
        equal += first.rts[i] == second.rts[i];
    CHECK(equal < 5);
}

static void test_refusals(void)
{
    static results r;
    ssm_problem p = plain_problem(N_SAMPLES, N_TRIALS);
    const ssm_isa isa = SSM_ISA_BASELINE;
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, isa, -1, 5, r.rts, r.choices) == SSM_BAD_RANGE);
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, isa, 5, 4, r.rts, r.choices) == SSM_BAD_RANGE);
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, isa, 0, N_RESULTS + 1, r.rts, r.choices) ==
          SSM_BAD_RANGE);
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, isa, 0, INT64_MAX, r.rts, r.choices) == SSM_BAD_RANGE);
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, isa, 3, 3, r.rts, r.choices) == SSM_OK);
    p.n_trials = 0;
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, isa, 0, 1, r.rts, r.choices) == SSM_BAD_RANGE);
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, isa, 0, 0, r.rts, r.choices) == SSM_OK);
    p.n_trials = -1;
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, isa, 0, 0, r.rts, r.choices) == SSM_BAD_COUNT);
    p = plain_problem(SSM_MAX_COUNT + 1, 1);
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, isa, 0, 1, r.rts, r.choices) == SSM_BAD_COUNT);
}

/* The last samples of a call of the largest size there is, whose numbers take all 32 bits. */
static void test_largest_call(void)
{
    const ssm_problem p = plain_problem(SSM_MAX_COUNT, 2);
    const int64_t end = 2 * SSM_MAX_COUNT, begin = end - 8;
    float rts[8];
    int32_t choices[8];
    /* Results are written at their own numbers, so the arrays are shifted by `begin`. */
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, ssm_best_isa(), begin, end,
                       (float *)((uintptr_t)rts - (uintptr_t)begin * sizeof *rts),
                       (int32_t *)((uintptr_t)choices - (uintptr_t)begin * sizeof *choices)) ==
          SSM_OK);
    for (int i = 0; i < 8; i++)
        CHECK(rts[i] > 0.0f && (choices[i] == 1 || choices[i] == -1));
}

static void test_cancel(void)
{
    static results r;
    const volatile int flag = 1;
    ssm_cancel stop = {.flag = &flag};
    const ssm_problem p = plain_problem(N_SAMPLES, N_TRIALS);
    r.rts[N_RESULTS - 1] = -7.0f;
    const ssm_results to = {.rts = r.rts, .choices = r.choices};
    CHECK(ssm_sample(&p, SSM_METHOD_EXACT, ssm_best_isa(), 0, N_RESULTS, &to, &stop) ==
          SSM_CANCELLED);
    CHECK(r.rts[N_RESULTS - 1] == -7.0f);
}

static void test_omissions(void)
{
    static results r;
    const ssm_problem p = varied_problem(SSM_NDT_CONSTANT);
    draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &r);
    int omitted[N_TRIALS] = {0}, wrong = 0;
    for (int i = 0; i < N_RESULTS; i++) {
        int k = i % N_TRIALS, is_omitted = r.rts[i] == SSM_OMISSION;
        double limit = fmin(deadlines[k], p.max_t + locations[k]);
        omitted[k] += is_omitted;
        wrong += !is_omitted && !(r.rts[i] >= (float)locations[k] && r.rts[i] <= (float)limit);
        wrong += r.choices[i] != 1 && r.choices[i] != -1;
    }
    CHECK(wrong == 0);
    CHECK(omitted[6] == N_SAMPLES);                    /* deadline before all non-decision times */
    CHECK(omitted[0] > 0 && omitted[0] < N_SAMPLES);   /* deadline within the responses */
    CHECK(omitted[3] > 0 && omitted[3] < N_SAMPLES);   /* max_t within the responses */
}

/* Without noise the drift alone decides, and a drift of 0 never arrives. */
static void test_no_noise(void)
{
    static const double four_drifts[4] = {2.0, -0.5, 0.0, 0.25};
    static const double four_angles[4] = {0.0, 0.0, 0.0, 0.24497866312686414}; /* tangent 1/4 */
    ssm_problem p = plain_problem(2, 4);
    float rts[8];
    int32_t choices[8];
    play(&p, SSM_NOISE, same(&zero));
    p.drift.parameters[0] = each(four_drifts);
    give_boundary(&p, SSM_BOUNDARY_ANGLE, p.boundary.parameters[0], each(four_angles));
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, ssm_best_isa(), 0, 8, rts, choices) == SSM_OK);
    for (int i = 0; i < 8; i += 4) {
        CHECK(rts[i] == 0.5f && choices[i] == 1);
        CHECK(rts[i + 1] == 2.0f && choices[i + 1] == -1);
        CHECK(rts[i + 2] == SSM_OMISSION);
        CHECK_NEAR(rts[i + 3], 2.0, 1e-6); /* t / 4 meets 1 - t / 4 */
        CHECK(choices[i + 3] == 1);
    }
}

/* P(upper) = 1 / (1 + exp(-2 v a)) and E[rt] = (a / v) tanh(v a) from the middle, noise 1. */
static void test_closed_forms(void)
{
    enum { MANY = 400000 };
    static float rts[MANY];
    static int32_t choices[MANY];
    ssm_problem p = plain_problem(MANY, 1);
    p.max_t = 1e6;
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, ssm_best_isa(), 0, MANY, rts, choices) == SSM_OK);
    double upper = 0.0, sum = 0.0, squares = 0.0;
    for (int i = 0; i < MANY; i++) {
        upper += choices[i] == 1;
        sum += rts[i];
        squares += (double)rts[i] * rts[i];
    }
    double p_upper = 1.0 / (1.0 + exp(-1.0)), mean = 2.0 * tanh(0.5);
    double sd = sqrt(squares / MANY - mean * mean);
    CHECK_NEAR(upper / MANY, p_upper, 5.0 * sqrt(p_upper * (1.0 - p_upper) / MANY));
    CHECK_NEAR(sum / MANY, mean, 5.0 * sd / sqrt(MANY));
}

/* Boundaries that meet at time 1: every response is before. */
static void test_collapse(void)
{
    static results r;
    static const double angle = 0.7853981633974483; /* tangent 1 */
    ssm_problem p = plain_problem(N_SAMPLES, N_TRIALS);
    give_boundary(&p, SSM_BOUNDARY_ANGLE, p.boundary.parameters[0], same(&angle));
    draw_in_pieces(&p, ssm_best_isa(), N_RESULTS, &r);
    int late = 0;
    for (int i = 0; i < N_RESULTS; i++)
        late += !(r.rts[i] > 0.0f && r.rts[i] <= 1.0f);
    CHECK(late == 0);
}

/* Starts moved onto or beyond a boundary leave at once, on that side. */
static void test_start_beyond_the_boundary(void)
{
    enum { MANY = 4000 };
    static float rts[MANY];
    static int32_t choices[MANY];
    static const double wide = 4.0;
    ssm_problem p = plain_problem(MANY, 1);
    play(&p, SSM_START_HALFWIDTH, same(&wide));
    CHECK(draw_samples(&p, SSM_METHOD_EXACT, ssm_best_isa(), 0, MANY, rts, choices) == SSM_OK);
    int at_once = 0, upper = 0;
    for (int i = 0; i < MANY; i++) {
        at_once += rts[i] == 0.0f;
        upper += rts[i] == 0.0f && choices[i] == 1;
    }
    CHECK_NEAR(at_once, 0.75 * MANY, 5.0 * sqrt(MANY * 0.75 * 0.25));
    CHECK_NEAR(upper, 0.375 * MANY, 5.0 * sqrt(MANY * 0.375 * 0.625));
}

/* A linear boundary is one at an angle, whose slope is the tangent; for the table too. */
static void test_slopes_and_angles(void)
{
    enum { N = 2000 };
    static float rts[2][N];
    static int32_t choices[2][N];
    static const double three_angles[] = {0.6, -0.2, 1.2}, a = 1.1;
    for (int i = 0; i < 3; i++)
        for (int method = SSM_METHOD_EXACT; method <= SSM_METHOD_TABLE; method++) {
            const double slope = tan(three_angles[i]);
            ssm_problem p = plain_problem(N, 1);
            give_boundary(&p, SSM_BOUNDARY_ANGLE, same(&a), same(&three_angles[i]));
            CHECK(draw_samples(&p, (ssm_method)method, ssm_best_isa(), 0, N, rts[0], choices[0]) ==
                  SSM_OK);
            give_boundary(&p, SSM_BOUNDARY_LINEAR, same(&a), same(&slope));
            CHECK(draw_samples(&p, (ssm_method)method, ssm_best_isa(), 0, N, rts[1], choices[1]) ==
                  SSM_OK);
            int apart = 0; /* tangents differ by rounding */
            for (int n = 0; n < N; n++)
                apart += choices[0][n] != choices[1][n] ||
                         fabsf(rts[0][n] - rts[1][n]) > 1e-5f * fabsf(rts[0][n]);
            CHECK(apart == 0);
        }
}

/* What has no exact law is refused, and by method table what has no law that can be solved for. */
static void test_methods(void)
{
    float rt;
    int32_t choice;
    for (int method = SSM_METHOD_EXACT; method <= SSM_METHOD_TABLE; method++)
        for (int which = method == SSM_METHOD_TABLE ? 4 : 0; which < 5; which++) {
            ssm_problem p = plain_problem(1, 1);
            if (which == 0)
                give_boundary(&p, SSM_BOUNDARY_WEIBULL, same(&one));
            else if (which == 1)
                give_drift(&p, SSM_DRIFT_GAMMA, same(&one));
            else if (which < 4)
                play(&p, which == 2 ? SSM_LEAK : SSM_LEAK_2, same(&zero));
            else
                play(&p, SSM_STABILITY, same(&one));
            ssm_error expected =
                method == SSM_METHOD_TABLE && which < 3 ? SSM_OK : SSM_BAD_METHOD;
            CHECK(draw_samples(&p, (ssm_method)method, SSM_ISA_BASELINE, 0, 1, &rt, &choice) ==
                  expected);
            CHECK(ssm_path(&p, (ssm_method)method, 1, &rt, &go_on) == expected);
        }
}

/* A start on a boundary is a decision at time 0, for that side, by every method and in paths. */
static void test_start_on_the_boundary(void)
{
    enum { N = 300, GRID = 5 };
    static float rts[N];
    static int32_t choices[N];
    static const double heights[] = {0.7, 1.3}, ndt = 0.25, slope = 0.4, alpha = 1.4;
    for (int method = 0; method < SSM_N_METHODS; method++)
        for (int which = 0; which < 16; which++) {
            const int upper = which & 1;
            ssm_problem p = plain_problem(N, 1);
            float path[GRID];
            play(&p, SSM_START, same(upper ? &one : &zero));
            play(&p, SSM_NDT_LOCATION, same(&ndt));
            give_boundary(&p, which & 2 ? SSM_BOUNDARY_LINEAR : SSM_BOUNDARY_CONSTANT,
                          same(&heights[which >> 3]), same(&slope));
            if (which & 4 && method >= SSM_METHOD_BRIDGE)
                play(&p, SSM_STABILITY, same(&alpha));
            CHECK(draw_samples(&p, (ssm_method)method, ssm_best_isa(), 0, N, rts, choices) ==
                  SSM_OK);
            int others = 0;
            for (int n = 0; n < N; n++)
                others += rts[n] != 0.25f || choices[n] != (upper ? 1 : -1);
            CHECK(others == 0);
            CHECK(ssm_path(&p, (ssm_method)method, GRID, path, &go_on) == SSM_OK);
            CHECK_NEAR(path[0], (upper ? 1.0 : -1.0) * heights[which >> 3], 1e-6);
            CHECK(path[1] == SSM_OMISSION);
        }
}

int main(void)
{
    test_slopes_and_angles();
    test_methods();
    test_start_on_the_boundary();
    test_same_bits();
    test_one_trial_alone();
    test_seeds();
    test_refusals();
    test_largest_call();
    test_cancel();
    test_omissions();
    test_no_noise();
    test_closed_forms();
    test_collapse();
    test_start_beyond_the_boundary();
    return check_result();
}
