/* Counts and histograms of results. */
#include "ssm.h"

/* Index of a label among the possible choices, or n_choices if it is none of them. */
static inline int64_t index_of(int32_t label, const int32_t *possible, int64_t n_choices)
{
    int64_t c = 0;
    while (c < n_choices && possible[c] != label)
        c++;
    return c;
}

ssm_error ssm_summarize(const ssm_summary *s, int64_t begin, int64_t end, const float *rts,
                        const int32_t *choices)
{
    if (s->n_trials < 1 || s->n_choices < 1 || s->n_bins[0] < 2 || s->n_bins[1] < 2)
        return SSM_BAD_COUNT;
    if (begin < 0 || begin > end)
        return SSM_BAD_RANGE;
    double bins_a_second[SSM_HISTOGRAMS];
    for (int h = 0; h < SSM_HISTOGRAMS; h++)
        bins_a_second[h] = (double)(s->n_bins[h] - 1) / s->max_t;

    int64_t trial = begin % s->n_trials;
    for (int64_t i = begin; i < end; i++) {
        int64_t c = index_of(choices[i], s->possible_choices, s->n_choices);
        int omitted = rts[i] == SSM_OMISSION;
        s->omissions[trial] += omitted;
        if (c < s->n_choices) {
            s->choice_counts[trial * s->n_choices + c]++;
            s->responded_counts[trial * s->n_choices + c] += !omitted;
            for (int h = 0; h < SSM_HISTOGRAMS && rts[i] >= 0.0f; h++) {
                double bin = (double)rts[i] * bins_a_second[h], last = (double)(s->n_bins[h] - 1);
                s->histograms[h][(int64_t)(bin < last ? bin : last) * s->n_choices + c]++;
            }
        }
        trial = trial + 1 == s->n_trials ? 0 : trial + 1;
    }
    return SSM_OK;
}
