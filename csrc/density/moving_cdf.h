/* Distribution functions of a solution: integrals of its density, kept at its nodes. */
#ifndef SSM_MOVING_CDF_H
#define SSM_MOVING_CDF_H

#include "density/moving.h"

/* Of one base drift; to be made with zeros. */
typedef struct {
    int n_known[2];                     /* nodes */
    double log_before[2][MOVING_NODES]; /* log probability of having left at a side by a node */
} moving_cdf;

/* Log probability of having left at a side by t. */
double moving_log_cdf(const moving_law *law, moving_cdf *cdf, int side, double t);

/* Log probability of leaving at a side after t, but before the solution ends. */
double moving_log_to_come(const moving_law *law, int side, double t);

/* Log probability of not having left by t; it keeps its relative accuracy. */
double moving_log_survival(const moving_law *law, moving_cdf *cdf, double t);

#endif
