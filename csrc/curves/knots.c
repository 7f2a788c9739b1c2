/* Knots of sampled curves: lines between them are close to the samples, and from each knot on a
 * parabola is close to the curve for some time. */
#include <math.h>

#include "ssm.h"

/* Whether sample i, neither the first nor the last, is off the line between its neighbours. */
static int is_bend(const ssm_samples *s, int64_t i, double allowed)
{
    double before = s->times[i] - s->times[i - 1], after = s->times[i + 1] - s->times[i];
    for (int column = 0; column < s->n_columns; column++) {
        const double *v = s->values + i * s->n_columns + column;
        double rise = v[0] - v[-s->n_columns], next = v[s->n_columns] - v[0];
        if (fabs(rise * after - next * before) > allowed * s->scale[column] * (before + after))
            return 1;
    }
    return 0;
}

int64_t ssm_find_bends(const ssm_samples *s, double allowed, double shortest, int32_t *cells)
{
    int64_t n = 0;
    int bent = s->n > 2 && is_bend(s, 1, allowed);
    for (int64_t i = 0; i + 1 < s->n; i++) {
        int next = i + 2 < s->n ? is_bend(s, i + 1, allowed) : bent;
        if ((bent || next) && s->times[i + 1] - s->times[i] > shortest)
            cells[n++] = (int32_t)i;
        bent = next;
    }
    return n;
}

/* The last sample up to which a line from sample `first` is close to all between: slopes of lines
 * that are lie between two bounds, which close in. */
static int64_t end_of_line(const ssm_samples *s, int64_t first, double allowed)
{
    double low[SSM_CURVE_COLUMNS], high[SSM_CURVE_COLUMNS];
    for (int column = 0; column < s->n_columns; column++)
        low[column] = -INFINITY, high[column] = INFINITY;
    const double *from = s->values + first * s->n_columns;
    for (int64_t i = first + 1; i < s->n; i++) {
        double inverse = 1.0 / (s->times[i] - s->times[first]);
        for (int column = 0; column < s->n_columns; column++) {
            double rise = s->values[i * s->n_columns + column] - from[column];
            double off = allowed * s->scale[column], slope = rise * inverse;
            if (!(slope >= low[column] && slope <= high[column]))
                return i - 1;
            low[column] = fmax(low[column], (rise - off) * inverse);
            high[column] = fmin(high[column], (rise + off) * inverse);
        }
    }
    return s->n - 1;
}

int64_t ssm_find_knots(const ssm_samples *s, double allowed, int32_t *at)
{
    int64_t n = 0, i = 0;
    at[n++] = 0;
    for (; i + 1 < s->n; at[n++] = (int32_t)i)
        i = end_of_line(s, i, allowed);
    return n;
}

/* ---- parabolas ------------------------------------------------------------------------------ */

/* Whether the parabola through a span's ends and the curve's value half-way is close to all knots of
 * the span; `middle` is the last knot that is not after half-way. */
static int is_parabola(const ssm_samples *s, const ssm_knot *knots, int64_t first, int64_t middle,
                       int64_t last, double allowed)
{
    const ssm_knot *begin = knots + first, *end = knots + last, *before = knots + middle;
    double length = end->time - begin->time, half_way = begin->time + 0.5 * length;
    for (int column = 0; column < s->n_columns; column++) {
        double v = begin->value[column], rise = end->value[column] - v;
        double half = before->value[column] + before->slope[column] * (half_way - before->time);
        double bend = 4.0 * (half - v - 0.5 * rise), off = allowed * s->scale[column];
        for (const ssm_knot *k = begin + 1; k < end; k++) {
            double way = (k->time - begin->time) / length;
            if (!(fabs(v + way * (rise + bend * (1.0 - way)) - k->value[column]) <= off))
                return 0;
        }
    }
    return 1;
}

/* Write how long the curve stays close to a parabola from each knot on.  A part of such a span is
 * close to a parabola too, so that spans end in the order in which they begin. */
static void find_spans(const ssm_samples *s, double allowed, int64_t n, ssm_knot *knots)
{
    int64_t last = 1;
    for (int64_t first = 0, middle = 0; first + 1 < n; first++) {
        last = last > first + 1 ? last : first + 1;
        for (; last + 1 < n; last++) {
            double half_way = 0.5 * (knots[first].time + knots[last + 1].time);
            while (knots[middle + 1].time <= half_way)
                middle++;
            if (!is_parabola(s, knots, first, middle, last + 1, allowed))
                break;
        }
        /* A little behind a knot, lest rounding let the next step begin before it. */
        double next = last + 1 < n ? knots[last + 1].time - knots[last].time : 0.0;
        knots[first].until = knots[last].time + fmin(1e-6 * next, 1e-9);
    }
    knots[n - 1].until = INFINITY;
}

void ssm_set_knots(const ssm_samples *s, double allowed, const int32_t *at, int64_t n,
                   ssm_knot *knots)
{
    for (int64_t i = 0; i < n; i++) {
        knots[i] = (ssm_knot){.time = s->times[at[i]]};
        for (int column = 0; column < s->n_columns; column++)
            knots[i].value[column] = s->values[at[i] * s->n_columns + column];
    }
    for (int64_t i = 0; i + 1 < n; i++)
        for (int column = 0; column < s->n_columns; column++)
            knots[i].slope[column] = (knots[i + 1].value[column] - knots[i].value[column]) /
                                     (knots[i + 1].time - knots[i].time);
    find_spans(s, allowed, n, knots);
}

/* ---- where to look -------------------------------------------------------------------------- */

static double start_of_cell(int64_t cell)
{
    double share = (double)(cell % SSM_CELLS_AN_OCTAVE) / SSM_CELLS_AN_OCTAVE;
    return SSM_CELL_ORIGIN * (ldexp(1.0 + share, (int)(cell / SSM_CELLS_AN_OCTAVE)) - 1.0);
}

int64_t ssm_n_cells(double max_t)
{
    int64_t n = 1;
    while (n < SSM_MAX_CELLS && start_of_cell(n) < max_t)
        n++;
    return n;
}

void ssm_index_knots(const ssm_knot *knots, int64_t n, int64_t number, int64_t n_cells,
                     int32_t *index)
{
    for (int64_t cell = 0, i = 0; cell <= n_cells; cell++) {
        while (i + 1 < n && knots[i + 1].time <= start_of_cell(cell))
            i++;
        index[cell] = (int32_t)(number + i);
    }
}
