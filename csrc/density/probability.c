/* Probabilities of responses: sums of the density of decisions over panels of log time.
 *
 * Everything that is added is positive, so that small probabilities keep their relative accuracy.
 */
#include "density/gauss.h"
#include "density/moving_lanes.h"
#include "density/moving_tail.h"
#include "density/response.h"
#include "density/special.h"

/* Of a panel; of one on a solution, which spans a few of its steps, but for the first after a break,
 * where there may be a root of time. */
enum { NODES = 12, NODES_OF_STEPS = 8, STEPS = 3, MAX_BREAKS = 40 };

/* Widest panel, in units of log time; narrower where strong drift makes a narrow peak. */
#define WIDEST 0.6

/* Of one on a solution, too: a strong drift makes a narrow peak of few steps. */
#define WIDEST_OF_STEPS 0.2

/* The clock, t / b(0)^2 or t / (b(0) b(t)), after which all is over; where boundaries open, the last. */
#define LAST_CLOCK 40.0
#define LAST_OPEN 1e16

/* A share of the integral, from which on panels after the last node of a solution are left out. */
#define NEGLIGIBLE 1e-12

/* The same of staged laws, in units of the root of the clock since the stage began. */
#define LAST_ROOT 6.0
#define WIDEST_OF_ROOT 0.4
#define FEWEST_SURVIVORS 1e-14

/* ---- non-decision time: distribution and first moment ----------------------------------------------- */

static double normal_below(double z) { return 0.5 * erfc(-z * 0.70710678118654752440); }
static double normal_density(double z) { return exp(-0.5 * z * z - 0.5 * LOG_TWO_PI); }

/* Probability that the non-decision time is at most n, or above it; and E[n; at most n]. */
typedef struct {
    double below, above, moment;
} ndt_share;

static ndt_share ndt_until(const response_law *law, double n)
{
    double m = law->ndt_location, s = law->ndt_scale;
    ndt_share r = {0.0, 1.0, 0.0};
    if (has_constant_ndt(law)) {
        m = constant_ndt(law);
        return n >= m ? (ndt_share){1.0, 0.0, m} : r;
    }
    if (law->ndt_kind == SSM_NDT_UNIFORM) {
        double part = fmin(fmax((n - (m - s)) / (2.0 * s), 0.0), 1.0);
        return (ndt_share){part, 1.0 - part, part * (m - s + part * s)};
    }
    if (law->ndt_kind == SSM_NDT_RAYLEIGH) {
        if (n <= 0.0)
            return r;
        double above = isinf(n) ? 0.0 : exp(-0.5 * n * n / (s * s));
        double root = n / s * 0.70710678118654752440;
        double moment = s * sqrt(0.5 * PI) * erf(root) - (isinf(n) ? 0.0 : n * above);
        return (ndt_share){1.0 - above, above, fmax(moment, 0.0)};
    }
    double z = (n - m) / s, below = normal_below(z), above = normal_below(-z);
    double density = isinf(z) ? 0.0 : normal_density(z);
    if (law->ndt_kind == SSM_NDT_TRUNCATED_NORMAL) {
        if (n <= 0.0)
            return r;
        double z0 = -m / s, kept = normal_below(-z0), inside = kept - above;
        if (z0 > 0.0)
            inside = fmax(inside, 0.0);
        else
            inside = below - normal_below(z0);
        double moment = m * inside - s * (density - normal_density(z0));
        return (ndt_share){inside / kept, above / kept, moment / kept};
    }
    return (ndt_share){below, above, m * below - s * density};
}

/* ---- integrands -------------------------------------------------------------------------------------- */

typedef enum { RESPONDED, NOT_RESPONDED, TIME_OF_RESPONSE } quantity;

