/* Parts of the densities: kernels, closed forms, solutions. */
#include "check.h"
#include "density/heat_lanes.h"
#include "density/linear.h"
#include "density/linear_lanes.h"
#include "density/moving.h"
#include "density/products.h"
#include "density/response.h"
#include "density/special.h"

#include <string.h>

static linear_law plain(void)
{
    return (linear_law){.drift = 0.7, .boundary = 1.2, .start = {0.8, 1.2}};
}

static void test_series_agree_where_they_meet(void)
{
    for (double d = 0.02; d < 2.0; d += 0.11) {
        double early[2], late[2];
        double before = exit_log_density(0.7 - 1e-9, d, 2.0 - d, early);
        double after = exit_log_density(0.7 + 1e-9, d, 2.0 - d, late);
        CHECK_NEAR(before, after, 1e-7);
        CHECK_NEAR(early[0], late[0], 1e-6);
        CHECK_NEAR(early[1], late[1], 1e-6);
    }
}

/* A block of laws and times of all sizes, one left out, one between boundaries that have met. */
static void test_blocks_are_the_law(void)
{
    static linear_block block;
    for (int i = 0; i < LINEAR_BLOCK; i++) {
        double u = (i * 37 % 64 + 0.5) / 64.0, w = (i * 23 % 64 + 0.5) / 64.0;
        block.t[i] = i == 5 ? NAN : pow(10.0, -4.0 + 6.0 * u);
        block.sign[i] = i % 3 ? 1.0 : -1.0;
        block.drift[i] = 12.0 * w - 6.0;
        block.drift_sd[i] = i % 4 ? 0.0 : 2.0 * u;
        block.boundary[i] = pow(10.0, 2.0 * w - 1.0);
        block.slope[i] = i % 2 ? 0.0 : w - 0.4;
        block.lower[i] = 2.0 * (i + 0.01) / LINEAR_BLOCK;
        block.upper[i] = 2.0 - block.lower[i];
    }
    for (int isa = 0; isa <= (int)ssm_best_isa(); isa++) {
        SSM_CALL_KERNEL((ssm_isa)isa, linear_block_log_density, (&block, 1));
        int n_told = 0;
        for (int i = 0; i < LINEAR_BLOCK; i++) {
            double want[N_DERIVATIVES];
            linear_law law = {block.drift[i], block.drift_sd[i], block.boundary[i], block.slope[i],
                              {block.lower[i], block.upper[i]}};
            double value = linear_log_density(&law, block.sign[i] > 0.0, block.t[i], want);
            CHECK(isnan(block.value[i]) == !isfinite(value));
            if (!isfinite(value))
                continue;
            n_told++;
            CHECK_NEAR(block.value[i], value, 1e-14 * fmax(100.0, fabs(value)));
            for (int k = 0; k < N_DERIVATIVES; k++)
                CHECK_NEAR(block.by[k][i], want[k], 1e-12 * fmax(1.0, fabs(want[k])));
        }
        CHECK(n_told > 40 && n_told < LINEAR_BLOCK);
    }
}

static void test_distribution_and_density_agree(void)
{
    linear_law law = plain();
    for (int side = 0; side < 2; side++)
        for (double t = 0.1; t < 3.0; t += 0.3) {
            double h = 1e-5 * t, f = exp(linear_log_density(&law, side, t, 0));
            double slope = linear_cdf(&law, side, t + h) - linear_cdf(&law, side, t - h);
            CHECK_NEAR(slope / (2.0 * h), f, 1e-7);
        }
    CHECK_NEAR(linear_probability(&law, 0) + linear_probability(&law, 1), 1.0, 1e-15);
}

/* What is done with a grid of values: the same by every instruction set, and as in its definition, for
 * values that are level and for those that fall by many orders of magnitude. */
