/* What belongs to no process: words of errors, choice of the instruction set. */
#include "ssm.h"

const char *ssm_strerror(ssm_error error)
{
    switch (error) {
    case SSM_OK:
        return "no error";
    case SSM_CANCELLED:
        return "cancelled";
    case SSM_BAD_COUNT:
        return "the number of samples or trials is negative, or 2^32 or more";
    case SSM_BAD_RANGE:
        return "the range of samples does not lie within the call";
    case SSM_BAD_VALUE:
        return "a parameter has no meaning";
    }
    return "unknown error";
}

ssm_isa ssm_best_isa(void)
{
#ifdef SSM_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        return SSM_ISA_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return SSM_ISA_AVX2;
#endif
    return SSM_ISA_BASELINE;
}

const char *ssm_isa_name(ssm_isa isa)
{
    static const char *const names[] = {"baseline", "avx2", "avx512"};
    return names[isa];
}
