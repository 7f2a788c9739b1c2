/* A step of evidence in two parts: see parts.h.  Compiled once for each instruction set. */
#include "density/parts_step.h"

#include "core/simd.h"

/* Vectors side by side in a row: sweeps along S take them together. */
enum { COLUMNS = HERMITES / SSM_LANES, FIRST = PARTS_STRIDE - HERMITES };

static double *row_of(double *rows, int i) { return rows + i * PARTS_STRIDE + FIRST; }

static double place_of(const parts_state *x, int i) { return (i + 1) * x->dx - 1.0; }

/* ---- the motion of U ----------------------------------------------------------------------------------- */

/* Moves U over h, with S as it is: U decays, and the integral of S is taken from it.  The new mean and width are
 * those of the survivors, by their first two moments with S.  In the new units (U - mean) / width is `scale` times
 * the old one, after that has been shifted by shift_0 + shift_S S. */
typedef struct {
    double scale, shift_0, shift_s;
} motion;

static motion motion_of(parts_state *x, double boundary, double leak, double h)
{
    double all = 0.0, size = 0.0, u = 0.0, u2 = 0.0, s = 0.0, s2 = 0.0, su = 0.0;
    for (int i = 0; i < x->points; i++) {
        const double *c = row_of(x->density, i);
        double at = place_of(x, i) * boundary - x->start;
        all += c[0];
        size += fabs(c[0]);
        u += c[1];
        u2 += c[2];
        s += c[0] * at;
        s2 += c[0] * at * at;
        su += c[1] * at;
    }
    double decay = exp(-leak * h), gain = leak * h == 0.0 ? h : -expm1(-leak * h) / leak;
    double spread = 1.0, both = 0.0, spread_s = 0.0;
    if (all > 0.5 * size) {
        double share = 1.0 / all;
        u *= share;
        s *= share;
        spread = 1.0 + sqrt(2.0) * u2 * share - u * u;
        both = su * share - s * u;
        spread_s = s2 * share - s * s;
    } else { /* nearly none are left: their moments are noise */
        u = s = 0.0;
        for (int i = 0; i < x->points; i++)
            for (int n = 1; n < HERMITES; n++)
                row_of(x->density, i)[n] = 0.0;
    }
    double old = decay * x->width, mean = decay * (x->mean + x->width * u) - gain * s;
    double variance = old * (old * spread - 2.0 * gain * both) + gain * gain * spread_s;
    double width = fmax(fmax(x->narrowest, 0.8 * old), sqrt(fmax(variance, 0.0)));
    motion m = {.scale = old / width, .shift_0 = (decay * x->mean - mean) / old, .shift_s = -gain / old};
    x->mean = mean;
    x->width = width;
    return m;
}

/* Shifts a density of Hermite functions: the exponential of the operator that raises their order.  Rows take
 * their terms together, since those of each wait for one another. */
enum { ROWS = 8 };

static void shift_rows(parts_state *x, double boundary, double shift_0, double shift_s)
{
    double terms[2][ROWS * PARTS_STRIDE] = {{0}}, by[ROWS] = {0};
    vdouble roots[COLUMNS];
    for (int j = 0; j < HERMITES; j++)
        roots[j / SSM_LANES][j % SSM_LANES] = sqrt(j);
    for (int first = 0; first < x->points; first += ROWS) {
        int n = x->points - first < ROWS ? x->points - first : ROWS;
        double *density = x->density + first * PARTS_STRIDE;
        for (int i = 0; i < n; i++) {
            by[i] = shift_0 + shift_s * (place_of(x, first + i) * boundary - x->start);
            for (int k = 0; k < HERMITES; k += SSM_LANES)
                store(row_of(terms[0], i) + k, load(row_of(density, i) + k));
        }
        for (int order = 1; order < HERMITES; order++) {
            double *from = terms[(order - 1) & 1], *to = terms[order & 1], share = 1.0 / order;
            for (int i = 0; i < n; i++)
                for (int k = 0; k < COLUMNS; k++) {
                    double *sum = row_of(density, i) + k * SSM_LANES;
                    vdouble raised = by[i] * share * roots[k] * load(row_of(from, i) + k * SSM_LANES - 1);
                    store(row_of(to, i) + k * SSM_LANES, raised);
                    store(sum, load(sum) + raised);
                }
        }
    }
}

/* The coefficients of a density that is stretched by `scale`, from those before: of function n from n - 2 k. */
static void set_stretch(double scale, double (*m)[HERMITES])
{
    for (int n = 0; n < HERMITES; n++)
        for (int j = 0; j < HERMITES; j++)
            m[n][j] = 0.0;
    double power = 1.0;
    for (int j = 0; j < HERMITES; j++, power *= scale) {
        double value = power;
        for (int n = j; n < HERMITES; n += 2) {
            m[n][j] = value;
            value *= (scale * scale - 1.0) * sqrt((n + 1.0) * (n + 2.0)) / (n + 2.0 - j);
        }
    }
}

/* ---- the motion of S ----------------------------------------------------------------------------------- */

/* to = from times a matrix, row by row. */
static void times(int points, const double *from, double (*matrix)[HERMITES], double *to)
{
    for (int i = 0; i < points; i++) {
        const double *row = from + i * PARTS_STRIDE + FIRST;
        vdouble sum[COLUMNS] = {{0}};
        for (int n = 0; n < HERMITES; n++)
            for (int k = 0; k < COLUMNS; k++)
                sum[k] += row[n] * load(matrix[n] + k * SSM_LANES);
        for (int k = 0; k < COLUMNS; k++)
            store(row_of(to, i) + k * SSM_LANES, sum[k]);
    }
}

