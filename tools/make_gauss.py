"""Write csrc/density/gauss.h: Gauss-Legendre nodes and weights on (0, 1), to double precision.

Run from the root of the repository: ``python tools/make_gauss.py > csrc/density/gauss.h``.
Needs mpmath.
"""

import mpmath as mp

SIZES = (8, 12, 16, 24, 32, 48)
mp.mp.dps = 40


def rule(n):
    """Return the lower half of the nodes of n on (0, 1), and their weights."""
    nodes, weights = [], []
    for i in range(n // 2):
        x = mp.cos(mp.pi * (i + mp.mpf(3) / 4) / (n + mp.mpf(1) / 2))
        for _ in range(8):  # Newton
            slope = n * (x * mp.legendre(n, x) - mp.legendre(n - 1, x)) / (x * x - 1)
            x -= mp.legendre(n, x) / slope
        nodes.append((1 - x) / 2)
        weights.append(1 / ((1 - x * x) * slope**2))
    return nodes, weights


def array(name, values):
    """Return the definition of an array in C."""
    numbers = [f"{float(v)!r}" for v in values]
    rows = [", ".join(numbers[i : i + 3]) for i in range(0, len(numbers), 3)]
    return f"static const double {name}[] = {{\n    " + ",\n    ".join(rows) + "};\n"


print("/* Gauss-Legendre rules on (0, 1): the lower half of each, made by tools/make_gauss.py. */")
print("#ifndef SSM_GAUSS_H\n#define SSM_GAUSS_H\n")
print("typedef struct {\n    int n;\n    const double *nodes, *weights;\n} gauss_rule;\n")
for size in SIZES:
    for name, values in zip(("nodes", "weights"), rule(size), strict=True):
        print(array(f"gauss_{name}_{size}", values))
print(f"enum {{ GAUSS_RULES = {len(SIZES)} }};\n")
print("static const gauss_rule gauss_rules[] = {")
print(",\n".join(f"    {{{n}, gauss_nodes_{n}, gauss_weights_{n}}}" for n in SIZES) + "};\n")
print("""/* The smallest rule of at least n nodes, or the largest. */
static inline const gauss_rule *gauss_at_least(double n)
{
    int i = 0;
    while (i < GAUSS_RULES - 1 && gauss_rules[i].n < n)
        i++;
    return &gauss_rules[i];
}

/* Node i of a rule on (low, high), and its weight. */
static inline double gauss_node(const gauss_rule *rule, int i, double low, double high,
                                double *weight)
{
    int upper = i >= rule->n / 2, j = upper ? rule->n - 1 - i : i;
    *weight = rule->weights[j] * (high - low);
    double part = rule->nodes[j] * (high - low);
    return upper ? high - part : low + part;
}

#endif""")
