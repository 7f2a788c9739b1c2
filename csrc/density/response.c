#include "density/response.h"

#include "density/gauss.h"
#include "density/special.h"

/* Of non-decision times (seconds): the ends of a narrower interval differ by little more than rounding. */
#define SMALLEST_SCALE 1e-7

/* Nats below the peak of an integrand at which an integral ends. */
#define DEPTH 32.0

/* A sum of densities with its derivatives. */
typedef struct {
    log_sum sum;
    double derivatives[N_RESPONSE_DERIVATIVES];
} mixture;

static mixture empty_mixture(void) { return (mixture){.sum = LOG_OF_NOTHING}; }

static void add(mixture *m, double log_weight, double log_density, const double *derivatives)
{
    double part, factor = log_sum_add(&m->sum, log_weight + log_density, &part);
    if (derivatives && part > 0.0)
        for (int i = 0; i < N_RESPONSE_DERIVATIVES; i++)
            m->derivatives[i] = m->derivatives[i] * factor + part * derivatives[i];
}

static double value_of(const mixture *m, double *derivatives)
{
    double value = log_sum_value(m->sum);
    if (derivatives)
        for (int i = 0; i < N_RESPONSE_DERIVATIVES; i++)
            derivatives[i] = m->sum.sum > 0.0 ? m->derivatives[i] / m->sum.sum : 0.0;
    return value;
}

/* ---- decisions: the start varies ------------------------------------------------------------------ */

static linear_law from_start(const linear_law *law, double shift)
{
    linear_law moved = *law;
    moved.start[0] += shift;
    moved.start[1] -= shift;
    return moved;
}

/* Exponent of the density at a relative distance d, but for factors that change slowly. */
static double exponent_of(const linear_law *law, int side, double t, double d)
{
    double q = law->drift_sd * law->drift_sd, way = law->boundary * d - law->slope * t;
    double m = side ? law->drift : -law->drift;
    return 0.5 * (q * way * way + 2.0 * m * way) / (1.0 + q * t) -
           0.5 * law->boundary * law->boundary * d * d / t;
}

/* Shifts of the start, within the halfwidth and the band, between which the density at t of a side
 * is not negligible, and how much its exponent changes there. */
static double shifts_that_count(const response_law *law, int side, double t, double *low,
                                double *high)
{
    const linear_law *base = &law->linear;
    double sign = side ? 1.0 : -1.0, half = law->start_halfwidth;
    *low = *high = 0.0;
    if (base->start[side] - half >= 2.0)
        return 0.0;
    double nearest = fmax(base->start[side] - half, 0.0);
    double farthest = fmin(base->start[side] + half, 2.0);
    double b = base->boundary, m = fabs(base->drift) + fabs(base->slope);
    /* -(b d)^2 / 2t, and drift that may favour what is far, but by no more than the walk in t */
    double reach = m * t + sqrt((b * nearest + m * t) * (b * nearest + m * t) + 2.0 * DEPTH * t);
    if (base->drift_sd == 0.0)
        farthest = fmax(nearest, fmin(farthest, reach / b));
    double ends[2] = {sign * (base->start[side] - nearest), sign * (base->start[side] - farthest)};
    *low = fmin(ends[0], ends[1]);
    *high = fmax(ends[0], ends[1]);
    double middle = exponent_of(base, side, t, 0.5 * (nearest + farthest));
    double change = fabs(exponent_of(base, side, t, nearest) - middle) +
                    fabs(exponent_of(base, side, t, farthest) - middle);
    return fmin(change, 2.0 * DEPTH);
}

double decision_log_density(const response_law *law, int side, double t, double *derivatives)
{
    if (derivatives)
        for (int i = N_DERIVATIVES; i < N_RESPONSE_DERIVATIVES; i++)
            derivatives[i] = 0.0;
    if (law->staged) {
        double value = staged_log_density(law->staged, side, t);
        /* places are those of linear.h, with both drifts first; NAN: they are not known in closed form */
        if (derivatives && value > -INFINITY && !staged_gradient(law->staged, side, t, derivatives))
            derivatives[0] = NAN;
        return value;
    }
    if (law->levy)
        return levy_log_density(law->levy, side, t / law->time_unit) - log(law->time_unit);
    if (law->moving)
        return moving_log_density(law->moving, side, t, derivatives);
    if (law->start_halfwidth == 0.0)
        return linear_log_density(&law->linear, side, t, derivatives);
    double low, high, one[N_RESPONSE_DERIVATIVES] = {0};
    double change = shifts_that_count(law, side, t, &low, &high);
    const gauss_rule *rule = gauss_at_least(7.0 + 0.55 * change);
    mixture all = empty_mixture();
    for (int i = 0; t > 0.0 && i < rule->n; i++) {
        double weight, shift = gauss_node(rule, i, low, high, &weight);
        linear_law moved = from_start(&law->linear, shift);
        double l = linear_log_density(&moved, side, t, derivatives ? one : 0);
        /* the relative start stays where it is when the boundary moves */
        one[BY_START_HALFWIDTH] = one[BY_START] * shift / law->start_halfwidth;
        add(&all, log(0.5 * weight / law->start_halfwidth), l, derivatives ? one : 0);
    }
    return value_of(&all, derivatives);
}

