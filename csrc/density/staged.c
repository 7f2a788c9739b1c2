#include "density/staged.h"

#include "density/gauss.h"
#include "density/linear.h"
#include "density/products.h"
#include "density/special.h"

/* No path arrives from a distance d before d^2 / ARRIVAL: exp(-38). */
#define ARRIVAL 76.0

/* Beyond this clock so many terms of the sine series are enough; before it images two periods away are
 * below 1e-26. */
#define LONG_CLOCK 0.3
enum { TERMS = 12 };

/* Below this many squares of the spacing of the grid a kernel is too narrow for the trapezoid rule. */
#define NARROW 6.0

/* Drifts, and jumps between them, times the boundary, above which grids are finer. */
#define MODERATE_DRIFT 12.0
#define STRONG_DRIFT 30.0

/* Corrections of the trapezoid rule at the points next to a wall, where the integrand falls to 0 like
 * the solution, or like its product with a kernel; Gauss's rule for the weight u^2 phi(u) on
 * (0, inf): see tools/make_wall_rules.py. */
enum { CORRECTED = 4, HALF_NORMAL = 8, STENCIL = 8 };
static const double OF_SOLUTION[CORRECTED] = {0.320833333333333333, -0.233333333333333333,
                                              0.101388888888888889, -0.01875};
static const double OF_PRODUCT[CORRECTED] = {0.0354497354497354497, -0.0192956349206349206,
                                             0.00626102292768959436, -0.000913525132275132275};
static const double HALF_NORMAL_NODES[HALF_NORMAL] = {
    0.281428589136850092, 0.715525092506643589, 1.27868695685089309, 1.94117177276719913,
    2.68837695084724744,  3.52207036932714859,  4.46719047412429917, 5.60978979243993488};
static const double HALF_NORMAL_WEIGHTS[HALF_NORMAL] = {
    0.0108314744911367149, 0.0798096376127391524,  0.177569516885922917,    0.161281798482217606,
    0.0612872826164559422, 0.00884110370392853521, 0.000376760455039688058, 2.42575255944350358e-6};

/* ---- time ------------------------------------------------------------------------------------------- */

double staged_boundary(const staged_law *law, double t) { return law->boundary - law->slope * t; }

double staged_onset(const staged_law *law, int64_t j)
{
    return j < law->n_stages ? law->onsets[j] : INFINITY;
}

int64_t staged_stage(const staged_law *law, double t)
{
    int64_t low = 0, high = law->n_stages;
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        *(law->onsets[middle] <= t ? &low : &high) = middle;
    }
    return low;
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

enum { ROW_LANES = 8 };

/* The heat kernel between the walls has period 2 m in units of the spacing, m = points + 1:
 * G(i, j) = sums[i - j] - sums[i + j].  normal[k] is the normal density of variance s at k spacings,
 * times the spacing; images[k] is -sums[k + 2], since row i of the grid is point i + 1. */
typedef struct {
    double normal[3 * STAGED_POINTS + ROW_LANES], sums[3 * STAGED_POINTS + 1];
    double images[2 * STAGED_POINTS];
} kernel_row;

static void set_normal(kernel_row *row, int points, double s)
{
    const double dx = 2.0 / (points + 1), rate = -0.5 * dx * dx / s;
    const double square = exp(2.0 * ROW_LANES * ROW_LANES * rate);
    double value[ROW_LANES], ratio[ROW_LANES];
    for (int i = 0; i < ROW_LANES; i++) {
        value[i] = dx / sqrt(2.0 * PI * s) * exp(i * i * rate);
        ratio[i] = exp((2 * i + ROW_LANES) * ROW_LANES * rate);
    }
    for (int k = 0; k <= 3 * (points + 1); k += ROW_LANES)
        for (int i = 0; i < ROW_LANES; i++) {
            row->normal[k + i] = value[i];
            value[i] *= ratio[i];
            ratio[i] *= square;
        }
}

