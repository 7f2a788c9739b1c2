/* The law of linear.h for many observations at a time, in vectors. */
#ifndef SSM_LINEAR_LANES_H
#define SSM_LINEAR_LANES_H

#include "core/kernels.h"
#include "density/linear.h"

enum { LINEAR_BLOCK = 64 };

/* Observation i leaves at t[i] at the side with sign[i] (-1, +1); law as in linear_law, `lower` and
 * `upper` the relative distances of the start.  A time of NAN is left out. */
typedef struct {
    double t[LINEAR_BLOCK], sign[LINEAR_BLOCK];
    double drift[LINEAR_BLOCK], drift_sd[LINEAR_BLOCK], boundary[LINEAR_BLOCK], slope[LINEAR_BLOCK];
    double lower[LINEAR_BLOCK], upper[LINEAR_BLOCK];
    double value[LINEAR_BLOCK];                /* log densities; NAN: only linear_log_density() knows it */
    double by[N_DERIVATIVES][LINEAR_BLOCK];    /* its derivatives */
} linear_block;

/* Values, and derivatives if asked for, of all of a block. */
SSM_DECLARE_KERNEL(void, linear_block_log_density, (linear_block *block, int with_derivatives));

#endif
