/* First passage of a Wiener process between two linear boundaries: parts that the sampler and the path
 * share.
 *
 * Inside the kernels the unit of evidence is the separation at time 0 and that of time its square
 * over the noise's, so that the boundaries start at 0 and 1 and the noise is 1.  Boundaries that
 * approach each other stand shrink(t) = 1 - closing t apart.  Measured in that distance, and on
 * the clock t / shrink(t), a Brownian bridge stays one, and the boundaries stand still.
 */
#ifndef SSM_WIENER_H
#define SSM_WIENER_H

#include "core/kernels.h"
#include "core/trials.h"

/* w times the probability that a Wiener process that first reaches a boundary at distance w after
 * `time` does not visit the other one, at distance 1 - w, before.
 *
 * The probability is f(time; w) / f_1(time; w) with f the density of first passage at this side
 * (Feller 1968; Navarro & Fuss 2009) and f_1 that with this boundary alone: images for small
 * times, a sine series for large ones, both cut where the next term is below 1e-13.  `inverse` is
 * 1 / time, `sine` and `cosine` are those of pi w.
 */
static inline vdouble no_visit_times_w(vdouble time, vdouble inverse, vdouble w, vdouble sine,
                                       vdouble cosine)
{
    const double small_time = 0.4;
    const double half_pi_squared = 0x1.3bd3cc9be45dep+2, pi_sqrt_2_pi = 0x1.f7fccdff344abp+2;
    vint small = time < small_time;
    vdouble e1 = vexp(choose(small, -2.0 * (1.0 - w) * inverse, -half_pi_squared * time));
    vdouble e2 = vexp(choose(small, -2.0 * (1.0 + w) * inverse, 0.5 * w * w * inverse));

    vdouble e12 = e1 * e2;
    vdouble images = w - (2.0 - w) * e1 + (2.0 + w) * e2 - (4.0 - w) * (e1 * e1 * e12) +
                     (4.0 + w) * (e2 * e2 * e12);

    vdouble y2 = e1 * e1, y3 = y2 * e1, y6 = y3 * y3, y8 = y6 * y2, y15 = y8 * (y6 * e1);
    vdouble c2 = 2.0 * cosine, c2_squared = c2 * c2;
    vdouble sines = 1.0 + 2.0 * y3 * c2 + 3.0 * y8 * (c2_squared - 1.0) +
                    4.0 * y15 * (c2 * (c2_squared - 2.0));
    vdouble series = pi_sqrt_2_pi * sine * e12 * (time * vsqrt(time)) * sines;
    return choose(small, images, series);
}

/* Samples of a block, one entry each. */
enum { WIENER_BLOCK = 256 };

typedef struct {
    int particle; /* of the problem */
    uint64_t stream[WIENER_BLOCK];
    /* the parameters of each sample's trial; the drift is replaced by the sample's own */
    double drift[WIENER_BLOCK], drift_sd[WIENER_BLOCK], boundary[WIENER_BLOCK];
    double start[WIENER_BLOCK], start_halfwidth[WIENER_BLOCK], noise[WIENER_BLOCK];
    double ndt_location[WIENER_BLOCK], ndt_scale[WIENER_BLOCK], deadline[WIENER_BLOCK];
    double collapse[WIENER_BLOCK]; /* of the boundary: its angle, or its fall in a second */
    double onset[WIENER_BLOCK];    /* when it begins; then `boundary` is that of this time */
    /* drawn and derived, in units of the separation */
    double scaled_drift[WIENER_BLOCK], closing[WIENER_BLOCK];
    double to_upper[WIENER_BLOCK], to_lower[WIENER_BLOCK];
    double p_upper[WIENER_BLOCK];                      /* that a proposal is for the upper side */
    double sine[WIENER_BLOCK], cosine[WIENER_BLOCK];   /* of pi times to_upper */
    double time_unit[WIENER_BLOCK], ndt[WIENER_BLOCK]; /* seconds */
    /* the answer: exit time in seconds from the onset on, and side, +1 or -1 (0 where boundaries meet at a sample) */
    double exit_time[WIENER_BLOCK], side[WIENER_BLOCK];
} wiener_block;

/* Whether all samples have the same drift and start: derived numbers are then computed once. */
static inline int ssm_wiener_all_alike(const ssm_problem *p)
{
    return p->n_trials == 1 && column_of(p, SSM_DRIFT_SD).data[0] == 0.0 &&
           column_of(p, SSM_START_HALFWIDTH).data[0] == 0.0;
}

/* The problem of one of its trials alone, whose samples have the same draws. */
ssm_problem ssm_wiener_trial_alone(const ssm_problem *problem, int64_t trial);

/* Number the samples from `begin` on, draw their drift, start and non-decision time, and derive
 * what follows (not again if `derived`: then the samples are all alike). */
SSM_DECLARE_KERNEL(void, wiener_prepare,
                   (const ssm_problem *problem, int64_t begin, int count, int derived,
                    wiener_block *block));

/* Draw time and side of exit of the samples of a block. */
SSM_DECLARE_KERNEL(void, wiener_draw,
                   (const ssm_problem *problem, int count, wiener_block *block));

/* Probability that a Brownian bridge from x to y, both in (0, 1), in `time`, stays in (0, 1). */
double ssm_stay_probability(double x, double y, double time);

/* Side of 0, +1 or -1, on which sample i of the block is `limit` seconds after its onset, given that
 * it has not exited before; and its distance from the lower boundary there, in units of their
 * separation then (NAN where that is not known). */
int32_t ssm_wiener_omitted_side(const wiener_block *block, int i, uint64_t seed, double limit,
                                double *place);

#endif
