/* Kernel density of one sample: fast, and accurate in its tails too.
 *
 * A sum over every sample for every point costs n m exponentials.  For larger samples the sum is made
 * once, on a grid of step h / 16, and read off by interpolation:
 *
 * - Each sample is spread over eight grid points with Lagrange's weights, which keeps its first seven
 *   moments.  Linear binning keeps one, and is off by u^2 / 3000 nats at u bandwidths from a sample:
 *   1e-2 at 6.
 * - The grid is convolved with the kernel by plain additions.  All terms are positive up to the
 *   weights of one sample, so a density far below the maximum has the same relative precision as
 *   the maximum.  The error of a Fourier transform is relative to the maximum, which leaves no
 *   digit at 8 bandwidths.
 * - The density (not its logarithm, which bends where samples are few) is interpolated, with
 *   eight points again.
 *
 * The error relative to the sum is at most 0.002 (u / 16)^8 at u bandwidths from the nearest sample:
 * 1e-6 at 6, 5e-5 at 10.  Beyond 10 bandwidths the sum over all samples is used.
 */
#include "kde/kernels.h"

#include "curves/curves.h"

/* Partial sums that are added in one order, whatever the number of lanes. */
enum { KDE_PARTIAL_SUMS = 8 };

static inline double sum_of(const double *partial)
{
    return ((partial[0] + partial[1]) + (partial[2] + partial[3])) +
           ((partial[4] + partial[5]) + (partial[6] + partial[7]));
}

/* The lanes beyond count repeat the last number. */
static inline vdouble load_some(const double *x, int64_t count)
{
    if (count >= SSM_LANES)
        return load(x);
    vdouble v;
    for (int lane = 0; lane < SSM_LANES; lane++)
        v[lane] = x[lane < count ? lane : count - 1];
    return v;
}

static inline void store_some(double *to, vdouble v, int64_t count)
{
    if (count >= SSM_LANES) {
        store(to, v);
        return;
    }
    for (int lane = 0; lane < count; lane++)
        to[lane] = v[lane];
}

/* ---- exponential and logarithm -------------------------------------------------------------- */

void SSM_KERNEL(array_exp)(int64_t n, const double *x, double *value)
{
    for (int64_t i = 0; i < n; i += SSM_LANES) {
        vdouble v = load_some(x + i, n - i), y = vexp(v);
        y = choose(v < -708.0, vexp(v + 60.0) * 0x1.5ae191a99585ap-87, y); /* exp(-60) */
        y = choose(v < -746.0, splat(0.0), y);
        y = choose(v > 708.0, vexp(v - 2.0) * 0x1.d8e64b8d4ddaep2, y); /* exp(2) */
        y = choose(v > 709.78, splat((double)INFINITY), y);
        store_some(value + i, choose(v == v, y, v), n - i);
    }
}

void SSM_KERNEL(array_log)(int64_t n, const double *x, double *value)
{
    for (int64_t i = 0; i < n; i += SSM_LANES) {
        vdouble v = load_some(x + i, n - i);
        vint small = v < 0x1p-1022;
        vdouble y = vlog(choose(small, v * 0x1p54, v));
        y = choose(small, y - 0x1.2b708872320e2p5, y); /* 54 log 2 */
        y = choose(v == 0.0, splat(-(double)INFINITY), y);
        y = choose((v > 0x1.fffffffffffffp1023) | (v != v), v, y);
        store_some(value + i, choose(v < 0.0, splat((double)NAN), y), n - i);
    }
}

/* ---- the grid ------------------------------------------------------------------------------- */

/* Where x lies on the grid, in cells: the point before it, and the way to the next. */
static inline vdouble grid_cell(const ssm_kde *kde, vdouble x, vdouble *way)
{
    vdouble place = (x - kde->lowest) / kde->bandwidth * (double)SSM_KDE_CELLS + (double)KDE_MARGIN;
    const double round_to_integer = 0x1.8p52;
    vdouble cell = (place + round_to_integer) - round_to_integer;
    cell = choose(cell > place, cell - 1.0, cell);
    *way = place - cell;
    return cell;
}

/* Lagrange's weights of the nodes -3 ... 4 for interpolation at `way` between nodes 0 and 1. */
static inline void node_weights(vdouble way, vdouble *weight)
{
    static const double scale[KDE_NODES] = {-1.0 / 5040, 1.0 / 720, -1.0 / 240, 1.0 / 144,
                                            -1.0 / 144,  1.0 / 240, -1.0 / 720, 1.0 / 5040};
    vdouble before[KDE_NODES], after = splat(1.0);
    before[0] = splat(1.0);
    for (int i = 1; i < KDE_NODES; i++)
        before[i] = before[i - 1] * (way - (double)(i - 1 - KDE_NODES_BEFORE));
    for (int i = KDE_NODES - 1; i >= 0; i--) {
        weight[i] = before[i] * after * scale[i];
        after = after * (way - (double)(i - KDE_NODES_BEFORE));
    }
}

void SSM_KERNEL(kde_spread)(const ssm_kde *kde, double *mass)
{
    for (int64_t i = 0; i < kde->n; i += SSM_LANES) {
        int64_t count = kde->n - i < SSM_LANES ? kde->n - i : SSM_LANES;
        vdouble way, weight[KDE_NODES];
        vdouble cell = grid_cell(kde, load_some(kde->sample + i, count), &way);
        node_weights(way, weight);
        for (int lane = 0; lane < count; lane++) {
            int64_t point = (int64_t)cell[lane];
            kde->beside[point] = 1;
            for (int node = 0; node < KDE_NODES; node++)
                mass[point + node - KDE_NODES_BEFORE] += weight[node][lane];
        }
    }
}