/* sums[STAGED_POINTS + k] is the sum over all images at k spacings, for -m < k <= 2 m. */
static void set_sums(kernel_row *row, int points)
{
    const int m = points + 1;
    double *at_0 = row->sums + STAGED_POINTS;
    for (int k = 0; k <= m; k++)
        at_0[k] = row->normal[k] + row->normal[2 * m - k] + row->normal[2 * m + k];
    for (int k = 1; k < m; k++) {
        at_0[2 * m - k] = at_0[k];
        at_0[-k] = at_0[k];
    }
    at_0[2 * m] = at_0[0];
    for (int k = 0; k < 2 * points + 1; k++)
        row->images[k] = -at_0[k + 2];
}

/* ---- a state, and motion within a stage ------------------------------------------------------------- */

/* Corrects r for sums by the trapezoid rule; out may be r. */
static void correct(int points, const double *r, const double *corrections, double *out)
{
    for (int i = 0; i < STAGED_POINTS; i++)
        out[i] = i < points ? r[i] : 0.0;
    for (int i = 0; i < CORRECTED; i++) {
        out[i] *= 1.0 + corrections[i];
        out[points - 1 - i] *= 1.0 + corrections[i];
    }
}

/* sin(k pi i / m) of TERMS numbers k from `first` on, for one point i after another. */
typedef struct {
    double now[TERMS], before[TERMS], twice_cosine[TERMS];
} waves;

static void begin_waves(waves *w, int points, int first)
{
    double angle = PI / (points + 1), turn = 2.0 * cos(angle);
    double sine = sin(first * angle), sine_before = sin((first - 1) * angle);
    double cosine = cos(first * angle), cosine_before = cos((first - 1) * angle);
    for (int k = 0; k < TERMS; k++) {
        w->now[k] = sine, w->before[k] = 0.0, w->twice_cosine[k] = 2.0 * cosine;
        double sine_next = turn * sine - sine_before, cosine_next = turn * cosine - cosine_before;
        sine_before = sine, cosine_before = cosine;
        sine = sine_next, cosine = cosine_next;
    }
}

static void next_waves(waves *w)
{
    for (int k = 0; k < TERMS; k++) {
        double next = w->twice_cosine[k] * w->now[k] - w->before[k];
        w->before[k] = w->now[k];
        w->now[k] = next;
    }
}

/* Coefficients of the sine series of r. */
static void find_terms(int points, int first, const double *r, double *terms)
{
    waves w;
    begin_waves(&w, points, first);
    for (int k = 0; k < TERMS; k++)
        terms[k] = 0.0;
    for (int i = 0; i < points; i++) {
        for (int k = 0; k < TERMS; k++)
            terms[k] += r[i] * w.now[k];
        next_waves(&w);
    }
    for (int k = 0; k < TERMS; k++)
        terms[k] *= 2.0 / (points + 1);
}

static void add_terms(int points, int first, const double *terms, double *out)
{
    waves w;
    begin_waves(&w, points, first);
    for (int i = 0; i < points; i++) {
        for (int k = 0; k < TERMS; k++)
            out[i] += terms[k] * w.now[k];
        next_waves(&w);
    }
}

/* Decay of the k-th term of the sine series in a clock s, relative to that of the first; 0 for terms above the
 * number of points. */
static double decay(int points, int k, double s)
{
    return k > points ? 0.0 : exp(-0.125 * PI * PI * (k * k - 1) * s);
}

/* The state after a clock s, by the sine series, which is divided by exp(-pi^2 s / 8). */
static void by_sines(int points, double s, const double *from, double *out)
{
    double terms[TERMS];
    for (int i = 0; i < STAGED_POINTS; i++)
        out[i] = 0.0;
    for (int first = 1; decay(points, first, s) > 1e-17; first += TERMS) {
        find_terms(points, first, from, terms);
        for (int k = 0; k < TERMS; k++)
            terms[k] *= decay(points, first + k, s);
        add_terms(points, first, terms, out);
    }
}

