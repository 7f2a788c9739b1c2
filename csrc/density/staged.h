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
    int is_point;       /* nobody has arrived: motion from `mean`, `clock` before */
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

/* Sets what remains to be set where boundary, slope, start, drifts and isa have been: the onsets, the
 * first of which is 0, as far as the boundaries have not met before; and the grid, which is finer where
 * drifts are strong, and by one size if `is_fine`. */
void staged_begin(staged_law *law, const double *onsets, int64_t n_onsets, int is_fine);

/* Log density of leaving at a side at t. */
double staged_log_density(staged_law *law, int side, double t);

/* Probability of not having left by t; t is finite. */
double staged_survival(staged_law *law, double t);

/* The stage at t, when it begins, and when the next one does (+inf: never). */
int64_t staged_stage(const staged_law *law, double t);
double staged_onset(const staged_law *law, int64_t stage);

/* Boundary at t. */
double staged_boundary(const staged_law *law, double t);

#endif