/* The expected quantity of a decision at t: of responses by rt. */
static double expected(const response_law *law, quantity of, double rt, double t)
{
    ndt_share share = {0.0, 1.0, 0.0};
    if (t <= law->max_t)
        share = ndt_until(law, fmin(rt, law->deadline) - t);
    if (of == TIME_OF_RESPONSE)
        return t * share.below + share.moment;
    return of == RESPONDED ? share.below : share.above;
}

/* Times between which the quantity is smooth, in ascending order; the first is 0. */
static int breaks_of(const response_law *law, double rt, double *breaks)
{
    static const double reach[] = {-9.0, -5.0, -2.5, -1.0, 0.0, 1.0, 2.5, 5.0, 9.0};
    double until = fmin(rt, law->deadline), m = law->ndt_location, s = law->ndt_scale;
    int n = 0;
    breaks[n++] = 0.0;
    if (has_constant_ndt(law)) {
        breaks[n++] = until - constant_ndt(law);
    } else if (law->ndt_kind == SSM_NDT_UNIFORM) {
        breaks[n++] = until - m - s;
        breaks[n++] = until - m + s;
    } else {
        if (law->ndt_kind != SSM_NDT_NORMAL)
            breaks[n++] = until;
        if (law->ndt_kind == SSM_NDT_RAYLEIGH)
            m = 0.0;
        for (int i = 0; i < 9; i++)
            breaks[n++] = until - m - reach[i] * s;
    }
    if (law->moving)
        n += moving_jumps(&law->moving->curves, breaks + n);
    breaks[n++] = law->max_t;
    breaks[n++] = INFINITY;
    int kept = 0;
    for (int i = 0; i < n; i++) {
        double b = breaks[i];
        if (!(b >= 0.0))
            continue;
        int j = kept++;
        for (; j > 0 && breaks[j - 1] > b; j--)
            breaks[j] = breaks[j - 1];
        breaks[j] = b;
    }
    return kept;
}

/* ---- panels ------------------------------------------------------------------------------------------- */

/* Time at a clock exp(u), and dt/du.  Collapsing boundaries: t / (b(0) b(t)), else t / b(0)^2. */
static double time_at(const response_law *law, double u, double *per_u)
{
    double b = law->moving ? 1.0 : law->linear.boundary;
    double k = law->moving ? 0.0 : fmax(law->linear.slope, 0.0);
    double clock = exp(u), shrink = 1.0 / (1.0 + k * b * clock);
    *per_u = clock * b * b * shrink * shrink;
    return clock * b * b * shrink;
}

static double log_clock(const response_law *law, double t)
{
    double b = law->moving ? 1.0 : law->linear.boundary;
    double k = law->moving ? 0.0 : fmax(law->linear.slope, 0.0);
    return b > k * t ? log(t / (b * (b - k * t))) : INFINITY;
}

/* The integral over log clocks from low to high. */
static double panel_sum(const response_law *law, int side, quantity of, double rt, double low,
                        double high, int nodes)
{
    const gauss_rule *rule = gauss_at_least(nodes);
    double sum = 0.0, times[MOVING_BLOCK], factors[MOVING_BLOCK], logs[MOVING_BLOCK];
    int n = 0;
    for (int j = 0; j < rule->n; j++) {
        double weight, per_u, u = gauss_node(rule, j, low, high, &weight);
        double t = time_at(law, u, &per_u), q = expected(law, of, rt, t);
        times[n] = t, factors[n] = weight * per_u * q;
        n += q > 0.0;
    }
    if (law->moving)
        moving_log_densities(law->moving, side, n, times, logs);
    for (int j = 0; j < n; j++)
        sum += factors[j] *
               exp(law->moving ? logs[j] : decision_log_density(law, side, times[j], 0));
    return sum;
}

/* Before it the density is below exp(-42) of its peak: (d - m t)^2 = 84 t, where d is the distance to the
 * boundary, and m the strongest drift toward it. */
