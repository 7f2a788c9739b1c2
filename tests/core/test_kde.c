/* The kernel density against the sum over all samples, on every instruction set. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ssm_kde.h"

static const volatile int no_flag = 0;
static ssm_cancel go_on = {.flag = &no_flag};

enum { MOST_POINTS = 400 };

static double direct_density(const ssm_kde *kde, double x)
{
    double sum = 0.0;
    for (int64_t i = 0; i < kde->n; i++) {
        double u = (x - kde->sample[i]) / kde->bandwidth;
        sum += exp(-0.5 * u * u);
    }
    return log(sum / ((double)kde->n * kde->bandwidth * sqrt(2.0 * 3.141592653589793)));
}

static double direct_mass(const ssm_kde *kde, double x)
{
    double sum = 0.0;
    for (int64_t i = 0; i < kde->n; i++)
        sum += 0.5 * erfc((kde->sample[i] - x) / (kde->bandwidth * sqrt(2.0)));
    return sum / (double)kde->n;
}

/* Two clusters and a sample on its own; no random numbers are needed. */
static void make_sample(double *sample, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double p = ((double)i + 0.5) / (double)n;
        sample[i] = i % 7 ? log(p / (1.0 - p)) : 12.0 + p;
    }
    sample[n / 2] = 25.0;
}

static void check_sample(int64_t n, double bandwidth)
{
    double sample[2000], x[MOST_POINTS], floor[MOST_POINTS], first[MOST_POINTS] = {0};
    double value[MOST_POINTS], first_mass = 0.0;
    make_sample(sample, n);
    double lowest = 25.0, highest = 25.0;
    for (int64_t i = 0; i < n; i++)
        lowest = fmin(lowest, sample[i]);
    for (int i = 0; i < MOST_POINTS; i++) {
        x[i] = lowest - 20.0 * bandwidth + (highest - lowest + 40.0 * bandwidth) * i / MOST_POINTS;
        floor[i] = -(double)INFINITY;
    }
    for (ssm_isa isa = SSM_ISA_BASELINE; isa <= ssm_best_isa(); isa++) {
        ssm_kde kde = {.sample = sample, .n = n, .bandwidth = bandwidth, .lowest = lowest};
        kde.n_grid = ssm_kde_grid_size(n, lowest, highest, bandwidth);
        CHECK((kde.n_grid > 0) == (n > 64));
        size_t size = (size_t)kde.n_grid + 1;
        double *work = malloc(size * sizeof *work);
        kde.total = malloc(size * sizeof *kde.total);
        kde.beside = malloc(size * sizeof *kde.beside);
        ssm_kde_tabulate(&kde, isa, work);
        /* A number of points that no vector divides. */
        ssm_kde_log_density(&kde, isa, MOST_POINTS - 1, x, floor, value, &go_on);
        double mass = ssm_kde_mass(&kde, isa, 1.0, 12.5);
        for (int i = 0; i < MOST_POINTS - 1; i++) {
            double nearest = INFINITY;
            for (int64_t j = 0; j < n; j++)
                nearest = fmin(nearest, fabs(x[i] - sample[j]) / bandwidth);
            if (nearest < 37.0) /* the plain sum of exponentials is 0 further away */
                CHECK_NEAR(value[i], direct_density(&kde, x[i]), nearest < 6.0 ? 1e-6 : 6e-5);
            CHECK(isfinite(value[i]));
        }
        CHECK_NEAR(mass, direct_mass(&kde, 12.5) - direct_mass(&kde, 1.0), 1e-10);
        if (isa == SSM_ISA_BASELINE) {
            memcpy(first, value, sizeof first);
            first_mass = mass;
        }
        CHECK(!memcmp(first, value, (MOST_POINTS - 1) * sizeof *first) && first_mass == mass);
        /* What lies below its floor is not computed; what lies above is as before. */
        for (int i = 0; i < MOST_POINTS; i++)
            floor[i] = -60.0;
        ssm_kde_log_density(&kde, isa, MOST_POINTS - 1, x, floor, value, &go_on);
        for (int i = 0; i < MOST_POINTS - 1; i++)
            CHECK(value[i] == first[i] || (isinf(value[i]) && first[i] < -60.0));
        for (int i = 0; i < MOST_POINTS; i++)
            floor[i] = -(double)INFINITY;
        free(work);
        free(kde.total);
        free(kde.beside);
    }
}

static void check_whole_line(void)
{
    const double sample[] = {0.5};
    ssm_kde kde = {.sample = sample, .n = 1, .bandwidth = 2.0, .lowest = 0.5};
    CHECK_NEAR(ssm_kde_mass(&kde, SSM_ISA_BASELINE, -(double)INFINITY, (double)INFINITY), 1.0, 0.0);
    CHECK_NEAR(ssm_kde_mass(&kde, SSM_ISA_BASELINE, 0.5, (double)INFINITY), 0.5, 1e-10);
}

static void check_elementary(void)
{
    const double tiny = 0x1p-1070, inf = (double)INFINITY;
    const double x[] = {-inf, -800.0, -745.0, -720.0, -700.0, 0.0, 1.0, 709.7, 710.0, inf, 2.5};
    const double y[] = {0.0, tiny, 1e-310, 1.0, 0.3, 1e308, inf, -1.0, 7.0, 8.0, 9.0};
    double value[11];
    for (ssm_isa isa = SSM_ISA_BASELINE; isa <= ssm_best_isa(); isa++) {
        ssm_exp(isa, 11, x, value);
        for (int i = 0; i < 11; i++)
            CHECK(value[i] == exp(x[i]) || fabs(value[i] / exp(x[i]) - 1.0) < 1e-15 ||
                  fabs(value[i] - exp(x[i])) <= 0x1p-1074);
        ssm_log(isa, 11, y, value);
        for (int i = 0; i < 11; i++)
            CHECK(value[i] == log(y[i]) || fabs(value[i] / log(y[i]) - 1.0) < 1e-15 ||
                  (y[i] < 0.0 && isnan(value[i])));
    }
}

int main(void)
{
    check_sample(1, 0.3);
    check_sample(64, 0.5);
    check_sample(65, 0.5);
    check_sample(2000, 0.1);
    check_sample(1001, 3.0);
    check_whole_line();
    check_elementary();
    return check_result();
}
