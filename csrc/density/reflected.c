/* Brownian motion that is reflected at 0, until it reaches a constant boundary. */
#include "density/accumulators.h"

#include "density/gauss.h"
#include "density/special.h"

/* In units of the boundary: k = drift * boundary, tau = t / boundary^2, x the start. */
#define SWITCH 0.15 /* from here on the series is used */

enum { ROOTS = 10 };

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

/* Root number n of b cot b = -k, real and in (n pi, (n + 1) pi). */
static double real_root(double k, int n)
{
    double low = n * PI + 1e-12, high = (n + 1) * PI - 1e-12;
    for (int i = 0; i < 60 && high - low > 1e-15 * high; i++) {
        double middle = 0.5 * (low + high);
        double value = middle * cos(middle) + k * sin(middle);
        *((value > 0.0) == (n % 2 == 0) ? &low : &high) = middle;
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

/* Log of the sum over roots of the density, or of the survival. */
static double late(double k, double x, double tau, int survival)
{
    double y = 1.0 - x, sum = 0.0, least = INFINITY, rates[ROOTS], terms[ROOTS];
    for (int n = 0; n < ROOTS; n++) {
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
        rates[n] = 0.5 * (k * k + square);
        terms[n] = wave / norm * (survival ? 1.0 / rates[n] : 1.0);
        least = fmin(least, rates[n]);
    }
    for (int n = 0; n < ROOTS; n++)
        sum += terms[n] * exp((least - rates[n]) * tau);
    return sum > 0.0 ? log(sum) - least * tau + k * y : -INFINITY;
}

static double log_density(double k, double x, double tau)
{
    return tau < SWITCH ? early(k, x, tau) : late(k, x, tau, 0);
}

double reflected_log_density(double drift, double start, double boundary, double t)
{
    double x = start / boundary;
    if (!(t > 0.0) || isinf(t) || !(x < 1.0))
        return -INFINITY;
    return log_density(drift * boundary, x, t / (boundary * boundary)) - 2.0 * log(boundary);
}

double reflected_log_survival(double drift, double start, double boundary, double t)
{
    double x = start / boundary, tau = t / (boundary * boundary), k = drift * boundary, r = 1.0 - x;
    if (!(x < 1.0) || isinf(t))
        return -INFINITY;
    if (!(t > 0.0))
        return 0.0;
    if (tau >= SWITCH)
        return late(k, x, tau, 1);
    /* from where the density is 36 nats lower on, in the log of time */
    double low = log(0.5 * r * r / (0.5 * r * r / tau + 36.0)), high = log(tau), arrived = 0.0;
    const gauss_rule *rule = gauss_at_least(32);
    for (int i = 0; i < rule->n; i++) {
        double weight, u = exp(gauss_node(rule, i, low, high, &weight));
        arrived += weight * u * exp(early(k, x, u));
    }
    return log1p(-fmin(arrived, 1.0));
}
