/* Observations of laws in closed form without quadrature, in blocks: see ssm_law_log_density(). */
#ifndef SSM_CLOSED_H
#define SSM_CLOSED_H

#include "density/law.h"

/* Whether the laws are linear ones, and neither start nor non-decision time varies. */
int closed_is_plain(const ssm_law *law);

/* Log densities of observations begin <= i < end, and derivatives if gradient is not NULL; sets *rest if
 * some are omissions, whose derivatives are still to be added. */
ssm_error closed_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                             const double *rts, const int32_t *choices, double *log_density,
                             double *gradient, int *rest, ssm_cancel *cancel);

#endif
