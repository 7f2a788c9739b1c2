/* The law of response time and choice of several accumulators or levels, from that of the decision.
 *
 * A response comes at decision time + non-decision time, if the decision time is at most max_t and the
 * response before the deadline; else it is an omission.
 */
#ifndef SSM_OUTCOME_H
#define SSM_OUTCOME_H

#include "ssm/density.h"

typedef struct {
    double ndt, deadline, max_t;
    int shares_at_infinity; /* as of ssm_law */
} outcome_limits;

/* Without non-decision time and deadline. */
outcome_limits limits_of(const ssm_law *law);

typedef struct {
    void *law;
    /* Log density of a decision with an outcome at t, 0 < t < inf; NaN counts as -inf.  NULL: outcomes
     * have no time, and `share` is all that there is. */
    double (*log_density)(void *law, int outcome, double t);
    /* Log probability of no decision by t, 0 <= t <= inf. */
    double (*log_survival)(void *law, double t);
    /* Probability of an outcome at time 0. */
    double (*at_once)(void *law, int outcome);
    /* Probability of an outcome by t, 0 < t <= inf; NULL: the integral of the density. */
    double (*share)(void *law, int outcome, double t);
    /* E[time of a decision; outcome, by t], 0 < t <= inf; NULL: likewise. */
    double (*moment)(void *law, int outcome, double t);
    double jump; /* time at which the density jumps; 0: it does not */
    outcome_limits limits;
} outcome_law;

/* Log density of a response at rt; log probability of an omission at SSM_OMISSION. */
double outcome_log_density(const outcome_law *law, int outcome, double rt);

/* Integrals of the density of an outcome from 0 to the ends of panels, as far as they are known. */
enum { OUTCOME_PANELS = 200 };
typedef struct {
    int n_known, panels; /* n_known -1: nothing is */
    double low, step;    /* in log time */
    double before[OUTCOME_PANELS + 1];
} outcome_sums;

/* See ssm_law_probability().  `sums` is NULL, or those of this outcome from earlier calls. */
double outcome_probability(const outcome_law *law, ssm_probability_kind kind, int outcome, double rt,
                           outcome_sums *sums);

#endif
