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
 * Diffusions between linear boundaries with a constant drift have a closed form (Navarro & Fuss 2009; Gondan,
 * Blurton & Kesselmeier 2014), with quadrature over parameters that vary.  Others are solved numerically: once
 * for each run of trials that differ only in base drift, its standard deviation, non-decision time and
 * deadline; evidence in two parts once for each trial.  A drift that follows gaze is solved from fixation to
 * fixation; their onsets must be given.
 *
 * Of independent accumulators it is the density of the winner times the survival of the others; those that are
 * reflected at 0 below a boundary that moves are solved numerically.  Choices without a response time have a
 * probability instead.  Of a cascade it consists of products, or convolutions, of densities and distribution
 * functions of its levels; levels that interact are solved in two dimensions.
 */
typedef struct {
    const ssm_problem *problem;
    double max_t;  /* longest decision time (seconds), may be INFINITY; that of the problem is not read */
    double last_t; /* latest observation of a call (seconds); INFINITY if there are omissions */
    ssm_accuracy accuracy;
    int64_t n_per_trial;    /* observations of each trial */
    int shares_at_infinity; /* whether the log density at INFINITY is the log probability of any response
                             * with the choice; else it is -INFINITY */
    /* Numerical solutions of trials k n_like + 1, ..., (k + 1) n_like - 1 take the steps of that of trial
     * k n_like, so that differences between them are smooth; calls must not divide such a run.  Diffusions,
     * which have derivatives, do not read it. */
    int64_t n_like;
    /* The column of each of the SSM_LAW_PARAMETERS derivatives in a row of the gradient; -1: none.
     * Derivatives with the same column are added.  NULL: all derivatives, in order. */
    const int32_t *columns;
    int n_columns;
} ssm_law;

/* Why there is no density, or none that is implemented.  X(name, words) */
#define SSM_LAW_DEFECTS(X)                                                                          \
    X(NO_NOISE, "no noise")             /* there is no density */                                   \
    X(OTHER_PROCESS, "other process")                                                               \
    X(NDT_OF_RACE, "ndt of race")       /* non-decision times vary, and there are several           \
                                         * accumulators or levels, or evidence in two parts */      \
    X(REFLECTED, "reflected")           /* accumulators are reflected at 0 and have a start_range */ \
    X(COUPLED, "coupled")               /* accumulators leak or inhibit each other */               \
    X(CURVED_RACE, "curved race")       /* a race has a boundary that is not linear */              \
    X(LEVY_NOISE, "Levy noise")         /* with a boundary or drift that is not constant, or        \
                                         * parameters that vary over samples */                     \
    X(GROWING_PART, "growing part")     /* one of two parts of evidence has a negative leak */      \
    X(MOVING_START, "moving start")     /* starts vary, and there is no closed form */              \
    X(LEAK_AND_DRIFT_SD, "leak and drift sd")                                                       \
    X(NO_GAZE, "no gaze")               /* the drift follows gaze, and there are no fixations, */   \
    X(DRAWN_GAZE, "drawn gaze")         /* or some are drawn, */                                    \
    X(CURVED_GAZE, "curved gaze")       /* or the boundary is not linear */                         \
    X(STRONG_DRIFT, "strong drift")     /* under Levy noise: see SSM_LEVY_DRIFT_MAX */            \
    X(STEEP_BOUNDARY, "steep boundary") /* a table of a boundary: see SSM_STEEPEST_BOUNDARY */

typedef enum {
    SSM_LAW_OK = 0,
#define X(name, words) SSM_LAW_##name,
    SSM_LAW_DEFECTS(X)
#undef X
    SSM_N_LAW_DEFECTS
} ssm_law_defect;

/* The words of a defect; "unknown" for SSM_LAW_OK and other numbers. */
const char *ssm_law_defect_name(ssm_law_defect defect);

/* A boundary of a user's own may change by this many noise^2 / boundary in a second: then probabilities are
 * right to 5 %. */
#define SSM_STEEPEST_BOUNDARY 30.0

/* Under Levy noise of index alpha the solution takes drifts, in units of noise^alpha / boundary^(alpha - 1), up
 * to the smaller of SCALE exp(GROWTH (alpha - 1)) and MAX: then log densities are right to about 0.3. */
#define SSM_LEVY_DRIFT_SCALE 3.5
#define SSM_LEVY_DRIFT_GROWTH 3.2
#define SSM_LEVY_DRIFT_MAX 40.0

/* The first defect of any trial, and the trial that has it; SSM_LAW_OK if there is none. */
ssm_law_defect ssm_law_check(const ssm_law *law, int64_t *trial);

