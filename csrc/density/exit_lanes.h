/* The series of exit_log_density() in vectors; see linear.c. */
#ifndef SSM_EXIT_LANES_H
#define SSM_EXIT_LANES_H

#include "core/simd.h"
#include "density/special.h"

/* Where the series for long times takes over, and exponents below which a term is not seen. */
#define EXIT_SWITCH 0.7
#define EXIT_NEGLIGIBLE (-40.0)

/* exp(exponent) * (sum of a series), with derivatives of the log by tau and d. */
typedef struct {
    vdouble sum, exponent, by_tau, by_d;
} exit_series;

static inline vdouble seen(vdouble exponent)
{
    return choose(exponent > EXIT_NEGLIGIBLE, vexp(exponent), splat(0.0));
}

/* tau^1.5 times the density: images of which those beyond -2 and 1 are below exp(-45). */
INLINE exit_series early_series(vdouble tau, vdouble d, vdouble other)
{
    const vdouble inverse = 1.0 / tau, shift = -4.0 * other * inverse;
    vdouble lost = choose(shift > EXIT_NEGLIGIBLE, vexpm1(shift), splat(-1.0)), image = 1.0 + lost;
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

/* Either, lane by lane; the early one lacks a factor tau^-1.5. */
INLINE exit_series exit_series_at(vdouble tau, vdouble d, vdouble other, vint is_early)
{
    unsigned early = mask_bits(is_early), all = (1u << SSM_LANES) - 1u;
    exit_series series = early ? early_series(tau, d, other) : late_series(tau, d, other);
    if (early && early != all) {
        exit_series late = late_series(tau, d, other);
        series = (exit_series){choose(is_early, series.sum, late.sum),
                               choose(is_early, series.exponent, late.exponent),
                               choose(is_early, series.by_tau, late.by_tau),
                               choose(is_early, series.by_d, late.by_d)};
    }
    return series;
}

#endif
