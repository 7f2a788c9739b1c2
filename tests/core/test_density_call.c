/* Log densities and probabilities of problems. */
#include "check.h"
#include "problem.h"
#include "ssm/density.h"

enum { TRIALS = 3, EACH = 4, TOTAL = TRIALS * EACH };

static const double drifts[TRIALS] = {0.2, 0.8, -0.5}, heights[TRIALS] = {1.2, 1.2, 0.9};
static const double beta = 1.5, alpha = 2.5;
static const double rts[TOTAL] = {0.2, 0.5, 0.9, 1.4, 0.2, 0.5, 0.9, 1.4, 0.2, -999.0, 0.9, 1.4};
static const int32_t choices[TOTAL] = {1, -1, 1, -1, 1, 1, -1, -1, -1, 1, 1, -1};

static ssm_problem weibull(void)
{
    ssm_problem p = plain_problem(1, TRIALS);
    give_boundary(&p, SSM_BOUNDARY_WEIBULL, each(heights), same(&alpha), same(&beta));
    give_drift(&p, SSM_DRIFT_CONSTANT, each(drifts));
    return p;
}

static ssm_problem ddm(void)
{
    ssm_problem p = plain_problem(1, TRIALS);
    give_boundary(&p, SSM_BOUNDARY_CONSTANT, each(heights));
    give_drift(&p, SSM_DRIFT_CONSTANT, each(drifts));
    return p;
}

static const double strengths[TRIALS] = {2.0, -3.0, 5.0}, leaks[TRIALS] = {0.0, 0.4, 1.0};

static ssm_problem two_parts(void)
{
    ssm_problem p = plain_problem(1, TRIALS);
    give_boundary(&p, SSM_BOUNDARY_CONSTANT, each(heights));
    give_drift(&p, SSM_DRIFT_CONFLICT_DUAL, each(strengths), same(&beta));
    play(&p, SSM_LEAK, same(&half));
    play(&p, SSM_LEAK_2, each(leaks));
    return p;
}

static ssm_law law_of(const ssm_problem *p)
{
    return (ssm_law){.problem = p, .max_t = 1.8, .last_t = INFINITY, .n_per_trial = EACH};
}

static void log_densities(const ssm_problem *p, double *values, double *gradient)
{
    ssm_law law = law_of(p);
    int64_t trial;
    CHECK(ssm_law_check(&law, &trial) == SSM_LAW_OK);
    CHECK(ssm_law_log_density(&law, ssm_best_isa(), 0, TOTAL, rts, choices, values, gradient,
                              &go_on) == SSM_OK);
}

static void test_parts_of_a_call_are_the_whole(ssm_problem p)
{
    double whole[TOTAL], part[TOTAL];
    ssm_law law = law_of(&p);
    log_densities(&p, whole, 0);
    for (int64_t i = 0; i < TOTAL; i++)
        CHECK(ssm_law_log_density(&law, ssm_best_isa(), i, i + 1, rts, choices, part, 0, &go_on) ==
              SSM_OK);
    for (int i = 0; i < TOTAL; i++)
        CHECK(part[i] == whole[i]);
}

static void test_gradient(ssm_problem p)
{
    double values[TOTAL], ends[2][TOTAL], moved[TRIALS], h = 1e-3;
    static double gradient[TOTAL * SSM_LAW_PARAMETERS];
    log_densities(&p, values, gradient);
    for (int sign = 0; sign < 2; sign++) {
        for (int k = 0; k < TRIALS; k++)
            moved[k] = heights[k] + (sign ? h : -h);
        p.boundary.parameters[0] = each(moved);
        log_densities(&p, ends[sign], 0);
    }
    for (int i = 0; i < TOTAL; i++)
        CHECK_NEAR(gradient[i * SSM_LAW_PARAMETERS + SSM_LAW_BOUNDARY],
                   (ends[1][i] - ends[0][i]) / (2.0 * h), 2e-3);
}

