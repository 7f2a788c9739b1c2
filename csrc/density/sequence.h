/* Two levels of which the second begins when the first has ended, between linear boundaries: integrals
 * over the end of the first. */
#ifndef SSM_SEQUENCE_H
#define SSM_SEQUENCE_H

#include "density/response.h"

typedef enum {
    SEQUENCE_ENDS_AT,  /* the density of ending at t, at side l */
    SEQUENCE_ENDS_BY,  /* the probability of having ended by t, at side l */
    SEQUENCE_NOT_ENDED /* that of the first having ended by t and the second not; l is not read */
} sequence_quantity;

/* The logarithm, where the first ends at side h.  The boundary of `low` is that of `high` at 0; its start
 * is relative to what it is when it begins. */
double sequence_log(const linear_law *high, const linear_law *low, int h, int l,
                    sequence_quantity quantity, double t);

#endif
