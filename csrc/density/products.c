/* Compiled once for each instruction set; see simd.h. */
#include "density/products.h"

#include "core/simd.h"

/* Sums that are under way at once, in registers. */
enum { SUMS = 8, BLOCK = SUMS * SSM_LANES };

_Static_assert(PRODUCT_BLOCK % BLOCK == 0, "arrays have room for whole blocks");

void SSM_KERNEL(mirrored_product)(const double *toeplitz, const double *hankel, int n,
                                  const double *r, double *restrict out)
{
    for (int first = 0; first < n; first += BLOCK) {
        vdouble sum[SUMS] = {{0}};
        for (int j = 0; j < n; j++) {
            const double *near = toeplitz + first - j, *mirrored = hankel + first + j;
            for (int k = 0; k < SUMS; k++)
                sum[k] += (load(near + k * SSM_LANES) + load(mirrored + k * SSM_LANES)) * r[j];
        }
        for (int k = 0; k < SUMS; k++)
            store(out + first + k * SSM_LANES, sum[k]);
    }
}
