/* Boundaries b(tau) and drifts v(tau) as functions of vectors of times.
 *
 * The parameters of a curve, one vector each and in the order of ssm.h, become coefficients once
 * (set_boundary, set_drift); these are all that evaluation reads.  Formulas and their sources stand
 * with the functions of the same names in the Python package.
 */
#ifndef SSM_CURVES_H
#define SSM_CURVES_H

#include "core/trials.h"

enum { CURVE_COEFFICIENTS = 8 };

/* Shapes of the curves of a problem. */
static inline int is_linear(const ssm_problem *p) { return p->boundary.row->is_linear; }
static inline int is_piecewise_constant(const ssm_problem *p)
{
    return p->drift.row->is_piecewise_constant;
}
static inline int has_two_columns(const ssm_problem *p) { return p->drift.row->n_columns == 2; }

/* Smaller times count as this one in a logarithm. */
static inline vdouble positive(vdouble x) { return vmax(x, splat(1e-300)); }

/* log Gamma(x) for x > 0: Stirling's series at x + 8. */
static inline vdouble vlgamma(vdouble x)
{
    vdouble product = x, y = x + 8.0;
    for (int i = 1; i < 8; i++)
        product = product * (x + (double)i);
    vdouble z = 1.0 / y, z2 = z * z;
    vdouble small = 1.0 / 1260 - z2 * (1.0 / 1680 - z2 * (1.0 / 1188));
    vdouble series = z * (1.0 / 12 - z2 * (1.0 / 360 - z2 * small));
    const double half_log_two_pi = 0x1.d67f1c864beb4p-1;
    return (y - 0.5) * vlog(y) - y + half_log_two_pi + series - vlog(product);
}

/* 1 - Phi(z) for z >= 0, to 1e-10 of its value: Mills' ratio times 1 + z is a polynomial in
 * (z - 4) / (z + 4), fitted at Chebyshev's points. */
static inline vdouble normal_tail(vdouble z)
{
    static const double c[] = {
        1.1832619145497028,     -0.24239966981134678,   0.03509188258442237,
        0.0716904544495943,     -0.08070805992943414,   0.04495942125344388,
        -0.012538691631724405,  -0.0007173636460365668, 0.0017401730639582675,
        -0.00023317164669907985, -0.00021644766153134675, 4.8485598178879254e-05,
        2.9296166178369238e-05, -5.224899542723049e-06, -2.9985001849011202e-06};
    vdouble q = (z - 4.0) / (z + 4.0), p = splat(c[14]);
    for (int i = 13; i >= 0; i--)
        p = p * q + c[i];
    const double inverse_sqrt_two_pi = 0x1.9884533d43651p-2;
    return vexp(-0.5 * z * z) * inverse_sqrt_two_pi * (p / (1.0 + z));
}

/* ---- tables --------------------------------------------------------------------------------- */

/* The knots from which on a table's rows are lines at times tau. */
static inline void find_knots(const ssm_table *t, vdouble row, vdouble tau, const ssm_knot **knots)
{
    /* Cells are the exponent and the first bits of the mantissa. */
    vint bits = (vint)(1.0 + vmax(tau, splat(0.0)) / SSM_CELL_ORIGIN);
    vint cell = (bits >> (52 - SSM_CELL_BITS)) - (INT64_C(1023) << SSM_CELL_BITS);
    for (int lane = 0; lane < SSM_LANES; lane++) {
        int64_t at = cell[lane] < t->n_cells ? cell[lane] : t->n_cells - 1;
        const int32_t *index = t->index + (int64_t)row[lane] * (t->n_cells + 1) + at;
        int64_t low = index[0], high = index[1];
        while (low < high) {
            int64_t middle = (low + high + 1) / 2;
            if (t->knots[middle].time <= tau[lane])
                low = middle;
            else
                high = middle - 1;
        }
        knots[lane] = t->knots + low;
    }
}

static inline vdouble table_at(const ssm_table *t, vdouble row, int column, vdouble tau)
{
    const ssm_knot *knots[SSM_LANES];
    vdouble time, value, slope;
    find_knots(t, row, tau, knots);
    for (int lane = 0; lane < SSM_LANES; lane++) {
        time[lane] = knots[lane]->time;
        value[lane] = knots[lane]->value[column];
        slope[lane] = knots[lane]->slope[column];
    }
    return value + slope * (vmax(tau, splat(0.0)) - time);
}

/* Time left until which the curve is close to a parabola. */
static inline vdouble table_span(const ssm_table *t, vdouble row, vdouble tau)
{
    const ssm_knot *knots[SSM_LANES];
    vdouble until;
    find_knots(t, row, tau, knots);
    for (int lane = 0; lane < SSM_LANES; lane++)
        until[lane] = knots[lane]->until;
    return until - tau;
}

/* ---- boundaries ----------------------------------------------------------------------------- */