/* ---- when decisions come -------------------------------------------------------------------------- */

outline outline_of(const response_law *law, int side)
{
    if (law->moving)
        return (outline){moving_onset(law->moving, side), 0.0, moving_end(law->moving)};
    if (law->staged) {
        const staged_law *s = law->staged;
        double way = s->boundary * s->start[side];
        return (outline){0.5 * way * way, 0.0, s->slope > 0.0 ? s->boundary / s->slope : INFINITY};
    }
    const linear_law *l = &law->linear;
    const double nearest = law->start_halfwidth > 0.0 ? 1e-4 : 1e-12;
    double distance = l->boundary * fmax(l->start[side] - law->start_halfwidth, nearest);
    double m = (side ? l->drift : -l->drift) + l->slope, q = l->drift_sd * l->drift_sd;
    double late = 0.5 * m * m / (1.0 + q * l->boundary * l->boundary);
    if (l->slope >= 0.0)
        late += PI * PI / 8.0 / (l->boundary * l->boundary);
    return (outline){0.5 * distance * distance / (1.0 + q * distance * distance / 64.0), late,
                     l->slope > 0.0 ? l->boundary / l->slope : INFINITY};
}

/* Log density of the non-decision time n, but for a constant, and its derivative by n. */
static double ndt_log_kernel(const response_law *law, double n, double *by_n)
{
    double z = (n - law->ndt_location) / law->ndt_scale;
    switch (law->ndt_kind) {
    case SSM_NDT_NORMAL:
    case SSM_NDT_TRUNCATED_NORMAL:
        *by_n = -z / law->ndt_scale;
        return -0.5 * z * z;
    case SSM_NDT_RAYLEIGH:
        *by_n = 1.0 / n - n / (law->ndt_scale * law->ndt_scale);
        return log(n) - 0.5 * n * n / (law->ndt_scale * law->ndt_scale);
    case SSM_NDT_CONSTANT:
    case SSM_NDT_UNIFORM:
    case SSM_N_NDT_KINDS:
        break;
    }
    *by_n = 0.0;
    return 0.0;
}

static double rough_exponent(const response_law *law, const outline *o, double rt, double t,
                             double *by_t)
{
    double by_n, kernel = ndt_log_kernel(law, rt - t, &by_n);
    *by_t = o->early / (t * t) - o->late - by_n;
    return kernel - o->early / t - o->late * t;
}

/* Between low and high, an exponent that is concave there: its peak, the interval where it
 * is within DEPTH of it, and how much it changes on either side. */
static double times_that_count(const response_law *law, const outline *o, double rt, double *low,
                               double *high, double change[2])
{
    double left = *low, right = *high, slope, close = fmin(1e-3 * right, 1e-2 * law->ndt_scale);
    for (int i = 0; i < 80 && right - left > close; i++) {
        double middle = left > 0.1 * right ? 0.5 * (left + right) : fmax(sqrt(left * right), 0.1 * right);
        rough_exponent(law, o, rt, middle, &slope);
        *(slope > 0.0 ? &left : &right) = middle;
    }
    double mode = right, peak = rough_exponent(law, o, rt, mode, &slope);
    double *ends[2] = {low, high};
    for (int e = 0; e < 2; e++) {
        double outer = *ends[e], inner = mode;
        double lost = outer > 0.0 ? peak - rough_exponent(law, o, rt, outer, &slope) : INFINITY;
        for (int i = 0; lost > DEPTH && i < 50; i++) {
            double middle = 0.5 * (outer + inner);
            double at = peak - rough_exponent(law, o, rt, middle, &slope);
            if (at > DEPTH)
                outer = middle, lost = at;
            else
                inner = middle;
            if (outer > 0.0 && fabs(outer - inner) < 0.02 * fabs(inner - mode))
                lost = DEPTH;
        }
        *ends[e] = outer > 0.0 ? outer : inner;
        change[e] = fmax(fmin(lost, DEPTH), 0.0);
    }
    return mode;
}

