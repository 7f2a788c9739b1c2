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

static ssm_error sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, ssm_cancel *cancel)
{
    if (method != SSM_METHOD_EXACT)
        return SSM_BAD_METHOD;
    float times[CHOICE_BLOCK];
    for (int i = 0; i < CHOICE_BLOCK; i++)
        times[i] = SSM_NO_RESPONSE_TIME;
    while (begin < end) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        uint32_t choice[CHOICE_BLOCK];
        int skipped = p->n_trials == 1 ? (int)(begin % CHOICE_GROUP) : 0;
        int64_t first = begin - skipped;
        int count = end - first < CHOICE_BLOCK ? (int)(end - first) : CHOICE_BLOCK;
        if (p->n_trials == 1)
            SSM_CALL_KERNEL(isa, choice_softmax_alike, (p, first, count, choice));
        else
            SSM_CALL_KERNEL(isa, choice_softmax, (p, first, count, choice));
        size_t written = (size_t)(count - skipped);
        memcpy(results->rts + begin, times, written * sizeof *times);
        memcpy(results->choices + begin, choice + skipped, written * sizeof *choice);
        begin = first + count;
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