static void test_mass_is_1(ssm_problem p)
{
    ssm_law law = law_of(&p);
    double up[TOTAL], down[TOTAL], none[TOTAL], late[TOTAL];
    int32_t side[TOTAL];
    for (int i = 0; i < TOTAL; i++)
        late[i] = 0.4 * i, side[i] = 1;
    CHECK(ssm_law_probability(&law, ssm_best_isa(), SSM_RESPONSE_BY, 0, TOTAL, late, side, up,
                              &go_on) == SSM_OK);
    for (int i = 0; i < TOTAL; i++)
        side[i] = -1;
    CHECK(ssm_law_probability(&law, ssm_best_isa(), SSM_RESPONSE_BY, 0, TOTAL, late, side, down,
                              &go_on) == SSM_OK);
    CHECK(ssm_law_probability(&law, ssm_best_isa(), SSM_NO_RESPONSE_BY, 0, TOTAL, late, side, none,
                              &go_on) == SSM_OK);
    for (int i = 0; i < TOTAL; i++)
        CHECK_NEAR(up[i] + down[i] + none[i], 1.0, 3e-5);
}

static void test_refusals(void)
{
    ssm_problem p = ddm();
    ssm_law law = law_of(&p);
    double values[TOTAL];
    int64_t trial;
    const volatile int flag = 1;
    ssm_cancel stop = {.flag = &flag};
    CHECK(ssm_law_log_density(&law, ssm_best_isa(), 0, TOTAL + 1, rts, choices, values, 0, &go_on) ==
          SSM_BAD_RANGE);
    CHECK(ssm_law_log_density(&law, ssm_best_isa(), 0, TOTAL, rts, choices, values, 0, &stop) ==
          SSM_CANCELLED);
    play(&p, SSM_NOISE, same(&zero));
    CHECK(ssm_law_check(&law, &trial) == SSM_LAW_NO_NOISE);
    p = weibull();
    play(&p, SSM_STABILITY, same(&one));
    CHECK(ssm_law_check(&law, &trial) == SSM_LAW_LEVY_NOISE);
    p = weibull();
    play(&p, SSM_START_HALFWIDTH, same(&half));
    CHECK(ssm_law_check(&law, &trial) == SSM_LAW_MOVING_START);
    p = two_parts();
    CHECK(ssm_law_log_density(&law, ssm_best_isa(), 0, TOTAL, rts, choices, values, values, &go_on) ==
          SSM_BAD_METHOD);
    play(&p, SSM_LEAK_2, each(drifts)); /* one of them is negative */
    CHECK(ssm_law_check(&law, &trial) == SSM_LAW_GROWING_PART);
    CHECK(trial == 2);
}

/* All leave at once. */
static void test_start_on_a_boundary(ssm_problem p)
{
    ssm_law law = law_of(&p);
    double at_once[TOTAL] = {0.0}, values[TOTAL];
    play(&p, SSM_START, same(&one));
    CHECK(ssm_law_log_density(&law, ssm_best_isa(), 0, 1, at_once, choices, values, 0, &go_on) ==
          SSM_OK);
    CHECK(values[0] == 0.0);
    CHECK(ssm_law_log_density(&law, ssm_best_isa(), 0, TOTAL, rts, choices, values, 0, &go_on) ==
          SSM_OK);
    for (int i = 0; i < TOTAL; i++)
        CHECK(values[i] == -INFINITY);
    CHECK(ssm_law_probability(&law, ssm_best_isa(), SSM_RESPONSE_BY, 0, TOTAL, at_once, choices,
                              values, &go_on) == SSM_OK);
    for (int i = 0; i < TOTAL; i++)
        CHECK(values[i] == (choices[i] > 0 ? 1.0 : 0.0));
}

