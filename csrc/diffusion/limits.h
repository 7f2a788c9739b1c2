/* How long the steps of a diffusion may be: schedule.h keeps to it, diffusion.c checks parameters by it. */
#ifndef SSM_LIMITS_H
#define SSM_LIMITS_H

/* Limits of a step.  LONGEST_REACH and LONGEST_DRIFT: standard deviation of the noise and, unless boundary
 * and mean are lines, way of the drift, in units of the boundary.  MAX_BEND, MAX_SKEW and MAX_REST: how much
 * boundary and mean bend and skew, and how far the mean is from a cubic, in units of the standard deviation of
 * the noise, at least MIN_NOISE of the boundary.  A step of bend C and skew E leaves an error of up to
 * .06 C^3 + .1 E^2 in the distribution function of exits within it; each sample exits once
 * (tools/one_step.py). */
static const double LONGEST_REACH = 0.8, LONGEST_DRIFT = 2.0;
static const double MAX_BEND = 0.1, MAX_SKEW = 0.016, MAX_REST = 1.5e-4, MIN_NOISE = 1e-6;
/* How much evidence may decay, in the exponent; and by how much two parts may in different ways. */
static const double LONGEST_DECAY = 1.0, DECAY_APART = 0.15;

#endif
