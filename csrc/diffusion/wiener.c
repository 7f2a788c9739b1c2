/* Exact first-passage times of a Wiener process between linear boundaries.
 *
 * With one boundary alone, the passage is inverse Gaussian, and certain or of probability
 * exp(-2 speed distance).  A proposal is a side, by these probabilities, and the time of its
 * passage; it is accepted with the probability that the other side was not visited before, which
 * a series gives.  This takes at most two proposals a sample.  Rejection by series, like Devroye
 * (2009) and Drugowitsch (2016), but with one proposal that serves all times, drifts and slopes.
 *
 * Samples go through in blocks: all of a block take a proposal, those refused take the next one.
 * Compiled once for each instruction set; see simd.h.
 */
#include "diffusion/wiener.h"

static void gather_trials(wiener_block *b, const ssm_problem *p, int64_t trial, int count)
{
    gather(b->drift, p->drift.parameters[0], trial, p->n_trials, count);
    gather(b->drift_sd, column_of(p, SSM_DRIFT_SD), trial, p->n_trials, count);
    gather(b->boundary, p->boundary.parameters[0], trial, p->n_trials, count);
    gather(b->start, column_of(p, SSM_START), trial, p->n_trials, count);
    gather(b->start_halfwidth, column_of(p, SSM_START_HALFWIDTH), trial, p->n_trials, count);
    gather(b->noise, column_of(p, SSM_NOISE), trial, p->n_trials, count);
    gather(b->ndt_location, column_of(p, SSM_NDT_LOCATION), trial, p->n_trials, count);
    gather(b->ndt_scale, column_of(p, SSM_NDT_SCALE), trial, p->n_trials, count);
    gather(b->deadline, column_of(p, SSM_DEADLINE), trial, p->n_trials, count);
    gather(b->onset, onset_of(p), trial, p->n_trials, count);
    if (p->boundary.row->n_parameters > 1)
        gather(b->collapse, p->boundary.parameters[1], trial, p->n_trials, count);
}

/* Probability that a boundary at `distance`, met at `speed`, is ever reached. */
static inline vdouble passage_probability(vdouble distance, vdouble speed)
{
    return choose(speed < 0.0, vexp(2.0 * speed * distance), splat(1.0));
}

/* Draw each sample's drift and start; find its distances and the probability of its sides. */
static void derive(wiener_block *b, const ssm_problem *p, uint64_t key, int count)
{
    const vuint none = {0};
    const double least_boundary = 1e-12;
    const uint32_t purpose = of_particle(STREAM_PROCESS, p->particle);
    const int drift_varies = may_differ(column_of(p, SSM_DRIFT_SD), 0.0);
    const int start_varies = may_differ(column_of(p, SSM_START_HALFWIDTH), 0.0);
    const int sloped =
        p->boundary.row->n_parameters > 1 && may_differ(p->boundary.parameters[1], 0.0);
    for (int i = 0; i < count; i += SSM_LANES) {
        vuint stream = load_bits(b->stream + i);
        vdouble drift = load(b->drift + i), boundary = load(b->boundary + i);
        vdouble to_lower = load(b->start + i), collapse = splat(0.0);
        if (sloped) {
            collapse = load(b->collapse + i);
            if (p->boundary.kind == SSM_BOUNDARY_ANGLE)
                collapse = tangent(collapse);
        }
        if (sloped && p->onset.data) {
            vdouble height = boundary - collapse * load(b->onset + i);
            boundary = vmax(height, least_boundary * boundary); /* where rounding decides */
            store(b->boundary + i, boundary);
        }
        if (p->start_is_absolute)
            to_lower = 0.5 + 0.5 * to_lower / boundary;
        vdouble to_upper = 1.0 - to_lower;
        if (start_varies) {
            vblock bits = philox(key, purpose, none, stream);
            vdouble shift = load(b->start_halfwidth + i) * (2.0 * uniform(bits.word[2]) - 1.0);
            if (!p->start_is_relative)
                shift = shift / (2.0 * boundary);
            to_lower = to_lower + shift;
            to_upper = to_upper - shift;
        }
        if (drift_varies) {
            vblock bits = philox(key, purpose, none + 1, stream);
            drift = drift + load(b->drift_sd + i) * normal(bits.word[0], bits.word[1]);
            store(b->drift + i, drift);
        }
        /* A sample without noise is not drawn, see follow_drift(). */
        vdouble noise = load(b->noise + i);
        noise = choose(noise > 0.0, noise, splat(1.0));
        vdouble separation = 2.0 * boundary / noise;
        vdouble scaled = separation * (drift / noise);
        vdouble slope = sloped ? separation * (collapse / noise) : splat(0.0);
        vdouble upper = passage_probability(to_upper, slope + scaled);
        vdouble lower = passage_probability(to_lower, slope - scaled);
        vdouble inside = vmin(vmax(to_upper, splat(0.0)), splat(1.0));
        store(b->scaled_drift + i, scaled);
        store(b->closing + i, 2.0 * slope);
        store(b->to_upper + i, to_upper);
        store(b->to_lower + i, to_lower);
        store(b->time_unit + i, separation * separation);
        store(b->p_upper + i, upper / (upper + lower));
        store(b->sine + i, sin_half_turn(inside));
        store(b->cosine + i, cos_half_turn(inside));
    }
}

