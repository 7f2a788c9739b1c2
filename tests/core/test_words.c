/* The words of errors, and the names of instruction sets. */
#include <string.h>

#include "check.h"
#include "ssm.h"

int main(void)
{
    for (int error = SSM_OK; error <= SSM_BAD_VALUE; error++)
        CHECK(strcmp(ssm_strerror((ssm_error)error), "unknown error") != 0);
    CHECK(strcmp(ssm_strerror((ssm_error)99), "unknown error") == 0);
    CHECK(ssm_best_isa() >= SSM_ISA_BASELINE && ssm_best_isa() <= SSM_ISA_AVX512);
    CHECK(strcmp(ssm_isa_name(SSM_ISA_BASELINE), "baseline") == 0);
    CHECK(strcmp(ssm_isa_name(SSM_ISA_AVX512), "avx512") == 0);
    return check_result();
}