/* ---- responses: non-decision time varies ----------------------------------------------------------- */

int has_constant_ndt(const response_law *law)
{
    return law->ndt_kind == SSM_NDT_CONSTANT || law->ndt_scale <= SMALLEST_SCALE;
}

double constant_ndt(const response_law *law)
{
    return law->ndt_kind == SSM_NDT_RAYLEIGH ? 0.0 : law->ndt_location;
}

/* The interval of decision times from which a response at rt may come. */
static void possible_times(const response_law *law, double rt, double end, double *low,
                           double *high)
{
    *low = 0.0;
    *high = fmin(end, law->max_t);
    if (law->ndt_kind == SSM_NDT_UNIFORM) {
        *low = fmax(rt - law->ndt_location - law->ndt_scale, 0.0);
        *high = fmin(*high, rt - law->ndt_location + law->ndt_scale);
    } else if (law->ndt_kind == SSM_NDT_NORMAL) {
        *high = fmin(*high, rt - law->ndt_location + 40.0 * law->ndt_scale);
    } else {
        *high = fmin(*high, rt);
    }
}

/* Log of the norm of the kernel, and its derivatives by location and scale. */
static double ndt_log_constant(const response_law *law, double *by_location, double *by_scale)
{
    double sd = law->ndt_scale;
    *by_location = 0.0;
    *by_scale = -1.0 / sd;
    if (law->ndt_kind == SSM_NDT_UNIFORM)
        return -log(2.0 * sd);
    if (law->ndt_kind == SSM_NDT_RAYLEIGH) {
        *by_scale = -2.0 / sd;
        return -2.0 * log(sd);
    }
    double value = -log(sd) - 0.5 * LOG_TWO_PI;
    if (law->ndt_kind == SSM_NDT_TRUNCATED_NORMAL) {
        double z = -law->ndt_location / sd, log_ratio = log_mills(z);
        value -= log_ratio - 0.5 * z * z - 0.5 * LOG_TWO_PI;
        double hazard = exp(-log_ratio);
        *by_location -= hazard / sd;
        *by_scale -= hazard * z / sd;
    }
    return value;
}

/* Derivatives of the log kernel by location and scale at a non-decision time n. */
static void ndt_derivatives(const response_law *law, double n, double *derivatives)
{
    double sd = law->ndt_scale, z = (n - law->ndt_location) / sd;
    if (law->ndt_kind == SSM_NDT_RAYLEIGH) {
        derivatives[BY_NDT_SCALE] = n * n / (sd * sd * sd);
    } else if (law->ndt_kind != SSM_NDT_UNIFORM) {
        derivatives[BY_NDT_LOCATION] = z / sd;
        derivatives[BY_NDT_SCALE] = z * z / sd;
    }
}

/* The ends of the interval of a uniform non-decision time move with its location and scale. */
static void add_ends(const response_law *law, int side, double rt, double integral,
                     double *derivatives)
{
    double by_low = 0.0, by_high = 0.0;
    double low = rt - law->ndt_location - law->ndt_scale;
    double high = rt - law->ndt_location + law->ndt_scale;
    if (low > 0.0)
        by_low = exp(decision_log_density(law, side, low, 0) - integral);
    if (high <= law->max_t)
        by_high = exp(decision_log_density(law, side, high, 0) - integral);
    derivatives[BY_NDT_LOCATION] += by_low - by_high;
    derivatives[BY_NDT_SCALE] += by_low + by_high;
}

/* Starts on or beyond a boundary: decisions at time 0, responses after the non-decision time alone. */
double start_atom(const response_law *law, int side)
{
    if (law->levy)
        return (side ? law->levy->start >= 1.0 : law->levy->start <= -1.0) ? 1.0 : 0.0;
    if (law->moving || law->staged)
        return (law->moving ? law->moving->start : law->staged->start)[side] > 0.0 ? 0.0 : 1.0;
    double beyond = law->start_halfwidth - law->linear.start[side];
    if (law->start_halfwidth == 0.0)
        return beyond < 0.0 ? 0.0 : 1.0;
    return fmin(fmax(0.5 * beyond / law->start_halfwidth, 0.0), 1.0);
}

