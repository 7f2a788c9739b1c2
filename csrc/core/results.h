/* Limits of time, and the results of a block of samples: one rule and one writer for all. */
#ifndef SSM_RESULTS_H
#define SSM_RESULTS_H

#include <math.h>

#include "ssm.h"

/* Longest decision time of a sample: a decision at or after it is too late. */
static inline double time_limit(const ssm_problem *p, double deadline, double ndt)
{
    double left = deadline - ndt;
    return left < p->max_t ? left : p->max_t;
}

/* Write the samples of a block: decision time (infinite: an omission) plus non-decision time, and
 * label.  Sample i goes to place `first + i * step`. */
static inline void write_results(const ssm_results *results, const double *decision_time,
                                 const double *ndt, const double *label, int count, int64_t first,
                                 int64_t step)
{
    float *rts = results->rts + first;
    int32_t *choices = results->choices + first;
    for (int i = 0; i < count; i++) {
        double rt = decision_time[i] + ndt[i];
        rts[i * step] = isinf(decision_time[i]) ? SSM_OMISSION : (float)rt;
        choices[i * step] = (int32_t)label[i];
    }
}

#endif
