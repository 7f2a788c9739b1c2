/* Heat kernels of (-1, 1) with absorbing ends, on grids of K interior points, for a ladder of times.
 *
 * G_s(x, x') = sum over n of phi_s(x - x' + 4n) - phi_s(x + x' + 2 + 4n), applied by the trapezoid
 * rule, which is spectrally accurate here.
 */
#ifndef SSM_HEAT_KERNELS_H
#define SSM_HEAT_KERNELS_H

#include "ssm.h"

enum {
    COARSE_POINTS = 63,
    FINE_POINTS = 127,
    MAX_POINTS = FINE_POINTS,
    PADDED_POINTS = MAX_POINTS + 1,
    MAX_RUNGS = 20
};

/* Rung r is the time s = 2 dx^2 sqrt(2)^r; a step of the scheme is two of them. */
typedef struct {
    double s;
    double *matrix;             /* dx G_s, column x' at x' * padded(points) */
    double flux[PADDED_POINTS]; /* density at s of leaving at the upper end, from each point */
} heat_kernel;

typedef struct {
    int points, rungs;
    double dx;
    heat_kernel kernels[MAX_RUNGS];
} heat_ladder;

/* The ladder of a grid, built once and shared from then on. */
const heat_ladder *ladder_of(int points);

/* A kernel of a time s of its own; `matrix` has room for points * (points + 1) numbers. */
void build_kernel(heat_kernel *kernel, int points, double s, double *matrix);

/* out = G_s r, of `points` numbers; both arrays have room for PADDED_POINTS, r is 0 beyond. */
void apply_kernel(const heat_kernel *kernel, int points, const double *r, double *out,
                  ssm_isa isa);

/* Value of G_s at x from x0, inside; s is small. */
double heat_kernel_at(double s, double x, double x0);

#endif
