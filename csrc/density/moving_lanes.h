/* moving_log_density() for many observations at a time, in vectors. */
#ifndef SSM_MOVING_LANES_H
#define SSM_MOVING_LANES_H

#include "density/moving.h"

enum { MOVING_BLOCK = 64 };

/* Observation i leaves at t[i] at the side, 0 or 1, under a drift of its own; a time of NAN is left out. */
typedef struct {
    double t[MOVING_BLOCK], base_drift[MOVING_BLOCK], drift_sd[MOVING_BLOCK];
    int side[MOVING_BLOCK];
    double b[MOVING_BLOCK], slope[MOVING_BLOCK]; /* the boundary */
    double by_drift[MOVING_BLOCK], by_drift_sd[MOVING_BLOCK], by_time[MOVING_BLOCK]; /* derivatives */
    double value[MOVING_BLOCK]; /* log densities; NAN: moving_log_density() must tell */
} moving_block;

/* Log densities of the first n observations, and derivatives by the base drift; the others are changed. */
void moving_block_log_density(const moving_law *law, int n, moving_block *block);

/* After that the other derivatives; where they are not known, the log density becomes NAN. */
void moving_block_derivatives(const moving_law *law, int n, moving_block *block);

/* Takes moving_outline_log_flux() from the ratios of all nodes after the first. */
void moving_subtract_outline(moving_law *law);

/* moving_log_density() at n times, at most MOVING_BLOCK. */
void moving_log_densities(const moving_law *law, int side, int n, const double *t, double *values);

#endif
