#include "density/levy.h"

#include "density/levy_basis.h"

#include <string.h>

#include "density/gauss.h"
#include "density/special.h"
#include "ssm/density.h"

/* Under drift; where alpha is 1, the functions for the drift are not independent of the others. */
#define LEAST_ALPHA 1.0001

/* The first node is at FIRST size^-alpha; before it the basis cannot tell.  Nodes are STEPS to each
 * doubling of time, until survivors are fewer than FEWEST_SURVIVORS. */
#define FIRST 4.0
#define FEWEST_SURVIVORS 1e-11
enum { STEPS = 8, TERMS = 12, STENCIL = 6 };

/* The largest size of a matrix whose exponential is summed. */
#define SMALL 0.5

/* ---- matrices ----------------------------------------------------------------------------------------- */

/* c = a b */
static void multiply(int n, double a[][LEVY_BASIS], double b[][LEVY_BASIS], double c[][LEVY_BASIS])
{
    for (int i = 0; i < n; i++) {
        double row[LEVY_BASIS] = {0};
        for (int k = 0; k < n; k++) {
            const double factor = a[i][k];
            for (int j = 0; j < n; j++)
                row[j] += factor * b[k][j];
        }
        memcpy(c[i], row, n * sizeof *row);
    }
}

static void apply(int n, double a[][LEVY_BASIS], double *x)
{
    double out[LEVY_BASIS];
    for (int i = 0; i < n; i++) {
        out[i] = 0.0;
        for (int j = 0; j < n; j++)
            out[i] += a[i][j] * x[j];
    }
    memcpy(x, out, n * sizeof *x);
}

static double dot(int n, const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* e = exp(time g); work is lost. */
static void exponential(int n, double g[][LEVY_BASIS], double time, double e[][LEVY_BASIS],
                        double work[][LEVY_BASIS])
{
    double norm = 0.0;
    int halvings = 0;
    for (int i = 0; i < n; i++) {
        double sum = 0.0;
        for (int j = 0; j < n; j++)
            sum += fabs(g[i][j]);
        norm = fmax(norm, sum);
    }
    for (; norm * time > SMALL && halvings < 60; halvings++)
        time *= 0.5;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            work[i][j] = g[i][j] * time;
            e[i][j] = i == j;
        }
    for (int k = TERMS; k >= 1; k--) { /* Horner: e = 1 + e work / k, row by row in place */
        multiply(n, e, work, e);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++)
                e[i][j] /= k;
            e[i][i] += 1.0;
        }
    }
    for (int i = 0; i < halvings; i++) {
        multiply(n, e, e, work);
        memcpy(e, work, n * sizeof *e);
    }
}

double levy_strongest_drift(double alpha)
{
    return fmin(SSM_LEVY_DRIFT_SCALE * exp(SSM_LEVY_DRIFT_GROWTH * (alpha - 1.0)), SSM_LEVY_DRIFT_MAX);
}

static int leaves_at_once(const levy_law *law) { return !(fabs(law->start) < 1.0); }

/* ---- the solution --------------------------------------------------------------------------------------- */

static void add_node(levy_law *law, const levy_basis *b, double time, const double *y,
                     double g[][LEVY_BASIS])
{
    levy_node *node = &law->nodes[law->n_nodes++];
    double change[LEVY_BASIS];
    int n = b->n;
    memcpy(change, y, n * sizeof *y);
    apply(n, g, change);
    double drifted = law->drift * dot(n, b->by_drift, y), inner = law->drift * dot(n, b->hit_drift, y);
    double alive = dot(n, b->one, y), up = dot(n, b->hit, y);
    node->time = time;
    node->density[1] = drifted - dot(n, b->hit, change);
    node->density[0] = -drifted - dot(n, b->one, change) + dot(n, b->hit, change);
    node->below[1] = law->share[1] + inner - up;
    node->below[0] = law->share[0] - inner - (alive - up);
    node->survival = alive;
    for (int side = 0; side < 2; side++)
        node->moment[side] = dot(n, b->moment[side], y);
}

static double upper_share_without_drift(const levy_law *law, double constant)
{
    const gauss_rule *rule = gauss_at_least(48);
    double angle = asin(fabs(law->start)), sum = 0.0, weight;
    for (int i = 0; i < rule->n; i++) {
        double theta = gauss_node(rule, i, 0.0, angle, &weight);
        sum += weight * pow(cos(theta), law->alpha - 1.0);
    }
    return 0.5 + (law->start > 0.0 ? constant : -constant) * sum;
}

