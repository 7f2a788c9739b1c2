/* Which values a problem may have: every row of roles and of curves, and how a fault is told. */
#include <string.h>

#include "check.h"
#include "problem.h"

enum { N_TRIALS = 3, ODD_TRIAL = 1 };

static const struct {
    double lowest, highest, another;
} ranges[] = {
#define X(name, lowest, highest, another, words) {lowest, highest, another},
    SSM_ALLOWED(X)
#undef X
};

/* The fault of a problem whose middle trial has another value in one of its columns. */
static ssm_error check_value(ssm_problem *p, ssm_column *column, double value, ssm_fault *fault)
{
    double values[N_TRIALS];
    const ssm_column before = *column;
    for (int k = 0; k < N_TRIALS; k++)
        values[k] = k == ODD_TRIAL ? value : ssm_get(before, k);
    *column = each(values);
    ssm_error error = ssm_check(p, fault);
    *column = before;
    return error;
}

static int is_same_place(ssm_fault a, ssm_fault b)
{
    return a.place == b.place && a.parameter == b.parameter &&
           (a.place != SSM_FAULT_ROLE || (a.role == b.role && a.particle == b.particle));
}

static void check_refused(ssm_problem *p, ssm_column *column, ssm_fault where, ssm_allowed allowed,
                          double value)
{
    ssm_fault fault;
    CHECK(check_value(p, column, value, &fault) == SSM_BAD_VALUE);
    CHECK(is_same_place(fault, where) && fault.trial == ODD_TRIAL);
    CHECK(strcmp(fault.words, ssm_allowed_words(allowed)) == 0);
}

/* A value at an end of what is allowed, if it does not make steps too many. */
static void check_passes(ssm_problem *p, ssm_column *column, double value)
{
    ssm_fault fault;
    CHECK(check_value(p, column, value, &fault) == SSM_OK || strstr(fault.words, "steps"));
}

/* The ends of what is allowed pass; what is just outside, and NaN, does not. */
static void check_column(ssm_problem *p, ssm_column *column, ssm_fault where, ssm_allowed allowed)
{
    const double lowest = ranges[allowed].lowest, highest = ranges[allowed].highest;
    const double another = ranges[allowed].another;
    check_passes(p, column, lowest);
    check_passes(p, column, highest);
    check_passes(p, column, another);
    if (isfinite(lowest)) {
        check_refused(p, column, where, allowed, nextafter(lowest, -INFINITY));
        check_refused(p, column, where, allowed, -INFINITY);
    }
    if (isfinite(highest)) {
        check_refused(p, column, where, allowed, nextafter(highest, INFINITY));
        check_refused(p, column, where, allowed, INFINITY);
    }
    check_refused(p, column, where, allowed, NAN);
}

/* Each role of each process, of each particle.  Boundaries are high, so that starts are below. */
static void test_roles(void)
{
    static const double high = 1e9;
    for (int kind = 0; kind < SSM_N_PROCESSES; kind++) {
        const ssm_process_row *row = ssm_process((ssm_process_kind)kind);
        const int n_particles = kind == SSM_PROCESS_DIFFUSION   ? 1
                                : kind == SSM_PROCESS_ATTENTION ? 2
                                                                : 3;
        for (int i = 0; i < row->n_roles; i++)
            for (int j = 0; j < (row->roles[i].per_particle ? n_particles : 1); j++) {
                ssm_problem p =
                    problem_of_process((ssm_process_kind)kind, n_particles, 10, N_TRIALS);
                give_boundary(&p, SSM_BOUNDARY_CONSTANT, same(&high));
                ssm_role role = row->roles[i].role;
                p.played |= UINT32_C(1) << role;
                check_column(&p, &p.column[role][j], (ssm_fault){.role = role, .particle = j},
                             row->roles[i].allowed);
            }
    }
}

/* A range of trials has the fault of its own first trial that is not allowed. */
static void test_trials(void)
{
    static const double starts[5] = {0.5, 2.0, 0.5, 2.0, 0.5};
    static const struct {
        int64_t begin, end, first; /* -1: none */
    } ranges_of_trials[] = {{0, 5, 1}, {1, 5, 1}, {2, 5, 3}, {2, 3, -1}, {4, 5, -1}, {3, 3, -1}};
    ssm_problem p = problem_of_process(SSM_PROCESS_DIFFUSION, 1, 1, 5);
    ssm_fault fault;
    play(&p, SSM_START, each(starts));
    for (size_t i = 0; i < sizeof ranges_of_trials / sizeof *ranges_of_trials; i++) {
        const int64_t first = ranges_of_trials[i].first;
        ssm_error error =
            ssm_check_trials(&p, ranges_of_trials[i].begin, ranges_of_trials[i].end, &fault);
        CHECK(error == (first < 0 ? SSM_OK : SSM_BAD_VALUE));
        CHECK(first < 0 || (fault.role == SSM_START && fault.trial == first));
    }
    CHECK(ssm_check_trials(&p, -1, 5, &fault) == SSM_BAD_RANGE);
    CHECK(ssm_check_trials(&p, 3, 2, &fault) == SSM_BAD_RANGE);
    CHECK(ssm_check_trials(&p, 0, 6, &fault) == SSM_BAD_RANGE);
}

