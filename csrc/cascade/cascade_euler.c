/* Levels by plain steps, literally as the step is given:
 *
 *     x <- x + (drift (A + B q) - leak x) delta_t + noise (C + D q) sqrt(delta_t) N(0, 1),
 *
 * with q of the beginning of the step while the high level is undecided (see interact.c); after it,
 * and for levels that do not interact, A = C = 1 and the rest is 0.  For comparison: times come out
 * long, see the other methods.  Both low levels take the same draws, since one of them counts.
 * Compiled once for each instruction set.
 */
#include "cascade/interact_step.h"
#include "diffusion/plain.h"

/* Samples on their way: the high level, and the low levels of branches 0 and 1. */
typedef struct {
    lanes l; /* weights, and the low levels at the beginning */
    vdouble x[CASCADE_STAGES], steps[CASCADE_STAGES]; /* steps until the exit; infinite: none yet */
    vdouble drift[CASCADE_STAGES], start[CASCADE_STAGES];
    vint begun; /* the low levels */
} walkers;

static vdouble edge_at(const ssm_problem *p, const walkers *w, double tau)
{
    return boundary_at(p->boundary.kind, &p->boundary.table, w->l.s.boundary, splat(tau));
}

/* Let the low levels of a sequence begin where the high level has ended by step `now`.  Where the
 * band has no room they end at once, on a side that is left open. */
static void begin_low(walkers *w, vdouble edge, vdouble now)
{
    vint begins = ~w->begun & (w->steps[0] <= now);
    for (int j = 1; j < CASCADE_STAGES; j++) {
        vdouble x = edge * (2.0 * w->start[j] - 1.0);
        w->x[j] = choose(begins & (edge > 0.0), x, w->x[j]);
        w->steps[j] = choose(begins & (vabs(x) >= edge), now, w->steps[j]);
    }
    w->begun |= begins;
}

static void start_walkers(const ssm_problem *p, const ssm_problem *high, int64_t begin, int i,
                          walkers *w)
{
    const vdouble never = splat(INFINITY), at_once = splat(0.0);
    begin_lanes(p, high, begin, i, never, &w->l);
    if (!levels_interact(p)) {
        w->l.a = w->l.c = splat(1.0);
        w->l.b = w->l.d = w->l.leak = splat(0.0);
    }
    w->begun = p->variant == CASCADE_SEQUENTIAL ? (vint){0} : ~(vint){0};
    for (int j = 0; j < CASCADE_STAGES; j++) {
        w->drift[j] = plain_column(p->column[SSM_DRIFT][j], p, begin, i);
        w->start[j] = plain_column(p->column[SSM_START][j], p, begin, i);
        w->x[j] = w->l.s.edge * (2.0 * w->start[j] - 1.0);
        w->steps[j] = choose(vabs(w->x[j]) >= w->l.s.edge, at_once, never);
        if (j > 0) {
            w->x[j] = choose(w->begun, w->x[j], splat(NAN));
            w->steps[j] = choose(w->begun, w->steps[j], never);
        }
    }
    begin_low(w, w->l.s.edge, at_once);
}

/* Take step number `step` of the samples that are `going`. */
static void take_plain_step(const ssm_problem *p, walkers *w, uint64_t key, int64_t step,
                            vuint stream, vint going)
{
    const vuint none = {0};
    const double dt = p->delta_t;
    const int half = (int)(step & 1);
    const vdouble now = splat((double)(step + 1)), one = splat(1.0);
    const vint undecided = w->steps[0] == INFINITY;
    vdouble edge_0 = edge_at(p, w, (double)step * dt), edge = edge_at(p, w, (double)(step + 1) * dt);
    vdouble up = 0.5 + 0.5 * w->x[0] / vmax(edge_0, splat(1e-200)), noise[2];
    for (int i = 0; i < 2; i++) {
        vblock bits = philox(key, of_particle(STREAM_PROCESS, i),
                             none + (uint64_t)(FIRST_STEP_DRAW + step / 2), stream);
        noise[i] = w->l.s.noise * sqrt(dt) * normal(bits.word[2 * half], bits.word[2 * half + 1]);
    }
    for (int j = 0; j < CASCADE_STAGES; j++) {
        vdouble rate = w->drift[j], size = one, q = j == 2 ? up : 1.0 - up;
        vint moves = going & (w->steps[j] == INFINITY);
        if (j > 0) {
            rate = choose(undecided, rate * (w->l.a + w->l.b * q) - w->l.leak * w->x[j], rate);
            size = choose(undecided, w->l.c + w->l.d * q, one);
            moves &= w->begun;
        }
        vdouble x = w->x[j] + (rate * dt + size * noise[j > 0]);
        w->x[j] = choose(moves, x, w->x[j]);
        w->steps[j] = choose(moves & (vabs(x) > edge), now, w->steps[j]);
    }
    begin_low(w, edge, now);
}

/* Where the first sample is after `step` steps, with its exits. */
static void record(const walkers *w, int64_t step, float *path)
{
    for (int j = 0; j < CASCADE_STAGES; j++)
        if (w->steps[j][0] >= (double)step && !isnan(w->x[j][0]))
            path[step * CASCADE_STAGES + j] = (float)w->x[j][0];
}

void SSM_KERNEL(cascade_euler)(const ssm_problem *p, const ssm_problem *high, int64_t begin,
                               int count, plain_block *b, float *path, int64_t n_path)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = padded(count);
    begin_plain(p, begin, whole, b);
    for (int i = 0; i < whole; i += SSM_LANES) {
        walkers w;
        start_walkers(p, high, begin, i, &w);
        vdouble limit = plain_limits(p, b, i);
        vuint stream = load_bits(b->stream + i);
        for (int64_t step = 0; step % 16 || !ssm_cancelled(b->cancel); step++) {
            if (i == 0 && step < n_path && (double)step <= limit[0])
                record(&w, step, path);
            vdouble low = choose(w.x[0] > 0.0, w.steps[2], w.steps[1]);
            vint going = ((w.steps[0] == INFINITY) | (low == INFINITY)) & ((double)step < limit);
            if (mask_bits(going) == 0)
                break;
            take_plain_step(p, &w, key, step, stream, going);
        }
        for (int j = 0; j < CASCADE_STAGES; j++)
            end_plain(p, j, i, w.steps[j], w.x[j], b);
    }
}
