#include "density/accumulators.h"

#include "density/gauss.h"
#include "density/special.h"

/* Nats below its peak at which an integrand is not seen any more. */
#define DEPTH 34.0

/* A closed form whose terms cancel to less than this is replaced by a quadrature. */
#define CANCELLED 1e-5

static double below(double z) { return 0.5 * erfc(-z * 0.70710678118654752440); }
static double normal(double z) { return exp(-0.5 * z * z - 0.5 * LOG_TWO_PI); }

/* Phi(b) - Phi(a), a <= b, from the tail that is small. */
static double between(double a, double b) { return a > 0.0 ? below(-a) - below(-b) : below(b) - below(a); }

/* log(Phi(z)). */
static double log_below(double z)
{
    return z > 0.0 ? log1p(-below(-z)) : log_mills(-z) - 0.5 * z * z - 0.5 * LOG_TWO_PI;
}

/* log(exp(a) - exp(b)), a >= b. */
static double log_difference(double a, double b)
{
    return a > b ? a + log(-expm1(b - a)) : -INFINITY;
}

/* The part of (*low, *high) where |x - middle| is such that a normal of that sd is within DEPTH of its
 * peak there, and how much its exponent changes in it. */
static double near_peak(double middle, double sd, double *low, double *high)
{
    double peak = fmin(fmax(middle, *low), *high) - middle;
    double reach = sqrt(peak * peak + 2.0 * DEPTH * sd * sd);
    *low = fmax(*low, middle - reach);
    *high = fmin(*high, middle + reach);
    double left = *low - middle, right = *high - middle;
    return 0.5 * (left * left + right * right - 2.0 * peak * peak) / (sd * sd);
}

/* Where a normal distribution function is DEPTH below its value at `high`, or still lower. */
static double lowest_seen(double mean, double sd, double high)
{
    double peak = fmin(high - mean, 0.0);
    return mean - sqrt(peak * peak + 2.0 * DEPTH * sd * sd);
}

/* ---- Wald ------------------------------------------------------------------------------------------- */

static double wald_from(double drift, double distance, double t)
{
    double way = distance - drift * t;
    return log(distance) - 1.5 * log(t) - 0.5 * LOG_TWO_PI - 0.5 * way * way / t;
}

double wald_log_density(double drift, double range, double threshold, double t)
{
    if (!(t > 0.0) || isinf(t))
        return -INFINITY;
    if (range == 0.0)
        return wald_from(drift, threshold, t);
    double low = fmax(threshold - range, 0.0), high = threshold, root = sqrt(t);
    double z1 = (low - drift * t) / root, z2 = (high - drift * t) / root;
    double whole = drift * between(z1, z2), edges = (normal(z1) - normal(z2)) / root;
    if (whole + edges > CANCELLED * (fabs(whole) + (normal(z1) + normal(z2)) / root))
        return log((whole + edges) / range);
    double change = near_peak(drift * t, root, &low, &high);
    const gauss_rule *rule = gauss_at_least(9.0 + 0.6 * change);
    log_sum sum = LOG_OF_NOTHING;
    for (int i = 0; i < rule->n; i++) {
        double weight, part, distance = gauss_node(rule, i, low, high, &weight);
        log_sum_add(&sum, log(weight) + wald_from(drift, distance, t), &part);
    }
    return log_sum_value(sum) - log(range);
}

static double wald_stays(double drift, double distance, double t)
{
    double root = sqrt(t), z = (distance - drift * t) / root, y = (distance + drift * t) / root;
    return log_difference(log_below(z), 2.0 * drift * distance + log_below(-y));
}

/* Integral of the survival over distances, but for a constant. */
static double wald_area(double drift, double distance, double t)
{
    double root = sqrt(t), z = (distance - drift * t) / root, y = (distance + drift * t) / root;
    double reflected = exp(2.0 * drift * distance + log_below(-y));
    return root * (z * below(z) + normal(z)) - 0.5 * (reflected + below(z)) / drift;
}

double wald_log_survival(double drift, double range, double threshold, double t)
{
    double low = fmax(threshold - range, 0.0), high = threshold, root = sqrt(t), part;
    if (!(t > 0.0))
        return range > 0.0 ? log((high - low) / range) : 0.0;
    if (range == 0.0)
        return wald_stays(drift, threshold, t);
    if (fabs(drift) * root > 1e-2) {
        double ends[2] = {wald_area(drift, low, t), wald_area(drift, high, t)};
        double size = fabs(ends[0]) + fabs(ends[1]) + 0.5 / fabs(drift);
        if (ends[1] - ends[0] > CANCELLED * size)
            return log((ends[1] - ends[0]) / range);
    }
    log_sum sum = LOG_OF_NOTHING;
    double sure = fmax(fabs(drift) * t + 9.0 * root, low); /* beyond it, no path has arrived */
    if (sure < high) {
        log_sum_add(&sum, log(high - sure), &part);
        high = sure;
    }
    low = fmax(low, lowest_seen(drift * t, root, high));
    int panels = (int)ceil((high - low) / (3.0 * root));
    const gauss_rule *rule = gauss_at_least(16);
    for (int p = 0; p < panels; p++) {
        double step = (high - low) / panels, from = low + p * step;
        for (int i = 0; i < rule->n; i++) {
            double weight, distance = gauss_node(rule, i, from, from + step, &weight);
            log_sum_add(&sum, log(weight) + wald_stays(drift, distance, t), &part);
        }
    }
    return log_sum_value(sum) - log(range);
}

