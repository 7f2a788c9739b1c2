/* Galerkin's equations of levy.h: y' = g y for the coefficients y in an orthonormal basis. */
#ifndef SSM_LEVY_BASIS_H
#define SSM_LEVY_BASIS_H

#include "density/levy.h"

/* Functionals are rows: the integral of p times a function is their product with y. */
typedef struct {
    int size, n; /* Jacobi polynomials, and functions in all */
    double alpha, power; /* of 1 - x^2 in the functions that are added: 1, x times it */
    double added[LEVY_ADDED][LEVY_BASIS], scale[LEVY_ADDED]; /* their parts along the others; 1 / norm */
    double cholesky[LEVY_BASIS][LEVY_BASIS];
    double one[LEVY_BASIS];       /* 1 */
    double hit[LEVY_BASIS];       /* u, the probability of leaving at the upper side without drift */
    double by_drift[LEVY_BASIS];  /* u' */
    double hit_drift[LEVY_BASIS]; /* w, which solves the adjoint equation for u' */
    double moment[2][LEVY_BASIS]; /* what solves it for drift w - u, and for the same of the lower side */
    double hit_constant; /* u' = hit_constant (1 - x^2)^(alpha / 2 - 1) */
} levy_basis;

/* Sets the basis and g; a and b are lost. */
void levy_basis_set(levy_basis *basis, double alpha, double drift, int size,
                    double g[][LEVY_BASIS], double a[][LEVY_BASIS], double b[][LEVY_BASIS]);

/* The coefficients of a point x. */
void levy_basis_at(const levy_basis *basis, double x, double *y);

#endif