void levy_solve(levy_law *law, int size, levy_matrices *matrices)
{
    double(*g)[LEVY_BASIS] = matrices->generator, (*e)[LEVY_BASIS] = matrices->step;
    double(*work)[LEVY_BASIS] = matrices->work;
    double y[LEVY_BASIS], alpha = law->alpha;
    levy_basis b;
    if (law->drift != 0.0)
        law->alpha = alpha = fmax(alpha, LEAST_ALPHA);
    if (leaves_at_once(law)) {
        *law = (levy_law){.alpha = alpha, .drift = law->drift, .start = law->start, .n_nodes = 1};
        return;
    }
    levy_basis_set(&b, alpha, law->drift, size, g, e, work);
    levy_basis_at(&b, law->start, y);
    double jumps = tgamma(1.0 + alpha) * sin(0.5 * PI * alpha) / (PI * alpha);
    law->share[1] = upper_share_without_drift(law, b.hit_constant) - law->drift * dot(b.n, b.hit_drift, y);
    law->share[1] = fmin(fmax(law->share[1], 0.0), 1.0);
    law->share[0] = 1.0 - law->share[1];
    law->first_density[1] = jumps * pow(1.0 - law->start, -alpha);
    law->first_density[0] = jumps * pow(1.0 + law->start, -alpha);
    for (int side = 0; side < 2; side++)
        law->constant[side] = dot(b.n, b.moment[side], y);
    double time = FIRST * pow(size, -alpha), step = time / STEPS;
    law->n_nodes = 0;
    exponential(b.n, g, step, e, work);
    for (int i = 0; i < STEPS; i++)
        apply(b.n, e, y);
    add_node(law, &b, time, y, g);
    while (law->n_nodes == 1 || (law->n_nodes < LEVY_NODES - STEPS &&
                                 law->nodes[law->n_nodes - 1].survival > FEWEST_SURVIVORS)) {
        for (int i = 0; i < STEPS; i++) {
            apply(b.n, e, y);
            time += step;
            add_node(law, &b, time, y, g);
        }
        multiply(b.n, e, e, work);
        memcpy(e, work, b.n * sizeof *e);
        step *= 2.0;
    }
    /* what cannot be told from rounding is left to the tail of levy_log_density() */
    while (law->n_nodes > STENCIL && !(law->nodes[law->n_nodes - 1].survival > FEWEST_SURVIVORS &&
                                       law->nodes[law->n_nodes - 1].density[0] > 0.0 &&
                                       law->nodes[law->n_nodes - 1].density[1] > 0.0))
        law->n_nodes--;
}

/* ---- between nodes ---------------------------------------------------------------------------------------- */

typedef enum { LOG_DENSITY, BELOW, LOG_SURVIVAL, MOMENT } quantity;

/* The smallest density of a node; what is less is an error of the basis. */
static double least_density(const levy_law *law, const levy_node *node, int side)
{
    return 1e-3 * law->first_density[side] * fmax(node->survival, 0.0) + 1e-300;
}

static double value_of(const levy_law *law, const levy_node *node, quantity of, int side)
{
    switch (of) {
    case LOG_DENSITY: return log(fmax(node->density[side], least_density(law, node, side)));
    case BELOW: return node->below[side];
    case LOG_SURVIVAL: return log(fmax(node->survival, 1e-300));
    case MOMENT: return node->moment[side];
    }
    return NAN;
}

/* Whether polynomials may go through nodes from `first` on: else only lines. */
static int are_smooth(const levy_law *law, int first, int n)
{
    for (int i = first; i < first + n; i++) {
        const levy_node *node = &law->nodes[i];
        for (int side = 0; side < 2; side++)
            if (!(node->density[side] > least_density(law, node, side)))
                return 0;
    }
    return 1;
}

/* The polynomial through n points, at x. */
static double through(int n, const double *points, const double *values, double x)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        double weight = 1.0;
        for (int j = 0; j < n; j++)
            if (j != i)
                weight *= (x - points[j]) / (points[i] - points[j]);
        sum += weight * values[i];
    }
    return sum;
}

