/* Races by Euler-Maruyama, literally as the step is given:
 *
 *     x_i <- max(0, x_i + drift_i delta_t + noise_i sqrt(delta_t) N(0, 1)),
 *
 * all from the state at the beginning of the step (the maximum only where there is a floor), until
 * one is above the boundary after a whole number of steps; then the largest wins.  For comparison:
 * times come out long, see methods bridge and exact.
 */
#include "core/results.h"
#include "race/race_step.h"

/* Parameters of SSM_LANES samples. */
typedef struct {
    vdouble boundary[CURVE_COEFFICIENTS], leak, inhibition, limit;
    vdouble drift[SSM_MAX_PARTICLES], scale[SSM_MAX_PARTICLES];
} euler_rates;

static vdouble of_trials(ssm_column column, const ssm_problem *p, const uint64_t *stream)
{
    vdouble values;
    for (int lane = 0; lane < SSM_LANES; lane++)
        values[lane] = ssm_get(column, (int64_t)(stream[lane] >> 32) - p->first_trial);
    return values;
}

/* Start the accumulators of the samples from i on. */
static void start_lanes(const ssm_problem *p, uint64_t key, race_block *b, int i, euler_rates *r,
                        vdouble *x)
{
    const uint64_t *stream = b->stream + i;
    vdouble given[SSM_CURVE_PARAMETERS] = {{0}};
    for (int j = 0; j < p->boundary.row->n_parameters; j++)
        given[j] = of_trials(p->boundary.parameters[j], p, stream);
    set_boundary(p->boundary.kind, given, r->boundary);
    vdouble edge = boundary_at(p->boundary.kind, &p->boundary.table, r->boundary, splat(0.0));
    vdouble range = of_trials(column_of(p, SSM_START_RANGE), p, stream);
    r->leak = of_trials(column_of(p, SSM_LEAK), p, stream);
    r->inhibition = of_trials(column_of(p, SSM_INHIBITION), p, stream);
    for (int j = 0; j < p->n_particles; j++) {
        r->drift[j] = of_trials(p->column[SSM_DRIFT][j], p, stream);
        r->scale[j] = of_trials(p->column[SSM_NOISE][j], p, stream) * sqrt(p->delta_t);
        x[j] = race_start(p, j, edge, of_trials(p->column[SSM_START][j], p, stream), range, key,
                          load_bits(stream));
    }
    for (int lane = 0; lane < SSM_LANES; lane++)
        r->limit[lane] = most_steps(p, b->deadline[i + lane], b->ndt[i + lane]);
}

/* One step of all accumulators; `half` tells which half of a block of draws it takes. */
static inline void take_step(race_traits k, const ssm_problem *p, const euler_rates *r, uint64_t key,
                             vuint draw, int half, vuint stream, vdouble *x)
{
    vdouble sum = splat(0.0);
    for (int i = 0; i < k.n; i++)
        sum = sum + x[i];
    for (int i = 0; i < k.n; i++) {
        vblock bits = philox(key, of_particle(STREAM_PROCESS, i), draw, stream);
        vdouble rate = r->drift[i];
        if (k.coupled)
            rate = rate - r->leak * x[i] - r->inhibition * (sum - x[i]);
        x[i] = x[i] + (rate * p->delta_t +
                       r->scale[i] * normal(bits.word[2 * half], bits.word[2 * half + 1]));
        if (k.floor)
            x[i] = vmax(x[i], splat(0.0));
    }
}

void SSM_KERNEL(race_euler)(const ssm_problem *p, int64_t begin, int count, race_block *b,
                            float *path, int64_t n_path)
{
    const uint64_t key = stream_key(p->seed);
    const race_traits k = race_traits_of(p);
    const vuint none = {0};
    const int whole = padded(count);
    race_begin(p, key, begin, whole, b);
    for (int i = 0; i < whole; i += SSM_LANES) {
        vdouble x[SSM_MAX_PARTICLES], taken = splat(0.0), winner;
        euler_rates r;
        start_lanes(p, key, b, i, &r, x);
        vuint stream = load_bits(b->stream + i);
        vdouble edge = boundary_at(p->boundary.kind, &p->boundary.table, r.boundary, splat(0.0));
        vint outside = {0}, going = r.limit > 0.0;
        for (int j = 0; j < k.n; j++)
            outside |= x[j] >= edge; /* a start on the boundary is outside, as in every method */
        going &= ~outside;
        winner = largest(k, x);
        float *trace = i == 0 ? path : 0; /* the other vectors fill up the block */
        for (int j = 0; j < k.n && trace; j++)
            trace[j] = (float)x[j][0];
        for (int64_t step = 0; mask_bits(going) != 0; step++) {
            if (step % 16 == 0 && ssm_cancelled(b->cancel))
                return;
            take_step(k, p, &r, key, none + (uint64_t)(RACE_FIRST_STEP_DRAW + step / 2),
                      (int)(step & 1), stream, x);
            vdouble now = splat((double)(step + 1));
            edge = boundary_at(p->boundary.kind, &p->boundary.table, r.boundary, now * p->delta_t);
            vint above = {0};
            for (int j = 0; j < k.n; j++)
                above |= x[j] > edge;
            taken = choose(going, now, taken);
            winner = choose(going, largest(k, x), winner);
            outside |= above & going;
            going &= ~above & (now < r.limit);
            for (int j = 0; j < k.n && trace && step + 1 < n_path; j++)
                trace[(step + 1) * k.n + j] = (float)x[j][0];
        }
        vblock blur = philox(key, STREAM_BLUR, none, stream);
        vdouble moved = uniform_52(blur.word[0], blur.word[1]);
        moved = choose(taken == 0.0, 0.5 * moved, moved - 0.5);
        vdouble time = (p->smooth_times ? taken + moved : taken) * p->delta_t;
        vint late = time + load(b->ndt + i) >= load(b->deadline + i);
        store(b->time + i, choose(outside & ~late, time, splat(INFINITY)));
        store(b->winner + i, winner);
        store(b->steps + i, taken);
    }
}
