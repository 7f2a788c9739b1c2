/* Over which times curves have no feature that a parabola, or a cubic, could miss. */
#ifndef SSM_SPANS_H
#define SSM_SPANS_H

#include "curves/curves.h"
#include "curves/gaze.h"

/* When a boundary of Weibull's form has bent by 2 %. */
static inline vdouble weibull_onset(const vdouble *c)
{
    vdouble bend = vabs(vexp(c[1] * -0x1.62e42fefa39efp-1) - 0.5) + 0.04;
    return vexp(vlog(0.02 / bend) / c[1]) / c[2];
}

/* The same of a curve x^power exp(-x), x = rate tau: `span` near its peak; next to nothing is left
 * where exp(power log(x / power) + power - x) < exp(-40). */
static inline vdouble peak_span(vdouble power, vdouble rate, vdouble tau, vdouble root, vdouble span)
{
    const double nothing = 80.0;
    vdouble x = rate * tau, away = x - power;
    vdouble before = -(away + vsqrt(splat(nothing)) * root) / rate;
    span = vmax(span, before);
    return choose((away > 0.0) & (away * away > nothing * x), splat(INFINITY), span);
}

/* The same of a logistic curve of that rate, around a middle, to a power: it has a bend in the middle,
 * and beyond it nothing or an exponential. */
static inline vdouble logistic_span(vdouble rate, vdouble middle, vdouble power, vdouble tau)
{
    const double nothing = 64.0;
    vdouble speed = vmax(vabs(rate), splat(1e-9)), place = rate * (middle - tau);
    vdouble beyond = vabs(place) - nothing, span = 0.5 / speed;
    vdouble free = choose(middle > tau, beyond / speed, choose(beyond > 0.0, splat(INFINITY), span));
    vint falls = (place > 0.0) & (place * power < 40.0);
    return vmax(span, choose(falls, vmin(free, span / power), free));
}

/* Longest step from tau over which a boundary has no feature that a parabola could miss. */
static inline vdouble boundary_span(ssm_boundary_kind boundary, const ssm_table *table,
                                    const vdouble *c, vdouble tau, vdouble onset)
{
    switch (boundary) {
    case SSM_BOUNDARY_WEIBULL:
        return vmax(onset, 2.0 * tau / vmax(c[1], splat(1.0)));
    case SSM_BOUNDARY_GENERALIZED_LOGISTIC:
        return logistic_span(c[1], c[2], c[3], tau);
    case SSM_BOUNDARY_CONFLICT_GAMMA: {
        vdouble root = vsqrt(vmax(c[3], splat(0.25)));
        vdouble span = 0.5 * vmax(choose(c[3] < 1.0, 0.05 / c[4], root / c[4]), tau / root);
        return peak_span(c[3], c[4], tau, root, span);
    }
    case SSM_BOUNDARY_TABLE:
        return table_span(table, c[0], tau);
    case SSM_BOUNDARY_CONSTANT:
    case SSM_BOUNDARY_ANGLE:
    case SSM_BOUNDARY_LINEAR:
    case SSM_N_BOUNDARIES:
        break;
    }
    return splat(INFINITY);
}

/* Longest step from tau over which a drift has no feature that a parabola could miss. */
static inline vdouble drift_span(ssm_drift_kind drift, const ssm_table *table, const vdouble *c,
                                 vdouble tau)
{
    switch (drift) {
    case SSM_DRIFT_GAMMA: {
        vdouble root = vsqrt(vmax(c[1], splat(0.25)));
        return peak_span(c[1], c[2], tau, root, vmax(0.5 * root / c[2], tau / root));
    }
    case SSM_DRIFT_CONFLICT_DS:
    case SSM_DRIFT_CONFLICT_DSSTIMFLEX:
        return vmax(0.5 / vmax(vmax(vabs(c[3]), vabs(c[5])), splat(1e-9)), tau);
    case SSM_DRIFT_ATTEND:
    case SSM_DRIFT_ATTEND_SIMPLE: {
        int simple = drift == SSM_DRIFT_ATTEND_SIMPLE;
        vdouble r = vmax(vabs(c[simple ? 3 : 4]), splat(1e-9)), width = c[simple ? 4 : 5];
        vdouble now = vmax(width - c[simple ? 3 : 4] * tau, splat(0.0));
        return choose(now > 0.001, vmax(0.2 * now, splat(0.02)) / r, splat(INFINITY));
    }
    case SSM_DRIFT_TABLE:
    case SSM_DRIFT_TABLE_DUAL:
        return table_span(table, c[0], tau);
    case SSM_DRIFT_CONSTANT:
    case SSM_DRIFT_CONFLICT_STIMFLEX:
    case SSM_DRIFT_CONFLICT_STIMFLEXREL1:
    case SSM_DRIFT_CONFLICT_DUAL:
    case SSM_DRIFT_GAZE:
    case SSM_N_DRIFTS:
        break;
    }
    return splat(INFINITY);
}

static inline vdouble until(vdouble moment, vdouble tau)
{
    return choose(moment > tau, moment - tau, splat(INFINITY));
}

/* Time until the next stimulus appears or disappears. */
static inline vdouble until_change(ssm_drift_kind drift, const vdouble *c, vdouble tau)
{
    switch (drift) {
    case SSM_DRIFT_CONFLICT_DSSTIMFLEX:
        return vmin(until(c[6], tau), until(c[7], tau));
    case SSM_DRIFT_CONFLICT_STIMFLEX:
    case SSM_DRIFT_CONFLICT_STIMFLEXREL1:
    case SSM_DRIFT_CONFLICT_DUAL:
        return vmin(vmin(until(c[3], tau), until(c[4], tau)),
                    vmin(until(c[5], tau), until(c[6], tau)));
    case SSM_DRIFT_GAZE:
        return c[GAZE_NEXT] - tau;
    case SSM_DRIFT_CONSTANT:
    case SSM_DRIFT_GAMMA:
    case SSM_DRIFT_CONFLICT_DS:
    case SSM_DRIFT_ATTEND:
    case SSM_DRIFT_ATTEND_SIMPLE:
    case SSM_DRIFT_TABLE:
    case SSM_DRIFT_TABLE_DUAL:
    case SSM_N_DRIFTS:
        break;
    }
    return splat(INFINITY);
}

#endif
