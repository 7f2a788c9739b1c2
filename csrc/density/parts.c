#include "density/parts.h"

#include "curves/curves.h"
#include "density/plane.h"

#include <math.h>
#include <string.h>

/* Double steps begin, at 0 and when the drift has jumped, with a share of the square of the spacing, and grow with
 * the clock up to the longest; in units of the boundary. */
#define FIRST 0.25
typedef struct {
    double growth, longest;
} parts_limits;

static const parts_limits DEFAULT = {0.1, 0.06}, HIGH = {0.05, 0.03};

/* Points of the coarse grid, by the strongest drift over a unit of the clock. */
enum { FEW_POINTS = 63, SOME_POINTS = 95, MANY_POINTS = 127 };
#define STRONG_DRIFT 8.0

/* Longest step in units of the width that the clock has given, by the drift; by the leaks; and by how unevenly
 * the drift goes, in units of this width. */
#define REACH 0.2
#define LARGEST_DECAY 0.25
#define LARGEST_UNEVENNESS 0.003
#define WIDEST 0.3 /* of this width, for drifts that change, in units of the boundary */
/* Widths of U below this one of a path without boundaries, over the first step, are not told apart. */
#define NARROWEST 0.3

/* A solution ends at this survival, time, or height of the boundary. */
#define FEWEST_SURVIVORS 1e-7
#define LAST_TIME 1e4
#define SMALLEST 1e-6 /* boundary, in units of that at 0 */

/* D is at rest when it changes the drift of S by no more, in units of the boundary. */
#define AT_REST 1e-3

/* How often it is asked whether boundary and drift have come to rest. */
enum { NODES_BETWEEN = 16, TIMES = 6 };

int is_in_parts(const ssm_law *law)
{
    return law->problem->process == SSM_PROCESS_DIFFUSION && has_two_columns(law->problem);
}

/* A trial in units of the noise, while it is solved. */
typedef struct {
    const moving_curves *curves;
    double leak[2], mean_leak, difference, start; /* leaks; x(0) */
    double t, since, apart; /* now; the last jump; D, see parts.h */
    double jumps[MOVING_EVENTS], ends; /* where the drift jumps; the next one */
    int n_jumps;
} parts_path;

/* Drifts of both parts at n times before the next jump. */
static void drifts_at(const parts_path *p, int n, const double *t, double *w)
{
    moving_drift_at(p->curves, n, t, 0.5 * (p->t + fmin(p->ends, p->t + 1.0)), w);
}

static void set_next_jump(parts_path *p)
{
    p->ends = INFINITY;
    for (int i = p->n_jumps - 1; i >= 0; i--)
        if (p->jumps[i] > p->t)
            p->ends = p->jumps[i];
}

/* Means of the drifts of both parts over h from t on, by Simpson's rule. */
static void mean_drifts(const parts_path *p, double t, double h, double *mean)
{
    const double times[3] = {t, t + 0.5 * h, t + h};
    double w[6];
    drifts_at(p, 3, times, w);
    for (int i = 0; i < 2; i++)
        mean[i] = (w[3 * i] + 4.0 * w[3 * i + 1] + w[3 * i + 2]) / 6.0;
}

/* The drift of S over h from t on, where D is `apart`. */
static double drift_over(const parts_path *p, double t, double h, double apart)
{
    double w[2];
    mean_drifts(p, t, h, w);
    return w[0] + w[1] - 0.5 * p->difference * apart;
}

/* D after h more. */
static double apart_after(const parts_path *p, double t, double apart, double h)
{
    double w[2], g = p->mean_leak;
    mean_drifts(p, t, h, w);
    return apart * exp(-g * h) + (w[0] - w[1]) * (g * h == 0.0 ? h : -expm1(-g * h) / g);
}

/* The strongest drift, in units of the clock, at some times between jumps. */
static double strongest(const parts_path *path, double b)
{
    parts_path p = *path;
    double most = 0.0;
    for (;; p.t = p.ends) {
        set_next_jump(&p);
        for (double t = p.t; t < fmin(p.ends, p.t + 2.0); t += 0.1)
            most = fmax(most, fabs(drift_over(&p, t, 0.0, 0.0)));
        if (isinf(p.ends))
            return most * b;
    }
}

/* Whether dt is short for a drift that changes: for its strength, and for how much the way that it makes depends
 * on where it is read. */
