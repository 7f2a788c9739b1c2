/* Boundaries with their slopes, and drifts, at a few times. */
#include "core/kernels.h"
#include "curves/curves.h"
#include "density/moving.h"
#include "density/table_bend.h"

SSM_DECLARE_KERNEL(void, moving_boundary, (const moving_curves *, int, const double *, double *,
                                           double *));
SSM_DECLARE_KERNEL(void, moving_drift, (const moving_curves *, int, const double *, double,
                                        double *));

static vdouble vector_of(int n, const double *t, int first)
{
    double x[SSM_LANES];
    for (int lane = 0; lane < SSM_LANES; lane++)
        x[lane] = t[first + lane < n ? first + lane : n - 1];
    return load(x);
}

static void write_vector(vdouble x, int n, int first, double *out)
{
    double values[SSM_LANES];
    store(values, x);
    for (int lane = 0; lane < SSM_LANES && first + lane < n; lane++)
        out[first + lane] = values[lane];
}

/* The slope of a table: that of its lines, but for the bends between them. */
static double slope_of(const ssm_table *table, int64_t row, const ssm_knot *knot, double tau)
{
    const int32_t *index = table->index + row * (table->n_cells + 1);
    const ssm_knot *first = table->knots + index[0], *last = table->knots + index[table->n_cells];
    if (isinf(knot->until)) /* the last one */
        return knot->slope[0];
    double since = tau - knot->time, left = knot[1].time - tau, line = knot->slope[0];
    double largest = fmax(first->value[0], fmax(knot->value[0], knot[1].value[0]));
    if (knot > first) {
        table_bend begin = table_bend_at(knot, largest);
        if (since < begin.after)
            return begin.at_knot + (line - begin.at_knot) * since / begin.after;
    }
    if (knot + 1 < last) {
        table_bend end = table_bend_at(knot + 1, largest);
        if (left < end.before)
            return end.at_knot + (line - end.at_knot) * left / end.before;
    }
    return line;
}

static vdouble table_slope(const ssm_table *table, vdouble row, vdouble tau)
{
    const ssm_knot *knots[SSM_LANES];
    vdouble slope;
    find_knots(table, row, tau, knots);
    for (int lane = 0; lane < SSM_LANES; lane++)
        slope[lane] = slope_of(table, (int64_t)row[lane], knots[lane], tau[lane]);
    return slope;
}

/* d/dtau of boundary_at(), with its coefficients c, which gives its value too. */
static vdouble boundary_slope_at(ssm_boundary_kind kind, const ssm_table *table, const vdouble *c,
                                 vdouble tau, vdouble *value)
{
    if (kind == SSM_BOUNDARY_WEIBULL) { /* the power serves both */
        vdouble power = weibull_power(c, tau);
        *value = weibull_at(c, tau, power);
        return -*value * c[1] * power / positive(tau);
    }
    const vdouble b = *value = boundary_at(kind, table, c, tau);
    switch (kind) {
    case SSM_BOUNDARY_CONSTANT:
        return splat(0.0);
    case SSM_BOUNDARY_ANGLE:
    case SSM_BOUNDARY_LINEAR:
        return -c[1];
    case SSM_BOUNDARY_GENERALIZED_LOGISTIC: {
        vdouble y = c[1] * (c[2] - tau), e = vexp(-vabs(y));
        vdouble share = choose(y > 0.0, splat(1.0), e) / (1.0 + e);
        return (b - c[0]) * c[3] * c[1] * share;
    }
    case SSM_BOUNDARY_CONFLICT_GAMMA:
        return gamma_bump(c, tau) * c[4] * (c[3] / positive(tau * c[4]) - 1.0) - c[1];
    case SSM_BOUNDARY_TABLE:
        return table_slope(table, c[0], tau);
    case SSM_BOUNDARY_WEIBULL:
    case SSM_N_BOUNDARIES:
        break;
    }
    return splat(0.0);
}

void SSM_KERNEL(moving_boundary)(const moving_curves *curves, int n, const double *t, double *b,
                                 double *slope)
{
    vdouble c[CURVE_COEFFICIENTS];
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        c[i] = splat(curves->boundary[i]);
    for (int first = 0; first < n; first += SSM_LANES) {
        vdouble tau = vector_of(n, t, first);
        vdouble value, rate = splat(0.0);
        if (slope)
            rate = boundary_slope_at(curves->boundary_kind, curves->boundary_table, c, tau, &value);
        else
            value = boundary_at(curves->boundary_kind, curves->boundary_table, c, tau);
        write_vector(value * curves->scale, n, first, b);
        if (slope)
            write_vector(rate * curves->scale, n, first, slope);
    }
}

void SSM_KERNEL(moving_drift)(const moving_curves *curves, int n, const double *t, double when,
                              double *w)
{
    vdouble c[CURVE_COEFFICIENTS];
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        c[i] = splat(curves->drift[i]);
    for (int first = 0; first < n; first += SSM_LANES) {
        vdouble tau = vector_of(n, t, first);
        vdouble value = drift_at(curves->drift_kind, curves->drift_table, c, tau, splat(when));
        write_vector(value * curves->scale, n, first, w);
        if (curves->drift_kind == SSM_DRIFT_CONFLICT_DUAL || curves->drift_kind == SSM_DRIFT_TABLE_DUAL) {
            value = second_drift_at(curves->drift_kind, curves->drift_table, c, tau, splat(when));
            write_vector(value * curves->scale, n, first, w + n);
        }
    }
}
