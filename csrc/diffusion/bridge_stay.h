/* When it is known that a sample of a leaky process stays between its boundaries. */
#ifndef SSM_BRIDGE_STAY_H
#define SSM_BRIDGE_STAY_H

#include "core/trials.h"
#include "diffusion/bridge_step.h"

/* The drift of each part from now on, where it changes no more. */
typedef struct {
    vdouble at[2];
} settled_drift;

INLINE settled_drift settle(traits k, const ssm_problem *p, const schedule *s, const particles *at)
{
    vdouble later = s->tau + 1.0; /* at s->tau itself a stimulus that ends is still shown */
    settled_drift now = {{k.straight ? s->drift[0]
                                     : drift_at(p->drift.kind, &p->drift.table, s->drift, later,
                                                later)}};
    if (k.drift_varies)
        now.at[0] = now.at[0] + at->offset;
    now.at[1] = k.two_parts ? second_drift_at(p->drift.kind, &p->drift.table, s->drift, later, later)
                            : splat(0.0);
    return now;
}

/* Whether two parts together stay inside: neither goes beyond where it is and where it is going, and
 * their noise is less than that of one part with the smaller leak. */
INLINE vint are_over(const schedule *s, settled_drift now, const particles *at, vdouble edge)
{
    vdouble leak = vmin(s->leak, s->leak_2), safe = choose(leak > 0.0, leak, splat(1.0));
    vdouble mean = now.at[0] / choose(leak > 0.0, s->leak, splat(1.0));
    vdouble mean_2 = now.at[1] / choose(leak > 0.0, s->leak_2, splat(1.0));
    vdouble most = at->origin + vmax(at->x, mean) + vmax(at->x_2, mean_2);
    vdouble least = at->origin + vmin(at->x, mean) + vmin(at->x_2, mean_2);
    return (leak > 0.0) & stays_below(most, most, safe, s->noise, edge) &
           stays_below(-least, -least, safe, s->noise, edge);
}

/* Whether it is known that a sample stays between boundaries that are linear: it leaks, and its drift
 * changes no more. */
INLINE vint is_over(traits k, const ssm_problem *p, const schedule *s, const particles *at)
{
    if (!(k.straight || (is_linear(p) && is_piecewise_constant(p))))
        return (vint){0};
    vint settled = s->leak > 0.0;
    if (!k.straight)
        settled &= until_change(p->drift.kind, s->drift, s->tau) == INFINITY;
    settled_drift now = settle(k, p, s, at);
    vdouble edge = vmin(s->edge, edge_of(k, p, s, s->limit));
    if (k.two_parts)
        return settled & are_over(s, now, at, edge);
    vdouble leak = choose(settled, s->leak, splat(1.0));
    vdouble mean = now.at[0] / leak;
    return settled & stays_below(at->x, mean, leak, s->noise, edge) &
           stays_below(-at->x, -mean, leak, s->noise, edge);
}

/* Where a sample without noise, of which that is known, is at its limit. */
INLINE vdouble last_place(traits k, const ssm_problem *p, const schedule *s, const particles *at)
{
    settled_drift now = settle(k, p, s, at);
    vdouble time = s->limit - s->tau, decay = vexp(-s->leak * time), mean = now.at[0] / s->leak;
    vdouble x = mean + (at->x - mean) * decay;
    if (!k.two_parts)
        return x;
    mean = now.at[1] / s->leak_2;
    return at->origin + x + mean + (at->x_2 - mean) * vexp(-s->leak_2 * time);
}

#endif
