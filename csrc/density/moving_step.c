#include "density/moving_step.h"

#include "density/heat_lanes.h"
#include "density/linear.h"
#include "density/moving_source.h"
#include "density/special.h"

/* Gauss's rule on (0, 1), and integrals from 0 to node i of the polynomials that are 1 at node j:
 * see tools/make_collocation.py. */
const double MOVING_RULE_NODES[INNER] = {0.06943184420297371, 0.33000947820757187, 0.66999052179242813,
                                    0.93056815579702629};
const double MOVING_RULE_WEIGHTS[INNER] = {0.17392742256872693, 0.32607257743127307,
                                      0.32607257743127307, 0.17392742256872693};
static const double INTEGRALS[INNER][INNER] = {
    {0.086963711284363464, -0.026604180084998793, 0.012627462689404725, -0.003555149685795684},
    {0.188118117499868071, 0.163036288715636536, -0.027880428602470895, 0.006735500594538156},
    {0.167191921974188773, 0.353953006033743966, 0.163036288715636536, -0.014190694931141143},
    {0.177482572254522611, 0.313445114741868346, 0.352676757516271865, 0.086963711284363464}};
/* The cubic through the values at 0, at the outer two nodes and at 1, at the second node. */
static const double CUBIC[4] = {-1.6227602246802797, 2.3865565451797655, 1.0355079048349956,
                                -0.7993042253344814};
#define NODES MOVING_RULE_NODES
#define WEIGHTS MOVING_RULE_WEIGHTS

/* Error of the scheme at a wall where the potential is not 0, see wall_factor():
 * 4 / sqrt(2 pi) |zeta(-1/2)| (sqrt(2) - 1) / 3. */
#define WALL_ERROR 0.0458034

/* Of a line that opens for ever; and how far the end of a step may still move, as a share of its length. */
#define FAR_LATER 1e4
#define MOST_MOVED 0.1

/* ---- the outline: driftless motion between fixed boundaries, and the kink where the chord ends ---------- */

double moving_outline_log_flux(const moving_law *law, int side, double tau)
{
    if (law->way[side] > 0.0)
        return -0.5 * law->way[side] * law->way[side] / tau - PI * PI / 8.0 * tau;
    double value = exit_log_density(tau, law->start[side], law->start[1 - side], 0);
    if (law->kink == 0.0)
        return value;
    /* E exp(kink x^2) over the bridge to the side, at the end of the chord */
    double x0 = 0.5 * (law->start[0] - law->start[1]), share = fmin(law->nodes[0].tau / tau, 1.0);
    double mean = x0 + ((side ? 1.0 : -1.0) - x0) * share;
    double variance = law->nodes[0].tau * (1.0 - share), less = 1.0 - 2.0 * law->kink * variance;
    return value + law->kink * mean * mean / less - 0.5 * log(less);
}

int drift_changes(const moving_curves *c) { return c->drift_kind != SSM_DRIFT_CONSTANT; }

int is_on_line(double t, double b, double slope, double later, double b_later, double slope_later)
{
    return fabs(slope_later - slope) <= 1e-9 * fabs(slope) &&
           fabs(b_later - b - slope * (later - t)) < 1e-9 * b_later;
}

int boundary_is_linear(const moving_curves *c)
{
    return c->boundary_kind == SSM_BOUNDARY_CONSTANT || c->boundary_kind == SSM_BOUNDARY_ANGLE ||
           c->boundary_kind == SSM_BOUNDARY_LINEAR;
}

void moving_boundary_of(const solver *s, int n, const double *t, double *b, double *slope)
{
    if (!s->on_chord) {
        moving_boundary_at(&s->law->curves, n, t, b, slope);
        moving_keep_side(&s->law->curves, n, t, s->when, slope);
        return;
    }
    for (int i = 0; i < n; i++) {
        b[i] = s->b + s->slope * (t[i] - s->t);
        slope[i] = s->slope;
    }
}

