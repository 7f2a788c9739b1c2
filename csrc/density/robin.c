#include "density/robin.h"

#include "density/gauss.h"
#include "density/products.h"
#include "density/special.h"

enum { COARSE_CELLS = 64, FINE_CELLS = ROBIN_CELLS, MAX_CELLS = FINE_CELLS, STENCIL = 6 };
enum { PADDED_CELLS = (MAX_CELLS / PRODUCT_BLOCK + 1) * PRODUCT_BLOCK };

/* Terms below exp(-NEGLIGIBLE) are left out.  Steps are so short that terms of paths that are reflected at both
 * ends twice are among them. */
#define NEGLIGIBLE 42.0

/* Log survival at which a solution ends. */
#define LAST_SURVIVAL (-18.0)

/* Until this clock the density may be only a few cells wide. */
#define EARLY 0.05

/* Between nodes whose clocks have a larger ratio than LONG, or whose log survivals differ by more than STEEP,
 * the survival is integrated, not interpolated. */
#define LONG 1.3
#define STEEP 0.3

/* A solution ends when a boundary that moves away has become so high that the density is a few cells wide.  It
 * goes on as free motion from a time at which it was wider, so that the motion since then is longer than a
 * cell. */
#define NARROWEST 0.05
#define NARROW 0.5 /* in units of it */

/* Cells of the grid; the longest step as a share of the clock, and in all; the largest change of k in a step,
 * and how many steps that may take. */
typedef struct {
    int cells;
    double growth, longest, change;
    int most;
} robin_limits;

static const robin_limits LIMITS[] = {
    [SSM_ACCURACY_DEFAULT] = {COARSE_CELLS, 0.14, 0.14, 0.04, 150},
    [SSM_ACCURACY_SLOPES] = {COARSE_CELLS, 0.1, 0.1, 0.03, 150},
    [SSM_ACCURACY_HIGH] = {FINE_CELLS, 0.06, 0.06, 0.01, 200},
};

/* The kernel of a step of length s with slope k at 0: from x' to x it is direct(x - x') + images(x + x'). */
typedef struct {
    double s, k;
    double direct[MAX_CELLS + PADDED_CELLS]; /* at (i - cells + 1) dx */
    double images[MAX_CELLS + PADDED_CELLS]; /* at i dx */
    double flux[MAX_CELLS];                  /* through 1, from i dx */
} robin_kernel;

/* ---- the kernel --------------------------------------------------------------------------------------- */

static double normal_at(double x, double s)
{
    double e = 0.5 * x * x / s;
    return e < NEGLIGIBLE ? exp(-e) / sqrt(2.0 * PI * s) : 0.0;
}

/* The part of the kernel that is reflected at 0, of x + x' = u, and its derivative by u.  `near` is
 * normal_at(u, s), `mills` Mills' ratio at (u + k s) / sqrt(s). */
static double by_floor(double near, double u, double s, double k, double mills, double *slope)
{
    double lost = 2.0 * k * sqrt(s) * mills;
    *slope = near * (2.0 * k - u / s - k * lost);
    return near * (1.0 - lost);
}

/* Mills' ratio at points i h + shift, i <= most: in four chains, each from its last point downward by Taylor
 * series, whose terms are positive and so lose no digits. */
static void mills_ratios(double *mills, int most, double h, double shift)
{
    enum { CHAINS = 4, MOST_TERMS = 20 };
    const int length = most / CHAINS + 1, terms = (int)fmin(6.0 + 24.0 * h, MOST_TERMS);
    double at[CHAINS], z[CHAINS], inverse[MOST_TERMS + 1];
    for (int n = 1; n <= terms; n++)
        inverse[n] = 1.0 / n;
    for (int c = 0; c < CHAINS; c++) {
        z[c] = ((c + 1) * length - 1) * h + shift;
        at[c] = exp(log_mills(z[c]));
    }
    for (int i = length - 1; i >= 0; i--) {
        double before[CHAINS], term[CHAINS];
        for (int c = 0; c < CHAINS; c++) {
            mills[c * length + i] = before[c] = at[c];
            term[c] = h * (1.0 - z[c] * at[c]);
            at[c] += term[c];
        }
        for (int n = 2; n <= terms; n++)
            for (int c = 0; c < CHAINS; c++) {
                double next = h * (h * before[c] - z[c] * term[c]) * inverse[n];
                before[c] = term[c], term[c] = next;
                at[c] += next;
            }
        for (int c = 0; c < CHAINS; c++)
            z[c] -= h;
    }
}

