#include "density/linear.h"

#include "density/special.h"

/* Where the series for long times takes over. */
#define SWITCH 0.7

/* Exponents below which a term is not seen beside the first one. */
#define NEGLIGIBLE (-40.0)

/* ---- driftless motion between -1 and 1 ----------------------------------------------------------- */

/* Images at d + 4j: sum of (d + 4j) exp(-(d + 4j)^2 / 2 tau) / sqrt(2 pi tau^3), with the exponential
 * of j = 0 taken out. */
static double exit_early(double tau, double d, double other, double *derivatives)
{
    double inverse = 1.0 / tau;
    /* j = 0 and j = -1, which cancel where the start is at the other side: expm1 keeps the rest. */
    double shift = -4.0 * other * inverse;
    double lost = shift > NEGLIGIBLE ? expm1(shift) : -1.0, image = 1.0 + lost;
    double sum = -2.0 * other + (d - 4.0) * lost;
    double by_tau = (d - 4.0) * image * (4.0 * other * inverse * inverse);
    double by_d = 1.0 + image * (1.0 + (d - 4.0) * 4.0 * inverse);
    for (int j = 1; j <= 2; j++) {
        const int n[2] = {j, -j - 1};
        for (int i = 0; i < 2; i++) {
            double rate = 4.0 * n[i] * (d + 2.0 * n[i]), exponent = -rate * inverse;
            if (exponent < NEGLIGIBLE)
                continue;
            double r = d + 4.0 * n[i], e = exp(exponent);
            sum += r * e;
            by_tau += r * e * rate * inverse * inverse;
            by_d += e * (1.0 - r * 4.0 * n[i] * inverse);
        }
    }
    if (derivatives) {
        derivatives[0] = 0.5 * d * d * inverse * inverse - 1.5 * inverse + by_tau / sum;
        derivatives[1] = -d * inverse + by_d / sum;
    }
    return log(sum * inverse * sqrt(inverse)) - 0.5 * LOG_TWO_PI - 0.5 * d * d * inverse;
}

/* (pi / 4) sum of k sin(k pi d / 2) exp(-k^2 pi^2 tau / 8), with that of k = 1 taken out. */
static double exit_late(double tau, double d, double other, double *derivatives)
{
    double angle = 0.5 * PI * (d < other ? d : other), sine = sin(angle), cosine = cos(angle);
    if (d > other)
        cosine = -cosine;
    const double rate = PI * PI / 8.0;
    double decay = exp(-rate * tau), cube = decay * decay * decay;
    double sum = 1.0, by_tau = 1.0, by_angle = cosine;
    /* u: sin(k angle) / sin(angle); c: cos(k angle); e: exp(-(k^2 - 1) rate tau) */
    double u = 1.0, before = 0.0, c = cosine, c_before = 1.0, e = 1.0, step = cube;
    for (int k = 2; k <= 6; k++) {
        double next = 2.0 * cosine * u - before, c_next = 2.0 * cosine * c - c_before;
        before = u, u = next;
        c_before = c, c = c_next;
        e *= step;
        step *= decay * decay;
        sum += k * u * e;
        by_tau += (double)(k * k * k) * u * e;
        by_angle += (double)(k * k) * c * e;
    }
    if (derivatives) {
        derivatives[0] = -rate * by_tau / sum;
        derivatives[1] = 0.5 * PI * by_angle / (sine * sum);
    }
    return log(0.25 * PI * sine * sum) - rate * tau;
}

double exit_log_density(double tau, double d, double other, double *derivatives)
{
    return tau < SWITCH ? exit_early(tau, d, other, derivatives)
                        : exit_late(tau, d, other, derivatives);
}

/* ---- with drift and linear boundaries ----------------------------------------------------------- */

static double outside(double *derivatives)
{
    if (derivatives)
        for (int i = 0; i < N_DERIVATIVES; i++)
            derivatives[i] = 0.0;
    return -INFINITY;
}