static double first_time(const response_law *law, int side, const outline *o)
{
    double distance = sqrt(2.0 * o->early), m = fabs(law->linear.drift) + fabs(law->linear.slope);
    const moving_law *moving = law->moving;
    int n_nodes = moving ? moving->n_nodes : 0, last = -1;
    if (moving) {
        m = 0.0;
        for (int i = 0; i < n_nodes; i++)
            if (moving->nodes[i].t > 0.0)
                m = fmax(m, fabs(moving->nodes[i].drift_area) / moving->nodes[i].t);
        m += fabs(moving->base_drift) + 6.0 * moving->drift_sd;
    }
    for (int i = 0; i < n_nodes; i++) { /* where the boundary has come nearer */
        double t = moving->nodes[i].t, left = moving_way(moving, side, moving->nodes[i].b) - m * t;
        if (!(left > 0.0 && left * left > 84.0 * t))
            break;
        last = i;
    }
    if (last >= 0)
        return moving->nodes[last].t;
    double root = 2.0 * distance / (sqrt(84.0) + sqrt(84.0 + 4.0 * m * distance));
    return root * root;
}

/* The log clock after which none is left of the decisions without a response by rt, which begin at one
 * of the breaks, as all do from another one on. */
static double end_of_tail(const response_law *law, double rt, int n_breaks, const double *breaks)
{
    double last = -INFINITY;
    for (int i = 0; i + 1 < n_breaks && isfinite(log_clock(law, breaks[i])); i++) {
        double after = isinf(breaks[i + 1]) ? 2.0 * breaks[i] + 1.0 : 0.5 * (breaks[i] + breaks[i + 1]);
        last = log(exp(log_clock(law, breaks[i])) + LAST_CLOCK);
        if (expected(law, NOT_RESPONDED, rt, after) == 1.0)
            break;
    }
    return last;
}

/* The integral over decisions up to `until`. */
static double integral_until(const response_law *law, int side, quantity of, double rt, double until)
{
    double breaks[MAX_BREAKS], per_u, sum = start_atom(law, side) * expected(law, of, rt, 0.0);
    int n_breaks = breaks_of(law, rt, breaks);
    outline o = outline_of(law, side);
    double first = log_clock(law, fmax(first_time(law, side, &o), 1e-250)), last = log(LAST_CLOCK);
    if (of == NOT_RESPONDED && !law->moving)
        last = fmax(last, end_of_tail(law, rt, n_breaks, breaks));
    if (law->moving)
        last = fmin(log_clock(law, moving_tail_end(law->moving)), log(LAST_OPEN));
    else if (law->linear.slope < 0.0)
        last = log(LAST_OPEN);
    double width = fmin(WIDEST, 2.0 / sqrt(1.0 + 2.0 * sqrt(o.early * o.late)));
    for (int i = 0; i + 1 < n_breaks; i++) {
        double low = breaks[i] > 0.0 ? fmax(log_clock(law, breaks[i]), first) : first;
        double high = isinf(breaks[i + 1]) ? last : fmin(log_clock(law, breaks[i + 1]), last);
        high = fmin(high, log_clock(law, until));
        if (!(high > low))
            continue;
        double middle = time_at(law, 0.5 * (low + high), &per_u);
        if (expected(law, of, rt, middle) == 0.0 && expected(law, of, rt, breaks[i]) == 0.0)
            continue;
        int nodes = NODES;
        for (double end; low < high; low = end) {
            end = low + width;
            if (law->moving) {
                end = low + 0.15;
                if (exp(low) < law->moving->nodes[0].t || exp(low) >= moving_end(law->moving))
                    nodes = NODES;
                if (nodes != NODES) {
                    end = fmax(log_clock(law, moving_later(law->moving, exp(low), STEPS)), low + 1e-3);
                    end = fmin(end, low + WIDEST_OF_STEPS);
                }
            }
            if (!law->moving && law->linear.slope >= 0.0) /* exp(-pi^2 clock / 8) must be a smooth one */
                end = fmin(end, low + 8.0 / (1.0 + 1.25 * exp(low)));
            end = end > high - 0.1 * width || !(end > low) ? high : end;
            double part = panel_sum(law, side, of, rt, low, end, nodes);
            sum += part;
            if (law->moving && part < NEGLIGIBLE * sum && exp(low) >= moving_end(law->moving))
                break;
            nodes = law->moving ? NODES_OF_STEPS : NODES;
        }
    }
    return sum;
}

