"""Print the tables of csrc/density/staged.c: rules for integrals that end at a wall.

Needs mpmath.

1. Corrections of the trapezoid rule, whose points are 1, 2, ... steps from the wall, for functions
   that fall to 0 there like d (the solution) or d^2 (the solution times a kernel).  The rule misses
   zeta(-n) of the integral of d^n (Navot 1961); corrections at four points make up for four powers.
2. Gauss's rule for the weight u^2 phi(u) on (0, inf), twice the second moment of half a normal.

    python tools/make_wall_rules.py
"""

import mpmath as mp

mp.mp.dps = 60
POINTS, NODES = 4, 8


def corrections(first):
    """Return corrections at 1 .. POINTS for d^first and the next powers."""
    powers = range(first, first + POINTS)
    matrix = mp.matrix([[mp.mpf(i) ** n for i in range(1, POINTS + 1)] for n in powers])
    return mp.lu_solve(matrix, mp.matrix([-mp.zeta(-n) for n in powers]))


def half_normal_rule():
    """Return nodes and weights: Golub & Welsch (1969) from the moments of u^2 phi(u)."""
    n = NODES
    moments = [
        mp.quad(lambda u, k=k: u ** (k + 2) * mp.npdf(u), [0, 1, 2, 4, 8, 16, 40])
        for k in range(2 * n + 1)
    ]
    hankel = mp.matrix(n + 1, n + 1)
    for i in range(n + 1):
        for j in range(n + 1):
            hankel[i, j] = moments[i + j]
    upper = mp.cholesky(hankel).T
    jacobi = mp.matrix(n, n)
    for i in range(n):
        before = upper[i - 1, i] / upper[i - 1, i - 1] if i else mp.mpf(0)
        jacobi[i, i] = upper[i, i + 1] / upper[i, i] - before
        if i + 1 < n:
            jacobi[i, i + 1] = jacobi[i + 1, i] = upper[i + 1, i + 1] / upper[i, i]
    nodes, vectors = mp.eigsy(jacobi)
    return nodes, [moments[0] * vectors[0, i] ** 2 for i in range(n)]


def show(name, values):
    """Print a table in C."""
    rows = ", ".join(mp.nstr(value, 18) for value in values)
    print(f"static const double {name}[] = {{{rows}}};")


if __name__ == "__main__":
    show("OF_SOLUTION", corrections(1))
    show("OF_PRODUCT", corrections(2))
    rule = half_normal_rule()
    show("HALF_NORMAL_NODES", rule[0])
    show("HALF_NORMAL_WEIGHTS", rule[1])
