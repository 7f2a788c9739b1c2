/* Calls of the kernel density: sizes, and which way a value is computed. */
#include "kde/kernels.h"

#include <math.h>

void ssm_exp(ssm_isa isa, int64_t n, const double *x, double *value)
{
    SSM_CALL_KERNEL(isa, array_exp, (n, x, value));
}

void ssm_log(ssm_isa isa, int64_t n, const double *x, double *value)
{
    SSM_CALL_KERNEL(isa, array_log, (n, x, value));
}

int64_t ssm_kde_grid_size(int64_t n, double lowest, double highest, double bandwidth)
{
    const int64_t most_summed = 64;
    const double most_cells = 1 << 20;
    double cells = (highest - lowest) / bandwidth * (double)SSM_KDE_CELLS;
    if (n <= most_summed || !(cells < most_cells))
        return 0;
    int64_t results = (int64_t)cells + 1 + 2 * (KDE_TRUSTED + KDE_NODES);
    return 2 * KDE_TAPS + (results + KDE_BLOCK - 1) / KDE_BLOCK * KDE_BLOCK;
}

/* From marks at the points next to a sample to the distance from the nearest of them. */
static void measure_distances(int32_t *beside, int64_t n_grid)
{
    const int32_t far = INT32_MAX / 2;
    int32_t distance = far;
    for (int64_t i = 0; i < n_grid; i++) {
        distance = beside[i] ? 0 : distance + (distance < far);
        beside[i] = distance;
    }
    for (int64_t i = n_grid - 1; i >= 0; i--) {
        distance = beside[i] < distance ? beside[i] : distance + (distance < far);
        beside[i] = distance;
    }
}

void ssm_kde_tabulate(const ssm_kde *kde, ssm_isa isa, double *work)
{
    if (kde->n_grid == 0)
        return;
    for (int64_t i = 0; i < kde->n_grid; i++) {
        work[i] = kde->total[i] = 0.0;
        kde->beside[i] = 0;
    }
    SSM_CALL_KERNEL(isa, kde_spread, (kde, work));
    SSM_CALL_KERNEL(isa, kde_convolve, (kde, work));
    measure_distances(kde->beside, kde->n_grid);
}

ssm_error ssm_kde_log_density(const ssm_kde *kde, ssm_isa isa, int64_t n, const double *x,
                              const double *floor, double *value, ssm_cancel *cancel)
{
    const int64_t most = 4096; /* between two looks at the flag, where the grid tells the sums */
    for (int64_t begin = 0, end; begin < n; begin = end) {
        end = begin + most < n ? begin + most : n;
        if (kde->n_grid)
            SSM_CALL_KERNEL(isa, kde_read, (kde, end - begin, x + begin, value + begin));
        for (int64_t i = begin; i < end; i++) {
            if (kde->n_grid && !isnan(value[i]))
                continue;
            if (ssm_cancelled(cancel))
                return SSM_CANCELLED;
            value[i] = SSM_CALL_KERNEL(isa, kde_sum, (kde, x[i], floor[i]));
        }
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
    }
    return SSM_OK;
}

double ssm_kde_mass(const ssm_kde *kde, ssm_isa isa, double low, double high)
{
    double below = isinf(low) ? 0.0 : SSM_CALL_KERNEL(isa, kde_below, (kde, low));
    double until = isinf(high) ? 1.0 : SSM_CALL_KERNEL(isa, kde_below, (kde, high));
    return until - below;
}
