/* Summaries of results: counts of choices, histograms of times, and shares. */
#ifndef SSM_SUMMARY_H
#define SSM_SUMMARY_H

#include "ssm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Counts of results that are numbered as in a call of ssm_sample(): i is sample i / n_trials of trial
 * i % n_trials.
 *
 * counts[k * (2 n_choices + 1) + ...] are those of trial k: of samples with label possible_choices[c] at
 * c, of responses with this label at n_choices + c, and of omissions at 2 n_choices.
 * histograms[h][b * n_choices + c] counts, over all trials, the responses with label c whose time lies in
 * bin b.  Bins divide [0, max_t] (seconds) at linspace(0, max_t, n_bins[h]); the last one has no end.
 */
enum { SSM_HISTOGRAMS = 2 };

typedef struct {
    int64_t n_trials, n_choices;
    const int32_t *possible_choices;
    int64_t *counts;
    double max_t;
    int64_t n_bins[SSM_HISTOGRAMS];
    double *histograms[SSM_HISTOGRAMS];
} ssm_summary;

/* Adds results begin <= i < end, rts[i] and choices[i], to counts and histograms, which the caller sets to 0
 * before the first call.  Returns SSM_OK, SSM_BAD_COUNT or SSM_BAD_RANGE. */
ssm_error ssm_summarize(const ssm_summary *summary, int64_t begin, int64_t end, const float *rts,
                        const int32_t *choices);

/* Proportions of the n_samples of each trial k, from its counts: choice_p[k * n_choices + c] of samples with
 * label c; choice_p_no_omission[k * n_choices + c] of responses with label c among all responses
 * (SSM_OMISSION if there are none); omission_p[k] of omissions; go_p[k] of responses with the label of
 * number `go`, and nogo_p[k] of all other samples.  Returns SSM_OK or SSM_BAD_COUNT. */
ssm_error ssm_shares(const ssm_summary *summary, int64_t n_samples, int64_t go, double *choice_p,
                     double *choice_p_no_omission, double *omission_p, double *go_p,
                     double *nogo_p);

#ifdef __cplusplus
}
#endif

#endif
