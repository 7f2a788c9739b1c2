/* Names and sentences: of errors, instruction sets, allowed values, roles, methods and curves. */
#include <string.h>

#include "check.h"
#include "ssm/density.h"

static int is_known(const char *words) { return words && *words && strcmp(words, "unknown") != 0; }

/* Numbers 0 to count - 1 have words, all different, and other numbers have none. */
#define CHECK_WORDS(of, type, count)                                          \
    do {                                                                      \
        for (int i = 0; i < (int)(count); i++) {                              \
            CHECK(is_known(of((type)i)));                                     \
            for (int j = 0; j < i; j++)                                       \
                CHECK(strcmp(of((type)i), of((type)j)) != 0);                 \
        }                                                                     \
        CHECK(!is_known(of((type)(count))) && !is_known(of((type)99)));       \
    } while (0)

static void test_words(void)
{
    CHECK_WORDS(ssm_strerror, ssm_error, SSM_TOO_MANY_STEPS + 1);
    CHECK_WORDS(ssm_isa_name, ssm_isa, SSM_ISA_AVX512 + 1);
    CHECK_WORDS(ssm_allowed_words, ssm_allowed, SSM_ALLOW_ROW + 1);
    CHECK_WORDS(ssm_role_name, ssm_role, SSM_N_ROLES);
    CHECK_WORDS(ssm_ndt_name, ssm_ndt_kind, SSM_N_NDT_KINDS);
    CHECK_WORDS(ssm_method_name, ssm_method, SSM_N_METHODS);
    CHECK(!is_known(ssm_law_defect_name(SSM_LAW_OK)) && !is_known(ssm_law_defect_name(SSM_N_LAW_DEFECTS)));
    for (int i = 1; i < SSM_N_LAW_DEFECTS; i++)
        CHECK(is_known(ssm_law_defect_name((ssm_law_defect)i)));
    CHECK(ssm_best_isa() >= SSM_ISA_BASELINE && ssm_best_isa() <= SSM_ISA_AVX512);
    CHECK(strcmp(ssm_isa_name(SSM_ISA_BASELINE), "baseline") == 0);
    CHECK(strcmp(ssm_isa_name(SSM_ISA_AVX512), "avx512") == 0);
}

static void check_row(const ssm_curve_row *row)
{
    CHECK(row && row->name && *row->name);
    CHECK(row->n_parameters > 0 && row->n_parameters <= SSM_CURVE_PARAMETERS);
    CHECK(row->n_columns == 1 || row->n_columns == 2);
    for (int i = 0; i < SSM_CURVE_PARAMETERS; i++) {
        const ssm_parameter_row *parameter = &row->parameters[i];
        CHECK((parameter->name != 0) == (i < row->n_parameters));
        if (!parameter->name)
            continue;
        CHECK(ssm_is_allowed(parameter->allowed, parameter->value));
        for (int j = 0; j < i; j++)
            CHECK(!row->parameters[j].name || strcmp(parameter->name, row->parameters[j].name));
    }
}

static void test_curves(void)
{
    for (int i = 0; i < SSM_N_BOUNDARIES; i++) {
        check_row(ssm_boundary(i));
        for (int j = 0; j < i; j++)
            CHECK(strcmp(ssm_boundary(i)->name, ssm_boundary(j)->name) != 0);
    }
    for (int i = 0; i < SSM_N_DRIFTS; i++) {
        check_row(ssm_drift(i));
        for (int j = 0; j < i; j++)
            CHECK(strcmp(ssm_drift(i)->name, ssm_drift(j)->name) != 0);
    }
    CHECK(!ssm_boundary(-1) && !ssm_boundary(SSM_N_BOUNDARIES));
    CHECK(!ssm_drift(-1) && !ssm_drift(SSM_N_DRIFTS));
}

/* Each role stands once, with a value that it may have where no parameter plays it. */
static void test_processes(void)
{
    for (int kind = 0; kind < SSM_N_PROCESSES; kind++) {
        const ssm_process_row *row = ssm_process((ssm_process_kind)kind);
        CHECK(row && row->name && *row->name && row->n_roles > 0);
        for (int i = 0; i < row->n_roles; i++) {
            const ssm_role_row *role = &row->roles[i];
            CHECK(isnan(role->value) || ssm_is_allowed(role->allowed, role->value));
            for (int j = 0; j < i; j++)
                CHECK(role->role != row->roles[j].role);
        }
    }
    CHECK(!ssm_process(SSM_N_PROCESSES) && !ssm_process((ssm_process_kind)-1));
}

int main(void)
{
    test_words();
    test_curves();
    test_processes();
    return check_result();
}