/* ---- staged laws --------------------------------------------------------------------------------------- */

/* The integral over decisions between two times within a stage after the first.  After a jump of the
 * drift the density is smooth in the root of the clock. */
static double stage_sum(const response_law *law, int side, quantity of, double rt, int64_t stage,
                        double from, double until)
{
    const gauss_rule *rule = gauss_at_least(NODES);
    staged_law *s = law->staged;
    double begin = staged_onset(s, stage), b = staged_boundary(s, begin), sum = 0.0;
    double low = sqrt((from - begin) / (b * staged_boundary(s, from))), last = LAST_ROOT;
    if (s->slope < 0.0) /* the clock of boundaries that open comes to an end */
        last = fmin(last, 1.0 / sqrt(-s->slope * b));
    double left = fmax(staged_boundary(s, until), 0.0), high = sqrt((until - begin) / (b * left));
    high = high < last ? high : last;
    double strength = b * (fabs(s->drifts[0]) + fabs(s->drifts[1]));
    int panels = (int)ceil((high - low) / fmin(WIDEST_OF_ROOT, 3.0 / strength));
    double width = (high - low) / panels;
    for (int i = 0; i < panels; i++)
        for (int j = 0; j < rule->n; j++) {
            double weight, at = low + i * width, u = gauss_node(rule, j, at, at + width, &weight);
            double t = begin + b * b * u * u / (1.0 + s->slope * b * u * u);
            double now = staged_boundary(s, t), q = expected(law, of, rt, t);
            if (j == 0 && i % 4 == 0 && staged_survival(s, t) < FEWEST_SURVIVORS)
                return sum;
            if (q > 0.0)
                sum += weight * 2.0 * u * now * now * q * exp(decision_log_density(law, side, t, 0));
        }
    return sum;
}

/* The law as it is until the second stage begins: in closed form. */
static response_law first_stage(const response_law *law)
{
    const staged_law *s = law->staged;
    response_law first = *law;
    first.staged = 0;
    first.linear = (linear_law){.drift = s->drifts[0], .boundary = s->boundary, .slope = s->slope,
                                .start = {s->start[0], s->start[1]}};
    return first;
}

static double staged_integral(const response_law *law, int side, quantity of, double rt)
{
    staged_law *s = law->staged;
    response_law first = first_stage(law);
    double breaks[MAX_BREAKS], end = outline_of(law, side).end;
    double sum = integral_until(&first, side, of, rt, staged_onset(s, 1));
    int n_breaks = breaks_of(law, rt, breaks);
    for (int i = 0; i + 1 < n_breaks; i++) {
        double low = fmax(breaks[i], staged_onset(s, 1)), high = fmin(breaks[i + 1], end);
        double middle = isinf(high) ? low + 1.0 : 0.5 * (low + high);
        if (!(high > low) ||
            (expected(law, of, rt, middle) == 0.0 && expected(law, of, rt, low) == 0.0))
            continue;
        for (int64_t j = staged_stage(s, low); j < s->n_stages && low < high; j++) {
            double next = fmin(staged_onset(s, j + 1), high);
            sum += stage_sum(law, side, of, rt, j, low, next);
            low = next;
        }
    }
    return sum;
}

static double integral(const response_law *law, int side, quantity of, double rt)
{
    return law->staged ? staged_integral(law, side, of, rt)
                       : integral_until(law, side, of, rt, INFINITY);
}

/* ---- probabilities ------------------------------------------------------------------------------------- */

