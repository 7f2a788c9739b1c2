#include "density/linear.h"

#include "density/gauss.h"
#include "density/special.h"
#include "diffusion/wiener.h"

/* Where the series for long times takes over. */
#define SWITCH 0.7

/* A time after all others. */
#define LAST 1e15

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
    if (tau < EARLIEST)
        return outside(derivatives);
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

/* ---- distribution functions ------------------------------------------------------------------------ */

double linear_probability(const linear_law *law, int side)
{
    /* (1 - exp(-2 m other)) / (1 - exp(-4 m)), m the drift toward the side */
    double m = (side ? 1.0 : -1.0) * law->drift * law->boundary;
    double d = law->start[side], other = law->start[1 - side];
    if (!(d > 0.0 && other > 0.0))
        return other > 0.0;
    if (fabs(m) < 1e-8)
        return 0.5 * other * (1.0 + m * d);
    if (m > 0.0)
        return expm1(-2.0 * m * other) / expm1(-4.0 * m);
    return exp(2.0 * m * d) * expm1(2.0 * m * other) / expm1(4.0 * m);
}

/* Log of exp(c) times the integral of r / sqrt(2 pi u^3) exp(-r^2 / 2u - m^2 u / 2) over u up to tau: the
 * part of it in which the motion has drift m. */
static double log_passed(double c, double r, double m, double tau)
{
    double root = sqrt(tau), z = (r - m * tau) / root;
    if (z < 0.0)
        return c - r * m + log(0.5 * erfc(z * 0.70710678118654752440));
    return c - 0.5 * r * r / tau - 0.5 * m * m * tau - 0.5 * LOG_TWO_PI + log_mills(z);
}

/* Log of a sum over images, each with an unnormalised inverse Gaussian distribution function (Anderson
 * 1960).  In units of the boundary at 0: k its slope, m the drift toward it, tau the time; clock as of
 * exit_log_density(). */
static double log_cdf_early(double tau, double clock, double m, double k, double d)
{
    double first[2] = {log_passed(m * d, d, m, tau), log_passed(m * d, d, -m, tau)}, sum = 0.0;
    double largest = fmax(first[0], first[1]);
    for (int j = -3; j <= 3; j++) {
        double r = d + 4.0 * j, more = 0.5 * (r * r - d * d), c = m * d + k * more, far = fabs(r);
        if (j != 0 && -more / clock < NEGLIGIBLE - fabs(m) * 8.0)
            continue;
        double term = exp(log_passed(c, far, m, tau) - largest) +
                      exp(log_passed(c, far, -m, tau) - largest);
        sum += r > 0.0 ? term : -term;
    }
    return sum > 0.0 ? largest + log(sum) : -INFINITY;
}

/* The probability of later exits at the side: the eigenfunction series. */
static double cdf_to_come(double tau, double m, double d, double other)
{
    double sum = 0.0, shared = m * d - 0.5 * m * m * tau;
    for (int k = 1; k <= 8; k++) {
        double wave = 0.5 * PI * k, sine = sin(wave * (d < other ? d : other));
        if (k > 1 && (1.0 - k * k) * PI * PI / 8.0 * tau < NEGLIGIBLE)
            break;
        if (d > other && k % 2 == 0)
            sine = -sine;
        sum += wave * sine / (m * m + wave * wave) * exp(shared - 0.5 * wave * wave * tau);
    }
    return sum;
}

/* A density whose times are all late: its factors that do not depend on the time. */
typedef struct {
    const linear_law *law;
    double sign, d, amount, cosine, exponent;
} late_density;

static late_density late_density_of(const linear_law *law, int side)
{
    const double d = law->start[side], other = law->start[1 - side], a = law->boundary;
    const double angle = 0.5 * PI * (d < other ? d : other), x = 0.5 * (law->start[0] - law->start[1]);
    return (late_density){.law = law, .sign = side ? 1.0 : -1.0, .d = d,
                          .amount = 0.25 * PI * sin(angle) / sqrt(a),
                          .cosine = d > other ? -cos(angle) : cos(angle),
                          .exponent = -0.5 * law->slope * a * x * x};
}

/* exp(linear_log_density()) of a law without drift_sd, from the clock SWITCH on. */
static double late_density_at(const late_density *late, double t)
{
    const linear_law *law = late->law;
    const double a = law->boundary, k = law->slope, v = law->drift, b = a - k * t;
    if (!(b > 0.0))
        return 0.0;
    const double exponent = PI * PI / 8.0 * t / (a * b), decay = exp(-exponent);
    double sum = 1.0, u = 1.0, before = 0.0, e = 1.0, step = decay * decay * decay;
    for (int n = 2; n <= 6; n++) {
        double next = 2.0 * late->cosine * u - before;
        before = u, u = next;
        e *= step;
        step *= decay * decay;
        sum += n * u * e;
    }
    double way = late->sign * (a * late->d - k * t);
    return late->amount * sum / (b * sqrt(b)) *
           exp(v * way - 0.5 * v * v * t + 0.5 * k * b + late->exponent - exponent);
}

