#include "density/kernels.h"

#include "density/products.h"
#include "density/special.h"

#include <stdatomic.h>
#include <stdlib.h>

#define LONGEST 0.21 /* of the times of a ladder */

static double normal_at(double x, double s) { return exp(-0.5 * x * x / s) / sqrt(2.0 * PI * s); }

double heat_kernel_at(double s, double x, double x0)
{
    double near = x - x0, below = x + x0 + 2.0, above = 2.0 - x - x0;
    if (near * near > 1400.0 * s)
        return 0.0;
    double sum = normal_at(near, s) - normal_at(below, s) - normal_at(above, s);
    return sum > 0.0 ? sum : 0.0;
}

/* On a grid the kernel is a Toeplitz matrix less a Hankel one. */
void build_kernel(heat_kernel *kernel, int points, double s, double *matrix)
{
    const double dx = 2.0 / (points + 1);
    double toeplitz[PADDED_POINTS], hankel[2 * PADDED_POINTS];
    kernel->s = s;
    kernel->matrix = matrix;
    for (int k = 0; k < 2 * points; k++) {
        hankel[k] = 0.0;
        for (int n = -3; n <= 3; n++)
            hankel[k] += dx * normal_at((k + 2) * dx + 4.0 * n, s);
    }
    for (int k = 0; k < points; k++) {
        double d = 2.0 - (k + 1) * dx;
        kernel->flux[k] = toeplitz[k] = 0.0;
        for (int n = -3; n <= 3; n++) {
            toeplitz[k] += dx * normal_at(k * dx + 4.0 * n, s);
            kernel->flux[k] += dx * (d + 4.0 * n) / s * normal_at(d + 4.0 * n, s);
        }
    }
    for (int j = 0; j < points; j++)
        for (int i = 0; i < points; i++)
            matrix[j * (points + 1) + i] = fmax(toeplitz[abs(i - j)] - hankel[i + j], 0.0);
}

static void build_ladder(heat_ladder *ladder, int points, double *matrices)
{
    ladder->points = points;
    ladder->dx = 2.0 / (points + 1);
    double s = 2.0 * ladder->dx * ladder->dx;
    for (ladder->rungs = 0; ladder->rungs < MAX_RUNGS && s < LONGEST; ladder->rungs++) {
        build_kernel(&ladder->kernels[ladder->rungs], points, s, matrices);
        matrices += points * (points + 1);
        s *= 1.41421356237309504880;
    }
}

const heat_ladder *ladder_of(int points)
{
    enum { EMPTY, UNDER_CONSTRUCTION, READY };
    static heat_ladder ladders[2];
    static double coarse[MAX_RUNGS * COARSE_POINTS * (COARSE_POINTS + 1)];
    static double fine[MAX_RUNGS * FINE_POINTS * (FINE_POINTS + 1)];
    static atomic_int states[2];
    int which = points == FINE_POINTS, expected = EMPTY;
    if (atomic_load_explicit(&states[which], memory_order_acquire) != READY) {
        if (atomic_compare_exchange_strong(&states[which], &expected, UNDER_CONSTRUCTION)) {
            build_ladder(&ladders[which], points, which ? fine : coarse);
            atomic_store_explicit(&states[which], READY, memory_order_release);
        }
        while (atomic_load_explicit(&states[which], memory_order_acquire) != READY)
            ;
    }
    return &ladders[which];
}

/* ---- application ------------------------------------------------------------------------------------- */

void apply_kernel(const heat_kernel *kernel, int points, const double *r, double *out, ssm_isa isa)
{
    SSM_CALL_KERNEL(isa, matrix_product, (kernel->matrix, points + 1, points, r, out));
}
