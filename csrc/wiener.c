/* Exact first-passage times of a Wiener process between constant boundaries.
 *
 * A sample's side of exit is drawn from its closed form.  Its time is then proposed from the
 * passage to that side alone (inverse Gaussian) and accepted with the probability that the other
 * side was not visited before.  Summed over both sides this takes 1 + exp(-2 |drift| w) <= 2
 * proposals a sample, w the distance to the side against the drift.  Rejection by series, like
 * Devroye (2009) and Drugowitsch (2016), but with one proposal that serves all times.
 *
 * Samples go through in blocks: all of a block take a proposal, those refused are moved to the
 * front and take the next one.  Compiled once for each instruction set; see simd.h.
 */
#include "wiener.h"

/* Blocks are worked on in whole vectors of the widest kind. */
static int padded(int count) { return (count + 7) & ~7; }

static void gather(double *to, ssm_column column, int64_t trial, int64_t n_trials, int count)
{
    for (int i = 0; i < count; i++) {
        to[i] = ssm_get(column, trial);
        trial = trial + 1 == n_trials ? 0 : trial + 1;
    }
}

static void gather_trials(wiener_block *b, const ssm_wiener *p, int64_t trial, int count)
{
    gather(b->drift, p->drift, trial, p->n_trials, count);
    gather(b->drift_sd, p->drift_sd, trial, p->n_trials, count);
    gather(b->boundary, p->boundary, trial, p->n_trials, count);
    gather(b->start, p->start, trial, p->n_trials, count);
    gather(b->start_halfwidth, p->start_halfwidth, trial, p->n_trials, count);
    gather(b->noise, p->noise, trial, p->n_trials, count);
    gather(b->ndt_location, p->ndt_location, trial, p->n_trials, count);
    gather(b->ndt_scale, p->ndt_scale, trial, p->n_trials, count);
    gather(b->deadline, p->deadline, trial, p->n_trials, count);
}

static void number_streams(wiener_block *b, const ssm_wiener *p, int64_t begin, int count)
{
    int64_t sample = begin / p->n_trials, trial = begin % p->n_trials;
    for (int i = 0; i < count; i++) {
        b->stream[i] = stream_id(sample, trial);
        int64_t wrap = trial + 1 == p->n_trials;
        sample += wrap;
        trial = wrap ? 0 : trial + 1;
    }
}

/* Draw each sample's drift and start; find its distances and the probability of its sides. */
static void derive(wiener_block *b, const ssm_wiener *p, uint64_t key, int count)
{
    const vuint none = {0};
    const int drift_varies = p->drift_sd.stride || p->drift_sd.data[0] != 0.0;
    const int start_varies = p->start_halfwidth.stride || p->start_halfwidth.data[0] != 0.0;
    for (int i = 0; i < count; i += SSM_LANES) {
        vuint stream = load_bits(b->stream + i);
        vdouble drift = load(b->drift + i), boundary = load(b->boundary + i);
        vdouble to_lower = load(b->start + i), to_upper = 1.0 - to_lower;
        if (start_varies) {
            vblock bits = philox(key, STREAM_PROCESS, none, stream);
            vdouble shift = load(b->start_halfwidth + i) * (2.0 * uniform(bits.word[2]) - 1.0);
            if (!p->start_halfwidth_is_relative)
                shift = shift / (2.0 * boundary);
            to_lower = to_lower + shift;
            to_upper = to_upper - shift;
        }
        if (drift_varies) {
            vblock bits = philox(key, STREAM_PROCESS, none + 1, stream);
            drift = drift + load(b->drift_sd + i) * normal(bits.word[0], bits.word[1]);
            store(b->drift + i, drift);
        }
        /* A sample without noise is not drawn, see follow_drift(). */
        vdouble noise = load(b->noise + i);
        noise = choose(noise > 0.0, noise, splat(1.0));
        vdouble separation = 2.0 * boundary / noise;
        vdouble scaled = separation * (drift / noise), size = vabs(scaled);
        vint downward = scaled < 0.0;
        vdouble along = choose(downward, to_lower, to_upper);
        vdouble against = choose(downward, to_upper, to_lower);
        vdouble p_against = vexp(-2.0 * size * against) *
                            (vexpm1(-2.0 * size * along) / vexpm1(-2.0 * size));
        p_against = choose(size < 1e-300, along, p_against);

        vdouble inside = vmin(vmax(to_upper, splat(0.0)), splat(1.0));
        store(b->scaled_drift + i, scaled);
        store(b->to_upper + i, to_upper);
        store(b->to_lower + i, to_lower);
        store(b->time_unit + i, separation * separation);
        store(b->p_against + i, p_against);
        store(b->sine + i, sin_half_turn(inside));
        store(b->cosine + i, cos_half_turn(inside));
    }
}

