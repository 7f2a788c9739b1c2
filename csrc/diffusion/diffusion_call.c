/* Checks of a diffusion between moving boundaries: which parameter of which trial has no meaning. */
#include <math.h>

#include "ssm.h"

/* What is allowed of a parameter besides being finite. */
typedef enum { ANY, POSITIVE, NOT_NEGATIVE, AT_LEAST_1, ANGLE, NOT_NAN } condition;

static int meets(condition condition, double x)
{
    if (condition == NOT_NAN)
        return !isnan(x);
    if (!isfinite(x))
        return 0;
    switch (condition) {
    case POSITIVE:
        return x > 0.0;
    case NOT_NEGATIVE:
        return x >= 0.0;
    case AT_LEAST_1:
        return x >= 1.0;
    case ANGLE:
        return fabs(x) < 0x1.921fb54442d18p+0;
    default:
        return 1;
    }
}

static condition boundary_condition(ssm_boundary_kind kind, int parameter)
{
    static const condition conditions[][5] = {
        [SSM_BOUNDARY_CONSTANT] = {POSITIVE},
        [SSM_BOUNDARY_ANGLE] = {POSITIVE, ANGLE},
        [SSM_BOUNDARY_WEIBULL] = {POSITIVE, POSITIVE, POSITIVE},
        [SSM_BOUNDARY_GENERALIZED_LOGISTIC] = {POSITIVE, ANY, ANY, POSITIVE},
        [SSM_BOUNDARY_CONFLICT_GAMMA] = {POSITIVE, ANGLE, ANY, AT_LEAST_1, POSITIVE},
        [SSM_BOUNDARY_LINEAR] = {POSITIVE, ANY},
        [SSM_BOUNDARY_TABLE] = {NOT_NEGATIVE},
    };
    return conditions[kind][parameter];
}

static condition drift_condition(ssm_drift_kind kind, int parameter)
{
    static const condition conditions[][10] = {
        [SSM_DRIFT_GAMMA] = {ANY, AT_LEAST_1, POSITIVE, ANY},
        [SSM_DRIFT_CONFLICT_STIMFLEX] = {[7] = NOT_NAN, [8] = NOT_NAN},
        [SSM_DRIFT_CONFLICT_STIMFLEXREL1] = {[7] = NOT_NAN, [8] = NOT_NAN},
        [SSM_DRIFT_CONFLICT_DUAL] = {[6] = NOT_NAN, [7] = NOT_NAN},
        [SSM_DRIFT_ATTEND] = {[5] = POSITIVE},
        [SSM_DRIFT_ATTEND_SIMPLE] = {[4] = POSITIVE},
        [SSM_DRIFT_TABLE_DUAL] = {NOT_NEGATIVE},
    };
    return conditions[kind][parameter];
}

static int first_bad_role(const ssm_diffusion *p, int64_t k, int *parameter)
{
    if (p->has_leak && !isfinite(ssm_get(p->leak, k)))
        return SSM_ROLE_LEAK;
    if (p->has_leak && !isfinite(ssm_get(p->leak_2, k)))
        return SSM_ROLE_LEAK_2;
    if (p->has_stability &&
        !(ssm_get(p->stability, k) >= 1.0 && ssm_get(p->stability, k) <= 2.0))
        return SSM_ROLE_STABILITY;
    int n = ssm_boundary_parameters(p->boundary_kind);
    for (*parameter = 0; *parameter < n; ++*parameter)
        if (!meets(boundary_condition(p->boundary_kind, *parameter),
                   ssm_get(p->boundary_parameters[*parameter], k)))
            return SSM_ROLE_BOUNDARY_PARAMETER;
    n = ssm_drift_parameters(p->drift_kind);
    for (*parameter = 0; *parameter < n; ++*parameter)
        if (!meets(drift_condition(p->drift_kind, *parameter),
                   ssm_get(p->drift_parameters[*parameter], k)))
            return SSM_ROLE_DRIFT_PARAMETER;
    return SSM_ROLE_NONE;
}

ssm_error ssm_diffusion_check(const ssm_diffusion *p, int *role, int *parameter, int64_t *trial)
{
    ssm_role trial_role;
    *parameter = 0;
    if (ssm_boundary_parameters(p->boundary_kind) < 0) {
        *role = SSM_ROLE_BOUNDARY_PARAMETER;
        return SSM_BAD_VALUE;
    }
    if (ssm_drift_parameters(p->drift_kind) < 0) {
        *role = SSM_ROLE_DRIFT_PARAMETER;
        return SSM_BAD_VALUE;
    }
    ssm_error error = ssm_wiener_check(&p->trial, &trial_role, trial);
    *role = (int)trial_role;
    for (int64_t k = 0; error == SSM_OK && k < p->trial.n_trials; k++) {
        *role = first_bad_role(p, k, parameter);
        *trial = k;
        if (*role != SSM_ROLE_NONE)
            return SSM_BAD_VALUE;
    }
    return error;
}