/* On a line dt = b^2 dtau is closed; returns whether the boundary is one until the end of the step. */
static int times_on_line(const solver *s, double h, double *t, double *b, double *slope)
{
    const double per = s->b * s->b;
    int is_line = 1, is_known = s->on_chord || boundary_is_linear(&s->law->curves);
    if (!is_known && s->law->curves.boundary_kind != SSM_BOUNDARY_TABLE)
        return 0;
    if (!is_known && s->slope * s->b * h >= 1.0) { /* the clock of a line would end before */
        double far = FAR_LATER * (1.0 + s->t), b_far, slope_far;
        moving_boundary_of(s, 1, &far, &b_far, &slope_far);
        if (!is_on_line(s->t, s->b, s->slope, far, b_far, slope_far))
            return 0;
        is_known = 1;
    }
    for (int i = 0; i <= INNER; i++) {
        double u = i < INNER ? h * NODES[i] : h;
        t[i] = s->t + per * u / (1.0 - s->slope * s->b * u);
    }
    moving_boundary_of(s, INNER + 1, t, b, slope);
    for (int i = 0; i <= INNER && is_known; i++)
        b[i] = t[i] < s->t ? -1.0 : b[i];
    for (int i = 0; i <= INNER && !is_known; i++)
        is_line = is_line && is_on_line(s->t, s->b, s->slope, t[i], b[i], slope[i]);
    return is_line;
}

/* Times t_i at the clock tau + h NODES[i] and, as the last, at the end, with boundary and slope there.  Returns
 * whether they are on a line. */
static int inner_times(const solver *s, double h, double *t, double *b, double *slope)
{
    const double per = s->b * s->b, bend = 2.0 * s->b * per * s->slope;
    if (times_on_line(s, h, t, b, slope))
        return 1;
    for (int i = 0; i < INNER; i++) {
        double u = h * NODES[i];
        t[i] = s->t + per * u / (1.0 - 0.5 * bend / per * u); /* right to second order, and positive */
        if (!(t[i] > s->t))
            t[i] = s->t + per * u;
    }
    moving_boundary_of(s, INNER, t, b, slope);
    for (int pass = 0; pass < 3; pass++) {
        double square[INNER], better[INNER + 1];
        for (int i = 0; i < INNER; i++)
            square[i] = b[i] * b[i];
        for (int i = 0; i <= INNER; i++) {
            const double *integrals = i < INNER ? INTEGRALS[i] : WEIGHTS;
            better[i] = s->t;
            for (int j = 0; j < INNER; j++)
                better[i] += h * integrals[j] * square[j];
        }
        if (pass == 1) {
            for (int i = 0; i <= INNER; i++)
                t[i] = better[i];
            moving_boundary_of(s, INNER + 1, t, b, slope);
            continue;
        }
        for (int i = 0; i < INNER; i++)
            b[i] += slope[i] * (better[i] - t[i]);
        if (pass == 2) { /* the slope by that of the slopes */
            double moved = fabs(better[INNER] - t[INNER]);
            if (s->slope > 0.0 && moved > MOST_MOVED * (t[INNER] - s->t)) { /* its clock may end within the step */
                b[INNER] = -1.0;
                return 0;
            }
            double apart = fmax(t[INNER] - t[INNER - 1], 1e-300), late = better[INNER] - t[INNER];
            double change = (slope[INNER] - slope[INNER - 1]) / apart;
            b[INNER] += (slope[INNER] + 0.5 * change * late) * late;
            slope[INNER] += change * late;
        }
        for (int i = 0; i <= INNER; i++)
            t[i] = better[i];
    }
    return 0;
}

/* Three factors that have the integral and the first two moments of a potential over the step. */
static void share_out(const double *moment, int power, step_factors *f)
{
    f->first[power] = moment[0] - 3.0 * moment[1] + 2.0 * moment[2];
    f->middle[power] = 4.0 * (moment[1] - moment[2]);
    f->last[power] = 2.0 * moment[2] - moment[1];
}

/* fmax() without a call; the second one may be NaN. */
static double larger(double a, double b) { return b > a ? b : a; }

static double size_of(double a, double b, double c) { return larger(larger(fabs(a), fabs(b)), fabs(c)); }

static double cubic_at(double begin, double first, double last, double end)
{
    return CUBIC[0] * begin + CUBIC[1] * first + CUBIC[2] * last + CUBIC[3] * end;
}