static void add_atom(const response_law *law, int side, double rt, mixture *all,
                     const double *derivatives)
{
    double atom = start_atom(law, side), by_n, one[N_RESPONSE_DERIVATIVES] = {0};
    int possible = law->ndt_kind == SSM_NDT_NORMAL || rt > 0.0;
    if (law->ndt_kind == SSM_NDT_UNIFORM)
        possible = fabs(rt - law->ndt_location) <= law->ndt_scale;
    if (!(atom > 0.0 && possible))
        return;
    double half = law->start_halfwidth;
    ndt_derivatives(law, rt, one);
    if (atom < 1.0) {
        one[BY_START] = (side ? 0.5 : -0.5) / (half * atom);
        one[BY_START_HALFWIDTH] = 0.5 / (half * atom) - 1.0 / half;
    }
    add(all, log(atom), ndt_log_kernel(law, rt, &by_n), derivatives ? one : 0);
}

/* Whether the distribution function of decisions has a closed form. */
static int has_closed_cdf(const response_law *law)
{
    return !law->moving && !law->staged && !law->levy && law->linear.slope == 0.0 && law->linear.drift_sd == 0.0 &&
           law->start_halfwidth == 0.0;
}

/* Adds the decisions between two times. */
static void add_times(const response_law *law, int side, double rt, double low, double high,
                      double change, mixture *all, const double *derivatives)
{
    if (!(high > low))
        return;
    double log_low = log(low), log_high = log(high), one[N_RESPONSE_DERIVATIVES];
    double size = law->ndt_kind == SSM_NDT_UNIFORM ? 6.0 : 5.0 + 2.0 * (log_high - log_low);
    const gauss_rule *rule = gauss_at_least(size + 0.6 * change);
    for (int i = 0; i < rule->n; i++) {
        double weight, by_n, t = exp(gauss_node(rule, i, log_low, log_high, &weight));
        double l = decision_log_density(law, side, t, derivatives ? one : 0);
        l += ndt_log_kernel(law, rt - t, &by_n);
        if (derivatives)
            ndt_derivatives(law, rt - t, one);
        add(all, log(weight * t), l, derivatives ? one : 0);
    }
}

double response_log_density(const response_law *law, int side, double rt, double *derivatives)
{
    if (derivatives)
        for (int i = 0; i < N_RESPONSE_DERIVATIVES; i++)
            derivatives[i] = 0.0;
    if (!(rt < law->deadline))
        return -INFINITY;
    if (has_constant_ndt(law)) {
        double t = rt - constant_ndt(law);
        if (!(t <= law->max_t))
            return -INFINITY;
        if (t == 0.0) /* no density, but the probability of an atom */
            return log(start_atom(law, side));
        if (t < EARLIEST && !law->levy)
            return -INFINITY;
        double value = decision_log_density(law, side, t, derivatives);
        if (derivatives)
            derivatives[BY_NDT_LOCATION] = -derivatives[BY_TIME];
        return value;
    }
    outline o = outline_of(law, side);
    mixture all = empty_mixture();
    add_atom(law, side, rt, &all, derivatives);
    double low, high, by_location, by_scale;
    possible_times(law, rt, o.end, &low, &high);
    double constant = ndt_log_constant(law, &by_location, &by_scale);
    if (!(high > low))
        return value_of(&all, derivatives) + constant;
    if (!derivatives && law->ndt_kind == SSM_NDT_UNIFORM && has_closed_cdf(law)) {
        double upper = linear_cdf(&law->linear, side, high), lower = linear_cdf(&law->linear, side, low);
        if (upper - lower > 1e-4 * upper)
            return log(upper - lower) + constant;
    }
    double change[2], mode = times_that_count(law, &o, rt, &low, &high, change);
    if (law->ndt_kind == SSM_NDT_UNIFORM) {
        add_times(law, side, rt, low, high, 2.0 + change[0] + change[1], &all, derivatives);
    } else {
        add_times(law, side, rt, low, mode, change[0], &all, derivatives);
        add_times(law, side, rt, mode, high, change[1], &all, derivatives);
    }
    double value = value_of(&all, derivatives);
    if (derivatives && value > -INFINITY) {
        if (law->ndt_kind == SSM_NDT_UNIFORM)
            add_ends(law, side, rt, value, derivatives);
        derivatives[BY_NDT_LOCATION] += by_location;
        derivatives[BY_NDT_SCALE] += by_scale;
    }
    return value + constant;
}
