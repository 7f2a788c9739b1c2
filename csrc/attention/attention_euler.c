/* Attention by plain steps, literally as the step is given:
 *
 *     x <- x + v delta_t + noise sqrt(delta_t) N(0, 1),
 *
 * with v of where gaze is at the beginning of the step.  For comparison: times come out long, see
 * method bridge.  Compiled once for each instruction set.
 */
#include "attention/attention.h"
#include "curves/gaze.h"

enum { FIRST_STEP_DRAW = 0 };

/* Samples on their way. */
typedef struct {
    vdouble x, steps, noise; /* steps until the exit; infinite: none yet */
    vdouble boundary[CURVE_COEFFICIENTS], gaze[CURVE_COEFFICIENTS];
} walkers;

static vdouble edge_at(const ssm_problem *p, const walkers *w, double tau)
{
    return boundary_at(p->boundary.kind, &p->boundary.table, w->boundary, splat(tau));
}

static void start_walkers(const ssm_problem *p, uint64_t key, int64_t begin, int i, vuint stream,
                          walkers *w)
{
    vdouble boundary[SSM_CURVE_PARAMETERS] = {{0}}, drift[SSM_CURVE_PARAMETERS] = {{0}};
    for (int j = 0; j < p->boundary.row->n_parameters; j++)
        boundary[j] = plain_column(p->boundary.parameters[j], p, begin, i);
    for (int j = 0; j < p->drift.row->n_parameters; j++)
        drift[j] = plain_column(p->drift.parameters[j], p, begin, i);
    set_boundary(p->boundary.kind, boundary, w->boundary);
    begin_gaze(p, drift, key, stream, w->gaze);
    w->noise = plain_column(column_of(p, SSM_NOISE), p, begin, i);
    w->x = plain_column(column_of(p, SSM_START), p, begin, i);
    w->steps = choose(vabs(w->x) >= edge_at(p, w, 0.0), splat(0.0), splat(INFINITY));
}

static void take_step(const ssm_problem *p, walkers *w, uint64_t key, int64_t step, vuint stream,
                      vint going)
{
    const vuint none = {0};
    const double dt = p->delta_t, tau = (double)step * dt;
    const int half = (int)(step & 1);
    while (mask_bits(move_gaze(&p->gaze, key, stream, splat(tau), w->gaze)) != 0)
        continue;
    vblock bits = philox(key, STREAM_PROCESS, none + (uint64_t)(FIRST_STEP_DRAW + step / 2), stream);
    vdouble noise = w->noise * sqrt(dt) * normal(bits.word[2 * half], bits.word[2 * half + 1]);
    w->x = choose(going, w->x + (w->gaze[GAZE_DRIFT] * dt + noise), w->x);
    vint outside = going & (vabs(w->x) > edge_at(p, w, (double)(step + 1) * dt));
    w->steps = choose(outside, splat((double)(step + 1)), w->steps);
}

void SSM_KERNEL(attention_euler)(const ssm_problem *p, int64_t begin, int count, plain_block *b,
                                 float *path, int64_t n_path)
{
    const uint64_t key = stream_key(p->seed);
    const int whole = padded(count);
    begin_plain(p, begin, whole, b);
    for (int i = 0; i < whole; i += SSM_LANES) {
        walkers w;
        vuint stream = load_bits(b->stream + i);
        vdouble limit = plain_limits(p, b, i);
        start_walkers(p, key, begin, i, stream, &w);
        for (int64_t step = 0; step % 16 || !ssm_cancelled(b->cancel); step++) {
            if (i == 0 && step < n_path && (double)step <= limit[0] && w.steps[0] >= (double)step)
                path[step] = (float)w.x[0];
            vint going = (w.steps == INFINITY) & ((double)step < limit);
            if (mask_bits(going) == 0)
                break;
            take_step(p, &w, key, step, stream, going);
        }
        end_plain(p, 0, i, w.steps, w.x, b);
    }
}
