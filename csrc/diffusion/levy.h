/* Levy noise as Brownian motion with jumps (Asmussen & Rosinski 2001).
 *
 * A symmetric process with E exp(ikL) = exp(-tau |k|^alpha) has jumps of size x with density
 * c |x|^(-1 - alpha) per second, c = Gamma(1 + alpha) sin(pi alpha / 2) / pi.  Those larger than
 * epsilon are drawn, each at its time; the smaller ones are replaced by Brownian motion of the same
 * variance.  Epsilon is a share of the boundary, or, for a start next to it, at first of that way.
 */
#ifndef SSM_LEVY_H
#define SSM_LEVY_H

#include "curves/curves.h"

/* Epsilon in units of the boundary; and within how many ways from the start to it the boundary
 * counts as near. */
static const double SMALLEST_JUMP = 0.08, NEAR = 6.0;

/* The process of a trial, on a step. */
typedef struct {
    vdouble alpha;
    vdouble large; /* rate of jumps larger than 1 */
    vdouble small; /* variance of those smaller than 1 */
    vdouble epsilon, rate; /* the smallest jump that is drawn; how many there are per second */
    vdouble shift;         /* of the boundary, outward */
    vdouble near, noise;   /* NEAR times the way from the start to the boundary; noise */
} levy;

/* A process that jumps passes a boundary later than one that creeps: the boundary of the latter is
 * to be moved out, by this times epsilon.  As near a boundary nothing but epsilon sets a scale,
 * this is a function of alpha alone; fitted to the mean exit times of Getoor (1961), see
 * tools/fit_overshoot.py. */
static inline vdouble mean_overshoot(vdouble alpha)
{
    vdouble from_2 = 2.0 - alpha;
    return from_2 * (0.157 - 0.0345 * from_2);
}

/* That shift, less of which is left where drift or a boundary that falls carries the sample over
 * the last epsilon: a function of speed times epsilon per variance; fitted to mean exit times of
 * the process with drift, see tools/fit_overshoot.py. */
static inline vdouble shift_of_boundary(const levy *l, vdouble sd, vdouble speed)
{
    vdouble x = speed * l->epsilon / vmax(sd * sd, splat(1e-300));
    x = vmin(x, splat(1e100)); /* without noise, which leaves nothing of the shift */
    return mean_overshoot(l->alpha) * l->epsilon / vsqrt(1.0 + x * (0.087 + 0.212 * x));
}

static inline void set_levy(vdouble alpha, vdouble noise, vdouble way, levy *l)
{
    const double inverse_pi = 0x1.45f306dc9c883p-2;
    vdouble from_2 = 2.0 - alpha;
    vdouble scale = vexp(vlgamma(1.0 + alpha) + alpha * vlog(positive(noise)));
    vdouble c = scale * inverse_pi * sin_quarter_turn(from_2);
    l->alpha = alpha;
    l->large = 2.0 * c / alpha;
    l->small = choose(from_2 < 1e-9, scale, 2.0 * c / vmax(from_2, splat(1e-9)));
    l->near = NEAR * way;
    l->noise = noise;
    l->epsilon = l->shift = splat(0.0);
}

/* Whether epsilon is still less than the share of the boundary that it is to be. */
static inline int grows(const levy *l, vdouble edge)
{
    return mask_bits(l->epsilon < SMALLEST_JUMP * edge) != 0;
}

/* Choose epsilon for a boundary at tau; returns the noise of the Brownian part. */
static inline vdouble split_jumps(levy *l, vdouble edge, vdouble tau)
{
    vdouble size = edge;
    if (mask_bits(l->near < edge))
        size = vmin(edge, l->near + l->noise * vexp(vlog(positive(tau)) / l->alpha));
    l->epsilon = SMALLEST_JUMP * vmax(size, splat(1e-100));
    vdouble power = vexp(-l->alpha * vlog(l->epsilon));
    l->rate = l->large * power;
    return vsqrt(l->small * power) * l->epsilon;
}

/* Time until the next jump, and that jump, from a block of draws. */
static inline vdouble next_jump(const levy *l, vblock bits, vdouble *jump)
{
    vdouble size = l->epsilon * vexp(-vlog(uniform_52(bits.word[0], bits.word[1])) / l->alpha);
    vint down = (vint)((bits.word[3] & 1) == 0);
    *jump = choose(down, -size, size);
    return -vlog(uniform(bits.word[2])) / vmax(l->rate, splat(1e-300));
}

#endif
