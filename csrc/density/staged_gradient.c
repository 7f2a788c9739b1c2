/* Derivatives of the density of a staged law, from the end backward: the density is linear in the state at
 * the beginning of each stage, and so a sum over its points with weights that go back by the same kernels.
 * A clock enters as that of a kernel, whose derivative is a difference; all else is closed.
 */
#include "density/linear.h"
#include "density/special.h"
#include "density/staged.h"

/* Of differences: relative steps of a clock, and steps of a point in units of the width of its kernel. */
#define CLOCK_STEP 5e-4
#define POINT_STEP 1e-3

/* Derivatives by what the inputs make: of stage j the boundary when it begins, the jump c = b times the
 * change of the drift, and the clock until the next one. */
typedef struct {
    const staged_law *law;
    double t, *by;
    int64_t last;
} chain;

static void add_boundary(const chain *c, double time, double derivative)
{
    c->by[BY_STAGED_BOUNDARY] += derivative;
    c->by[BY_STAGED_SLOPE] -= time * derivative;
    if (time == c->t)
        c->by[BY_STAGED_TIME] -= c->law->slope * derivative;
}

static void add_drift(const chain *c, int64_t j, double derivative)
{
    c->by[j & 1 ? BY_ODD_DRIFT : BY_EVEN_DRIFT] += derivative;
}

static double end_of(const chain *c, int64_t j)
{
    return j == c->last ? c->t : staged_onset(c->law, j + 1);
}

static double clock_of(const chain *c, int64_t j)
{
    double begin = staged_onset(c->law, j), end = end_of(c, j);
    return (end - begin) / (staged_boundary(c->law, begin) * staged_boundary(c->law, end));
}

static void add_clock(const chain *c, int64_t j, double derivative)
{
    double begin = staged_onset(c->law, j), end = end_of(c, j), s = clock_of(c, j);
    double b = staged_boundary(c->law, begin), b_end = staged_boundary(c->law, end);
    add_boundary(c, begin, -s / b * derivative);
    add_boundary(c, end, -s / b_end * derivative);
    if (j == c->last)
        c->by[BY_STAGED_TIME] += derivative / (b * b_end);
}

static double jump_of(const chain *c, int64_t j)
{
    double change = staged_drift(c->law, j) - staged_drift(c->law, j - 1);
    return staged_boundary(c->law, staged_onset(c->law, j)) * change;
}

static void add_jump(const chain *c, int64_t j, double derivative)
{
    double b = staged_boundary(c->law, staged_onset(c->law, j));
    add_drift(c, j, b * derivative);
    add_drift(c, j - 1, -b * derivative);
    add_boundary(c, staged_onset(c->law, j), jump_of(c, j) / b * derivative);
}

/* The factors in front of the flux; see begin_next() and staged_log_density(). */
static void add_factors(const chain *c, int side)
{
    const staged_law *law = c->law;
    double a = law->boundary, x0 = 0.5 * (law->start[0] - law->start[1]), k = law->slope;
    double v = staged_drift(law, 0), w = side ? 1.0 : -1.0, b = staged_boundary(law, c->t);
    c->by[BY_STAGED_SLOPE] -= 0.5 * a * x0 * x0;
    c->by[BY_STAGED_BOUNDARY] -= 0.5 * k * x0 * x0 + v * x0 + 0.5 / a;
    c->by[BY_STAGED_START] -= k * a * x0 + v * a;
    add_drift(c, 0, -a * x0);
    for (int64_t j = 0; j <= c->last; j++)
        add_drift(c, j, -staged_drift(law, j) * (end_of(c, j) - staged_onset(law, j)));
    v = staged_drift(law, c->last);
    c->by[BY_STAGED_TIME] -= 0.5 * v * v;
    add_drift(c, c->last, w * b);
    add_boundary(c, c->t, w * v + 0.5 * k - 1.5 / b);
    c->by[BY_STAGED_SLOPE] += 0.5 * b;
}

/* From derivatives by mean and clock of the point at the beginning of stage j, back to the start. */
static void add_points(staged_law *law, const chain *c, int64_t j, double by_mean, double by_clock)
{
    for (; j > 0; j--) {
        const stage_state *now = staged_reach(law, j), *before = staged_reach(law, j - 1);
        double jump = jump_of(c, j), clock = now->clock;
        by_clock += 0.5 * jump * jump - jump * by_mean;
        add_jump(c, j, jump * clock - before->mean - by_mean * clock);
        add_clock(c, j - 1, by_clock);
        by_mean -= jump;
    }
    c->by[BY_STAGED_START] += by_mean;
}