static double between(const levy_law *law, quantity of, int side, double t)
{
    int low = 0, high = law->n_nodes;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        *(law->nodes[middle].time <= t ? &low : &high) = middle;
    }
    int n = STENCIL, first = low - n / 2 + 1;
    first = first < 0 ? 0 : first > law->n_nodes - n ? law->n_nodes - n : first;
    if (!are_smooth(law, first, n)) {
        n = 2;
        first = low < law->n_nodes - 1 ? low : low - 1;
    }
    double points[STENCIL], values[STENCIL];
    for (int i = 0; i < n; i++) {
        points[i] = log(law->nodes[first + i].time);
        values[i] = value_of(law, &law->nodes[first + i], of, side);
    }
    return through(n, points, values, log(t));
}

/* Before the first node: from 0, where the density is that of a jump from the start over the wall. */
static double early(const levy_law *law, int side, double t, int is_share)
{
    double points[STENCIL], values[STENCIL];
    points[0] = 0.0, values[0] = law->first_density[side];
    for (int i = 1; i < STENCIL; i++) {
        const levy_node *node = &law->nodes[i - 1];
        points[i] = node->time;
        values[i] = is_share ? node->below[side] / node->time : node->density[side];
    }
    for (int i = 0; i < STENCIL; i++)
        values[i] = log(fmax(values[i], 1e-3 * law->first_density[side]));
    return through(are_smooth(law, 0, STENCIL - 1) ? STENCIL : 2, points, values, t) + (is_share ? log(t) : 0.0);
}

/* How fast the last survivors leave. */
static double last_rate(const levy_law *law)
{
    const levy_node *last = &law->nodes[law->n_nodes - 1];
    double rate = log(last[-1].survival / last->survival) / (last->time - last[-1].time);
    return rate > 0.0 ? rate : 0.0;
}

double levy_log_density(const levy_law *law, int side, double t)
{
    const levy_node *last = &law->nodes[law->n_nodes - 1];
    if (!(t > 0.0) || isinf(t) || leaves_at_once(law))
        return -INFINITY;
    if (t < law->nodes[0].time)
        return early(law, side, t, 0);
    if (t > last->time)
        return value_of(law, last, LOG_DENSITY, side) - last_rate(law) * (t - last->time);
    return between(law, LOG_DENSITY, side, t);
}

double levy_survival(const levy_law *law, double t)
{
    const levy_node *last = &law->nodes[law->n_nodes - 1];
    if (leaves_at_once(law))
        return t < 0.0 ? 1.0 : 0.0;
    if (!(t > 0.0))
        return 1.0;
    if (isinf(t))
        return 0.0;
    if (t < law->nodes[0].time)
        return fmax(1.0 - exp(early(law, 0, t, 1)) - exp(early(law, 1, t, 1)), 0.0);
    if (t > last->time)
        return exp(fmin(value_of(law, last, LOG_SURVIVAL, 0), 0.0) - last_rate(law) * (t - last->time));
    return fmin(exp(between(law, LOG_SURVIVAL, 0, t)), 1.0);
}

double levy_cdf(const levy_law *law, int side, double t)
{
    const levy_node *last = &law->nodes[law->n_nodes - 1];
    if (leaves_at_once(law))
        return t >= 0.0 && (law->start > 0.0) == side;
    if (!(t > 0.0))
        return 0.0;
    if (t < law->nodes[0].time)
        return fmin(exp(early(law, side, t, 1)), law->share[side]);
    if (t > last->time)
        return law->share[side];
    return fmin(fmax(between(law, BELOW, side, t), 0.0), law->share[side]);
}

/* t P(left by t) less the integral of that probability. */
double levy_moment(const levy_law *law, int side, double t)
{
    const levy_node *last = &law->nodes[law->n_nodes - 1];
    if (!(t > 0.0) || leaves_at_once(law))
        return 0.0;
    if (t > last->time)
        return law->constant[side];
    if (t < law->nodes[0].time) {
        const gauss_rule *rule = gauss_at_least(16);
        double sum = 0.0, weight;
        for (int i = 0; i < rule->n; i++) {
            double u = gauss_node(rule, i, 0.0, t, &weight);
            sum += weight * u * exp(levy_log_density(law, side, u));
        }
        return sum;
    }
    double rest = law->share[side] - levy_cdf(law, side, t);
    return law->constant[side] - between(law, MOMENT, side, t) - t * rest;
}
