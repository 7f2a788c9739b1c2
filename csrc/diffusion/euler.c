/* Euler-Maruyama steps of diffusions between moving boundaries, literally as the step is given.
 *
 *     x_{k+1} = x_k + (v(k dt) - leak x_k) dt + increment_k,    until |x_k| > b(k dt)
 *
 * A start on the boundary is outside, as in every method.
 * The boundary is looked at only at the times k dt, so times of exit come out long, by about
 * 0.58 sqrt(dt) / b of their square root for Gaussian noise; see methods bridge and exact.
 *
 * The scheme is linear: x_k is the mean, which follows the recursion without increments and is
 * kept in double precision, plus the noise, which follows it from 0 without drift and is kept in
 * single precision: its rounding is that of noise, some 1e-7 of an increment.
 *
 * Samples go through in blocks.  All samples of a block are at the same step: a visit takes the
 * samples of one vector EULER_VISIT steps further, and what all have in common (mean, boundary) is
 * found once for all of them.  Those which are outside leave when the round of visits is over, and
 * the last of the block take their places: a call starts exactly its samples, and all end.
 */
#include "diffusion/euler.h"
#include "core/results.h"
#include "curves/curves.h"
#include "diffusion/increments.h"

enum { EULER_VISIT = INCREMENTS, COMMON = EULER_BLOCK };

/* Sample `from` takes the place `to`. */
static void move(euler_walkers *w, int to, int from)
{
    for (int part = 0; part < 2; part++) {
        w->mean[part][to] = w->mean[part][from];
        w->leak[part][to] = w->leak[part][from];
        w->noise[part][to] = w->noise[part][from];
    }
    w->origin[to] = w->origin[from];
    w->drift[to] = w->drift[from];
    w->limit[to] = w->limit[from];
    w->scale[to] = w->scale[from];
    w->stability[to] = w->stability[from];
    for (int i = 0; i < 4; i++)
        w->word[i][to] = w->word[i][from];
    w->sample[to] = w->sample[from];
}

/* Boundary and mean of the samples of a vector, from the step after the visit's first on. */
typedef struct {
    float boundary[EULER_VISIT][SSM_SINGLES], mean[EULER_VISIT][SSM_SINGLES];
} schedule;

/* ---- start ---------------------------------------------------------------------------------- */

/* A parameter of the trials of SSM_LANES streams. */
static vdouble of_trials(ssm_column column, const uint64_t *stream)
{
    vdouble values = splat(column.data[0]);
    if (column.stride)
        for (int lane = 0; lane < SSM_LANES; lane++)
            values[lane] = ssm_get(column, (int64_t)(stream[lane] >> 32));
    return values;
}

static void boundary_of_trials(const ssm_problem *p, const uint64_t *stream, vdouble *c)
{
    vdouble parameters[SSM_CURVE_PARAMETERS] = {{0}};
    for (int i = 0; i < p->boundary.row->n_parameters; i++)
        parameters[i] = of_trials(p->boundary.parameters[i], stream);
    set_boundary(p->boundary.kind, parameters, c);
}

static void drift_of_trials(const ssm_problem *p, const uint64_t *stream, vdouble *c)
{
    vdouble parameters[SSM_CURVE_PARAMETERS] = {{0}};
    for (int i = 0; i < p->drift.row->n_parameters; i++)
        parameters[i] = of_trials(p->drift.parameters[i], stream);
    set_drift(p->drift.kind, parameters, c);
}

static vdouble draw_start(const ssm_problem *p, uint64_t key, const uint64_t *stream,
                          vdouble height)
{
    const vuint none = {0};
    vdouble start = height * (2.0 * of_trials(column_of(p, SSM_START), stream) - 1.0);
    if (may_differ(column_of(p, SSM_START_HALFWIDTH), 0.0)) {
        vblock bits = philox(key, of_particle(STREAM_PROCESS, p->particle), none, load_bits(stream));
        vdouble halfwidth = of_trials(column_of(p, SSM_START_HALFWIDTH), stream);
        vdouble shift = halfwidth * (2.0 * uniform(bits.word[2]) - 1.0);
        start = start + (p->start_is_relative ? 2.0 * height * shift : shift);
    }
    return start;
}

