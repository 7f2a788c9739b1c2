/* Probabilities of responses: sums of the density of decisions over panels of log time.
 *
 * Everything that is added is positive, so that small probabilities keep their relative accuracy.
 */
#include "density/gauss.h"
#include "density/response.h"
#include "density/special.h"

enum { NODES = 12, MAX_BREAKS = 20 };

/* Widest panel, in units of log time; narrower where strong drift makes a narrow peak. */
#define WIDEST 0.6

/* The clock, t / b(0)^2 or t / (b(0) b(t)), after which all is over; where boundaries open, the last. */
#define LAST_CLOCK 40.0
#define LAST_OPEN 1e16

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
                        double high)
{
    const gauss_rule *rule = gauss_at_least(NODES);
    double sum = 0.0;
    for (int j = 0; j < rule->n; j++) {
        double weight, per_u, u = gauss_node(rule, j, low, high, &weight);
        double t = time_at(law, u, &per_u), q = expected(law, of, rt, t);
        if (q > 0.0)
            sum += weight * per_u * q * exp(decision_log_density(law, side, t, 0));
    }
    return sum;
}

static double integral(const response_law *law, int side, quantity of, double rt)
{
    double breaks[MAX_BREAKS], per_u, sum = start_atom(law, side) * expected(law, of, rt, 0.0);
    int n_breaks = breaks_of(law, rt, breaks);
    outline o = outline_of(law, side);
    double first = log_clock(law, fmax(o.early / 42.0, 1e-250)), last = log(LAST_CLOCK);
    for (int i = 0; i < n_breaks && !law->moving; i++) /* so that the tail after it is whole */
        if (isfinite(log_clock(law, breaks[i])))
            last = fmax(last, log(exp(log_clock(law, breaks[i])) + LAST_CLOCK));
    if (law->moving)
        last = fmin(log_clock(law, moving_end(law->moving)), log(LAST_OPEN));
    else if (law->linear.slope < 0.0)
        last = log(LAST_OPEN);
    double width = fmin(WIDEST, 2.0 / sqrt(1.0 + 2.0 * sqrt(o.early * o.late)));
    if (law->moving)
        width = 0.15;
    for (int i = 0; i + 1 < n_breaks; i++) {
        double low = breaks[i] > 0.0 ? fmax(log_clock(law, breaks[i]), first) : first;
        double high = isinf(breaks[i + 1]) ? last : fmin(log_clock(law, breaks[i + 1]), last);
        if (!(high > low))
            continue;
        double middle = time_at(law, 0.5 * (low + high), &per_u);
        if (expected(law, of, rt, middle) == 0.0 && expected(law, of, rt, breaks[i]) == 0.0)
            continue;
        for (double end; low < high; low = end) {
            end = low + width;
            if (!law->moving && law->linear.slope >= 0.0) /* exp(-pi^2 clock / 8) must be a smooth one */
                end = fmin(end, low + 8.0 / (1.0 + 1.25 * exp(low)));
            end = end > high - 0.1 * width ? high : end;
            sum += panel_sum(law, side, of, rt, low, end);
        }
    }
    return sum;
}

/* ---- probabilities ------------------------------------------------------------------------------------- */

double response_cdf(const response_law *law, int side, double rt)
{
    if (has_constant_ndt(law) && !law->moving && law->linear.drift_sd == 0.0 &&
        law->start_halfwidth == 0.0)
        return linear_cdf(&law->linear, side,
                          fmin(fmin(rt, law->deadline) - constant_ndt(law), law->max_t));
    return fmin(integral(law, side, RESPONDED, rt), 1.0);
}

double response_survival(const response_law *law, double rt)
{
    double sum = 0.0, never = 0.0;
    for (int side = 0; side < 2; side++)
        sum += integral(law, side, NOT_RESPONDED, rt);
    if (law->moving) { /* the rest: mass that does not leave before the solution ends */
        response_law without = *law;
        without.max_t = without.deadline = INFINITY;
        never = law->moving->is_complete ? 0.0 : 1.0;
        for (int side = 0; side < 2 && never > 0.0; side++)
            never -= integral(&without, side, RESPONDED, INFINITY);
    } else if (law->linear.slope < 0.0) {
        response_law without = *law;
        without.max_t = without.deadline = INFINITY;
        never = 1.0;
        for (int side = 0; side < 2; side++)
            never -= integral(&without, side, RESPONDED, INFINITY);
    }
    return fmin(sum + fmax(never, 0.0), 1.0);
}

double response_first_moment(const response_law *law, int side)
{
    return integral(law, side, TIME_OF_RESPONSE, INFINITY);
}