static void build(robin_kernel *kernel, int cells, double s, double k)
{
    double dx = 1.0 / cells, root = sqrt(s), ratio = exp(-0.5 * dx * dx / s), square = ratio * ratio;
    double floor[2 * MAX_CELLS + 1], slopes[2 * MAX_CELLS + 1], normal[2 * MAX_CELLS + 1];
    double mills[2 * MAX_CELLS + 4];
    int most = (int)fmin(2.0 * cells, sqrt(2.0 * NEGLIGIBLE * s) / dx);
    kernel->s = s;
    kernel->k = k;
    normal[0] = normal_at(0.0, s);
    for (int i = 1; i <= 2 * cells; i++) {
        normal[i] = i <= most ? normal[i - 1] * ratio : 0.0;
        floor[i] = slopes[i] = 0.0;
        ratio *= square;
    }
    mills_ratios(mills, most, dx / root, k * root);
    for (int i = 0; i <= most; i++)
        floor[i] = by_floor(normal[i], i * dx, s, k, mills[i], &slopes[i]);
    /* terms of a distance above 2 are negligible */
    for (int d = 0; d < cells; d++)
        kernel->direct[cells - 1 + d] = kernel->direct[cells - 1 - d] = normal[d] - floor[2 * cells - d];
    for (int i = 0; i < 2 * cells - 1; i++)
        kernel->images[i] = floor[i] - normal[2 * cells - i];
    for (int i = 2 * cells - 1; i < MAX_CELLS + PADDED_CELLS; i++)
        kernel->direct[i] = kernel->images[i] = 0.0;
    for (int i = 0; i < cells; i++)
        kernel->flux[i] = (1.0 - i * dx) / s * normal[cells - i] - slopes[cells + i];
}

/* ---- a step ---------------------------------------------------------------------------------------------- */

/* The solution r between steps. */
typedef struct {
    const robin_law *law;
    ssm_isa isa;
    int cells;
    double dx, tau, k, log_scale; /* k = r_x / r at 0; the solution is r exp(log_scale) */
    double rate;                  /* change of log r(0) by the clock in the last step */
    double r[MAX_CELLS];          /* at i dx */
} state;

/* Takes a step; returns the log flux through 1 at its end. */
static double apply(const robin_kernel *kernel, state *s)
{
    double out[PADDED_CELLS], flux = 0.0, dx = s->dx, k = 0.5 * (s->k + kernel->k);
    int cells = s->cells;
    /* The trapezoid rule, with the first and third derivatives at 0 by Euler and Maclaurin: both r and the
     * kernel are 1 + k x + c (x^2 / 2 + k x^3 / 6) times what they are at 0. */
    double third = dx * dx * k / (90.0 + 30.0 * k * dx), at_0 = s->r[0];
    s->r[0] = (0.5 * dx + dx * dx * k / 6.0 + 2.0 * third * (1.0 + k * dx)) * at_0 - third * s->r[1];
    s->r[1] = dx * s->r[1] - third * at_0;
    for (int j = 2; j < cells; j++)
        s->r[j] *= dx;
    for (int j = 0; j < cells; j++)
        flux += s->r[j] * kernel->flux[j];
    SSM_CALL_KERNEL(s->isa, mirrored_product,
                    (kernel->direct + cells - 1, kernel->images, cells, s->r, out));
    double sum = 0.0;
    for (int i = 0; i < cells; i++) {
        s->r[i] = fmax(out[i], 0.0);
        sum += s->r[i];
    }
    flux = log(flux) + s->log_scale;
    if (sum > 0.0 && (sum < 1e-3 || sum > 1e3)) {
        for (int i = 0; i < cells; i++)
            s->r[i] /= sum;
        s->log_scale += log(sum);
    }
    return flux;
}

/* ---- the solution ---------------------------------------------------------------------------------------- */

static double boundary_at(const robin_law *law, double tau)
{
    return law->boundary / (1.0 + law->slope * law->boundary * tau);
}

static double time_at(const robin_law *law, double tau)
{
    return tau * law->boundary * boundary_at(law, tau);
}

