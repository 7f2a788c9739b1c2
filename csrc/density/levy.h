/* The law of exit of a Levy flight with drift between constant boundaries.
 *
 * dx = drift dt + dL, where L is symmetric and stable of index alpha, 1 < alpha < 2, with
 * E exp(ikL(t)) = exp(-t |k|^alpha), from x(0) = start until |x| >= 1.
 *
 * Galerkin's method in the functions (1 - x^2)^(alpha / 2) P_n, where P_n are Jacobi polynomials: there
 * the fractional Laplacian is diagonal (Dyda, Kuznetsov & Kwasnicki 2017).  Drift makes the density fall
 * like the distance to a wall to the power alpha / 2 + alpha - 1 too: two functions that do are added.
 * Exits are not read from the jumps over the wall, but from u, the probability of leaving at the upper
 * side without drift, which is known (Blumenthal, Getoor & Ray 1961):
 *
 *   P(up by t) = P(up) + integral of p(x, t) (drift w(x) - u(x)),   where w solves a static equation.
 */
#ifndef SSM_LEVY_H
#define SSM_LEVY_H

enum { LEVY_NODES = 160, LEVY_COARSE = 40, LEVY_FINE = 56, LEVY_ADDED = 2, LEVY_BASIS = LEVY_FINE + LEVY_ADDED };

typedef struct {
    double time;
    double density[2], below[2]; /* at each side, and the probability of having left there */
    double moment[2]; /* the expected time of a decision at each side until then, less what is constant */
    double survival;
} levy_node;

typedef struct {
    double alpha, drift, start;
    double share[2], first_density[2], constant[2], mean[2];
    int n_nodes;
    levy_node nodes[LEVY_NODES];
} levy_law;

/* The size of the strongest drift: see SSM_LEVY_DRIFT_MAX. */
double levy_strongest_drift(double alpha);

/* Memory of levy_solve(): the equations' matrix, its exponential, and a third one. */
typedef struct {
    double generator[LEVY_BASIS][LEVY_BASIS], step[LEVY_BASIS][LEVY_BASIS];
    double work[LEVY_BASIS][LEVY_BASIS];
} levy_matrices;

/* Solves; alpha, drift and start have been set; -1 <= start <= 1.  `size` is that of the basis. */
void levy_solve(levy_law *law, int size, levy_matrices *matrices);

/* Log density of leaving at a side (0 lower, 1 upper) at t; the probability of having left there by
 * t; that of not having left; and the mean time of exits at a side by t, times their probability.  t may
 * be +inf. */
double levy_log_density(const levy_law *law, int side, double t);
double levy_cdf(const levy_law *law, int side, double t);
double levy_survival(const levy_law *law, double t);
double levy_moment(const levy_law *law, int side, double t);

#endif
