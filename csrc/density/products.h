/* A matrix times a vector: the same bits by every instruction set. */
#ifndef SSM_PRODUCTS_H
#define SSM_PRODUCTS_H

#include "core/kernels.h"
#include "ssm.h"

/* Results are made in blocks of so many at most; arrays have room for whole ones, and what is in them
 * beyond n is a number. */
enum { PRODUCT_BLOCK = 64 };

/* out[i] = sum of r[j] (toeplitz[i - j] + hankel[i + j]), for i and j below n. */
SSM_DECLARE_KERNEL(void, mirrored_product, (const double *toeplitz, const double *hankel, int n,
                                            const double *r, double *restrict out));

#endif
