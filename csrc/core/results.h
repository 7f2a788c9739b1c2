/* Limits of time, and the results of a block of samples: one rule and one writer for all. */
#ifndef SSM_RESULTS_H
#define SSM_RESULTS_H

#include <math.h>

#include "ssm.h"

/* Longest decision time of any sample. */
static inline double longest_time(const ssm_problem *p)
{
    return p->max_t < INFINITY ? p->max_t : SSM_LAST_TIME;
}

/* Longest decision time of a sample: a decision at or after it is too late. */
static inline double time_limit(const ssm_problem *p, double deadline, double ndt)
{
    double left = deadline - ndt, last = longest_time(p);
    return left < last ? left : last;
}

/* Plain steps that a sample may take.  It is looked at up to the first time after its
 * deadline: whether it has responded before, its blurred time tells. */
static inline double most_steps(const ssm_problem *p, double deadline, double ndt)
{
    const double rounding = 1.0 + 1e-12, most = SSM_MAX_STEPS;
    double by_time = longest_time(p) / p->delta_t * rounding;
    double by_deadline = deadline < ndt ? 0.0 : (deadline - ndt) / p->delta_t + 1.0;
    double steps = by_time < by_deadline ? by_time : by_deadline;
    return (double)(int64_t)(steps < most ? steps : most);
}

/* Where a path has the point of its problem at time k of the grid. */
static inline int64_t path_place(const ssm_problem *p, int64_t k)
{
    return k * p->n_particles + p->particle;
}

/* Write times of a block of samples: decision time (infinite: an omission) plus non-decision time.
 * Sample i goes to place `first + i * step`. */
static inline void write_times(float *to, const double *decision_time, const double *ndt,
                               int count, int64_t first, int64_t step)
{
    for (int i = 0; i < count; i++) {
        double rt = decision_time[i] + ndt[i];
        to[first + i * step] = isinf(decision_time[i]) ? SSM_OMISSION : (float)rt;
    }
}

/* The same for response times, with labels. */
static inline void write_results(const ssm_results *results, const double *decision_time,
                                 const double *ndt, const double *label, int count, int64_t first,
                                 int64_t step)
{
    float *restrict rts = results->rts + first;
    int32_t *restrict choices = results->choices + first;
    int32_t any_omitted = 0;
    if (step == 1) { /* loops of which compilers make vectors */
        for (int i = 0; i < count; i++)
            rts[i] = (float)(decision_time[i] + ndt[i]);
        for (int i = 0; i < count; i++)
            any_omitted |= rts[i] == INFINITY;
        for (int i = 0; i < count; i++)
            choices[i] = (int32_t)label[i];
    } else {
        any_omitted = 1;
        for (int i = 0; i < count; i++) {
            rts[i * step] = (float)(decision_time[i] + ndt[i]);
            choices[i * step] = (int32_t)label[i];
        }
    }
    for (int i = 0; any_omitted && i < count; i++)
        if (decision_time[i] == INFINITY)
            rts[i * step] = SSM_OMISSION;
}

#endif
