/* Whether and when a Brownian bridge touches a boundary, or one of two.
 *
 * Lines are exact (Anderson 1960; Poetzelberger & Wang 2001).  What a boundary has beside its
 * chord is a parabola, to second order, and a cubic, to first: by Girsanov's theorem the
 * exponents change by cumulants of integrals of the path.  tools/one_step.py prints what that
 * leaves.
 */
#ifndef SSM_BRIDGE_TOUCH_H
#define SSM_BRIDGE_TOUCH_H

#include "diffusion/step.h"

/* Distances to a boundary at both ends of a step, and how far it bends away, in standard
 * deviations of the bridge: at u it is 4 u (1 - u) (bend + (2 u - 1) skew) further away than its
 * chord. */
typedef struct {
    vdouble at_0, at_1, bend, skew;
} distances;

/* Mills' ratio M of the normal distribution at y >= 0, to 0.002 %.  Here and below, coefficients
 * are those of tools/fit_touch.py. */
INLINE vdouble mills_ratio(vdouble y)
{
    y = vmin(y, splat(1e6));
    vdouble top = ((y + 6.22045) * y + 17.47782) * y + 21.9341;
    return top / ((((y + 6.22013) * y + 18.49307) * y + 27.90646) * y + 17.50098);
}

/* 2 + y^2 - y (3 + y^2) M(y), by m = M(y). */
INLINE vdouble second_order(vdouble m)
{
    vdouble m2 = m * m;
    return (m2 * m2) *
           ((((1.3002 * m - 6.7638) * m + 14.2482) * m - 15.1352) * m + 7.5067);
}

/* 1 - y M(y) - M(y)^2. */
INLINE vdouble second_order_of_product(vdouble m)
{
    vdouble m2 = m * m;
    return (m2 * m2) * (((0.2294 * m - 0.9794) * m + 1.611) * m - 1.1635);
}

/* Probability that a Brownian bridge whose ends have distances A and B from a boundary touches it.
 *
 * For a line it is exp(-2 A B).  A bend C and a skew E change the exponent, by Girsanov's
 * theorem and reflection, by the factor
 *     1 + 4 C M + C^2 (16/3 (2 + y^2 - y (3 + y^2) M) - 16 A B (1 - y M - M^2))
 *       + 4 E (A - B) (1 - y M),
 * to second order in C and to first in E, where y = A + B and M = M(y).  Beyond the boundary the
 * probability is at least 1. */
INLINE vdouble touch_probability(int bends, distances d)
{
    const double least = 0.25; /* of the factor: where nobody touches, it may be anything */
    vdouble product = d.at_0 * d.at_1, exponent = -2.0 * product;
    if (bends) {
        vdouble y = vmin(vmax(d.at_0 + d.at_1, splat(0.0)), splat(1e4)), m = mills_ratio(y);
        vdouble second = 16.0 / 3 * second_order(m) -
                         16.0 * (vmin(product, splat(1e6)) * second_order_of_product(m));
        vdouble skewed = d.skew * (vmin(d.at_0, splat(1e4)) - vmin(d.at_1, splat(1e4)));
        vdouble factor = 1.0 + d.bend * (4.0 * m + d.bend * second) +
                         4.0 * skewed * (1.0 - y * m);
        exponent = exponent * vmax(factor, splat(least));
    }
    return vexp_short(exponent);
}

/* How unlikely it is that a bridge that touches one side has touched the other one before: by
 * reflection (Anderson 1960) exp(-2 A' (B' + 2 B)) for a bridge that ends inside, at distances B
 * from the one side and B' from the other, and exp(-2 A' B') beyond it.  This is the distance at
 * the end.
 */
INLINE vdouble way_back(distances side, distances other)
{
    return other.at_1 + (side.at_1 + vabs(side.at_1));
}

/* The probability that a side is touched before the other one, given that it is; the bend of the
 * other one to first order. */
INLINE vdouble touched_first(int bends, distances other, vdouble back)
{
    vdouble exponent = -2.0 * (other.at_0 * back);
    if (bends) {
        const double most_bend = 0.15;
        vdouble bend = vmax(vmin(other.bend, splat(most_bend)), splat(-most_bend));
        exponent = exponent * (1.0 + 4.0 * bend * mills_ratio(vmax(other.at_0 + back, splat(0.0))));
    }
    return 1.0 - vexp_short(exponent);
}

/* Propose a share of a step after which a bridge between lines touches one first, on the clock on
 * which it is Brownian: share / (1 - share) is inverse Gaussian. */
