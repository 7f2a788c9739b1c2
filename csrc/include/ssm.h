/* The whole interface of the core: structs in, arrays out.
 *
 * The core knows nothing of Python, keeps no global state and allocates nothing.  Every function
 * that can fail returns an ssm_error; ssm_strerror() words it.  Times are in seconds, evidence in
 * arbitrary units, drift in evidence per second, noise in evidence per square root of a second.
 */
#ifndef SSM_H
#define SSM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Response time that marks a sample without a response in time. */
#define SSM_OMISSION (-999.0f)

/* Samples of one trial, and trials of one call, are numbered by 32 bits. */
#define SSM_MAX_COUNT INT64_C(4294967295)

typedef enum {
    SSM_OK = 0,
    SSM_CANCELLED = 1, /* *cancel became non-zero; what was written so far is unspecified */
    SSM_BAD_COUNT = 2, /* a count is negative, or larger than SSM_MAX_COUNT */
    SSM_BAD_RANGE = 3, /* begin and end do not lie in [0, n_samples * n_trials] */
    SSM_BAD_VALUE = 4  /* a parameter has no meaning; ssm_*_check() says which */
} ssm_error;

const char *ssm_strerror(ssm_error error);

/* ---- instruction sets --------------------------------------------------------------------- */

/* The kernels are compiled once for each; all give the same bits. */
typedef enum { SSM_ISA_BASELINE = 0, SSM_ISA_AVX2 = 1, SSM_ISA_AVX512 = 2 } ssm_isa;

/* The widest instruction set that this build and this processor both have. */
ssm_isa ssm_best_isa(void);

/* "baseline", "avx2" or "avx512". */
const char *ssm_isa_name(ssm_isa isa);

/* ---- parameters --------------------------------------------------------------------------- */

/* One parameter of every trial: trial k has data[k * stride]; stride 0 gives all the same. */
typedef struct {
    const double *data;
    int64_t stride;
} ssm_column;

static inline double ssm_get(ssm_column column, int64_t trial)
{
    return column.data[trial * column.stride];
}

/* How the non-decision time of a sample is distributed, given its location and scale. */
typedef enum {
    SSM_NDT_CONSTANT = 0,         /* location */
    SSM_NDT_UNIFORM = 1,          /* U(location - scale, location + scale) */
    SSM_NDT_NORMAL = 2,           /* N(location, scale), scale a standard deviation */
    SSM_NDT_TRUNCATED_NORMAL = 3, /* the same, truncated to [0, inf) */
    SSM_NDT_RAYLEIGH = 4          /* Rayleigh of that scale; the location is not read */
} ssm_ndt_kind;

/* ---- Wiener process between linear boundaries --------------------------------------------- */

/* dx = drift dt + noise dW from x(0) = boundary (2 start - 1), until |x| = boundary - t tan(angle).
 *
 * Trial to trial the drift is N(drift, drift_sd); the start is moved by
 * U(-start_halfwidth, start_halfwidth), in units of evidence, or of the relative start.  The
 * response time is the exit time plus the non-decision time.  A sample that has not exited by
 * max_t, or not responded before its deadline, is an omission: its response time is
 * SSM_OMISSION, and its choice the side of 0 on which the process was at that limit.
 */
typedef struct {
    int64_t n_samples, n_trials;
    uint64_t seed;
    double max_t;
    ssm_column drift, drift_sd;
    ssm_column boundary; /* half the separation, > 0 */
    ssm_column start;    /* relative, in (0, 1) */
    ssm_column start_halfwidth;
    ssm_column noise;                   /* >= 0 */
    ssm_column ndt_location, ndt_scale; /* see ssm_ndt_kind */
    ssm_column deadline;                /* on the scale of the response time; may be +inf */
    ssm_column angle;                   /* of collapse, radians in (-pi/2, pi/2); 0: constant */
    ssm_ndt_kind ndt_kind;
    int start_halfwidth_is_relative;
    /* Draw each trial's samples from a table of their law; not with variability of drift or start.
     * Results are then numbered trial by trial: i is sample i % n_samples of trial i / n_samples. */
    int tabulate;
    int64_t first_trial; /* number of the first trial, 0 unless trials are taken one by one */
} ssm_wiener;

/* What may be wrong with a trial of an ssm_wiener. */
typedef enum {
    SSM_ROLE_NONE = 0,
    SSM_ROLE_DRIFT,
    SSM_ROLE_DRIFT_SD,
    SSM_ROLE_BOUNDARY,
    SSM_ROLE_START,
    SSM_ROLE_START_HALFWIDTH,
    SSM_ROLE_NOISE,
    SSM_ROLE_NDT_LOCATION,
    SSM_ROLE_NDT_SCALE,
    SSM_ROLE_DEADLINE,
    SSM_ROLE_ANGLE
} ssm_role;