/* Half the rates, over a step, of going one point up and down: the drift is base + slope y.  All are positive. */
typedef struct {
    vdouble base[COLUMNS];
    double slope, diffusion;
} grid_rates;

typedef struct {
    vdouble up, down;
} vrates;

INLINE vrates rates_at(const grid_rates *r, const parts_state *x, int i, int k)
{
    vdouble drift = r->base[k] + r->slope * place_of(x, i), d = vmax(splat(r->diffusion), vabs(drift));
    return (vrates){d + drift, d - drift};
}

/* Steps the density at the nodes of U by the trapezoid rule; adds the probabilities of leaving. */
static void step_rows(const grid_rates *r, parts_state *x, double *rows, double *factors)
{
    const int n = x->points;
    vdouble before[COLUMNS] = {{0}}, solved[COLUMNS] = {{0}}, factor[COLUMNS] = {{0}}, up[COLUMNS] = {{0}};
    double out[2][HERMITES];
    vrates at[COLUMNS];
    for (int k = 0; k < COLUMNS; k++) {
        at[k] = rates_at(r, x, 0, k);
        store(out[0] + k * SSM_LANES, at[k].down * load(row_of(rows, 0) + k * SSM_LANES));
    }
    for (int k = 0; k < HERMITES; k++)
        row_of(rows, n)[k] = 0.0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < COLUMNS; k++) {
            double *p = row_of(rows, i) + k * SSM_LANES;
            vdouble here = load(p), all = at[k].up + at[k].down;
            vrates next = rates_at(r, x, i + 1, k);
            vdouble sum = here - all * here + up[k] * before[k] + next.down * load(p + PARTS_STRIDE);
            vdouble inverse = 1.0 / (1.0 + all - up[k] * factor[k]);
            solved[k] = (sum + up[k] * solved[k]) * inverse;
            factor[k] = next.down * inverse;
            before[k] = here;
            up[k] = at[k].up;
            at[k] = next;
            store(p, solved[k]);
            store(row_of(factors, i) + k * SSM_LANES, factor[k]);
        }
    for (int k = 0; k < COLUMNS; k++)
        store(out[1] + k * SSM_LANES, up[k] * (before[k] + solved[k]));
    for (int i = n - 2; i >= 0; i--)
        for (int k = 0; k < COLUMNS; k++) {
            double *p = row_of(rows, i) + k * SSM_LANES;
            store(p, solved[k] = load(p) + load(row_of(factors, i) + k * SSM_LANES) * solved[k]);
        }
    for (int k = 0; k < COLUMNS; k++) {
        vdouble down = rates_at(r, x, 0, k).down * solved[k];
        store(out[0] + k * SSM_LANES, load(out[0] + k * SSM_LANES) + down);
    }
    for (int side = 0; side < 2; side++)
        for (int j = 0; j < HERMITES; j++)
            x->left[side] += x->functions[0][j] * out[side][j];
}

void SSM_KERNEL(parts_step)(const parts_sizes *s, parts_state *x)
{
    double stretch[HERMITES][HERMITES], matrix[HERMITES][HERMITES];
    double by_gain = 0.25 / x->dx, per_b = s->dt / s->boundary;
    motion m = motion_of(x, s->boundary, s->leak, 0.5 * s->dt);
    shift_rows(x, s->boundary, m.shift_0, m.shift_s);
    set_stretch(m.scale, stretch);
    for (int n = 0; n < HERMITES; n++) /* to values at the nodes */
        for (int j = 0; j < HERMITES; j++) {
            matrix[n][j] = 0.0;
            for (int k = n; k < HERMITES; k++)
                matrix[n][j] += stretch[k][n] * x->functions[k][j];
        }
    times(x->points, x->density, matrix, x->work[0]);
    grid_rates r = {.slope = by_gain * (s->closing - s->leak * s->dt),
                    .diffusion = by_gain * per_b / (s->boundary * x->dx)};
    double drift = s->drift + s->leak * x->start - s->pull * x->mean;
    for (int j = 0; j < HERMITES; j++)
        r.base[j / SSM_LANES][j % SSM_LANES] =
            by_gain * per_b * (drift - s->pull * x->width * x->nodes[j]);
    step_rows(&r, x, x->work[0], x->work[1]);
    for (int n = 0; n < HERMITES; n++) /* and back */
        for (int j = 0; j < HERMITES; j++)
            matrix[j][n] = x->functions[n][j];
    times(x->points, x->work[0], matrix, x->density);
    m = motion_of(x, s->boundary, s->leak, 0.5 * s->dt);
    shift_rows(x, s->boundary, m.shift_0, m.shift_s);
    set_stretch(m.scale, stretch);
    for (int n = 0; n < HERMITES; n++)
        for (int j = 0; j < HERMITES; j++)
            matrix[j][n] = stretch[n][j];
    times(x->points, x->density, matrix, x->work[0]);
    for (int i = 0; i < x->points; i++)
        for (int k = 0; k < HERMITES; k += SSM_LANES)
            store(row_of(x->density, i) + k, load(row_of(x->work[0], i) + k));
}