/* The integral of a late density between two times, beside a probability `before`, in panels: of the
 * clock, or, as boundaries that open end it, of log time. */
static double late_part(const linear_law *law, int side, double from, double last, double before)
{
    const gauss_rule *rule = gauss_at_least(12);
    const late_density density = late_density_of(law, side);
    const double a = law->boundary, k = law->slope;
    /* Toward a boundary that opens as fast as evidence drifts, the density falls like a power of time. */
    const double fastest = k > 0.0 ? fabs(law->drift) + k : fabs((side ? law->drift : -law->drift) + k);
    double sum = 0.0, clock = from / (a * (a - k * from));
    while (from < last) {
        /* When the clock is late, one wave is left. */
        double widest = clock < 3.0 ? 2.5 : 4.5, b = a - k * from, part = 0.0, weight;
        double step = 12.0 / (1.3 + 0.5 * fastest * fastest * b * b), start = clock;
        double to = fmin(from * 1.8, from + step * b * b);
        step = fmin(step, widest);
        if (k > 0.0)
            clock += step, to = clock * a * a / (1.0 + clock * k * a);
        if (to > last)
            to = last, step = last < a / k ? last / (a * (a - k * last)) - start : step;
        const double log_ratio = k > 0.0 ? 0.0 : log(to / from);
        for (int i = 0; i < rule->n; i++) {
            double x = gauss_node(rule, i, 0.0, 1.0, &weight), at, per;
            if (k > 0.0) {
                double u = start + x * step;
                at = u * a * a / (1.0 + u * k * a);
                per = step * (a - k * at) * (a - k * at);
            } else {
                at = from * exp(x * log_ratio);
                per = at * log_ratio;
            }
            part += weight * per * late_density_at(&density, at);
        }
        sum += part;
        from = to;
        if (part <= 1e-17 * (before + sum) || (k > 0.0 && clock > 64.0))
            break;
    }
    return sum;
}

double linear_log_cdf(const linear_law *law, int side, double t)
{
    double at_switch = NAN;
    return linear_log_cdf_after(law, side, t, &at_switch);
}

double linear_log_cdf_after(const linear_law *law, int side, double t, double *at_switch)
{
    const double a = law->boundary, k = law->slope, d = law->start[side];
    double m = ((side ? law->drift : -law->drift) + k) * a;
    if (!(t >= 0.0) || !(d < 2.0))
        return -INFINITY;
    if (!(d > 0.0))
        return 0.0;
    if (t == 0.0)
        return -INFINITY;
    if (isinf(t) && k == 0.0)
        return log(linear_probability(law, side));
    t = fmin(t, k > 0.0 ? a / k : LAST);
    double tau = t / (a * a), clock = k * tau * a < 1.0 ? tau / (1.0 - k * tau * a) : INFINITY;
    if (clock < SWITCH)
        return fmin(log_cdf_early(tau, clock, m, k * a, d), 0.0);
    if (k == 0.0)
        return log(fmax(linear_probability(law, side) -
                            cdf_to_come(tau, m, d, law->start[1 - side]), 0.0));
    double at = SWITCH / (1.0 + SWITCH * k * a);
    if (isnan(*at_switch))
        *at_switch = exp(log_cdf_early(at, SWITCH, m, k * a, d));
    return fmin(log(*at_switch + late_part(law, side, at * a * a, t, *at_switch)), 0.0);
}

double linear_cdf(const linear_law *law, int side, double t)
{
    double value = exp(linear_log_cdf(law, side, t));
    return law->slope == 0.0 ? fmin(value, linear_probability(law, side)) : value;
}

/* Probability of never leaving between boundaries that open: on the clock of exit_log_density() the motion
 * is a bridge. */
static double never_leaves(const linear_law *law)
{
    double opening = -4.0 * law->boundary * law->slope, end = 0.5 - 0.5 * law->drift / law->slope;
    return end > 0.0 && end < 1.0 ? ssm_stay_probability(0.5 * law->start[0], end, 1.0 / opening) : 0.0;
}

int linear_survival(const linear_law *law, double t, double *survival)
{
    const double *start = law->start, a = law->boundary, k = law->slope, m = law->drift * a;
    const double tau = t / (a * a), last = k > 0.0 ? a / k : LAST;
    int is_late = t >= last || tau / (1.0 - k * tau * a) >= SWITCH;
    if (!(t > 0.0 && is_late && start[0] > 0.0 && start[1] > 0.0))
        return 0;
    *survival = k < 0.0 ? never_leaves(law) : 0.0;
    if (k == 0.0 && !isinf(tau))
        *survival = cdf_to_come(tau, -m, start[0], start[1]) + cdf_to_come(tau, m, start[1], start[0]);
    for (int side = 0; side < 2 && k != 0.0; side++)
        *survival += late_part(law, side, t, last, 0.0);
    return 1;
}