/* Adds what a node at u, where W' du = x u^k + y (u^k)' du, adds to the moments k = 0, 1, 2 of W. */
static void add_moments(double u, double x, double y, double *moment)
{
    moment[0] += x;
    moment[1] += u * x + y;
    moment[2] += u * (u * x + 2.0 * y);
}

/* The factors of a step of length h.  Moments of c1 and c2 over the step by parts, so that neither w'
 * nor b'' is needed; then the part of the scheme that is quadratic in the slope of W.  What a constant w and a
 * line b contribute is 0, and left out: where lines open, their clock ends, and sums near its end are far from 0. */
void moving_prepare_step(const solver *s, double h, step_factors *f)
{
    const moving_curves *curves = &s->law->curves;
    double *t = f->inner_t, *b = f->inner_b, *slope = f->inner_slope, w[INNER + 1];
    const double curved = inner_times(s, h, t, b, slope) ? 0.0 : 0.5, g = curves->leak;
    const int changes = drift_changes(curves);
    for (int i = 0; i <= INNER; i++)
        w[i] = s->w;
    if (changes)
        moving_drift_at(curves, INNER + 1, t, s->when, w);
    f->t = t[INNER], f->b = b[INNER], f->slope = slope[INNER], f->w = w[INNER];
    f->drift_area = f->w * (f->t - s->t);
    f->half_square = 0.5 * f->w * f->drift_area;
    f->pulse = f->rest = 0.0;
    double linear[3] = {s->b * (f->w - s->w), 0.0, 0.0}, end = curved * f->b * f->slope;
    double quadratic[3] = {curved * s->b * s->slope - end, -end, -end};
    for (int i = 0; i < INNER; i++) {
        double area = h * b[i] * b[i], moved = slope[i] * area, rise = w[i] - f->w;
        double share = WEIGHTS[i] * curved * slope[i];
        add_moments(NODES[i], share * moved + 0.5 * WEIGHTS[i] * g * g * area * b[i] * b[i], share * b[i],
                    quadratic);
        if (!changes && g == 0.0)
            continue;
        share = WEIGHTS[i] * rise;
        add_moments(NODES[i], -share * moved - WEIGHTS[i] * g * area * b[i] * w[i], -share * b[i], linear);
        f->drift_area += share * area;
        f->half_square += 0.5 * share * area * (w[i] + f->w);
        f->pulse = larger(f->pulse, b[i] * fabs(w[i] - s->w - NODES[i] * (f->w - s->w)));
    }
    if (changes)
        f->rest = s->b * larger(fabs(w[1] - cubic_at(s->w, w[0], w[3], f->w)),
                                fabs(w[2] - cubic_at(f->w, w[3], w[0], s->w)));
    share_out(linear, 0, f);
    share_out(quadratic, 1, f);
    for (int k = 0; k < 2; k++)
        f->largest[k] = size_of(6.0 * f->first[k], 1.5 * f->middle[k], 6.0 * f->last[k]) / h;
}

int moving_allows(const step_limits *limits, const step_factors *f, double h)
{
    double short_of = limits->curvature / h, root = 1.2 * limits->curvature, c1 = f->largest[0];
    return 2.0 * f->largest[1] <= short_of * short_of && c1 * c1 * (h * h * h) <= root * root * root;
}

int moving_step_is_short(const step_limits *limits, double h, const step_factors *f)
{
    for (int power = 0; power < 2; power++)
        if (fabs(6.0 * f->first[power] - 3.0 * f->middle[power] + 6.0 * f->last[power]) >
            limits->change)
            return 0;
    return f->pulse <= limits->pulse && f->rest <= limits->rest && moving_allows(limits, f, h) &&
           f->b > 0.0;
}

/* Where W is not 0 at a wall the scheme is of order 3/2 there only; what it misses is known. */
static double wall_factor(double h, double sign, const double *last)
{
    return WALL_ERROR * h * sqrt(h) * 6.0 / h * (sign * last[0] + 2.0 * last[1]);
}