static double clock_at(const robin_law *law, double t)
{
    double b = law->boundary - law->slope * t;
    return b > 0.0 ? t / (law->boundary * b) : INFINITY;
}

/* Log of the factor between the solution r and the density, without the part that depends on x. */
static double log_factor(const robin_law *law, double t)
{
    double b = law->boundary, x = law->start, v = law->drift;
    return -0.5 * log(b) - v * b * x - 0.5 * law->slope * b * x * x - 0.5 * v * v * t;
}

/* Log flux through 1, by the clock, if k stayed as it is at 0: the closed form. */
static double outline(const robin_law *law, double tau)
{
    double k = law->outline.k;
    return reflected_log_density(&law->outline, tau) - k * (1.0 - law->start) + 0.5 * k * k * tau;
}

/* Log density by time from the log flux by the clock. */
static double in_time(const robin_law *law, double t, double log_flux)
{
    double b = law->boundary - law->slope * t;
    return log_flux + log_factor(law, t) + (law->drift + 0.5 * law->slope) * b - 1.5 * log(b);
}

/* Log of the weight of a point of r in the survival, without a factor that all points share. */
static double log_weight(const robin_law *law, double b, double x)
{
    return law->drift * b * x + 0.5 * law->slope * b * x * x;
}

static double share_of_cell(const state *s, int i) { return i ? 1.0 : 0.5 + s->dx * s->k / 6.0; }

/* Adds a node: the flux, and the survival, which is the integral of the density. */
static void note(robin_law *law, const state *s, double log_flux)
{
    robin_node *node = &law->nodes[law->n_nodes++];
    double t = time_at(law, s->tau), b = boundary_at(law, s->tau), v = law->drift, k = law->slope;
    double sum = 0.0, at_end = log_weight(law, b, 1.0), largest = fmax(0.0, at_end), at_1 = at_end - largest;
    for (int i = 0; i < s->cells; i++)
        sum += share_of_cell(s, i) * s->r[i] * exp(log_weight(law, b, i * s->dx) - largest);
    /* At 1, the first and third derivatives by Euler and Maclaurin: r_x = -2 flux, and r_xxx is -4 times the
     * derivative of the flux by the clock. */
    double m = (v + k) * b, third = -6.0 * (m * m + k * b), square = s->dx * s->dx;
    if (s->tau < EARLY)
        third -= 2000.0 / s->tau * (outline(law, 1.001 * s->tau) - outline(law, 0.999 * s->tau));
    sum += s->dx * (1.0 / 6.0 + square * third / 720.0) * exp(at_1 + log_flux - s->log_scale);
    sum *= s->dx;
    double survival = log(sum) + largest + s->log_scale + log_factor(law, t) + 0.5 * log(b);
    *node = (robin_node){.tau = s->tau, .ratio = log_flux - outline(law, s->tau)};
    node->log_survival = fmin(survival, 0.0);
    node->fall = -exp(in_time(law, t, log_flux) - survival) * b * b;
}

/* The length of the next step. */
static double step_of(const robin_law *law, const robin_limits *limits, double tau)
{
    double bend = law->slope * law->boundary, left = 1.0 + bend * tau;
    double shortest = 4.0 / (limits->cells * limits->cells);
    double step = fmax(fmin(limits->longest, limits->growth * tau), shortest);
    double k = law->outline.k, change = fabs(k * bend) / (left * left); /* of k; it matters at the floor */
    step = fmin(step, 100.0 / fmax(k * k / (left * left), 1.0));
    double most = fmax((k < 0.0 ? 0.3 : 1.0) * limits->change, fabs(k) / limits->most);
    step = fmin(step, fmax(most / fmax(change, 1e-300), shortest));
    return bend < 0.0 ? fmin(step, -limits->growth * left / bend) : step;
}

/* The first step, from a point; returns the log flux. */
static double first_step(state *s, double h, double k)
{
    double x0 = s->law->start, root = sqrt(h), slope;
    for (int i = 0; i < s->cells; i++) {
        double x = i * s->dx, u = x + x0, mills = exp(log_mills((u + k * h) / root));
        s->r[i] = normal_at(x - x0, h) - normal_at(2.0 - u, h) +
                  by_floor(normal_at(u, h), u, h, k, mills, &slope);
    }
    double u = 1.0 + x0, mills = exp(log_mills((u + k * h) / root));
    by_floor(normal_at(u, h), u, h, k, mills, &slope);
    return log((1.0 - x0) / h * normal_at(1.0 - x0, h) - slope);
}

