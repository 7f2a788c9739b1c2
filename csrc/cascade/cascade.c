/* Cascade: a high-level decision h and, for each of its outcomes, a low-level one l.
 *
 * Particle 0 is the high level, particle 1 + h the low level of branch h; each is a diffusion
 *
 *     dx = drift dtau + noise dW,  from b(0) (2 start - 1),  until |x| = b(tau),
 *
 * with noise of its own and one boundary for all.  Only the low level of the branch that the high
 * level chooses counts.
 *
 *     parallel    both levels begin at 0; the decision is made when the later one is
 *     sequential  the low level begins when the high one ends, at the boundary's height at that time
 *
 *     interacting both begin at 0, and the low level depends on the high one: see interact.c
 *
 * Choices are 2 h + l.  Extra outputs are the response times of the high and the low level.  A level
 * that is undecided at its limit has the side of 0 on which it is then; one that has not begun is
 * up with probability `start`.
 */
#include <math.h>

#include "core/draws.h"
#include "core/memory.h"

#include "cascade/cascade.h"
#include "core/process.h"
#include "core/results.h"

static const ssm_role_row roles[] = {
    {SSM_DRIFT, SSM_ALLOW_SIZE, 0.0, 1},
    {SSM_START, SSM_ALLOW_FRACTION, 0.5, 1},
    {SSM_NOISE, SSM_ALLOW_POSITIVE_OR_0, 1.0, 0},
    {SSM_LEAK, SSM_ALLOW_SIZE, 0.0, 0},
    {SSM_WITHHELD, SSM_ALLOW_FRACTION, 0.0, 0},
    {SSM_EARLY_NOISE, SSM_ALLOW_NOT_NEGATIVE, 1.0, 0},
    SSM_ROLES_OF_TIME,
};

/* Stages of a call, or of one of its trials, and the memory for a block of samples. */
typedef struct {
    ssm_problem stage[CASCADE_STAGES];
    stage_block block[CASCADE_STAGES];
    bridge_memory bridge;
    stage_of_samples samples; /* the low level after the end of the high one */
    interact_block interact;
} stages;

static void set_stages(const ssm_problem *p, stages *s, ssm_cancel *cancel)
{
    for (int i = 0; i < CASCADE_STAGES; i++) {
        s->stage[i] = ssm_stage_of(p, i);
        ssm_begin_stage_block(&s->block[i], &s->bridge, cancel);
    }
}

/* ---- the low level of a sequence ------------------------------------------------------------ */

/* Whether a low level that begins now is up, which has no room or no time. */
static int starts_up(uint64_t key, uint64_t stream, double start)
{
    draw_sequence draws = {key, stream, of_particle(STREAM_OMISSION, CASCADE_STAGES), 0};
    double u;
    next_normal(&draws, &u);
    return u < start;
}

/* A parameter of each sample's low level: from the stage of the branch that the high level chose. */
static void choose_column(const ssm_problem *p, ssm_role role, int64_t begin, int count,
                          const double *side, double *to)
{
    double down[STAGE_BLOCK];
    gather(down, p->column[role][1], begin % p->n_trials, p->n_trials, count);
    gather(to, p->column[role][2], begin % p->n_trials, p->n_trials, count);
    for (int i = 0; i < count; i++)
        to[i] = side[i] > 0.0 ? to[i] : down[i];
}

/* Draw the low level of each sample from the end of its high level on, into block 1. */
static void follow(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin, int count,
                   stages *s)
{
    stage_of_samples *samples = &s->samples;
    const stage_block *high = &s->block[0];
    stage_block *low = &s->block[1];
    ssm_set_stage_of_samples(&s->stage[1], begin, count, high->stream, samples);
    choose_column(p, SSM_DRIFT, begin, count, high->side, samples->drift);
    choose_column(p, SSM_START, begin, count, high->side, samples->start);
    for (int i = 0; i < count; i++)
        samples->onset[i] = isinf(high->time[i]) ? 0.0 : high->time[i];
    low->started = 0;
    ssm_draw_stage(&samples->problem, method, isa, 0, count, 0, low);
    for (int i = 0; i < count; i++) {
        int late = isinf(high->time[i]), no_room = low->time[i] <= samples->onset[i];
        if (late || no_room)
            low->side[i] = starts_up(stream_key(p->seed), high->stream[i], samples->start[i]) ? 1.0
                                                                                              : -1.0;
        if (late)
            low->time[i] = INFINITY;
    }
}

/* ---- levels that interact ------------------------------------------------------------------- */

/* The side of 0 of a low level that is at x at its limit. */
static double side_or_coin(const ssm_problem *p, uint64_t stream, double x)
{
    return x > 0.0   ? 1.0
           : x < 0.0 ? -1.0
                     : (double)fair_coin(stream_key(p->seed), stream, 1);
}