static void rescale(solver *s, double sum)
{
    if ((sum > 1e-3 && sum < 1e3) || !(sum > 0.0))
        return;
    for (int i = 0; i <= s->ladder->points; i++)
        s->middle[i] /= sum;
    s->log_scale += log(sum);
}

/* Times exp(-c1 x - c2 x^2). */
void moving_multiply_normal(solver *s, double c1, double c2)
{
    double m = s->mean, v = s->variance;
    if (v == 0.0) {
        s->log_scale -= c1 * m + c2 * m * m;
        return;
    }
    s->variance = 1.0 / (1.0 / v + 2.0 * c2);
    s->mean = s->variance * (m / v - c1);
    s->log_scale += 0.5 * log(s->variance / v) - 0.5 * m * m / v +
                    0.5 * s->mean * s->mean / s->variance;
}

void moving_advance(solver *s, const step_factors *f, double h)
{
    s->t = f->t, s->tau += h, s->b = f->b, s->slope = f->slope, s->w = f->w;
    s->drift_area += f->drift_area;
    s->half_square += f->half_square;
}

/* 2h/3 (W + h^2 W_x^2 / 48), the factor in the middle; returns the part that does not depend on x. */
double moving_middle_factor(const step_factors *f, double h, double *c)
{
    double c1 = 1.5 * f->middle[0] / h, c2 = 1.5 * f->middle[1] / h, extra = h * h * h / 72.0;
    c[0] = f->middle[0] + extra * 4.0 * c1 * c2;
    c[1] = f->middle[1] + extra * 4.0 * c2 * c2;
    return extra * c1 * c1;
}

moving_node *moving_add_node(solver *s)
{
    moving_node *node = &s->law->nodes[s->law->n_nodes++];
    *node = (moving_node){.t = s->t, .tau = s->tau, .b = s->b, .slope = s->slope,
                          .drift_area = s->drift_area, .half_square = s->half_square,
                          .segment = s->segment};
    return node;
}

/* The share above 0 of r with its pending factor, times those that make a density in y of it. */
static double share_above(const solver *s, const double *r)
{
    const moving_law *law = s->law;
    _Alignas(VECTOR_BYTES) double part[PADDED_POINTS];
    double below = 0.0, above = 0.0;
    double curved = 0.5 * s->b * (law->curves.leak * s->b + s->slope);
    double factor[2] = {s->pending[0] - s->b * (s->w + law->base_drift), s->pending[1] + curved};
    const int half = (s->ladder->points + 1) / 2;
    for (int i = 0; i < 2 * half; i++)
        part[i] = r[i];
    SSM_CALL_KERNEL(s->isa, heat_multiply, (half, factor, part));
    for (int i = 1; i < half; i++) {
        above += part[i];
        below += part[half + i];
    }
    double sum = below + above + part[0];
    return sum > 0.0 ? (above + 0.5 * part[0]) / sum : 0.5;
}

