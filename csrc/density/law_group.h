/* Observations of a diffusion that share a law in closed form, or a numerical solution: a run of trials. */
#ifndef SSM_LAW_GROUP_H
#define SSM_LAW_GROUP_H

#include "density/law.h"

typedef struct {
    const ssm_law *law;
    ssm_isa isa;
    int64_t begin, end;
    int n_one_sided; /* derivatives by differences to one side: their columns, and the weights of the values */
    int column[SSM_LAW_PARAMETERS];
    double weight[SSM_LAW_PARAMETERS];
    moving_law *solution; /* NULL: in closed form */
    moving_law *moved;    /* at parameters of which one is moved, for differences */
} law_group;

/* Where the longest run of observations ends that begins at `begin` and shares a solution, and with a gradient
 * those for its derivatives. */
int64_t group_end(const ssm_law *law, int64_t begin, int64_t end, int with_gradient);

/* Log densities of a group, and derivatives if gradient is not NULL; see ssm_law_log_density(). */
ssm_error group_log_density(law_group *group, const double *rts, const int32_t *choices, double *log_density,
                            double *gradient, ssm_cancel *cancel);

/* The same for observations begin to end, in groups that are solved one after the other. */
ssm_error groups_log_density(law_group *group, int64_t begin, int64_t end, const double *rts,
                             const int32_t *choices, double *log_density, double *gradient,
                             ssm_cancel *cancel);

/* Adds the derivatives of a group that are differences of log densities. */
ssm_error group_add_differences(const law_group *group, const double *rts, const int32_t *choices,
                                double *gradient, ssm_cancel *cancel);

#endif
