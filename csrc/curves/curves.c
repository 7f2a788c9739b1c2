/* How many parameters each boundary and drift has. */
#include "ssm.h"

int ssm_boundary_parameters(ssm_boundary_kind kind)
{
    static const int counts[] = {1, 2, 3, 4, 5, 2, 1};
    return (int)kind >= 0 && kind <= SSM_BOUNDARY_TABLE ? counts[kind] : -1;
}

int ssm_drift_parameters(ssm_drift_kind kind)
{
    static const int counts[] = {1, 4, 8, 10, 9, 9, 8, 6, 5, 1, 1};
    return (int)kind >= 0 && kind <= SSM_DRIFT_TABLE_DUAL ? counts[kind] : -1;
}