/* 1 where a solution ends, see NARROWEST. */
static double narrowness(const state *s)
{
    const robin_law *law = s->law;
    double b = boundary_at(law, s->tau), cell = b * s->dx;
    return law->slope < 0.0 ? fmax(-law->slope * cell * s->dx, -law->drift * cell / 8.0) / NARROWEST : 0.0;
}

/* Notes where evidence is now. */
static void note_free(robin_law *law, const state *s)
{
    double b = boundary_at(law, s->tau), t = time_at(law, s->tau);
    double factor = s->log_scale + log_factor(law, t) + 0.5 * log(b) + log(s->dx);
    law->free_t = t;
    for (int i = 0; i < s->cells; i++) {
        if (!(s->r[i] > 0.0))
            continue;
        law->free_share[law->n_free] = log(share_of_cell(s, i) * s->r[i]) + log_weight(law, b, i * s->dx) + factor;
        law->free_distance[law->n_free++] = b * (1.0 - i * s->dx);
    }
}

/* The share of a step at which k is taken: the mean time of contacts with 0 within the step. */
static double middle_of_step(const state *s, double h)
{
    const robin_law *law = s->law;
    double c = law->start * sqrt(0.5 / h), square = law->start * law->start;
    if (s->tau == 0.0) { /* time at 0 as s^(-1/2) exp(-start^2 / 2s) */
        double contact = 1.0 - c * exp(0.5 * LOG_PI + c * c) * erfc(c);
        return c < 3.0 ? (0.5 / contact - c * c) * (2.0 / 3.0) : 0.9;
    }
    double rate = law->n_nodes > 1 ? s->rate : 0.5 * (square / s->tau - 1.0) / s->tau;
    rate += law->outline.rates[0] - 0.5 * law->outline.k * law->outline.k;
    return 0.5 + fmin(fmax(rate * h / 12.0, -0.2), 0.2);
}

void robin_solve(robin_law *law, double last_t, ssm_accuracy accuracy, ssm_isa isa)
{
    const robin_limits *limits = &LIMITS[accuracy];
    state s = {.law = law, .isa = isa, .cells = limits->cells, .dx = 1.0 / limits->cells};
    robin_kernel kernel;
    double v = law->drift;
    int beyond = 0;
    law->outline = reflected_law_of(v * law->boundary, law->start, 1.0);
    law->n_nodes = law->n_free = 0;
    for (double h = step_of(law, limits, 0.0);
         law->n_nodes < ROBIN_NODES && beyond < STENCIL / 2 && !(law->n_nodes && narrowness(&s) > 1.0);
         h = step_of(law, limits, s.tau)) {
        double k = v * boundary_at(law, s.tau + middle_of_step(&s, h) * h), flux;
        double before = log(s.r[0]) + s.log_scale;
        if (law->n_nodes == 0) {
            flux = first_step(&s, h, k);
        } else {
            build(&kernel, s.cells, h, k);
            flux = apply(&kernel, &s);
        }
        s.tau += h;
        s.rate = (log(s.r[0]) + s.log_scale - before) / h;
        if (!isfinite(flux)) /* no path has reached 1 yet */
            flux = outline(law, s.tau);
        s.k = v * boundary_at(law, s.tau);
        note(law, &s, flux);
        if (law->n_free == 0 && narrowness(&s) > NARROW)
            note_free(law, &s);
        beyond += time_at(law, s.tau) >= last_t ||
                  law->nodes[law->n_nodes - 1].log_survival < LAST_SURVIVAL;
    }
    if (law->n_nodes == ROBIN_NODES && law->slope < 0.0 && law->n_free == 0)
        note_free(law, &s);
}

/* ---- values -------------------------------------------------------------------------------------------------- */

/* The last node that is not after a clock, or -1. */
static int node_before(const robin_law *law, double tau)
{
    int low = -1, high = law->n_nodes;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        *(law->nodes[middle].tau <= tau ? &low : &high) = middle;
    }
    return low;
}

/* The polynomial through six nodes, of which the origin, where the ratio is 0, may be one; after the last node
 * a line. */
