/* Brownian motion with drift that is reflected at 0, until it reaches a boundary that moves linearly:
 * solved once for a parameter set, then known at all times.
 *
 * dy = drift dt + dW, reflected at 0, from y(0) = boundary * start until y = boundary - slope t.  In
 * x = y / b(t) and the clock tau = t / (b(0) b(t)) the density becomes that of driftless motion in (0, 1)
 * with r_x = k r at 0, k = drift b(t), and r = 0 at 1, in front of known factors.  Steps apply the kernel
 * of this Robin problem with k as it is in the middle of a step (Carslaw & Jaeger 1959, 14.2).
 */
#ifndef SSM_ROBIN_H
#define SSM_ROBIN_H

#include "density/accumulators.h"
#include "ssm/density.h"

enum { ROBIN_NODES = 400, ROBIN_CELLS = 96 };

typedef struct {
    double tau, ratio;       /* log flux less that of the outline, in which k stays as it is at 0 */
    double log_survival, fall; /* and its derivative by tau */
} robin_node;

typedef struct {
    double drift, boundary, slope, start; /* of a unit noise */
    reflected_law outline;
    int n_nodes;
    robin_node nodes[ROBIN_NODES];
    /* Where the boundary opens and is far from the floor, evidence moves freely: log shares of all paths, and
     * their distances from the boundary, at a time that is some steps before the last node.  0: none. */
    int n_free;
    double free_t, free_share[ROBIN_CELLS], free_distance[ROBIN_CELLS];
} robin_law;

/* Solves up to last_t; drift, boundary, slope and start (below 1) have been set. */
void robin_solve(robin_law *law, double last_t, ssm_accuracy accuracy, ssm_isa isa);

/* Logarithms of the density at t, and of the probability of not having arrived by then. */
double robin_log_density(const robin_law *law, double t);
double robin_log_survival(const robin_law *law, double t);

#endif