/* A process without noise, and one between boundaries that open faster than it drifts, may never
 * exit: then the bridge to where it is at the end of all times stays inside. */
static int never_exits(const wiener_block *b, uint64_t key, int i)
{
    double opening = -b->closing[i], end = 0.5 + b->scaled_drift[i] / opening;
    if (!(opening > 0.0 && end > 0.0 && end < 1.0))
        return 0;
    const vuint none = {0};
    const uint32_t purpose = of_particle(STREAM_PROCESS, b->particle);
    vblock bits = philox(key, purpose, none, none + b->stream[i]);
    return uniform_52(bits.word[0], bits.word[1])[0] <
           ssm_stay_probability(b->to_lower[i], end, 1.0 / opening);
}

/* List the samples that take proposals; one that starts on or beyond a boundary exits at once. */
static int list_samples(wiener_block *b, int32_t *list, uint64_t key, int count)
{
    int listed = 0;
    for (int i = 0; i < count; i++) {
        int outside = b->to_lower[i] <= 0.0 || b->to_upper[i] <= 0.0;
        int listed_now = !outside;
        b->exit_time[i] = 0.0;
        b->side[i] = b->to_lower[i] <= 0.0 ? -1.0 : 1.0;
        if (b->closing[i] < 0.0 && !outside && never_exits(b, key, i)) {
            b->exit_time[i] = INFINITY;
            listed_now = 0;
        }
        list[listed] = i;
        listed += listed_now;
    }
    for (int i = listed; i < padded(listed); i++)
        list[i] = list[0]; /* lanes that fill up a vector */
    return listed;
}

/* Entries of an array at the samples of a list. */
static inline vdouble collect(const double *from, const int32_t *list)
{
    vdouble x;
    for (int lane = 0; lane < SSM_LANES; lane++)
        x[lane] = from[list[lane]];
    return x;
}

static inline vuint collect_bits(const uint64_t *from, const int32_t *list)
{
    vuint x;
    for (int lane = 0; lane < SSM_LANES; lane++)
        x[lane] = from[list[lane]];
    return x;
}

/* How the samples of a list stand in a block: all alike, in the list's order, or anywhere. */
typedef enum { ALIKE, ORDERED, LISTED } arrangement;

/* Offer a side and a time to each listed sample, with draws of number `draw`; list those that
 * refuse it. */
