#include "density/sequence.h"

#include "density/special.h"

/* Nats below its largest value at which an integrand is not seen any more. */
#define DEPTH 34.0

/* Steps of the trapezoid rule: in units of the width of a peak, and at most. */
#define STEP_OF_PEAK 0.9
#define LONGEST_STEP 0.4

/* A time after all others. */
#define LAST 1e15

typedef struct {
    const linear_law *high, *low;
    int h, l;
    sequence_quantity quantity;
    double t, left; /* boundary at t */
} sequence;

/* ---- the integrand --------------------------------------------------------------------------------- */

/* At a time u of which t - u = rest is left, and for the logarithm of u / rest in place of u. */
static double integrand(const sequence *s, double u, double rest)
{
    double value = linear_log_density(s->high, s->h, u, 0) + log(u / s->t * rest);
    if (!(value > -INFINITY))
        return -INFINITY;
    linear_law low = *s->low;
    /* the sum only grows */
    low.boundary = low.slope > 0.0 ? s->left + low.slope * rest : s->high->boundary - low.slope * u;
    if (s->quantity == SEQUENCE_ENDS_AT)
        value += linear_log_density(&low, s->l, rest, 0);
    else if (s->quantity == SEQUENCE_ENDS_BY)
        value += linear_log_cdf(&low, s->l, rest);
    else
        value += linear_log_survival(&low, rest);
    return value > -INFINITY ? value : -INFINITY;
}

/* Log of a density is roughly -early / t - late t. */
static void outline_of_side(const linear_law *law, int side, double *early, double *late)
{
    double b = law->boundary, d = b * law->start[side], m = law->drift + (side ? law->slope : -law->slope);
    *early = 0.5 * d * d;
    *late = 0.5 * m * m + (law->slope >= 0.0 ? PI * PI / (8.0 * b * b) : 0.0);
}

/* Where the outline of the integrand has its peak, and how wide that is. */
static double peak_of(const sequence *s, double *width)
{
    double early[2], late[2], low = -80.0, high = 80.0;
    outline_of_side(s->high, s->h, &early[0], &late[0]);
    outline_of_side(s->low, s->l, &early[1], &late[1]);
    if (s->quantity == SEQUENCE_ENDS_BY)
        late[1] = 0.0;
    if (s->quantity == SEQUENCE_NOT_ENDED)
        early[1] = 0.0;
    double u = 0.0, rest = 0.0;
    for (int i = 0; i < 60; i++) {
        double x = 0.5 * (low + high);
        u = s->t / (1.0 + exp(-x)), rest = s->t / (1.0 + exp(x));
        double slope = early[0] / (u * u) - late[0] - early[1] / (rest * rest) + late[1];
        *(slope > 0.0 ? &low : &high) = x;
    }
    double scale = u / s->t * rest;
    double curvature = 2.0 * (early[0] / (u * u * u) + early[1] / (rest * rest * rest)) * scale * scale;
    *width = 1.0 / sqrt(fmax(curvature, 1e-12));
    return 0.5 * (low + high);
}

/* ---- the integral ------------------------------------------------------------------------------------ */

/* The trapezoid rule in x, u = t / (1 + exp(-x)): the integrand falls as exp(-exp(|x|)) on both sides. */
static double integral(const sequence *s)
{
    double width, peak = peak_of(s, &width), part, step = fmin(LONGEST_STEP, STEP_OF_PEAK * width);
    log_sum sum = LOG_OF_NOTHING;
    for (int direction = -1; direction <= 1; direction += 2) {
        for (int i = direction < 0 ? 0 : 1; i < 2000; i++) {
            double x = peak + direction * i * step;
            double value = integrand(s, s->t / (1.0 + exp(-x)), s->t / (1.0 + exp(x)));
            log_sum_add(&sum, value, &part);
            if (i > 3 && !(value > sum.largest - DEPTH))
                break;
        }
    }
    return log_sum_value(sum) + log(step);
}

static int side_at_once(const linear_law *law)
{
    return law->start[0] > 0.0 ? (law->start[1] > 0.0 ? -1 : 1) : 0;
}

static double alone(const linear_law *law, int side, sequence_quantity quantity, double t)
{
    if (quantity == SEQUENCE_ENDS_AT)
        return linear_log_density(law, side, t, 0);
    return quantity == SEQUENCE_ENDS_BY ? linear_log_cdf(law, side, t) : linear_log_survival(law, t);
}

double sequence_log(const linear_law *high, const linear_law *low, int h, int l,
                    sequence_quantity quantity, double t)
{
    int first = side_at_once(high), second = side_at_once(low);
    double k = high->slope, end = k > 0.0 ? high->boundary / k : LAST;
    if (!(t > 0.0) || (t >= end && quantity == SEQUENCE_NOT_ENDED))
        return -INFINITY;
    if (first >= 0)
        return first == h ? alone(low, l, quantity, t) : -INFINITY;
    if (second >= 0)
        return second == l && quantity != SEQUENCE_NOT_ENDED ? alone(high, h, quantity, t) : -INFINITY;
    if (isinf(t) && k == 0.0)
        return linear_log_cdf(high, h, t) + linear_log_cdf(low, l, t);
    sequence s = {high, low, h, l, quantity, fmin(t, end), 0.0};
    s.left = fmax(high->boundary - k * s.t, 0.0);
    return integral(&s);
}
