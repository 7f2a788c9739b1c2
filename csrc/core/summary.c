/* Counts, histograms and shares of results. */
#include "ssm/summary.h"

/* Index of a label among the possible choices, or n_choices if it is none of them; without a
 * branch, which would be taken at random. */
static inline int64_t index_of(int32_t label, const int32_t *possible, int64_t n_choices)
{
    int64_t index = n_choices;
    for (int64_t c = 0; c < n_choices; c++)
        index += (c - index) & -(int64_t)(possible[c] == label);
    return index;
}

ssm_error ssm_summarize(const ssm_summary *s, int64_t begin, int64_t end, const float *rts,
                        const int32_t *choices)
{
    if (s->n_trials < 1 || s->n_choices < 1 || s->n_bins[0] < 2 || s->n_bins[1] < 2)
        return SSM_BAD_COUNT;
    if (begin < 0 || begin > end)
        return SSM_BAD_RANGE;
    /* Copies, which counting below cannot change: the compiler need not read them again. */
    const int64_t n_trials = s->n_trials, n_choices = s->n_choices;
    double bins_a_second[SSM_HISTOGRAMS], last_bin[SSM_HISTOGRAMS], *histograms[SSM_HISTOGRAMS];
    for (int h = 0; h < SSM_HISTOGRAMS; h++) {
        last_bin[h] = (double)(s->n_bins[h] - 1);
        bins_a_second[h] = last_bin[h] / s->max_t;
        histograms[h] = s->histograms[h];
    }

    int64_t trial = begin % n_trials;
    for (int64_t i = begin; i < end; i++) {
        int64_t *counts = s->counts + trial * (2 * n_choices + 1);
        int64_t c = index_of(choices[i], s->possible_choices, n_choices);
        int omitted = rts[i] == SSM_OMISSION;
        counts[2 * n_choices] += omitted;
        if (c < n_choices) {
            counts[c]++;
            counts[n_choices + c] += !omitted;
            for (int h = 0; h < SSM_HISTOGRAMS && rts[i] >= 0.0f; h++) {
                double bin = (double)rts[i] * bins_a_second[h];
                bin = bin < last_bin[h] ? bin : last_bin[h];
                histograms[h][(int64_t)bin * n_choices + c] += 1.0;
            }
        }
        trial = trial + 1 == n_trials ? 0 : trial + 1;
    }
    return SSM_OK;
}

ssm_error ssm_shares(const ssm_summary *s, int64_t n_samples, int64_t go, double *choice_p,
                     double *choice_p_no_omission, double *omission_p, double *go_p,
                     double *nogo_p)
{
    if (n_samples < 1 || go < 0 || go >= s->n_choices)
        return SSM_BAD_COUNT;
    for (int64_t k = 0; k < s->n_trials; k++) {
        const int64_t *counts = s->counts + k * (2 * s->n_choices + 1);
        const int64_t *responded = counts + s->n_choices;
        int64_t responses = n_samples - counts[2 * s->n_choices];
        for (int64_t c = 0; c < s->n_choices; c++) {
            choice_p[k * s->n_choices + c] = (double)counts[c] / (double)n_samples;
            choice_p_no_omission[k * s->n_choices + c] =
                responses > 0 ? (double)responded[c] / (double)responses : (double)SSM_OMISSION;
        }
        omission_p[k] = (double)counts[2 * s->n_choices] / (double)n_samples;
        go_p[k] = (double)responded[go] / (double)n_samples;
        nogo_p[k] = 1.0 - go_p[k];
    }
    return SSM_OK;
}
