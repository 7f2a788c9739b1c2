/* Kernel density of one sample on the line, with a Gaussian kernel, and the logarithm and the
 * exponential that go with it: the same bits on every machine.
 *
 * Part of the core's interface: see ssm.h for errors and instruction sets.
 */
#ifndef SSM_KDE_H
#define SSM_KDE_H

#include "ssm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* value[i] = exp(x[i]) or log(x[i]), also of infinity, NaN and numbers below the normal ones.
 * x and value may be the same array. */
void ssm_exp(ssm_isa isa, int64_t n, const double *x, double *value);
void ssm_log(ssm_isa isa, int64_t n, const double *x, double *value);

/* The density of a sample x_1 ... x_n is f(x) = sum_i K((x - x_i) / h) / (n h), where K is the
 * standard normal density and h the bandwidth. */
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

/* Points of the grid that `sample` needs, or 0 where the sum over all samples is to be used: for few
 * samples, where it is faster, and for a range of 2^20 cells or more. */
int64_t ssm_kde_grid_size(int64_t n, double lowest, double highest, double bandwidth);

/* Fill total and beside, where there is a grid. `work` has n_grid numbers. */
void ssm_kde_tabulate(const ssm_kde *kde, ssm_isa isa, double *work);

/* value[i] = log f(x[i]) for finite x[i].
 *
 * The error is below 1e-6 up to 6 bandwidths from the nearest sample, and 5e-5 at most.  A value
 * that is certain to lie below floor[i] is -inf. */
ssm_error ssm_kde_log_density(const ssm_kde *kde, ssm_isa isa, int64_t n, const double *x,
                              const double *floor, double *value, ssm_cancel *cancel);

/* The integral of f from low to high, either of which may be infinite; to 1e-10. */
double ssm_kde_mass(const ssm_kde *kde, ssm_isa isa, double low, double high);

#ifdef __cplusplus
}
#endif
#endif
