/* Counts and histograms of results. */
#include "ssm.h"

#include <string.h>

/* Index of a label among the possible choices, or n_choices if it is none of them. */
static inline int64_t index_of(int32_t label, const int32_t *possible, int64_t n_choices)
{
    int64_t c = 0;
    while (c < n_choices && possible[c] != label)
        c++;
    return c;
}

ssm_error ssm_count(int64_t n_samples, int64_t n_trials, const float *rts, const int32_t *choices,
                    int64_t n_choices, const int32_t *possible_choices, int64_t *choice_counts,
                    int64_t *responded_counts, int64_t *omissions)
{
    if (n_samples < 0 || n_trials < 0 || n_choices < 0)
        return SSM_BAD_COUNT;
    memset(choice_counts, 0, (size_t)(n_trials * n_choices) * sizeof *choice_counts);
    memset(responded_counts, 0, (size_t)(n_trials * n_choices) * sizeof *responded_counts);
    memset(omissions, 0, (size_t)n_trials * sizeof *omissions);
    for (int64_t n = 0; n < n_samples; n++) {
        for (int64_t k = 0; k < n_trials; k++) {
            int64_t i = n * n_trials + k, c = index_of(choices[i], possible_choices, n_choices);
            int omitted = rts[i] == SSM_OMISSION;
            omissions[k] += omitted;
            if (c < n_choices) {
                choice_counts[k * n_choices + c]++;
                responded_counts[k * n_choices + c] += !omitted;
            }
        }
    }
    return SSM_OK;
}

ssm_error ssm_histogram(int64_t n_results, const float *rts, const int32_t *choices,
                        int64_t n_choices, const int32_t *possible_choices, int64_t n_bins,
                        double max_t, double *counts)
{
    if (n_results < 0 || n_choices < 0 || n_bins < 2)
        return SSM_BAD_COUNT;
    const double bins_a_second = (double)(n_bins - 1) / max_t;
    for (int64_t i = 0; i < n_results; i++) {
        int64_t c = index_of(choices[i], possible_choices, n_choices);
        if (rts[i] < 0.0f || c == n_choices)
            continue;
        double bin = (double)rts[i] * bins_a_second;
        int64_t b = bin < (double)(n_bins - 1) ? (int64_t)bin : n_bins - 1;
        counts[b * n_choices + c] += 1.0;
    }
    return SSM_OK;
}
