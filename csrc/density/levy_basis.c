#include "density/levy_basis.h"

#include <math.h>
#include <string.h>

#include "density/special.h"

/* Above this index the functions that are added are nearly in the span of the others, which suffice; at 1
 * they are in it. */
#define SMOOTH 1.75

/* Terms of the energy of the added function. */
enum { ENERGY_TERMS = 4000, RULE = LEVY_FINE + 2 };

/* ---- orthonormal Jacobi polynomials for the weight (1 - x^2)^a ---------------------------------------- */

/* Square root of the k-th coefficient of their recurrence, k >= 1. */
static double coefficient(double a, int k)
{
    return sqrt(k * (k + 2.0 * a) / ((2.0 * k + 2.0 * a - 1.0) * (2.0 * k + 2.0 * a + 1.0)));
}

/* Integral of x^(2 e) (1 - x^2)^q, e 0 or 1. */
static double power_integral(double q, int e)
{
    double first = e ? 0.5 * sqrt(PI) : sqrt(PI); /* Gamma(e + 1/2) */
    return first * tgamma(q + 1.0) / tgamma(q + e + 1.5);
}

/* Values of the first n, and of their derivatives. */
static void polynomials(double a, int n, double x, double *p, double *slope)
{
    double b = coefficient(a, 1), before;
    p[0] = 1.0 / sqrt(power_integral(a, 0)), slope[0] = 0.0;
    p[1] = x * p[0] / b, slope[1] = p[0] / b;
    for (int k = 2; k < n; k++) {
        before = b;
        b = coefficient(a, k);
        p[k] = (x * p[k - 1] - before * p[k - 2]) / b;
        slope[k] = (p[k - 1] + x * slope[k - 1] - before * slope[k - 2]) / b;
    }
}

/* Gauss's rule with n nodes for the weight (1 - x^2)^a, by Newton's method. */
static void gauss_jacobi(double a, int n, double *nodes, double *weights)
{
    double p[RULE + 2], slope[RULE + 2];
    for (int i = 0; i < n; i++) {
        double x = cos(PI * (i + 0.75 + 0.5 * a) / (n + a + 0.5)), sum = 0.0;
        for (int pass = 0; pass < 8; pass++) {
            polynomials(a, n + 1, x, p, slope);
            double change = p[n] / slope[n];
            x -= change;
            if (fabs(change) < 1e-15)
                break;
        }
        polynomials(a, n + 1, x, p, slope);
        for (int k = 0; k < n; k++)
            sum += p[k] * p[k];
        nodes[i] = x;
        weights[i] = 1.0 / sum;
    }
}

/* Integrals of x^odd (1 - x^2)^q P_n over (-1, 1), n < size, where P_n are orthonormal for the weight
 * (1 - x^2)^a; from those of Gegenbauer polynomials with nu = a + 1/2, whose ratios are rational. */
static void moments(int size, double a, double q, int odd, double *out)
{
    double nu = a + 0.5, d = q - a, norm = power_integral(a, 0); /* square norm of C_n */
    double raw = power_integral(q, odd) * (odd ? 2.0 * nu : 1.0);
    for (int n = 0; n < size; n++) {
        out[n] = 0.0;
        if (n % 2 == odd) {
            double m = n / 2;
            out[n] = raw / sqrt(norm);
            raw *= (nu + odd + m) * (m - d) / ((m + 1.0) * (nu + d + 1.0 + odd + m));
        }
        norm *= (n + 2.0 * nu) * (n + nu) / ((n + 1.0) * (n + 1.0 + nu));
    }
}

/* Integrals of (1 - x^2)^(alpha / 2) P_n u, from those of its primitive times u'. */
static void hit_moments(int size, double a, double hit_constant, double *out)
{
    double nu = a + 0.5, d = a - 1.0, norm = power_integral(a, 0);
    double raw = power_integral(2.0 * a, 0); /* of (1 - x^2)^(2 a) and C_(n - 1) with nu + 1 */
    for (int n = 0; n < size; n++) {
        out[n] = n ? 0.0 : 0.5 * sqrt(norm);
        if (n % 2 == 1) {
            double m = n / 2;
            out[n] = 2.0 * nu * hit_constant / (n * (n + 2.0 * nu)) * raw / sqrt(norm);
            raw *= (nu + 1.0 + m) * (m - d) / ((m + 1.0) * (nu + 1.0 + d + 1.0 + m));
        }
        norm *= (n + 2.0 * nu) * (n + nu) / ((n + 1.0) * (n + 1.0 + nu));
    }
}

/* ---- the functions that are added ------------------------------------------------------------------------ */

