/* Brownian motion that is reflected at 0, until it reaches a constant boundary. */
#include "density/accumulators.h"

#include "density/gauss.h"
#include "density/special.h"

/* In units of the boundary: k = drift * boundary, tau = t / boundary^2, x the start. */
#define SWITCH 0.15 /* from here on the density is by the series */

/* Survival is by the series from here on: its terms are below exp(-36) after REFLECTED_MODES. */
#define SURVIVAL_SWITCH 0.03

/* Terms of the series below this share of the first, exp(-40), count for nothing. */
#define NEGLIGIBLE 40.0

/* The transform of a reflected path of length r, without exp(-r^2 / 2 tau) and exp(-k^2 tau / 2). */
static double reflection(double k, double tau, double r)
{
    double root = sqrt(tau), mills = exp(log_mills((r + k * tau) / root));
    return ((r / tau - 2.0 * k) / root + 2.0 * k * k * mills) / sqrt(2.0 * PI);
}

static double early(double k, double x, double tau)
{
    double r = 1.0 - x, sum = r / (tau * sqrt(2.0 * PI * tau));
    sum += exp(-2.0 * x / tau) * reflection(k, tau, 1.0 + x);
    sum -= exp(-(4.0 - 2.0 * x) / tau) * reflection(k, tau, 3.0 - x);
    return log(sum) + k * r - 0.5 * k * k * tau - 0.5 * r * r / tau;
}

/* Root number n of b cot b = -k, real and in (n pi, (n + 1) pi): b = n pi + pi / 2 + atan(k / b). */
static double real_root(double k, int n)
{
    double low = n * PI + 1e-12, high = (n + 1) * PI - 1e-12;
    if (n > 0) { /* Newton's method; the function is nearly a line */
        double base = (n + 0.5) * PI, b = base + atan(k / base);
        for (int i = 0; i < 5; i++)
            b -= (b - base - atan(k / b)) / (1.0 + k / (b * b + k * k));
        return fmin(fmax(b, low), high);
    }
    for (int i = 0; i < 60 && high - low > 1e-15 * high; i++) {
        double middle = 0.5 * (low + high);
        double value = middle * cos(middle) + k * sin(middle);
        *(value > 0.0 ? &low : &high) = middle;
    }
    return 0.5 * (low + high);
}

/* The first root is imaginary for k < -1: g coth g = -k. */
static double imaginary_root(double k)
{
    double low = 0.0, high = -k;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        *(middle < -k * tanh(middle) ? &low : &high) = middle;
    }
    return 0.5 * (low + high);
}

reflected_law reflected_law_of(double drift, double start, double boundary)
{
    double k = drift * boundary, x = start / boundary, y = 1.0 - x;
    reflected_law law = {.k = k, .x = x, .boundary = boundary, .least = INFINITY};
    for (int n = 0; n < REFLECTED_MODES && x < 1.0; n++) {
        double square, wave, norm;
        if (n == 0 && k < -1.0) {
            double g = imaginary_root(k);
            square = -g * g;
            wave = 0.5 * g * sinh(g * y);
            norm = g > 0.05 ? sinh(2.0 * g) / (4.0 * g) - 0.5 : g * g / 3.0 + g * g * g * g / 15.0;
        } else {
            double b = real_root(k, n);
            square = b * b;
            wave = 0.5 * b * sin(b * y);
            norm = b > 0.05 ? 0.5 - sin(2.0 * b) / (4.0 * b) : square / 3.0 - square * square / 15.0;
        }
        law.rates[n] = 0.5 * (k * k + square);
        law.terms[n] = wave / norm;
        law.least = fmin(law.least, law.rates[n]);
    }
    return law;
}

/* Log of the sum over roots of the density, or of the survival. */
static double late(const reflected_law *law, double tau, int survival)
{
    double sum = 0.0;
    for (int n = 0; n < REFLECTED_MODES; n++) {
        double more = (law->rates[n] - law->least) * tau;
        if (more > NEGLIGIBLE)
            break;
        sum += law->terms[n] / (survival ? law->rates[n] : 1.0) * exp(-more);
    }
    return sum > 0.0 ? log(sum) - law->least * tau + law->k * (1.0 - law->x) : -INFINITY;
}

double reflected_log_density(const reflected_law *law, double t)
{
    double tau = t / (law->boundary * law->boundary);
    if (!(t > 0.0) || isinf(t) || !(law->x < 1.0))
        return -INFINITY;
    double value = tau < SWITCH ? early(law->k, law->x, tau) : late(law, tau, 0);
    return value - 2.0 * log(law->boundary);
}

double reflected_log_survival(const reflected_law *law, double t)
{
    double x = law->x, tau = t / (law->boundary * law->boundary), r = 1.0 - x;
    if (!(x < 1.0) || isinf(t))
        return -INFINITY;
    if (!(t > 0.0))
        return 0.0;
    if (tau >= SURVIVAL_SWITCH)
        return fmin(late(law, tau, 1), 0.0);
    if (2.0 * x > NEGLIGIBLE * tau) /* no path has been at the floor and arrived */
        return wald_log_survival(law->k, 0.0, r, tau);
    /* from where the density is 36 nats lower on, in the log of time */
    double low = log(0.5 * r * r / (0.5 * r * r / tau + 36.0)), high = log(tau), arrived = 0.0;
    const gauss_rule *rule = gauss_at_least(32);
    for (int i = 0; i < rule->n; i++) {
        double weight, u = exp(gauss_node(rule, i, low, high, &weight));
        arrived += weight * u * exp(early(law->k, x, u));
    }
    return log1p(-fmin(arrived, 1.0));
}
