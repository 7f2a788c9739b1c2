/* The whole interface of the core: structs in, arrays out.
 *
 * A problem describes a simulation: a process, its boundary and drift, and a column of numbers for
 * each of its parameters.  A method says how.  The core knows nothing of Python and keeps no state
 * between calls but tables that are the same for all.
 *
 * Times are in seconds, evidence in arbitrary units, drift in evidence per second, noise in evidence
 * per square root of a second.
 *
 * Every function that can fail returns an ssm_error; ssm_strerror() words it.  A call needs less than
 * 128 KB of stack.  One that needs more memory takes it once, and gives it back; SSM_NO_MEMORY if there
 * is not enough.
 */
#ifndef SSM_H
#define SSM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Response time of an omission: a sample without a response in time. */
#define SSM_OMISSION (-999.0f)

/* Response time of every sample of process choice, which has none. */
#define SSM_NO_RESPONSE_TIME (-1.0f)

/* Seconds.  Without a limit of time a sample that has not decided by SSM_LAST_TIME is an omission; one
 * that has decided by SSM_USUAL_MAX_T is the same as with that limit. */
#define SSM_LAST_TIME 1000.0
#define SSM_USUAL_MAX_T 20.0

/* Steps that method euler takes for a sample, at most. */
#define SSM_MAX_STEPS 10000000

/* Samples of one trial, and trials of one call, are numbered by 32 bits. */
#define SSM_MAX_COUNT INT64_C(4294967295)

enum {
    SSM_MAX_PARTICLES = 16,    /* accumulators of a race, stages of a decision */
    SSM_CURVE_PARAMETERS = 12, /* of a boundary or drift */
    SSM_CURVE_COLUMNS = 2,     /* of a drift */
    SSM_MAX_EXTRAS = 2         /* outputs besides response time and choice */
};

/* ---- errors ------------------------------------------------------------------------------- */

/* X(number, name, sentence) */
#define SSM_ERRORS(X)                                                                  \
    X(0, OK, "no error")                                                               \
    X(1, CANCELLED, "the simulation was cancelled")                                    \
    X(2, BAD_COUNT, "the number of samples or trials is negative, or 2^32 or more")    \
    X(3, BAD_RANGE, "the range of samples does not lie within the call")               \
    X(4, BAD_VALUE, "invalid parameter value")                                         \
    X(5, BAD_METHOD, "the process cannot be simulated by this method")                 \
    X(6, BAD_KIND, "there is no such process, boundary or drift")                      \
    X(7, BAD_DATA, "a response time is not a number, or a choice is not one of the model's") \
    X(8, NO_MEMORY, "there is not enough memory")                                      \
    X(9, TOO_MANY_STEPS, "the drift or boundary changes so often that a solution takes too many steps")

typedef enum {
#define X(number, name, sentence) SSM_##name = number,
    SSM_ERRORS(X)
#undef X
} ssm_error;

/* The sentence of an error, without a full stop; "unknown" for other numbers. */
const char *ssm_strerror(ssm_error error);

/* ---- cancellation ------------------------------------------------------------------------- */

/* How a call is stopped: by another thread that sets *flag to a number other than 0, or by `look`,
 * which is called about ten times a second and returns whether to stop; NULL: it is not.  Each thread
 * needs its own, made with the flag, `look` and zeros. */
typedef struct {
    const volatile int *flag;
    int (*look)(void);
    uint32_t polls; /* the core's own: how often it has been asked, */
    int stopped;    /* whether `look` has said to stop, */
    double looked;  /* and when `look` was called last, in seconds */
} ssm_cancel;

/* Calls `look` if a tenth of a second has passed; returns whether to stop.  Part of ssm_cancelled(). */
int ssm_cancel_look(ssm_cancel *cancel);

/* Whether to stop.  Takes a nanosecond or two, and reads a clock every fourth time. */
static inline int ssm_cancelled(ssm_cancel *cancel)
{
    if (*cancel->flag || cancel->stopped)
        return 1;
    return cancel->look && (++cancel->polls & 3) == 0 && ssm_cancel_look(cancel);
}

/* ---- instruction sets --------------------------------------------------------------------- */