/* Coefficients c of a boundary with parameters p. */
static inline void set_boundary(ssm_boundary_kind kind, const vdouble *p, vdouble *c)
{
    for (int i = 0; i < 5; i++)
        c[i] = p[i];
    switch (kind) {
    case SSM_BOUNDARY_ANGLE:
        c[1] = tangent(p[1]);
        break;
    case SSM_BOUNDARY_WEIBULL:
        c[2] = 1.0 / p[2];
        break;
    case SSM_BOUNDARY_GENERALIZED_LOGISTIC:
        c[0] = p[0] + 1.0;
        c[3] = 1.0 / p[3];
        break;
    case SSM_BOUNDARY_CONFLICT_GAMMA:
        c[1] = tangent(p[1]);
        c[3] = p[3] - 1.0;
        c[4] = 1.0 / p[4]; /* the height of the peak: */
        c[2] = p[2] * c[4] * vexp(c[3] * (vlog(positive(c[3])) - 1.0) - vlgamma(p[3]));
        break;
    case SSM_BOUNDARY_CONSTANT:
    case SSM_BOUNDARY_LINEAR:
    case SSM_BOUNDARY_TABLE:
    case SSM_N_BOUNDARIES:
        break;
    }
}

/* The bump of a conflict_gamma boundary, c[2] at its peak. */
INLINE vdouble gamma_bump(const vdouble *c, vdouble tau)
{
    vdouble x = tau * c[4], from_peak = vlog(positive(x / positive(c[3])));
    return c[2] * vexp(c[3] * (from_peak + 1.0) - x);
}

/* (tau / alpha)^beta of a Weibull boundary, and the boundary there. */
INLINE vdouble weibull_power(const vdouble *c, vdouble tau)
{
    return vexp(c[1] * vlog(positive(tau * c[2])));
}

INLINE vdouble weibull_at(const vdouble *c, vdouble tau, vdouble power)
{
    return choose(tau > 0.0, c[0] * vexp(-power), c[0]);
}

static inline vdouble boundary_at(ssm_boundary_kind kind, const ssm_table *table, const vdouble *c,
                                  vdouble tau)
{
    switch (kind) {
    case SSM_BOUNDARY_CONSTANT:
        return c[0];
    case SSM_BOUNDARY_ANGLE:
    case SSM_BOUNDARY_LINEAR:
        return c[0] - c[1] * tau;
    case SSM_BOUNDARY_WEIBULL:
        return weibull_at(c, tau, weibull_power(c, tau));
    case SSM_BOUNDARY_GENERALIZED_LOGISTIC: {
        vdouble y = c[1] * (c[2] - tau);
        vdouble log_sum = vmax(y, splat(0.0)) + vlog(1.0 + vexp(-vabs(y)));
        return c[0] - vexp(-log_sum * c[3]);
    }
    case SSM_BOUNDARY_CONFLICT_GAMMA:
        return c[0] + gamma_bump(c, tau) - c[1] * tau;
    case SSM_BOUNDARY_TABLE:
        return table_at(table, c[0], 0, tau);
    case SSM_N_BOUNDARIES:
        break;
    }
    return splat(0.0);
}

/* ---- drifts --------------------------------------------------------------------------------- */

static inline void set_stimuli(const vdouble *p, vdouble *c, int from_first_onset)
{
    c[1] = p[0] * p[2];
    c[2] = p[1] * p[3];
    vdouble first = from_first_onset ? vmin(p[4], p[5]) : splat(0.0);
    c[3] = p[4] - first;
    c[4] = p[6];
    c[5] = p[5] - first;
    c[6] = p[7];
}

static inline void set_relaxations(const vdouble *p, vdouble *c, int has_onsets)
{
    c[0] = p[0];
    c[1] = p[6] * p[5];
    c[2] = p[6] * (p[1] - p[5]);
    c[3] = p[3];
    c[4] = p[7] * p[2];
    c[5] = p[4];
    c[6] = has_onsets ? p[8] - vmin(p[8], p[9]) : splat(0.0);
    c[7] = has_onsets ? p[9] - vmin(p[8], p[9]) : splat(0.0);
}

/* Coefficients c of a drift with parameters p. */
static inline void set_drift(ssm_drift_kind kind, const vdouble *p, vdouble *c)
{
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        c[i] = i < 6 ? p[i] : splat(0.0);
    switch (kind) {
    case SSM_DRIFT_GAMMA: {
        vdouble power = p[1] - 1.0;
        c[1] = power;
        c[2] = 1.0 / p[2];
        c[3] = p[3];
        c[4] = power - power * vlog(positive(power)); /* so that the peak is 1 */
        break;
    }
    case SSM_DRIFT_CONFLICT_DS:
    case SSM_DRIFT_CONFLICT_DSSTIMFLEX:
        set_relaxations(p, c, kind == SSM_DRIFT_CONFLICT_DSSTIMFLEX);
        break;
    case SSM_DRIFT_CONFLICT_STIMFLEX:
    case SSM_DRIFT_CONFLICT_STIMFLEXREL1:
        set_stimuli(p + 1, c, kind == SSM_DRIFT_CONFLICT_STIMFLEXREL1);
        break;
    case SSM_DRIFT_CONFLICT_DUAL:
        c[0] = splat(0.0);
        set_stimuli(p, c, 1);
        break;
    case SSM_DRIFT_CONSTANT:
    case SSM_DRIFT_ATTEND:
    case SSM_DRIFT_ATTEND_SIMPLE:
    case SSM_DRIFT_TABLE:
    case SSM_DRIFT_TABLE_DUAL:
    case SSM_DRIFT_GAZE: /* see gaze.h */
    case SSM_N_DRIFTS:
        break;
    }
}

