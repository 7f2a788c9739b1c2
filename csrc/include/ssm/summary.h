/* Summaries of results: counts of choices, histograms of times, and shares. */
#ifndef SSM_SUMMARY_H
#define SSM_SUMMARY_H

#include "ssm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Counts over results numbered as in a call: i is sample i / n_trials of trial i % n_trials.
 *
 * Of each trial, counts holds 2 n_choices + 1 numbers: the label possible_choices[c] at c, the same
 * among responses only at n_choices + c, and samples without response at 2 n_choices.
 * histograms[h][b * n_choices + c] counts, over all trials, the responses of label c whose time
 * lies in bin b of [0, max_t], with edges linspace(0, max_t, n_bins[h]) and the last bin open.
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

/* Adds results begin <= i < end to the counts, which the caller has set to 0 before the first. */
ssm_error ssm_summarize(const ssm_summary *summary, int64_t begin, int64_t end, const float *rts,
                        const int32_t *choices);

/* Shares of n_samples that follow from the counts of each trial: of each choice, of each choice
 * among responses (SSM_OMISSION where there are none), of omissions, of responses with choice
 * `go`, and of the rest. */
ssm_error ssm_shares(const ssm_summary *summary, int64_t n_samples, int64_t go, double *choice_p,
                     double *choice_p_no_omission, double *omission_p, double *go_p,
                     double *nogo_p);

#ifdef __cplusplus
}
#endif

#endif