/* The kernels are compiled once for each; all give the same bits. */
typedef enum { SSM_ISA_BASELINE = 0, SSM_ISA_AVX2 = 1, SSM_ISA_AVX512 = 2 } ssm_isa;

/* The widest instruction set that this build and this processor both have. */
ssm_isa ssm_best_isa(void);

/* "baseline", "avx2" or "avx512"; "unknown" for other numbers. */
const char *ssm_isa_name(ssm_isa isa);

/* ---- allowed values ----------------------------------------------------------------------- */

/* A value is allowed from `lowest` to `highest`, or if it is the other value.  Beyond 1e9 and below 1e-9,
 * results would be too large for a float, or a simulation would not end.
 * X(name, lowest, highest, other value, words to be read after "must be") */
#define SSM_ALLOWED(X)                                                                        \
    X(SIZE, -1e9, 1e9, 0.0, "finite (up to 1e9 in size)")                                   \
    X(POSITIVE, 1e-9, 1e9, 1.0, "greater than 0 (from 1e-9 to 1e9)")                       \
    X(NOT_NEGATIVE, 0.0, 1e9, 0.0, "at least 0 (up to 1e9)")                                 \
    X(POSITIVE_OR_0, 1e-9, 1e9, 0.0, "0, or greater (from 1e-9 to 1e9)")                   \
    X(AT_LEAST_1, 1.0, 1e9, 1.0, "at least 1 (up to 1e9)")                                   \
    X(FRACTION, 0.0, 1.0, 0.0, "between 0 and 1")                                              \
    X(ANGLE, -0x1.921fb54442d17p+0, 0x1.921fb54442d17p+0, 0.0,                                 \
      "between -pi/2 and pi/2 (exclusive)")                                                    \
    X(STABILITY, 1.0, 2.0, 2.0, "between 1 and 2")                                             \
    X(DEADLINE, 1e-9, INFINITY, 1.0, "greater than 0 (it may be infinite)")                   \
    X(NUMBER, -INFINITY, INFINITY, 0.0, "a number (it may be infinite)")                       \
    X(ROW, 0.0, 4294967295.0, 0.0, "the number of a row of the table")

typedef enum {
#define X(name, lowest, highest, another, words) SSM_ALLOW_##name,
    SSM_ALLOWED(X)
#undef X
} ssm_allowed;

/* Words for the allowed values, to be read after "must be". */
const char *ssm_allowed_words(ssm_allowed allowed);

typedef struct {
    double lowest, highest, another;
} ssm_range;

/* The row of SSM_ALLOWED as numbers. */
ssm_range ssm_allowed_range(ssm_allowed allowed);

/* Whether a value is allowed; NaN never is. */
int ssm_is_allowed(ssm_allowed allowed, double value);

/* ---- processes and the roles of their parameters ------------------------------------------- */

/* What a parameter does in a process; the equations stand at the top of <process>/<process>.c.  Units: E
 * is that of evidence, s the second.
 *
 *     drift, drift_sd       mean rate of evidence, and its standard deviation over samples   E / s
 *     start                 place at time 0: of a diffusion or cascade relative to the band, from 0 (lower
 *                           boundary) to 1; of an accumulator relative to its boundary; of process
 *                           attention in E
 *     start_halfwidth       of a uniform distribution of starts: as start_is_relative of the problem says
 *     start_range           width of a uniform distribution of starts from `start` upward    E
 *     noise                 standard deviation of diffusion                                  E / sqrt(s)
 *     leak, leak_2          rate at which evidence, or its second part, decays               1 / s
 *     inhibition            rate at which each accumulator is lowered by the others          1 / s
 *     stability             index alpha of Levy noise; 2 is Gaussian
 *     drift_2, onset_2      of a second system of ballistic accumulators                     E / s, s
 *     rate, count           of Poisson counters: events in a second, events that respond     1 / s
 *     value                 of an item or option
 *     inverse_temperature   factor of values in a softmax
 *     discount, gain        of attention: weight of the item that is not looked at; E / s for a unit of value
 *     withheld, early_noise of levels that interact: see cascade/interact.c
 *     ndt_location, ndt_scale, deadline                                                       s
 *
 * X(name, words) */
