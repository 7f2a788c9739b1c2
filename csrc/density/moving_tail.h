/* What follows the last node of a solution, where leak keeps evidence away from the boundaries for long. */
#ifndef SSM_MOVING_TAIL_H
#define SSM_MOVING_TAIL_H

#include "density/moving.h"

/* Notes what is left of a solution whose nodes ran out before `last_t`, and whether it is known what follows. */
void moving_find_tail(moving_law *law, double last_t);

/* Log density at a time after the last node of a law whose end is settled, or of which a share is left. */
double moving_tail_log_density(const moving_law *law, int side, double t);

/* The time after which no path is left, or none leaves any more; that may be after the last node. */
double moving_tail_end(const moving_law *law);

#endif