static vdouble draw_drift(const ssm_problem *p, uint64_t key, const uint64_t *stream)
{
    const vuint none = {0};
    if (!may_differ(column_of(p, SSM_DRIFT_SD), 0.0))
        return (vdouble)none;
    vblock bits = philox(key, of_particle(STREAM_PROCESS, p->particle), none + 1, load_bits(stream));
    return of_trials(column_of(p, SSM_DRIFT_SD), stream) * normal(bits.word[0], bits.word[1]);
}

static void seed_generators(const ssm_problem *p, euler_walkers *w, int i, uint64_t key, const uint64_t *stream)
{
    const vuint none = {0};
    vblock bits = philox(key, of_particle(STREAM_PROCESS, p->particle), none + 2, load_bits(stream));
    for (int word = 0; word < 4; word++)
        for (int lane = 0; lane < SSM_LANES; lane++)
            w->word[word][i + lane] = (uint32_t)bits.word[word][lane];
}

/* Scale and stability of the increments; each of two parts gets half of the noise. */
static void set_noise(const ssm_problem *p, euler_walkers *w, int i, const uint64_t *stream)
{
    const double log_2 = 0x1.62e42fefa39efp-1;
    vdouble noise = of_trials(column_of(p, SSM_NOISE), stream), stability = splat(2.0), scale;
    if (has_two_columns(p))
        noise = 0.5 * noise;
    scale = -2.0 * log_2 * noise * noise * p->delta_t;
    if (plays(p, SSM_STABILITY)) {
        stability = of_trials(column_of(p, SSM_STABILITY), stream);
        vdouble power = vlog(splat(p->delta_t)) + (stability - 1.0) * vlog(splat(log_2));
        scale = noise * vexp(power / stability);
    }
    for (int lane = 0; lane < SSM_LANES; lane++) {
        w->scale[i + lane] = (float)scale[lane];
        w->stability[i + lane] = (float)stability[lane];
    }
}

static void set_limits(const ssm_problem *p, euler_block *b, euler_walkers *w, int i, uint64_t key)
{
    double locations[SSM_LANES], scales[SSM_LANES];
    const vuint none = {0};
    const uint64_t *stream = b->stream + i;
    store(locations, of_trials(column_of(p, SSM_NDT_LOCATION), stream));
    store(scales, of_trials(column_of(p, SSM_NDT_SCALE), stream));
    draw_ndt(p->ndt_kind, key, stream, locations, scales, SSM_LANES, b->ndt + i);
    store(b->deadline + i, of_trials(column_of(p, SSM_DEADLINE), stream));
    vblock bits = philox(key, of_particle(STREAM_BLUR, p->particle), none, load_bits(stream));
    store(b->blur + i, uniform_52(bits.word[0], bits.word[1]));
    for (int lane = i; lane < i + SSM_LANES; lane++) {
        w->limit[lane] = most_steps(p, b->deadline[lane], b->ndt[lane]);
        b->steps[lane] = 0.0;
    }
}

/* The leak in one step. */
static vdouble leak_of_trials(const ssm_problem *p, ssm_role role, const uint64_t *stream)
{
    return plays(p, SSM_LEAK) ? p->delta_t * of_trials(column_of(p, role), stream) : splat(0.0);
}

static void start_lanes(const ssm_problem *p, euler_block *b, euler_walkers *w, int i, uint64_t key)
{
    const vdouble zero = {0};
    const uint64_t *stream = b->stream + i;
    const int two_parts = has_two_columns(p);
    vdouble c[CURVE_COEFFICIENTS];
    boundary_of_trials(p, stream, c);
    vdouble height = boundary_at(p->boundary.kind, &p->boundary.table, c, zero);
    vdouble start = draw_start(p, key, stream, height);
    for (int lane = 0; lane < SSM_LANES; lane++)
        b->outside[i + lane] = !(fabs(start[lane]) < height[lane]);
    store(b->position + i, start);
    store(w->origin + i, two_parts ? start : zero);
    store(w->mean[0] + i, two_parts ? zero : start);
    store(w->mean[1] + i, zero);
    store(w->drift + i, draw_drift(p, key, stream));
    store(w->leak[0] + i, leak_of_trials(p, SSM_LEAK, stream));
    store(w->leak[1] + i, two_parts ? leak_of_trials(p, SSM_LEAK_2, stream) : zero);
    set_noise(p, w, i, stream);
    set_limits(p, b, w, i, key);
    seed_generators(p, w, i, key, stream);
}

