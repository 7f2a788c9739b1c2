/* How long the steps of a diffusion may be: schedule.h keeps to it, diffusion.c checks parameters by it. */
#ifndef SSM_LIMITS_H
#define SSM_LIMITS_H

/* How far noise and, where anything bends, drift carry in a step, in units of the boundary.  And
 * how much boundaries and mean motion bend and skew, and how far the mean motion is from a cubic,
 * in units of how far noise carries, which counts as MIN_NOISE of the boundary at least.  A step of
 * bend C and skew E leaves an error of up to .06 C^3 + .1 E^2 in the distribution of who leaves in
 * it, and when, whatever the drift; each sample leaves once (tools/one_step.py). */
static const double LONGEST_REACH = 0.8, LONGEST_DRIFT = 2.0;
static const double MAX_BEND = 0.1, MAX_SKEW = 0.016, MAX_REST = 1.5e-4, MIN_NOISE = 1e-6;
/* How much evidence may decay, in the exponent; and by how much two parts may in different ways. */
static const double LONGEST_DECAY = 1.0, DECAY_APART = 0.15;

#endif