INLINE vdouble propose_share(distances d, vblock bits)
{
    vdouble sine = sin_quarter_turn_short(uniform(bits.word[1]));
    vdouble chi_squared = -2.0 * vlog_short(uniform(bits.word[0])) * (sine * sine);
    vdouble r = passage_time(d.at_0, vabs(d.at_1), chi_squared, uniform(bits.word[2]));
    return choose(r < 1e300, r / (1.0 + r), splat(1.0));
}

/* The probability with which to accept it because of a bend C and a skew E.
 *
 * The density at u has a factor whose logarithm is, to second order in C and to first in E,
 *     4 C (u (A - B) + sqrt(u)^3 M) - C^2 (8 u (1 - u) + u^3 (8 M^2 - 16/3 S))
 *     + 4 E (u (3 A (u - 1) + B (1 - 2 u)) - sqrt(u)^3 M (3 (1 - u) + A^2)),
 * with M = M(A / sqrt(u)), and S second_order() of it.  By Girsanov's theorem these are
 * cumulants of integrals of the way, up to u, between boundary and path, which is then a Bessel
 * bridge of dimension 3 from A to 0. */
INLINE vdouble accept_bent(distances d, vdouble share)
{
    const double most_bend = 0.5, most_skew = 0.05, far = 50.0;
    vdouble bend = vmax(vmin(d.bend, splat(most_bend)), splat(-most_bend));
    vdouble skew = vmax(vmin(d.skew, splat(most_skew)), splat(-most_skew));
    vdouble a = vmin(d.at_0, splat(far)), b = vmax(vmin(d.at_1, splat(far)), splat(-far));
    vdouble root = vsqrt(vmax(share, splat(1e-300))), steep = 4.0 * (d.at_0 - d.at_1);
    vdouble m = mills_ratio(d.at_0 / root), late = 1.0 - share, curved = root * m;
    vdouble slope = share * (steep + 4.0 * curved);
    vdouble most = choose(bend > 0.0, vmax(steep + 4.0 * mills_ratio(d.at_0), splat(0.0)),
                          vmin(steep, splat(0.0)));
    vdouble shrink = 8.0 * share * late +
                     (share * share) * share * (8.0 * m * m - 16.0 / 3 * second_order(m));
    vdouble twist = 4.0 * share * (b * (late - share) - 3.0 * (a * late) -
                                   curved * (3.0 * late + a * a));
    /* Upper bounds of +twist and of -twist. */
    vdouble most_twist = choose(skew > 0.0, 4.0 * vabs(b), -(7.0 * a + 4.0 * vabs(b) + 3.0));
    return vexp_short(bend * (slope - most) - bend * bend * shrink + skew * (twist - most_twist));
}

/* The probability that the other side has not been touched by then, too.
 *
 * It is the ratio of the densities of leaving between two lines, which move apart or together, and
 * of touching one of them (the first images: Anderson 1960); bends to first order. */
INLINE vdouble before_other(distances d, distances other, vdouble share)
{
    const double most_bend = 0.15;
    vdouble bend = vmax(vmin(other.bend, splat(most_bend)), splat(-most_bend));
    vdouble width_0 = d.at_0 + other.at_0, at_0 = vmax(d.at_0, splat(1e-12));
    vdouble width = width_0 + share * ((d.at_1 + other.at_1) - width_0) +
                    4.0 * (d.bend + other.bend) * (share * (1.0 - share));
    width = vmax(width, splat(0.0));
    vdouble safe = vmax(share, splat(1e-300)), root = vsqrt(safe), rate = -2.0 * width / safe;
    vdouble bent = 1.0 + 4.0 * (bend * share * root) * mills_ratio((other.at_0 + width) / root);
    return vmax(1.0 + ((2.0 * width_0 + at_0) * vexp_short(rate * (width_0 + at_0)) -
                       (width_0 + other.at_0) * vexp_short(rate * other.at_0 * bent)) / at_0,
                splat(0.0));
}

/* Share of a step in time, from that on the clock of a leaky process (see step.h); `growth` is
 * twice leak times length. */
static inline vdouble share_in_time(vdouble share, vdouble growth)
{
    vint straight = vabs(growth) < 1e-6;
    vdouble safe = choose(straight, splat(1.0), growth);
    vdouble up = 1.0 + share * vexpm1(0.5 * safe), down = 1.0 + share * vexpm1(-0.5 * safe);
    return choose(straight, share, vlog(up / down) / safe);
}

#endif
