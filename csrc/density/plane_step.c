/* A step of alternating directions: see plane.h.  Compiled once for each instruction set. */
#include "core/simd.h"
#include "density/plane_step.h"

/* Half the rates, over a step, of going one point up and down. */
typedef struct {
    vdouble up, down;
} vrates;
typedef struct {
    double up, down;
} rates;

/* Where there is less noise than this share of what keeps all rates positive, that much is taken. */
#define LEAST_NOISE 0.3

INLINE vrates rates_of(vdouble diffusion, vdouble drift)
{
    vdouble d = vmax(diffusion, LEAST_NOISE * vabs(drift));
    return (vrates){d + drift, d - drift};
}

static rates line_rates(double diffusion, double drift)
{
    vrates both = rates_of(splat(diffusion), splat(drift));
    return (rates){both.up[0], both.down[0]};
}

/* The matrix of a line: (1 - half the generator), as factors for both sweeps. */
typedef struct {
    rates of[PLANE_POINTS];
    double inverse[PLANE_POINTS], from_above[PLANE_POINTS];
} line;

static void set_line(int n, double dx, double diffusion, double drift, double closing, line *l)
{
    for (int i = 0; i < n; i++) {
        double y = (i + 1) * dx - 1.0;
        l->of[i] = line_rates(diffusion, drift + closing * y);
    }
    for (int i = 0; i < n; i++) {
        double below = i > 0 ? l->of[i - 1].up * l->from_above[i - 1] : 0.0;
        l->inverse[i] = 1.0 / (1.0 + l->of[i].up + l->of[i].down - below);
        l->from_above[i] = i + 1 < n ? l->of[i + 1].down * l->inverse[i] : 0.0;
    }
}

/* Steps a line to which `source` comes; adds who leaves at its ends to ends[0], ends[1]. */
static void step_line(int n, const line *l, const double *source, double *p, double *ends)
{
    double r[PLANE_POINTS] = {0}, before = 0.0;
    ends[0] += l->of[0].down * p[0];
    ends[1] += l->of[n - 1].up * p[n - 1];
    for (int i = 0; i < n; i++) {
        double here = p[i] * (1.0 - l->of[i].up - l->of[i].down) + source[i];
        here += i > 0 ? l->of[i - 1].up * before : 0.0;
        here += i + 1 < n ? l->of[i + 1].down * p[i + 1] : 0.0;
        before = p[i];
        r[i] = (here + (i > 0 ? l->of[i - 1].up * r[i - 1] : 0.0)) * l->inverse[i];
    }
    p[n - 1] = r[n - 1];
    for (int i = n - 2; i >= 0; i--)
        p[i] = r[i] + l->from_above[i] * p[i + 1];
    ends[0] += l->of[0].down * p[0];
    ends[1] += l->of[n - 1].up * p[n - 1];
}

/* ---- the square ---------------------------------------------------------------------------------- */

/* Diffusion and drift of the low level, half over the step, at each point of the high level. */
typedef struct {
    double diffusion[PLANE_STRIDE], drift[PLANE_STRIDE], closing;
} low_rates;

static void set_low(const plane_problem *p, const plane_step_sizes *s, const plane_state *x,
                    low_rates *low)
{
    double by_clock = 0.25 * s->clock / (x->dx * x->dx), by_gain = 0.25 / x->dx;
    for (int i = 0; i < PLANE_STRIDE; i++) {
        double q = 0.5 * (i + 1) * x->dx, noise = p->c + p->d * q;
        low->diffusion[i] = i < x->points ? by_clock * noise * noise : 0.0;
        low->drift[i] = i < x->points ? by_gain * s->gain * p->drift[1] * (p->a + p->b * q) : 0.0;
    }
    low->closing = by_gain * (s->closing - s->decay);
}

INLINE vrates low_rates_at(const low_rates *low, double dx, int row, int i)
{
    double y = (row + 1) * dx - 1.0;
    return rates_of(load(low->diffusion + i), load(low->drift + i) + low->closing * y);
}

/* to = (1 + half the generator of the low level) from; adds who leaves to the lines. */
static void half_step_of_low(const low_rates *low, int n, double dx, const double *from, double *to,
                             double out[2][PLANE_STRIDE])
{
    for (int i = 0; i < n; i += SSM_LANES) {
        vdouble below = splat(0.0), here = load(from + i);
        vrates at = low_rates_at(low, dx, 0, i);
        store(out[0] + i, at.down * here);
        for (int row = 0; row < n; row++) {
            vdouble above = splat(0.0), come = splat(0.0);
            vrates next = at;
            if (row + 1 < n) {
                next = low_rates_at(low, dx, row + 1, i);
                above = load(from + (row + 1) * PLANE_STRIDE + i);
                come = next.down * above;
            }
            vdouble stay = here - (at.up + at.down) * here;
            store(to + row * PLANE_STRIDE + i, stay + below + come);
            below = at.up * here;
            here = above;
            at = next;
        }
        store(out[1] + i, below);
    }
}

