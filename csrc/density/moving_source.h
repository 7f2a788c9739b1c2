/* Motion that begins when another one leaves at a side: what arrives during a step of its solution. */
#ifndef SSM_MOVING_SOURCE_H
#define SSM_MOVING_SOURCE_H

#include "density/moving_step.h"

/* Those who leave `high` at `side` begin at once, at x = start, under a drift. */
typedef struct moving_source {
    const moving_law *high;
    int side;
    double start, drift;
    /* kernels from the start to the end of the last step, of this length, on a grid of these points */
    double h;
    int points;
    double kernels[INNER][PADDED_POINTS];
} moving_source;

/* Those who begin during a step, times exp(-log_size): where they are at its end, and the flux then. */
typedef struct {
    double log_size, flux[2], r[PADDED_POINTS];
} moving_newcomers;

void moving_find_newcomers(const solver *s, double h, const step_factors *f, moving_newcomers *n);

#endif
