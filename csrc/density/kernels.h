/* Heat kernels of (-1, 1) with absorbing ends, on grids of K interior points, for a ladder of times.
 *
 * G_s(x, x') = sum over n of phi_s(x - x' + 4n) - phi_s(x + x' + 2 + 4n), applied by the trapezoid
 * rule, which is spectrally accurate here.  Grids are folded: values at x = 0, dx, 2 dx .. to the upper
 * end, then those at 0, -dx, -2 dx .. to the lower one, so that the middle is there twice.
 */
#ifndef SSM_HEAT_KERNELS_H
#define SSM_HEAT_KERNELS_H

#include "ssm.h"

enum {
    COARSEST_POINTS = 31, /* for the long steps of smooth potentials */
    COARSE_POINTS = 63,
    FINE_POINTS = 127,
    FINEST_POINTS = 255, /* for the first steps where boundaries begin steeply */
    MAX_POINTS = FINEST_POINTS,
    PADDED_POINTS = MAX_POINTS + 1,
    MAX_RUNGS = 20,
    /* those of a ladder that are shorter than all of the next coarser one */
    RUNGS_BELOW_COARSEST = 4,
    RUNGS_BELOW_COARSE = 2,
    RUNGS_BELOW_FINE = 4,
    VECTOR_BYTES = 64       /* numbers that vectors read begin at multiples of them */
};

/* Rung r is the time s = dx^2 sqrt(2)^r, on finer grids than the coarse one s = 2 dx^2 sqrt(2)^r: the
 * trapezoid rule is right to 3e-9 at least.  A step of the scheme is two of them.  Matrices have a row for
 * each of the `half` values from the middle to an end, by columns; entries for points further apart than
 * `band` are 0. */
typedef struct {
    double s;
    int half, band;
    const double *near, *mirrored; /* dx G_s from x' and from -x' to x; the latter 0 for x' = 0 */
    const double *even, *odd; /* half their sum and difference, or NULL for a kernel that is used once */
    /* density at s of leaving at the lower and the upper end, half of it for each value in the middle */
    _Alignas(VECTOR_BYTES) double flux[2][PADDED_POINTS];
} heat_kernel;

typedef struct {
    int points, rungs;
    double dx;
    heat_kernel kernels[MAX_RUNGS];
} heat_ladder;

/* The ladder of a grid, built once and shared from then on. */
const heat_ladder *ladder_of(int points);

/* The place of a value. */
static inline double grid_point(int half, int i) { return (double)(i < half ? i : half - i) / half; }

/* A kernel of a time s of its own; `matrices` has room for (points + 1)^2 / 2 numbers. */
void build_kernel(heat_kernel *kernel, int points, double s, double *matrices);

#endif
