/* The law of two levels of which the high one modulates the low one.
 *
 * Both leave (-b(t), b(t)); the response comes when both have left.  In y = x / b and the clock
 * dtau = dt / b^2 (b in units of the noise), with q = (1 + y_h) / 2, while both are inside,
 *
 *     dy_h = (v_h b - y_h b b') dtau + dW,
 *     dy_l = (v_l (A + B q) b - y_l b (b' + leak b)) dtau + (C + D q) dW.
 *
 * The density on the square (y_h, y_l) is stepped by the alternating directions of Peaceman & Rachford
 * (1955), on a grid as a Markov chain: probabilities add up.  Who leaves it goes on along a line: the
 * high level after the low one has left at a side, the low one, not modulated any more, after the high
 * one has left at the upper side.  Two solutions, the second with half the spacing and half the steps,
 * are extrapolated (Richardson).
 *
 * Only the branch is solved in which the high level leaves at the upper side; the other one is its mirror
 * image.
 */
#ifndef SSM_PLANE_H
#define SSM_PLANE_H

#include "density/moving.h"

enum { PLANE_NODES = 1000 };

/* In units of the noise; starts are between -1 and 1. */
typedef struct {
    const moving_curves *curves;
    double drift[2], start[2]; /* of the high and the low level */
    double a, b, c, d, leak;   /* see cascade/interact.c */
} plane_problem;

/* Probabilities of both having left by t, the low level at each side, and their derivatives. */
typedef struct {
    double t, share[2], rate[2];
} plane_node;

typedef struct {
    int n_nodes, is_complete; /* all have left */
    plane_node nodes[PLANE_NODES]; /* the first is at 0, where some have left at once */
    /* Of each side, the nodes between which densities are known; before, they fall like exp(-early / t),
     * after, like exp(-late t).  No node (-1) where no path leaves. */
    int first[2], last[2];
    double early[2], late[2];
} plane_law;

/* Solves until all have left; `fine` for high accuracy. */
void plane_solve(plane_law *law, const plane_problem *problem, int fine, ssm_isa isa,
                 ssm_cancel *cancel);

/* The probability of both having left by t, the low level at a side; the integral of it up to t, which is
 * finite; the log of its derivative. */
double plane_share(const plane_law *law, int side, double t);
double plane_area(const plane_law *law, int side, double t);
double plane_log_density(const plane_law *law, int side, double t);

/* The probability of leaving there after t, where few still do. */
double plane_to_come(const plane_law *law, int side, double t);

#endif
