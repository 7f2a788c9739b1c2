/* The law of response time and choice: a law of exit, with parameters that vary over trials.
 *
 * The relative start is uniform in start +- start_halfwidth, the non-decision time as ssm_ndt_kind
 * says, both independent of the motion.  A response comes at decision time + non-decision time, if
 * the decision time is at most max_t and the response before the deadline; else it is an omission.
 */
#ifndef SSM_RESPONSE_H
#define SSM_RESPONSE_H

#include "density/levy.h"
#include "density/linear.h"
#include "density/moving.h"
#include "density/staged.h"
#include "ssm.h"

typedef struct {
    linear_law linear;         /* where the boundaries are linear and the drift is constant */
    const moving_law *moving;  /* else, or staged, or levy; NULL for a linear one */
    staged_law *staged;        /* which solves as far as it is asked */
    const levy_law *levy;      /* in units of time_unit; the non-decision time is constant */
    double time_unit;
    double start_halfwidth;    /* relative to boundary; not with moving */
    ssm_ndt_kind ndt_kind;
    double ndt_location, ndt_scale;
    double max_t, deadline;
    int shares_at_infinity; /* as of ssm_law */
} response_law;

/* Derivatives of a log density of responses, in addition to linear.h's. */
enum {
    BY_START_HALFWIDTH = N_DERIVATIVES,
    BY_NDT_LOCATION,
    BY_NDT_SCALE,
    N_RESPONSE_DERIVATIVES
};

/* Log density of a response at rt with the choice of a side; -inf outside the support.  derivatives
 * is NULL or takes N_RESPONSE_DERIVATIVES of them, 0 outside. */
double response_log_density(const response_law *law, int side, double rt, double *derivatives);

/* ---- parts of the above --------------------------------------------------------------------------- */

/* Log of the density of decisions is roughly -early / t - late t: a sharp onset, an exponential tail. */
typedef struct {
    double early, late, end; /* no decisions after the end */
} outline;

outline outline_of(const response_law *law, int side);

/* Log density of the decision time, and the probability of a start beyond a side. */
double decision_log_density(const response_law *law, int side, double t, double *derivatives);
double start_atom(const response_law *law, int side);

int has_constant_ndt(const response_law *law);
double constant_ndt(const response_law *law);

/* ---- probabilities -------------------------------------------------------------------------------- */

/* Probability of a response by rt at a side, and of no response by rt (+inf: ever) at any. */
double response_cdf(const response_law *law, int side, double rt);
double response_survival(const response_law *law, double rt);

/* Log probability of not having left by t, for drift_sd 0. */
double linear_log_survival(const linear_law *law, double t);

/* Integral of rt over the responses of a side: their mean times their probability. */
double response_first_moment(const response_law *law, int side);

#endif