/* The samples of a block whose exit time is still to be drawn, kept together. */
typedef struct {
    uint64_t stream[WIENER_BLOCK];
    double w[WIENER_BLOCK], drift[WIENER_BLOCK], sine_ratio[WIENER_BLOCK], cosine[WIENER_BLOCK];
    int64_t index[WIENER_BLOCK];
} wiener_queue;

/* Entry `from` of the queue becomes entry `to`, as sample `index` of the block. */
static inline void keep(wiener_queue *q, int to, int from, int64_t index)
{
    q->stream[to] = q->stream[from];
    q->w[to] = q->w[from];
    q->drift[to] = q->drift[from];
    q->sine_ratio[to] = q->sine_ratio[from];
    q->cosine[to] = q->cosine[from];
    q->index[to] = index;
}

/* Draw the sides of exit and queue the samples; a start on or beyond a boundary exits at once. */
static int choose_sides(wiener_block *b, wiener_queue *q, uint64_t key, int count)
{
    const vuint none = {0};
    for (int i = 0; i < padded(count); i += SSM_LANES) {
        vuint stream = load_bits(b->stream + i);
        vblock bits = philox(key, STREAM_PROCESS, none, stream);
        vdouble scaled = load(b->scaled_drift + i);
        vint against = uniform_52(bits.word[0], bits.word[1]) < load(b->p_against + i);
        vint lower = (scaled < 0.0) ^ against;
        vdouble to_lower = load(b->to_lower + i), to_upper = load(b->to_upper + i);
        vdouble w = choose(lower, to_lower, to_upper);
        vdouble cosine = load(b->cosine + i);
        *(vuint_u *)(q->stream + i) = stream;
        store(q->w + i, w);
        store(q->drift + i, vabs(scaled));
        store(q->sine_ratio + i, load(b->sine + i) / w);
        store(q->cosine + i, choose(lower, -cosine, cosine));
        vint outside = (to_lower <= 0.0) | (to_upper <= 0.0);
        lower = (outside & (to_lower <= 0.0)) | (~outside & lower);
        store(b->side + i, choose(lower, splat(-1.0), splat(1.0)));
        store(b->exit_time + i, splat(0.0));
    }
    int queued = 0;
    for (int i = 0; i < count; i++) {
        keep(q, queued, i, i);
        queued += b->to_lower[i] > 0.0 && b->to_upper[i] > 0.0;
    }
    return queued;
}

/* Time at which a Wiener process with drift >= 0 toward a boundary at distance w first reaches it:
 * inverse Gaussian (Michael, Schucany & Haas 1976), in a form that holds at drift 0 too. */
static inline vdouble passage_time(vdouble w, vdouble drift, vdouble chi_squared, vdouble u)
{
    vdouble wd = w * drift;
    vdouble root = vsqrt(chi_squared * (chi_squared + 4.0 * wd));
    vdouble early = 2.0 * w * w / (chi_squared + 2.0 * wd + root);
    vdouble mean = w / drift;
    return choose(u * (w + drift * early) <= w, early, mean * (mean / early));
}