static void check_grid(int points, int rung, double fall)
{
    const heat_kernel *kernel = &ladder_of(points)->kernels[rung];
    const int half = kernel->half;
    const double c[2] = {0.7, -0.4};
    _Alignas(VECTOR_BYTES) double made[PADDED_POINTS], out[PADDED_POINTS];
    double r[PADDED_POINTS], first[PADDED_POINTS], sums[3], first_sums[3];
    for (int i = 0; i < 2 * half; i++)
        r[i] = exp(-fall * grid_point(half, i));
    for (int isa = 0; isa <= (int)ssm_best_isa(); isa++) {
        double all = 0.0;
        memcpy(made, r, sizeof made);
        SSM_CALL_KERNEL(isa, heat_multiply, (half, c, made));
        SSM_CALL_KERNEL(isa, heat_product, (kernel, made, out));
        SSM_CALL_KERNEL(isa, heat_sums, (kernel, made, sums));
        for (int i = 0; i < 2 * half; i++) {
            double x = grid_point(half, i), sum = 0.0;
            CHECK_NEAR(made[i] / (r[i] * exp(-c[0] * x - c[1] * x * x)), 1.0, 1e-12);
            for (int j = 0; j < 2 * half; j++) {
                int is_near = (i < half) == (j < half), entry = j % half * half + i % half;
                sum += (is_near ? kernel->near : kernel->mirrored)[entry] * made[j];
            }
            CHECK_NEAR(out[i] / sum, 1.0, 1e-8);
            all += made[i];
        }
        CHECK_NEAR(sums[2] / all, 1.0, 1e-14);
        for (int i = 0; i < 2 * half; i++)
            CHECK((isa ? first[i] : out[i]) == out[i]);
        for (int k = 0; k < 3; k++)
            CHECK((isa ? first_sums[k] : sums[k]) == sums[k]);
        memcpy(first, out, sizeof first);
        memcpy(first_sums, sums, sizeof sums);
    }
}

static void test_values_on_a_grid(void)
{
    for (int rung = 0; rung < 12; rung += 3)
        for (int strong = 0; strong < 2; strong++) {
            check_grid(COARSEST_POINTS, rung, strong ? 60.0 : 3.0);
            check_grid(COARSE_POINTS, rung, strong ? 60.0 : 3.0);
            check_grid(FINE_POINTS, rung, strong ? 60.0 : 3.0);
            if (rung <= RUNGS_BELOW_FINE)
                check_grid(FINEST_POINTS, rung, strong ? 60.0 : 3.0);
        }
}

/* Against plain sums, for sizes that are whole blocks and that are not. */
static void test_products_are_plain_sums(void)
{
    enum { ROOM = 2 * PRODUCT_BLOCK };
    static double toeplitz[2 * ROOM], hankel[2 * ROOM], r[ROOM], out[ROOM];
    for (int i = 0; i < 2 * ROOM; i++)
        toeplitz[i] = cos(i), hankel[i] = sin(3 * i);
    for (int i = 0; i < ROOM; i++)
        r[i] = 1.0 / (1 + i);
    for (int isa = 0; isa <= (int)ssm_best_isa(); isa++)
        for (int n = 47; n < ROOM; n += 16) {
            SSM_CALL_KERNEL(isa, mirrored_product, (toeplitz + n - 1, hankel, n, r, out));
            for (int i = 0; i < n; i++) {
                double sum = 0.0;
                for (int j = 0; j < n; j++)
                    sum += (toeplitz[n - 1 + i - j] + hankel[i + j]) * r[j];
                CHECK(out[i] == sum);
            }
        }
}

/* The normal density from x0 at x, less its images beyond both ends. */
static double kernel_from(double x0, double x, double s)
{
    double near = (x - x0) * (x - x0) / (2.0 * s), size = 1.0 / sqrt(2.0 * PI * s);
    return size * (exp(-near) - exp(-(x + x0 + 2.0) * (x + x0 + 2.0) / (2.0 * s)) -
                   exp(-(2.0 - x - x0) * (2.0 - x - x0) / (2.0 * s)));
}

