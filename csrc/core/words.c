/* Names and sentences: of errors, instruction sets, allowed values, roles, methods, defects. */
#include <math.h>

#include "ssm/density.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof *(array)))

static const char *word(const char *const *words, int count, int number)
{
    return number >= 0 && number < count ? words[number] : "unknown";
}

const char *ssm_strerror(ssm_error error)
{
    static const char *const sentences[] = {
#define X(number, name, sentence) [number] = sentence,
        SSM_ERRORS(X)
#undef X
    };
    return word(sentences, COUNT_OF(sentences), (int)error);
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
    return word(names, COUNT_OF(names), (int)isa);
}

const char *ssm_allowed_words(ssm_allowed allowed)
{
    static const char *const sentences[] = {
#define X(name, lowest, highest, another, words) words,
        SSM_ALLOWED(X)
#undef X
    };
    return word(sentences, COUNT_OF(sentences), (int)allowed);
}

ssm_range ssm_allowed_range(ssm_allowed allowed)
{
    static const ssm_range ranges[] = {
#define X(name, lowest, highest, another, words) {lowest, highest, another},
        SSM_ALLOWED(X)
#undef X
    };
    return ranges[allowed];
}

int ssm_is_allowed(ssm_allowed allowed, double value)
{
    ssm_range range = ssm_allowed_range(allowed);
    return (value >= range.lowest && value <= range.highest) || value == range.another;
}

const char *ssm_role_name(ssm_role role)
{
    static const char *const names[] = {
#define X(name, words) words,
        SSM_ROLES(X)
#undef X
    };
    return word(names, COUNT_OF(names), (int)role);
}

const char *ssm_ndt_name(ssm_ndt_kind kind)
{
    static const char *const names[] = {
#define X(name, words, location, scale) words,
        SSM_NDT_KINDS(X)
#undef X
    };
    return word(names, COUNT_OF(names), (int)kind);
}

const char *ssm_method_name(ssm_method method)
{
    static const char *const names[] = {
#define X(name, words) words,
        SSM_METHODS(X)
#undef X
    };
    return word(names, COUNT_OF(names), (int)method);
}

const char *ssm_law_defect_name(ssm_law_defect defect)
{
    static const char *const names[] = {
#define X(name, words) words,
        SSM_LAW_DEFECTS(X)
#undef X
    };
    return word(names, COUNT_OF(names), (int)defect - 1);
}
