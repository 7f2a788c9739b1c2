/* One step of levels that interact, on a grid: see plane.h. */
#ifndef SSM_PLANE_STEP_H
#define SSM_PLANE_STEP_H

#include "core/kernels.h"
#include "density/moving.h"

enum { PLANE_POINTS = 95, PLANE_STRIDE = 104, PLANE_SIZE = (PLANE_POINTS + 1) * PLANE_STRIDE };

/* In units of the noise; starts are between -1 and 1. */
typedef struct {
    const moving_curves *curves;
    double drift[2], start[2]; /* of the high and the low level */
    double a, b, c, d, leak;   /* see cascade/interact.c */
} plane_problem;

/* Of a step: its clock, the integral of dt / b, the log ratio of the boundaries at its ends, leak dt; and the
 * least noise, relative to the spacing, as a share of the noise that keeps all rates positive. */
typedef struct {
    double clock, gain, closing, decay, least;
} plane_step_sizes;

/* The solution: the density inside the square, point l of the low level at row l; on the lines along which one
 * level moves after the other has left; and the probability that both have left. */
typedef struct {
    int points;
    double dx;
    _Alignas(64) double inside[PLANE_SIZE];
    double line_high[2][PLANE_STRIDE]; /* the low level has left at a side */
    double line_low[PLANE_STRIDE];     /* the high level has left at the upper side */
    double left[2]; /* by now, the low level at a side */
    _Alignas(64) double turned[PLANE_SIZE], work[PLANE_SIZE];
} plane_state;

SSM_DECLARE_KERNEL(void, plane_step, (const plane_problem *, const plane_step_sizes *, plane_state *));

#endif
