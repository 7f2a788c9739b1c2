/* Finishing times of accumulators: density against survival, and against values from simulation-free
 * sources: literature formulas evaluated with other tools. */
#include "check.h"
#include "density/accumulators.h"

/* -d/dt log S, and what it should be: f / S; not where nearly all survive, and it is rounding. */
static void check_hazard(double log_f, double log_s, double later, double earlier, double h)
{
    if (log_s > -1e-4)
        return;
    double hazard = -(later - earlier) / (2.0 * h), wanted = exp(log_f - log_s);
    CHECK_NEAR(hazard / wanted, 1.0, 1e-4);
}

static void test_wald(void)
{
    const double drifts[] = {-0.8, 0.0, 1e-4, 0.6, 3.0}, ranges[] = {0.0, 0.3, 1.0, 1.5};
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 4; j++)
            for (double t = 0.02; t < 30.0; t *= 2.7) {
                double v = drifts[i], range = ranges[j], h = 1e-3 * t;
                check_hazard(wald_log_density(v, range, 1.2, t), wald_log_survival(v, range, 1.2, t),
                             wald_log_survival(v, range, 1.2, t + h),
                             wald_log_survival(v, range, 1.2, t - h), h);
            }
    /* (1.2 / sqrt(2 pi 0.5^3)) exp(-(1.2 - 0.3)^2 / 1) */
    CHECK_NEAR(exp(wald_log_density(0.6, 0.0, 1.2, 0.5)), 0.60236, 5e-5);
    /* P(never) = 1 - exp(-2 |v| d) */
    CHECK_NEAR(exp(wald_log_survival(-0.8, 0.0, 1.2, 1e6)), 1.0 - exp(-2.0 * 0.8 * 1.2), 1e-9);
    /* the same with starts from 0 to 0.6: the mean of that over distances from 0.6 to 1.2 */
    CHECK_NEAR(exp(wald_log_survival(-0.8, 0.6, 1.2, 1e12)),
               1.0 - (exp(-1.6 * 0.6) - exp(-1.6 * 1.2)) / (1.6 * 0.6), 1e-9);
    /* atom: a third of the starts is above the threshold */
    CHECK_NEAR(exp(wald_log_survival(1.0, 1.8, 1.2, 0.0)), 1.2 / 1.8, 1e-12);
}

static void test_ballistic(void)
{
    const double means[] = {0.05, 0.2, 1.0}, collapses[] = {0.0, 0.5};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++)
            for (double t = 0.2; t < 3.0; t *= 1.6) {
                double h = 1e-4 * t, m = means[i], k = collapses[j];
                double log_s = ballistic_log_survival(m, 0.1, 0.3, 0.5, k, t);
                if (!(log_s > -200.0) || 0.2 / t < k) /* also where the youngest have arrived */
                    continue;
                check_hazard(ballistic_log_density(m, 0.1, 0.3, 0.5, k, t), log_s,
                             ballistic_log_survival(m, 0.1, 0.3, 0.5, k, t + h),
                             ballistic_log_survival(m, 0.1, 0.3, 0.5, k, t - h), h);
            }
    /* two accumulators: P(RT <= t), by the folded formula and by simulation with the release */
    const double at[] = {1.5, 3.0, 5.0, 10.0}, wanted[] = {0.1218, 0.5318, 0.7888, 0.9414};
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(1.0 - exp(2.0 * ballistic_log_survival(0.05, 0.1, 0.3, 0.5, 0.0, at[i])),
                   wanted[i], 6e-5);
    /* three, with the threshold collapsing at an angle of 0.5 */
    const double soon[] = {0.3, 0.4, 0.5, 0.6}, collapsing[] = {0.2508, 0.7001, 0.9258, 0.9929};
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(1.0 - exp(3.0 * ballistic_log_survival(0.2, 0.1, 0.3, 0.5, tan(0.5), soon[i])),
                   collapsing[i], 6e-5);
}

static void test_reflected(void)
{
    const double drifts[] = {-3.0, -1.0, 0.0, 0.7, 2.5}, starts[] = {0.0, 0.4, 0.9};
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 3; j++) {
            double v = drifts[i], x = starts[j], b = 1.0, sum = exp(-9.0);
            const reflected_law law = reflected_law_of(v, x, b);
            for (double t = 0.02; t < 8.0; t *= 1.3) {
                double h = 1e-4 * t;
                check_hazard(reflected_log_density(&law, t), reflected_log_survival(&law, t),
                             reflected_log_survival(&law, t + h),
                             reflected_log_survival(&law, t - h), h);
            }
            /* the mean, the integral of the survival (Domine 1996) */
            double step = 0.01, last = 0.0;
            for (double u = -9.0; u < 9.0; u += step) {
                double value = exp(u + reflected_log_survival(&law, exp(u)));
                sum += 0.5 * step * (value + last);
                last = value;
            }
            double mean = v == 0.0 ? b * b - x * x
                                   : (b - x) / v - (exp(-2.0 * v * x) - exp(-2.0 * v * b)) / (2.0 * v * v);
            CHECK_NEAR(sum / mean, 1.0, 2e-4);
        }
    for (double x = 0.0; x < 1.0; x += 0.13) { /* where the two series meet */
        const reflected_law up = reflected_law_of(0.7, x, 1.0), down = reflected_law_of(-2.0, x, 1.0);
        CHECK_NEAR(reflected_log_density(&up, 0.15 - 1e-12),
                   reflected_log_density(&up, 0.15 + 1e-12), 1e-8);
        CHECK_NEAR(reflected_log_survival(&down, 0.03 - 1e-12),
                   reflected_log_survival(&down, 0.03 + 1e-12), 1e-8);
    }
}

static void test_counter(void)
{
    const double counts[] = {0.7, 1.0, 3.5, 20.0};
    for (int i = 0; i < 4; i++)
        for (double t = 0.05; t < 20.0; t *= 1.9) {
            double h = 1e-4 * t, log_s = counter_log_survival(2.0, counts[i], t);
            check_hazard(counter_log_density(2.0, counts[i], t), log_s,
                         counter_log_survival(2.0, counts[i], t + h),
                         counter_log_survival(2.0, counts[i], t - h), h);
        }
    CHECK_NEAR(counter_log_survival(2.0, 1.0, 3.0), -6.0, 1e-13);
    /* the third event: exp(-x) (1 + x + x^2 / 2) */
    CHECK_NEAR(counter_log_survival(2.0, 3.0, 8.0), -16.0 + log(1.0 + 16.0 + 128.0), 1e-12);
    CHECK_NEAR(counter_log_survival(2.0, 3.0, 0.5), -1.0 + log(2.5), 1e-13);
}

int main(void)
{
    test_wald();
    test_ballistic();
    test_reflected();
    test_counter();
    return check_result();
}
