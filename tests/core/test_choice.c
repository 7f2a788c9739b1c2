/* Softmax choices: a call of one trial, which has a kernel of its own, gives the bits of a call of
 * several, however it is divided and on every instruction set; shares at and near 0 and 1. */
#include <string.h>

#include "check.h"
#include "problem.h"

enum { N_SAMPLES = 9001 };

static int32_t of_two[2 * N_SAMPLES], alone[N_SAMPLES];
static float rts[2 * N_SAMPLES];

static ssm_problem softmax(int n, const double *temperature, const double *values, int64_t n_trials)
{
    ssm_problem p = problem_of_process(SSM_PROCESS_CHOICE, n, N_SAMPLES, n_trials);
    play(&p, SSM_INVERSE_TEMPERATURE, same(temperature));
    for (int i = 0; i < n; i++)
        p.column[SSM_VALUE][i] = same(&values[i]);
    return p;
}

static void check_one_trial(int n, double temperature, const double *values)
{
    static const int64_t pieces[] = {N_SAMPLES, 4096, 100, 31, 7};
    const ssm_problem two = softmax(n, &temperature, values, 2);
    const ssm_problem one_only = softmax(n, &temperature, values, 1);
    CHECK(draw_samples(&two, SSM_METHOD_EXACT, SSM_ISA_BASELINE, 0, 2 * N_SAMPLES, rts, of_two) ==
          SSM_OK);
    for (int isa = SSM_ISA_BASELINE; isa <= (int)ssm_best_isa(); isa++)
        for (unsigned i = 0; i < sizeof pieces / sizeof *pieces; i++) {
            int differences = 0;
            memset(alone, 0xff, sizeof alone);
            for (int64_t begin = 0; begin < N_SAMPLES; begin += pieces[i]) {
                int64_t end = begin + pieces[i] < N_SAMPLES ? begin + pieces[i] : N_SAMPLES;
                CHECK(draw_samples(&one_only, SSM_METHOD_EXACT, (ssm_isa)isa, begin, end, rts,
                                   alone) == SSM_OK);
            }
            for (int k = 0; k < N_SAMPLES; k++)
                differences += alone[k] != of_two[2 * k];
            CHECK(differences == 0);
        }
}

static void test_one_trial(void)
{
    static const double values[] = {0.3, 0.9, 0.1, 0.5, 0.7, 0.2, 0.8, 0.4};
    for (int n = 2; n <= 8; n++) {
        check_one_trial(n, 2.0, values);
        check_one_trial(n, 0.0, values);
        check_one_trial(n, 1e3, values);
        check_one_trial(n, 24.0, values); /* some shares are about 2^-32 */
        CHECK(rts[0] == SSM_NO_RESPONSE_TIME && rts[N_SAMPLES - 1] == SSM_NO_RESPONSE_TIME);
    }
    check_one_trial(3, 1e3, values);
    for (int k = 0; k < N_SAMPLES; k++)
        CHECK(alone[k] == 1);
}

int main(void)
{
    test_one_trial();
    return check_result();
}
