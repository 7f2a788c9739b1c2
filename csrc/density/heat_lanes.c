/* Compiled once for each instruction set; see simd.h. */
#include "density/heat_lanes.h"

#include "core/simd.h"
#include "density/special.h"

/* Values that are worked on together, by one, two or four vectors; vectors and rows of a product that
 * are summed at once, on each side: at most as many as the coarsest grid has. */
enum { WIDTH = 8, PARTS = WIDTH / SSM_LANES, SUMS = SSM_LANES > 4 ? 2 : 4, ROWS = SUMS * SSM_LANES };

/* Where the least value is above this part of the largest, sums of values and mirrored values lose
 * nothing that counts. */
#define LEVEL 1e-7

/* The logarithm of what counts as 0 beside the largest value. */
#define FARTHEST -700.0

static const double STEPS[WIDTH] = {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0};

/* Columns of which the rows from `first` on have entries in the band. */
static inline int begin_of(int first, int band) { return first > band ? first - band : 0; }
static inline int end_of(int first, int band, int half)
{
    return first + ROWS + band < half ? first + ROWS + band : half;
}

/* All terms are positive. */
static void plain_product(const heat_kernel *kernel, const double *r, double *restrict out)
{
    const int half = kernel->half;
    const double *up = r, *down = r + half;
    for (int first = 0; first < half; first += ROWS) {
        vdouble above[SUMS] = {{0}}, below[SUMS] = {{0}};
        for (int j = begin_of(first, kernel->band); j < end_of(first, kernel->band, half); j++)
            for (int k = 0; k < SUMS; k++) {
                vdouble entry = load(kernel->near + j * half + first + k * SSM_LANES);
                above[k] += entry * up[j];
                below[k] += entry * down[j];
            }
        for (int j = 1; j < half && first + j <= kernel->band; j++)
            for (int k = 0; k < SUMS; k++) {
                vdouble entry = load(kernel->mirrored + j * half + first + k * SSM_LANES);
                above[k] += entry * down[j];
                below[k] += entry * up[j];
            }
        for (int k = 0; k < SUMS; k++) {
            store(out + first + k * SSM_LANES, above[k]);
            store(out + half + first + k * SSM_LANES, below[k]);
        }
    }
    out[half] = out[0];
}

/* The even and the odd part of r; returns whether it is level. */
static inline int take_apart(int half, const double *r, double *even, double *odd)
{
    vdouble least = splat(INFINITY), most = splat(0.0);
    for (int i = 0; i < half; i += SSM_LANES) {
        vdouble up = load(r + i), down = load(r + half + i), sum = up + down;
        least = vmin(least, vmin(up, down));
        most = vmax(most, sum);
        store(even + i, sum);
        store(odd + i, up - down);
    }
    double low = least[0], high = most[0];
    for (int lane = 1; lane < SSM_LANES; lane++) {
        low = least[lane] < low ? least[lane] : low;
        high = most[lane] > high ? most[lane] : high;
    }
    return low > LEVEL * high;
}

void SSM_KERNEL(heat_product)(const heat_kernel *kernel, const double *r, double *restrict out)
{
    const int half = kernel->half;
    _Alignas(VECTOR_BYTES) double even[PADDED_POINTS / 2];
    _Alignas(VECTOR_BYTES) double odd[PADDED_POINTS / 2];
    if (!kernel->even || !take_apart(half, r, even, odd)) {
        plain_product(kernel, r, out);
        return;
    }
    for (int first = 0; first < half; first += ROWS) {
        vdouble sum[SUMS] = {{0}}, difference[SUMS] = {{0}};
        for (int j = begin_of(first, kernel->band); j < end_of(first, kernel->band, half); j++)
            for (int k = 0; k < SUMS; k++) {
                const int at = j * half + first + k * SSM_LANES;
                sum[k] += load(kernel->even + at) * even[j];
                difference[k] += load(kernel->odd + at) * odd[j];
            }
        for (int k = 0; k < SUMS; k++) {
            store(out + first + k * SSM_LANES, sum[k] + difference[k]);
            store(out + half + first + k * SSM_LANES, sum[k] - difference[k]);
        }
    }
}

/* From the middle outward, where the exponent is 0. */
void SSM_KERNEL(heat_multiply)(int half, const double *c, double *r)
{
    if (c[0] == 0.0 && c[1] == 0.0)
        return;
    const double dx = 1.0 / half, way = WIDTH * dx;
    vdouble up[PARTS], down[PARTS], ratio[PARTS];
    double odd[WIDTH], even[WIDTH];
    for (int part = 0; part < PARTS; part++) {
        vdouble x = load(STEPS + part * SSM_LANES) * dx, factor = vexp(-c[0] * x);
        vdouble curved = vexp(-c[1] * x * x);
        ratio[part] = vexp(-c[1] * way * (2.0 * x + way));
        up[part] = curved * factor;
        down[part] = curved / factor;
        store(odd + part * SSM_LANES, factor);
        store(even + part * SSM_LANES, ratio[part]);
    }
    /* the linear factor of `way`, and that by which the ratio changes over it: both are there at way / 2 */
    const double step = odd[WIDTH / 2] * odd[WIDTH / 2], back = 1.0 / step, change = even[WIDTH / 2];
    for (int i = 0; i < half; i += WIDTH)
        for (int part = 0; part < PARTS; part++) {
            double *at = r + i + part * SSM_LANES;
            store(at, load(at) * up[part]);
            store(at + half, load(at + half) * down[part]);
            up[part] *= ratio[part] * step;
            down[part] *= ratio[part] * back;
            ratio[part] *= change;
        }
}

void SSM_KERNEL(heat_sums)(const heat_kernel *kernel, const double *r, double *sums)
{
    vdouble sum[3][PARTS] = {{{0}}};
    for (int i = 0; i < 2 * kernel->half; i += WIDTH)
        for (int part = 0; part < PARTS; part++) {
            const int at = i + part * SSM_LANES;
            const vdouble value = load(r + at);
            sum[0][part] += value * load(kernel->flux[0] + at);
            sum[1][part] += value * load(kernel->flux[1] + at);
            sum[2][part] += value;
        }
    for (int k = 0; k < 3; k++) {
        double parts[WIDTH];
        for (int part = 0; part < PARTS; part++)
            store(parts + part * SSM_LANES, sum[k][part]);
        sums[k] = ((parts[0] + parts[4]) + (parts[1] + parts[5])) +
                  ((parts[2] + parts[6]) + (parts[3] + parts[7]));
    }
}

/* Of images, the first beyond each end: s is small. */
void SSM_KERNEL(heat_start)(int half, double s, double x0, double *r)
{
    const double size = 1.0 / sqrt(2.0 * PI * s), per = -2.0 / s;
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < half; i += SSM_LANES) {
            const vdouble x = (load(STEPS) + i) * ((side ? -1.0 : 1.0) / half), way = x - x0;
            const vdouble exponent = 0.25 * per * way * way;
            const vdouble inside = 1.0 - vexp(per * (1.0 + x0) * (1.0 + x)) - vexp(per * (1.0 - x0) * (1.0 - x));
            const vdouble value = size * vexp(exponent) * vmax(inside, splat(0.0));
            store(r + side * half + i, choose(exponent > FARTHEST, value, splat(0.0)));
        }
}