/* Solves (1 - half the generator of the low level) p = p. */
static void solve_low(const low_rates *low, int n, double dx, double *p, double *factors,
                      double out[2][PLANE_STRIDE])
{
    for (int i = 0; i < n; i += SSM_LANES) {
        vdouble before = splat(0.0), factor = splat(0.0), up = splat(0.0);
        vrates at = low_rates_at(low, dx, 0, i);
        for (int row = 0; row < n; row++) {
            vrates next = low_rates_at(low, dx, row + 1, i);
            vdouble inverse = 1.0 / (1.0 + at.up + at.down - up * factor);
            before = (load(p + row * PLANE_STRIDE + i) + up * before) * inverse;
            factor = next.down * inverse;
            store(p + row * PLANE_STRIDE + i, before);
            store(factors + row * PLANE_STRIDE + i, factor);
            up = at.up;
            at = next;
        }
        store(out[1] + i, load(out[1] + i) + up * before);
        for (int row = n - 2; row >= 0; row--) {
            before = load(p + row * PLANE_STRIDE + i) +
                     load(factors + row * PLANE_STRIDE + i) * before;
            store(p + row * PLANE_STRIDE + i, before);
        }
        at = low_rates_at(low, dx, 0, i);
        store(out[0] + i, load(out[0] + i) + at.down * before);
    }
}

/* With the high level at rows: solves (1 - half its generator) p* = p, and p = (1 + half of it) p*, which
 * is 2 p* - p.  Those who leave at the upper end go to `out`. */
static void step_high(const line *high, int n, double *p, double *solved, double *out)
{
    for (int i = 0; i < n; i += SSM_LANES) {
        vdouble before = splat(0.0);
        for (int row = 0; row < n; row++) {
            double up = row > 0 ? high->of[row - 1].up : 0.0;
            before = (load(p + row * PLANE_STRIDE + i) + up * before) * high->inverse[row];
            store(solved + row * PLANE_STRIDE + i, before);
        }
        store(out + i, (2.0 * high->of[n - 1].up) * before);
        for (int row = n - 1; row >= 0; row--) {
            if (row < n - 1)
                before = load(solved + row * PLANE_STRIDE + i) + high->from_above[row] * before;
            store(p + row * PLANE_STRIDE + i, 2.0 * before - load(p + row * PLANE_STRIDE + i));
        }
    }
}

static void transpose(int n, const double *restrict from, double *restrict to)
{
    for (int i = 0; i < n; i += 8)
        for (int j = 0; j < n; j += 8)
            for (int k = i; k < i + 8 && k < n; k++)
                for (int l = j; l < j + 8; l++)
                    to[k * PLANE_STRIDE + l] = l < n ? from[l * PLANE_STRIDE + k] : 0.0;
}

void SSM_KERNEL(plane_step)(const plane_problem *p, const plane_step_sizes *s, plane_state *x)
{
    const int n = x->points;
    double by_clock = 0.25 * s->clock / (x->dx * x->dx), by_gain = 0.25 / x->dx;
    double out[2][PLANE_STRIDE], out_high[PLANE_STRIDE], ends_high[2], ends_low[2] = {0.0, 0.0};
    line high, after;
    low_rates low;
    set_line(n, x->dx, by_clock, by_gain * s->gain * p->drift[0], by_gain * s->closing, &high);
    set_line(n, x->dx, by_clock, by_gain * s->gain * p->drift[1], by_gain * s->closing, &after);
    set_low(p, s, x, &low);
    half_step_of_low(&low, n, x->dx, x->inside, x->work, out);
    transpose(n, x->work, x->turned);
    step_high(&high, n, x->turned, x->work, out_high);
    transpose(n, x->turned, x->inside);
    solve_low(&low, n, x->dx, x->inside, x->work, out);
    step_line(n, &after, out_high, x->line_low, ends_low);
    for (int side = 0; side < 2; side++) {
        ends_high[0] = ends_high[1] = 0.0;
        step_line(n, &high, out[side], x->line_high[side], ends_high);
        x->left[side] += ends_high[1] + ends_low[side];
    }
}