#define SSM_ROLES(X)                               \
    X(DRIFT, "drift")                              \
    X(DRIFT_SD, "drift_sd")                        \
    X(START, "start")                              \
    X(START_HALFWIDTH, "start_halfwidth")          \
    X(NOISE, "noise")                              \
    X(LEAK, "leak")                                \
    X(LEAK_2, "leak_2")                            \
    X(STABILITY, "stability")                      \
    X(START_RANGE, "start_range")                  \
    X(DRIFT_2, "drift_2")                          \
    X(ONSET_2, "onset_2")                          \
    X(RATE, "rate")                                \
    X(COUNT, "count")                              \
    X(INVERSE_TEMPERATURE, "inverse_temperature")  \
    X(VALUE, "value")                              \
    X(INHIBITION, "inhibition")                    \
    X(DISCOUNT, "discount")                        \
    X(GAIN, "gain")                                \
    X(WITHHELD, "withheld")                        \
    X(EARLY_NOISE, "early_noise")                  \
    X(NDT_LOCATION, "ndt_location")                \
    X(NDT_SCALE, "ndt_scale")                      \
    X(DEADLINE, "deadline")

typedef enum {
#define X(name, words) SSM_##name,
    SSM_ROLES(X)
#undef X
    SSM_N_ROLES
} ssm_role;

/* The words of a role; "unknown" for other numbers. */
const char *ssm_role_name(ssm_role role);

/* X(name, words): the file <words>/<words>.c holds its row and describes the process. */
#define SSM_PROCESSES(X)      \
    X(DIFFUSION, "diffusion") \
    X(BALLISTIC, "ballistic") \
    X(COUNTING, "counting")   \
    X(CHOICE, "choice")       \
    X(RACE, "race")           \
    X(CASCADE, "cascade")     \
    X(ATTENTION, "attention")

typedef enum {
#define X(name, words) SSM_PROCESS_##name,
    SSM_PROCESSES(X)
#undef X
    SSM_N_PROCESSES
} ssm_process_kind;

/* A role of a process: which values it may have, which it has where no parameter plays it (NaN: a
 * parameter must), and whether each particle has its own. */
typedef struct {
    ssm_role role;
    ssm_allowed allowed;
    double value;
    int per_particle;
} ssm_role_row;

/* Distributions of the non-decision time, with a location and a scale in seconds:
 *
 *     constant           location
 *     uniform            from location - scale to location + scale
 *     normal             mean and standard deviation
 *     truncated_normal   the same, truncated to [0, inf)
 *     rayleigh           scale
 *
 * X(name, words, whether a parameter must be its location, and its scale) */
#define SSM_NDT_KINDS(X)                                     \
    X(CONSTANT, "constant", 1, 0)                            \
    X(UNIFORM, "uniform", 1, 1)                              \
    X(NORMAL, "normal", 1, 1)                                \
    X(TRUNCATED_NORMAL, "truncated_normal", 1, 1)            \
    X(RAYLEIGH, "rayleigh", 0, 1)

typedef enum {
#define X(name, words, location, scale) SSM_NDT_##name,
    SSM_NDT_KINDS(X)
#undef X
    SSM_N_NDT_KINDS
} ssm_ndt_kind;

/* The words of a distribution; "unknown" for other numbers. */
const char *ssm_ndt_name(ssm_ndt_kind kind);

typedef struct {
    const char *name;
    int n_roles;
    const ssm_role_row *roles;
    int has_boundary, has_drift; /* whether these are curves of time */
    int n_extras;                /* outputs besides response time and choice */
} ssm_process_row;

/* The row of a process, which lives as long as the program; NULL if there is no such process. */
const ssm_process_row *ssm_process(ssm_process_kind kind);

/* ---- boundaries and drifts ----------------------------------------------------------------- */

/* Boundaries are distances from 0 in units of evidence, drifts evidence per second; times are seconds.
 * Formulas stand in curves/curves.h, names, parameters and allowed values in curves/curves.c. */
typedef enum {
    SSM_BOUNDARY_CONSTANT,
    SSM_BOUNDARY_ANGLE,
    SSM_BOUNDARY_WEIBULL,
    SSM_BOUNDARY_GENERALIZED_LOGISTIC,
    SSM_BOUNDARY_CONFLICT_GAMMA,
    SSM_BOUNDARY_LINEAR,
    SSM_BOUNDARY_TABLE,
    SSM_N_BOUNDARIES
} ssm_boundary_kind;