/* The state a clock s after one point x0; returns the logarithm of what it has been divided by. */
double staged_from_point(int points, double s, double x0, double *out)
{
    double dx = 2.0 / (points + 1), terms[TERMS];
    for (int i = 0; i < STAGED_POINTS; i++)
        out[i] = 0.0;
    if (s < LONG_CLOCK) {
        for (int i = 0; i < points; i++) {
            double x = (i + 1) * dx - 1.0;
            for (int n = -2; n <= 1; n++) {
                double own = x - x0 + 4.0 * n, mirrored = x + x0 + 2.0 + 4.0 * n;
                out[i] += exp(-0.5 * own * own / s) - exp(-0.5 * mirrored * mirrored / s);
            }
            out[i] = fmax(out[i], 0.0) / sqrt(2.0 * PI * s);
        }
        return 0.0;
    }
    for (int k = 1; k <= TERMS; k++)
        terms[k - 1] = decay(points, k, s) * sin(0.5 * PI * k * (x0 + 1.0));
    add_terms(points, 1, terms, out);
    for (int i = 0; i < points; i++)
        out[i] = fmax(out[i], 0.0);
    return -0.125 * PI * PI * s;
}

int staged_is_narrow(const staged_law *law, double s)
{
    double dx = 2.0 / (law->points + 1);
    return s < NARROW * dx * dx;
}

double staged_spread(const staged_law *law, double s, const double *from, double *out)
{
    kernel_row row;
    if (staged_is_narrow(law, s) || s >= LONG_CLOCK) {
        by_sines(law->points, s, from, out);
        return -0.125 * PI * PI * s;
    }
    set_normal(&row, law->points, s);
    set_sums(&row, law->points);
    SSM_CALL_KERNEL(law->isa, mirrored_product,
                    (row.sums + STAGED_POINTS, row.images, law->points, from, out));
    out[law->points] = 0.0;
    return 0.0;
}

void staged_correct(const staged_law *law, const double *r, double *out)
{
    correct(law->points, r, OF_PRODUCT, out);
}

/* The state a clock s after the beginning of a stage; returns the logarithm of what it has been
 * divided by. */
static double state_after(const staged_law *law, const stage_state *from, double s, double *out)
{
    double corrected[STAGED_POINTS];
    const double *used = from->r;
    if (from->is_point)
        return staged_from_point(law->points, from->clock + s, from->mean, out);
    if (!staged_is_narrow(law, s)) {
        correct(law->points, from->r, OF_PRODUCT, corrected);
        used = corrected;
    }
    double divided = staged_spread(law, s, used, out);
    for (int i = 0; i < law->points; i++)
        out[i] = fmax(out[i], 0.0);
    return divided;
}

/* ---- from stage to stage ---------------------------------------------------------------------------- */

/* Whether no path from `mean` has reached a wall a clock later. */
static int no_path_arrives(double mean, double clock)
{
    double distance = 1.0 - fabs(mean);
    return distance > 0.0 && distance * distance > ARRIVAL * clock;
}

/* Multiplies r by exp(-c x), as a jump of the drift does, and scales it to the sum 1. */
static void kick(stage_state *s, int points, double c)
{
    const double dx = 2.0 / (points + 1), ratio = exp(-c * dx);
    const int middle = points / 2;
    double up = 1.0, down = 1.0, sum = s->r[middle];
    for (int i = 1; i <= middle; i++) {
        s->r[middle + i] *= up *= ratio;
        s->r[middle - i] *= down /= ratio;
        sum += s->r[middle + i] + s->r[middle - i];
    }
    if (!(sum > 0.0))
        return;
    for (int i = 0; i < points; i++)
        s->r[i] /= sum;
    s->log_scale += log(sum);
}