/* Returns the number of samples that have steps to take. */
static int start_block(const ssm_problem *p, int64_t begin, int count, euler_block *b, euler_walkers *w)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = (count + EULER_WIDEST - 1) / EULER_WIDEST * EULER_WIDEST;
    number_streams(b->stream, p->n_trials, 0, begin, whole);
    for (int i = 0; i < whole; i += SSM_LANES)
        start_lanes(p, b, w, i, key);
    for (int i = 0; i < whole; i++) {
        w->noise[0][i] = w->noise[1][i] = 0.0f;
        w->sample[i] = i;
    }
    for (int lane = 0; lane < EULER_WIDEST; lane++)
        move(w, COMMON + lane, 0);
    int walking = 0;
    for (int i = 0; i < count; i++) {
        move(w, walking, i);
        walking += !b->outside[i] && w->limit[i] > 0.0;
    }
    return walking;
}

/* ---- mean and boundary ---------------------------------------------------------------------- */

static int all_same(const ssm_column *columns, int count)
{
    int same = 1;
    for (int i = 0; i < count; i++)
        same &= columns[i].stride == 0;
    return same;
}

static int boundary_is_common(const ssm_problem *p)
{
    return all_same(p->boundary.parameters, p->boundary.row->n_parameters);
}

static int mean_is_common(const ssm_problem *p)
{
    return boundary_is_common(p) &&
           all_same(p->drift.parameters, p->drift.row->n_parameters) &&
           column_of(p, SSM_START).stride == 0 &&
           !may_differ(column_of(p, SSM_START_HALFWIDTH), 0.0) &&
           !may_differ(column_of(p, SSM_DRIFT_SD), 0.0) &&
           (!plays(p, SSM_LEAK) || (column_of(p, SSM_LEAK).stride == 0 &&
                                    column_of(p, SSM_LEAK_2).stride == 0));
}

/* The streams of a vector of samples, whose high halves are the numbers of their trials. */
static void find_streams(const euler_block *b, const euler_walkers *w, int i, uint64_t *stream)
{
    for (int lane = 0; lane < SSM_SINGLES; lane++)
        stream[lane] = b->stream[w->sample[i + lane]];
}

/* The boundary at the ends of the steps from `step` on.  The kind is a constant where this is
 * called for the simplest kinds. */
static inline __attribute__((always_inline)) void
evaluate_boundary(const ssm_boundary_kind kind, const ssm_problem *p, const uint64_t *stream,
                  int64_t step, schedule *s)
{
    vdouble c[2][CURVE_COEFFICIENTS];
    for (int half = 0; half < 2; half++)
        boundary_of_trials(p, stream + half * SSM_LANES, c[half]);
    for (int j = 0; j < EULER_VISIT; j++) {
        vdouble tau = splat((double)(step + j + 1) * p->delta_t);
        vpair height;
        for (int half = 0; half < 2; half++)
            height.half[half] = boundary_at(kind, &p->boundary.table, c[half], tau);
        store_single(s->boundary[j], narrow(height));
    }
}

static void follow_boundary(const ssm_problem *p, const euler_block *b, const euler_walkers *w, int i,
                            int64_t step, schedule *s)
{
    uint64_t stream[SSM_SINGLES];
    find_streams(b, w, i, stream);
    if (p->boundary.kind == SSM_BOUNDARY_CONSTANT)
        evaluate_boundary(SSM_BOUNDARY_CONSTANT, p, stream, step, s);
    else if (p->boundary.kind == SSM_BOUNDARY_ANGLE)
        evaluate_boundary(SSM_BOUNDARY_ANGLE, p, stream, step, s);
    else
        evaluate_boundary(p->boundary.kind, p, stream, step, s);
}