/* Method table: the shares of choices and omissions, at the limit too, whatever the division. */
static void test_draws(ssm_problem p)
{
    enum { N = 3000, SAMPLES = TRIALS * N };
    static float times[2][SAMPLES];
    static int32_t labels[2][SAMPLES];
    const int32_t upper[TRIALS] = {1, 1, 1};
    double ever[TRIALS] = {INFINITY, INFINITY, INFINITY}, share[TRIALS];
    p.n_samples = N;
    p.max_t = 0.9;
    for (int part = 0; part < 2; part++) {
        ssm_results results = {.rts = times[part], .choices = labels[part]};
        for (int64_t begin = 0, step = part ? 777 : SAMPLES; begin < SAMPLES; begin += step)
            CHECK(ssm_sample(&p, SSM_METHOD_TABLE, ssm_best_isa(), begin,
                             begin + step < SAMPLES ? begin + step : SAMPLES, &results,
                             &go_on) == SSM_OK);
    }
    ssm_law law = {.problem = &p, .max_t = p.max_t, .last_t = INFINITY, .n_per_trial = 1};
    CHECK(ssm_law_probability(&law, ssm_best_isa(), SSM_RESPONSE_BY, 0, TRIALS, ever, upper, share,
                              &go_on) == SSM_OK);
    for (int trial = 0; trial < TRIALS; trial++) {
        int found = 0, omitted = 0;
        for (int i = trial; i < SAMPLES; i += TRIALS) {
            CHECK(times[0][i] == times[1][i] && labels[0][i] == labels[1][i]);
            found += times[0][i] > 0.0f && labels[0][i] > 0;
            omitted += times[0][i] == SSM_OMISSION;
        }
        CHECK_NEAR(found / (double)N, share[trial], 0.04);
        CHECK(omitted > 0 && omitted < N);
    }
}

/* Without noise, and from a boundary, there is no density to draw from. */
static void test_draws_without_a_density(ssm_problem p)
{
    enum { N = 20 };
    float times[2][TRIALS * N];
    int32_t labels[2][TRIALS * N];
    const ssm_method methods[] = {SSM_METHOD_TABLE, SSM_METHOD_BRIDGE};
    p.n_samples = N;
    play(&p, SSM_NOISE, same(&zero));
    for (int i = 0; i < 2; i++) {
        ssm_results results = {.rts = times[i], .choices = labels[i]};
        CHECK(ssm_sample(&p, methods[i], ssm_best_isa(), 0, TRIALS * N, &results, &go_on) == SSM_OK);
    }
    for (int i = 0; i < TRIALS * N; i++)
        CHECK(times[0][i] == times[1][i] && labels[0][i] == labels[1][i]);
    play(&p, SSM_NOISE, same(&one));
    play(&p, SSM_START, same(&one));
    ssm_results results = {.rts = times[0], .choices = labels[0]};
    CHECK(ssm_sample(&p, SSM_METHOD_TABLE, ssm_best_isa(), 0, TRIALS * N, &results, &go_on) == SSM_OK);
    for (int i = 0; i < TRIALS * N; i++)
        CHECK(labels[0][i] == 1);
}

