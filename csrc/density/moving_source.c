#include "density/moving_source.h"

#include "density/gauss.h"
#include "density/heat_lanes.h"
#include "density/special.h"

/* Exponents below -NEGLIGIBLE are not seen. */
#define NEGLIGIBLE 34.0

/* The exponential of smaller ones is a parabola, within 1e-6. */
#define SMALL_POTENTIAL 0.02

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

/* The heat kernel of a time, from the start; narrow ones as what they are in a sum. */
static void set_kernel(double *kernel, int points, double dx, double start, double time)
{
    double line[PADDED_POINTS] = {0.0}, sum = 0.0; /* from the lower to the upper end */
    const int half = (points + 1) / 2;
    add_normal(line, points, dx, start, time, 1.0);
    add_normal(line, points, dx, -2.0 - start, time, -1.0);
    add_normal(line, points, dx, 2.0 - start, time, -1.0);
    for (int i = 0; i < points; i++) {
        line[i] = line[i] > 0.0 ? line[i] : 0.0;
        sum += dx * line[i];
    }
    double size = time < 2.0 * dx * dx && sum > 0.0 ? 1.0 / sum : 1.0;
    for (int i = 0; i < half; i++) {
        kernel[i] = size * line[half - 1 + i];
        kernel[half + i] = size * line[half - 1 - i];
    }
}

/* Adds size times a kernel times exp(-(c[0] x + c[1] x^2)). */
static void add_kernel(double *r, int half, const double *kernel, double size, const double *c, ssm_isa isa)
{
    _Alignas(VECTOR_BYTES) double part[PADDED_POINTS];
    if (fabs(c[0]) + fabs(c[1]) < SMALL_POTENTIAL) {
        for (int i = 0; i < 2 * half; i++) {
            double x = grid_point(half, i), e = (c[0] + c[1] * x) * x;
            r[i] += size * kernel[i] * (1.0 - e * (1.0 - 0.5 * e));
        }
        return;
    }
    for (int i = 0; i < 2 * half; i++)
        part[i] = size * kernel[i];
    SSM_CALL_KERNEL(isa, heat_multiply, (half, c, part));
    for (int i = 0; i < 2 * half; i++)
        r[i] += part[i];
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

/* The potential of x^2 at u of a step, by its factors at the begin, in the middle and at the end. */
static double potential_at(const step_factors *f, double h, double u)
{
    return (6.0 * f->first[1] * (1.0 - u) * (1.0 - 2.0 * u) + 6.0 * f->middle[1] * u * (1.0 - u) +
            6.0 * f->last[1] * u * (2.0 * u - 1.0)) / h;
}

/* What the way from x0 at u to x at the end of a step loses: c[0] x + c[1] x^2 + what is returned. */
static double lost_from(const step_factors *f, double h, double u, double x0, double *c)
{
    const double left = h * (1.0 - u), middle = left / 6.0 * potential_at(f, h, 0.5 * (1.0 + u));
    c[0] = 2.0 * middle * x0;
    c[1] = middle + left / 6.0 * potential_at(f, h, 1.0);
    return (middle + left / 6.0 * potential_at(f, h, u)) * x0 * x0 + middle * left;
}

/* Those who begin and arrive within the step, of log_size in a unit of the clock at the nodes. */
static void add_flux(moving_newcomers *n, const double *log_size, double h, double x, const step_factors *f)
{
    const gauss_rule *rule = gauss_at_least(12);
    for (int i = 0; i < rule->n; i++) {
        double weight, u = gauss_node(rule, i, 0.0, 1.0, &weight), left = h * (1.0 - u), c[2];
        double lost_x = lost_from(f, h, u, x, c);
        double size = weight * h * exp(through_nodes(log_size, u) - n->log_size - lost_x - c[1]);
        for (int side = 0; side < 2; side++) {
            double wall = side ? 1.0 : -1.0, d = 1.0 - wall * x;
            n->flux[side] += size * d / left * exp(-wall * c[0] - 0.5 * d * d / left) / sqrt(2.0 * PI * left);
        }
    }
}

/* As in moving.h, the density of those who begin at u is exp(-b b' start^2 / 2 + v (y - b start) - v^2 (t -
 * u) / 2) times what moves without drift in x and the clock. */
void moving_find_newcomers(const solver *s, double h, const step_factors *f, moving_newcomers *n)
{
    moving_source *source = s->source;
    const int points = s->ladder->points;
    const double dx = s->ladder->dx;
    const double *t = f->inner_t, *b = f->inner_b, *slope = f->inner_slope;
    double log_size[INNER];
    const double x = source->start, v = source->drift;
    *n = (moving_newcomers){.log_size = -INFINITY};
    int is_whole = 1;
    for (int i = 0; i < INNER; i++) {
        log_size[i] = moving_log_density(source->high, source->side, t[i], 0) + 1.5 * log(b[i]) +
                      0.5 * b[i] * slope[i] * x * x - v * b[i] * x + 0.5 * v * v * t[i];
        n->log_size = fmax(n->log_size, log_size[i]);
        is_whole &= log_size[i] > -INFINITY;
    }
    if (!is_whole) { /* so early that no path begins */
        n->log_size = -INFINITY;
        return;
    }
    for (int i = 0; i < INNER; i++) {
        double left = h * (1.0 - MOVING_RULE_NODES[i]), size = MOVING_RULE_WEIGHTS[i] * h;
        double c[2];
        size *= exp(log_size[i] - n->log_size - lost_from(f, h, MOVING_RULE_NODES[i], x, c));
        if (source->h != h || source->points != points)
            set_kernel(source->kernels[i], points, dx, x, left);
        add_kernel(n->r, (points + 1) / 2, source->kernels[i], size, c, s->isa);
    }
    source->h = h;
    source->points = points;
    add_flux(n, log_size, h, x, f);
}