/* Whether a log density is one closed expression, of a tenth of a microsecond. */
int ssm_law_is_plain(const ssm_law *law);

/* Writes log_density[i] for observations begin <= i < end: of a response at rts[i] (seconds) with label
 * choices[i], -INFINITY where there can be none; where rts[i] is SSM_OMISSION the log probability of an
 * omission, and the choice is not read.
 *
 * gradient is NULL, or gradient[i * n_columns + column] are derivatives (SSM_LAW_PARAMETERS columns where the
 * law has no `columns`), 0 where the density is 0.  Those of a numerical solution are differences between
 * solutions of SSM_ACCURACY_SLOPES or better, except by the base drift and its standard deviation.  Only
 * diffusions with Gaussian noise and evidence in one part, and process attention, have derivatives.
 *
 * Returns SSM_OK; SSM_CANCELLED; SSM_BAD_RANGE; SSM_BAD_METHOD if there are no derivatives; SSM_NO_MEMORY;
 * SSM_TOO_MANY_STEPS.  Values are unspecified unless it is SSM_OK.
 */
ssm_error ssm_law_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                              const double *rts, const int32_t *choices, double *log_density,
                              double *gradient, ssm_cancel *cancel);

/* P is a probability, E an expectation (seconds). */
typedef enum {
    SSM_RESPONSE_BY = 0,    /* P(response at or before rt, choice) */
    SSM_NO_RESPONSE_BY = 1, /* P(no response at or before rt); the choice is not read */
    SSM_MEAN_RESPONSE = 2   /* E[response time; choice], the integral over responses; rt is not read */
} ssm_probability_kind;

/* Writes values[i], a probability or an expectation, for observations begin <= i < end at rts[i] (seconds,
 * may be INFINITY) with label choices[i].  Returns what ssm_law_log_density() does. */
ssm_error ssm_law_probability(const ssm_law *law, ssm_isa isa, ssm_probability_kind kind,
                              int64_t begin, int64_t end, const double *rts,
                              const int32_t *choices, double *values, ssm_cancel *cancel);

/* ---- likelihoods: the model stays, parameters move --------------------------------------------- */

enum { SSM_LIKELIHOOD_PARAMETERS = 16 };

/* A model of a diffusion whose curves are built-in ones, and whose parameters are numbered from 0.  It has no
 * pointers, so that it can be copied, and stored with a program that calls it. */
typedef struct {
    int32_t n_parameters, ndt_kind, boundary, drift, start_is_relative, accuracy;
    int32_t isa;                         /* an ssm_isa, used where the processor has it */
    uint32_t played;                     /* as of ssm_problem */
    int32_t parameter[SSM_LAW_PARAMETERS]; /* the number of the parameter at this place of a gradient, or -1 */
    double constant[SSM_LAW_PARAMETERS];   /* the value where there is none */
    double max_t;                          /* longest decision time (seconds) */
} ssm_likelihood;

/* Sets the likelihood of a law, whose columns are the numbers of the parameters; constants are those of its
 * first trial.  Returns whether there is one: closed forms and numerical solutions that trials can share. */
int ssm_likelihood_of(const ssm_law *law, ssm_isa isa, ssm_likelihood *likelihood);

/* Numbers of a caller: number k is at data[k * stride], a float or a double. */
typedef struct {
    void *data;
    int64_t stride;
    int64_t is_float;
} ssm_numbers;

/* Writes log densities of n trials, one observation each.
 *
 * inputs: response times (seconds), choices (-1 or +1), then each parameter; 2 + n_parameters of them.  Stride
 * 0: all trials share the number.  outputs: log densities and, with the gradient, derivatives by each
 * parameter; 1, or 1 + n_parameters of them.  A trial with a parameter value that is not allowed has log
 * density -INFINITY and derivatives 0.
 *
 * Returns what ssm_law_log_density() does; SSM_BAD_COUNT and SSM_BAD_KIND if the likelihood is none of
 * ssm_likelihood_of(); SSM_BAD_DATA if a response time is NaN, or a choice neither -1 nor +1.  Outputs are
 * unspecified unless it is SSM_OK.  Numerical solutions need memory in proportion to n; trials that can share
 * a solution do.
 */
ssm_error ssm_likelihood_log_density(const ssm_likelihood *likelihood, int64_t n,
                                     const ssm_numbers *inputs, const ssm_numbers *outputs,
                                     int with_gradient, ssm_cancel *cancel);

#ifdef __cplusplus
}
#endif

#endif
