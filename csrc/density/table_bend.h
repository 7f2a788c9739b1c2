/* Where the slope of a table changes: it is not stored, and follows from the lines. */
#ifndef SSM_TABLE_BEND_H
#define SSM_TABLE_BEND_H

#include "ssm.h"

#include <math.h>

/* Lines are within this of a table's curve, in units of its largest value. */
#define LINE_ERROR 1e-5

/* A bend between two lines, at the knot where they meet: the slope changes evenly from `before` the knot to
 * `after` it (seconds).  It does so half-way between knots, and on a width that leaves the curve close to its
 * lines: a bend between long lines is sharp. */
typedef struct {
    double before, after, at_knot;
} table_bend;

static inline table_bend table_bend_at(const ssm_knot *knot, double largest)
{
    double change = knot->slope[0] - knot[-1].slope[0];
    double widest = 8.0 * LINE_ERROR * largest / fmax(fabs(change), 1e-300);
    table_bend bend = {.before = fmin(0.5 * (knot->time - knot[-1].time), widest),
                       .after = fmin(0.5 * (knot[1].time - knot->time), widest)};
    bend.at_knot = knot[-1].slope[0] + change * bend.before / (bend.before + bend.after);
    return bend;
}

#endif
