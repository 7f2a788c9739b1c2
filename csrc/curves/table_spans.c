/* How long the spans are over which tabulated curves are close to parabolas. */
#include <math.h>

#include "ssm.h"

enum { MOST_LEVELS = 40, MOST_COLUMNS = 2, NODES = 5 };

/* At every so many points a span is looked for from the shortest on; between, from the length of
 * the next point's on. */
enum { STRIDE = 16 };

/* A row of a table, its times, and how far from its values a parabola may be. */
typedef struct {
    const double *values, *times;
    int64_t last, n_columns;
    double allowed[MOST_COLUMNS];
} curve;

/* What the values at nodes 0, 2 and 4 contribute to those of their parabola at nodes 1 and 3. */
typedef struct {
    double of[2][3];
} weights;

/* Nodes are numbers of points.  Times are affine in exp(j / density), so that the weights are the
 * same for all nodes as far apart. */
static weights parabola(const curve *c, const int64_t *node)
{
    double t[NODES];
    for (int i = 0; i < NODES; i++)
        t[i] = c->times[node[i]];
    weights w;
    for (int i = 0; i < 2; i++) {
        double at = t[2 * i + 1];
        w.of[i][0] = (at - t[2]) * (at - t[4]) / ((t[0] - t[2]) * (t[0] - t[4]));
        w.of[i][1] = (at - t[0]) * (at - t[4]) / ((t[2] - t[0]) * (t[2] - t[4]));
        w.of[i][2] = (at - t[0]) * (at - t[2]) / ((t[4] - t[0]) * (t[4] - t[2]));
    }
    return w;
}

static int fits(const curve *c, const weights *w, const int64_t *node)
{
    for (int64_t column = 0; column < c->n_columns; column++) {
        double v[NODES];
        for (int i = 0; i < NODES; i++)
            v[i] = c->values[node[i] * c->n_columns + column];
        for (int i = 0; i < 2; i++) {
            const double *of = w->of[i];
            double error = of[0] * v[0] + of[1] * v[2] + of[2] * v[4] - v[2 * i + 1];
            if (!(fabs(error) <= c->allowed[column]))
                return 0;
        }
    }
    return 1;
}

/* Whether a point is on no line between its neighbours: a jump has two such points. */
static int is_kink(const curve *c, int64_t point)
{
    for (int64_t column = 0; column < c->n_columns; column++) {
        const double *v = c->values + point * c->n_columns + column;
        if (fabs(v[-c->n_columns] - 2.0 * v[0] + v[c->n_columns]) > c->allowed[column])
            return 1;
    }
    return 0;
}

/* Whether the two halves of a span, of 2^level cells each, are close to one parabola, given that
 * each is to its own. */
static int halves_fit(const curve *c, const weights *of_level, int64_t begin, int level)
{
    if (level == 0)
        return !is_kink(c, begin + 1);
    int64_t node[NODES];
    for (int i = 0; i < NODES; i++)
        node[i] = begin + i * (INT64_C(1) << (level - 1));
    return fits(c, &of_level[level], node);
}

/* Whether the curve is close to a parabola between two points that are further apart than the
 * longest span from the first: two spans cover what lies between, and the whole fits. */
static int reaches(const curve *c, const double *levels, int64_t begin, int64_t end)
{
    int level = (int)levels[begin];
    if (end - begin >= INT64_C(2) << level || levels[end - (INT64_C(1) << level)] < level)
        return 0;
    int64_t node[NODES];
    for (int i = 0; i < NODES; i++)
        node[i] = begin + i * (end - begin) / 4;
    weights w = parabola(c, node);
    return fits(c, &w, node);
}

/* Writes, for each point, the number of the last point of its span. */
static void find_ends(const curve *c, const weights *of_level, double *ends)
{
    /* First the level of the longest span of 2^level cells whose halves, and the halves of those,
     * are close to parabolas too. */
    for (int64_t i = c->last - 1; i >= 0; i--) {
        int level = 0;
        if (i % STRIDE != 0 && i + 1 < c->last && !is_kink(c, i + 1)) {
            level = (int)ends[i + 1];
            while (level > 0 && !halves_fit(c, of_level, i, level - 1))
                level--;
        }
        while (i + (INT64_C(2) << level) <= c->last && ends[i + (INT64_C(1) << level)] >= level
               && halves_fit(c, of_level, i, level))
            level++;
        ends[i] = level;
    }
    /* Such spans would approach a jump in ever smaller steps: one may lead right up to it, and from
     * the points on its way so may others.  Levels of points further on are still there when one is
     * looked up. */
    int64_t kink = 0;
    int reached = 0;
    for (int64_t i = 0; i < c->last; i++) {
        while (kink <= i || (kink < c->last && !is_kink(c, kink))) {
            kink++;
            reached = 0;
        }
        int64_t end = i + (INT64_C(1) << (int)ends[i]);
        reached = reached || end >= kink || reaches(c, ends, i, kink);
        ends[i] = (double)(reached ? kink : end);
    }
    ends[c->last] = (double)c->last;
}

ssm_error ssm_find_spans(const ssm_table *table, int64_t n_rows, const double *times,
                         double closeness, double *smooth)
{
    int64_t n_points = table->n_points, n_columns = table->n_columns;
    if (n_rows < 0 || n_points < 2 || n_points > SSM_MAX_COUNT || n_columns < 1
        || n_columns > MOST_COLUMNS)
        return SSM_BAD_COUNT;
    curve c = {.times = times, .last = n_points - 1, .n_columns = n_columns};
    weights of_level[MOST_LEVELS];
    for (int level = 1; INT64_C(2) << level < n_points; level++) {
        int64_t step = INT64_C(1) << (level - 1);
        of_level[level] = parabola(&c, (int64_t[NODES]){0, step, 2 * step, 3 * step, 4 * step});
    }
    for (int64_t row = 0; row < n_rows; row++) {
        c.values = table->values + row * n_points * n_columns;
        for (int64_t column = 0; column < n_columns; column++) {
            double largest = 0.0;
            for (int64_t i = 0; i < n_points; i++)
                largest = fmax(largest, fabs(c.values[i * n_columns + column]));
            c.allowed[column] = closeness * largest;
        }
        double *until = smooth + row * n_points;
        find_ends(&c, of_level, until);
        /* A little behind a point, lest rounding let the next step begin in the cell before it. */
        for (int64_t i = 0; i < n_points; i++) {
            int64_t end = (int64_t)until[i];
            until[i] = times[end] + (end < c.last ? 1e-6 * (times[end + 1] - times[end]) : 0.0);
        }
    }
    return SSM_OK;
}
