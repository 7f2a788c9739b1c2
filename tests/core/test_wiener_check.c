/* Which parameters the Wiener sampler refuses, and how it says which. */
#include "check.h"
#include "problem.h"

enum { N_TRIALS = 3, ODD_TRIAL = 1 };

/* What is said of a problem whose middle trial has another value in one of its columns. */
static ssm_role refused(ssm_wiener *p, ssm_column *column, double value)
{
    double values[N_TRIALS];
    for (int k = 0; k < N_TRIALS; k++)
        values[k] = k == ODD_TRIAL ? value : ssm_get(*column, k);
    *column = each(values);
    ssm_role role = SSM_ROLE_NONE;
    int64_t trial = -1;
    ssm_error error = ssm_wiener_check(p, &role, &trial);
    CHECK(error == (role == SSM_ROLE_NONE ? SSM_OK : SSM_BAD_VALUE));
    CHECK(error == SSM_OK || trial == ODD_TRIAL);
    return role;
}

#define REFUSED(member, value) (p = plain_problem(10, N_TRIALS), refused(&p, &p.member, value))

static void test_every_role(void)
{
    ssm_wiener p;
    const double not_finite[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        double x = not_finite[i];
        CHECK(REFUSED(drift, x) == SSM_ROLE_DRIFT);
        CHECK(REFUSED(drift_sd, x) == SSM_ROLE_DRIFT_SD);
        CHECK(REFUSED(boundary, x) == SSM_ROLE_BOUNDARY);
        CHECK(REFUSED(start, x) == SSM_ROLE_START);
        CHECK(REFUSED(start_halfwidth, x) == SSM_ROLE_START_HALFWIDTH);
        CHECK(REFUSED(noise, x) == SSM_ROLE_NOISE);
        CHECK(REFUSED(ndt_location, x) == SSM_ROLE_NDT_LOCATION);
        CHECK(REFUSED(ndt_scale, x) == SSM_ROLE_NDT_SCALE);
        CHECK(REFUSED(angle, x) == SSM_ROLE_ANGLE);
    }
    CHECK(REFUSED(drift_sd, -0.1) == SSM_ROLE_DRIFT_SD);
    CHECK(REFUSED(boundary, 0.0) == SSM_ROLE_BOUNDARY);
    CHECK(REFUSED(boundary, -1.0) == SSM_ROLE_BOUNDARY);
    CHECK(REFUSED(start, 0.0) == SSM_ROLE_START);
    CHECK(REFUSED(start, 1.0) == SSM_ROLE_START);
    CHECK(REFUSED(start_halfwidth, -0.1) == SSM_ROLE_START_HALFWIDTH);
    CHECK(REFUSED(noise, -1.0) == SSM_ROLE_NOISE);
    CHECK(REFUSED(ndt_location, -0.001) == SSM_ROLE_NDT_LOCATION);
    CHECK(REFUSED(ndt_scale, -0.001) == SSM_ROLE_NDT_SCALE);
    CHECK(REFUSED(deadline, NAN) == SSM_ROLE_DEADLINE);
    CHECK(REFUSED(angle, 1.58) == SSM_ROLE_ANGLE);
    CHECK(REFUSED(angle, -1.58) == SSM_ROLE_ANGLE);
}

static void test_edges_that_have_a_meaning(void)
{
    ssm_wiener p;
    CHECK(REFUSED(noise, 0.0) == SSM_ROLE_NONE);
    CHECK(REFUSED(drift, -1e6) == SSM_ROLE_NONE);
    CHECK(REFUSED(deadline, INFINITY) == SSM_ROLE_NONE);
    CHECK(REFUSED(deadline, -1.0) == SSM_ROLE_NONE);
    CHECK(REFUSED(start, 1e-12) == SSM_ROLE_NONE);
    CHECK(REFUSED(angle, -1.5) == SSM_ROLE_NONE && REFUSED(angle, 1.57) == SSM_ROLE_NONE);

    /* The location of a truncated normal may be negative, if anything is left of it. */
    p = plain_problem(10, N_TRIALS);
    p.ndt_kind = SSM_NDT_TRUNCATED_NORMAL;
    p.ndt_scale = same(&one);
    CHECK(refused(&p, &p.ndt_location, -1.0) == SSM_ROLE_NONE);
    p.ndt_scale = same(&zero);
    p.ndt_location = same(&zero);
    CHECK(refused(&p, &p.ndt_location, -1.0) == SSM_ROLE_NDT_LOCATION);
}

static void test_no_trials(void)
{
    ssm_wiener p = plain_problem(10, 0);
    ssm_role role;
    int64_t trial;
    CHECK(ssm_wiener_check(&p, &role, &trial) == SSM_OK);
}

int main(void)
{
    test_every_role();
    test_edges_that_have_a_meaning();
    test_no_trials();
    return check_result();
}