/* ---- ballistic ------------------------------------------------------------------------------------------ */

/* The speeds that reach the boundary at t, from the start of the range and from its end. */
static void speeds(double range, double threshold, double collapse, double t, double *low,
                   double *high)
{
    *low = fmax((threshold - range) / t - collapse, 0.0);
    *high = threshold / t - collapse;
}

/* Log of the integral of (c + collapse) times a normal density over speeds c. */
static double log_flow(double mean, double sd, double collapse, double low, double high)
{
    double z1 = (low - mean) / sd, z2 = (high - mean) / sd;
    double whole = (mean + collapse) * between(z1, z2), edges = sd * (normal(z1) - normal(z2));
    if (whole + edges > CANCELLED * (fabs(whole) + sd * (normal(z1) + normal(z2))))
        return log(whole + edges);
    double change = near_peak(mean, sd, &low, &high);
    const gauss_rule *rule = gauss_at_least(9.0 + 0.6 * change);
    log_sum sum = LOG_OF_NOTHING;
    for (int i = 0; i < rule->n; i++) {
        double weight, part, c = gauss_node(rule, i, low, high, &weight), z = (c - mean) / sd;
        log_sum_add(&sum, log(weight * (c + collapse) / sd) - 0.5 * z * z - 0.5 * LOG_TWO_PI, &part);
    }
    return log_sum_value(sum);
}

double ballistic_log_density(double mean, double sd, double range, double threshold,
                             double collapse, double t)
{
    double low, high, part;
    if (!(t > 0.0))
        return -INFINITY;
    speeds(range, threshold, collapse, t, &low, &high);
    if (!(high > 0.0))
        return -INFINITY;
    log_sum sum = LOG_OF_NOTHING;
    for (int sign = -1; sign <= 1; sign += 2) {
        double z = (high - sign * mean) / sd;
        if (range == 0.0)
            log_sum_add(&sum, log(threshold / (t * t * sd)) - 0.5 * z * z - 0.5 * LOG_TWO_PI, &part);
        else
            log_sum_add(&sum, log_flow(sign * mean, sd, collapse, low, high) - log(range), &part);
    }
    return log_sum_value(sum);
}

/* log P(|V| < c). */
static double log_slower(double mean, double sd, double c)
{
    double size = fabs(mean);
    return log_difference(log_below((c - size) / sd), log_below((-c - size) / sd));
}

double ballistic_log_survival(double mean, double sd, double range, double threshold,
                              double collapse, double t)
{
    double low, high, part;
    if (!(t > 0.0))
        return range > threshold ? log(threshold / range) : 0.0;
    speeds(range, threshold, collapse, t, &low, &high);
    if (!(high > 0.0))
        return -INFINITY;
    if (range == 0.0)
        return log_slower(mean, sd, high);
    double area = 0.0, size = 0.0, m = fabs(mean);
    for (int end = 0; end < 2; end++) {
        double c = end ? high : low, z = (c - m) / sd, y = -(c + m) / sd;
        double value = z * below(z) + normal(z) + (y * below(y) + normal(y));
        area += end ? value : -value;
        size += value;
    }
    if (area > CANCELLED * size)
        return log(t / range * sd * area);
    low = fmax(low, lowest_seen(m, sd, high));
    const gauss_rule *rule = gauss_at_least(32);
    log_sum sum = LOG_OF_NOTHING;
    for (int i = 0; i < rule->n; i++) {
        double weight, c = gauss_node(rule, i, low, high, &weight);
        log_sum_add(&sum, log(weight) + log_slower(mean, sd, c), &part);
    }
    return log_sum_value(sum) + log(t / range);
}

/* ---- counting ------------------------------------------------------------------------------------------- */

double counter_log_density(double rate, double count, double t)
{
    if (!(t > 0.0) || isinf(t))
        return -INFINITY;
    return count * log(rate) + (count - 1.0) * log(t) - rate * t - lgamma(count);
}

/* The incomplete gamma function: its series below the mode, its continued fraction above. */
double counter_log_survival(double rate, double count, double t)
{
    double x = rate * t;
    if (!(x > 0.0))
        return 0.0;
    if (isinf(x))
        return -INFINITY;
    double shared = count * log(x) - x;
    if (x < count + 1.0) {
        double term = 1.0, sum = 1.0;
        for (int n = 1; n < 1000 && term > 1e-17 * sum; n++)
            sum += term *= x / (count + n);
        return log1p(-fmin(exp(shared - lgamma(count + 1.0)) * sum, 1.0));
    }
    double b = x + 1.0 - count, c = 1e300, d = 1.0 / b, fraction = d;
    for (int n = 1; n < 1000; n++) { /* Lentz */
        double a = -n * (n - count);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        fraction *= c * d;
        if (fabs(c * d - 1.0) < 1e-16)
            break;
    }
    return shared - lgamma(count) + log(fraction);
}
