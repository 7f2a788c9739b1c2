/* linear_log_density() in vectors; the same formulas, see linear.c. */
#include "density/linear_lanes.h"

#include "density/exit_lanes.h"

/* One vector of a block, from observation i. */
INLINE void lanes(linear_block *block, int i, int with_derivatives)
{
    const vdouble t = load(block->t + i), sign = load(block->sign + i);
    const vdouble v = load(block->drift + i), sd = load(block->drift_sd + i);
    const vdouble a = load(block->boundary + i), k = load(block->slope + i);
    const vdouble lower = load(block->lower + i), upper = load(block->upper + i);
    const vdouble d = choose(sign > 0.0, upper, lower), other = choose(sign > 0.0, lower, upper);
    const vdouble x = 0.5 * (lower - upper), b = a - k * t, tau = t / (a * b), q = sd * sd;
    const vdouble way = sign * (a * d - k * t), inverse = 1.0 / (1.0 + q * t);
    vint is_usual = (tau > 1e-60) & (tau < 1e60) & (t > 1e-60) & (a > 1e-30) & (a < 1e30) &
                    (b > 1e-30) & (b < 1e30) & (d > 1e-30) & (other > 1e-30);
    vint is_early = tau < EXIT_SWITCH;
    exit_series series = exit_series_at(tau, d, other, is_early);
    vdouble cube = choose(is_early, tau * tau * tau, splat(1.0));
    vdouble amount = series.sum * vsqrt(inverse / (cube * (b * b * b * a)));
    vdouble value = vlog(amount) + series.exponent +
                    0.5 * inverse * (q * way * way + 2.0 * v * way - v * v * t) +
                    0.5 * k * (b - a * x * x);
    is_usual &= (amount > 1e-300) & (amount < 1e300) & (vabs(value) < 1e300);
    store(block->value + i, choose(is_usual, value, splat(NAN)));
    if (!with_derivatives)
        return;
    vdouble by_way = (q * way + v) * inverse, left = (way - v * t) * inverse;
    vdouble by_tau = series.by_tau, toward = by_way * sign;
    store(block->by[BY_DRIFT] + i, left);
    store(block->by[BY_DRIFT_SD] + i, sd * (left * left - t * inverse));
    store(block->by[BY_BOUNDARY] + i, toward * d - 1.5 / b - 0.5 / a + 0.5 * k * (1.0 - x * x) -
                                          by_tau * tau * (1.0 / a + 1.0 / b));
    store(block->by[BY_SLOPE] + i, 1.5 * t / b + 0.5 * (b - k * t - a * x * x) - toward * t +
                                       by_tau * tau * t / b);
    store(block->by[BY_START] + i, -a * (k * x + by_way) - sign * series.by_d);
    store(block->by[BY_TIME] + i, 1.5 * k / b - 0.5 * k * k - toward * k - 0.5 * by_way * by_way -
                                      0.5 * q * inverse + by_tau / (b * b));
}

void SSM_KERNEL(linear_block_log_density)(linear_block *block, int with_derivatives)
{
    for (int i = 0; with_derivatives && i < LINEAR_BLOCK; i += SSM_LANES)
        lanes(block, i, 1);
    for (int i = 0; !with_derivatives && i < LINEAR_BLOCK; i += SSM_LANES)
        lanes(block, i, 0);
}
