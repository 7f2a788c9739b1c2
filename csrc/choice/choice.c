/* Choice among values, without a response time (Luce 1959):
 *
 *     P(i) = exp(inverse_temperature value_i) / sum_j exp(inverse_temperature value_j)
 *
 * Choices are numbers of values, from 0; response times are SSM_NO_RESPONSE_TIME.
 */
#include <math.h>

#include "core/process.h"

#define SSM_LANES 1
#include "choice/choice.h"

static ssm_error sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, const volatile int *cancel)
{
    if (method != SSM_METHOD_EXACT)
        return SSM_BAD_METHOD;
    double choice[CHOICE_BLOCK];
    while (begin < end) {
        if (*cancel)
            return SSM_CANCELLED;
        int count = end - begin < CHOICE_BLOCK ? (int)(end - begin) : CHOICE_BLOCK;
        SSM_CALL_KERNEL(isa, choice_softmax, (p, begin, count, choice));
        for (int i = 0; i < count; i++) {
            results->rts[begin + i] = SSM_NO_RESPONSE_TIME;
            results->choices[begin + i] = (int32_t)choice[i];
        }
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