double linear_log_density(const linear_law *law, int side, double t, double *derivatives)
{
    const double a = law->boundary, k = law->slope, b = a - k * t;
    const double d = law->start[side], other = law->start[1 - side];
    if (!(t > 0.0 && b > 0.0 && d > 0.0 && other > 0.0) || isinf(t))
        return outside(derivatives);
    const double sign = side ? 1.0 : -1.0, x = 0.5 * (law->start[0] - law->start[1]);
    const double tau = t / (a * b), way = sign * (a * d - k * t), q = law->drift_sd * law->drift_sd;
    const double inverse = 1.0 / (1.0 + q * t), v = law->drift;
    double by[2] = {0.0, 0.0};
    double fixed = exit_log_density(tau, d, other, derivatives ? by : 0);
    double factor = 0.5 * inverse * (q * way * way + 2.0 * v * way - v * v * t);
    double value = fixed + factor - 0.5 * log(b * b * b * a / inverse);
    if (k != 0.0)
        value += 0.5 * k * (b - a * x * x);
    if (!(value > -INFINITY)) /* also where it is not a number */
        return outside(derivatives);
    if (derivatives) {
        double by_way = (q * way + v) * inverse, left = (way - v * t) * inverse;
        double *g = derivatives;
        g[BY_DRIFT] = left;
        g[BY_DRIFT_SD] = law->drift_sd * (left * left - t * inverse);
        g[BY_BOUNDARY] = -1.5 / b - 0.5 / a + 0.5 * k * (1.0 - x * x) + by_way * sign * d -
                         by[0] * tau * (1.0 / a + 1.0 / b);
        g[BY_SLOPE] = 1.5 * t / b + 0.5 * (b - k * t - a * x * x) - by_way * sign * t +
                      by[0] * tau * t / b;
        g[BY_START] = -a * (k * x + by_way) - sign * by[1];
        g[BY_TIME] = 1.5 * k / b - 0.5 * k * k - by_way * sign * k - 0.5 * by_way * by_way -
                     0.5 * q * inverse + by[0] / (b * b);
    }
    return value;
}

/* ---- distribution function between constant boundaries ------------------------------------------- */

double linear_probability(const linear_law *law, int side)
{
    /* (1 - exp(-2 m other)) / (1 - exp(-4 m)), m the drift toward the side */
    double m = (side ? 1.0 : -1.0) * law->drift * law->boundary;
    double d = law->start[side], other = law->start[1 - side];
    if (fabs(m) < 1e-8)
        return 0.5 * other * (1.0 + m * d);
    if (m > 0.0)
        return expm1(-2.0 * m * other) / expm1(-4.0 * m);
    return exp(2.0 * m * d) * expm1(2.0 * m * other) / expm1(4.0 * m);
}

/* Images, each with an unnormalised inverse Gaussian distribution function. */
static double cdf_early(double tau, double m, double d)
{
    double root = sqrt(tau), shared = m * d - 0.5 * m * m * tau - 0.5 * LOG_TWO_PI, sum = 0.0;
    for (int j = -3; j <= 3; j++) {
        double r = d + 4.0 * j, far = fabs(r), e = shared - 0.5 * r * r / tau;
        if (j != 0 && e - shared + 0.5 * d * d / tau < NEGLIGIBLE - fabs(m) * 8.0)
            continue;
        double term = exp(e + log_mills((far - m * tau) / root)) +
                      exp(e + log_mills((far + m * tau) / root));
        sum += r > 0.0 ? term : -term;
    }
    return sum < 0.0 ? 0.0 : sum;
}

/* What is still to leave at the side: the eigenfunction series. */
static double cdf_to_come(double tau, double m, double d, double other)
{
    double sum = 0.0, shared = m * d - 0.5 * m * m * tau;
    for (int k = 1; k <= 8; k++) {
        double wave = 0.5 * PI * k, sine = sin(wave * (d < other ? d : other));
        if (d > other && k % 2 == 0)
            sine = -sine;
        sum += wave * sine / (m * m + wave * wave) * exp(shared - 0.5 * wave * wave * tau);
    }
    return sum;
}

double linear_cdf(const linear_law *law, int side, double t)
{
    double d = law->start[side], other = law->start[1 - side];
    double m = (side ? 1.0 : -1.0) * law->drift * law->boundary;
    double tau = t / (law->boundary * law->boundary);
    if (!(tau >= 0.0) || !(d < 2.0))
        return 0.0;
    if (!(d > 0.0))
        return 1.0;
    if (tau == 0.0)
        return 0.0;
    double all = linear_probability(law, side);
    double value = tau < SWITCH ? cdf_early(tau, m, d) : all - cdf_to_come(tau, m, d, other);
    return fmin(fmax(value, 0.0), all);
}
