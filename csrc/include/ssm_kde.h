/* Kernel density estimates of one sample of real numbers, with a Gaussian kernel; and the logarithm and
 * the exponential that they use, which give the same bits on every machine.
 *
 * Part of the core's interface: see ssm.h for errors and instruction sets.
 */
#ifndef SSM_KDE_H
#define SSM_KDE_H

#include "ssm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* value[i] = exp(x[i]) or log(x[i]) for 0 <= i < n, also of infinity, NaN and subnormal numbers.  x and value
 * may be the same array. */
void ssm_exp(ssm_isa isa, int64_t n, const double *x, double *value);
void ssm_log(ssm_isa isa, int64_t n, const double *x, double *value);

/* The density estimate f(x) = sum_i K((x - x_i) / h) / (n h), where x_i is the sample, K the standard normal
 * density and h the bandwidth. */
typedef struct {
    const double *sample; /* n finite numbers */
    int64_t n;
    double bandwidth; /* > 0 */
    double lowest;    /* of the sample */
    /* Grid of step h / SSM_KDE_CELLS on which the sum is tabulated; n_grid is 0 where it is not. */
    int64_t n_grid;
    double *total;   /* n_grid numbers: sum_i K(...) / K(0) at the point */
    int32_t *beside; /* n_grid numbers: cells to the nearest point next to a sample */
} ssm_kde;

enum { SSM_KDE_CELLS = 16 };

/* The n_grid that a sample of n numbers from `lowest` to `highest` needs.  0 where the sum over the whole
 * sample is to be used: for few numbers, where it is faster, and for a range of 2^20 cells or more. */
int64_t ssm_kde_grid_size(int64_t n, double lowest, double highest, double bandwidth);

/* Fills total and beside, where there is a grid.  `work` is memory for n_grid numbers. */
void ssm_kde_tabulate(const ssm_kde *kde, ssm_isa isa, double *work);

/* value[i] = log f(x[i]) for 0 <= i < n and finite x[i].
 *
 * The error is below 1e-6 up to 6 bandwidths from the nearest number of the sample, and 5e-5 at most.  A
 * value that is certain to lie below floor[i] is -inf.  Returns SSM_OK or SSM_CANCELLED. */
ssm_error ssm_kde_log_density(const ssm_kde *kde, ssm_isa isa, int64_t n, const double *x,
                              const double *floor, double *value, ssm_cancel *cancel);

/* The integral of f from low to high, either of which may be infinite.  The error is below 1e-10. */
double ssm_kde_mass(const ssm_kde *kde, ssm_isa isa, double low, double high);

#ifdef __cplusplus
}
#endif
#endif