static double dot(int points, const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < points; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Weights of the state before the jump of stage j from those after it; adds the derivative by it. */
static void pass_jump(staged_law *law, const chain *c, int64_t j, double *weights)
{
    const stage_state *now = staged_reach(law, j);
    double jump = jump_of(c, j), dx = 2.0 / (law->points + 1), sum = 0.0;
    for (int i = 0; i < law->points; i++) {
        double x = (i + 1) * dx - 1.0;
        sum -= x * weights[i] * now->r[i];
        weights[i] *= exp(-jump * x);
    }
    add_jump(c, j, sum);
}

/* Weights at the beginning of stage j from those at its end; adds the derivative by its clock. */
static void pass_stage(staged_law *law, const chain *c, int64_t j, double *weights)
{
    const stage_state *from = staged_reach(law, j);
    double s = clock_of(c, j), found[2][STAGED_POINTS], total[2], log_total[2];
    int is_narrow = staged_is_narrow(law, s);
    for (int i = 0; i < 2; i++) {
        double divided = staged_spread(law, s * (1.0 + (i ? CLOCK_STEP : -CLOCK_STEP)), weights, found[i]);
        if (!is_narrow)
            staged_correct(law, found[i], found[i]);
        total[i] = dot(law->points, found[i], from->r);
        log_total[i] = log(total[i]) + divided;
    }
    add_clock(c, j, (log_total[1] - log_total[0]) / (2.0 * CLOCK_STEP * s));
    for (int i = 0; i < law->points; i++)
        weights[i] = 0.5 * (found[0][i] / total[0] + found[1][i] / total[1]);
}

/* The same where the stage begins with a point; U(mean, clock), the value, solves the heat equation. */
static void pass_point(staged_law *law, const chain *c, int64_t j, const double *weights)
{
    const stage_state *from = staged_reach(law, j);
    double clock = from->clock + clock_of(c, j), step = POINT_STEP * sqrt(clock), value[3];
    for (int i = 0; i < 3; i++) {
        double r[STAGED_POINTS];
        staged_from_point(law->points, clock, from->mean + (i - 1) * step, r);
        value[i] = dot(law->points, weights, r);
    }
    double by_mean = (value[2] - value[0]) / (2.0 * step * value[1]);
    double by_clock = 0.5 * (value[2] - 2.0 * value[1] + value[0]) / (step * step * value[1]);
    add_clock(c, j, by_clock);
    add_points(law, c, j, by_mean, by_clock);
}

int staged_gradient(staged_law *law, int side, double t, double *by)
{
    chain c = {law, t, by, staged_stage(law, t)};
    double weights[STAGED_POINTS];
    if (c.last >= KEPT_STAGES)
        return 0;
    for (int i = 0; i < N_STAGED_DERIVATIVES; i++)
        by[i] = 0.0;
    const stage_state *from = staged_reach(law, c.last);
    double s = clock_of(&c, c.last);
    add_factors(&c, side);
    if (from->is_point) {
        double d = side ? 1.0 - from->mean : 1.0 + from->mean, of[2];
        exit_log_density(from->clock + s, d, 2.0 - d, of);
        add_clock(&c, c.last, of[0]);
        add_points(law, &c, c.last, side ? -of[1] : of[1], of[0]);
        return 1;
    }
    double log_flux[2];
    for (int i = 0; i < 2; i++) {
        double divided = staged_flux_weights(law, side, s * (1.0 + (i ? -CLOCK_STEP : CLOCK_STEP)), weights);
        log_flux[i] = log(dot(law->points, weights, from->r)) + divided;
    }
    add_clock(&c, c.last, (log_flux[0] - log_flux[1]) / (2.0 * CLOCK_STEP * s));
    staged_flux_weights(law, side, s, weights);
    double total = dot(law->points, weights, from->r);
    for (int i = 0; i < law->points; i++)
        weights[i] /= total;
    for (int64_t j = c.last; j > 0; j--) {
        pass_jump(law, &c, j, weights);
        if (staged_reach(law, j - 1)->is_point) {
            pass_point(law, &c, j - 1, weights);
            return 1;
        }
        pass_stage(law, &c, j - 1, weights);
    }
    return 1;
}
