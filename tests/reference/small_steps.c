/* Small steps of coupled accumulators and of levels that interact, of two lengths at once.
 *
 * Each sample is simulated by steps of length dt and of 2 dt from the same noise, so that the
 * difference of the two, the leading error, is known far better than either of them.  Given where a
 * step without floor and boundary leads, its lowest and highest points are those of a Brownian
 * bridge (Asmussen, Glynn & Pitman 1995): with an exponential variate e of its own,
 * m (m - w) = variance e / 2.  Those of a long step are the extremes of the two short ones.
 *
 * Variates come from NumPy's library.  See small_steps.py.
 */
#include <math.h>
#include <numpy/random/distributions.h>

enum { FINE, COARSE, PATHS, MAX_PARTICLES = 16 };

/* Standard deviations of a step beyond which a boundary is out of its reach; and of a long step,
 * beyond which it is out of the reach of either path's halves. */
static const double REACH = 6.0, NEAR = 9.0;

/* Noise of a particle over a long step of variance 2, and over its halves, of variance 1. */
typedef struct {
    double normal[PATHS][2];       /* that of the long step is first */
    double low[PATHS][2], high[PATHS][2]; /* exponential variates, 0 where they are not needed */
} noise;

static double deepest(double normal, double exponential)
{
    return 0.5 * (normal - sqrt(normal * normal + 2.0 * exponential));
}

/* The exponential variate of a long step's lowest point, from those of its halves. */
static double joined(const double normal[2], const double exponential[2])
{
    double first = deepest(normal[0], exponential[0]);
    double second = normal[0] + deepest(normal[1], exponential[1]);
    double m = fmin(first, second), w = normal[0] + normal[1];
    return m * (m - w);
}

static void draw_noise(bitgen_t *rng, int near, noise *to)
{
    double *normal = to->normal[FINE];
    *to = (noise){0};
    for (int j = 0; j < 2; j++)
        normal[j] = random_standard_normal(rng);
    to->normal[COARSE][0] = normal[0] + normal[1];
    if (!near)
        return;
    for (int j = 0; j < 2; j++) {
        to->low[FINE][j] = random_standard_exponential(rng);
        to->high[FINE][j] = random_standard_exponential(rng);
    }
    const double opposite[2] = {-normal[0], -normal[1]};
    to->low[COARSE][0] = joined(normal, to->low[FINE]);
    to->high[COARSE][0] = joined(opposite, to->high[FINE]);
}

/* Whether a step of this variance touches a boundary that it begins and ends away from. */
static int touches(double from, double to, double variance, double exponential)
{
    return to <= 0.0 || (from < REACH * sqrt(variance) &&
                         2.0 * from * to < variance * exponential);
}

/* ---- coupled accumulators ------------------------------------------------------------------- */

typedef struct {
    int n;
    double drift[MAX_PARTICLES], start[MAX_PARTICLES];
    double leak, inhibition, height, slope; /* the boundary is at height - slope t */
} accumulators;

static double floored(double x, double w, double variance, double exponential)
{
    if (x > REACH * sqrt(variance))
        return x + w;
    double lowest = 0.5 * (w - sqrt(w * w + 2.0 * variance * exponential));
    return fmax(x + w, w - lowest);
}

static void rates(const accumulators *a, const double *x, double *rate)
{
    double sum = 0.0;
    for (int i = 0; i < a->n; i++)
        sum += x[i];
    for (int i = 0; i < a->n; i++)
        rate[i] = a->drift[i] - a->leak * x[i] - a->inhibition * (sum - x[i]);
}

/* Take a step; returns the accumulator that touches the boundary, or -1.  The drift is the mean of
 * that at the beginning and that where it leads. */
static int step_race(const accumulators *a, double *x, double t, double h, const noise *draws,
                     int path, int half)
{
    double rate[MAX_PARTICLES], rate_1[MAX_PARTICLES], guess[MAX_PARTICLES], w[MAX_PARTICLES];
    double edge = a->height - a->slope * t, edge_1 = edge - a->slope * h, scale = sqrt(h);
    int first = -1;
    if (path == COARSE)
        scale *= sqrt(0.5); /* its normal variate has a variance of 2 */
    rates(a, x, rate);
    for (int i = 0; i < a->n; i++) {
        w[i] = scale * draws[i].normal[path][half];
        guess[i] = floored(x[i], rate[i] * h + w[i], h, draws[i].low[path][half]);
    }
    rates(a, guess, rate_1);
    double highest = -INFINITY;
    for (int i = 0; i < a->n; i++) {
        double x_0 = x[i], move = 0.5 * (rate[i] + rate_1[i]) * h + w[i];
        x[i] = floored(x_0, move, h, draws[i].low[path][half]);
        if (touches(edge - x_0, edge_1 - x[i], h, draws[i].high[path][half]) && x[i] > highest) {
            first = i;
            highest = x[i];
        }
    }
    return first;
}