/* The state at the beginning of stage j from that of the stage before. */
static void begin_next(const staged_law *law, const stage_state *from, int64_t j, stage_state *to)
{
    double begin = law->onsets[j], b = staged_boundary(law, begin), v = staged_drift(law, j - 1);
    double s = (begin - from->begin) / (from->b * b), c = b * (staged_drift(law, j) - v);
    to->begin = begin, to->b = b;
    to->log_scale = from->log_scale - 0.5 * v * v * (begin - from->begin);
    to->clock = from->clock + s;
    to->mean = from->mean - c * to->clock;
    to->is_point = from->is_point && no_path_arrives(from->mean, to->clock) &&
                   no_path_arrives(to->mean, to->clock);
    if (to->is_point) {
        to->log_scale += c * (0.5 * c * to->clock - from->mean);
        return;
    }
    to->log_scale += state_after(law, from, s, to->r);
    kick(to, law->points, c);
}

const stage_state *staged_reach(staged_law *law, int64_t j)
{
    if (j < law->n_solved - KEPT_STAGES)
        law->n_solved = 0;
    for (; law->n_solved <= j; law->n_solved++) {
        stage_state *to = &law->stages[law->n_solved % KEPT_STAGES];
        if (law->n_solved > 0) {
            begin_next(law, &law->stages[(law->n_solved - 1) % KEPT_STAGES], law->n_solved, to);
            continue;
        }
        double b = law->boundary, x0 = 0.5 * (law->start[0] - law->start[1]);
        to->begin = 0.0, to->b = b;
        to->is_point = 1, to->mean = x0, to->clock = 0.0;
        to->log_scale = -0.5 * law->slope * b * x0 * x0 - staged_drift(law, 0) * b * x0 - 0.5 * log(b);
    }
    return &law->stages[j % KEPT_STAGES];
}

void staged_begin(staged_law *law, const double *onsets, int64_t n_onsets, int is_fine)
{
    double v = law->drifts[0], w = law->drifts[1];
    double strength = law->boundary * fmax(fabs(w - v), fmax(fabs(v), fabs(w)));
    int size = 64 << (is_fine + (strength > MODERATE_DRIFT) + (strength > STRONG_DRIFT));
    law->points = (size < STAGED_POINTS ? size : STAGED_POINTS) - 1;
    law->onsets = onsets;
    law->n_stages = 1;
    while (law->n_stages < n_onsets && staged_boundary(law, onsets[law->n_stages]) > 0.0)
        law->n_stages++;
    law->n_solved = 0;
}

/* ---- density ---------------------------------------------------------------------------------------- */

/* Adds to weights of the points next to the lower wall so that they give weight * (the polynomial through
 * r / distance) at a distance in spacings. */
static void add_slope(int points, double weight, double distance, double *weights)
{
    static const double barycentric[STENCIL] = {1.0, -7.0, 21.0, -35.0, 35.0, -21.0, 7.0, -1.0};
    int first = (int)distance - STENCIL / 2 + 1;
    first = first < 1 ? 1 : first > points - STENCIL ? points - STENCIL : first;
    double parts[STENCIL], norm = 0.0;
    for (int i = 0; i < STENCIL; i++) {
        double gap = distance - (first + i);
        parts[i] = barycentric[i] / (fabs(gap) < 1e-12 ? 1e-12 : gap);
        norm += parts[i];
    }
    for (int i = 0; i < STENCIL; i++)
        weights[first + i - 1] += weight * parts[i] / norm / (first + i);
}

double staged_flux_weights(const staged_law *law, int side, double s, double *weights)
{
    const int points = law->points, m = points + 1;
    const double dx = 2.0 / m;
    double divided = 0.0;
    for (int i = 0; i < STAGED_POINTS; i++)
        weights[i] = 0.0;
    if (staged_is_narrow(law, s)) {
        for (int i = 0; i < HALF_NORMAL; i++)
            add_slope(points, HALF_NORMAL_WEIGHTS[i] / dx, HALF_NORMAL_NODES[i] * sqrt(s) / dx, weights);
    } else if (s < LONG_CLOCK) {
        kernel_row row;
        set_normal(&row, points, s);
        const double *normal = row.normal;
        for (int k = 1; k <= points; k++)
            weights[k - 1] = (k * normal[k] - (2 * m - k) * normal[2 * m - k] +
                              (2 * m + k) * normal[2 * m + k]) * dx / s;
    } else {
        double terms[TERMS];
        for (int k = 1; k <= TERMS; k++)
            terms[k - 1] = 0.25 * PI * k * decay(points, k, s) * dx;
        add_terms(points, 1, terms, weights);
        divided = -0.125 * PI * PI * s;
    }
    if (!staged_is_narrow(law, s))
        correct(points, weights, OF_PRODUCT, weights);
    for (int i = 0; side && i < points / 2; i++) {
        double kept = weights[i];
        weights[i] = weights[points - 1 - i];
        weights[points - 1 - i] = kept;
    }
    return divided;
}

