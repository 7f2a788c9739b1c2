/* Counts, histograms and shares. */
#include <string.h>

#include "check.h"
#include "ssm/summary.h"

enum { TRIALS = 2, CHOICES = 2, BINS_0 = 3, BINS_1 = 5, RESULTS = 8 };

typedef struct {
    int64_t of_trials[TRIALS * (2 * CHOICES + 1)];
    double coarse[BINS_0 * CHOICES], fine[BINS_1 * CHOICES];
} counts;

static const int32_t labels[CHOICES] = {-1, 1};

static ssm_summary summary_of(counts *c)
{
    memset(c, 0, sizeof *c);
    return (ssm_summary){
        .n_trials = TRIALS,
        .n_choices = CHOICES,
        .possible_choices = labels,
        .counts = c->of_trials,
        .max_t = 2.0,
        .n_bins = {BINS_0, BINS_1},
        .histograms = {c->coarse, c->fine},
    };
}

/* Results alternate between trial 0 and 1.  Edges of the coarse bins: 0, 1, 2 and beyond. */
static const float rts[RESULTS] = {0.0f, 0.99f, 1.0f, SSM_OMISSION,
                                   2.0f, 99.0f, -0.5f, SSM_OMISSION};
static const int32_t choices[RESULTS] = {-1, 1, 1, 1, -1, 1, -1, 0};

static void test_counts(void)
{
    counts c;
    ssm_summary s = summary_of(&c);
    CHECK(ssm_summarize(&s, 0, RESULTS, rts, choices) == SSM_OK);
    /* Of each trial: choices -1 and 1, the same among responses, omissions. */
    const int64_t of_trials[] = {3, 1, 3, 1, 0, 0, 3, 0, 2, 2};
    CHECK(memcmp(c.of_trials, of_trials, sizeof of_trials) == 0);
    /* Omissions and the response before 0 are in no bin, 99 s is in the last, open one. */
    const double coarse[] = {1, 1, 0, 1, 1, 1};
    CHECK(memcmp(c.coarse, coarse, sizeof coarse) == 0);
    const double fine[] = {1, 0, 0, 1, 0, 1, 0, 0, 1, 1};
    CHECK(memcmp(c.fine, fine, sizeof fine) == 0);
}

static void test_division_of_work(void)
{
    counts whole, parts;
    ssm_summary s = summary_of(&whole);
    ssm_summarize(&s, 0, RESULTS, rts, choices);
    for (int64_t cut = 0; cut <= RESULTS; cut++) {
        s = summary_of(&parts);
        CHECK(ssm_summarize(&s, cut, RESULTS, rts, choices) == SSM_OK);
        CHECK(ssm_summarize(&s, 0, cut, rts, choices) == SSM_OK);
        CHECK(memcmp(&whole, &parts, sizeof whole) == 0);
    }
}

static void test_shares(void)
{
    counts c;
    ssm_summary s = summary_of(&c);
    double choice_p[4], responded_p[4], omission_p[2], go_p[2], nogo_p[2];
    const double want_choice[] = {0.75, 0.25, 0.0, 0.75}, want_responded[] = {0.75, 0.25, 0.0, 1.0};
    ssm_summarize(&s, 0, RESULTS, rts, choices);
    CHECK(ssm_shares(&s, 4, 1, choice_p, responded_p, omission_p, go_p, nogo_p) == SSM_OK);
    for (int i = 0; i < 4; i++)
        CHECK(choice_p[i] == want_choice[i] && responded_p[i] == want_responded[i]);
    CHECK(omission_p[0] == 0.0 && omission_p[1] == 0.5);
    CHECK(go_p[0] == 0.25 && go_p[1] == 0.5 && nogo_p[0] == 0.75 && nogo_p[1] == 0.5);

    /* Where there are no responses, there are no shares among responses. */
    static const float none[] = {SSM_OMISSION, SSM_OMISSION};
    s = summary_of(&c);
    ssm_summarize(&s, 0, 2, none, choices);
    ssm_shares(&s, 1, 1, choice_p, responded_p, omission_p, go_p, nogo_p);
    for (int i = 0; i < 4; i++)
        CHECK(responded_p[i] == SSM_OMISSION);
    CHECK(omission_p[0] == 1.0 && go_p[0] == 0.0);

    CHECK(ssm_shares(&s, 0, 1, choice_p, responded_p, omission_p, go_p, nogo_p) == SSM_BAD_COUNT);
    CHECK(ssm_shares(&s, 1, 2, choice_p, responded_p, omission_p, go_p, nogo_p) == SSM_BAD_COUNT);
    CHECK(ssm_shares(&s, 1, -1, choice_p, responded_p, omission_p, go_p, nogo_p) == SSM_BAD_COUNT);
}

static void test_refusals(void)
{
    counts c;
    ssm_summary s = summary_of(&c);
    CHECK(ssm_summarize(&s, -1, 2, rts, choices) == SSM_BAD_RANGE);
    CHECK(ssm_summarize(&s, 2, 1, rts, choices) == SSM_BAD_RANGE);
    s.n_trials = 0;
    CHECK(ssm_summarize(&s, 0, 0, rts, choices) == SSM_BAD_COUNT);
    s = summary_of(&c);
    s.n_choices = 0;
    CHECK(ssm_summarize(&s, 0, 0, rts, choices) == SSM_BAD_COUNT);
    s = summary_of(&c);
    s.n_bins[1] = 1;
    CHECK(ssm_summarize(&s, 0, 0, rts, choices) == SSM_BAD_COUNT);
}

int main(void)
{
    test_counts();
    test_division_of_work();
    test_shares();
    test_refusals();
    return check_result();
}
