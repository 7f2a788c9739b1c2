/* Whether, and when, a process that moves over a step touches a boundary on the way.
 *
 * Given both ends of the step, a Brownian motion has touched a line at distances d0 and d1 with
 * probability exp(-2 d0 d1 / variance) (Poetzelberger & Wang 2001); where a boundary bends against
 * the mean motion, to second order in the bend.
 */
#ifndef SSM_TOUCH_H
#define SSM_TOUCH_H

#include "core/trials.h"

/* Number of the first proposal of a time of exit; the next ones have lower numbers. */
static const uint32_t EXIT_DRAW = UINT32_MAX;
static const uint32_t MAX_EXIT_PROPOSALS = 32;

/* Distances to a boundary at both ends of a step, and how far it bends away in the middle, in
 * standard deviations of the bridge. */
typedef struct {
    vdouble at_0, at_1, bend;
} distances;

/* Mills' ratio of the normal distribution at y >= 0, to 0.07 %. */
INLINE vdouble mills_ratio(vdouble y)
{
    vdouble top = (y + 3.3172) * y + 4.6255;
    return top / ((top + 1.0) * y + 3.6906);
}

/* Probability that a Brownian bridge whose ends have distances A and B from a boundary touches it.
 *
 * For a line it is exp(-2 A B).  By Girsanov's theorem and reflection, a boundary that is 4 C u
 * (1 - u) further away at u changes the exponent by the factor 1 + 4 C M(A + B), to first order,
 * where M is Mills' ratio; the next term is fitted, and exact for large distances.  Beyond the
 * boundary the probability is at least 1. */
INLINE vdouble touch_probability(distances d)
{
    vdouble t = d.bend * mills_ratio(vmax(d.at_0 + d.at_1, splat(0.0)));
    return vexp(-2.0 * (d.at_0 * d.at_1) * (1.0 + t * (4.0 + 4.8 * t)));
}

/* Propose a share of a step after which a bridge that touches a boundary first does, on the clock
 * on which it is Brownian; `accepted` with a probability that makes it so.
 *
 * For a line, share / (1 - share) is inverse Gaussian.  With a bend C the density at u has a factor
 * exp(C (4 u (A - B) + 4 sqrt(u)^3 M(A / sqrt(u)))) too, to first order in the exponent: by
 * Girsanov's theorem it is C (8 I - 4 A - 4 B u), where I is the mean area, up to u, between
 * boundary and path, which is then a Bessel bridge of dimension 3 from A to 0. */
INLINE vdouble share_of_step(distances d, vdouble chi_squared, vdouble u, vdouble v,
                             vint *accepted)
{
    const double most_bend = 0.5;
    vdouble r = passage_time(d.at_0, vabs(d.at_1), chi_squared, u), share = r / (1.0 + r);
    share = choose(r < 1e300, share, splat(1.0));
    vdouble bend = vmax(vmin(d.bend, splat(most_bend)), splat(-most_bend));
    vdouble root = vsqrt(vmax(share, splat(1e-300))), steep = 4.0 * (d.at_0 - d.at_1);
    vdouble slope = share * (steep + 4.0 * root * mills_ratio(d.at_0 / root));
    vdouble most = choose(bend > 0.0, vmax(steep + 4.0 * mills_ratio(d.at_0), splat(0.0)),
                          vmin(steep, splat(0.0)));
    *accepted = v < vexp(bend * (slope - most));
    return share;
}

#endif
