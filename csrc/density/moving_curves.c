/* The curves of a law: their coefficients, jumps and values. */
#include "core/kernels.h"
#include "curves/curves.h"
#include "density/moving.h"
#include "density/table_bend.h"

/* Of the times of one call; and of a jump in a table: longest, in seconds, and smallest, in units of the
 * noise. */
enum { MOST_TIMES = 8 };
#define SHORT 3e-6
#define SMALL 1e-3

/* Of a kink in a table: longest, in seconds; how far it is from other bends at least, in units of its length;
 * and the smallest change of the slope, in units of the noise squared over the boundary. */
#define KINK_SPAN 2e-3
#define ALONE 4.0
#define SMALLEST_KINK 0.01
#define SHARE 0.1 /* of its change, at its last bend */

/* Of other bends, largest, in the same units; and from which time on, in units of boundary over slope: a
 * boundary may begin like a power of time. */
#define LARGEST_BEND 0.25
#define LATEST 0.1

/* Lines of a straight stretch are so many times as long as those beside it; and the least jump of the
 * potential between the two. */
#define UNEVEN 6.0
#define LEAST_JUMP 1.0

SSM_DECLARE_KERNEL(void, moving_boundary, (const moving_curves *, int, const double *, double *,
                                           double *));
SSM_DECLARE_KERNEL(void, moving_drift, (const moving_curves *, int, const double *, double,
                                        double *));

void moving_boundary_at(const moving_curves *curves, int n, const double *t, double *b,
                        double *slope)
{
    SSM_CALL_KERNEL(curves->isa, moving_boundary, (curves, n, t, b, slope));
}

/* A table's jumps are steep lines, which are left out: a time is within the stretch between two of them in
 * which `when` is. */
void moving_drift_at(const moving_curves *curves, int n, const double *t, double when, double *w)
{
    double within[MOST_TIMES];
    int next = 0;
    while (next < curves->n_steps && curves->after[next] <= when)
        next++;
    if (curves->n_steps > 0 && n <= MOST_TIMES) {
        for (int i = 0; i < n; i++) {
            within[i] = next > 0 ? fmax(t[i], curves->after[next - 1]) : t[i];
            within[i] = next < curves->n_steps ? fmin(within[i], curves->before[next]) : within[i];
        }
        t = within;
    }
    SSM_CALL_KERNEL(curves->isa, moving_drift, (curves, n, t, when, w));
}

void moving_keep_side(const moving_curves *curves, int n, const double *t, double when, double *slope)
{
    for (int k = 0; k < curves->n_kinks; k++) {
        const moving_kink *kink = &curves->kinks[k];
        int is_over = 0.5 * (kink->begin + kink->end) <= when;
        for (int i = 0; i < n; i++)
            if (is_over ? t[i] < kink->end : t[i] > kink->begin)
                slope[i] = is_over ? kink->after : kink->before;
    }
}

static int insert(double t, int n, double *jumps)
{
    int j = n;
    for (; j > 0 && jumps[j - 1] > t; j--)
        jumps[j] = jumps[j - 1];
    jumps[j] = t;
    return n + 1;
}

int moving_jumps(const moving_curves *curves, double *jumps)
{
    static const int stimuli[] = {3, 4, 5, 6}, onsets[] = {6, 7};
    const double *c = curves->drift;
    int n = 0, size = 0;
    const int *which = 0;
    for (; n < curves->n_steps; n++)
        jumps[n] = curves->after[n];
    if (curves->drift_kind == SSM_DRIFT_CONFLICT_STIMFLEX ||
        curves->drift_kind == SSM_DRIFT_CONFLICT_STIMFLEXREL1 ||
        curves->drift_kind == SSM_DRIFT_CONFLICT_DUAL)
        which = stimuli, size = 4;
    else if (curves->drift_kind == SSM_DRIFT_CONFLICT_DSSTIMFLEX)
        which = onsets, size = 2;
    for (int i = 0; i < size; i++) {
        double t = c[which[i]];
        if (!(t > 0.0) || isinf(t))
            continue;
        n = insert(t, n, jumps);
    }
    for (int k = 0; k < curves->n_kinks; k++)
        n = insert(0.5 * (curves->kinks[k].begin + curves->kinks[k].end), n, jumps);
    return n;
}

/* Finds the first jumps of a table's drift. */
static void find_steps(moving_curves *curves)
{
    const ssm_table *table = curves->drift_table;
    const int32_t *index = table->index + (int64_t)curves->drift[0] * (table->n_cells + 1);
    for (const ssm_knot *k = table->knots + index[0]; k < table->knots + index[table->n_cells]; k++) {
        double change = fmax(fabs(k[1].value[0] - k->value[0]), fabs(k[1].value[1] - k->value[1]));
        if (!(k[1].time - k->time < SHORT && change * curves->scale > SMALL) || !(k->time > 0.0))
            continue;
        if (curves->n_steps == MOVING_JUMPS)
            return;
        curves->before[curves->n_steps] = k->time;
        curves->after[curves->n_steps++] = k[1].time;
    }
}

