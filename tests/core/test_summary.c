/* Counts and histograms. */
#include <string.h>

#include "check.h"
#include "ssm.h"

enum { TRIALS = 2, CHOICES = 2, BINS_0 = 3, BINS_1 = 5, RESULTS = 8 };

typedef struct {
    int64_t choices[TRIALS * CHOICES], responded[TRIALS * CHOICES], omissions[TRIALS];
    int64_t coarse[BINS_0 * CHOICES], fine[BINS_1 * CHOICES];
} counts;

static const int32_t labels[CHOICES] = {-1, 1};

static ssm_summary summary_of(counts *c)
{
    memset(c, 0, sizeof *c);
    return (ssm_summary){TRIALS,       CHOICES, labels,           c->choices,           c->responded,
                         c->omissions, 2.0,     {BINS_0, BINS_1}, {c->coarse, c->fine}};
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
    const int64_t by_choice[] = {3, 1, 0, 3}, responded[] = {3, 1, 0, 2}, omissions[] = {0, 2};
    CHECK(memcmp(c.choices, by_choice, sizeof by_choice) == 0);
    CHECK(memcmp(c.responded, responded, sizeof responded) == 0);
    CHECK(memcmp(c.omissions, omissions, sizeof omissions) == 0);
    /* Omissions and the response before 0 are in no bin, 99 s is in the last, open one. */
    const int64_t coarse[] = {1, 1, 0, 1, 1, 1};
    CHECK(memcmp(c.coarse, coarse, sizeof coarse) == 0);
    const int64_t fine[] = {1, 0, 0, 1, 0, 1, 0, 0, 1, 1};
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
    test_refusals();
    return check_result();
}