/* How many of the coefficients are in use. */
static inline int drift_coefficients(ssm_drift_kind kind)
{
    static const int counts[SSM_N_DRIFTS] = {
        [SSM_DRIFT_CONSTANT] = 1,
        [SSM_DRIFT_GAMMA] = 5,
        [SSM_DRIFT_CONFLICT_DS] = 6,
        [SSM_DRIFT_CONFLICT_DSSTIMFLEX] = 8,
        [SSM_DRIFT_CONFLICT_STIMFLEX] = 7,
        [SSM_DRIFT_CONFLICT_STIMFLEXREL1] = 7,
        [SSM_DRIFT_CONFLICT_DUAL] = 7,
        [SSM_DRIFT_ATTEND] = 6,
        [SSM_DRIFT_ATTEND_SIMPLE] = 5,
        [SSM_DRIFT_TABLE] = 1,
        [SSM_DRIFT_TABLE_DUAL] = 1,
        [SSM_DRIFT_GAZE] = 5,
    };
    return counts[kind];
}

/* x where a stimulus is shown, both ends included, else 0. */
static inline vdouble shown(vdouble x, vdouble on, vdouble off, vdouble when)
{
    return choose((when >= on) & (when <= off), x, splat(0.0));
}

/* Width of the spotlight, which does not get narrower than 0.001. */
static inline vdouble spotlight(vdouble sda, vdouble r, vdouble tau)
{
    return vmax(sda - r * tau, splat(0.001));
}

/* The drift at tau, of a drift with two columns the first; stimuli are shown as at `when`: they
 * appear and disappear at once, and steps that end at that moment must not see what follows. */
static inline vdouble drift_at(ssm_drift_kind kind, const ssm_table *table, const vdouble *c,
                               vdouble tau, vdouble when)
{
    switch (kind) {
    case SSM_DRIFT_CONSTANT:
    case SSM_DRIFT_GAZE:
        return c[0];
    case SSM_DRIFT_GAMMA: {
        vdouble x = tau * c[2];
        return c[0] + c[3] * vexp(c[1] * vlog(positive(x)) + c[4] - x);
    }
    case SSM_DRIFT_CONFLICT_DS:
        return c[0] + (c[1] + c[2] * vexp(-c[3] * tau)) + c[4] * vexp(-c[5] * tau);
    case SSM_DRIFT_CONFLICT_DSSTIMFLEX: {
        const vdouble never = splat(INFINITY);
        return c[0] + shown(c[1] + c[2] * vexp(-c[3] * tau), c[6], never, when) +
               shown(c[4] * vexp(-c[5] * tau), c[7], never, when);
    }
    case SSM_DRIFT_CONFLICT_STIMFLEX:
    case SSM_DRIFT_CONFLICT_STIMFLEXREL1:
        return c[0] + shown(c[1], c[3], c[4], when) + shown(c[2], c[5], c[6], when);
    case SSM_DRIFT_CONFLICT_DUAL:
        return shown(c[1], c[3], c[4], when);
    case SSM_DRIFT_ATTEND: {
        vdouble width = spotlight(c[5], c[4], tau);
        vdouble outer = normal_tail(1.5 / width), beside = normal_tail(0.5 / width);
        return c[0] + 2.0 * c[2] * outer + 2.0 * c[3] * (beside - outer) +
               c[1] * (1.0 - 2.0 * beside);
    }
    case SSM_DRIFT_ATTEND_SIMPLE: {
        vdouble beside = normal_tail(0.5 / spotlight(c[4], c[3], tau));
        return c[0] + 2.0 * c[2] * beside + c[1] * (1.0 - 2.0 * beside);
    }
    case SSM_DRIFT_TABLE:
    case SSM_DRIFT_TABLE_DUAL:
        return table_at(table, c[0], 0, tau);
    case SSM_N_DRIFTS:
        break;
    }
    return splat(0.0);
}

/* The second column of a drift that has two. */
static inline vdouble second_drift_at(ssm_drift_kind kind, const ssm_table *table,
                                      const vdouble *c, vdouble tau, vdouble when)
{
    if (kind == SSM_DRIFT_TABLE_DUAL)
        return table_at(table, c[0], 1, tau);
    return shown(c[2], c[5], c[6], when);
}

#endif