static inline void convolve_block(const double *kernel, const double *mass, double *total)
{
    vdouble sum[KDE_BLOCK_VECTORS];
    for (int v = 0; v < KDE_BLOCK_VECTORS; v++)
        sum[v] = load(mass + v * SSM_LANES);
    for (int tap = 1; tap <= KDE_TAPS; tap++)
        for (int v = 0; v < KDE_BLOCK_VECTORS; v++) {
            const double *at = mass + v * SSM_LANES;
            sum[v] += kernel[tap] * (load(at - tap) + load(at + tap));
        }
    for (int v = 0; v < KDE_BLOCK_VECTORS; v++)
        store(total + v * SSM_LANES, sum[v]);
}

void SSM_KERNEL(kde_convolve)(const ssm_kde *kde, const double *mass)
{
    double kernel[KDE_TAPS + SSM_LANES];
    for (int tap = 0; tap < KDE_TAPS + 1; tap += SSM_LANES) {
        vdouble u;
        for (int lane = 0; lane < SSM_LANES; lane++)
            u[lane] = (double)(tap + lane) / SSM_KDE_CELLS;
        store(kernel + tap, vexp(-0.5 * u * u));
    }
    /* Points within KDE_TAPS of an end are never read. */
    const int64_t end = kde->n_grid - KDE_TAPS;
    for (int64_t i = KDE_TAPS; i < end; i += KDE_BLOCK_VECTORS * SSM_LANES)
        convolve_block(kernel, mass + i, kde->total + i);
}

void SSM_KERNEL(kde_read)(const ssm_kde *kde, int64_t n, const double *x, double *value)
{
    const double first = KDE_TAPS + KDE_NODES, last = (double)(kde->n_grid - KDE_TAPS - KDE_NODES);
    const double sqrt_two_pi = 0x1.40d931ff62706p1;
    const vdouble log_norm = vlog(splat((double)kde->n * kde->bandwidth * sqrt_two_pi));
    for (int64_t i = 0; i < n; i += SSM_LANES) {
        int64_t count = n - i < SSM_LANES ? n - i : SSM_LANES;
        vdouble way, weight[KDE_NODES], sum = splat(1.0);
        vdouble cell = grid_cell(kde, load_some(x + i, count), &way);
        vint trusted = (cell >= first) & (cell < last);
        node_weights(way, weight);
        for (int lane = 0; lane < count; lane++) {
            if (!trusted[lane])
                continue;
            int64_t point = (int64_t)cell[lane];
            trusted[lane] = kde->beside[point] <= KDE_TRUSTED ? -1 : 0;
            double s = 0.0;
            for (int node = 0; node < KDE_NODES; node++)
                s += weight[node][lane] * kde->total[point + node - KDE_NODES_BEFORE];
            sum[lane] = trusted[lane] ? s : 1.0;
        }
        vdouble y = choose(trusted, vlog(sum) - log_norm, splat((double)NAN));
        store_some(value + i, y, count);
    }
}

/* ---- sums over all samples ------------------------------------------------------------------ */

/* Adds the terms of the samples from number i on, a multiple of SSM_LANES. */
static inline void add_terms(double *partial, int64_t i, vdouble term, int64_t count)
{
    for (int64_t lane = count; lane < SSM_LANES; lane++)
        term[lane] = 0.0;
    double *to = partial + i % KDE_PARTIAL_SUMS;
    store(to, load(to) + term);
}

static inline vdouble bandwidths_to(const ssm_kde *kde, double x, int64_t i)
{
    return (x - load_some(kde->sample + i, kde->n - i)) / kde->bandwidth;
}

double SSM_KERNEL(kde_sum)(const ssm_kde *kde, double x, double floor)
{
    vdouble nearest = splat((double)INFINITY);
    for (int64_t i = 0; i < kde->n; i += SSM_LANES)
        nearest = vmin(nearest, vabs(bandwidths_to(kde, x, i)));
    double least = nearest[0];
    for (int lane = 1; lane < SSM_LANES; lane++)
        least = nearest[lane] < least ? nearest[lane] : least;
    const double sqrt_two_pi = 0x1.40d931ff62706p1;
    const double largest = -0.5 * least * least;
    if (largest - vlog(splat(kde->bandwidth * sqrt_two_pi))[0] < floor)
        return -(double)INFINITY;

    double partial[KDE_PARTIAL_SUMS] = {0};
    for (int64_t i = 0; i < kde->n; i += SSM_LANES) {
        vdouble u = bandwidths_to(kde, x, i);
        add_terms(partial, i, vexp(-0.5 * u * u - largest), kde->n - i);
    }
    vdouble sum = splat(sum_of(partial));
    return largest + (vlog(sum) - vlog(splat((double)kde->n * kde->bandwidth * sqrt_two_pi)))[0];
}

double SSM_KERNEL(kde_below)(const ssm_kde *kde, double x)
{
    double partial[KDE_PARTIAL_SUMS] = {0};
    for (int64_t i = 0; i < kde->n; i += SSM_LANES) {
        vdouble u = bandwidths_to(kde, x, i), term = choose(u > 0.0, splat(1.0), splat(0.0));
        /* Beyond 9 bandwidths a kernel lies on one side, to 1e-19. */
        vint divided = vabs(u) < 9.0;
        if (mask_bits(divided)) {
            vdouble tail = normal_tail(vmin(vabs(u), splat(9.0)));
            term = choose(divided, choose(u > 0.0, 1.0 - tail, tail), term);
        }
        add_terms(partial, i, term, kde->n - i);
    }
    return sum_of(partial) / (double)kde->n;
}
