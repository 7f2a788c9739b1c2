/* One step of the solution of moving.h, and the state between steps. */
#ifndef SSM_MOVING_STEP_H
#define SSM_MOVING_STEP_H

#include "density/moving.h"

enum { INNER = 4, STENCIL = 6 };

/* No path arrives from a distance d before d^2 / ARRIVAL: exp(-38). */
#define ARRIVAL 76.0

/* The clock at which a solution ends; what is left then is below 1e-8. */
#define LAST_CLOCK 16.0

/* The clock from which on the density between fixed boundaries changes in size only; under leak, it does
 * when the start has decayed by exp(-FORGOTTEN). */
#define SETTLED 4.0
#define FORGOTTEN 16.0

/* Square of the distance to a boundary, in units of the variance that leak allows, from which none arrives. */
#define FAR 25.0

typedef struct {
    double curvature, growth, change, pulse, rest, longest;
    int coarse;
} step_limits;

/* exp(-(first, middle, last)(x)) are the factors of a step, each linear and quadratic in x. */
typedef struct {
    double first[2], middle[2], last[2];
    double drift_area, half_square;
    double pulse, rest; /* by how much b w leaves the straight line between the ends, and a cubic */
    double largest[2]; /* potential of each power, in absolute value */
    double t, b, slope, w; /* at its end */
    /* at the nodes of the rule, and at its end */
    double inner_t[INNER + 1], inner_b[INNER + 1], inner_slope[INNER + 1];
} step_factors;

typedef struct {
    moving_law *law;
    const step_limits *limits;
    const heat_ladder *ladder;
    ssm_isa isa;
    double t, tau, b, slope, w; /* now */
    double drift_area, half_square;
    int on_chord; /* the boundary is the straight line through b, slope */
    int is_narrow; /* r is a narrow normal, until the first step after the chord */
    double mean, variance; /* of it */
    double jumps[MOVING_EVENTS + 1], when; /* see moving_jumps(), the last +inf; a time before the next one */
    int next_jump, segment;
    double pending[2], log_scale; /* factor still to be applied to r; r is to be times exp(log_scale) */
    struct moving_source *source; /* of a motion that begins later, or NULL */
    _Alignas(VECTOR_BYTES) double r[PADDED_POINTS];
    _Alignas(VECTOR_BYTES) double middle[PADDED_POINTS];
} solver;

extern const double MOVING_RULE_NODES[INNER], MOVING_RULE_WEIGHTS[INNER];

int drift_changes(const moving_curves *curves);
int boundary_is_linear(const moving_curves *curves);
/* Whether a boundary with the same slope at two times is on one line, as tables may be. */
int is_on_line(double t, double b, double slope, double later, double b_later, double slope_later);

/* Boundary and slope at n times, on the chord or not. */
void moving_boundary_of(const solver *s, int n, const double *t, double *b, double *slope);

/* The factors of a step of length h from now. */
void moving_prepare_step(const solver *s, double h, step_factors *f);

/* Whether a step may be of length h where the potential is as it is in another one; and that one itself. */
int moving_allows(const step_limits *limits, const step_factors *f, double h);
int moving_step_is_short(const step_limits *limits, double h, const step_factors *f);

/* 2h/3 (W + h^2 W_x^2 / 48), the factor in the middle; returns the part that does not depend on x. */
double moving_middle_factor(const step_factors *f, double h, double *c);

/* Goes on to the end of a step, without the solution; with it, and notes it as a node. */
void moving_advance(solver *s, const step_factors *f, double h);
void moving_take_step(solver *s, const heat_kernel *kernel, const step_factors *f);
moving_node *moving_add_node(solver *s);

/* Goes on by less than kernels on the grid may; notes no node, but gives the log flux at the end as a node
 * has it. */
void moving_take_short_step(solver *s, double h, double *log_flux);

/* The narrow normal that the start is, times exp(-c1 x - c2 x^2). */
void moving_multiply_normal(solver *s, double c1, double c2);

/* Log flux of driftless motion between fixed boundaries, with the kink where the chord ends. */
double moving_outline_log_flux(const moving_law *law, int side, double tau);

#endif