/* ---- blocks --------------------------------------------------------------------------------- */

/* Whether a sequence's low level has the same law whenever it begins. */
static int law_is_fixed(const ssm_problem *p, ssm_method method)
{
    return method != SSM_METHOD_BRIDGE && p->boundary.kind == SSM_BOUNDARY_CONSTANT;
}

/* Draw both low levels of the samples of a block, and keep those of the branches chosen in block 1.
 */
static void draw_both(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                      int count, stages *s)
{
    const stage_block *high = &s->block[0];
    const double *onset = p->variant == CASCADE_SEQUENTIAL ? high->time : 0;
    for (int branch = 1; branch <= 2; branch++)
        ssm_draw_stage(&s->stage[branch], method, isa, begin, count, onset, &s->block[branch]);
    for (int i = 0; i < count; i++) {
        const stage_block *low = &s->block[high->side[i] > 0.0 ? 2 : 1];
        s->block[1].time[i] = low->time[i];
        s->block[1].side[i] = low->side[i];
    }
}

/* The method for the low level after the end of the high one. */
static ssm_method method_alone(const ssm_problem *p)
{
    return p->boundary.row->is_linear ? SSM_METHOD_EXACT : SSM_METHOD_BRIDGE;
}

/* Draw levels that interact: both up to the end of the high one, then the low one alone. */
static void draw_interacting(const ssm_problem *p, ssm_isa isa, int64_t begin, int count, stages *s)
{
    stage_block *high = &s->block[0], *low = &s->block[1];
    stage_of_samples *samples = &s->samples;
    interact_block *b = &s->interact;
    b->cancel = low->bridge.cancel;
    SSM_CALL_KERNEL(isa, interact_draw, (p, &s->stage[0], begin, count, b));
    for (int i = 0; i < count; i++) {
        high->time[i] = b->high_time[i];
        high->side[i] = b->high_side[i];
        high->ndt[i] = b->ndt[i];
        high->stream[i] = b->stream[i];
    }
    ssm_set_stage_of_samples(&s->stage[1], begin, count, high->stream, samples);
    choose_column(p, SSM_DRIFT, begin, count, high->side, samples->drift);
    for (int i = 0; i < count; i++) {
        samples->onset[i] = isinf(high->time[i]) ? 0.0 : high->time[i];
        samples->start[i] = isinf(b->low_time[i]) ? b->low_x[i] : 0.0;
    }
    samples->problem.particle = 2; /* the steps before had the draws of particle 1 */
    samples->problem.start_is_absolute = 1;
    low->started = 0;
    ssm_draw_stage(&samples->problem, method_alone(p), isa, 0, count, 0, low);
    for (int i = 0; i < count; i++) {
        if (isinf(high->time[i]))
            low->side[i] = side_or_coin(p, b->stream[i], b->low_x[i]);
        if (isinf(high->time[i]) || !isinf(b->low_time[i]))
            low->time[i] = b->low_time[i];
        if (!isinf(b->low_time[i]))
            low->side[i] = b->low_side[i];
    }
}

/* The side of a level that is undecided, or whose band had no room when it should have begun. */
static double settle_side(const ssm_problem *p, uint64_t stream, int stage, int64_t trial,
                          double side)
{
    const uint64_t key = stream_key(p->seed);
    if (isnan(side))
        return starts_up(key, stream, ssm_get(p->column[SSM_START][stage], trial)) ? 1.0 : -1.0;
    return side != 0.0 ? side : (double)fair_coin(key, stream, stage);
}

/* Draw both levels by plain steps; a path, if wanted, is that of the first sample. */
static void draw_by_euler(const ssm_problem *p, ssm_isa isa, int64_t begin, int count, stages *s,
                          float *path, int64_t n_path)
{
    stage_block *high = &s->block[0], *low = &s->block[1];
    plain_block b;
    b.cancel = high->bridge.cancel;
    SSM_CALL_KERNEL(isa, cascade_euler, (p, &s->stage[0], begin, count, &b, path, n_path));
    for (int i = 0; i < count; i++) {
        int64_t trial = (begin + i) % p->n_trials;
        high->time[i] = b.time[0][i];
        high->side[i] = settle_side(p, b.stream[i], 0, trial, b.side[0][i]);
        int stage = high->side[i] > 0.0 ? 2 : 1;
        low->time[i] = b.time[stage][i];
        low->side[i] = settle_side(p, b.stream[i], stage, trial, b.side[stage][i]);
        high->ndt[i] = b.ndt[i];
    }
}