/* The recursion without increments, from the mean at `step` on. */
static inline __attribute__((always_inline)) void
evaluate_mean(const ssm_drift_kind kind, const ssm_problem *p, const uint64_t *stream,
              euler_walkers *w, int i, int64_t step, schedule *s)
{
    const double dt = p->delta_t;
    vpair position[EULER_VISIT];
    for (int half = 0; half < 2; half++) {
        int lane = i + half * SSM_LANES;
        vdouble c[CURVE_COEFFICIENTS], origin = load(w->origin + lane), own = load(w->drift + lane);
        vdouble x = load(w->mean[0] + lane), leak = load(w->leak[0] + lane);
        vdouble x2 = load(w->mean[1] + lane), leak2 = load(w->leak[1] + lane);
        drift_of_trials(p, stream + half * SSM_LANES, c);
        for (int j = 0; j < EULER_VISIT; j++) {
            vdouble tau = splat((double)(step + j) * dt);
            x = x + ((drift_at(kind, &p->drift.table, c, tau, tau) + own) * dt - leak * x);
            if (has_two_columns(p))
                x2 = x2 + (second_drift_at(kind, &p->drift.table, c, tau, tau) * dt - leak2 * x2);
            position[j].half[half] = origin + x + x2;
        }
        store(w->mean[0] + lane, x);
        store(w->mean[1] + lane, x2);
    }
    for (int j = 0; j < EULER_VISIT; j++)
        store_single(s->mean[j], narrow(position[j]));
}

