/* Boundaries with their slopes, and drifts, at a few times. */
#include "curves/curves.h"
#include "density/moving.h"

static vdouble vector_of(int n, const double *t, int first)
{
    vdouble x = splat(t[n - 1]);
    for (int lane = 0; lane < SSM_LANES && first + lane < n; lane++)
        x[lane] = t[first + lane];
    return x;
}

/* The slope at a knot: that of the parabola through its neighbours and itself. */
static double slope_at_knot(const ssm_table *table, int64_t row, const ssm_knot *knot)
{
    const int32_t *index = table->index + row * (table->n_cells + 1);
    const ssm_knot *first = table->knots + index[0], *last = table->knots + index[table->n_cells];
    if (knot == first || knot == last)
        return knot == first ? knot->slope[0] : knot[-1].slope[0];
    double before = knot->time - knot[-1].time, after = knot[1].time - knot->time;
    return (knot[-1].slope[0] * after + knot->slope[0] * before) / (before + after);
}

/* The slope of a table: between knots it goes linearly from the slope at one to that at the next. */
static vdouble table_slope(const ssm_table *table, vdouble row, vdouble tau)
{
    const ssm_knot *knots[SSM_LANES];
    vdouble slope;
    find_knots(table, row, tau, knots);
    for (int lane = 0; lane < SSM_LANES; lane++) {
        const ssm_knot *knot = knots[lane];
        int64_t of = (int64_t)row[lane];
        slope[lane] = slope_at_knot(table, of, knot);
        if (isinf(knot->until)) /* the last one */
            slope[lane] = 0.0;
        else
            slope[lane] += (tau[lane] - knot->time) / (knot[1].time - knot->time) *
                           (slope_at_knot(table, of, knot + 1) - slope[lane]);
    }
    return slope;
}

/* d/dtau of boundary_at(), with its coefficients c and its value b. */
static vdouble boundary_slope_at(ssm_boundary_kind kind, const ssm_table *table, const vdouble *c,
                                 vdouble tau, vdouble b)
{
    switch (kind) {
    case SSM_BOUNDARY_CONSTANT:
        return splat(0.0);
    case SSM_BOUNDARY_ANGLE:
    case SSM_BOUNDARY_LINEAR:
        return -c[1];
    case SSM_BOUNDARY_WEIBULL: {
        vdouble power = vexp(c[1] * vlog(positive(tau * c[2])));
        return -b * c[1] * power / positive(tau);
    }
    case SSM_BOUNDARY_GENERALIZED_LOGISTIC: {
        vdouble y = c[1] * (c[2] - tau), e = vexp(-vabs(y));
        vdouble share = choose(y > 0.0, splat(1.0), e) / (1.0 + e);
        return (b - c[0]) * c[3] * c[1] * share;
    }
    case SSM_BOUNDARY_CONFLICT_GAMMA: {
        vdouble x = positive(tau * c[4]), bump = c[2] * vexp(c[3] * vlog(x) - x);
        return bump * c[4] * (c[3] / x - 1.0) - c[1];
    }
    case SSM_BOUNDARY_TABLE:
        return table_slope(table, c[0], tau);
    case SSM_N_BOUNDARIES:
        break;
    }
    return splat(0.0);
}

void moving_boundary_at(const moving_curves *curves, int n, const double *t, double *b,
                        double *slope)
{
    vdouble c[CURVE_COEFFICIENTS];
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        c[i] = splat(curves->boundary[i]);
    for (int first = 0; first < n; first += SSM_LANES) {
        vdouble tau = vector_of(n, t, first);
        vdouble value = boundary_at(curves->boundary_kind, curves->boundary_table, c, tau);
        vdouble rate = boundary_slope_at(curves->boundary_kind, curves->boundary_table, c, tau, value);
        for (int lane = 0; lane < SSM_LANES && first + lane < n; lane++) {
            b[first + lane] = value[lane] * curves->scale;
            if (slope)
                slope[first + lane] = rate[lane] * curves->scale;
        }
    }
}

void moving_drift_at(const moving_curves *curves, int n, const double *t, double when, double *w)
{
    vdouble c[CURVE_COEFFICIENTS];
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        c[i] = splat(curves->drift[i]);
    for (int first = 0; first < n; first += SSM_LANES) {
        vdouble tau = vector_of(n, t, first);
        vdouble value = drift_at(curves->drift_kind, curves->drift_table, c, tau, splat(when));
        for (int lane = 0; lane < SSM_LANES && first + lane < n; lane++)
            w[first + lane] = value[lane] * curves->scale;
    }
}

int moving_jumps(const moving_curves *curves, double *jumps)
{
    static const int stimuli[] = {3, 4, 5, 6}, onsets[] = {6, 7};
    const double *c = curves->drift;
    int n = 0, size = 0;
    const int *which = 0;
    if (curves->drift_kind == SSM_DRIFT_CONFLICT_STIMFLEX ||
        curves->drift_kind == SSM_DRIFT_CONFLICT_STIMFLEXREL1)
        which = stimuli, size = 4;
    else if (curves->drift_kind == SSM_DRIFT_CONFLICT_DSSTIMFLEX)
        which = onsets, size = 2;
    for (int i = 0; i < size; i++) {
        double t = c[which[i]];
        if (!(t > 0.0) || isinf(t))
            continue;
        int j = n++;
        for (; j > 0 && jumps[j - 1] > t; j--)
            jumps[j] = jumps[j - 1];
        jumps[j] = t;
    }
    return n;
}

void moving_set_curves(moving_law *law, ssm_boundary_kind boundary, const double *boundary_p,
                       const ssm_table *boundary_table, ssm_drift_kind drift,
                       const double *drift_p, const ssm_table *drift_table, double noise,
                       double leak)
{
    vdouble p[SSM_CURVE_PARAMETERS], c[CURVE_COEFFICIENTS];
    moving_curves *curves = &law->curves;
    *curves = (moving_curves){.boundary_kind = boundary, .drift_kind = drift,
                              .boundary_table = boundary_table, .drift_table = drift_table,
                              .scale = 1.0 / noise, .leak = leak};
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        c[i] = splat(0.0);
    for (int i = 0; i < SSM_CURVE_PARAMETERS; i++)
        p[i] = splat(boundary_p[i]);
    set_boundary(boundary, p, c);
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        curves->boundary[i] = c[i][0];
    for (int i = 0; i < SSM_CURVE_PARAMETERS; i++)
        p[i] = splat(drift_p[i]);
    set_drift(drift, p, c);
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        curves->drift[i] = c[i][0];
    law->base_drift = 0.0;
    if (leak == 0.0 && drift != SSM_DRIFT_TABLE) { /* coefficient 0 is the base drift of all others */
        law->base_drift = curves->drift[0] / noise;
        curves->drift[0] = 0.0;
    }
}
