#include "density/moving_source.h"

#include "density/gauss.h"
#include "density/special.h"

/* Exponents below -NEGLIGIBLE are not seen. */
#define NEGLIGIBLE 34.0

/* Adds size times the normal density around `middle`, from the point next to it outward. */
static void add_normal(double *r, int points, double dx, double middle, double variance, double size)
{
    double beyond = fmax(fabs(middle) - 1.0, 0.0);
    if (0.5 * beyond * beyond > NEGLIGIBLE * variance)
        return;
    int nearest = (int)fmin(fmax(floor((middle + 1.0) / dx - 0.5), 0.0), points - 1.0);
    double change = exp(-dx * dx / variance);
    for (int direction = -1; direction <= 1; direction += 2) {
        double away = direction * ((nearest + 1) * dx - 1.0 - middle);
        double value = size * exp(-0.5 * away * away / variance) / sqrt(2.0 * PI * variance);
        double ratio = exp(-(away * dx + 0.5 * dx * dx) / variance);
        for (int i = nearest; i >= 0 && i < points; i += direction) {
            if (i != nearest || direction < 0)
                r[i] += value;
            value *= ratio;
            ratio *= change;
        }
    }
}

/* Adds size times the heat kernel of a time, and the potential w x^2; narrow ones as what they are in the
 * sum. */
static void add_kernel(double *r, int points, double dx, double start, double time, double size, double w)
{
    double part[PADDED_POINTS] = {0}, sum = 0.0;
    const double potential[2] = {0.0, w};
    add_normal(part, points, dx, start, time, 1.0);
    add_normal(part, points, dx, -2.0 - start, time, -1.0);
    add_normal(part, points, dx, 2.0 - start, time, -1.0);
    for (int i = 0; i < points; i++)
        sum += dx * part[i];
    size /= time < 2.0 * dx * dx && sum > 0.0 ? sum : 1.0;
    moving_multiply(part, points, dx, potential);
    for (int i = 0; i < points; i++)
        r[i] += size * fmax(part[i], 0.0);
}

/* Through four values at the nodes of the rule, at u of a step. */
static double through_nodes(const double *values, double u)
{
    double sum = 0.0;
    for (int i = 0; i < INNER; i++) {
        double weight = values[i];
        for (int j = 0; j < INNER; j++)
            if (j != i)
                weight *= (u - MOVING_RULE_NODES[j]) / (MOVING_RULE_NODES[i] - MOVING_RULE_NODES[j]);
        sum += weight;
    }
    return sum;
}

/* Those who begin and arrive within the step, of log_size in a unit of the clock at the nodes. */
static void add_flux(moving_newcomers *n, const double *log_size, double h, double x, double w)
{
    const gauss_rule *rule = gauss_at_least(12);
    for (int i = 0; i < rule->n; i++) {
        double weight, u = gauss_node(rule, i, 0.0, 1.0, &weight), left = h * u;
        double size = weight * h * exp(through_nodes(log_size, 1.0 - u) - n->log_size -
                                       0.5 * w * (1.0 + x * x) * left);
        for (int side = 0; side < 2; side++) {
            double d = side ? 1.0 - x : 1.0 + x;
            n->flux[side] += size * d / left * exp(-0.5 * d * d / left) / sqrt(2.0 * PI * left);
        }
    }
}

/* As in moving.h, the density of those who begin at u is exp(-b b' start^2 / 2 + v (y - b start) - v^2 (t -
 * u) / 2) times what moves without drift in x and the clock. */
void moving_find_newcomers(const solver *s, double h, const step_factors *f, moving_newcomers *n)
{
    const moving_source *source = s->source;
    const double *t = f->inner_t, *b = f->inner_b, *slope = f->inner_slope;
    double log_size[INNER];
    const double x = source->start, v = source->drift;
    const double w = (f->first[1] + f->middle[1] + f->last[1]) / h;
    *n = (moving_newcomers){.log_size = -INFINITY};
    int is_whole = 1;
    for (int i = 0; i < INNER; i++) {
        log_size[i] = moving_log_density(source->high, source->side, t[i], 0) + 1.5 * log(b[i]) +
                      0.5 * b[i] * slope[i] * x * x - v * b[i] * x + 0.5 * v * v * t[i];
        n->log_size = fmax(n->log_size, log_size[i]);
        is_whole &= log_size[i] > -INFINITY;
    }
    if (!is_whole) { /* so early that nobody begins */
        n->log_size = -INFINITY;
        return;
    }
    for (int i = 0; i < INNER; i++) {
        double left = h * (1.0 - MOVING_RULE_NODES[i]), size = MOVING_RULE_WEIGHTS[i] * h;
        size *= exp(log_size[i] - n->log_size - 0.5 * w * x * x * left);
        add_kernel(n->r, s->ladder->points, s->ladder->dx, x, left, size, 0.5 * w * left);
    }
    add_flux(n, log_size, h, x, w);
}
