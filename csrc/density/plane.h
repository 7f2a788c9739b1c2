/* The law of two levels of which the high one modulates the low one.
 *
 * Both leave (-b(t), b(t)); the response comes when both have left.  In y = x / b and the clock
 * dtau = dt / b^2 (b in units of the noise), with q = (1 + y_h) / 2, while both are inside,
 *
 *     dy_h = (v_h b - y_h b b') dtau + dW,
 *     dy_l = (v_l (A + B q) b - y_l b (b' + leak b)) dtau + (C + D q) dW.
 *
 * The density on the square (y_h, y_l) is stepped by the alternating directions of Peaceman & Rachford
 * (1955), on a grid as a Markov chain: probabilities add up.  A path that leaves it moves on along a line: the
 * high level after the low one has left at a side, the low one, not modulated any more, after the high
 * one has left at the upper side.  Two solutions, the second with half the spacing and half the steps,
 * are extrapolated (Richardson).
 *
 * Only the branch is solved in which the high level leaves at the upper side; the other one is its mirror
 * image.
 */
#ifndef SSM_PLANE_H
#define SSM_PLANE_H

#include "density/plane_step.h"
#include "density/shares.h"

/* Solves for both having left, the low level at each side, until all have; `fine` for high accuracy.
 * `states`, two of them, are its memory. */
void plane_solve(shares *law, const plane_problem *problem, int fine, ssm_isa isa,
                 plane_state *states, ssm_cancel *cancel);

/* Weights of a point on a grid with its ends (points + 2 of them) that keep its first three moments. */
void plane_set_start(int points, double dx, double start, double *weights);

/* The longest of dt, dt / 2, ... over which the boundary changes little; writes it at the quarters. */
double plane_steady_step(const moving_curves *curves, double t, double dt, double *b);

#endif