static void draw_block(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                       int count, stages *s)
{
    if (method == SSM_METHOD_EULER) {
        draw_by_euler(p, isa, begin, count, s, 0, 0);
        return;
    }
    if (levels_interact(p)) {
        draw_interacting(p, isa, begin, count, s);
        return;
    }
    ssm_draw_stage(&s->stage[0], method, isa, begin, count, 0, &s->block[0]);
    if (p->variant == CASCADE_PARALLEL || law_is_fixed(p, method))
        draw_both(p, method, isa, begin, count, s);
    else
        follow(p, method, isa, begin, count, s);
}

static void write_block(const stages *s, int count, const ssm_results *results, int64_t first,
                        int64_t step)
{
    const stage_block *high = &s->block[0], *low = &s->block[1];
    double time[STAGE_BLOCK], choice[STAGE_BLOCK];
    for (int i = 0; i < count; i++) {
        time[i] = high->time[i] > low->time[i] ? high->time[i] : low->time[i];
        choice[i] = 2.0 * (high->side[i] > 0.0) + (low->side[i] > 0.0);
    }
    write_results(results, time, high->ndt, choice, count, first, step);
    write_times(results->extras[0], high->time, high->ndt, count, first, step);
    write_times(results->extras[1], low->time, high->ndt, count, first, step);
}

/* ---- calls ---------------------------------------------------------------------------------- */

static int can_draw(const ssm_problem *p, ssm_method method)
{
    if (levels_interact(p))
        return method == SSM_METHOD_BRIDGE || method == SSM_METHOD_EULER;
    switch (method) {
    case SSM_METHOD_TABLE:
        return p->boundary.row->is_linear &&
               (p->variant == CASCADE_PARALLEL || law_is_fixed(p, method));
    case SSM_METHOD_EXACT:
        return p->boundary.row->is_linear;
    case SSM_METHOD_BRIDGE:
    case SSM_METHOD_EULER:
        return 1;
    case SSM_N_METHODS:
        break;
    }
    return 0;
}

/* Samples begin to end of a problem, or of one of its trials; results go to `first` and on. */
static ssm_error sample_stages(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                               int64_t end, stages *s, const ssm_results *results, int64_t first,
                               int64_t step, ssm_cancel *cancel)
{
    while (begin < end) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        int count = end - begin < STAGE_BLOCK ? (int)(end - begin) : STAGE_BLOCK;
        draw_block(p, method, isa, begin, count, s);
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        write_block(s, count, results, first, step);
        begin += count;
        first += count * step;
    }
    return SSM_OK;
}

/* Take the results trial by trial, each with tables of its own. */
static ssm_error sample_by_table(const ssm_problem *p, ssm_isa isa, int64_t begin, int64_t end,
                                 stages *s, const ssm_results *results, ssm_cancel *cancel)
{
    ssm_error error = SSM_OK;
    while (begin < end && error == SSM_OK) {
        int64_t trial = begin / p->n_samples, sample = begin % p->n_samples;
        int64_t left = p->n_samples - sample, count = end - begin < left ? end - begin : left;
        set_stages(p, s, cancel);
        for (int i = 0; i < CASCADE_STAGES; i++)
            s->stage[i] = ssm_wiener_trial_alone(&s->stage[i], trial);
        error = sample_stages(p, SSM_METHOD_TABLE, isa, sample, sample + count, s, results,
                              sample * p->n_trials + trial, p->n_trials, cancel);
        begin += count;
    }
    return error;
}

static ssm_error sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, ssm_cancel *cancel)
{
    if (!can_draw(p, method))
        return SSM_BAD_METHOD;
    stages *s = ssm_allocate(sizeof *s);
    if (!s)
        return SSM_NO_MEMORY;
    set_stages(p, s, cancel);
    ssm_error error =
        method == SSM_METHOD_TABLE
            ? sample_by_table(p, isa, begin, end, s, results, cancel)
            : sample_stages(p, method, isa, begin, end, s, results, begin, 1, cancel);
    ssm_free(s);
    return error;
}

/* ---- paths ---------------------------------------------------------------------------------- */

static void fill_column(float *path, int64_t n_grid, int column)
{
    for (int64_t k = 0; k < n_grid; k++)
        path[k * CASCADE_STAGES + column] = SSM_OMISSION;
}

