/* The law of exit of evidence in two parts, which share their noise but leak at rates of their own.
 *
 *     x = x(0) + x_1 + x_2,   dx_i = (v_i(t) - leak_i x_i) dt + dW / 2   (in units of the noise),
 *
 * until |x| = b(t).  The difference x_1 - x_2 has no noise.  With S = x_1 + x_2, g the mean of the leaks
 * and d their difference, x_1 - x_2 = D + d U / 2, where
 *
 *     dD = (v_1 - v_2 - g D) dt,   dU = -(S + g U) dt,
 *     dS = (v_1 + v_2 - d D / 2 - d^2 U / 4 - g S) dt + dW,
 *
 * and D is the same in all trials.  The density of S and U is stepped: along S on a grid, as a Markov chain
 * (Crank & Nicolson 1947); along U it is a sum of Hermite functions around its mean and width, in which the
 * motion of U over a step is exact.  Noise acts on U by S only, so that few functions are enough: the
 * moments of U depend on higher ones only by d^2 / 4.  Both motions alternate (Strang 1968).  Two solutions,
 * the second with half the spacing and half the steps, are extrapolated (Richardson). */
#ifndef SSM_PARTS_H
#define SSM_PARTS_H

#include "density/law.h"
#include "density/parts_step.h"
#include "density/shares.h"

/* Whether evidence is in two parts. */
int is_in_parts(const ssm_law *law);

typedef struct {
    branched_law law;
    moving_law moving;         /* for its curves */
    parts_state coarse, fine; /* memory for solving */
} parts_law;

/* Solves for a trial; after a cancellation the law is unspecified. */
void parts_set(parts_law *parts, const ssm_law *call, int64_t trial, ssm_isa isa, ssm_cancel *cancel);

#endif
