/* The law of side and time of exit of one set of parameters, cut into cells to be drawn from. */
#ifndef SSM_WIENER_TABLE_H
#define SSM_WIENER_TABLE_H

#include "wiener.h"

enum { TABLE_CELLS_A_SIDE = 512, TABLE_CELLS = 2 * TABLE_CELLS_A_SIDE };

/* Cell j lies on the upper side if j < TABLE_CELLS_A_SIDE; its probability is that of the alias
 * method, its density linear from `early` to `late`.  Times are in units of wiener.h. */
typedef struct {
    double keep[TABLE_CELLS]; /* j is drawn with this probability, else alias[j] */
    double start[TABLE_CELLS], width[TABLE_CELLS], early[TABLE_CELLS], late[TABLE_CELLS];
    int32_t alias[TABLE_CELLS];
    double p_later; /* of an exit after the last cell, or never */
} wiener_table;

/* Fill the table from entry 0 of a block whose samples are all alike. */
SSM_DECLARE_KERNEL(void, wiener_tabulate,
                   (const ssm_wiener *problem, const wiener_block *block, wiener_table *table));

/* Draw side and time of exit (seconds) of `count` samples of the block from the table. */
SSM_DECLARE_KERNEL(void, wiener_draw_from,
                   (const wiener_table *table, uint64_t key, int count, wiener_block *block));

typedef enum { STAGE_FIRST, STAGE_LATER } wiener_stage;

/* Draw a block of a call: the first one makes the table, if the problem wants one and it would
 * be good. */
void ssm_wiener_draw_block(const ssm_wiener *problem, ssm_isa isa, int64_t begin, int count,
                           wiener_stage stage, wiener_table *table, wiener_block *block);

#endif
