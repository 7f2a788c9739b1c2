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

int main(void)
{
    test_parts_of_a_call_are_the_whole(ddm());
    test_parts_of_a_call_are_the_whole(weibull());
    test_gradient(ddm());
    test_gradient(weibull());
    test_mass_is_1(ddm());
    test_mass_is_1(weibull());
    test_refusals();
    test_start_on_a_boundary(ddm());
    test_start_on_a_boundary(weibull());
    return check_result();
}