/* SSM_OK, or SSM_BAD_VALUE with the first role and trial whose value has no meaning. */
ssm_error ssm_wiener_check(const ssm_wiener *problem, ssm_role *role, int64_t *trial);

/* Samples begin <= i < end of the call, exactly and without time steps.
 *
 * Number i is sample n = i / n_trials of trial k = i % n_trials, unless the problem says otherwise.
 * It is written to rts and choices (-1 lower, +1 upper) at n * n_trials + k, and depends on the
 * seed, n, k and the parameters of that trial only: any division of [0, n_samples * n_trials) gives
 * the same arrays.
 * The problem must have passed ssm_wiener_check().  *cancel is read every few hundred samples.
 */
ssm_error ssm_wiener_sample(const ssm_wiener *problem, ssm_isa isa, int64_t begin, int64_t end,
                            float *rts, int32_t *choices, const volatile int *cancel);

/* A path of sample 0 of trial 0 on the grid 0, delta_t, ..., (n_grid - 1) delta_t, drawn from the
 * law of the process given that sample's response; SSM_OMISSION after its end. */
ssm_error ssm_wiener_path(const ssm_wiener *problem, double delta_t, int64_t n_grid, float *path);

/* ---- diffusion between boundaries that move, with drift that changes, leak, Levy noise ------- */

enum { SSM_CURVE_PARAMETERS = 12 };

/* Boundaries b(tau): formulas and order of parameters in curves.h. */
typedef enum {
    SSM_BOUNDARY_CONSTANT = 0,             /* a */
    SSM_BOUNDARY_ANGLE = 1,                /* a, theta */
    SSM_BOUNDARY_WEIBULL = 2,              /* a, alpha, beta */
    SSM_BOUNDARY_GENERALIZED_LOGISTIC = 3, /* a, B, M, v */
    SSM_BOUNDARY_CONFLICT_GAMMA = 4,       /* a, theta, scale, alphaGamma, scaleGamma */
    SSM_BOUNDARY_LINEAR = 5,               /* a, b */
    SSM_BOUNDARY_TABLE = 6                 /* row of the table */
} ssm_boundary_kind;

/* Drifts v(tau).  Offsets may be +inf. */
typedef enum {
    SSM_DRIFT_CONSTANT = 0,    /* v */
    SSM_DRIFT_GAMMA = 1,       /* v, shape, scale, c */
    SSM_DRIFT_CONFLICT_DS = 2, /* v, tinit, dinit, tslope, dslope, tfixedp, tcoh, dcoh */
    SSM_DRIFT_CONFLICT_DSSTIMFLEX = 3,   /* the same, tonset, donset */
    SSM_DRIFT_CONFLICT_STIMFLEX = 4, /* v, vt, vd, tcoh, dcoh, tonset, donset, toffset, doffset */
    SSM_DRIFT_CONFLICT_STIMFLEXREL1 = 5, /* the same */
    SSM_DRIFT_CONFLICT_DUAL = 6,         /* the same without v; two columns: target, distractor */
    SSM_DRIFT_ATTEND = 7,                /* v, ptarget, pouter, pinner, r, sda */
    SSM_DRIFT_ATTEND_SIMPLE = 8,         /* v, ptarget, pouter, r, sda */
    SSM_DRIFT_TABLE = 9,                 /* row of the table */
    SSM_DRIFT_TABLE_DUAL = 10            /* row of the table, which has two columns */
} ssm_drift_kind;

/* Curves of a caller's own, known at the times origin (exp(j / density) - 1), j < n_points.
 *
 * values[(row * n_points + j) * n_columns + column]; between two times the curve is linear in j,
 * after the last it stays.  smooth[row * n_points + j] is a time: from point j until then the
 * curve is close to a parabola.
 */
typedef struct {
    const double *values, *smooth;
    int64_t n_points, n_columns;
    double origin, density;
} ssm_table;

/* Writes `smooth` of a table that has the rest: the times up to which a parabola is as close to each
 * column as `closeness` says, in units of the column's largest value.  `times` are the table's. */
ssm_error ssm_find_spans(const ssm_table *table, int64_t n_rows, const double *times,
                         double closeness, double *smooth);

/* dx = (v(tau) - leak x) dtau + noise dW (or dL), until |x| = b(tau).
 *
 * `trial` gives sizes, seed, limits, noise, start, and what varies from trial to trial, as in an
 * ssm_wiener: the start is b(0) (2 start - 1), shifted as there; the drift of a sample is v(tau)
 * plus N(0, drift_sd).  The drift, boundary and angle columns of `trial` are checked and not used:
 * the curves have parameters of their own.
 *
 * A drift of two columns is that of two parts, x = x(0) + x_1 + x_2, part i of which has column i
 * as its drift, its own leak (leak and leak_2), and half of the same noise.
 *
 * With has_stability, L is a Levy process of that stability alpha, E exp(ikL) = exp(-tau |k|^alpha)
 * (at 2 it is Brownian motion of twice the variance of W).
 */
