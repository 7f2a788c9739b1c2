#include "density/plane.h"

#include "core/process.h"

#include <math.h>
#include <string.h>

/* Double steps begin with the square of the spacing and grow with the clock up to the longest; later, when
 * few are left, all limits grow with its square. */
typedef struct {
    double growth, longest, late;
} plane_limits;

static const plane_limits DEFAULT = {0.1, 0.06, 0.02}, HIGH = {0.05, 0.025, 0.005};

/* Points of the coarse grid, by the strongest drift over a unit of the clock. */
enum { FEW_POINTS = 31, SOME_POINTS = 39, MANY_POINTS = 47 };
#define STRONG_DRIFT 4.0

/* By the spacing, the share of what keeps all rates positive that is taken where there is less noise: it
 * vanishes with the square of the spacing, as the other errors that are extrapolated.  It grows with the
 * limits of steps, which it keeps stable where a low level leaks without noise. */
#define LEAST_NOISE 4.8

/* Longest step in units of the width that the clock has given, by the strongest drift and leak; largest
 * change of the boundary. */
#define REACH 0.3
#define LARGEST_DECAY 0.5
#define LARGEST_CHANGE 0.1

/* A solution ends at this survival, time, or height of the boundary. */
#define FEWEST_SURVIVORS 1e-7
#define LAST_TIME 1e4
#define SMALLEST 1e-6 /* boundary, in units of that at 0 */

/* ---- the start -------------------------------------------------------------------------------- */

void plane_set_start(int points, double dx, double start, double *weights)
{
    double at = (start + 1.0) / dx;
    int first = (int)fmin(fmax(floor(at) - 1.0, 0.0), points - 2.0);
    for (int i = 0; i < points + 2; i++)
        weights[i] = 0.0;
    for (int i = 0; i < 4; i++) {
        double weight = 1.0;
        for (int j = 0; j < 4; j++)
            weight *= j == i ? 1.0 : (at - first - j) / (i - j);
        weights[first + i] = weight;
    }
}

static void begin(plane_state *x, const plane_problem *p, int points)
{
    double high[PLANE_POINTS + 2], low[PLANE_POINTS + 2];
    memset(x, 0, sizeof *x);
    x->points = points;
    x->dx = 2.0 / (points + 1);
    plane_set_start(points, x->dx, p->start[0], high);
    plane_set_start(points, x->dx, p->start[1], low);
    const double ends[2] = {low[0], low[points + 1]};
    for (int l = 0; l < points; l++) {
        for (int h = 0; h < points; h++)
            x->inside[l * PLANE_STRIDE + h] = low[l + 1] * high[h + 1];
        x->line_low[l] = low[l + 1] * high[points + 1];
    }
    for (int side = 0; side < 2; side++) {
        for (int h = 0; h < points; h++)
            x->line_high[side][h] = ends[side] * high[h + 1];
        x->left[side] = ends[side] * high[points + 1];
    }
}

/* The probability that a level has not left yet. */
static double to_come(const plane_state *x)
{
    double sum = 0.0;
    for (int i = 0; i < x->points; i++) {
        sum += fabs(x->line_high[0][i]) + fabs(x->line_high[1][i]) + fabs(x->line_low[i]);
        for (int h = 0; h < x->points; h++)
            sum += fabs(x->inside[i * PLANE_STRIDE + h]);
    }
    return sum;
}

/* ---- steps ------------------------------------------------------------------------------------ */

/* Boundaries at the beginning, middle and end of a step make its sizes, by Simpson's rule. */
static plane_step_sizes sizes_of(double dt, const double *b, double leak, double late)
{
    double squares[3], sixth = dt / 6.0;
    for (int i = 0; i < 3; i++)
        squares[i] = 1.0 / (b[i] * b[i]);
    return (plane_step_sizes){.clock = sixth * (squares[0] + 4.0 * squares[1] + squares[2]),
                              .gain = sixth * (1.0 / b[0] + 4.0 / b[1] + 1.0 / b[2]),
                              .closing = log(b[0] / b[2]), .decay = leak * dt,
                              .least = late * LEAST_NOISE};
}

/* The strongest drift in units of the clock. */
static double strongest(const plane_problem *p, double b)
{
    return b * fmax(fabs(p->drift[0]), fabs(p->drift[1]));
}

double plane_steady_step(const moving_curves *curves, double t, double dt, double *b)
{
    for (int tries = 0; tries < 30; tries++, dt *= 0.5) {
        double times[5];
        for (int i = 0; i < 5; i++)
            times[i] = t + 0.25 * i * dt;
        moving_boundary_at(curves, 5, times, b, 0);
        if (b[4] > 0.0 && b[2] > 0.0 && fabs(log(b[4] / b[0])) < LARGEST_CHANGE &&
            fabs(log(b[2] / b[0])) < LARGEST_CHANGE)
            break;
    }
    return dt;
}

/* How long the next double step from t may be, whose limits have grown to `late`; writes boundaries at its
 * quarters. */
static double next_step(const plane_problem *p, const plane_limits *limits, double t, double clock,
                        double first, double late, double b0, double *b)
{
    double step = fmin(first + limits->growth * clock, limits->longest * late);
    step = fmin(step, late * REACH * sqrt(clock + first) / fmax(strongest(p, b0), 1e-9));
    double dt = fmin(step * b0 * b0, late * LARGEST_DECAY / fmax(p->leak, 1e-9));
    dt = fmin(dt, LAST_TIME - t);
    return plane_steady_step(p->curves, t, dt, b);
}

/* The first state is on the coarse grid, the second on the fine one. */
void plane_solve(shares *law, const plane_problem *p, int fine, ssm_isa isa, plane_state *states,
                 ssm_cancel *cancel)
{
    double t = 0.0, clock = 0.0, b[5], b0;
    moving_boundary_at(p->curves, 1, &t, &b0, 0);
    const plane_limits *limits = fine ? &HIGH : &DEFAULT;
    double drift = strongest(p, b0);
    int points = fine || drift > 2.0 * STRONG_DRIFT ? MANY_POINTS
                 : drift > STRONG_DRIFT             ? SOME_POINTS
                                                    : FEW_POINTS;
    begin(&states[0], p, points);
    begin(&states[1], p, 2 * points + 1);
    double smallest = SMALLEST * b0, first = states[0].dx * states[0].dx;
    shares_begin(law, states[0].left, states[1].left);
    while (t < LAST_TIME && law->n_nodes < SHARES_NODES && !law->is_complete &&
           !ssm_cancelled(cancel)) {
        double late = fmax(1.0, limits->late * clock * clock / limits->longest);
        double dt = next_step(p, limits, t, clock, first, late, b0, b);
        if (!(b[2] > 0.0 && b[4] > 0.0)) { /* boundaries that jump to each other */
            law->is_complete = 1;
            break;
        }
        double ends[3] = {b[0], b[2], b[4]};
        plane_step_sizes whole = sizes_of(dt, ends, p->leak, late);
        SSM_CALL_KERNEL(isa, plane_step, (p, &whole, &states[0]));
        for (int half = 0; half < 2; half++) {
            plane_step_sizes sizes = sizes_of(0.5 * dt, b + 2 * half, p->leak, late);
            SSM_CALL_KERNEL(isa, plane_step, (p, &sizes, &states[1]));
        }
        t += dt;
        clock += whole.clock;
        b0 = b[4];
        shares_note(law, t, 0, states[0].left, states[1].left);
        law->is_complete =
            b0 <= smallest || (law->n_nodes % 8 == 0 && to_come(&states[0]) < FEWEST_SURVIVORS);
    }
    shares_end(law);
}