/* Whether only the decision time varies, between linear boundaries. */
static int is_plain(const response_law *law)
{
    return has_constant_ndt(law) && !law->moving && !law->staged && law->linear.drift_sd == 0.0 &&
           law->start_halfwidth == 0.0;
}

/* The latest decision that makes a response by rt, where the non-decision time does not vary. */
static double latest_decision(const response_law *law, double rt)
{
    return fmin(fmin(rt, law->deadline) - constant_ndt(law), law->max_t);
}

/* Whether only the first stage of a staged law counts. */
static int is_in_first_stage(const response_law *law, double rt)
{
    return law->staged && has_constant_ndt(law) &&
           latest_decision(law, rt) < staged_onset(law->staged, 1);
}

double response_cdf(const response_law *law, int side, double rt)
{
    if (has_constant_ndt(law) && latest_decision(law, rt) < 0.0)
        return 0.0;
    if (is_in_first_stage(law, rt)) {
        response_law first = first_stage(law);
        return response_cdf(&first, side, rt);
    }
    if (law->levy)
        return levy_cdf(law->levy, side, latest_decision(law, rt) / law->time_unit);
    if (is_plain(law))
        return linear_cdf(&law->linear, side, latest_decision(law, rt));
    return fmin(integral(law, side, RESPONDED, rt), 1.0);
}

double response_survival(const response_law *law, double rt)
{
    double sum = 0.0, never = 0.0;
    if (has_constant_ndt(law) && latest_decision(law, rt) < 0.0)
        return 1.0;
    if (is_in_first_stage(law, rt)) {
        response_law first = first_stage(law);
        return response_survival(&first, rt);
    }
    if (law->levy)
        return levy_survival(law->levy, latest_decision(law, rt) / law->time_unit);
    if (law->staged && has_constant_ndt(law) && !isinf(latest_decision(law, rt)))
        return staged_survival(law->staged, latest_decision(law, rt));
    if (is_plain(law) && linear_survival(&law->linear, latest_decision(law, rt), &sum))
        return fmin(sum, 1.0);
    for (int side = 0; side < 2; side++)
        sum += integral(law, side, NOT_RESPONDED, rt);
    if (law->moving) { /* the rest: mass that does not leave before the solution ends */
        response_law without = *law;
        without.max_t = without.deadline = INFINITY;
        never = law->moving->is_complete ? 0.0 : 1.0;
        for (int side = 0; side < 2 && never > 0.0; side++)
            never -= integral(&without, side, RESPONDED, INFINITY);
    } else if ((law->staged ? law->staged->slope : law->linear.slope) < 0.0) {
        response_law without = *law;
        without.max_t = without.deadline = INFINITY;
        never = 1.0;
        for (int side = 0; side < 2; side++)
            never -= integral(&without, side, RESPONDED, INFINITY);
    }
    return fmin(sum + fmax(never, 0.0), 1.0);
}

double linear_log_survival(const linear_law *law, double t)
{
    const double small = 1e-3, longest = 1e6; /* survival that cancels; early times late, of many panels */
    double left = 1.0 - linear_cdf(law, 0, t) - linear_cdf(law, 1, t);
    response_law response = {.linear = *law, .ndt_kind = SSM_NDT_CONSTANT, .max_t = INFINITY,
                             .deadline = INFINITY};
    if (left > small)
        return log(left);
    if (isinf(t))
        return law->slope < 0.0 ? log(fmax(left, 0.0)) : -INFINITY;
    for (int side = 0; side < 2; side++) {
        outline o = outline_of(&response, side);
        if (o.early * o.late > longest)
            return log(fmax(left, 0.0));
    }
    return log(response_survival(&response, t));
}

double response_first_moment(const response_law *law, int side)
{
    if (law->levy) {
        double t = latest_decision(law, INFINITY) / law->time_unit;
        return law->time_unit * levy_moment(law->levy, side, t) +
               constant_ndt(law) * levy_cdf(law->levy, side, t);
    }
    return integral(law, side, TIME_OF_RESPONSE, INFINITY);
}
