/* Mills' ratio, logarithms of sums, and limits that laws share. */
#ifndef SSM_SPECIAL_H
#define SSM_SPECIAL_H

#include <math.h>

#define PI 3.14159265358979323846
#define LOG_PI 1.14472988584940017414
#define LOG_TWO_PI 1.83787706640934548356

/* Seconds, or of a clock: earlier log densities of diffusions are below -1e39, and derivatives overflow. */
#define EARLIEST 1e-100

/* Of starts, as a share of the boundary: what differs over a narrower range is rounding. */
#define NARROWEST_RANGE 1e-9

/* log((1 - Phi(x)) / phi(x)).  Beyond 12 by the asymptotic series, whose terms left out are below
 * 1e-16 there. */
static inline double log_mills(double x)
{
    if (x < 12.0)
        return log(0.5 * erfc(x * 0.70710678118654752440)) + 0.5 * x * x + 0.5 * LOG_TWO_PI;
    double z = 1.0 / (x * x), sum = 1.0;
    for (int k = 31; k >= 1; k -= 2)
        sum = 1.0 - k * z * sum;
    return log(sum / x);
}

/* log(exp(a) + exp(b)). */
static inline double log_sum_of(double a, double b)
{
    double larger = a > b ? a : b;
    return larger > -INFINITY ? larger + log1p(exp(-fabs(a - b))) : larger;
}

/* A sum of exp(l) of numbers l, kept as a largest l and the sum relative to it. */
typedef struct {
    double largest, sum;
} log_sum;

static const log_sum LOG_OF_NOTHING = {-INFINITY, 0.0};

/* Adds exp(l); returns by what the earlier sum was multiplied, and in *part what l adds to it. */
static inline double log_sum_add(log_sum *s, double l, double *part)
{
    double factor = 1.0;
    if (!(l > -INFINITY)) {
        *part = 0.0;
        return 1.0;
    }
    if (l > s->largest) {
        factor = exp(s->largest - l);
        s->sum *= factor;
        s->largest = l;
    }
    *part = exp(l - s->largest);
    s->sum += *part;
    return factor;
}

static inline double log_sum_value(log_sum s)
{
    return s.sum > 0.0 ? s.largest + log(s.sum) : -INFINITY;
}

#endif
