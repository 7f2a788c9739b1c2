/* The law of exit between linear boundaries under a drift that is constant between jumps.
 *
 * dy = drift_j dt + dW from y(0) = boundary * start until |y| = b(t) = boundary - slope t, where
 * drift_j is that of stage j, which begins at onset j.  In x = y / b(t) and the clock
 * dtau = dt / b(t)^2 the motion within a stage is driftless between fixed walls, in front of known
 * factors (linear.h); a jump of the drift by d multiplies the solution by exp(-d b x).  So there are
 * no steps of time: one heat kernel from stage to stage, and one from the beginning of a stage to a
 * response.  Only space is approximated, by grids on which the trapezoid rule is corrected at the
 * walls.  The same idea: Liu, Fengler, Frank & Harrison (2025), arXiv 2503.18381.
 */
#ifndef SSM_STAGED_H
#define SSM_STAGED_H

#include "ssm.h"

enum { KEPT_STAGES = 32, STAGED_POINTS = 256 };

/* The solution at the beginning of a stage, to be multiplied by exp(log_scale). */
typedef struct {
    double begin, b;
    double log_scale;
    int is_point;       /* no path has arrived: motion from `mean`, `clock` before */
    double mean, clock;
    double r[STAGED_POINTS]; /* else: at the points of the grid */
} stage_state;

typedef struct {
    double boundary, slope;
    double start[2];  /* relative distances to the lower and upper side, as in linear.h */
    double drifts[2]; /* of even and of odd stages */
    const double *onsets;
    int64_t n_stages;
    int points; /* of the grid: 63, 127 or 255 */
    ssm_isa isa;
    int64_t n_solved; /* stages until here have been solved; the last KEPT_STAGES of them are kept */
    stage_state stages[KEPT_STAGES];
} staged_law;

/* Sets the onsets, the first of which is 0, up to the time at which the boundaries meet; and the grid, which is
 * finer for strong drifts, and by one size if `is_fine`.  boundary, slope, start, drifts and isa have been
 * set. */
void staged_begin(staged_law *law, const double *onsets, int64_t n_onsets, int is_fine);

/* Log density of leaving at a side (0 lower, 1 upper) at t, -INFINITY where there is none. */
double staged_log_density(staged_law *law, int side, double t);

/* Probability of not having left by t; t is finite. */
double staged_survival(staged_law *law, double t);

/* The stage at t, when it begins, and when the next one does (+inf: never). */
int64_t staged_stage(const staged_law *law, double t);
double staged_onset(const staged_law *law, int64_t stage);

/* Boundary at t. */
double staged_boundary(const staged_law *law, double t);

/* Writes the derivatives of the log density by the inputs, BY_..., to `by`.  Returns whether it can: not if more
 * stages begin before t than are kept. */
enum { BY_EVEN_DRIFT, BY_ODD_DRIFT, BY_STAGED_BOUNDARY, BY_STAGED_SLOPE, BY_STAGED_START, BY_STAGED_TIME,
       N_STAGED_DERIVATIVES };
int staged_gradient(staged_law *law, int side, double t, double *by);

/* ---- parts of the above ------------------------------------------------------------------------------- */

static inline double staged_drift(const staged_law *law, int64_t j) { return law->drifts[j & 1]; }

/* The state at the beginning of stage j, which is solved for if need be. */
const stage_state *staged_reach(staged_law *law, int64_t j);

/* Whether a clock s is too short for the kernel on the grid; else sums over the grid need corrected states. */
int staged_is_narrow(const staged_law *law, double s);
void staged_correct(const staged_law *law, const double *r, double *out);

/* The state a clock s after a (corrected) state, or after a point x0; and the weights that give the flux at a
 * side a clock s later.  Each returns the logarithm of the number by which its result has been divided. */
double staged_spread(const staged_law *law, double s, const double *from, double *out);
double staged_from_point(int points, double s, double x0, double *out);
double staged_flux_weights(const staged_law *law, int side, double s, double *weights);

#endif