/* Offsets of stimuli may be +inf. */
typedef enum {
    SSM_DRIFT_CONSTANT,
    SSM_DRIFT_GAMMA,
    SSM_DRIFT_CONFLICT_DS,
    SSM_DRIFT_CONFLICT_DSSTIMFLEX,
    SSM_DRIFT_CONFLICT_STIMFLEX,
    SSM_DRIFT_CONFLICT_STIMFLEXREL1,
    SSM_DRIFT_CONFLICT_DUAL,
    SSM_DRIFT_ATTEND,
    SSM_DRIFT_ATTEND_SIMPLE,
    SSM_DRIFT_TABLE,
    SSM_DRIFT_TABLE_DUAL,
    SSM_DRIFT_GAZE, /* of process attention */
    SSM_N_DRIFTS
} ssm_drift_kind;

/* A parameter of a curve, with the value that it has where a model does not give it. */
typedef struct {
    const char *name;
    ssm_allowed allowed;
    double value;
} ssm_parameter_row;

typedef struct {
    const char *name; /* under which the Python package registers the curve */
    int n_parameters;
    int n_columns;    /* 2: a drift of two parts */
    int is_linear;    /* whether a boundary is linear in time, or a drift constant */
    int is_piecewise_constant;
    ssm_parameter_row parameters[SSM_CURVE_PARAMETERS];
} ssm_curve_row;

/* The row of a boundary or drift, which lives as long as the program; NULL if there is no such kind. */
const ssm_curve_row *ssm_boundary(int kind);
const ssm_curve_row *ssm_drift(int kind);

/* Curves of a caller's own: lines between knots, as many as a curve needs; after its last knot a curve goes
 * on along its slope there, which may be 0.  From `time` until `until` (seconds) a curve is close to a
 * parabola. */
typedef struct {
    double time, until;
    double value[SSM_CURVE_COLUMNS], slope[SSM_CURVE_COLUMNS];
} ssm_knot;

/* The knots of all curves (rows of a table), and an index that finds the knot of a time.  Time is divided
 * into cells that begin at SSM_CELL_ORIGIN (x - 1) seconds, where x is 2^k (1 + j / SSM_CELLS_AN_OCTAVE):
 * SSM_CELLS_AN_OCTAVE of them for each k.  index[row * (n_cells + 1) + cell] is the number in `knots` of
 * the last knot of the row that is not after the beginning of the cell. */
static const double SSM_CELL_ORIGIN = 1e-3;
enum { SSM_CELL_BITS = 5, SSM_CELLS_AN_OCTAVE = 1 << SSM_CELL_BITS, SSM_MAX_CELLS = 2048 };
typedef struct {
    const ssm_knot *knots;
    const int32_t *index;
    int64_t n_cells;
} ssm_table;

/* A curve at n increasing times, the first of which is 0: values[i * n_columns + column].  The functions
 * below measure distances from the curve in units of `scale`, the size of each column. */
typedef struct {
    const double *times, *values;
    int64_t n;
    int n_columns;
    double scale[SSM_CURVE_COLUMNS];
} ssm_samples;

/* Where a curve should be sampled more finely: writes the number i of each interval from sample i to sample
 * i + 1 that is longer than `shortest` (seconds) and lies beside a sample that is more than `allowed` off the
 * line between its neighbours.  `cells` has room for n numbers; returns how many were written. */
int64_t ssm_find_bends(const ssm_samples *samples, double allowed, double shortest, int32_t *cells);

/* Writes the numbers of samples between which all others are within `allowed` of lines.  `at` has room for n
 * numbers; returns how many were written. */
int64_t ssm_find_knots(const ssm_samples *samples, double allowed, int32_t *at);

/* Writes n knots at the n samples whose numbers are `at`; until a knot's `until` parabolas are within
 * `allowed` of the curve. */
void ssm_set_knots(const ssm_samples *samples, double allowed, const int32_t *at, int64_t n,
                   ssm_knot *knots);

