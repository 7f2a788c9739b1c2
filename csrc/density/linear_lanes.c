/* linear_log_density() in vectors; the same formulas, see linear.c. */
#include "density/linear_lanes.h"

#include "core/simd.h"
#include "density/special.h"

/* Where the series for long times takes over, and exponents below which a term is not seen. */
#define SWITCH 0.7
#define NEGLIGIBLE (-40.0)

/* exp(exponent) * (sum of a series), with derivatives of the log by tau and d. */
typedef struct {
    vdouble sum, exponent, by_tau, by_d;
} exit_series;

static inline vdouble seen(vdouble exponent)
{
    return choose(exponent > NEGLIGIBLE, vexp(exponent), splat(0.0));
}

/* tau^1.5 times the density: images of which those beyond -2 and 1 are below exp(-45). */
INLINE exit_series early_series(vdouble tau, vdouble d, vdouble other)
{
    const vdouble inverse = 1.0 / tau, shift = -4.0 * other * inverse;
    vdouble lost = choose(shift > NEGLIGIBLE, vexpm1(shift), splat(-1.0)), image = 1.0 + lost;
    vdouble sum = (d - 4.0) * lost - 2.0 * other;
    vdouble by_tau = (d - 4.0) * image * (4.0 * other);
    vdouble by_d = 1.0 + image * (1.0 + (d - 4.0) * 4.0 * inverse);
    for (int n = 1; n >= -2; n -= 3) {
        vdouble r = d + 4.0 * n, rate = (4.0 * n) * (d + 2.0 * n), e = seen(-rate * inverse);
        sum += r * e;
        by_tau += r * e * rate;
        by_d += e * (1.0 - (4.0 * n) * r * inverse);
    }
    return (exit_series){sum * (1.0 / sqrt(2.0 * PI)), -0.5 * d * d * inverse,
                         (0.5 * d * d + by_tau / sum) * inverse * inverse - 1.5 * inverse,
                         by_d / sum - d * inverse};
}

/* The eigenfunction series. */
INLINE exit_series late_series(vdouble tau, vdouble d, vdouble other)
{
    const double rate = PI * PI / 8.0;
    vdouble part = vmin(d, other), sine = sin_quarter_turn(part), cosine = sin_quarter_turn(1.0 - part);
    cosine = choose(d > other, -cosine, cosine);
    vdouble decay = vexp(-rate * tau), square = decay * decay, e = splat(1.0), step = square * decay;
    vdouble sum = e, by_tau = e, by_angle = cosine;
    vdouble u = e, before = splat(0.0), c = cosine, c_before = e;
    for (int k = 2; k <= 6; k++) {
        vdouble next = 2.0 * cosine * u - before, c_next = 2.0 * cosine * c - c_before;
        before = u, u = next;
        c_before = c, c = c_next;
        e *= step;
        step *= square;
        sum += (double)k * u * e;
        by_tau += (double)(k * k * k) * u * e;
        by_angle += (double)(k * k) * c * e;
    }
    return (exit_series){0.25 * PI * sine * sum, -rate * tau, -rate * by_tau / sum,
                         0.5 * PI * by_angle / (sine * sum)};
}



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
    vint is_early = tau < SWITCH;
    unsigned early = mask_bits(is_early), all = (1u << SSM_LANES) - 1u;
    exit_series series = early ? early_series(tau, d, other) : late_series(tau, d, other);
    if (early && early != all) {
        exit_series late = late_series(tau, d, other);
        series = (exit_series){choose(is_early, series.sum, late.sum),
                               choose(is_early, series.exponent, late.exponent),
                               choose(is_early, series.by_tau, late.by_tau),
                               choose(is_early, series.by_d, late.by_d)};
    }
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
