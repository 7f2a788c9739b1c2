/* The law of side and time of exit of one set of parameters, cut into cells to be drawn from. */
#ifndef SSM_WIENER_TABLE_H
#define SSM_WIENER_TABLE_H

#include "diffusion/wiener.h"

/* Cells of the upper side, those of the lower side, and two for exits that are later than these or
 * never; the alias method has a slot for each. */
enum { TABLE_BITS = 10, TABLE_CELLS = 1 << TABLE_BITS };
enum { TABLE_CELLS_A_SIDE = TABLE_CELLS / 2 - 1, TABLE_CELL_LATER = 2 * TABLE_CELLS_A_SIDE };

/* Exits at one side (+1 or -1) from `start` on for `width` seconds.  Their density is linear, and
 * `early` is its share of the sum of both ends at the first. */
typedef struct {
    double start, width, early, side;
} wiener_cell;

/* Slot j gives cell j if the bits below those that chose it are less than `keep`, else `other`. */
typedef struct {
    uint32_t keep, other;
} wiener_slot;

typedef struct {
    wiener_cell cell[TABLE_CELLS];
    wiener_slot slot[TABLE_CELLS];
    double later; /* probability of an exit after its cells, or none */
} wiener_part;

/* Exits up to the limit of time or, where none is given, up to the usual one; and then those after
 * it, which are tabulated when a sample needs them. */
typedef struct {
    wiener_part early, late;
    int has_late;
} wiener_table;

/* Ends and middles of the cells of one side. */
enum { TABLE_NODES_A_SIDE = 2 * TABLE_CELLS_A_SIDE + 1 };

/* Fill the cells of one side, whose ends and middles are at `time` (in `time_unit` seconds), from the
 * density there, and give their probabilities; returns the sum of these. */
double ssm_fill_cells(wiener_cell *cell, double *mass, double side, double time_unit,
                      const double *time, const double *density);

/* Fill the cells of times later than all others, and of no exit. */
void ssm_fill_later(wiener_part *part, double *mass, double later);

/* Fill the alias method's slots from the probabilities of the cells, in units of `sum`. */
void ssm_fill_slots(wiener_slot *slot, const double *mass, double sum);

/* Fill a part with exits between two times (seconds) from entry 0 of a block whose samples are all
 * alike; `before` is the probability of those up to the first. */
SSM_DECLARE_KERNEL(void, wiener_tabulate,
                   (const wiener_block *block, double from, double to, double before,
                    wiener_part *part));

/* Draw side and time of exit (seconds, infinite if later) of `count` samples from `begin` on from a
 * part, with the draws of number `draw`. */
SSM_DECLARE_KERNEL(void, wiener_draw_from,
                   (const wiener_part *part, const ssm_problem *problem, uint32_t draw,
                    int64_t begin, int count, wiener_block *block));

typedef enum { STAGE_FIRST, STAGE_LATER } wiener_stage;

/* Draw a block of a call.  With a table, the first block fills it, if it would be good. */
void ssm_wiener_draw_block(const ssm_problem *problem, ssm_isa isa, int64_t begin, int count,
                           wiener_stage stage, wiener_table *table, wiener_block *block);

/* Put exits on the clock of the boundary, and apply the limits of time: an exit that is too late is
 * infinite, and its side that of 0 on which the sample is at its limit. */
void ssm_wiener_settle(const ssm_problem *problem, int count, wiener_block *block);

#endif