/* The path of the low level of a sequence, in column 1 or 2. */
static ssm_error path_of_low(const ssm_problem *p, ssm_method method, stages *s, int branch,
                             int64_t n_grid, float *path, ssm_cancel *cancel)
{
    double onset = s->block[0].time[0];
    if (isinf(onset)) {
        fill_column(path, n_grid, branch);
        return SSM_OK;
    }
    if (law_is_fixed(p, method)) {
        s->stage[branch].onset = (ssm_column){&onset, 0};
        return ssm_stage_path(&s->stage[branch], method, n_grid, path, cancel);
    }
    follow(p, method, SSM_ISA_BASELINE, 0, 1, s);
    ssm_error error = ssm_stage_path(&s->samples.problem, method, n_grid, path, cancel);
    for (int64_t k = 0; k < n_grid; k++)
        path[k * CASCADE_STAGES + branch] = path[k * CASCADE_STAGES + 1];
    return error;
}

/* Paths of levels that interact: up to the end of the high level, then of the low level alone. */
static ssm_error path_of_interacting(const ssm_problem *p, stages *s, int branch, int64_t n_grid,
                                     float *path, ssm_cancel *cancel)
{
    const ssm_problem *low = &s->samples.problem;
    ssm_error error = SSM_OK;
    draw_interacting(p, SSM_ISA_BASELINE, 0, 1, s);
    double end = s->block[0].time[0];
    for (int i = 0; i < CASCADE_STAGES; i++)
        fill_column(path, n_grid, i);
    if (s->block[1].time[0] > end && !isinf(end)) { /* or its time is not one after the other's */
        error = ssm_stage_path(low, method_alone(p), n_grid, path, cancel);
        for (int64_t k = 0; k < n_grid; k++)
            path[k * CASCADE_STAGES + branch] = path[k * CASCADE_STAGES + low->particle];
    }
    ssm_interact_path(p, &s->stage[0], branch, n_grid, path, cancel);
    if (branch == 1)
        fill_column(path, n_grid, 2);
    return error;
}

static ssm_error path_by_euler(const ssm_problem *p, stages *s, int64_t n_grid, float *path)
{
    for (int i = 0; i < CASCADE_STAGES; i++)
        fill_column(path, n_grid, i);
    draw_by_euler(p, SSM_ISA_BASELINE, 0, 1, s, path, n_grid);
    fill_column(path, n_grid, s->block[0].side[0] > 0.0 ? 1 : 2);
    return SSM_OK;
}

/* The low level that was not chosen has no path. */
static ssm_error path_of_stages(const ssm_problem *p, ssm_method method, stages *s, int64_t n_grid,
                                float *path, ssm_cancel *cancel)
{
    if (method == SSM_METHOD_EULER)
        return path_by_euler(p, s, n_grid, path);
    for (int i = 0; i < CASCADE_STAGES && method == SSM_METHOD_TABLE; i++)
        s->stage[i] = ssm_wiener_trial_alone(&s->stage[i], 0);
    draw_block(p, method, SSM_ISA_BASELINE, 0, 1, s);
    if (ssm_cancelled(cancel))
        return SSM_CANCELLED;
    int branch = s->block[0].side[0] > 0.0 ? 2 : 1;
    if (levels_interact(p))
        return path_of_interacting(p, s, branch, n_grid, path, cancel);
    ssm_error error = ssm_stage_path(&s->stage[0], method, n_grid, path, cancel);
    if (error == SSM_OK)
        error = p->variant == CASCADE_PARALLEL
                    ? ssm_stage_path(&s->stage[branch], method, n_grid, path, cancel)
                    : path_of_low(p, method, s, branch, n_grid, path, cancel);
    fill_column(path, n_grid, 3 - branch);
    return error;
}

static ssm_error path(const ssm_problem *p, ssm_method method, int64_t n_grid, float *path,
                      ssm_cancel *cancel)
{
    if (!can_draw(p, method))
        return SSM_BAD_METHOD;
    stages *s = ssm_allocate(sizeof *s);
    if (!s)
        return SSM_NO_MEMORY;
    set_stages(p, s, cancel);
    ssm_error error = path_of_stages(p, method, s, n_grid, path, cancel);
    ssm_free(s);
    return error;
}

/* Whether a leak makes the steps of levels that interact too many. */
static int go_together(const ssm_problem *p, int64_t trial, ssm_fault *fault)
{
    double leak = ssm_get(column_of(p, SSM_LEAK), trial);
    *fault = (ssm_fault){.role = SSM_LEAK, .trial = trial, .words = SSM_WORDS_OF_STEPS("200,000")};
    return fabs(leak) * longest_time(p) <= INTERACT_DECAY * SSM_MOST_STEPS;
}

static int leaks(const ssm_problem *p) { return plays(p, SSM_LEAK); }

const ssm_process_entry ssm_process_CASCADE = {
    .row = {"cascade", sizeof roles / sizeof *roles, roles, 1, 0, 2},
    .n_particles = CASCADE_STAGES,
    .path_per_particle = 1,
    .sample = sample,
    .path = path,
    .go_together = go_together,
    .may_not = leaks,
};
