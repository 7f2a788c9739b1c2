/* Every process: the same bits however a call is divided and on every instruction set, with 2 to 8
 * particles; which methods it has; limits of time; labels; cancelling; paths. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "problem.h"

/* Blocks have 128 or 256 samples, vectors 2 to 8: none of these divides 301. */
enum { N_SAMPLES = 43, N_TRIALS = 7, N_RESULTS = N_SAMPLES * N_TRIALS, GRID = 2001 };

/* The variants that have names in the folders of the processes. */
enum { FLOOR = 0, NO_FLOOR = 1, LARGER = 0, ADDED = 1 };
enum { PARALLEL, SEQUENTIAL, TRADEOFF, MODULATED, MULTINOISE };

typedef struct {
    float rts[N_RESULTS], extras[SSM_MAX_EXTRAS][N_RESULTS];
    int32_t choices[N_RESULTS];
} results;

/* ---- problems ------------------------------------------------------------------------------- */

static const double signs[] = {-1.5, -0.3, 0.0, 0.4, 1.0, 2.0, 3.0};
static const double sizes[] = {0.4, 2.0, 1.0, 0.7, 3.0, 5.0, 0.2};
static const double shares[] = {0.5, 0.1, 0.9, 0.3, 0.45, 0.7, 0.02};
static const double heights[] = {0.7, 1.2, 0.9, 1.5, 2.0, 1.0, 0.8};
static const double angles[] = {0.0, 0.3, 0.6, 0.9, -0.1, 0.4, 0.2};
static const double times[] = {0.3, 0.0, 0.5, 0.2, 0.4, 0.3, 0.1};
static const double deadlines[] = {0.8, 1.0, 1.5, INFINITY, 2.0, 0.35, 0.05};
static const double noises[] = {1.0, 0.5, 1.0, 2.0, 0.0, 1.0, 0.8};

/* What varies from trial to trial; particle j is j trials ahead. */
static const double *values_of(ssm_role role)
{
    switch ((int)role) {
    case SSM_START:
    case SSM_WITHHELD:
    case SSM_DISCOUNT:
    case SSM_START_RANGE:
        return shares;
    case SSM_RATE:
    case SSM_COUNT:
    case SSM_INVERSE_TEMPERATURE:
        return sizes;
    case SSM_NDT_LOCATION:
    case SSM_NDT_SCALE:
    case SSM_ONSET_2:
        return times;
    case SSM_NOISE:
    case SSM_EARLY_NOISE:
        return noises;
    case SSM_DEADLINE:
        return deadlines;
    default:
        return signs;
    }
}

typedef struct {
    ssm_process_kind process;
    int variant, least, most; /* numbers of particles */
    uint32_t without;         /* roles that no parameter plays */
} kind;

#define WITHOUT(role) (UINT32_C(1) << SSM_##role)