typedef struct {
    ssm_wiener trial;
    ssm_column leak, leak_2; /* per second; negative: evidence grows */
    ssm_column stability;    /* in [1, 2] */
    ssm_boundary_kind boundary_kind;
    ssm_drift_kind drift_kind;
    ssm_column boundary_parameters[SSM_CURVE_PARAMETERS];
    ssm_column drift_parameters[SSM_CURVE_PARAMETERS];
    ssm_table boundary_table, drift_table;
    double delta_t;   /* step of ssm_diffusion_euler() */
    int smooth_times; /* it adds U(-delta_t / 2, delta_t / 2) to the times of exit */
    int has_leak, has_stability;
} ssm_diffusion;

/* What may be wrong with a trial of an ssm_diffusion, besides an ssm_role. */
typedef enum {
    SSM_ROLE_LEAK = SSM_ROLE_ANGLE + 1,
    SSM_ROLE_LEAK_2,
    SSM_ROLE_STABILITY,
    SSM_ROLE_BOUNDARY_PARAMETER, /* the last two with the number of the parameter */
    SSM_ROLE_DRIFT_PARAMETER
} ssm_diffusion_role;

/* SSM_OK, or SSM_BAD_VALUE with the first trial, role and number of the parameter whose value has
 * no meaning. */
ssm_error ssm_diffusion_check(const ssm_diffusion *problem, int *role, int *parameter,
                              int64_t *trial);

/* Numbers of parameters of a boundary or drift; -1 if there is no such kind. */
int ssm_boundary_parameters(ssm_boundary_kind kind);
int ssm_drift_parameters(ssm_drift_kind kind);

/* Samples begin <= i < end of the call, numbered and written as by ssm_wiener_sample().
 *
 * By steps as long as the curves allow, with the probability that a bridge between their ends has
 * touched a boundary, and the time at which it has.
 */
ssm_error ssm_diffusion_bridge(const ssm_diffusion *problem, ssm_isa isa, int64_t begin,
                               int64_t end, float *rts, int32_t *choices,
                               const volatile int *cancel);

/* The same by steps of delta_t (Euler-Maruyama): the process is outside where it is so after a
 * whole number of steps, and that is when it left.  A sample that is inside after the last step up
 * to max_t, or whose response time is not below its deadline, is an omission. */
ssm_error ssm_diffusion_euler(const ssm_diffusion *problem, ssm_isa isa, int64_t begin,
                              int64_t end, float *rts, int32_t *choices,
                              const volatile int *cancel);

/* A path of sample 0 of trial 0, as by ssm_wiener_path(). */
ssm_error ssm_diffusion_path(const ssm_diffusion *problem, double delta_t, int64_t n_grid,
                             float *path);

/* What sample 0 of trial 0 of ssm_diffusion_euler() did: where it was after k < n_grid steps,
 * SSM_OMISSION after its last. */
ssm_error ssm_diffusion_euler_path(const ssm_diffusion *problem, int64_t n_grid, float *path);

/* ---- summaries ---------------------------------------------------------------------------- */

/* Counts over results numbered as in a call: i is sample i / n_trials of trial i % n_trials.
 *
 * Of each trial, counts holds 2 n_choices + 1 numbers: the label possible_choices[c] at c, the same
 * among responses only at n_choices + c, and samples without response at 2 n_choices.
 * histograms[h][b * n_choices + c] counts, over all trials, the responses of label c whose time
 * lies in bin b of [0, max_t], with edges linspace(0, max_t, n_bins[h]) and the last bin open.
 */
enum { SSM_HISTOGRAMS = 2 };

typedef struct {
    int64_t n_trials, n_choices;
    const int32_t *possible_choices;
    int64_t *counts;
    double max_t;
    int64_t n_bins[SSM_HISTOGRAMS];
    double *histograms[SSM_HISTOGRAMS];
} ssm_summary;

/* Adds results begin <= i < end to the counts, which the caller has set to 0 before the first. */
ssm_error ssm_summarize(const ssm_summary *summary, int64_t begin, int64_t end, const float *rts,
                        const int32_t *choices);

/* Shares of n_samples that follow from the counts of each trial: of each choice, of each choice
 * among responses (SSM_OMISSION where there are none), of omissions, and of responses with choice
 * `go`. */
ssm_error ssm_shares(const ssm_summary *summary, int64_t n_samples, int64_t go, double *choice_p,
                     double *choice_p_no_omission, double *omission_p, double *go_p);

#ifdef __cplusplus
}
#endif

#endif