/* Values of ballistic accumulators that do not go together: starts above the boundary, drifts that
 * must sum to 1. */
static void test_ballistic_values(void)
{
    static const double spreads[N_TRIALS] = {0.5, 1.0, 1.01}, third = 1.0 / 3.0;
    static const double drifts[N_TRIALS] = {1.0 / 3.0, 0.34, 0.36};
    ssm_problem p = problem_of_process(SSM_PROCESS_BALLISTIC, 3, 10, N_TRIALS);
    ssm_fault fault;
    play(&p, SSM_START_RANGE, each(spreads));
    CHECK(ssm_check(&p, &fault) == SSM_BAD_VALUE && fault.role == SSM_START_RANGE);
    CHECK(fault.trial == 2 && strcmp(fault.words, "at most the boundary at time 0") == 0);
    play(&p, SSM_START_RANGE, same(&half));
    CHECK(ssm_check(&p, &fault) == SSM_OK);
    for (int systems = 1; systems <= 2; systems++) {
        const ssm_role role = systems == 1 ? SSM_DRIFT : SSM_DRIFT_2;
        p.variant = 0;
        for (int i = 0; i < 3; i++)
            p.column[role][i] = each(drifts);
        p.played |= UINT32_C(1) << role;
        CHECK(ssm_check(&p, &fault) == SSM_OK);
        p.variant = 2; /* of the folder: drifts sum to 1 */
        CHECK(ssm_check(&p, &fault) == SSM_BAD_VALUE);
        CHECK(fault.role == role && fault.trial == 1 && strstr(fault.words, "sum to 1"));
        for (int i = 0; i < 3; i++)
            p.column[role][i] = same(&third);
        CHECK(ssm_check(&p, &fault) == SSM_OK);
    }
}

static void check_curve(ssm_problem *p, ssm_curve *curve, ssm_fault_place place)
{
    for (int i = 0; i < curve->row->n_parameters; i++)
        check_column(p, &curve->parameters[i], (ssm_fault){.place = place, .parameter = i},
                     curve->row->parameters[i].allowed);
}

static void test_curves(void)
{
    for (int kind = 0; kind < SSM_N_BOUNDARIES; kind++) {
        ssm_problem p = plain_problem(10, N_TRIALS);
        give_boundary(&p, kind, {0});
        check_curve(&p, &p.boundary, SSM_FAULT_BOUNDARY);
    }
    for (int kind = 0; kind < SSM_N_DRIFTS; kind++) {
        ssm_problem p = plain_problem(10, N_TRIALS);
        give_drift(&p, kind, {0});
        check_curve(&p, &p.drift, SSM_FAULT_DRIFT);
    }
}

/* Of what users say most often: that it is so, whatever the rows say. */
static void test_values_that_users_give(void)
{
    ssm_problem p = plain_problem(10, N_TRIALS);
    ssm_fault fault;
#define ERROR_OF(role, value) check_value(&p, &p.column[role][0], value, &fault)
    CHECK(ERROR_OF(SSM_START, 0.0) == SSM_OK && ERROR_OF(SSM_START, 1.0) == SSM_OK);
    CHECK(ERROR_OF(SSM_START, -0.01) == SSM_BAD_VALUE);
    CHECK(ERROR_OF(SSM_START, 1.01) == SSM_BAD_VALUE);
    CHECK(ERROR_OF(SSM_NOISE, 0.0) == SSM_OK && ERROR_OF(SSM_NOISE, -1.0) == SSM_BAD_VALUE);
    CHECK(ERROR_OF(SSM_DEADLINE, INFINITY) == SSM_OK && ERROR_OF(SSM_DEADLINE, 0.5) == SSM_OK);
    CHECK(ERROR_OF(SSM_DEADLINE, 0.0) == SSM_BAD_VALUE);
    CHECK(ERROR_OF(SSM_DEADLINE, -1.0) == SSM_BAD_VALUE);
    CHECK(ERROR_OF(SSM_DRIFT_SD, -0.1) == SSM_BAD_VALUE);
    CHECK(ERROR_OF(SSM_NDT_LOCATION, -0.001) == SSM_BAD_VALUE);
    CHECK(ERROR_OF(SSM_STABILITY, 0.99) == SSM_BAD_VALUE);
    CHECK(ERROR_OF(SSM_STABILITY, 2.01) == SSM_BAD_VALUE);
#undef ERROR_OF
    CHECK(check_value(&p, &p.boundary.parameters[0], 0.0, &fault) == SSM_BAD_VALUE);
    give_boundary(&p, SSM_BOUNDARY_ANGLE, same(&one), same(&zero));
    CHECK(check_value(&p, &p.boundary.parameters[1], -1.5, &fault) == SSM_OK);
    CHECK(check_value(&p, &p.boundary.parameters[1], 1.57, &fault) == SSM_OK);
    CHECK(check_value(&p, &p.boundary.parameters[1], 1.58, &fault) == SSM_BAD_VALUE);
}