/* x^e (1 - x^2)^power less its part along the others, with energy 1; the others have no energy with it. */
static void begin_added(levy_basis *b)
{
    double all[ENERGY_TERMS], half = 0.5 * b->alpha;
    for (int e = 0; e < b->n - b->size; e++) {
        double energy = tgamma(b->alpha + 1.0), sum = 0.0, last = 0.0;
        moments(ENERGY_TERMS, half, b->power, e, all);
        memcpy(b->added[e], all, b->size * sizeof *all);
        for (int n = 0; n < ENERGY_TERMS; n++) {
            if (n >= b->size && n % 2 == e)
                sum += last = energy * all[n] * all[n];
            energy *= (b->alpha + n + 1.0) / (n + 1.0);
        }
        /* terms fall like n^(2 - 4 alpha) */
        sum += last * 0.5 * ENERGY_TERMS / (4.0 * b->alpha - 3.0);
        b->scale[e] = 1.0 / sqrt(sum);
    }
}

/* Takes the parts along the others from a functional that holds what it is of the functions themselves. */
static void reduce(const levy_basis *b, double *row)
{
    for (int e = 0; e < b->n - b->size; e++) {
        double *value = &row[b->size + e];
        for (int k = 0; k < b->size; k++)
            *value -= b->added[e][k] * row[k];
        *value *= b->scale[e];
    }
}

/* The same for both indices of a form. */
static void reduce_form(const levy_basis *b, double form[][LEVY_BASIS])
{
    double column[LEVY_BASIS];
    for (int i = 0; i < b->n; i++)
        reduce(b, form[i]);
    for (int j = 0; j < b->n; j++) {
        for (int i = 0; i < b->n; i++)
            column[i] = form[i][j];
        reduce(b, column);
        for (int i = 0; i < b->n; i++)
            form[i][j] = column[i];
    }
}

/* ---- forms ---------------------------------------------------------------------------------------------- */

/* Integrals of products, and of products with a derivative on the left. */
static void set_forms(const levy_basis *b, double mass[][LEVY_BASIS], double slopes[][LEVY_BASIS])
{
    double nodes[RULE], weights[RULE], p[RULE], slope[RULE], half = 0.5 * b->alpha, q = b->power;
    double along[4][LEVY_BASIS];
    int size = b->size, rule = size + 2;
    for (int i = 0; i < b->n; i++)
        for (int j = 0; j < b->n; j++)
            mass[i][j] = slopes[i][j] = 0.0;
    gauss_jacobi(b->alpha, rule, nodes, weights);
    for (int k = 0; k < rule; k++) {
        polynomials(half, size, nodes[k], p, slope);
        for (int i = 0; i < size; i++)
            for (int j = i % 2; j < size; j += 2)
                mass[i][j] += weights[k] * p[i] * p[j];
    }
    gauss_jacobi(b->alpha - 1.0, rule, nodes, weights);
    for (int k = 0; k < rule; k++) {
        double x = nodes[k];
        polynomials(half, size, x, p, slope);
        for (int i = 0; i < size; i++) {
            double left = weights[k] * ((1.0 - x * x) * slope[i] - b->alpha * x * p[i]);
            for (int j = 1 - i % 2; j < size; j += 2)
                slopes[i][j] += left * p[j];
        }
    }
    if (b->n == size)
        return;
    moments(size, half, half + q, 0, along[0]);
    moments(size, half, half + q, 1, along[1]);
    moments(size, half, half + q - 1.0, 0, along[2]);
    moments(size, half, half + q - 1.0, 1, along[3]);
    for (int i = 0; i < size; i++) {
        mass[size][i] = mass[i][size] = along[0][i];
        mass[size + 1][i] = mass[i][size + 1] = along[1][i];
        slopes[size][i] = -2.0 * q * along[3][i];
        slopes[size + 1][i] = (1.0 + 2.0 * q) * along[0][i] - 2.0 * q * along[2][i];
        slopes[i][size] = -slopes[size][i];
        slopes[i][size + 1] = -slopes[size + 1][i];
    }
    mass[size][size] = power_integral(2.0 * q, 0);
    mass[size + 1][size + 1] = power_integral(2.0 * q, 1);
    slopes[size][size + 1] = -2.0 * q * power_integral(2.0 * q - 1.0, 1);
    slopes[size + 1][size] = -slopes[size][size + 1];
}

static void set_functionals(levy_basis *b)
{
    double half = 0.5 * b->alpha, q = b->power;
    int size = b->size;
    moments(size, half, half, 0, b->one);
    moments(size, half, b->alpha - 1.0, 0, b->by_drift);
    hit_moments(size, half, b->hit_constant, b->hit);
    for (int i = 0; i < size; i++)
        b->by_drift[i] *= b->hit_constant;
    if (b->n > size) {
        b->one[size] = power_integral(q, 0);
        b->by_drift[size] = b->hit_constant * power_integral(q + half - 1.0, 0);
        b->hit[size] = 0.5 * b->one[size];
        b->hit[size + 1] = 0.5 * b->hit_constant / (q + 1.0) * power_integral(q + half, 0);
        b->one[size + 1] = b->by_drift[size + 1] = 0.0;
    }
    reduce(b, b->one);
    reduce(b, b->by_drift);
    reduce(b, b->hit);
}