/* Whether a straight stretch of a table begins or ends at a knot beside one that is curved, by so much that the
 * potential of moving.h jumps: the bend of a smooth step does. */
static int is_end_of_bend(const ssm_knot *k, const ssm_knot *first, const ssm_knot *last, double scale)
{
    double before = k->time - k[-1].time, after = k[1].time - k->time, next, bend;
    if (before > UNEVEN * after && k + 2 < last) {
        next = k[2].time - k[1].time;
        bend = (k[1].slope[0] - k->slope[0]) / (0.5 * (after + next));
    } else if (after > UNEVEN * before && k > first + 1) {
        next = k[-1].time - k[-2].time;
        bend = (k[-1].slope[0] - k[-2].slope[0]) / (0.5 * (before + next));
    } else {
        return 0;
    }
    double b = k->value[0] * scale;
    return next < UNEVEN * fmin(before, after) && 0.5 * b * b * b * fabs(bend) * scale > LEAST_JUMP;
}

int moving_find_kinks(const ssm_table *table, int64_t row, double scale, moving_kink *kinks, int *n)
{
    const int32_t *index = table->index + row * (table->n_cells + 1);
    const ssm_knot *first = table->knots + index[0], *last = table->knots + index[table->n_cells];
    *n = 0;
    for (const ssm_knot *k = first + 1, *far; k < last && k->value[0] > 0.0; k = far + 1) {
        double bend = fabs(k->slope[0] - k[-1].slope[0]); /* the largest */
        for (far = k; far + 1 < last && far[1].time - k->time <= KINK_SPAN; far++)
            bend = fmax(bend, fabs(far[1].slope[0] - far->slope[0]));
        const ssm_knot *end = far;
        double largest = fmax(first->value[0], k->value[0]), all = far->slope[0] - k[-1].slope[0];
        while (end > k && fabs(end->slope[0] - end[-1].slope[0]) < SHARE * fabs(all))
            end--;
        moving_kink kink = {k->time - table_bend_at(k, largest).before,
                            end->time + table_bend_at(end, largest).after, k[-1].slope[0] * scale,
                            far->slope[0] * scale};
        double apart = ALONE * (kink.end - kink.begin), b = k->value[0] * scale, change = all * scale;
        int is_kink = k->time - k[-1].time > apart && far[1].time - far->time > apart;
        if (is_kink && *n < MOVING_JUMPS && fabs(change) * b > SMALLEST_KINK) {
            kinks[(*n)++] = kink;
            continue;
        }
        for (const ssm_knot *each = k; each <= far && *n < MOVING_JUMPS; each++)
            if (is_end_of_bend(each, first, last, scale)) {
                double slope = table_bend_at(each, largest).at_knot * scale;
                kinks[(*n)++] = (moving_kink){each->time, each->time, slope, slope};
            }
        if (k->time < SSM_USUAL_MAX_T && bend * scale * b > LARGEST_BEND &&
                 bend * scale * k->time > LATEST * b)
            return 0;
    }
    return 1;
}

void moving_set_curves(moving_law *law, ssm_boundary_kind boundary, const double *boundary_p,
                       const ssm_table *boundary_table, ssm_drift_kind drift,
                       const double *drift_p, const ssm_table *drift_table, double noise,
                       double leak, ssm_isa isa)
{
    vdouble p[SSM_CURVE_PARAMETERS], c[CURVE_COEFFICIENTS];
    moving_curves *curves = &law->curves;
    *curves = (moving_curves){.boundary_kind = boundary, .drift_kind = drift,
                              .boundary_table = boundary_table, .drift_table = drift_table,
                              .scale = 1.0 / noise, .leak = leak, .isa = isa};
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        c[i] = splat(0.0);
    for (int i = 0; i < SSM_CURVE_PARAMETERS; i++)
        p[i] = splat(boundary_p[i]);
    set_boundary(boundary, p, c);
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        curves->boundary[i] = c[i][0];
    for (int i = 0; i < SSM_CURVE_PARAMETERS; i++)
        p[i] = splat(drift_p[i]);
    set_drift(drift, p, c);
    for (int i = 0; i < CURVE_COEFFICIENTS; i++)
        curves->drift[i] = c[i][0];
    int is_table = drift == SSM_DRIFT_TABLE || drift == SSM_DRIFT_TABLE_DUAL;
    if (is_table)
        find_steps(curves);
    if (boundary == SSM_BOUNDARY_TABLE)
        moving_find_kinks(boundary_table, (int64_t)curves->boundary[0], curves->scale, curves->kinks,
                          &curves->n_kinks);
    double zero = 0.0;
    moving_boundary_at(curves, 1, &zero, &law->boundary, 0);
    law->base_drift = law->way[0] = law->way[1] = 0.0;
    if (leak == 0.0 && !is_table) { /* coefficient 0 is the base drift of all others */
        law->base_drift = curves->drift[0] / noise;
        curves->drift[0] = 0.0;
    }
}
