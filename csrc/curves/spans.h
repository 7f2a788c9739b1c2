/* How long a step may be over which a boundary is close to a parabola. */
#ifndef SSM_SPANS_H
#define SSM_SPANS_H

#include "curves/curves.h"

/* When a boundary of Weibull's form has bent by 0.3 %. */
static inline vdouble weibull_onset(const vdouble *c)
{
    vdouble bend = vabs(vexp(c[1] * -0x1.62e42fefa39efp-1) - 0.5) + 0.006;
    return vexp(vlog(0.003 / bend) / c[1]) / c[2];
}

/* Longest step from tau over which a boundary has no feature that a parabola could miss. */
static inline vdouble boundary_span(ssm_boundary_kind kind, const ssm_table *table,
                                    const vdouble *c, vdouble tau, vdouble onset)
{
    switch (kind) {
    case SSM_BOUNDARY_WEIBULL:
        return vmax(onset, tau / vmax(c[1], splat(0.5)));
    case SSM_BOUNDARY_GENERALIZED_LOGISTIC:
        return 0.5 / vmax(vabs(c[1]), splat(1e-9));
    case SSM_BOUNDARY_CONFLICT_GAMMA: {
        vdouble root = vsqrt(vmax(c[3], splat(0.25)));
        return 0.5 * vmax(choose(c[3] < 1.0, 0.05 / c[4], root / c[4]), tau / root);
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

#endif
