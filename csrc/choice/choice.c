/* Choice among values, without a response time (Luce 1959):
 *
 *     P(i) = exp(inverse_temperature value_i) / sum_j exp(inverse_temperature value_j)
 *
 * Choices are numbers of values, from 0; response times are SSM_NO_RESPONSE_TIME.
 */
#include <math.h>
#include <string.h>

#include "core/process.h"

#define SSM_LANES 1
#include "choice/choice.h"

/* Samples of a call of one trial, up to `end` or, in whole groups, up to CHOICE_RUN of them; returns
 * how many. */
static int choose_alike(const ssm_problem *p, ssm_isa isa, int64_t begin, int64_t end,
                        int32_t *choices)
{
    uint32_t group[CHOICE_GROUP];
    int skipped = (int)(begin % CHOICE_GROUP);
    int64_t left = end - begin, whole = left - left % CHOICE_GROUP;
    if (skipped == 0 && whole > 0) {
        int count = whole < CHOICE_RUN ? (int)whole : CHOICE_RUN;
        SSM_CALL_KERNEL(isa, choice_softmax_alike, (p, begin, count, (uint32_t *)choices));
        return count;
    }
    int count = left < CHOICE_GROUP - skipped ? (int)left : CHOICE_GROUP - skipped;
    SSM_CALL_KERNEL(isa, choice_softmax_alike, (p, begin - skipped, CHOICE_GROUP, group));
    memcpy(choices, group + skipped, (size_t)count * sizeof *group);
    return count;
}

static int choose_each(const ssm_problem *p, ssm_isa isa, int64_t begin, int64_t end,
                       int32_t *choices)
{
    uint32_t block[CHOICE_BLOCK];
    int count = end - begin < CHOICE_BLOCK ? (int)(end - begin) : CHOICE_BLOCK;
    SSM_CALL_KERNEL(isa, choice_softmax, (p, begin, count, block));
    memcpy(choices, block, (size_t)count * sizeof *block);
    return count;
}

static ssm_error sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, ssm_cancel *cancel)
{
    if (method != SSM_METHOD_EXACT)
        return SSM_BAD_METHOD;
    while (begin < end) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        int32_t *choices = results->choices + begin;
        int count = p->n_trials == 1 ? choose_alike(p, isa, begin, end, choices)
                                     : choose_each(p, isa, begin, end, choices);
        for (int i = 0; i < count; i++)
            results->rts[begin + i] = SSM_NO_RESPONSE_TIME;
        begin += count;
    }
    return SSM_OK;
}

static const ssm_role_row roles[] = {
    {SSM_INVERSE_TEMPERATURE, SSM_ALLOW_NOT_NEGATIVE, NAN, 0},
    {SSM_VALUE, SSM_ALLOW_SIZE, NAN, 1},
};

const ssm_process_entry ssm_process_CHOICE = {
    .row = {"choice", sizeof roles / sizeof *roles, roles, 0, 0, 0},
    .sample = sample,
};