/* ---- linear algebra ----------------------------------------------------------------------------------------- */

static void factorize(int n, double mass[][LEVY_BASIS], double lower[][LEVY_BASIS])
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = mass[i][j];
            for (int k = 0; k < j; k++)
                sum -= lower[i][k] * lower[j][k];
            lower[i][j] = i == j ? sqrt(fmax(sum, 1e-300)) : sum / lower[j][j];
        }
}

static void solve_lower(const levy_basis *b, double *x)
{
    for (int i = 0; i < b->n; i++) {
        for (int k = 0; k < i; k++)
            x[i] -= b->cholesky[i][k] * x[k];
        x[i] /= b->cholesky[i][i];
    }
}

/* LU of the transpose of g, with the rows exchanged that `order` says. */
static void decompose(int n, double g[][LEVY_BASIS], double lu[][LEVY_BASIS], int *order)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            lu[i][j] = g[j][i];
    for (int k = 0; k < n; k++) {
        int best = k;
        for (int i = k + 1; i < n; i++)
            best = fabs(lu[i][k]) > fabs(lu[best][k]) ? i : best;
        order[k] = best;
        for (int j = 0; j < n; j++) {
            double kept = lu[k][j];
            lu[k][j] = lu[best][j];
            lu[best][j] = kept;
        }
        for (int i = k + 1; i < n; i++) {
            lu[i][k] /= lu[k][k];
            for (int j = k + 1; j < n; j++)
                lu[i][j] -= lu[i][k] * lu[k][j];
        }
    }
}

static void solve(int n, double lu[][LEVY_BASIS], const int *order, double *x)
{
    for (int k = 0; k < n; k++) {
        double kept = x[k];
        x[k] = x[order[k]];
        x[order[k]] = kept;
    }
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            x[i] -= lu[i][k] * x[k];
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            x[i] -= lu[i][k] * x[k];
        x[i] /= lu[i][i];
    }
}

void levy_basis_set(levy_basis *b, double alpha, double drift, int size, double g[][LEVY_BASIS],
                    double a[][LEVY_BASIS], double work[][LEVY_BASIS])
{
    double row[LEVY_BASIS], energy = tgamma(alpha + 1.0), half = tgamma(0.5 * alpha);
    int order[LEVY_BASIS] = {0};
    b->alpha = alpha;
    b->power = 1.5 * alpha - 1.0;
    b->size = size;
    b->n = alpha < SMOOTH && fabs(alpha - 1.0) > 1e-6 && drift != 0.0 ? size + LEVY_ADDED : size;
    b->hit_constant = tgamma(alpha) / (half * half) * pow(2.0, 1.0 - alpha);
    begin_added(b);
    set_forms(b, work, a);
    reduce_form(b, work);
    reduce_form(b, a);
    set_functionals(b);
    factorize(b->n, work, b->cholesky);
    for (int i = 0; i < b->n; i++) { /* a: drift times slopes, less the energies */
        for (int j = 0; j < b->n; j++)
            a[i][j] *= drift;
        a[i][i] -= i < size ? energy : 1.0;
        energy *= (alpha + i + 1.0) / (i + 1.0);
    }
    for (int j = 0; j < b->n; j++) { /* g = R^-1 a R^-T */
        for (int i = 0; i < b->n; i++)
            row[i] = a[i][j];
        solve_lower(b, row);
        for (int i = 0; i < b->n; i++)
            g[i][j] = row[i];
    }
    for (int i = 0; i < b->n; i++)
        solve_lower(b, g[i]);
    solve_lower(b, b->one);
    solve_lower(b, b->by_drift);
    solve_lower(b, b->hit);
    decompose(b->n, g, work, order);
    memcpy(b->hit_drift, b->by_drift, sizeof b->hit_drift);
    solve(b->n, work, order, b->hit_drift);
    for (int i = 0; i < b->n; i++) {
        b->moment[1][i] = drift * b->hit_drift[i] - b->hit[i];
        b->moment[0][i] = -b->moment[1][i] - b->one[i];
    }
    for (int side = 0; side < 2; side++)
        solve(b->n, work, order, b->moment[side]);
}

void levy_basis_at(const levy_basis *b, double x, double *y)
{
    double p[RULE], slope[RULE], inner = 1.0 - x * x, factor = pow(inner, 0.5 * b->alpha);
    polynomials(0.5 * b->alpha, b->size, x, p, slope);
    for (int i = 0; i < b->size; i++)
        y[i] = factor * p[i];
    for (int e = 0; e < b->n - b->size; e++)
        y[b->size + e] = (e ? x : 1.0) * pow(inner, b->power);
    reduce(b, y);
    solve_lower(b, y);
}