/* The likelihood of numbers in arrays of a caller's own, in both types and any order, is the law's. */
static void test_likelihood(ssm_problem p)
{
    static double values[TOTAL], gradient[TOTAL * SSM_LAW_PARAMETERS], found[3][TOTAL], v[TOTAL], a[TOTAL];
    static float times[2 * TOTAL], sides[2 * TOTAL];
    int32_t columns[SSM_LAW_PARAMETERS];
    ssm_law law = law_of(&p);
    ssm_likelihood likelihood;
    const volatile int flag = 1;
    ssm_cancel stop = {.flag = &flag};
    int refused[3] = {0, 5, TOTAL - 1};
    log_densities(&p, values, gradient);
    for (int i = 0; i < SSM_LAW_PARAMETERS; i++)
        columns[i] = i == SSM_LAW_DRIFT ? 1 : i == SSM_LAW_BOUNDARY ? 0 : -1;
    law.columns = columns, law.n_columns = 2;
    CHECK(ssm_likelihood_of(&law, ssm_best_isa(), &likelihood) && likelihood.n_parameters == 2);
    for (int i = 0; i < TOTAL; i++) { /* times and sides in every second place, from the last one on */
        times[2 * i] = (float)rts[TOTAL - 1 - i], sides[2 * i] = (float)choices[TOTAL - 1 - i];
        v[i] = drifts[i / EACH], a[i] = heights[i / EACH];
    }
    for (int k = 0; k < 3; k++)
        a[refused[k]] = k == 1 ? NAN : -1.0;
    ssm_numbers inputs[4] = {{times + 2 * (TOTAL - 1), -2, 1}, {sides + 2 * (TOTAL - 1), -2, 1},
                             {a, 1, 0}, {v, 1, 0}};
    ssm_numbers outputs[3] = {{found[0], 1, 0}, {found[1], 1, 0}, {found[2], 1, 0}};
    CHECK(ssm_likelihood_log_density(&likelihood, TOTAL, inputs, outputs, 1, &go_on) == SSM_OK);
    for (int i = 0; i < TOTAL; i++) {
        const double *row = &gradient[i * SSM_LAW_PARAMETERS];
        if (i == refused[0] || i == refused[1] || i == refused[2]) {
            CHECK(found[0][i] == -INFINITY && found[1][i] == 0.0 && found[2][i] == 0.0);
            continue;
        }
        CHECK_NEAR(found[0][i], values[i], 1e-5); /* times are floats */
        CHECK_NEAR(found[1][i], row[SSM_LAW_BOUNDARY], 1e-4);
        CHECK_NEAR(found[2][i], row[SSM_LAW_DRIFT], 1e-5);
    }
    double one_height, one_drift;
    inputs[2] = (ssm_numbers){&one_height, 0, 0}, inputs[3] = (ssm_numbers){&one_drift, 0, 0};
    for (int trial = 0; trial < TRIALS; trial++) { /* one set for all */
        one_height = heights[trial], one_drift = drifts[trial];
        CHECK(ssm_likelihood_log_density(&likelihood, TOTAL, inputs, outputs, 1, &go_on) == SSM_OK);
        for (int i = trial * EACH; i < (trial + 1) * EACH; i++)
            CHECK_NEAR(found[0][i], values[i], 1e-5);
    }
    CHECK(ssm_likelihood_log_density(&likelihood, TOTAL, inputs, outputs, 1, &stop) == SSM_CANCELLED);
    one_height = -1.0;
    CHECK(ssm_likelihood_log_density(&likelihood, TOTAL, inputs, outputs, 1, &go_on) == SSM_OK);
    for (int i = 0; i < TOTAL; i++)
        CHECK(found[0][i] == -INFINITY && found[1][i] == 0.0 && found[2][i] == 0.0);
    CHECK(ssm_likelihood_log_density(&likelihood, 0, inputs, outputs, 1, &go_on) == SSM_OK);
    sides[6] = 0.5f; /* of a response; the choice of an omission is not read */
    CHECK(ssm_likelihood_log_density(&likelihood, TOTAL, inputs, outputs, 0, &go_on) == SSM_BAD_DATA);
    columns[SSM_NOISE] = 0;
    CHECK(!ssm_likelihood_of(&law, ssm_best_isa(), &likelihood));
}

/* There is none where parameters that are allowed one by one have no law together. */
static void test_no_likelihood(void)
{
    const ssm_role roles[] = {SSM_START_HALFWIDTH, SSM_DRIFT_SD, SSM_STABILITY};
    int32_t columns[SSM_LAW_PARAMETERS];
    for (int i = 0; i < SSM_LAW_PARAMETERS; i++)
        columns[i] = -1;
    for (int i = 0; i < 3; i++) {
        ssm_likelihood likelihood;
        ssm_problem p = weibull();
        ssm_law law = law_of(&p);
        law.columns = columns;
        CHECK(ssm_likelihood_of(&law, ssm_best_isa(), &likelihood));
        play(&p, SSM_LEAK, same(&zero));
        CHECK(ssm_likelihood_of(&law, ssm_best_isa(), &likelihood));
        play(&p, roles[i], same(&zero));
        CHECK(!ssm_likelihood_of(&law, ssm_best_isa(), &likelihood));
    }
}

int main(void)
{
    test_parts_of_a_call_are_the_whole(ddm());
    test_parts_of_a_call_are_the_whole(weibull());
    test_parts_of_a_call_are_the_whole(two_parts());
    test_gradient(ddm());
    test_gradient(weibull());
    test_mass_is_1(ddm());
    test_mass_is_1(weibull());
    test_mass_is_1(two_parts());
    test_refusals();
    test_start_on_a_boundary(ddm());
    test_start_on_a_boundary(weibull());
    test_start_on_a_boundary(two_parts());
    test_draws(weibull());
    test_draws_without_a_density(weibull());
    test_likelihood(ddm());
    test_likelihood(weibull());
    test_no_likelihood();
    return check_result();
}