/* Log of the flux at a side a clock s after the beginning of a stage, but for its log_scale. */
static double log_flux(const staged_law *law, const stage_state *from, int side, double s)
{
    double weights[STAGED_POINTS], sum = 0.0;
    if (from->is_point) {
        double distance = side ? 1.0 - from->mean : 1.0 + from->mean;
        return exit_log_density(from->clock + s, distance, 2.0 - distance, 0);
    }
    double divided = staged_flux_weights(law, side, s, weights);
    for (int i = 0; i < law->points; i++)
        sum += weights[i] * from->r[i];
    return log(sum) + divided;
}

double staged_log_density(staged_law *law, int side, double t)
{
    double b = staged_boundary(law, t);
    if (!(t > 0.0 && b > 0.0 && law->start[0] > 0.0 && law->start[1] > 0.0) || isinf(t))
        return -INFINITY;
    int64_t j = staged_stage(law, t);
    const stage_state *from = staged_reach(law, j);
    double v = staged_drift(law, j), since = t - from->begin;
    double value = from->log_scale + log_flux(law, from, side, since / (from->b * b)) -
                   0.5 * v * v * since + (side ? v : -v) * b + 0.5 * law->slope * b - 1.5 * log(b);
    return value > -INFINITY && value < INFINITY ? value : -INFINITY; /* also if it is no number */
}

/* Probability of leaving in a short clock s after the beginning of a stage. */
static double leavers(staged_law *law, const stage_state *from, double s)
{
    const gauss_rule *rule = gauss_at_least(8.0);
    double sum = 0.0;
    for (int i = 0; i < rule->n; i++) {
        double weight, u = gauss_node(rule, i, 0.0, sqrt(s), &weight);
        double t = from->begin + from->b * from->b * u * u / (1.0 + law->slope * from->b * u * u);
        double b = staged_boundary(law, t);
        for (int side = 0; side < 2; side++)
            sum += weight * 2.0 * u * b * b * exp(staged_log_density(law, side, t));
    }
    return sum;
}

double staged_survival(staged_law *law, double t)
{
    const double dx = 2.0 / (law->points + 1);
    double b = staged_boundary(law, t), r[STAGED_POINTS], corrected[STAGED_POINTS], sum = 0.0;
    if (!(law->start[0] > 0.0 && law->start[1] > 0.0) || !(b > 0.0))
        return 0.0;
    if (!(t > 0.0))
        return 1.0;
    int64_t j = staged_stage(law, t);
    const stage_state *from = staged_reach(law, j);
    double v = staged_drift(law, j), since = t - from->begin, s = since / (from->b * b);
    double scale = from->log_scale, lost = 0.0;
    if (from->is_point && no_path_arrives(from->mean, from->clock + s))
        return 1.0;
    if (!from->is_point && staged_is_narrow(law, s)) {
        lost = leavers(law, from, s);
        correct(law->points, from->r, OF_SOLUTION, corrected);
        b = from->b;
    } else {
        scale += state_after(law, from, s, r) - 0.5 * v * v * since;
        correct(law->points, r, OF_SOLUTION, corrected);
    }
    for (int i = 0; i < law->points; i++) {
        double x = (i + 1) * dx - 1.0;
        sum += corrected[i] * exp(b * x * (v + 0.5 * law->slope * x) + scale);
    }
    return fmin(fmax(sum * dx * sqrt(b) - lost, 0.0), 1.0);
}
