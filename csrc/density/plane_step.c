/* A step of alternating directions: see plane.h.  Compiled once for each instruction set. */
#include "core/simd.h"
#include "density/plane_step.h"

/* Half the rates, over a step, of going one point up and down.  Where there is less noise than a share of what
 * keeps both positive, that much is taken. */
typedef struct {
    vdouble up, down;
} vrates;
typedef struct {
    double up, down;
} rates;

INLINE vrates rates_of(vdouble diffusion, vdouble drift, double least)
{
    vdouble d = vmax(diffusion, least * vabs(drift));
    return (vrates){d + drift, d - drift};
}

static rates line_rates(double diffusion, double drift, double least)
{
    vrates both = rates_of(splat(diffusion), splat(drift), least);
    return (rates){both.up[0], both.down[0]};
}

/* The matrix of a line: (1 - half the generator), as factors for both sweeps. */
typedef struct {
    rates of[PLANE_POINTS];
    double inverse[PLANE_POINTS], from_above[PLANE_POINTS];
} line;

/* Lines take their steps together, since those of each wait for one another. */
enum { AFTER_LOW, AFTER_LOW_ABOVE, AFTER_HIGH, LINES };

static void set_lines(int n, double dx, double diffusion, const double *drift, double closing,
                      double least, line *l)
{
    double below[2] = {0.0, 0.0};
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 2; k++) {
            double y = (i + 1) * dx - 1.0;
            rates at = l[k].of[i] = line_rates(diffusion, drift[k] + closing * y, least);
            double next = line_rates(diffusion, drift[k] + closing * (y + dx), least).down;
            l[k].inverse[i] = 1.0 / (1.0 + at.up + at.down - below[k]);
            l[k].from_above[i] = next * l[k].inverse[i];
            below[k] = at.up * l[k].from_above[i];
        }
}

/* Steps densities on lines, to which `source` is added; adds the probabilities of leaving at their ends to
 * ends[0] and ends[1]. */
static void step_lines(int n, const line *const *l, double *const *source, double *const *p,
                       double (*ends)[2])
{
    double r[PLANE_POINTS + 1][LINES], before[LINES] = {0}, solved[LINES] = {0};
    for (int k = 0; k < LINES; k++) {
        ends[k][0] = l[k]->of[0].down * p[k][0];
        ends[k][1] = l[k]->of[n - 1].up * p[k][n - 1];
    }
    for (int i = 0; i < n; i++)
        for (int k = 0; k < LINES; k++) {
            double up = i > 0 ? l[k]->of[i - 1].up : 0.0, here = p[k][i];
            double come = i + 1 < n ? l[k]->of[i + 1].down * p[k][i + 1] : 0.0;
            double sum = here * (1.0 - l[k]->of[i].up - l[k]->of[i].down) + source[k][i];
            sum += up * before[k];
            before[k] = here;
            r[i][k] = solved[k] = (sum + come + up * solved[k]) * l[k]->inverse[i];
        }
    for (int k = 0; k < LINES; k++)
        p[k][n - 1] = solved[k];
    for (int i = n - 2; i >= 0; i--)
        for (int k = 0; k < LINES; k++)
            p[k][i] = solved[k] = r[i][k] + l[k]->from_above[i] * solved[k];
    for (int k = 0; k < LINES; k++) {
        ends[k][0] += l[k]->of[0].down * p[k][0];
        ends[k][1] += l[k]->of[n - 1].up * p[k][n - 1];
    }
}

/* ---- the square ---------------------------------------------------------------------------------- */

/* Diffusion and drift of the low level, half over the step, at each point of the high level. */
typedef struct {
    double diffusion[PLANE_STRIDE], drift[PLANE_STRIDE], closing, least;
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
    return rates_of(load(low->diffusion + i), load(low->drift + i) + low->closing * y,
                    low->least);
}

/* Columns of a row that are side by side: the sweeps go from row to row, all columns at once, since the
 * steps of a column wait for one another. */
enum { COLUMNS = PLANE_STRIDE / SSM_LANES };

/* to = (1 + half the generator of the low level) from; adds the probabilities of leaving to the lines. */
static void half_step_of_low(const low_rates *low, int n, double dx, const double *restrict from,
                             double *restrict to, double out[2][PLANE_STRIDE])
{
    vdouble below[COLUMNS] = {0};
    vrates at[COLUMNS];
    for (int i = 0, k = 0; i < n; i += SSM_LANES, k++) {
        at[k] = low_rates_at(low, dx, 0, i);
        store(out[0] + i, at[k].down * load(from + i));
    }
    for (int row = 0; row < n; row++)
        for (int i = 0, k = 0; i < n; i += SSM_LANES, k++) {
            const double *x = from + row * PLANE_STRIDE + i;
            vdouble here = load(x), stay = here - (at[k].up + at[k].down) * here + below[k];
            below[k] = at[k].up * here;
            at[k] = low_rates_at(low, dx, row + 1, i);
            store(to + row * PLANE_STRIDE + i, stay + at[k].down * load(x + PLANE_STRIDE));
        }
    for (int i = 0, k = 0; i < n; i += SSM_LANES, k++)
        store(out[1] + i, below[k]);
}