/* Offer a time to each queued sample, with draws of number `draw`; keep those that refuse it. */
static int propose(double *exit_time, wiener_queue *q, uint64_t key, uint32_t draw, int queued)
{
    const vuint none = {0};
    int kept = 0;
    for (int i = 0; i < queued; i += SSM_LANES) {
        vblock bits = philox(key, STREAM_PROCESS, none + draw, load_bits(q->stream + i));
        vdouble w = load(q->w + i);
        vdouble time = passage_time(w, load(q->drift + i),
                                    normal_squared(bits.word[0], bits.word[1]),
                                    uniform(bits.word[2]));
        vdouble chance = no_visit_probability(time, w, load(q->sine_ratio + i),
                                              load(q->cosine + i));
        vint accepted = uniform(bits.word[3]) < chance;
        int lanes = queued - i < SSM_LANES ? queued - i : SSM_LANES;
        for (int lane = 0; lane < lanes; lane++) {
            int64_t index = q->index[i + lane];
            exit_time[index] = time[lane]; /* stays if accepted, is overwritten if not */
            keep(q, kept, i + lane, index);
            kept += accepted[lane] == 0;
        }
    }
    return kept;
}

static void draw_ndt(wiener_block *b, ssm_ndt_kind kind, uint64_t key, int count)
{
    const vuint none = {0};
    for (int i = 0; i < count; i += SSM_LANES) {
        vdouble location = load(b->ndt_location + i), scale = load(b->ndt_scale + i);
        vdouble ndt = location;
        if (kind != SSM_NDT_CONSTANT && kind != SSM_NDT_TRUNCATED_NORMAL) {
            vblock bits = philox(key, STREAM_NDT, none, load_bits(b->stream + i));
            if (kind == SSM_NDT_UNIFORM)
                ndt = location + scale * (2.0 * uniform_52(bits.word[0], bits.word[1]) - 1.0);
            else if (kind == SSM_NDT_NORMAL)
                ndt = location + scale * normal(bits.word[0], bits.word[1]);
            else
                ndt = scale * vsqrt(-2.0 * vlog(uniform_52(bits.word[0], bits.word[1])));
        }
        store(b->ndt + i, ndt);
    }
    if (kind == SSM_NDT_TRUNCATED_NORMAL)
        for (int i = 0; i < count; i++)
            b->ndt[i] =
                ssm_truncated_normal(key, b->stream[i], b->ndt_location[i], b->ndt_scale[i]);
}

/* Without noise the path is a straight line, which may never arrive. */
static void follow_drift(wiener_block *b, int count)
{
    for (int i = 0; i < count; i++) {
        if (b->noise[i] > 0.0 || b->to_lower[i] <= 0.0 || b->to_upper[i] <= 0.0)
            continue;
        double drift = b->drift[i], way = drift < 0.0 ? b->to_lower[i] : b->to_upper[i];
        b->side[i] = drift < 0.0 ? -1.0 : 1.0;
        b->exit_time[i] = drift == 0.0 ? INFINITY : 2.0 * b->boundary[i] * way / fabs(drift);
    }
}

void SSM_KERNEL(wiener_draw)(const ssm_wiener *p, int64_t begin, int count, int derived,
                             wiener_block *b)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = padded(count);
    enum { FIRST_PROPOSAL = 2 }; /* draws 0 and 1 are the side, the start and the drift */
    wiener_queue queue;

    number_streams(b, p, begin, whole);
    if (!derived) {
        gather_trials(b, p, begin % p->n_trials, whole);
        derive(b, p, key, whole);
    }
    int queued = choose_sides(b, &queue, key, count);
    for (uint32_t draw = FIRST_PROPOSAL; queued > 0; draw++)
        queued = propose(b->exit_time, &queue, key, draw, queued);
    for (int i = 0; i < whole; i += SSM_LANES)
        store(b->exit_time + i, load(b->exit_time + i) * load(b->time_unit + i));
    follow_drift(b, count);
    draw_ndt(b, p->ndt_kind, key, whole);
}