/* Simulate `n_samples`; times and winners have two columns, of short and long steps. */
void small_race(bitgen_t *rng, const accumulators *a, double dt, double end, long n_samples,
                double *times, int *winners)
{
    const double near = NEAR * sqrt(2.0 * dt);
    for (long s = 0; s < n_samples; s++) {
        double x[PATHS][MAX_PARTICLES], *time = times + PATHS * s;
        int *winner = winners + PATHS * s;
        for (int path = 0; path < PATHS; path++) {
            for (int i = 0; i < a->n; i++)
                x[path][i] = a->start[i];
            time[path] = end;
            winner[path] = -1;
        }
        for (double t = 0.0; t < end && (winner[FINE] < 0 || winner[COARSE] < 0); t += 2.0 * dt) {
            noise draws[MAX_PARTICLES];
            double edge = a->height - a->slope * t;
            for (int i = 0; i < a->n; i++) {
                double low = fmin(x[FINE][i], x[COARSE][i]), high = fmax(x[FINE][i], x[COARSE][i]);
                draw_noise(rng, low < near || edge - high < near, &draws[i]);
            }
            for (int half = 0; half < 2 && winner[FINE] < 0; half++) {
                winner[FINE] = step_race(a, x[FINE], t + half * dt, dt, draws, FINE, half);
                time[FINE] = winner[FINE] < 0 ? end : t + (half + 0.5) * dt;
            }
            if (winner[COARSE] >= 0)
                continue;
            winner[COARSE] = step_race(a, x[COARSE], t, 2.0 * dt, draws, COARSE, 0);
            time[COARSE] = winner[COARSE] < 0 ? end : t + dt;
        }
    }
}

/* ---- levels that interact -------------------------------------------------------------------- */

typedef struct {
    double drift[3], start[3];         /* the high level, the low one of each branch */
    double height, slope, leak;
    double weight, weight_q, noise, noise_q; /* of a low level, while the high one is undecided */
} levels;

typedef struct {
    double x[3], time[3];
    int side[3];
} state;

/* Take a level from x to x_1, from t on; note whether it leaves. */
static void leave(state *s, int level, double x_1, double t, double h, double edge, double edge_1,
                  double variance, double low, double high)
{
    double x = s->x[level];
    int up = touches(edge - x, edge_1 - x_1, variance, high);
    int down = touches(edge + x, edge_1 + x_1, variance, low);
    s->x[level] = x_1;
    if (up || down) {
        s->time[level] = t + 0.5 * h;
        s->side[level] = up && (!down || x_1 > 0.0);
    }
}

static void step_levels(const levels *l, state *s, double t, double h, const noise *draws, int path,
                        int half)
{
    double edge = l->height - l->slope * t, edge_1 = fmax(edge - l->slope * h, 1e-9);
    double scale = sqrt(path == COARSE ? 0.5 * h : h), p = 0.5 + 0.5 * s->x[0] / edge;
    int undecided = isinf(s->time[0]) != 0;
    if (undecided)
        leave(s, 0, s->x[0] + l->drift[0] * h + scale * draws[0].normal[path][half], t, h, edge,
              edge_1, h, draws[0].low[path][half], draws[0].high[path][half]);
    for (int branch = 0; branch < 2; branch++) {
        int level = 1 + branch;
        if (!isinf(s->time[level]) || (!undecided && s->side[0] != branch))
            continue;
        double q = branch ? p : 1.0 - p, rate = l->drift[level], sd = 1.0;
        if (undecided) {
            rate = rate * (l->weight + l->weight_q * q) - l->leak * s->x[level];
            sd = l->noise + l->noise_q * q;
        }
        leave(s, level, s->x[level] + rate * h + sd * scale * draws[1].normal[path][half], t, h,
              edge, edge_1, sd * sd * h, draws[1].low[path][half], draws[1].high[path][half]);
    }
}

static int has_ended(const state *s)
{
    return !isinf(s->time[0]) && !isinf(s->time[1 + s->side[0]]);
}

/* Whether a level that counts is near a boundary. */
static int is_near(const state *s, int level, double edge, double near)
{
    return edge - fabs(s->x[level]) < near;
}

/* Simulate `n_samples`; times and choices have two columns, of short and long steps. */
void small_levels(bitgen_t *rng, const levels *l, double dt, double end, long n_samples,
                  double *times, int *choices)
{
    const double near = NEAR * sqrt(2.0 * dt);
    for (long i = 0; i < n_samples; i++) {
        state s[PATHS];
        for (int path = 0; path < PATHS; path++)
            for (int level = 0; level < 3; level++) {
                s[path].x[level] = l->start[level];
                s[path].time[level] = INFINITY;
                s[path].side[level] = 0;
            }
        for (double t = 0.0; t < end && !(has_ended(&s[FINE]) && has_ended(&s[COARSE]));
             t += 2.0 * dt) {
            noise draws[2];
            double edge = l->height - l->slope * t;
            int high = 0, low = 0;
            for (int path = 0; path < PATHS; path++) {
                high |= is_near(&s[path], 0, edge, near);
                low |= is_near(&s[path], 1, edge, near) || is_near(&s[path], 2, edge, near);
            }
            draw_noise(rng, high, &draws[0]);
            draw_noise(rng, low, &draws[1]);
            for (int half = 0; half < 2 && !has_ended(&s[FINE]); half++)
                step_levels(l, &s[FINE], t + half * dt, dt, draws, FINE, half);
            if (!has_ended(&s[COARSE]))
                step_levels(l, &s[COARSE], t, 2.0 * dt, draws, COARSE, 0);
        }
        for (int path = 0; path < PATHS; path++) {
            const state *end_state = &s[path];
            int side = end_state->side[0];
            times[PATHS * i + path] = fmin(end, fmax(end_state->time[0], end_state->time[1 + side]));
            choices[PATHS * i + path] = 2 * side + end_state->side[1 + side];
        }
    }
}