/* Solves (1 - half the generator of the low level) p = p. */
static void solve_low(const low_rates *low, int n, double dx, double *restrict p,
                      double *restrict factors, double out[2][PLANE_STRIDE])
{
    vdouble before[COLUMNS] = {0}, factor[COLUMNS] = {0}, up[COLUMNS] = {0};
    vrates at[COLUMNS];
    for (int i = 0, k = 0; i < n; i += SSM_LANES, k++)
        at[k] = low_rates_at(low, dx, 0, i);
    for (int row = 0; row < n; row++)
        for (int i = 0, k = 0; i < n; i += SSM_LANES, k++) {
            double *x = p + row * PLANE_STRIDE + i;
            vdouble inverse = 1.0 / (1.0 + at[k].up + at[k].down - up[k] * factor[k]);
            before[k] = (load(x) + up[k] * before[k]) * inverse;
            up[k] = at[k].up;
            at[k] = low_rates_at(low, dx, row + 1, i);
            factor[k] = at[k].down * inverse;
            store(x, before[k]);
            store(factors + row * PLANE_STRIDE + i, factor[k]);
        }
    for (int i = 0, k = 0; i < n; i += SSM_LANES, k++)
        store(out[1] + i, load(out[1] + i) + up[k] * before[k]);
    for (int row = n - 2; row >= 0; row--)
        for (int i = 0, k = 0; i < n; i += SSM_LANES, k++) {
            double *x = p + row * PLANE_STRIDE + i;
            store(x, before[k] = load(x) + load(factors + row * PLANE_STRIDE + i) * before[k]);
        }
    for (int i = 0, k = 0; i < n; i += SSM_LANES, k++)
        store(out[0] + i, load(out[0] + i) + low_rates_at(low, dx, 0, i).down * before[k]);
}

/* With the high level at rows: solves (1 - half its generator) p* = p, and p = (1 + half of it) p*, which
 * is 2 p* - p.  Probabilities of leaving at the upper end go to `out`. */
static void step_high(const line *high, int n, double *restrict p, double *restrict solved, double *out)
{
    vdouble before[COLUMNS] = {0};
    for (int row = 0; row < n; row++) {
        double up = row > 0 ? high->of[row - 1].up : 0.0;
        for (int i = 0, k = 0; i < n; i += SSM_LANES, k++) {
            before[k] = (load(p + row * PLANE_STRIDE + i) + up * before[k]) * high->inverse[row];
            store(solved + row * PLANE_STRIDE + i, before[k]);
        }
    }
    for (int i = 0, k = 0; i < n; i += SSM_LANES, k++)
        store(out + i, (2.0 * high->of[n - 1].up) * before[k]);
    for (int row = n - 1; row >= 0; row--)
        for (int i = 0, k = 0; i < n; i += SSM_LANES, k++) {
            double *here = p + row * PLANE_STRIDE + i;
            if (row < n - 1)
                before[k] = load(solved + row * PLANE_STRIDE + i) + high->from_above[row] * before[k];
            store(here, 2.0 * before[k] - load(here));
        }
}

/* points + 1 is a multiple of 8; beyond the points, rows and columns are 0. */
static void transpose(int n, const double *restrict from, double *restrict to)
{
    typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));
    for (int i = 0; i < n; i += 8)
        for (int j = 0; j < n; j += 8)
            for (int k = i; k < i + 8; k += 2)
                for (int l = j; l < j + 8; l += 2) {
                    pair a = *(const pair *)(from + l * PLANE_STRIDE + k);
                    pair b = *(const pair *)(from + (l + 1) * PLANE_STRIDE + k);
                    *(pair *)(to + k * PLANE_STRIDE + l) = (pair){a[0], b[0]};
                    *(pair *)(to + (k + 1) * PLANE_STRIDE + l) = (pair){a[1], b[1]};
                }
}

void SSM_KERNEL(plane_step)(const plane_problem *p, const plane_step_sizes *s, plane_state *x)
{
    const int n = x->points;
    double by_clock = 0.25 * s->clock / (x->dx * x->dx), by_gain = 0.25 / x->dx;
    double out[LINES][PLANE_STRIDE], ends[LINES][2];
    const double drift[2] = {by_gain * s->gain * p->drift[0], by_gain * s->gain * p->drift[1]};
    const double least = s->least * x->dx < 1.0 ? s->least * x->dx : 1.0;
    line alone[2];
    low_rates low = {.least = least};
    set_lines(n, x->dx, by_clock, drift, by_gain * s->closing, least, alone);
    set_low(p, s, x, &low);
    half_step_of_low(&low, n, x->dx, x->inside, x->work, out);
    transpose(n, x->work, x->turned);
    step_high(&alone[0], n, x->turned, x->work, out[AFTER_HIGH]);
    transpose(n, x->turned, x->inside);
    solve_low(&low, n, x->dx, x->inside, x->work, out);
    const line *lines[LINES] = {&alone[0], &alone[0], &alone[1]};
    double *source[LINES] = {out[0], out[1], out[2]};
    double *density[LINES] = {x->line_high[0], x->line_high[1], x->line_low};
    step_lines(n, lines, source, density, ends);
    for (int side = 0; side < 2; side++)
        x->left[side] += ends[side][1] + ends[AFTER_HIGH][side];
}
