/* The part of a step of moving_step.h on a folded grid, in vectors: the same bits by every
 * instruction set.  Arrays begin at multiples of VECTOR_BYTES. */
#ifndef SSM_HEAT_LANES_H
#define SSM_HEAT_LANES_H

#include "core/kernels.h"
#include "density/kernels.h"

/* out = G_s r. */
SSM_DECLARE_KERNEL(void, heat_product, (const heat_kernel *kernel, const double *r,
                                        double *restrict out));

/* r *= exp(-(c[0] x + c[1] x^2)) on a grid with so many values from the middle to an end. */
SSM_DECLARE_KERNEL(void, heat_multiply, (int half, const double *c, double *r));

/* G_s from x0, inside; s is small. */
SSM_DECLARE_KERNEL(void, heat_start, (int half, double s, double x0, double *r));

/* The flux of r at the lower and the upper end at s, and the sum of r, with the middle twice. */
SSM_DECLARE_KERNEL(void, heat_sums, (const heat_kernel *kernel, const double *r, double *sums));

#endif
