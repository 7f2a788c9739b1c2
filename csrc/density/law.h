/* The parameters of a trial, as a vector, and the law that they make. */
#ifndef SSM_LAW_H
#define SSM_LAW_H

#include "density/response.h"
#include "ssm/density.h"

/* Whether the boundaries are linear and the drift is constant. */
int has_closed_form(const ssm_law *law);

/* The parameters of a trial: SSM_LAW_PARAMETERS numbers, in the order of ssm_law. */
void read_roles(const ssm_law *law, int64_t trial, double *roles);

/* Of these only those that do not need a solution of their own; the others are as of a trial that shares one. */
void read_free_roles(const ssm_law *law, int64_t trial, double *roles);

/* The law in closed form, or with the solution `moving` that was made for these roles. */
response_law law_of(const ssm_law *law, const double *roles, moving_law *moving);

/* Sets the curves of a solution for roles. */
void set_curves_for(const ssm_law *law, const double *roles, ssm_isa isa, moving_law *moving);

/* Relative distance of the start from a side, as in linear.h: 0 if it is nearer than a solution can tell. */
double start_distance(const ssm_law *law, const double *roles, int side);

/* What a solution is for, beside densities: see moving.h. */
typedef struct {
    const moving_law *like;
    int notes_shares;
    double followed_at;
} solution_use;

/* Solves for roles; see moving_solve().  The use may be NULL. */
int solve_for(const ssm_law *law, const double *roles, double last_t, const solution_use *use, ssm_isa isa,
              moving_law *moving);

/* Whether a solution ends before the time that was asked for, while paths are left. */
int ends_too_early(const ssm_law *law, const double *roles, moving_law *moving);

/* Whether a parameter does not need a solution of its own. */
int is_free(const ssm_law *law, const double *roles, int role);

/* Whether laws with these roles can share a solution. */
int can_share(const ssm_law *law, const double *a, const double *b);

/* The width of a row of a gradient, and the column of a derivative or -1. */
int gradient_width(const ssm_law *law);
int gradient_column(const ssm_law *law, int role);

/* Writes row i of a gradient from the derivatives by all roles. */
void put_derivatives(const ssm_law *law, const double *by_roles, double *gradient, int64_t i);

/* The same from the derivatives by the law: all are 0 where the log density is not finite. */
void write_derivatives(const ssm_law *law, const double *roles, const response_law *response,
                       double log_density, const double *derivatives, double *gradient, int64_t i);

/* Log density of one observation; derivatives as of response_log_density(). */
double observation_log_density(const response_law *response, double rt, int32_t choice,
                               double *derivatives);

/* The probability of a kind, see ssm_law_probability(). */
double observation_probability(const response_law *response, ssm_probability_kind kind, double rt,
                               int side);

/* How much a linear boundary falls in a second, and the derivative of that by its second parameter. */
double collapse_of(const ssm_law *law, const double *roles, double *by_parameter);

#endif