static double ratio_at(const robin_law *law, double tau)
{
    const robin_node *nodes = law->nodes;
    int n = node_before(law, tau), last = law->n_nodes - 1, first = n - STENCIL / 2 + 1;
    if (n == last && last > 0) {
        double slope = (nodes[last].ratio - nodes[last - 1].ratio) / (nodes[last].tau - nodes[last - 1].tau);
        return nodes[last].ratio + slope * (tau - nodes[last].tau);
    }
    int end = first + STENCIL - 1 < last ? first + STENCIL - 1 : last;
    first = end - STENCIL + 1 > -1 ? end - STENCIL + 1 : -1;
    double x[STENCIL], sum = 0.0;
    for (int i = first; i <= end; i++)
        x[i - first] = i < 0 ? 0.0 : nodes[i].tau;
    for (int i = first < 0 ? 1 : 0; i <= end - first; i++) {
        double weight = 1.0;
        for (int j = 0; j <= end - first; j++)
            if (j != i)
                weight *= (tau - x[j]) / (x[i] - x[j]);
        sum += weight * nodes[first + i].ratio;
    }
    return sum;
}

/* Whether t is after the last node of a solution that goes on as free motion. */
static int moves_freely(const robin_law *law, double t)
{
    return law->n_free > 0 && t > time_at(law, law->nodes[law->n_nodes - 1].tau);
}

/* Log density at t, or log survival, of what was noted by note_free(). */
static double log_of_free(const robin_law *law, double t, double (*log_of)(double, double, double, double))
{
    log_sum sum = LOG_OF_NOTHING;
    double part;
    for (int i = 0; i < law->n_free; i++)
        log_sum_add(&sum, law->free_share[i] + log_of(law->drift + law->slope, 0.0, law->free_distance[i],
                                                      t - law->free_t), &part);
    return log_sum_value(sum);
}

double robin_log_density(const robin_law *law, double t)
{
    double tau = clock_at(law, t);
    if (!(t > 0.0) || isinf(tau) || isinf(t))
        return -INFINITY;
    if (moves_freely(law, t))
        return log_of_free(law, t, wald_log_density);
    return in_time(law, t, outline(law, tau) + ratio_at(law, tau));
}

/* Before the first node: 1 less the integral of the density, from the time on at which it is 36 nats lower. */
static double early_log_survival(const robin_law *law, double t)
{
    const gauss_rule *rule = gauss_at_least(24);
    double r = (1.0 - law->start) * law->boundary, most = 0.5 * r * r;
    double low = log(most / (most / t + 36.0)), high = log(t), arrived = 0.0;
    for (int i = 0; i < rule->n; i++) {
        double weight, u = exp(gauss_node(rule, i, low, high, &weight));
        arrived += weight * u * exp(robin_log_density(law, u));
    }
    return log1p(-fmin(arrived, 1.0));
}

double robin_log_survival(const robin_law *law, double t)
{
    double tau = clock_at(law, t);
    if (!(t > 0.0))
        return 0.0;
    if (isinf(tau))
        return -INFINITY;
    if (moves_freely(law, t))
        return fmin(log_of_free(law, t, wald_log_survival), 0.0);
    int n = node_before(law, tau);
    if (n < 0)
        return early_log_survival(law, t);
    const robin_node *a = &law->nodes[n], *z = a + 1;
    if (n == law->n_nodes - 1)
        return a->log_survival + a->fall * (tau - a->tau);
    int is_steep = a->log_survival - z->log_survival > STEEP && a->log_survival > -4.0;
    if (z->tau > LONG * a->tau || is_steep) { /* less the integral of the density since node n */
        const gauss_rule *rule = gauss_at_least(8);
        double from = time_at(law, a->tau), arrived = 0.0, weight;
        for (int i = 0; i < rule->n; i++) {
            double when = gauss_node(rule, i, from, t, &weight);
            arrived += weight * exp(robin_log_density(law, when));
        }
        return log(fmax(exp(a->log_survival) - arrived, 0.0));
    }
    double h = z->tau - a->tau, u = (tau - a->tau) / h, w = 1.0 - u;
    return a->log_survival * w * w * (1.0 + 2.0 * u) + z->log_survival * u * u * (1.0 + 2.0 * w) +
           h * u * w * (a->fall * w - z->fall * u);
}
