/* Whether and when a Brownian bridge touches a boundary, or one of two.
 *
 * Linear boundaries are exact (Anderson 1960; Poetzelberger & Wang 2001).  A boundary differs from its
 * chord by a parabola, to second order, and a cubic, to first order, also in its product with the
 * parabola: by Girsanov's theorem the exponents change by cumulants of integrals of the path.
 * tools/one_step.py prints the remaining errors.
 */
#ifndef SSM_BRIDGE_TOUCH_H
#define SSM_BRIDGE_TOUCH_H

#include "core/simd_single.h"
#include "diffusion/step.h"

/* Numbers of the draws for proposals of exit times: EXIT_DRAW for the first one, EXIT_DRAW - n for number n,
 * so that they do not meet those of steps, which count up from 0. */
static const uint32_t EXIT_DRAW = UINT32_MAX, LAST_PROPOSAL = 255;

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

/* -5 y^2 - y^4 + (6 y^3 + y^5) M(y) + 3 y^2 M(y)^2, by m = M(y). */
INLINE vdouble lopsided(vdouble m)
{
    return (m * m) * ((((-1.2845 * m + 6.8564) * m - 13.6844) * m + 12.1529) * m - 4.0632);
}

/* Probabilities that two Brownian bridges, whose ends have distances A and B from a boundary, touch
 * it.
 *
 * For a line it is exp(-2 A B).  A bend C and a skew E change the exponent, by Girsanov's
 * theorem and reflection, by the factor
 *     1 + 4 C M + C^2 (16/3 (2 + y^2 - y (3 + y^2) M) - 16 A B (1 - y M - M^2))
 *       + E (A - B) (4 (1 - y M) + C (P + A B Q)),
 *     P = 16 M + 32 y^2 M + 16/3 y^4 M - 80/3 y - 16/3 y^3,   Q = 16 (y + M - y^2 M - 2 y M^2),
 * to second order in C and to first in E, where y = A + B and M = M(y).  Beyond the boundary the
 * probability is at least 1.  In single precision, both at once, it is right to 1e-6. */
INLINE vpair touch_probabilities(int bends, distances first, distances second)
{
    const float far = 1e4f, most = 2.0f, least = 0.25f, log2_e = 0x1.715476p0f;
    const vsingle one = splat_single(1.0f);
    vsingle a = narrow((vpair){{first.at_0, second.at_0}});
    vsingle b = narrow((vpair){{first.at_1, second.at_1}});
    a = vmin_single(a, splat_single(far));
    b = vmax_single(vmin_single(b, splat_single(far)), splat_single(-far));
    vsingle exponent = (a * b) * (-2.0f * log2_e);
    if (bends) {
        vsingle c = narrow((vpair){{first.bend, second.bend}});
        vsingle e = narrow((vpair){{first.skew, second.skew}});
        c = vmax_single(vmin_single(c, splat_single(most)), splat_single(-most));
        e = vmax_single(vmin_single(e, splat_single(most)), splat_single(-most));
        vsingle y = vmax_single(a + b, splat_single(0.0f));
        vsingle m = (((y + 6.22045f) * y + 17.47782f) * y + 21.9341f) /
                    ((((y + 6.22013f) * y + 18.49307f) * y + 27.90646f) * y + 17.50098f);
        vsingle m2 = m * m, m4 = m2 * m2;
        vsingle bent = (((1.3002f * m - 6.7638f) * m + 14.2482f) * m - 15.1352f) * m + 7.5067f;
        vsingle far_off = ((0.2294f * m - 0.9794f) * m + 1.611f) * m - 1.1635f;
        vsingle squared = m4 * ((16.0f / 3) * bent - 16.0f * ((a * b) * far_off));
        vsingle twisted = (7.8313f * m - 28.0746f) * m + 31.014f;
        twisted = c * (m4 * (twisted + (a * b) * (16.2489f - 6.5205f * m)));
        vsingle skewed = (e * (a - b)) * (4.0f * (one - y * m) + twisted);
        vsingle factor = one + c * (4.0f * m + c * squared) + skewed;
        /* Where no path touches, the factor may be anything. */
        exponent = exponent * vmax_single(factor, splat_single(least));
    }
    exponent = vmax_single(vmin_single(exponent, splat_single(100.0f)), splat_single(-100.0f));
    return widen(vexp2_single(exponent));
}

/* The distance W such that a bridge that touches one side has touched the other one before with
 * probability exp(-2 A' W): by reflection (Anderson 1960) W is B' + 2 B for a bridge that ends inside, at
 * distances B from the one side and B' from the other, and B' for one that ends beyond the one side.
 */
INLINE vdouble way_back(distances side, distances other)
{
    return other.at_1 + (side.at_1 + vabs(side.at_1));
}

/* The probability that a bridge that touches a side has not touched the other one before; the bend of the
 * other side to first order. */
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

