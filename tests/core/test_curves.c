/* Boundaries and drifts: values worked out from their formulas in another program. */
#include <math.h>

#define SSM_LANES 1
#include "check.h"
#include "curves/curves.h"

static const double times[4] = {0.0, 0.1, 0.5, 1.5};

static void fill(vdouble *p, const double *values, int n)
{
    for (int i = 0; i < n; i++)
        p[i] = splat(values[i]);
}

static void check_boundary(ssm_boundary_kind kind, const double *parameters, const double *values)
{
    vdouble p[SSM_CURVE_PARAMETERS], c[CURVE_COEFFICIENTS];
    fill(p, parameters, ssm_boundary(kind)->n_parameters);
    set_boundary(kind, p, c);
    for (int i = 0; i < 4; i++)
        CHECK(fabs(boundary_at(kind, 0, c, splat(times[i]))[0] - values[i]) < 1e-6);
}

static void check_drift(ssm_drift_kind kind, const double *parameters, const double *values)
{
    vdouble p[SSM_CURVE_PARAMETERS], c[CURVE_COEFFICIENTS];
    fill(p, parameters, ssm_drift(kind)->n_parameters);
    set_drift(kind, p, c);
    for (int i = 0; i < 4; i++) {
        vdouble tau = splat(times[i]);
        CHECK(fabs(drift_at(kind, 0, c, tau, tau)[0] - values[i]) < 1e-6);
    }
}

static void test_boundaries(void)
{
    check_boundary(SSM_BOUNDARY_CONSTANT, (double[]){1.2}, (double[]){1.2, 1.2, 1.2, 1.2});
    check_boundary(SSM_BOUNDARY_ANGLE, (double[]){1.2, 0.4},
                   (double[]){1.2, 1.157721, 0.988603, 0.565810});
    check_boundary(SSM_BOUNDARY_WEIBULL, (double[]){1.2, 2.5, 0.9},
                   (double[]){1.2, 1.195072, 0.953394, 0.033248});
    check_boundary(SSM_BOUNDARY_CONFLICT_GAMMA, (double[]){1.2, 0.3, 0.5, 2.0, 0.25},
                   (double[]){1.2, 1.705322, 1.586673, 0.765741});
    check_boundary(SSM_BOUNDARY_GENERALIZED_LOGISTIC, (double[]){1.2, 2.0, 1.0, 0.5},
                   (double[]){2.185791, 2.179878, 2.127671, 1.665553});
    check_boundary(SSM_BOUNDARY_LINEAR, (double[]){1.2, 0.5}, (double[]){1.2, 1.15, 0.95, 0.45});
}

static void test_drifts(void)
{
    const double inf = INFINITY;
    check_drift(SSM_DRIFT_GAMMA, (double[]){0.5, 3.0, 0.2, 1.3},
                (double[]){0.5, 0.864137, 1.732015, 0.574711});
    check_drift(SSM_DRIFT_GAMMA, (double[]){0.5, 1.0, 0.2, 1.0},
                (double[]){1.5, 0.5 + exp(-0.5), 0.5 + exp(-2.5), 0.5 + exp(-7.5)});
    check_drift(SSM_DRIFT_CONFLICT_DS, (double[]){0.1, 0.5, 2, 1.5, 3, 2.5, 0.8, -0.6},
                (double[]){-0.7, -0.166115, 1.076457, 1.918030});
    check_drift(SSM_DRIFT_CONFLICT_DSSTIMFLEX,
                (double[]){0.1, 0.5, 2, 1.5, 3, 2.5, 0.8, -0.6, 0.3, 0.1},
                (double[]){-1.1, -0.788982, 1.076457, 1.918030});
    check_drift(SSM_DRIFT_CONFLICT_STIMFLEX, (double[]){0.1, 2, 3, 0.8, -0.6, 0.3, 0.1, 1, 0.4},
                (double[]){0.1, -1.7, 1.7, 0.1});
    check_drift(SSM_DRIFT_CONFLICT_STIMFLEX, (double[]){0.1, 2, 3, 0.8, -0.6, 0.3, 0.1, inf, inf},
                (double[]){0.1, -1.7, -0.1, -0.1});
    check_drift(SSM_DRIFT_CONFLICT_STIMFLEXREL1,
                (double[]){0.1, 2, 3, 0.8, -0.6, 0.5, 0.1, 1, 0.45},
                (double[]){-1.7, -1.7, 1.7, 0.1});
    check_drift(SSM_DRIFT_CONFLICT_DUAL, (double[]){2, 3, 0.8, -0.6, 0.5, 0.1, 1, 0.45},
                (double[]){0.0, 0.0, 1.6, 0.0});
    check_drift(SSM_DRIFT_ATTEND, (double[]){0.2, 3, -2, -1, 0.5, 1.8},
                (double[]){-0.329389, -0.291754, -0.121225, 0.511118});
    check_drift(SSM_DRIFT_ATTEND_SIMPLE, (double[]){0.2, 3, -2, 0.5, 1.8},
                (double[]){-0.705915, -0.675485, -0.535064, 0.030307});
}

static void test_the_second_column_of_the_dual_drift(void)
{
    vdouble p[SSM_CURVE_PARAMETERS], c[CURVE_COEFFICIENTS];
    fill(p, (double[]){2, 3, 0.8, -0.6, 0.5, 0.1, 1, 0.45}, 8);
    set_drift(SSM_DRIFT_CONFLICT_DUAL, p, c);
    CHECK(fabs(second_drift_at(SSM_DRIFT_CONFLICT_DUAL, 0, c, splat(0.2), splat(0.2))[0] + 1.8) <
          1e-12);
    CHECK(second_drift_at(SSM_DRIFT_CONFLICT_DUAL, 0, c, splat(0.5), splat(0.5))[0] == 0.0);
}

static void test_special_functions(void)
{
    for (double x = 0.05; x < 40.0; x *= 1.07)
        CHECK(fabs(vlgamma(splat(x))[0] - lgamma(x)) < 1e-12 * (1.0 + fabs(lgamma(x))));
    for (double z = 0.0; z < 30.0; z += 0.037) {
        double tail = 0.5 * erfc(z * sqrt(0.5));
        CHECK(fabs(normal_tail(splat(z))[0] - tail) < 2e-10 * tail);
    }
    CHECK(normal_tail(splat(1500.0))[0] < 1e-300);
}

int main(void)
{
    test_boundaries();
    test_drifts();
    test_the_second_column_of_the_dual_drift();
    test_special_functions();
    return check_result();
}
