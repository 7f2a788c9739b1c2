/* Race of Poisson counters (Townsend & Ashby 1983): counter i is first at its count_i-th event, of
 * a rate of rate_i per second, after a time
 *
 *     T_i ~ Gamma(shape count_i, rate rate_i),
 *
 * which has a meaning for counts that are not whole, too.
 *
 * Choices of two counters are -1 (the first) and +1; of more, their numbers, from 0.  An omission
 * has the label of the counter that would have been first.
 */
#include <math.h>

#include "core/process.h"
#include "core/results.h"

#define SSM_LANES 1
#include "counting/counting.h"

static ssm_error sample(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, ssm_cancel *cancel)
{
    if (method != SSM_METHOD_EXACT)
        return SSM_BAD_METHOD;
    counting_block b;
    while (begin < end) {
        if (ssm_cancelled(cancel))
            return SSM_CANCELLED;
        int count = end - begin < COUNTING_BLOCK ? (int)(end - begin) : COUNTING_BLOCK;
        SSM_CALL_KERNEL(isa, counting_waits, (p, begin, count, &b));
        for (int i = 0; i < count; i++) {
            if (b.time[i] >= time_limit(p, b.deadline[i], b.ndt[i]))
                b.time[i] = INFINITY;
            if (p->n_particles == 2)
                b.winner[i] = 2.0 * b.winner[i] - 1.0;
        }
        write_results(results, b.time, b.ndt, b.winner, count, begin, 1);
        begin += count;
    }
    return SSM_OK;
}

static const ssm_role_row roles[] = {
    {SSM_RATE, SSM_ALLOW_POSITIVE, NAN, 1},
    {SSM_COUNT, SSM_ALLOW_POSITIVE, NAN, 1},
    SSM_ROLES_OF_TIME,
};

const ssm_process_entry ssm_process_COUNTING = {
    .row = {"counting", sizeof roles / sizeof *roles, roles, 0, 0, 0},
    .sample = sample,
};