static int is_short(const parts_path *p, double dt, double width)
{
    double whole[2], half[2][2], most = 0.0, way = 0.0;
    mean_drifts(p, p->t, dt, whole);
    for (int i = 0; i < 2; i++)
        mean_drifts(p, p->t + 0.5 * i * dt, 0.5 * dt, half[i]);
    for (int i = 0; i < 2; i++) {
        most = fmax(most, fabs(whole[i] - 0.5 * (half[0][i] + half[1][i])));
        way = fmax(way, fabs(half[i][0] + half[i][1] - 0.5 * p->difference * p->apart));
    }
    return most * dt <= LARGEST_UNEVENNESS * width && way * dt <= 2.0 * REACH * width;
}

/* How long the next double step may be, where the first one is `first`; it does not pass a jump. */
static double longest_step(const parts_path *p, const parts_state *x, const parts_limits *limits,
                           double first, double b)
{
    double clock = (p->t - p->since) / (b * b), pull = 0.25 * p->difference * p->difference;
    double strength = fabs(drift_over(p, p->t, 0.0, p->apart) - pull * x->mean) + 2.0 * pull * x->width;
    double width = b * sqrt(clock + first);
    double fastest = fmax(fabs(p->leak[0]), fabs(p->leak[1]));
    double dt = fmin(first + limits->growth * clock, limits->longest) * (b * b);
    dt = fmin(dt, REACH * width / fmax(strength + fastest * b, 1e-9));
    dt = fmin(dt, LARGEST_DECAY / fmax(fastest, 1e-9));
    dt = fmin(dt, LAST_TIME - p->t);
    double to_jump = p->ends - p->t;
    dt = dt >= to_jump ? to_jump : 2.0 * dt > to_jump ? 0.5 * to_jump : dt;
    for (int tries = 0; tries < 20 && !is_short(p, dt, fmin(width, WIDEST * b)); tries++)
        dt *= 0.5;
    return dt;
}

/* Sets the nodes of the Gauss-Hermite rule and the functions there, times the root of the weights: an
 * orthogonal matrix. */
static void set_rule(parts_state *x)
{
    static const double positive[HERMITES / 2] = {0.5390798113513751, 1.636519042435108,
                                                  2.8024858612875416, 4.1445471861258945};
    for (int j = 0; j < HERMITES; j++) {
        double at = j < HERMITES / 2 ? -positive[HERMITES / 2 - 1 - j] : positive[j - HERMITES / 2];
        double h[HERMITES] = {1.0, at}, squares = 1.0 + at * at;
        for (int n = 2; n < HERMITES; n++) {
            h[n] = (at * h[n - 1] - sqrt(n - 1.0) * h[n - 2]) / sqrt(n);
            squares += h[n] * h[n];
        }
        x->nodes[j] = at;
        for (int n = 0; n < HERMITES; n++)
            x->functions[n][j] = h[n] / sqrt(squares);
    }
}

static void begin(parts_state *x, const parts_path *p, int points, double start, double b)
{
    double weights[PARTS_POINTS + 2], value = 1.0; /* of functions of even order, where U is 0 */
    memset(x, 0, sizeof *x);
    x->points = points;
    x->dx = 2.0 / (points + 1);
    x->start = p->start;
    x->width = x->narrowest = NARROWEST * pow(x->dx * b, 3.0);
    set_rule(x);
    plane_set_start(points, x->dx, start, weights);
    for (int n = 0; n < HERMITES; n += 2, value *= -sqrt((n - 1.0) / n))
        for (int i = 0; i < points; i++)
            x->density[i * PARTS_STRIDE + PARTS_STRIDE - HERMITES + n] = value * weights[i + 1];
    x->left[0] = weights[0];
    x->left[1] = weights[points + 1];
}

/* Steps from p->t to p->t + dt, in n steps; b is the boundary at the ends and in the middle of each. */
static double step(const parts_path *p, double dt, int n, const double *b, ssm_isa isa, parts_state *x)
{
    double h = dt / n, apart = p->apart;
    for (int i = 0; i < n; i++, b += 2) {
        double t = p->t + i * h;
        parts_sizes sizes = {.dt = h, .boundary = b[1], .closing = log(b[0] / b[2]),
                             .leak = p->mean_leak, .pull = 0.25 * p->difference * p->difference};
        sizes.drift = drift_over(p, t, h, apart_after(p, t, apart, 0.5 * h));
        SSM_CALL_KERNEL(isa, parts_step, (&sizes, x));
        apart = apart_after(p, t, apart, h);
    }
    return apart;
}

/* Times from now on. */
static void set_later(const parts_path *p, double *t)
{
    for (int i = 0; i < TIMES; i++)
        t[i] = i + 1 < TIMES ? p->t * (1 << i) : LAST_TIME;
}

