/* Densities and probabilities of responses: the laws from which the samplers draw.
 *
 * Observations are numbered trial by trial: observation i belongs to trial i / n_per_trial.
 */
#ifndef SSM_DENSITY_H
#define SSM_DENSITY_H

#include "ssm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Parameters by which derivatives are taken: those of the roles, then those of the boundary, then
 * those of the drift. */
enum {
    SSM_LAW_BOUNDARY = SSM_N_ROLES,
    SSM_LAW_DRIFT = SSM_LAW_BOUNDARY + SSM_CURVE_PARAMETERS,
    SSM_LAW_PARAMETERS = SSM_LAW_DRIFT + SSM_CURVE_PARAMETERS
};

/* SLOPES is for differences between solutions that take the same steps. */
typedef enum { SSM_ACCURACY_DEFAULT, SSM_ACCURACY_SLOPES, SSM_ACCURACY_HIGH } ssm_accuracy;

/* The laws of the trials of a problem that has passed its check.
 *
 * Of a diffusion: between linear boundaries, with constant drift, they have a closed form (Navarro & Fuss 2009;
 * Gondan, Blurton & Kesselmeier 2014), with quadrature over parameters that vary.  Else they are solved
 * numerically, once for each run of trials that differ only in base drift, its standard deviation,
 * non-decision time and deadline; of evidence in two parts, once for each trial.  Of independent accumulators: the density of the winner times the
 * survival of the others; choices without a time have a probability instead.  Accumulators that are
 * reflected at 0 below a boundary that moves are solved numerically.  Of a cascade: products, or
 * convolutions, of densities and distribution functions of its levels; levels that interact are
 * solved on a square.  Under a drift that follows gaze: from fixation to
 * fixation, whose onsets are given.
 */
typedef struct {
    const ssm_problem *problem;
    double max_t;  /* longest decision time, may be +inf; the problem's own is not read */
    double last_t; /* of the observations of a call, +inf if there are omissions */
    ssm_accuracy accuracy;
    int64_t n_per_trial;
    int shares_at_infinity; /* at +inf: the log probability of any response with the choice, for -inf */
    /* Numerical solutions of trials k n_like + 1, ..., (k + 1) n_like - 1 take the steps of that of trial
     * k n_like, so that differences between them are smooth; calls must not divide such a run.  Not of a
     * diffusion, which has derivatives of its own. */
    int64_t n_like;
    /* The column of each of the SSM_LAW_PARAMETERS derivatives in a row of the gradient, which is the sum
     * of those that share it; -1: it is left out.  NULL: all, in order. */
    const int32_t *columns;
    int n_columns;
} ssm_law;

/* Features that a law cannot have. */
typedef enum {
    SSM_LAW_OK = 0,
    SSM_LAW_NO_NOISE,        /* there is no density; the rest is not implemented */
    SSM_LAW_OTHER_PROCESS,
    SSM_LAW_NDT_OF_RACE,     /* non-decision time that varies, in a race, of levels or of evidence in two parts */
    SSM_LAW_REFLECTED,       /* accumulators that are reflected at 0, with a range of starts */
    SSM_LAW_COUPLED,         /* accumulators that leak or inhibit each other */
    SSM_LAW_CURVED_RACE,     /* a race toward a boundary that is not linear */
    SSM_LAW_LEVY_NOISE,
    SSM_LAW_GROWING_PART,    /* evidence in two parts, of which one has a negative leak */
    SSM_LAW_MOVING_START,    /* a start that varies, between boundaries that move */
    SSM_LAW_LEAK_AND_DRIFT_SD,
    SSM_LAW_NO_GAZE,         /* a drift that follows gaze, without fixations */
    SSM_LAW_DRAWN_GAZE,      /* or with some that are drawn */
    SSM_LAW_STRONG_DRIFT,    /* under Levy noise: more than its basis can tell */
    SSM_LAW_CURVED_GAZE,     /* or between boundaries that are not linear */
    SSM_LAW_STEEP_BOUNDARY   /* a boundary of a user's own jumps, or changes nearly as fast */
} ssm_law_defect;

/* The first defect of any trial. */
ssm_law_defect ssm_law_check(const ssm_law *law, int64_t *trial);

/* Whether a log density is one closed expression, of a tenth of a microsecond. */
int ssm_law_is_plain(const ssm_law *law);

/* Log densities of observations begin <= i < end: of a response at rts[i] with choices[i] (-1, +1),
 * -inf where there can be none; of an omission, whatever its choice, where rts[i] is SSM_OMISSION.
 *
 * gradient is NULL or has a row of derivatives for each observation, of SSM_LAW_PARAMETERS or of the
 * law's n_columns; they are 0 where the density is.  Those of a numerical solution are differences
 * between solutions of SSM_ACCURACY_SLOPES or better, but for the base drift and its standard deviation.  Processes other than a
 * diffusion and attention, Levy noise, and evidence in two parts have none here.
 */
ssm_error ssm_law_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                              const double *rts, const int32_t *choices, double *log_density,
                              double *gradient, ssm_cancel *cancel);

typedef enum {
    SSM_RESPONSE_BY = 0,    /* P(response at or before rt, choice) */
    SSM_NO_RESPONSE_BY = 1, /* P(no response at or before rt); the choice is not read */
    SSM_MEAN_RESPONSE = 2   /* E[response time; choice], the integral over responses; rt is not read */
} ssm_probability_kind;

/* The same numbering; values are probabilities, or seconds. */
ssm_error ssm_law_probability(const ssm_law *law, ssm_isa isa, ssm_probability_kind kind,
                              int64_t begin, int64_t end, const double *rts,
                              const int32_t *choices, double *values, ssm_cancel *cancel);

/* ---- likelihoods: the model stays, parameters move --------------------------------------------- */

enum { SSM_LIKELIHOOD_PARAMETERS = 16 };

/* A model of a diffusion without tables, whose parameters are numbered.  It has no pointers, so that it
 * can be copied, and stored with a program that calls it. */
typedef struct {
    int32_t n_parameters, ndt_kind, boundary, drift, start_is_relative, accuracy;
    int32_t isa;                         /* an ssm_isa, used where the processor has it */
    uint32_t played;                     /* as of ssm_problem */
    int32_t parameter[SSM_LAW_PARAMETERS]; /* the one that has this role or place, or -1 */
    double constant[SSM_LAW_PARAMETERS];   /* the value where none has */
    double max_t;
} ssm_likelihood;

/* The likelihood of a law, whose columns are the parameters; returns whether there is one. */
int ssm_likelihood_of(const ssm_law *law, ssm_isa isa, ssm_likelihood *likelihood);

/* Numbers of a caller: number k is at data[k * stride], a float or a double. */
typedef struct {
    void *data;
    int64_t stride;
    int64_t is_float;
} ssm_numbers;

/* Log densities of n trials.
 *
 * inputs: response times, choices, then each parameter; stride 0 for a parameter that all trials share.
 * outputs: log densities, and with the gradient the derivatives by each parameter.  A trial with a
 * parameter value that is not allowed has log density -inf and derivatives 0.  SSM_BAD_DATA: a response
 * time is NaN, or a choice neither -1 nor +1.  After an error outputs are unspecified.  Numerical
 * solutions allocate memory in proportion to n; trials that can share a solution do.
 */
ssm_error ssm_likelihood_log_density(const ssm_likelihood *likelihood, int64_t n,
                                     const ssm_numbers *inputs, const ssm_numbers *outputs,
                                     int with_gradient, ssm_cancel *cancel);

#ifdef __cplusplus
}
#endif

#endif