/* The number of cells for curves that are known until max_t (seconds), at most SSM_MAX_CELLS. */
int64_t ssm_n_cells(double max_t);

/* Writes the index of a row, n_cells + 1 numbers, from its n knots, of which the first has this number in
 * the table. */
void ssm_index_knots(const ssm_knot *knots, int64_t n, int64_t number, int64_t n_cells,
                     int32_t *index);

/* ---- problems ------------------------------------------------------------------------------ */

/* One parameter of every trial: trial k has data[k * stride]; stride 0 gives all the same. */
typedef struct {
    const double *data;
    int64_t stride;
} ssm_column;

/* The parameter of a trial. */
static inline double ssm_get(ssm_column column, int64_t trial)
{
    return column.data[trial * column.stride];
}

/* A boundary or drift with its parameters; the one parameter of a table is the row that a trial
 * reads. */
typedef struct {
    int kind;                 /* an ssm_boundary_kind or ssm_drift_kind */
    const ssm_curve_row *row; /* of that kind */
    ssm_column parameters[SSM_CURVE_PARAMETERS];
    ssm_table table;
} ssm_curve;

/* Where gaze goes: from one item to the other and back, at the onsets of fixations.
 *
 * Of a row, counts[row] onsets are known, onsets[row * n_columns + i], the first of which is 0;
 * firsts[row] is 0 if gaze is on item 1 first, 1 if it is on item 2.  A trial has a row, or each
 * sample has one (sample * n_trials + trial).  After the last onset gaze is held, or fixations go on
 * with durations that are drawn; or all of them are drawn, and the first item is.  Without onsets
 * the values of the items are drawn too.
 *
 * log_durations are logarithms of quantiles, at equally spaced normal quantiles from -SSM_GAZE_REACH
 * to SSM_GAZE_REACH.
 */
enum { SSM_GAZE_REACH = 8 };
typedef enum { SSM_GAZE_HELD, SSM_GAZE_CONTINUED, SSM_GAZE_RESAMPLED } ssm_continuation;

typedef struct {
    const double *onsets, *counts, *firsts;
    int64_t n_columns;
    int of_samples;
    ssm_continuation continuation;
    const double *log_durations;
    int64_t n_durations;
} ssm_gaze;

/* A process with numbers, which a caller owns and must keep during a call.
 *
 * The response time is the decision time plus the non-decision time.  A sample that has not decided
 * by max_t, or not responded before its deadline, is an omission: its response time is
 * SSM_OMISSION.  A max_t of infinity means that no limit is given; see SSM_LAST_TIME.
 */
typedef struct {
    ssm_process_kind process;
    int n_particles;             /* accumulators, stages or options, at most SSM_MAX_PARTICLES */
    int64_t n_samples, n_trials; /* samples of each trial, and trials; at most SSM_MAX_COUNT */
    int64_t first_trial; /* number of the first trial, 0 unless trials are taken one by one */
    uint64_t seed;
    double max_t; /* longest decision time (seconds); INFINITY: no limit */
    ssm_ndt_kind ndt_kind;
    uint32_t played; /* bit r: a parameter plays role r */
    ssm_column column[SSM_N_ROLES][SSM_MAX_PARTICLES];
    ssm_curve boundary, drift;
    ssm_gaze gaze;
    int start_is_relative; /* the unit of START_HALFWIDTH: the width of the band, or evidence */
    int variant;           /* of a process that has some; see its folder */
    double delta_t;        /* step of the grid of times on which euler moves and paths are shown */
    int smooth_times;      /* euler adds U(-delta_t / 2, delta_t / 2) to decision times */
    /* Of a diffusion that is a stage of another process: */
    int particle;            /* number of the stage: it has draws, and a column of paths, of its own */
    const uint64_t *streams; /* of its samples, where they are not numbered as in a call; else NULL */
    int start_is_absolute;   /* it is evidence, not relative to the band */
    ssm_column onset;        /* time on the boundary's clock at which it begins; data NULL: 0 */
} ssm_problem;

/* Which kind of parameter has a value that is not allowed. */
typedef enum { SSM_FAULT_ROLE, SSM_FAULT_BOUNDARY, SSM_FAULT_DRIFT } ssm_fault_place;

