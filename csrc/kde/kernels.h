/* Parts that the kernels of the density and their calls share. */
#ifndef SSM_KDE_KERNELS_H
#define SSM_KDE_KERNELS_H

#include "core/kernels.h"
#include "ssm_kde.h"

enum {
    KDE_NODES = 8,        /* grid points over which a sample is spread */
    KDE_NODES_BEFORE = 3, /* of which before the cell in which it lies */
    KDE_REACH = 14,       /* bandwidths: further kernels are left out */
    KDE_TAPS = KDE_REACH * SSM_KDE_CELLS,
    KDE_TRUSTED = 10 * SSM_KDE_CELLS, /* cells from a sample within which the grid is used */
    KDE_MARGIN = KDE_TAPS + KDE_TRUSTED + KDE_NODES, /* points before the lowest sample */
    KDE_BLOCK_VECTORS = 4, /* results of the convolution at a time, in vectors */
    KDE_BLOCK = 8 * KDE_BLOCK_VECTORS
};

SSM_DECLARE_KERNEL(void, array_exp, (int64_t n, const double *x, double *value));
SSM_DECLARE_KERNEL(void, array_log, (int64_t n, const double *x, double *value));

/* mass += the weights with which each sample is spread over the grid. */
SSM_DECLARE_KERNEL(void, kde_spread, (const ssm_kde *kde, double *mass));

/* total = mass convolved with the kernel. */
SSM_DECLARE_KERNEL(void, kde_convolve, (const ssm_kde *kde, const double *mass));

/* value = log f(x), x at most KDE_TRUSTED cells from a sample, NaN elsewhere. */
SSM_DECLARE_KERNEL(void, kde_read, (const ssm_kde *kde, int64_t n, const double *x, double *value));

/* log f(x) by the sum over all samples, or -inf if it is certain to lie below the floor. */
SSM_DECLARE_KERNEL(double, kde_sum, (const ssm_kde *kde, double x, double floor));

/* The integral of f from -infinity to x. */
SSM_DECLARE_KERNEL(double, kde_below, (const ssm_kde *kde, double x));

#endif