void moving_take_step(solver *s, const heat_kernel *kernel, const step_factors *f)
{
    moving_law *law = s->law;
    const int half = kernel->half;
    const double h = 2.0 * kernel->s;
    moving_newcomers new;
    if (s->source)
        moving_find_newcomers(s, h, f, &new);
    if (s->source && (law->n_nodes == 1 || isinf(s->log_scale)))
        s->log_scale = new.log_size;
    if (s->is_narrow) { /* the kernel itself */
        s->is_narrow = 0;
        moving_multiply_normal(s, f->first[0], f->first[1]);
        SSM_CALL_KERNEL(s->isa, heat_start, (half, kernel->s + s->variance, s->mean, s->middle));
    } else {
        double factors[2] = {s->pending[0] + f->first[0], s->pending[1] + f->first[1]};
        SSM_CALL_KERNEL(s->isa, heat_multiply, (half, factors, s->r));
        SSM_CALL_KERNEL(s->isa, heat_product, (kernel, s->r, s->middle));
    }
    double middle[2], sums[3]; /* flux at the ends, and the sum of all */
    s->log_scale -= moving_middle_factor(f, h, middle);
    SSM_CALL_KERNEL(s->isa, heat_multiply, (half, middle, s->middle));
    SSM_CALL_KERNEL(s->isa, heat_sums, (kernel, s->middle, sums));
    moving_advance(s, f, h);
    moving_node *node = moving_add_node(s);
    for (int side = 0; side < 2; side++) {
        double sign = side ? 1.0 : -1.0;
        double log_flux = log(sums[side]) + s->log_scale - (sign * f->last[0] + f->last[1]) +
                          wall_factor(h, sign, f->last);
        if (s->source && !isinf(new.log_size))
            log_flux = log_sum_of(log_flux, log(new.flux[side]) + new.log_size);
        node->ratio[side] = log_flux; /* until moving_subtract_outline() */
    }
    rescale(s, sums[2]);
    SSM_CALL_KERNEL(s->isa, heat_product, (kernel, s->middle, s->r));
    s->pending[0] = f->last[0], s->pending[1] = f->last[1];
    if (s->source && !isinf(new.log_size)) {
        double shrink = exp(fmin(s->log_scale - new.log_size, 0.0));
        s->log_scale = fmax(s->log_scale, new.log_size);
        double size = exp(new.log_size - s->log_scale);
        SSM_CALL_KERNEL(s->isa, heat_multiply, (half, s->pending, s->r));
        s->pending[0] = s->pending[1] = 0.0;
        for (int i = 0; i < 2 * half; i++)
            s->r[i] = s->r[i] * shrink + size * new.r[i];
    }
    if (law->notes_shares)
        node->above = share_above(s, s->r);
}

/* ---- a step that is shorter than kernels on the grid may be --------------------------------------------- */

enum { TERMS = 3, REACH = 2 }; /* of a series in the time; of differences, in points */

/* As long as the series is good for, in squares of dx. */
#define LONGEST_SERIES 0.5

/* exp(h/2 d^2/dx^2) by its series; line[REACH] is the first point, and values are odd around both ends. */
static void spread_out(double *line, int points, double h, double dx)
{
    double term[MAX_POINTS + 2 * REACH], next[MAX_POINTS + 2 * REACH];
    const int begin = REACH, end = REACH + points;
    for (int i = begin; i < end; i++)
        term[i] = line[i];
    for (int k = 1; k <= TERMS; k++) {
        term[begin - 1] = term[end] = 0.0;
        term[begin - 2] = -term[begin];
        term[end + 1] = -term[end - 1];
        for (int i = begin; i < end; i++)
            next[i] = h / (24.0 * k * dx * dx) *
                      (16.0 * (term[i - 1] + term[i + 1]) - term[i - 2] - term[i + 2] - 30.0 * term[i]);
        for (int i = begin; i < end; i++)
            line[i] += term[i] = next[i];
    }
    for (int i = begin; i < end; i++)
        line[i] = fmax(line[i], 0.0);
}

void moving_take_short_step(solver *s, double h, double *log_flux)
{
    const int points = s->ladder->points, half = (points + 1) / 2, middle = REACH + half - 1;
    const double dx = s->ladder->dx;
    double line[MAX_POINTS + 2 * REACH];
    step_factors f;
    moving_prepare_step(s, h, &f);
    SSM_CALL_KERNEL(s->isa, heat_multiply, (half, s->pending, s->r));
    for (int i = 0; i < half; i++) {
        line[middle + i] = s->r[i];
        line[middle - i] = s->r[half + i];
    }
    const int parts = (int)ceil(h / (LONGEST_SERIES * dx * dx));
    for (int i = 0; i < parts; i++)
        spread_out(line, points, h / parts, dx);
    for (int i = 0; i < half; i++) {
        s->r[i] = line[middle + i];
        s->r[half + i] = line[middle - i];
    }
    for (int power = 0; power < 2; power++)
        s->pending[power] = f.first[power] + f.middle[power] + f.last[power];
    moving_advance(s, &f, h);
    for (int side = 0; side < 2; side++) {
        const int next = side ? REACH + points - 1 : REACH, over = side ? next - 1 : next + 1;
        log_flux[side] = log((8.0 * line[next] - line[over]) / (12.0 * dx)) + s->log_scale -
                         ((side ? 1.0 : -1.0) * s->pending[0] + s->pending[1]);
    }
}
