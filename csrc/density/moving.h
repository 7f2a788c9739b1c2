/* The law of exit between boundaries that move, with drift that changes and leak: solved once for a
 * parameter set, then known at all times.
 *
 * dy = (w(t) + V - leak y) dt + dW, V ~ N(base_drift, drift_sd), from y(0) = b(0) start until
 * |y| = b(t).  In x = y / b and the clock dtau = dt / b^2 the density becomes that of driftless motion
 * in (-1, 1) with a potential W = c1 x + c2 x^2, in front of known factors:
 *
 *   r_tau = r_xx / 2 - W r,    c1 = b^3 (w' - leak w),   c2 = leak^2 b^4 / 2 - b^3 b'' / 2.
 *
 * Steps alternate the exact heat kernel between the walls with factors exp(-W), by the fourth-order
 * forward scheme of Suzuki (1995) and Chin (1997); all factors are positive, so that tails keep their
 * relative accuracy.  V needs no solution of its own where there is no leak (Girsanov).
 */
#ifndef SSM_MOVING_H
#define SSM_MOVING_H

#include "density/kernels.h"
#include "ssm.h"

enum { MOVING_NODES = 600, MOVING_COEFFICIENTS = 8, MOVING_JUMPS = 8, MOVING_EVENTS = 2 * MOVING_JUMPS };

/* Times between which a boundary that is read from a table bends, and its slopes outside. */
typedef struct {
    double begin, end, before, after;
} moving_kink;

/* Boundary and drift in units of the noise: `scale` is 1 / noise. */
typedef struct {
    ssm_boundary_kind boundary_kind;
    ssm_drift_kind drift_kind;
    const ssm_table *boundary_table, *drift_table;
    double boundary[MOVING_COEFFICIENTS], drift[MOVING_COEFFICIENTS]; /* as set_boundary() gives them */
    double scale, leak;
    ssm_isa isa;
    int n_steps;                                    /* of a drift that is read from a table: */
    double before[MOVING_JUMPS], after[MOVING_JUMPS]; /* knots between which it jumps */
    int n_kinks;
    moving_kink kinks[MOVING_JUMPS];
} moving_curves;

typedef struct {
    double t, tau, b, slope;
    double ratio[2];                /* log flux at a side, less that of the outline of the solution */
    double drift_area, half_square; /* integrals of w and of w^2 / 2 */
    double above;                   /* share of the survivors above 0, if it is noted */
    int segment;    /* first node since the last jump or kink */
    int step, grid; /* how it was reached: a rung of the ladder of a grid, or one of moving_step */
} moving_node;

enum moving_step { STEP_TO_JUMP = -1, STEP_HALFWAY_TO_JUMP = -2, STEP_IS_JUMP = -3 };

typedef struct {
    moving_curves curves;
    double start[2]; /* relative distances to the lower and upper side, as in linear.h */
    double boundary; /* at 0; moving_set_curves() sets it */
    double way[2];   /* of a motion that begins later: relative distance of the whole way to a side, or 0 */
    double base_drift, drift_sd;
    /* until node 0 no path has arrived, and the boundary is replaced by its chord */
    double log_start, chord_slope, kink;
    double followed_at; /* the largest drift, in absolute value, of what begins when this ends; else 0 */
    int n_nodes, is_complete, notes_shares;
    int ends_settled; /* the nodes ran out, and from the last one on densities are exponential */
    int ends_early;   /* they ran out before the time that was asked for, and what follows is not known */
    double left;      /* they ran out where leak keeps a share of the paths away from lines, else 0 */
    moving_node nodes[MOVING_NODES];
    /* memory of the solver: a kernel for a step that ends at a jump */
    _Alignas(VECTOR_BYTES) double own_matrices[(FINE_POINTS + 1) * (FINE_POINTS + 1) / 2];
} moving_law;

/* For values, on the coarse or the fine grid; for differences; for all at high accuracy. */
typedef enum { SOLVE_DEFAULT, SOLVE_COARSE, SOLVE_FINE, SOLVE_SLOPES, SOLVE_HIGH } solve_accuracy;

/* Sets curves of a kind with parameters p (in the order of ssm.h), and takes the base drift apart where
 * there is no leak. */
void moving_set_curves(moving_law *law, ssm_boundary_kind boundary, const double *boundary_p,
                       const ssm_table *boundary_table, ssm_drift_kind drift,
                       const double *drift_p, const ssm_table *drift_table, double noise,
                       double leak, ssm_isa isa);

/* Solves up to last_t; curves, start, base_drift and drift_sd have been set.  With `like`, by its steps,
 * so that differences between the two are smooth.  Returns whether it can. */
int moving_solve(moving_law *law, double last_t, solve_accuracy accuracy, const moving_law *like,
                 ssm_isa isa);

/* Solves for what begins at b(t) start under the base drift when `high` is left at a side at t; only the
 * curves have been set.  Takes the steps of `high`. */
int moving_follow(moving_law *law, const moving_law *high, int side, double start, double drift,
                  ssm_isa isa);

/* Log density of leaving at a side at t; of the derivatives only those by drift, drift_sd and time. */
double moving_log_density(const moving_law *law, int side, double t, double *derivatives);

/* Share of the survivors at t that are above 0, where the solution notes it. */
double moving_share_above(const moving_law *law, double t);

/* The way from the start to a side where the boundary is b; half its square at the time from which on paths
 * may arrive; the last time that was solved. */
double moving_way(const moving_law *law, int side, double b);
double moving_onset(const moving_law *law, int side);
double moving_end(const moving_law *law);

/* The time some steps of the solution after t. */
double moving_later(const moving_law *law, double t, int steps);

/* Values at n times, in units of the noise; the slope may be NULL. */
void moving_boundary_at(const moving_curves *curves, int n, const double *t, double *b,
                        double *slope);
/* Finds the kinks, at most MOVING_JUMPS, of a row of a table of boundaries: bends within a moment, and far from
 * others.  Returns whether it has no bends beside them that steps would not see. */
int moving_find_kinks(const ssm_table *table, int64_t row, double scale, moving_kink *kinks, int *n);
/* Slopes that have just been read, at times on the side of each kink on which `when` is. */
void moving_keep_side(const moving_curves *curves, int n, const double *t, double when, double *slope);
/* Stimuli are shown as at `when`.  A drift of two columns has those of the second after the first: 2 n values. */
void moving_drift_at(const moving_curves *curves, int n, const double *t, double when, double *w);
/* Times, in ascending order, at which the drift jumps or the boundary has a kink; at most MOVING_EVENTS. */
int moving_jumps(const moving_curves *curves, double *jumps);

#endif