static const kind kinds[] = {
    {SSM_PROCESS_RACE, FLOOR, 2, 8, WITHOUT(LEAK) | WITHOUT(INHIBITION) | WITHOUT(START_RANGE)},
    {SSM_PROCESS_RACE, FLOOR, 2, 8, 0},
    {SSM_PROCESS_RACE, NO_FLOOR, 2, 8, WITHOUT(LEAK) | WITHOUT(INHIBITION)},
    {SSM_PROCESS_RACE, NO_FLOOR, 3, 3, WITHOUT(LEAK)},
    {SSM_PROCESS_BALLISTIC, LARGER, 2, 8, WITHOUT(DRIFT_2) | WITHOUT(ONSET_2)},
    {SSM_PROCESS_BALLISTIC, LARGER, 3, 3, WITHOUT(ONSET_2)},
    {SSM_PROCESS_BALLISTIC, ADDED, 2, 8, 0},
    {SSM_PROCESS_COUNTING, 0, 2, 8, 0},
    {SSM_PROCESS_CHOICE, 0, 2, 8, 0},
    {SSM_PROCESS_CASCADE, PARALLEL, 3, 3, WITHOUT(LEAK)},
    {SSM_PROCESS_CASCADE, SEQUENTIAL, 3, 3, WITHOUT(LEAK)},
    {SSM_PROCESS_CASCADE, TRADEOFF, 3, 3, WITHOUT(LEAK)},
    {SSM_PROCESS_CASCADE, MODULATED, 3, 3, 0},
    {SSM_PROCESS_CASCADE, MULTINOISE, 3, 3, WITHOUT(LEAK)},
    {SSM_PROCESS_ATTENTION, 0, 2, 2, 0},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static const int boundaries[] = {SSM_BOUNDARY_CONSTANT, SSM_BOUNDARY_ANGLE, SSM_BOUNDARY_WEIBULL};
enum { N_BOUNDARIES = sizeof boundaries / sizeof *boundaries };

/* Two known onsets, then durations that are drawn. */
static void give_gaze(ssm_problem *p)
{
    static const double onsets[2 * N_TRIALS] = {0.0, 0.2, 0.0, 0.1, 0.0, 0.7, 0.0,
                                                0.3, 0.0, 9.0, 0.0, 0.4, 0.0, 0.5};
    static const double counts[N_TRIALS] = {2.0, 1.0, 2.0, 2.0, 2.0, 1.0, 2.0};
    static const double firsts[N_TRIALS] = {0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0};
    static const double log_durations[] = {-4.0, -1.2, 2.0};
    p->gaze = (ssm_gaze){.onsets = onsets, .counts = counts, .firsts = firsts, .n_columns = 2,
                         .continuation = SSM_GAZE_CONTINUED, .log_durations = log_durations,
                         .n_durations = 3};
}

/* Everything varies, from trial to trial and from particle to particle. */
static ssm_problem varied(const kind *k, int n_particles, int boundary)
{
    static double columns[SSM_MAX_PARTICLES][SSM_N_ROLES][N_TRIALS];
    ssm_problem p = problem_of_process(k->process, n_particles, N_SAMPLES, N_TRIALS);
    const ssm_process_row *row = ssm_process(k->process);
    p.variant = k->variant;
    for (int i = 0; i < row->n_roles; i++) {
        const ssm_role_row *role = &row->roles[i];
        if (k->without >> role->role & 1)
            continue;
        p.played |= UINT32_C(1) << role->role;
        for (int j = 0; j < (role->per_particle ? n_particles : 1); j++) {
            for (int t = 0; t < N_TRIALS; t++)
                columns[j][role->role][t] = values_of(role->role)[(t + j) % N_TRIALS];
            p.column[role->role][j] = each(columns[j][role->role]);
        }
    }
    p.ndt_kind = row->roles[row->n_roles - 1].role == SSM_DEADLINE ? SSM_NDT_UNIFORM : p.ndt_kind;
    p.max_t = 1.7;
    p.smooth_times = 1;
    give_boundary(&p, boundary, each(heights), boundary == SSM_BOUNDARY_ANGLE ? each(angles)
                                                                             : same(&one));
    give_gaze(&p);
    return p;
}

static int is_linear_boundary(int boundary) { return boundary != SSM_BOUNDARY_WEIBULL; }

/* Whether the documentation of a process says that it has a method. */
static int has_method(const kind *k, int boundary, ssm_method method)
{
    int linear = is_linear_boundary(boundary), exact = method == SSM_METHOD_EXACT;
    int steps = method == SSM_METHOD_BRIDGE || method == SSM_METHOD_EULER;
    switch ((int)k->process) {
    case SSM_PROCESS_RACE:
        return steps ||
               (exact && linear && k->variant == NO_FLOOR && k->without & WITHOUT(INHIBITION));
    case SSM_PROCESS_BALLISTIC:
        return exact && linear;
    case SSM_PROCESS_CASCADE:
        if (method == SSM_METHOD_TABLE && k->variant == SEQUENTIAL)
            return boundary == SSM_BOUNDARY_CONSTANT;
        return steps || (k->variant < TRADEOFF && linear);
    case SSM_PROCESS_ATTENTION:
        return steps;
    default:
        return exact;
    }
}

/* Calls a test with every problem and method that there is. */
#define FOR_EVERY(problem, method, k, boundary)                                       \
    for (const kind *k = kinds; k < kinds + N_KINDS; k++)                              \
        for (int n_ = k->least; n_ <= k->most; n_++)                                    \
            for (int b_ = 0, boundary = boundaries[0]; b_ < N_BOUNDARIES;               \
                 b_++, boundary = boundaries[b_ % N_BOUNDARIES])                        \
                for (int method = 0; method < SSM_N_METHODS; method++)                  \
                    for (ssm_problem problem = varied(k, n_, boundary); problem.n_trials;\
                         problem.n_trials = 0)

static ssm_error draw(const ssm_problem *p, int method, ssm_isa isa, int64_t begin, int64_t end,
                      results *r, ssm_cancel *cancel)
{
    const ssm_results to = {r->rts, r->choices, {r->extras[0], r->extras[1]}};
    return ssm_sample(p, (ssm_method)method, isa, begin, end, &to, cancel);
}

static void draw_in_pieces(const ssm_problem *p, int method, ssm_isa isa, int64_t piece, results *r)
{
    memset(r, 0xff, sizeof *r);
    for (int64_t begin = 0; begin < N_RESULTS; begin += piece) {
        int64_t end = begin + piece < N_RESULTS ? begin + piece : N_RESULTS;
        CHECK(draw(p, method, isa, begin, end, r, &go_on) == SSM_OK);
    }
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void test_same_bits(void)
{
    static const int64_t pieces[] = {N_RESULTS, 7, 130};
    static results whole, other;
    FOR_EVERY(p, method, k, boundary)
    {
        ssm_fault fault;
        CHECK(ssm_check(&p, &fault) == SSM_OK);
        if (!has_method(k, boundary, (ssm_method)method)) {
            CHECK(draw(&p, method, ssm_best_isa(), 0, N_RESULTS, &whole, &go_on) == SSM_BAD_METHOD);
            continue;
        }
        draw_in_pieces(&p, method, SSM_ISA_BASELINE, N_RESULTS, &whole);
        for (int isa = SSM_ISA_BASELINE; isa <= (int)ssm_best_isa(); isa++) {
            draw_in_pieces(&p, method, (ssm_isa)isa, pieces[(isa + b_ + n_) % 3], &other);
            CHECK(memcmp(&whole, &other, sizeof whole) == 0);
        }
    }
}

/* Whether a label is one of a process. */
static int is_label(const ssm_problem *p, int32_t label, int omitted)
{
    if (p->process == SSM_PROCESS_ATTENTION)
        return omitted ? label == 0 : label == -1 || label == 1;
    if (p->process == SSM_PROCESS_COUNTING && p->n_particles == 2)
        return label == -1 || label == 1;
    if (p->process == SSM_PROCESS_RACE && p->variant == NO_FLOOR && omitted)
        return label == -1;
    return label >= 0 && label < (p->process == SSM_PROCESS_CASCADE ? 4 : p->n_particles);
}

/* A response comes after the shortest non-decision time, before the deadline and the limit. */
static void check_result_of(const ssm_problem *p, int trial, float rt, int32_t label, double slack)
{
    int omitted = rt == SSM_OMISSION;
    CHECK(is_label(p, label, omitted));
    CHECK(omitted || (rt >= 0.0f && (double)rt <= deadlines[trial] &&
                      (double)rt <= 2.0 * times[trial] + p->max_t + slack));
}

static void test_limits_and_labels(void)
{
    static results r;
    FOR_EVERY(p, method, k, boundary)
    {
        if (!has_method(k, boundary, (ssm_method)method))
            continue;
        int omissions = 0;
        double slack = method == SSM_METHOD_EULER ? p.delta_t : 1e-6;
        draw_in_pieces(&p, method, ssm_best_isa(), N_RESULTS, &r);
        for (int i = 0; i < N_RESULTS; i++) {
            if (k->process == SSM_PROCESS_CHOICE) {
                CHECK(r.rts[i] == SSM_NO_RESPONSE_TIME && is_label(&p, r.choices[i], 0));
                continue;
            }
            check_result_of(&p, i % N_TRIALS, r.rts[i], r.choices[i], slack);
            omissions += r.rts[i] == SSM_OMISSION;
            float later = fmaxf(r.extras[0][i], r.extras[1][i]);
            if (k->process == SSM_PROCESS_CASCADE)
                CHECK(r.rts[i] == SSM_OMISSION || r.rts[i] == later);
        }
        CHECK(k->process == SSM_PROCESS_CHOICE || (omissions > 0 && omissions < N_RESULTS));
    }
}

static void test_cancel(void)
{
    static results r, before;
    const volatile int flag = 1;
    ssm_cancel stop = {.flag = &flag};
    memset(&before, 0xff, sizeof before);
    FOR_EVERY(p, method, k, boundary)
    {
        if (!has_method(k, boundary, (ssm_method)method))
            continue;
        r = before;
        CHECK(draw(&p, method, ssm_best_isa(), 0, N_RESULTS, &r, &stop) == SSM_CANCELLED);
        CHECK(memcmp(&r, &before, sizeof r) == 0);
        CHECK(draw(&p, method, ssm_best_isa(), 5, 5, &r, &go_on) == SSM_OK);
        CHECK(memcmp(&r, &before, sizeof r) == 0);
    }
}

/* The last row of a path that has a point in some column. */
static int last_row(const float *path, int columns)
{
    int last = -1;
    for (int i = 0; i < GRID * columns; i++)
        if (path[i] != SSM_OMISSION)
            last = i / columns;
    return last;
}

/* Paths end when their sample did, and fit into a grid of one time. */
static void test_paths(void)
{
    static results r;
    static float path[GRID * SSM_MAX_PARTICLES];
    FOR_EVERY(p, method, k, boundary)
    {
        const int columns = ssm_path_columns(&p);
        const int shown = k->process != SSM_PROCESS_COUNTING && k->process != SSM_PROCESS_CHOICE;
        if (!shown || !has_method(k, boundary, (ssm_method)method)) {
            CHECK(ssm_path(&p, (ssm_method)method, GRID, path, &go_on) == SSM_BAD_METHOD);
            continue;
        }
        p.ndt_kind = SSM_NDT_CONSTANT;
        p.column[SSM_NDT_LOCATION][0] = p.column[SSM_NDT_SCALE][0] = same(&zero);
        p.delta_t = 0.001;
        p.smooth_times = 0;
        for (p.seed = 0; p.seed < 6; p.seed++) {
            draw_in_pieces(&p, method, ssm_best_isa(), N_RESULTS, &r);
            float *one_row = malloc((size_t)columns * sizeof *one_row); /* no longer than needed */
            CHECK(ssm_path(&p, (ssm_method)method, 1, one_row, &go_on) == SSM_OK);
            CHECK(ssm_path(&p, (ssm_method)method, GRID, path, &go_on) == SSM_OK);
            CHECK(memcmp(one_row, path, (size_t)columns * sizeof *one_row) == 0);
            free(one_row);
            double end = r.rts[0] == SSM_OMISSION ? fmin(p.max_t, deadlines[0]) : (double)r.rts[0];
            CHECK_NEAR(last_row(path, columns) * p.delta_t, end, 1.01 * p.delta_t);
        }
        CHECK(ssm_path(&p, (ssm_method)method, 0, path, &go_on) == SSM_BAD_COUNT);
    }
}

/* Processes of a fixed number of particles take no other. */
static void test_numbers_of_particles(void)
{
    for (const kind *k = kinds; k < kinds + N_KINDS; k++) {
        ssm_problem p = varied(k, k->most, SSM_BOUNDARY_CONSTANT);
        ssm_fault fault;
        for (p.n_particles = 0; p.n_particles <= SSM_MAX_PARTICLES + 1; p.n_particles++) {
            int is_fixed = k->process == SSM_PROCESS_CASCADE || k->process == SSM_PROCESS_ATTENTION;
            if (p.n_particles >= k->least && p.n_particles <= k->most)
                CHECK(ssm_check(&p, &fault) == SSM_OK);
            else if (is_fixed || p.n_particles < 1 || p.n_particles > SSM_MAX_PARTICLES)
                CHECK(ssm_check(&p, &fault) == SSM_BAD_COUNT);
        }
    }
}

int main(void)
{
    test_same_bits();
    test_limits_and_labels();
    test_cancel();
    test_paths();
    test_numbers_of_particles();
    return check_result();
}