static inline __attribute__((always_inline)) int
propose(wiener_block *b, int32_t *list, uint64_t key, uint32_t draw, int listed, int sloped,
        arrangement how)
{
    const vuint none = {0};
    const uint32_t purpose = of_particle(STREAM_PROCESS, b->particle);
    int refusing = 0;
#define ENTRY(field)                      \
    (how == ALIKE     ? splat(b->field[0]) \
     : how == ORDERED ? load(b->field + i) \
                      : collect(b->field, list + i))
    for (int i = 0; i < listed; i += SSM_LANES) {
        vblock bits = philox(key, purpose, none + draw, collect_bits(b->stream, list + i));
        vdouble drift = ENTRY(scaled_drift), cosine = ENTRY(cosine);

        /* The rest of the uniform that chose the side is uniform again. */
        vdouble u = uniform(bits.word[2]), p_upper = ENTRY(p_upper);
        vint upper = u < p_upper;
        u = choose(upper, u, u - p_upper) / choose(upper, p_upper, 1.0 - p_upper);
        vdouble w = choose(upper, ENTRY(to_upper), ENTRY(to_lower));
        vdouble speed = choose(upper, drift, -drift), shrink = splat(1.0);
        if (sloped)
            speed = speed + 0.5 * ENTRY(closing);
        vdouble time = passage_time(w, vabs(speed), normal_squared(bits.word[0], bits.word[1]), u);
        vdouble clock = time;
        if (sloped) {
            shrink = 1.0 - ENTRY(closing) * time;
            clock = time / shrink;
        }
        vdouble chance_times_w = no_visit_times_w(clock, 1.0 / clock, w, ENTRY(sine),
                                                  choose(upper, cosine, -cosine));
        vint accepted = (shrink > 0.0) & (uniform(bits.word[3]) * w < chance_times_w);
        vdouble side = choose(upper, splat(1.0), splat(-1.0));
        int lanes = listed - i < SSM_LANES ? listed - i : SSM_LANES;
        for (int lane = 0; lane < lanes; lane++) {
            int32_t index = list[i + lane];
            b->exit_time[index] = time[lane]; /* stay if accepted, are overwritten if not */
            b->side[index] = side[lane];
            list[refusing] = index;
            refusing += accepted[lane] == 0;
        }
    }
#undef ENTRY
    for (int i = refusing; refusing > 0 && i < padded(refusing); i++)
        list[i] = list[0];
    return refusing;
}

static void propose_until_accepted(wiener_block *b, int32_t *list, uint64_t key, int listed,
                                   int count, int alike)
{
    enum { FIRST_PROPOSAL = 2 }; /* draws 0 and 1 are the start, never exiting, and the drift */
    uint32_t draw = FIRST_PROPOSAL;
    int sloped = 0;
    for (int i = 0; i < count; i++)
        sloped |= b->closing[i] != 0.0;
    if (listed == count && !alike)
        listed = sloped ? propose(b, list, key, draw++, listed, 1, ORDERED)
                        : propose(b, list, key, draw++, listed, 0, ORDERED);
    while (listed > 0) {
        if (alike)
            listed = sloped ? propose(b, list, key, draw++, listed, 1, ALIKE)
                            : propose(b, list, key, draw++, listed, 0, ALIKE);
        else
            listed = sloped ? propose(b, list, key, draw++, listed, 1, LISTED)
                            : propose(b, list, key, draw++, listed, 0, LISTED);
    }
}

/* Without noise the path is a straight line, which may never arrive. */
static void follow_drift(wiener_block *b, int count)
{
    for (int i = 0; i < count; i++) {
        if (b->noise[i] > 0.0 || b->to_lower[i] <= 0.0 || b->to_upper[i] <= 0.0)
            continue;
        /* With noise 1 in place of 0, `closing` is 4 boundary tan(angle). */
        double slope = 0.25 * b->closing[i] / b->boundary[i], width = 2.0 * b->boundary[i];
        double up = slope + b->drift[i], down = slope - b->drift[i];
        double upper = up > 0.0 ? width * b->to_upper[i] / up : INFINITY;
        double lower = down > 0.0 ? width * b->to_lower[i] / down : INFINITY;
        b->side[i] = (lower > upper) - (lower < upper); /* 0 where the boundaries meet at it */
        b->exit_time[i] = lower < upper ? lower : upper;
    }
}

void SSM_KERNEL(wiener_prepare)(const ssm_problem *p, int64_t begin, int count, int derived,
                                wiener_block *b)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = padded(count);
    b->particle = p->particle;
    number_samples(p, b->stream, begin, whole);
    if (!derived) {
        gather_trials(b, p, begin % p->n_trials, whole);
        derive(b, p, key, whole);
    }
    draw_ndt(p->ndt_kind, key, b->stream, b->ndt_location, b->ndt_scale, whole, b->ndt);
}

void SSM_KERNEL(wiener_draw)(const ssm_problem *p, int count, wiener_block *b)
{
    const uint64_t key = stream_key(p->seed);
    int32_t list[WIENER_BLOCK];
    int listed = list_samples(b, list, key, count);
    propose_until_accepted(b, list, key, listed, count, ssm_wiener_all_alike(p));
    for (int i = 0; i < padded(count); i += SSM_LANES)
        store(b->exit_time + i, load(b->exit_time + i) * load(b->time_unit + i));
    follow_drift(b, count);
}
