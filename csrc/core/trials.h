/* Work of the kernels of all processes on the trials of a call: gather the parameters of a block
 * of samples, number its streams, draw parameters that vary over trials.
 */
#ifndef SSM_TRIALS_H
#define SSM_TRIALS_H

#include "core/streams.h"
#include "ssm.h"

/* One draw of a normal truncated to [0, inf). */
double ssm_truncated_normal(uint64_t key, uint64_t stream, double mean, double sd);

/* The column of a role that all particles share, or of the first particle. */
static inline ssm_column column_of(const ssm_problem *p, ssm_role role)
{
    return p->column[role][0];
}

/* The times at which samples begin, on the boundary's clock. */
static inline ssm_column onset_of(const ssm_problem *p)
{
    static const double at_0 = 0.0;
    return p->onset.data ? p->onset : (ssm_column){&at_0, 0};
}

/* Whether a parameter plays a role; else all trials have the role's usual value. */
static inline int plays(const ssm_problem *p, ssm_role role) { return p->played >> role & 1; }

/* Blocks are worked on in whole vectors of the widest kind. */
static inline int padded(int count) { return (count + 7) & ~7; }

/* Trials that follow each other in a block, up to the last of the call. */
static inline int run_of_trials(int64_t trial, int64_t n_trials, int left)
{
    return n_trials - trial < left ? (int)(n_trials - trial) : left;
}

static inline void gather(double *to, ssm_column column, int64_t trial, int64_t n_trials, int count)
{
    if (column.stride == 0) {
        for (int i = 0; i < count; i++)
            to[i] = column.data[0];
        return;
    }
    for (int i = 0, run; i < count; i += run, trial = 0) {
        run = run_of_trials(trial, n_trials, count - i);
        const double *from = column.data + trial * column.stride;
        for (int j = 0; j < run; j++)
            to[i + j] = from[j * column.stride];
    }
}

static inline void number_streams(uint64_t *stream, int64_t n_trials, int64_t first_trial,
                                  int64_t begin, int count)
{
    int64_t sample = begin / n_trials, trial = begin % n_trials;
    if (n_trials == 1) { /* a run of one trial each would take longer than all else */
        for (int i = 0; i < count; i++)
            stream[i] = stream_id(sample + i, first_trial);
        return;
    }
    for (int i = 0, run; i < count; i += run, trial = 0, sample++) {
        run = run_of_trials(trial, n_trials, count - i);
        for (int j = 0; j < run; j++)
            stream[i + j] = stream_id(sample, first_trial + trial + j);
    }
}

/* The streams of the samples of a problem from `begin` on. */
static inline void number_samples(const ssm_problem *p, uint64_t *stream, int64_t begin, int count)
{
    if (!p->streams) {
        number_streams(stream, p->n_trials, p->first_trial, begin, count);
        return;
    }
    for (int i = 0; i < count; i++)
        stream[i] = p->streams[begin + i];
}

/* When a step that begins at tau must end at the latest: at the limit of the sample or, where none
 * is given, first at the usual one, so that samples which end before do not depend on it. */
static inline vdouble next_limit(const ssm_problem *p, vdouble limit, vdouble tau)
{
    if (p->max_t < INFINITY)
        return limit;
    return choose(tau < SSM_USUAL_MAX_T, vmin(limit, splat(SSM_USUAL_MAX_T)), limit);
}

/* Whether dx = leak (mean - x) dtau + noise dW is certain not to reach a boundary that is at `edge`
 * now and later: with less than 1e-10 in SSM_LAST_TIME if leak is up to 100.  The way up from x, and
 * from the mean, are as unlikely as the stationary density exp(-leak (x - mean)^2 / noise^2) is lower
 * up there. */
static inline vint stays_below(vdouble x, vdouble mean, vdouble leak, vdouble noise, vdouble edge)
{
    const double sure = 30.0, sure_for_long = 40.0;
    vdouble room = edge - mean, above = vmax(x - mean, splat(0.0));
    vdouble variance = noise * noise, height = leak * (room * room);
    return (leak > 0.0) & (room > above) & (height >= sure_for_long * variance) &
           (height - leak * (above * above) >= sure * variance);
}

/* Whether a parameter may differ from `value` in some trial. */
static inline int may_differ(ssm_column column, double value)
{
    return column.stride || column.data[0] != value;
}

static inline vdouble tangent(vdouble angle)
{
    vdouble quarter_turns = vabs(angle) * 0x1.45f306dc9c883p-1;
    vdouble size = sin_quarter_turn(quarter_turns) / sin_quarter_turn(1.0 - quarter_turns);
    return choose(angle < 0.0, -size, size);
}

/* Time at which a Wiener process that meets a boundary at distance w at `speed` >= 0 reaches it:
 * inverse Gaussian (Michael, Schucany & Haas 1976), in a form that holds at speed 0 too. */
static inline vdouble passage_time(vdouble w, vdouble speed, vdouble chi_squared, vdouble u)
{
    vdouble ws2 = 2.0 * w * speed;
    vdouble root = vsqrt(chi_squared * (chi_squared + 2.0 * ws2));
    vdouble sum = chi_squared + ws2 + root;
    /* The earlier root of the two, w^2 / (sum / 2), with probability w / (w + speed * root). */
    vint early = u * (sum + ws2) <= sum;
    return choose(early, 2.0 * w * w, sum) / choose(early, sum, 2.0 * speed * speed);
}

/* Non-decision times of the samples of a block, whose number is padded. */
static inline void draw_ndt(ssm_ndt_kind kind, uint64_t key, const uint64_t *stream,
                            const double *locations, const double *scales, int count, double *ndts)
{
    const vuint none = {0};
    for (int i = 0; i < count; i += SSM_LANES) {
        vdouble location = load(locations + i), scale = load(scales + i);
        vdouble ndt = location;
        if (kind != SSM_NDT_CONSTANT && kind != SSM_NDT_TRUNCATED_NORMAL) {
            vblock bits = philox(key, STREAM_NDT, none, load_bits(stream + i));
            if (kind == SSM_NDT_UNIFORM)
                ndt = location + scale * (2.0 * uniform_52(bits.word[0], bits.word[1]) - 1.0);
            else if (kind == SSM_NDT_NORMAL)
                ndt = location + scale * normal(bits.word[0], bits.word[1]);
            else
                ndt = scale * vsqrt(-2.0 * vlog(uniform_52(bits.word[0], bits.word[1])));
        }
        store(ndts + i, ndt);
    }
    if (kind == SSM_NDT_TRUNCATED_NORMAL)
        for (int i = 0; i < count; i++)
            ndts[i] = ssm_truncated_normal(key, stream[i], locations[i], scales[i]);
}

#endif