/* Of several faults, that of the first trial is told. */
static void test_the_first_trial_counts(void)
{
    static const double late[N_TRIALS] = {0.5, 0.5, NAN}, early[N_TRIALS] = {0.5, -1.0, 0.5};
    ssm_problem p = plain_problem(10, N_TRIALS);
    ssm_fault fault;
    p.column[SSM_START][0] = each(late);
    p.column[SSM_NOISE][0] = each(early);
    CHECK(ssm_check(&p, &fault) == SSM_BAD_VALUE);
    CHECK(fault.role == SSM_NOISE && fault.trial == 1);
}

/* Non-decision times that do not go together. */
static void test_non_decision_times(void)
{
    static const double locations[N_TRIALS] = {0.3, 0.1, 0.3}, scale = 0.2;
    ssm_problem p = plain_problem(10, N_TRIALS);
    ssm_fault fault;
    play(&p, SSM_NDT_LOCATION, each(locations));
    play(&p, SSM_NDT_SCALE, same(&scale));
    CHECK(ssm_check(&p, &fault) == SSM_OK);
    p.ndt_kind = SSM_NDT_UNIFORM; /* a width that reaches below 0 */
    CHECK(ssm_check(&p, &fault) == SSM_BAD_VALUE);
    CHECK(fault.place == SSM_FAULT_ROLE && fault.role == SSM_NDT_SCALE && fault.trial == 1);

    /* The location of a truncated normal may be negative, if anything is left of it. */
    p = plain_problem(10, N_TRIALS);
    p.ndt_kind = SSM_NDT_TRUNCATED_NORMAL;
    p.column[SSM_NDT_SCALE][0] = same(&one);
    CHECK(check_value(&p, &p.column[SSM_NDT_LOCATION][0], -1.0, &fault) == SSM_OK);
    p.column[SSM_NDT_SCALE][0] = same(&zero);
    CHECK(check_value(&p, &p.column[SSM_NDT_LOCATION][0], -1.0, &fault) == SSM_BAD_VALUE);
    CHECK(fault.role == SSM_NDT_SCALE && fault.trial == ODD_TRIAL);
}

static void test_counts_and_kinds(void)
{
    ssm_problem p = plain_problem(10, 0);
    ssm_fault fault;
    CHECK(ssm_check(&p, &fault) == SSM_OK);
    p.n_trials = -1;
    CHECK(ssm_check(&p, &fault) == SSM_BAD_COUNT);
    p = plain_problem(10, N_TRIALS);
    p.n_particles = SSM_MAX_PARTICLES + 1;
    CHECK(ssm_check(&p, &fault) == SSM_BAD_COUNT);
    p = plain_problem(10, N_TRIALS);
    p.process = (ssm_process_kind)99;
    CHECK(ssm_check(&p, &fault) == SSM_BAD_KIND);
    p = plain_problem(10, N_TRIALS);
    give_boundary(&p, SSM_N_BOUNDARIES, {0});
    CHECK(ssm_check(&p, &fault) == SSM_BAD_KIND);
    p = plain_problem(10, N_TRIALS);
    p.drift.kind = SSM_DRIFT_GAMMA; /* with the row of another */
    CHECK(ssm_check(&p, &fault) == SSM_BAD_KIND);
}

int main(void)
{
    test_roles();
    test_trials();
    test_ballistic_values();
    test_curves();
    test_values_that_users_give();
    test_the_first_trial_counts();
    test_non_decision_times();
    test_counts_and_kinds();
    return check_result();
}
