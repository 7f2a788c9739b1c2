/* The law of exit between linear boundaries, in closed form.
 *
 * dy = V dt + dW, V ~ N(drift, drift_sd), from y(0) = boundary * start until |y| = boundary - slope t.
 * With x = y / b(t) and the clock tau = t / (b(0) b(t)) the boundaries stand still, and a change of
 * measure takes the drift away: the density is that of driftless motion in (-1, 1) times a factor.
 *
 * Navarro & Fuss (2009), Gondan, Blurton & Kesselmeier (2014) for the series; Tuerlinckx (2004) for
 * the normal drift; Blurton, Kesselmeier & Gondan (2012) and Anderson (1960) for the distribution
 * functions.
 */
#ifndef SSM_LINEAR_H
#define SSM_LINEAR_H

typedef struct {
    double drift, drift_sd;
    double boundary, slope;
    double start[2]; /* relative distance (b(0) - side y(0)) / b(0) to the lower and upper side */
} linear_law;

/* Derivatives of a log density. */
enum { BY_DRIFT, BY_DRIFT_SD, BY_BOUNDARY, BY_SLOPE, BY_START, BY_TIME, N_DERIVATIVES };

/* Log of the density, in tau, of leaving (-1, 1) at a side that is d away from the start (and the
 * other one 2 - d = other): driftless, noise 1.  d, other and tau are positive.  With derivatives,
 * those by tau and by d. */
double exit_log_density(double tau, double d, double other, double *derivatives);

/* Log density of leaving at a side (0 lower, 1 upper) at t; -inf outside the support.  derivatives
 * is NULL or takes N_DERIVATIVES of them (BY_START: by the relative start), 0 outside. */
double linear_log_density(const linear_law *law, int side, double t, double *derivatives);

/* Probability of having left at a side by t, for drift_sd 0, and its logarithm; and of doing so ever, for
 * slope 0 too. */
double linear_cdf(const linear_law *law, int side, double t);
double linear_log_cdf(const linear_law *law, int side, double t);
double linear_probability(const linear_law *law, int side);

/* linear_log_cdf() at many times: *at_switch, NAN at first, keeps what those at one side share. */
double linear_log_cdf_after(const linear_law *law, int side, double t, double *at_switch);

/* Probability of not having left by t, for drift_sd 0: sets *survival and returns 1
 * where the series for long times has its relative accuracy, else returns 0. */
int linear_survival(const linear_law *law, double t, double *survival);

#endif
