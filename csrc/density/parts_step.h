/* One step of evidence in two parts: see parts.h. */
#ifndef SSM_PARTS_STEP_H
#define SSM_PARTS_STEP_H

#include "core/kernels.h"

enum {
    PARTS_POINTS = 255,
    HERMITES = 8,
    PARTS_STRIDE = HERMITES + 8, /* zeros come first */
    PARTS_SIZE = (PARTS_POINTS + 1) * PARTS_STRIDE
};

/* Of a step: its length (seconds), the boundary in its middle, the log ratio of the boundaries at its ends; the
 * drift of S without its leak and without U; the mean leak g, and d^2 / 4. */
typedef struct {
    double dt, boundary, closing, drift, leak, pull;
} parts_sizes;

/* The state: point i of (x(0) + S) / b at row i, with the coefficient of each Hermite function in
 * (U - mean) / width. */
typedef struct {
    int points;
    double dx, start, mean, width, narrowest; /* x(0); the narrowest width that is taken */
    double left[2]; /* probability of having left by now, at each side */
    _Alignas(64) double density[PARTS_SIZE], work[2][PARTS_SIZE];
    double nodes[HERMITES], functions[HERMITES][HERMITES]; /* of the Gauss-Hermite rule, at each node */
} parts_state;

SSM_DECLARE_KERNEL(void, parts_step, (const parts_sizes *, parts_state *));

#endif
