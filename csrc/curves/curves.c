/* The table of boundaries and drifts: names, parameters, allowed values, kinds of shape. */
#include <math.h>

#include "ssm.h"

#define A {"a", SSM_ALLOW_POSITIVE, 1.0}
#define THETA(value) {"theta", SSM_ALLOW_ANGLE, value}

static const ssm_curve_row boundaries[SSM_N_BOUNDARIES] = {
    [SSM_BOUNDARY_CONSTANT] = {"constant", 1, 1, 1, 1, {A}},
    [SSM_BOUNDARY_ANGLE] = {"angle", 2, 1, 1, 0, {A, THETA(1.0)}},
    [SSM_BOUNDARY_WEIBULL] = {"weibull_cdf", 3, 1, 0, 0,
                              {A,
                               {"alpha", SSM_ALLOW_POSITIVE, 1.0},
                               {"beta", SSM_ALLOW_POSITIVE, 1.0}}},
    [SSM_BOUNDARY_GENERALIZED_LOGISTIC] = {"generalized_logistic", 4, 1, 0, 0,
                                           {A,
                                            {"B", SSM_ALLOW_SIZE, 2.0},
                                            {"M", SSM_ALLOW_SIZE, 3.0},
                                            {"v", SSM_ALLOW_POSITIVE, 0.5}}},
    [SSM_BOUNDARY_CONFLICT_GAMMA] = {"conflict_gamma", 5, 1, 0, 0,
                                     {A,
                                      THETA(0.5),
                                      {"scale", SSM_ALLOW_SIZE, 1.0},
                                      {"alphaGamma", SSM_ALLOW_AT_LEAST_1, 1.01},
                                      {"scaleGamma", SSM_ALLOW_POSITIVE, 0.3}}},
    [SSM_BOUNDARY_LINEAR] = {"addm_collapse", 2, 1, 1, 0, {A, {"b", SSM_ALLOW_SIZE, 0.5}}},
    [SSM_BOUNDARY_TABLE] = {"table", 1, 1, 0, 0, {{"row", SSM_ALLOW_ROW, 0.0}}},
};

#define FINITE(name, value) {name, SSM_ALLOW_SIZE, value}
#define OFFSET(name) {name, SSM_ALLOW_NUMBER, INFINITY}
#define COHERENCES(value) FINITE("tcoh", value), FINITE("dcoh", value)
#define ONSETS FINITE("tonset", 0.0), FINITE("donset", 0.0)
#define RELAXATION                                                                            \
    FINITE("tinit", 0.0), FINITE("dinit", 0.0), FINITE("tslope", 1.0), FINITE("dslope", 1.0), \
        FINITE("tfixedp", 1.0)
#define STIMULI FINITE("vt", 0.0), FINITE("vd", 0.0), COHERENCES(1.0), ONSETS
#define OFFSETS OFFSET("toffset"), OFFSET("doffset")
#define SPOTLIGHT FINITE("r", 0.5), {"sda", SSM_ALLOW_POSITIVE, 2.0}

static const ssm_curve_row drifts[SSM_N_DRIFTS] = {
    [SSM_DRIFT_CONSTANT] = {"constant", 1, 1, 1, 1, {FINITE("v", 0.0)}},
    [SSM_DRIFT_GAMMA] = {"gamma_drift", 4, 1, 0, 0,
                         {FINITE("v", 0.0),
                          {"shape", SSM_ALLOW_AT_LEAST_1, 2.0},
                          {"scale", SSM_ALLOW_POSITIVE, 0.01},
                          FINITE("c", 1.5)}},
    [SSM_DRIFT_CONFLICT_DS] = {"conflict_ds_drift", 8, 1, 0, 0,
                               {FINITE("v", 0.0), RELAXATION, COHERENCES(1.5)}},
    [SSM_DRIFT_CONFLICT_DSSTIMFLEX] = {"conflict_dsstimflex_drift", 10, 1, 0, 0,
                                       {FINITE("v", 0.0), RELAXATION, COHERENCES(1.0), ONSETS}},
    [SSM_DRIFT_CONFLICT_STIMFLEX] = {"conflict_stimflex_drift", 9, 1, 0, 1,
                                     {FINITE("v", 0.0), STIMULI, OFFSETS}},
    [SSM_DRIFT_CONFLICT_STIMFLEXREL1] = {"conflict_stimflexrel1_drift", 9, 1, 0, 1,
                                         {FINITE("v", 0.0), STIMULI, OFFSETS}},
    [SSM_DRIFT_CONFLICT_DUAL] = {"conflict_stimflexrel1_dual_drift", 8, 2, 0, 1,
                                 {STIMULI, OFFSETS}},
    [SSM_DRIFT_ATTEND] = {"attend_drift", 6, 1, 0, 0,
                          {FINITE("v", 0.0), FINITE("ptarget", -0.3), FINITE("pouter", -0.3),
                           FINITE("pinner", 0.3), SPOTLIGHT}},
    [SSM_DRIFT_ATTEND_SIMPLE] = {"attend_drift_simple", 5, 1, 0, 0,
                                 {FINITE("v", 0.0), FINITE("ptarget", -0.3), FINITE("pouter", -0.3),
                                  SPOTLIGHT}},
    [SSM_DRIFT_TABLE] = {"table", 1, 1, 0, 0, {{"row", SSM_ALLOW_ROW, 0.0}}},
    [SSM_DRIFT_GAZE] = {"gaze", 4, 1, 0, 1,
                        {FINITE("discount", 0.0), FINITE("gain", 1.0), FINITE("value_1", 0.0),
                         FINITE("value_2", 0.0)}},
    [SSM_DRIFT_TABLE_DUAL] = {"table_dual", 1, 2, 0, 0, {{"row", SSM_ALLOW_ROW, 0.0}}},
};

const ssm_curve_row *ssm_boundary(int kind)
{
    return kind >= 0 && kind < SSM_N_BOUNDARIES ? &boundaries[kind] : 0;
}

const ssm_curve_row *ssm_drift(int kind)
{
    return kind >= 0 && kind < SSM_N_DRIFTS ? &drifts[kind] : 0;
}
