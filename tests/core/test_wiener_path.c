/* Paths: they start where the process starts, stay between the boundaries, and end on the side
 * and at the time of the sample that they belong to. */
#include "check.h"
#include "problem.h"

enum { N_GRID = 2001 };
static const double delta_t = 0.002;

static ssm_problem one_path(void)
{
    ssm_problem p = plain_problem(1, 1);
    p.delta_t = delta_t;
    return p;
}

/* The number of grid points that a path fills; the rest must be SSM_OMISSION. */
static int64_t length_of(const float *path)
{
    int64_t n = 0;
    while (n < N_GRID && path[n] != SSM_OMISSION)
        n++;
    for (int64_t i = n; i < N_GRID; i++)
        CHECK(path[i] == SSM_OMISSION);
    return n;
}

static void check_path_of_a_response(const ssm_problem *p)
{
    static float path[N_GRID];
    float rt;
    int32_t choice;
    draw_samples(p, SSM_METHOD_EXACT, ssm_best_isa(), 0, 1, &rt, &choice);
    CHECK(ssm_path(p, SSM_METHOD_EXACT, N_GRID, path, &go_on) == SSM_OK);
    double a = ssm_get(p->boundary.parameters[0], 0), slope = 0.0;
    double start = a * (2.0 * ssm_get(p->column[SSM_START][0], 0) - 1.0);
    double decision = rt - ssm_get(p->column[SSM_NDT_LOCATION][0], 0);
    if (p->boundary.kind == SSM_BOUNDARY_ANGLE)
        slope = tan(ssm_get(p->boundary.parameters[1], 0));
    int64_t length = length_of(path);
    CHECK_NEAR(path[0], start, 1e-6);
    for (int64_t i = 0; i < length; i++)
        CHECK(fabs(path[i]) <= a - slope * (double)i * delta_t + 2e-3 * fabs(slope) + 1e-6);
    if (rt == SSM_OMISSION)
        return;
    if (length < N_GRID) {
        CHECK_NEAR(path[length - 1], choice * (a - slope * decision), 1e-5);
        CHECK_NEAR((double)(length - 1) * delta_t, decision, 1.01 * delta_t);
    } else {
        CHECK(decision > (N_GRID - 2) * delta_t);
    }
}

static void test_responses(void)
{
    static const double drifts[] = {-4.0, 0.0, 0.6, 3.0}, starts[] = {0.05, 0.5, 0.9};
    static const double ndt = 0.3, boundaries[] = {0.3, 1.2}, angles[] = {0.0, 0.4, -0.2};
    for (int seed = 0; seed < 10; seed++)
        for (int i = 0; i < 4 * 3 * 2 * 3; i++) {
            ssm_problem p = one_path();
            p.seed = (uint64_t)seed;
            p.drift.parameters[0] = same(&drifts[i % 4]);
            play(&p, SSM_START, same(&starts[i / 4 % 3]));
            p.boundary.parameters[0] = same(&boundaries[i / 12 % 2]);
            give_boundary(&p, SSM_BOUNDARY_ANGLE, p.boundary.parameters[0], same(&angles[i / 24]));
            play(&p, SSM_NDT_LOCATION, same(&ndt));
            check_path_of_a_response(&p);
        }
}

/* The path of an omission reaches the limit of time inside, on the side of its label. */
static void test_omissions(void)
{
    static const double wide = 2.0, deadline = 0.5;
    static float path[N_GRID];
    for (uint64_t seed = 0; seed < 20; seed++) {
        ssm_problem p = one_path();
        float rt;
        int32_t choice;
        p.seed = seed;
        p.boundary.parameters[0] = same(&wide);
        play(&p, SSM_DEADLINE, same(&deadline));
        draw_samples(&p, SSM_METHOD_EXACT, ssm_best_isa(), 0, 1, &rt, &choice);
        CHECK(ssm_path(&p, SSM_METHOD_EXACT, N_GRID, path, &go_on) == SSM_OK);
        int64_t length = length_of(path);
        if (rt != SSM_OMISSION)
            continue;
        CHECK_NEAR((double)(length - 1) * delta_t, deadline, 1.01 * delta_t);
        CHECK(path[length - 1] * (float)choice >= 0.0f && fabsf(path[length - 1]) < 2.0f);
    }
}

/* Without noise the path is the straight line of the drift. */
static void test_no_noise(void)
{
    static float path[N_GRID];
    ssm_problem p = one_path();
    play(&p, SSM_NOISE, same(&zero));
    CHECK(ssm_path(&p, SSM_METHOD_EXACT, N_GRID, path, &go_on) == SSM_OK);
    int64_t length = length_of(path);
    for (int64_t i = 0; i < length - 1; i++)
        CHECK_NEAR(path[i], 0.5 * (double)i * delta_t, 1e-6);
    CHECK(length == 1001 && path[length - 1] == 1.0f);
}

/* Seen over many seeds, the middle of a path to max_t has the mean and variance of the process:
 * far from the boundaries that is Brownian motion with drift. */
static void test_law(void)
{
    enum { SEEDS = 4000, MIDDLE = 250, END = 500 };
    static const double far = 50.0;
    static float path[N_GRID];
    double sum = 0.0, squares = 0.0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        ssm_problem p = one_path();
        p.seed = seed;
        p.boundary.parameters[0] = same(&far);
        p.max_t = 1.0;
        CHECK(ssm_path(&p, SSM_METHOD_EXACT, END + 1, path, &go_on) == SSM_OK);
        sum += path[MIDDLE];
        squares += (double)path[MIDDLE] * path[MIDDLE];
    }
    double mean = sum / SEEDS, variance = squares / SEEDS - mean * mean;
    CHECK_NEAR(mean, 0.5 * MIDDLE * delta_t, 5.0 * sqrt(0.5 / SEEDS));
    CHECK_NEAR(variance, MIDDLE * delta_t, 5.0 * 0.5 * sqrt(2.0 / SEEDS));
}

static void test_refusals(void)
{
    float path[1];
    ssm_problem p = one_path();
    CHECK(ssm_path(&p, SSM_METHOD_EXACT, 0, path, &go_on) == SSM_BAD_COUNT);
    CHECK(ssm_path(&p, SSM_METHOD_EXACT, 1, path, &go_on) == SSM_OK && path[0] == 0.0f);
    p.n_trials = 0;
    CHECK(ssm_path(&p, SSM_METHOD_EXACT, 1, path, &go_on) == SSM_BAD_COUNT);
}

int main(void)
{
    test_responses();
    test_omissions();
    test_no_noise();
    test_law();
    test_refusals();
    return check_result();
}