static int boundary_rests(const parts_path *p)
{
    double t[TIMES], b[TIMES];
    set_later(p, t);
    moving_boundary_at(p->curves, TIMES, t, b, 0);
    for (int i = 1; i < TIMES; i++)
        if (b[i] != b[0])
            return 0;
    return 1;
}

/* Whether drifts do not change any more, and D has come to where it stays. */
static int drift_rests(const parts_path *p, double b)
{
    double t[TIMES], w[2 * TIMES];
    double change = apart_after(p, p->t, p->apart, LAST_TIME) - p->apart;
    if (!isinf(p->ends) || fabs(0.5 * p->difference * change) * b > AT_REST)
        return 0;
    set_later(p, t);
    drifts_at(p, TIMES, t, w);
    for (int i = 1; i < TIMES; i++)
        if (w[i] != w[0] || w[TIMES + i] != w[TIMES])
            return 0;
    return 1;
}

static void solve(parts_law *parts, parts_path *p, double start, double b, int is_high, ssm_isa isa,
                  ssm_cancel *cancel)
{
    shares *law = &parts->law.branch[0];
    parts_state *coarse = &parts->coarse, *fine = &parts->fine;
    const parts_limits *limits = is_high ? &HIGH : &DEFAULT;
    int points = is_high ? MANY_POINTS : strongest(p, b) > STRONG_DRIFT ? SOME_POINTS : FEW_POINTS;
    double smallest = SMALLEST * b, quarters[5];
    begin(coarse, p, points, start, b);
    begin(fine, p, 2 * points + 1, start, b);
    double first = FIRST * (coarse->dx * coarse->dx);
    shares_begin(law, coarse->left, fine->left);
    while (!law->is_complete && p->t < LAST_TIME && law->n_nodes < SHARES_NODES && !ssm_cancelled(cancel)) {
        double longest = longest_step(p, coarse, limits, first, b);
        double dt = plane_steady_step(p->curves, p->t, longest, quarters);
        const double ends[3] = {quarters[0], quarters[2], quarters[4]};
        if (!(ends[1] > 0.0 && ends[2] > 0.0)) { /* boundaries that jump to each other */
            law->is_complete = 1;
            break;
        }
        step(p, dt, 1, ends, isa, coarse);
        p->apart = step(p, dt, 2, quarters, isa, fine);
        int is_jump = dt == p->ends - p->t;
        p->t = is_jump ? p->ends : p->t + dt;
        p->since = is_jump ? p->t : p->since;
        set_next_jump(p);
        b = ends[2];
        shares_note(law, p->t, is_jump, coarse->left, fine->left);
        law->is_complete = b <= smallest || 1.0 - fine->left[0] - fine->left[1] < FEWEST_SURVIVORS;
        if (law->n_nodes % NODES_BETWEEN == 0 && !law->is_complete && p->t - p->since > b * b)
            law->is_complete =
                boundary_rests(p) && drift_rests(p, b) && shares_settle(law, p->since, 0);
    }
    if (!law->is_complete && boundary_rests(p))
        law->is_complete = shares_settle(law, p->since, 1);
    shares_end(law);
}

void parts_set(parts_law *parts, const ssm_law *call, int64_t trial, ssm_isa isa, ssm_cancel *cancel)
{
    double roles[SSM_LAW_PARAMETERS];
    read_roles(call, trial, roles);
    set_curves_for(call, roles, isa, &parts->moving);
    double z = roles[SSM_START], b = parts->moving.boundary, start = 2.0 * z - 1.0;
    parts_path path = {.curves = &parts->moving.curves, .start = start * b,
                       .leak = {roles[SSM_LEAK], roles[SSM_LEAK_2]}};
    path.mean_leak = 0.5 * (path.leak[0] + path.leak[1]);
    path.difference = path.leak[0] - path.leak[1];
    path.n_jumps = moving_jumps(path.curves, path.jumps);
    set_next_jump(&path);
    branched_law *law = &parts->law;
    law->n = 1;
    law->curves = path.curves;
    law->limits = limits_of(call);
    law->limits.ndt = roles[SSM_NDT_LOCATION];
    law->limits.deadline = roles[SSM_DEADLINE];
    law->at_once = z == 0.0 ? 0 : z == 1.0 ? 1 : -1;
    solve(parts, &path, start, b, call->accuracy == SSM_ACCURACY_HIGH, isa, cancel);
    branched_end(law);
}
