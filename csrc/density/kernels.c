#include "density/kernels.h"

#include "density/special.h"

#include <stdatomic.h>
#include <stdlib.h>

#define LONGEST 0.21 /* of the times of a ladder */

/* Entries so many standard deviations from the diagonal are left out: after a step, solutions keep
 * their relative accuracy down to exp(-230) of their largest value. */
#define BAND 11.0

static double normal_at(double x, double s)
{
    return x * x > 1500.0 * s ? 0.0 : exp(-0.5 * x * x / s) / sqrt(2.0 * PI * s);
}

/* The sum of all images of the normal density, and of the flux at a distance. */
static double images(double x, double s)
{
    double sum = 0.0;
    for (int n = -3; n <= 3; n++)
        sum += normal_at(x + 4.0 * n, s);
    return sum;
}

static double flux_at(double distance, double s)
{
    double sum = 0.0;
    for (int n = -3; n <= 3; n++)
        sum += (distance + 4.0 * n) / s * normal_at(distance + 4.0 * n, s);
    return sum;
}

void build_kernel(heat_kernel *kernel, int points, double s, double *matrices)
{
    const int half = (points + 1) / 2;
    const double dx = 1.0 / half;
    const double size = dx / (1.0 + 2.0 * exp(-2.0 * PI * PI * s / (dx * dx))); /* so that rows add up to 1 */
    double *near = matrices, *mirrored = matrices + half * half, image[3 * PADDED_POINTS / 2];
    *kernel = (heat_kernel){.s = s, .half = half, .near = near, .mirrored = mirrored,
                            .band = (int)fmin(ceil(BAND * sqrt(s) / dx), points)};
    for (int k = 0; k < 3 * half; k++)
        image[k] = size * images(k * dx, s);
    for (int j = 0; j < half; j++)
        for (int i = 0; i < half; i++) { /* by the points and the images of one beyond the upper end */
            int is_near = abs(i - j) <= kernel->band, is_mirrored = j > 0 && i + j <= kernel->band;
            near[j * half + i] = is_near ? fmax(image[abs(i - j)] - image[2 * half - i - j], 0.0) : 0.0;
            mirrored[j * half + i] =
                is_mirrored ? fmax(image[i + j] - image[2 * half - i + j], 0.0) : 0.0;
        }
    for (int i = 0; i < 2 * half; i++)
        for (int side = 0; side < 2; side++) {
            double x = grid_point(half, i), weight = x == 0.0 ? 0.5 : 1.0;
            kernel->flux[side][i] = weight * dx * flux_at(side ? 1.0 - x : 1.0 + x, s);
        }
}

/* Odd values in the middle are 0. */
static void take_halves(heat_kernel *kernel, double *even, double *odd)
{
    const int half = kernel->half;
    kernel->even = even;
    kernel->odd = odd;
    for (int i = 0; i < half * half; i++) {
        even[i] = 0.5 * (kernel->near[i] + kernel->mirrored[i]);
        odd[i] = i % half == 0 ? 0.0 : 0.5 * (kernel->near[i] - kernel->mirrored[i]);
    }
}

/* Numbers in the matrices of a kernel. */
#define MATRICES_OF(points) ((points + 1) * (points + 1))

static void build_ladder(heat_ladder *ladder, int points, int most, double *matrices)
{
    ladder->points = points;
    ladder->dx = 2.0 / (points + 1);
    double s = (points <= COARSE_POINTS ? 1.0 : 2.0) * ladder->dx * ladder->dx;
    for (ladder->rungs = 0; ladder->rungs < most && s < LONGEST; ladder->rungs++) {
        heat_kernel *kernel = &ladder->kernels[ladder->rungs];
        const int size = MATRICES_OF(points) / 4;
        build_kernel(kernel, points, s, matrices);
        take_halves(kernel, matrices + 2 * size, matrices + 3 * size);
        matrices += 4 * size;
        s *= 1.41421356237309504880;
    }
}

const heat_ladder *ladder_of(int points)
{
    enum { EMPTY, UNDER_CONSTRUCTION, READY };
    static heat_ladder ladders[4];
    static _Alignas(VECTOR_BYTES) double coarsest[MAX_RUNGS * MATRICES_OF(COARSEST_POINTS)];
    static _Alignas(VECTOR_BYTES) double coarse[MAX_RUNGS * MATRICES_OF(COARSE_POINTS)];
    static _Alignas(VECTOR_BYTES) double fine[MAX_RUNGS * MATRICES_OF(FINE_POINTS)];
    static _Alignas(VECTOR_BYTES) double finest[(RUNGS_BELOW_FINE + 1) * MATRICES_OF(FINEST_POINTS)];
    static double *const matrices[] = {coarsest, coarse, fine, finest};
    static const int rungs[] = {MAX_RUNGS, MAX_RUNGS, MAX_RUNGS, RUNGS_BELOW_FINE + 1};
    static atomic_int states[4];
    int which = points == COARSEST_POINTS ? 0 : points == COARSE_POINTS ? 1 : points == FINE_POINTS ? 2 : 3;
    int expected = EMPTY;
    if (atomic_load_explicit(&states[which], memory_order_acquire) != READY) {
        if (atomic_compare_exchange_strong(&states[which], &expected, UNDER_CONSTRUCTION)) {
            build_ladder(&ladders[which], points, rungs[which], matrices[which]);
            atomic_store_explicit(&states[which], READY, memory_order_release);
        }
        while (atomic_load_explicit(&states[which], memory_order_acquire) != READY)
            ;
    }
    return &ladders[which];
}