/* Propose the time at which a bridge first touches a linear boundary, as a share of the step, on the clock
 * on which it is Brownian: share / (1 - share) is inverse Gaussian. */
INLINE vdouble propose_share(distances d, vblock bits)
{
    vdouble sine = sin_quarter_turn_short(uniform(bits.word[1]));
    vdouble chi_squared = -2.0 * vlog_short(uniform(bits.word[0])) * (sine * sine);
    vdouble r = passage_time(d.at_0, vabs(d.at_1), chi_squared, uniform(bits.word[2]));
    return choose(r < 1e300, r / (1.0 + r), splat(1.0));
}

/* Bounds of what a skew adds to the logarithm below: from above by 4 u B (1 - 2 u), whose largest value
 * is B / 2, or -4 B; from below, with sqrt(u) M < min(1.26 sqrt(u), u / A),
 *     -4 u (3 A - 2 A u + B (2 u - 1)) - 12 u (1 - u) sqrt(u) M. */
INLINE vdouble highest_twist(vdouble b) { return vmax(0.5 * b, -4.0 * b); }
INLINE vdouble lowest_twist(vdouble a, vdouble b)
{
    vdouble rise = 3.0 * a - b, apart = a - b, end = 4.0 * (a + b);
    vdouble top = rise * rise / vmax(2.0 * apart, splat(1e-300));
    vdouble most = choose(rise < 4.0 * apart, top, vmax(end, splat(0.0)));
    return -(most + vmin(splat(2.9), 1.8 / vmax(a, splat(1e-3))));
}

/* The probability with which to accept a proposal where the boundary has a bend C and a skew E.
 *
 * The density of the share u has a factor whose logarithm is, to second order in C and to first in E,
 *     4 C (u (A - B) + sqrt(u)^3 M) - C^2 (8 u (1 - u) + V)
 *     + 4 E (u (3 A (u - 1) + B (1 - 2 u)) - sqrt(u)^3 M (3 (1 - u) + A^2))
 *     + C E ((1 - u) (16 u (1 - 2 u) + 6 V) + 16/3 u^4 L),          V = u^3 (8 M^2 - 16/3 S),
 * with M = M(A / sqrt(u)), and S second_order() and L lopsided() of it.  By Girsanov's theorem
 * these are cumulants of integrals of the way, up to u, between boundary and path, which is then a
 * Bessel bridge of dimension 3 from A to 0. */
INLINE vdouble accept_bent(distances d, vdouble share)
{
    const double most_bend = 0.5, most_skew = 0.05, far = 50.0, most_of_both = 1.7;
    vdouble bend = vmax(vmin(d.bend, splat(most_bend)), splat(-most_bend));
    vdouble skew = vmax(vmin(d.skew, splat(most_skew)), splat(-most_skew));
    vdouble a = vmin(d.at_0, splat(far)), b = vmax(vmin(d.at_1, splat(far)), splat(-far));
    vdouble root = vsqrt(vmax(share, splat(1e-300))), steep = 4.0 * (d.at_0 - d.at_1);
    vdouble m = mills_ratio(d.at_0 / root), late = 1.0 - share, curved = root * m;
    vdouble slope = share * (steep + 4.0 * curved);
    vdouble most = choose(bend > 0.0, vmax(steep + 4.0 * mills_ratio(d.at_0), splat(0.0)),
                          vmin(steep, splat(0.0)));
    vdouble square = share * share;
    vdouble spread = square * share * (8.0 * m * m - 16.0 / 3 * second_order(m));
    vdouble shrink = 8.0 * share * late + spread;
    vdouble both = late * (16.0 * share * (late - share) + 6.0 * spread) +
                   16.0 / 3 * (square * square) * lopsided(m), product = bend * skew;
    vdouble twist = 4.0 * share * (b * (late - share) - 3.0 * (a * late) -
                                   curved * (3.0 * late + a * a));
    vdouble most_twist = choose(skew > 0.0, highest_twist(b), lowest_twist(a, b));
    return vexp_short(bend * (slope - most) - bend * bend * shrink + skew * (twist - most_twist) +
                      product * both - vabs(product) * most_of_both);
}

/* The probability that a bridge that first touches a side at this share of a step has not touched the other
 * side before.
 *
 * It is the ratio of the density of first leaving two linear boundaries to that of first touching one of
 * them (the first images: Anderson 1960); bends to first order. */
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

/* A share of a step in time, from a share on the clock on which a leaky process is Brownian (see step.h);
 * `growth` is 2 leak length. */
static inline vdouble share_in_time(vdouble share, vdouble growth)
{
    vint straight = vabs(growth) < 1e-6;
    vdouble safe = choose(straight, splat(1.0), growth);
    vdouble up = 1.0 + share * vexpm1(0.5 * safe), down = 1.0 + share * vexpm1(-0.5 * safe);
    return choose(straight, share, vlog(up / down) / safe);
}

#endif