static void follow_mean(const ssm_problem *p, const euler_block *b, euler_walkers *w, int i,
                        int64_t step, schedule *s)
{
    uint64_t stream[SSM_SINGLES];
    find_streams(b, w, i, stream);
    if (p->drift.kind == SSM_DRIFT_CONSTANT)
        evaluate_mean(SSM_DRIFT_CONSTANT, p, stream, w, i, step, s);
    else
        evaluate_mean(p->drift.kind, p, stream, w, i, step, s);
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* One step of the noise of a part. */
static inline vsingle step_noise(vsingle x, vsingle increment, vsingle leak, int leaks)
{
    return leaks ? x + (increment - leak * x) : x + increment;
}

static inline vsingle load_leak(const double *leak)
{
    return narrow((vpair){{load(leak), load(leak + SSM_LANES)}});
}

/* EULER_VISIT steps of the samples from i on; where they led goes to `trace`.  Returns which were
 * inside at all of them.  The flags are constants where this is called. */
static inline __attribute__((always_inline)) vsingle_int
take_steps(euler_walkers *w, int i, const schedule *s, float (*trace)[SSM_SINGLES],
           const int is_stable, const int leaks, const int two_parts)
{
    vgenerator generator;
    for (int word = 0; word < 4; word++)
        generator.word[word] = load_words(w->word[word] + i);
    vsingle scale = load_single(w->scale + i), stability = load_single(w->stability + i);
    vsingle leak = load_leak(w->leak[0] + i), leak2 = load_leak(w->leak[1] + i);
    vsingle x = load_single(w->noise[0] + i), x2 = load_single(w->noise[1] + i);
    vsingle_int inside = ~(vsingle_int){0};
    if (is_stable)
        stable_increments(&generator, scale, stability, trace);
    else
        normal_increments(&generator, scale, trace);
    for (int j = 0; j < EULER_VISIT; j++) {
        vsingle increment = load_single(trace[j]);
        x = step_noise(x, increment, leak, leaks);
        vsingle position = x + load_single(s->mean[j]);
        if (two_parts) {
            x2 = step_noise(x2, increment, leak2, leaks);
            position = position + x2;
        }
        store_single(trace[j], position);
        inside &= vabs_single(position) <= load_single(s->boundary[j]);
    }
    for (int word = 0; word < 4; word++)
        store_words(w->word[word] + i, generator.word[word]);
    store_single(w->noise[0] + i, x);
    store_single(w->noise[1] + i, x2);
    return inside;
}

static vsingle_int visit(const ssm_problem *p, euler_walkers *w, int i, const schedule *s,
                         float (*trace)[SSM_SINGLES])
{
    const int two_parts = has_two_columns(p);
    switch ((plays(p, SSM_STABILITY) != 0) * 3 + (two_parts ? 2 : plays(p, SSM_LEAK) != 0)) {
    case 0:
        return take_steps(w, i, s, trace, 0, 0, 0);
    case 1:
        return take_steps(w, i, s, trace, 0, 1, 0);
    case 2:
        return take_steps(w, i, s, trace, 0, 1, 1);
    case 3:
        return take_steps(w, i, s, trace, 1, 0, 0);
    case 4:
        return take_steps(w, i, s, trace, 1, 1, 0);
    default:
        return take_steps(w, i, s, trace, 1, 1, 1);
    }
}

/* After a visit from `step` on: whether the sample at place i, in `lane` of its vector, has left
 * or may take no more steps.  If so its answer is written. */
static int has_ended(euler_block *b, const euler_walkers *w, int i, int lane, double step,
                     const schedule *s, float (*trace)[SSM_SINGLES])
{
    int left = w->limit[i] - step < EULER_VISIT ? (int)(w->limit[i] - step) : EULER_VISIT, j = 0;
    while (j < left && fabsf(trace[j][lane]) <= s->boundary[j][lane])
        j++;
    int sample = w->sample[i], outside = j < left;
    if (!outside && step + EULER_VISIT < w->limit[i])
        return 0;
    int last = outside ? j : left - 1;
    b->outside[sample] = (unsigned char)outside;
    b->steps[sample] = step + last + 1;
    b->position[sample] = trace[last][lane];
    return 1;
}

/* Which samples of a vector may have ended: one bit for each lane. */
static unsigned may_have_ended(const euler_walkers *w, int i, vsingle_int inside, double step)
{
    unsigned bits = mask_bits_single(~inside);
    for (int half = 0; half < 2; half++) {
        vint reached = load(w->limit + i + half * SSM_LANES) <= step + EULER_VISIT;
        bits |= mask_bits(reached) << half * SSM_LANES;
    }
    return bits;
}

static void record(const ssm_problem *p, float *path, int64_t n_path, int64_t step, float (*trace)[SSM_SINGLES])
{
    for (int64_t j = 0; j < EULER_VISIT && step + j + 1 < n_path; j++)
        path[path_place(p, step + j + 1)] = trace[j][0];
}

/* Take all that are walking EULER_VISIT steps further; returns how many still walk. */
static int visit_all(const ssm_problem *p, euler_block *b, euler_walkers *w, int walking, int64_t step,
                     float *path, int64_t n_path)
{
    const int common_boundary = boundary_is_common(p), common_mean = mean_is_common(p);
    float trace[EULER_VISIT][SSM_SINGLES];
    int ended[EULER_BLOCK], n_ended = 0;
    schedule s;
    if (common_boundary)
        follow_boundary(p, b, w, COMMON, step, &s);
    if (common_mean)
        follow_mean(p, b, w, COMMON, step, &s);
    for (int i = 0; i < walking; i += SSM_SINGLES) {
        if (!common_boundary)
            follow_boundary(p, b, w, i, step, &s);
        if (!common_mean)
            follow_mean(p, b, w, i, step, &s);
        vsingle_int inside = visit(p, w, i, &s, trace);
        unsigned candidates = may_have_ended(w, i, inside, (double)step);
        for (int lane = 0; candidates >> lane && i + lane < walking; lane++)
            if (candidates >> lane & 1 &&
                has_ended(b, w, i + lane, lane, (double)step, &s, trace))
                ended[n_ended++] = i + lane;
        if (path)
            record(p, path, n_path, step, trace);
    }
    while (n_ended > 0)
        move(w, ended[--n_ended], --walking);
    return walking;
}

void SSM_KERNEL(euler_walk)(const ssm_problem *p, int64_t begin, int count, euler_block *b,
                            float *path, int64_t n_path)
{
    euler_walkers *w = &b->walkers;
    int walking = start_block(p, begin, count, b, w);
    if (path)
        path[path_place(p, 0)] = (float)b->position[0];
    for (int64_t step = 0; walking > 0 && !ssm_cancelled(b->cancel); step += EULER_VISIT)
        walking = visit_all(p, b, w, walking, step, path, n_path);
}