/* The narrow density that solutions begin with: the same by every instruction set, 0 far away. */
static void test_start_on_a_grid(void)
{
    enum { HALF = (FINE_POINTS + 1) / 2 };
    _Alignas(VECTOR_BYTES) double r[2 * HALF];
    double first[2][2 * HALF];
    for (int isa = 0; isa <= (int)ssm_best_isa(); isa++)
        for (int k = 0; k < 2; k++) {
            const double s = k ? 0.02 : 4e-4, x0 = k ? 0.9 : -0.3;
            SSM_CALL_KERNEL(isa, heat_start, (HALF, s, x0, r));
            for (int i = 0; i < 2 * HALF; i++) {
                double wanted = kernel_from(x0, grid_point(HALF, i), s);
                CHECK_NEAR(r[i], wanted, 1e-13);
                if (wanted > 1e-200)
                    CHECK_NEAR(r[i] / wanted, 1.0, 1e-11);
            }
            CHECK(k || r[HALF - 1] == 0.0);
            if (isa == 0)
                memcpy(first[k], r, sizeof r);
            CHECK(!memcmp(first[k], r, sizeof r));
        }
}

/* The semigroup: a kernel applied to that of another time is the kernel of their sum. */
static void test_kernels_add_up(void)
{
    const heat_kernel *kernel = &ladder_of(FINE_POINTS)->kernels[2];
    const int half = kernel->half;
    _Alignas(VECTOR_BYTES) double r[PADDED_POINTS], out[PADDED_POINTS];
    double sums[3];
    SSM_CALL_KERNEL(SSM_ISA_BASELINE, heat_start, (half, 0.01, 0.3, r));
    SSM_CALL_KERNEL(SSM_ISA_BASELINE, heat_product, (kernel, r, out));
    SSM_CALL_KERNEL(SSM_ISA_BASELINE, heat_sums, (kernel, r, sums));
    for (int i = 0; i < 2 * half; i++) {
        double wanted = kernel_from(0.3, grid_point(half, i), 0.01 + kernel->s);
        CHECK_NEAR(out[i], wanted, 1e-12);
        if (wanted > 1e-100) /* tails keep their relative accuracy */
            CHECK_NEAR(out[i] / wanted, 1.0, 1e-6);
    }
    for (int side = 0; side < 2; side++) /* from 0.3 to an end, after the time of the kernel and 0.01 */
        CHECK_NEAR(log(sums[side]), exit_log_density(0.01 + kernel->s, side ? 0.7 : 1.3, side ? 1.3 : 0.7, 0), 1e-6);
}

/* Without a potential the solution is the closed form. */
static void test_solution_without_potential(void)
{
    static moving_law moving;
    double boundary[SSM_CURVE_PARAMETERS] = {1.2, 0.3}, drift[SSM_CURVE_PARAMETERS] = {0.7, 3.0, 0.2, 0.0};
    linear_law law = plain();
    law.slope = tan(0.3);
    moving_set_curves(&moving, SSM_BOUNDARY_ANGLE, boundary, 0, SSM_DRIFT_GAMMA, drift, 0, 1.0, 0.0,
                      SSM_ISA_BASELINE);
    moving.start[0] = law.start[0];
    moving.start[1] = law.start[1];
    CHECK(moving_solve(&moving, INFINITY, SOLVE_DEFAULT, 0, ssm_best_isa()));
    moving.base_drift = 0.7;
    for (int side = 0; side < 2; side++)
        for (double t = 0.05; t < 3.0; t += 0.1)
            CHECK_NEAR(moving_log_density(&moving, side, t, 0),
                       linear_log_density(&law, side, t, 0), 3e-8); /* 3e-9 a kernel, see kernels.h */
}

static void test_probabilities_add_up(void)
{
    response_law law = {.linear = plain(), .start_halfwidth = 0.1, .ndt_kind = SSM_NDT_UNIFORM,
                        .ndt_location = 0.3, .ndt_scale = 0.1, .max_t = 2.0, .deadline = 1.5};
    law.linear.drift_sd = 0.5;
    for (double rt = 0.2; rt < 2.0; rt += 0.4)
        CHECK_NEAR(response_cdf(&law, 0, rt) + response_cdf(&law, 1, rt) +
                       response_survival(&law, rt), 1.0, 1e-12);
}

int main(void)
{
    test_series_agree_where_they_meet();
    test_blocks_are_the_law();
    test_distribution_and_density_agree();
    test_values_on_a_grid();
    test_products_are_plain_sums();
    test_start_on_a_grid();
    test_kernels_add_up();
    test_solution_without_potential();
    test_probabilities_add_up();
    return check_result();
}
