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
 * Number i is sample i / n_trials of trial i % n_trials.  It is written to rts[i] and choices[i]
 * (-1 lower, +1 upper), and depends on the seed, its sample number, its trial number and its
 * trial's parameters only: any division of [0, n_samples * n_trials) gives the same arrays.
 * The problem must have passed ssm_wiener_check().  *cancel is read every few hundred samples.
 */
ssm_error ssm_wiener_sample(const ssm_wiener *problem, ssm_isa isa, int64_t begin, int64_t end,
                            float *rts, int32_t *choices, const volatile int *cancel);

/* A path of sample 0 of trial 0 on the grid 0, delta_t, ..., (n_grid - 1) delta_t, drawn from the
 * law of the process given that sample's response; SSM_OMISSION after its end. */
ssm_error ssm_wiener_path(const ssm_wiener *problem, double delta_t, int64_t n_grid, float *path);

/* ---- summaries ---------------------------------------------------------------------------- */

/* Counts over results numbered as in a call: i is sample i / n_trials of trial i % n_trials.
 *
 * choice_counts[k * n_choices + c] counts the label possible_choices[c] in trial k,
 * responded_counts the same among responses only, omissions[k] the samples without response.
 * histograms[h][b * n_choices + c] counts, over all trials, the responses of label c whose time
 * lies in bin b of [0, max_t], with edges linspace(0, max_t, n_bins[h]) and the last bin open.
 */
enum { SSM_HISTOGRAMS = 2 };

typedef struct {
    int64_t n_trials, n_choices;
    const int32_t *possible_choices;
    int64_t *choice_counts, *responded_counts, *omissions;
    double max_t;
    int64_t n_bins[SSM_HISTOGRAMS];
    int64_t *histograms[SSM_HISTOGRAMS];
} ssm_summary;

/* Adds results begin <= i < end to the counts, which the caller has set to 0 before the first. */
ssm_error ssm_summarize(const ssm_summary *summary, int64_t begin, int64_t end, const float *rts,
                        const int32_t *choices);

#ifdef __cplusplus
}
#endif

#endif