typedef struct {
    ssm_fault_place place;
    ssm_role role; /* of SSM_FAULT_ROLE, with the particle */
    int particle;
    int parameter; /* of a curve */
    int64_t trial;
    const char *words; /* allowed values, to be read after "must be" */
} ssm_fault;

/* Checks every parameter of every trial.  Returns SSM_OK; SSM_BAD_VALUE, with the first trial that has a
 * value that is not allowed as the fault; SSM_BAD_KIND or SSM_BAD_COUNT. */
ssm_error ssm_check(const ssm_problem *problem, ssm_fault *fault);

/* The same for trials begin <= k < end; SSM_BAD_RANGE if there are no such trials. */
ssm_error ssm_check_trials(const ssm_problem *problem, int64_t begin, int64_t end,
                           ssm_fault *fault);

/* The first row of gaze that is not allowed, or n_rows if all are.  Counts must be integers from 1 to
 * n_columns, onsets begin at 0 and increase, and firsts be 0 or 1. */
int64_t ssm_first_bad_gaze(const ssm_gaze *gaze, int64_t n_rows);

/* The number of trials of a diffusion between linear boundaries that may start beyond a boundary: their
 * start varies by more than its distance to the nearer one.  Trials whose start or boundary is not allowed are
 * not counted. */
int64_t ssm_count_wide_starts(const ssm_problem *problem);

/* ---- simulation ---------------------------------------------------------------------------- */

/* exact: first-passage times are drawn without time steps.  table: from a table of the law, made once for a
 * trial.  bridge: steps as long as the curves allow, with the probability that a path crosses within a
 * step.  euler: Euler-Maruyama steps of delta_t.
 *
 * X(name, words) */
#define SSM_METHODS(X)      \
    X(EXACT, "exact")       \
    X(TABLE, "table")       \
    X(BRIDGE, "bridge")     \
    X(EULER, "euler")

typedef enum {
#define X(name, words) SSM_METHOD_##name,
    SSM_METHODS(X)
#undef X
    SSM_N_METHODS
} ssm_method;

/* The words of a method; "unknown" for other numbers. */
const char *ssm_method_name(ssm_method method);

/* Arrays of n_samples * n_trials results, which the caller owns.  `extras` are as many as n_extras of the
 * process: those of a cascade are the response times (seconds) of its high and low level. */
typedef struct {
    float *rts;       /* seconds; SSM_OMISSION, or SSM_NO_RESPONSE_TIME */
    int32_t *choices; /* labels: see the process */
    float *extras[SSM_MAX_EXTRAS];
} ssm_results;

/* Samples begin <= i < end of the call.
 *
 * Number i is sample n = i / n_trials of trial k = i % n_trials; of method "table" it is sample
 * i % n_samples of trial i / n_samples.  It is written to the results at n * n_trials + k, and
 * depends on the seed, n, k and the parameters of that trial only: any division of
 * [0, n_samples * n_trials) gives the same arrays.  The problem must have passed ssm_check().
 * The call asks whether to stop every few hundred samples, and in each round of steps.  Results are
 * unspecified unless it returns SSM_OK; else it returns SSM_CANCELLED, SSM_BAD_COUNT, SSM_BAD_RANGE,
 * SSM_BAD_METHOD, SSM_BAD_KIND or SSM_NO_MEMORY.
 */
ssm_error ssm_sample(const ssm_problem *problem, ssm_method method, ssm_isa isa, int64_t begin,
                     int64_t end, const ssm_results *results, ssm_cancel *cancel);

/* The number of columns of a path: one for each accumulator or stage. */
int ssm_path_columns(const ssm_problem *problem);

/* Writes the evidence of sample 0 of trial 0 at times 0, delta_t, ..., (n_grid - 1) delta_t, drawn given
 * that sample's response: path[k * columns + column], SSM_OMISSION where there is none, before the onset
 * and after the response.  Returns what ssm_sample() does; SSM_BAD_METHOD if the process has no path. */
ssm_error ssm_path(const ssm_problem *problem, ssm_method method, int64_t n_grid, float *path,
                   ssm_cancel *cancel);

#ifdef __cplusplus
}
#endif

#endif
