/* Laws that are solved for each trial: staged ones, and Levy flights. */
#include "check.h"
#include "density/levy.h"
#include "density/linear.h"
#include "density/staged.h"

enum { ONSETS = 70 };

static staged_law law;
static levy_matrices matrices;
static double onsets[ONSETS];

/* Stages of a tenth of a second, one of them too short for the kernel on the grid. */
static void begin(const double *inputs, int64_t n)
{
    for (int i = 0; i < ONSETS; i++)
        onsets[i] = 0.1 * i;
    onsets[3] = 0.203;
    law.drifts[0] = inputs[BY_EVEN_DRIFT], law.drifts[1] = inputs[BY_ODD_DRIFT];
    law.boundary = inputs[BY_STAGED_BOUNDARY], law.slope = inputs[BY_STAGED_SLOPE];
    law.start[0] = 1.0 + inputs[BY_STAGED_START], law.start[1] = 1.0 - inputs[BY_STAGED_START];
    law.isa = SSM_ISA_BASELINE;
    staged_begin(&law, onsets, n, 0);
}

static void test_stages_without_a_jump_are_one(void)
{
    const double inputs[] = {0.7, 0.7, 1.2, 0.1, -0.3};
    linear_law one = {.drift = 0.7, .boundary = 1.2, .slope = 0.1, .start = {0.7, 1.3}};
    begin(inputs, ONSETS);
    for (int back = 0; back < 2; back++) /* states that are no longer kept are found again */
        for (double t = 0.05; t < 6.5; t += 0.37)
            for (int side = 0; side < 2; side++)
                CHECK_NEAR(staged_log_density(&law, side, t), linear_log_density(&one, side, t, 0),
                           1e-5);
    double lost = linear_cdf(&one, 0, 1.0) + linear_cdf(&one, 1, 1.0);
    CHECK_NEAR(staged_survival(&law, 1.0), 1.0 - lost, 1e-7);
}

static void test_survivors_leave(void)
{
    const double inputs[] = {1.5, -2.0, 1.2, 0.1, -0.3};
    double h = 1e-4, times[] = {0.15, 0.2015, 0.25, 0.35, 0.95};
    begin(inputs, ONSETS);
    for (int i = 0; i < 5; i++) {
        double t = times[i], out = 0.0;
        for (int side = 0; side < 2; side++)
            out += exp(staged_log_density(&law, side, t));
        double fall = staged_survival(&law, t - h) - staged_survival(&law, t + h);
        CHECK_NEAR(fall / (2.0 * h), out, 1e-3 * (1.0 + out));
    }
}

static void test_derivatives_are_differences(void)
{
    double inputs[] = {1.5, -2.0, 1.2, 0.1, -0.3, 0.0}, by[N_STAGED_DERIVATIVES];
    double times[] = {0.05, 0.15, 0.2015, 0.2035, 0.25, 0.95};
    for (int k = 0; k < 12; k++) {
        double t = inputs[BY_STAGED_TIME] = times[k / 2];
        begin(inputs, ONSETS);
        CHECK(staged_gradient(&law, k & 1, t, by));
        for (int i = 0; i < N_STAGED_DERIVATIVES; i++) {
            double moved[N_STAGED_DERIVATIVES], ends[2], h = 1e-6;
            for (int up = 0; up < 2; up++) {
                for (int j = 0; j < N_STAGED_DERIVATIVES; j++)
                    moved[j] = inputs[j] + (j == i ? (up ? h : -h) : 0.0);
                begin(moved, ONSETS);
                ends[up] = staged_log_density(&law, k & 1, moved[BY_STAGED_TIME]);
            }
            double slope = (ends[1] - ends[0]) / (2.0 * h);
            CHECK_NEAR(by[i], slope, 2e-4 * (1.0 + fabs(slope)));
        }
    }
    begin(inputs, ONSETS);
    CHECK(!staged_gradient(&law, 0, 6.0, by)); /* more stages than are kept */
}

static void test_extreme_inputs_of_staged_laws(void)
{
    for (int i = 0; i < 64; i++) {
        double inputs[] = {i & 1 ? 60.0 : -0.1, i & 2 ? -60.0 : 0.1, i & 4 ? 1e-3 : 3.0,
                           i & 8 ? 0.5 : -0.5, i & 16 ? 0.999999 : -0.5};
        begin(inputs, i & 32 ? ONSETS : 2);
        for (double t = 1e-9; t < 10.0; t *= 7.0) {
            double value = staged_log_density(&law, i & 1, t), survival = staged_survival(&law, t);
            CHECK(value < INFINITY);
            CHECK(survival >= 0.0 && survival <= 1.0);
        }
    }
}

static void test_levy_flights_without_drift(void)
{
    for (double alpha = 1.0; alpha < 2.0; alpha += 0.19) {
        levy_law levy = {.alpha = alpha, .start = 0.4};
        levy_solve(&levy, LEVY_COARSE, &matrices);
        double mean = pow(1.0 - 0.16, 0.5 * alpha) / tgamma(1.0 + alpha); /* Getoor (1961) */
        CHECK_NEAR(levy_moment(&levy, 0, INFINITY) + levy_moment(&levy, 1, INFINITY), mean, 1e-8);
        for (double t = 0.01; t < 5.0; t *= 1.7) {
            double all = levy_cdf(&levy, 0, t) + levy_cdf(&levy, 1, t) + levy_survival(&levy, t);
            CHECK_NEAR(all, 1.0, 1e-5);
        }
    }
}

static void test_levy_flights_with_drift(void)
{
    levy_law levy = {.alpha = 1.5, .drift = 2.0, .start = -0.2};
    levy_law fine = levy;
    levy_solve(&levy, LEVY_COARSE, &matrices);
    levy_solve(&fine, LEVY_FINE, &matrices);
    for (double t = 0.1; t < 3.0; t *= 1.3)
        for (int side = 0; side < 2; side++) {
            double h = 1e-4 * t, f = exp(levy_log_density(&levy, side, t));
            double rise = levy_cdf(&levy, side, t + h) - levy_cdf(&levy, side, t - h);
            CHECK_NEAR(rise / (2.0 * h), f, 1e-3 * f + 1e-5);
            CHECK_NEAR(f, exp(levy_log_density(&fine, side, t)), 1e-4 * f + 1e-6);
        }
}

static void test_extreme_inputs_of_levy_flights(void)
{
    for (int i = 0; i < 24; i++) {
        levy_law levy = {.alpha = i & 1 ? 1.0 : i & 2 ? 1.7499 : 1.99999,
                         .drift = i & 4 ? -30.0 : 1e-3,
                         .start = i < 8 ? 0.9999 : i < 16 ? -1.0 : 0.0};
        levy_solve(&levy, LEVY_COARSE, &matrices);
        for (double t = 1e-9; t < 1e4; t *= 7.0) {
            double survival = levy_survival(&levy, t), below = levy_cdf(&levy, 1, t);
            CHECK(levy_log_density(&levy, 0, t) < INFINITY);
            CHECK(survival >= 0.0 && survival <= 1.0);
            CHECK(below >= 0.0 && below <= 1.0);
        }
    }
}

int main(void)
{
    test_stages_without_a_jump_are_one();
    test_survivors_leave();
    test_derivatives_are_differences();
    test_extreme_inputs_of_staged_laws();
    test_levy_flights_without_drift();
    test_levy_flights_with_drift();
    test_extreme_inputs_of_levy_flights();
    return check_result();
}
