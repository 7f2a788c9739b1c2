/* The elementary functions of vectors against long double libm, in units of the last place.
 *
 * The bounds are a few units: enough for draws of 32 and 52 bits, and what short polynomials give.
 */
#include <float.h>

#include "check.h"
#include "core/simd.h"

static double ulps(double got, long double want)
{
    double spacing = ldexp(DBL_EPSILON, ilogb((double)want));
    return (double)fabsl((got - want) / spacing);
}

/* A grid of `n` points from low to high, ends included, off the round numbers in between. */
static double grid(int i, int n, double low, double high)
{
    return i == n - 1 ? high : low + (high - low) * i / (n - 1);
}

enum { N = 400001 };

static void test_exp(void)
{
    double worst = 0.0;
    for (int i = 0; i < N; i++) {
        double x = grid(i, N, -700.0, 700.0);
        worst = fmax(worst, ulps(vexp(splat(x))[0], expl(x)));
    }
    CHECK_NEAR(worst, 0.0, 3.0);
    CHECK(vexp(splat(0.0))[0] == 1.0);
    CHECK(vexp(splat(-INFINITY))[0] < 1e-300 && vexp(splat(-INFINITY))[0] > 0.0);
    CHECK(vexp(splat(-1e6))[0] == vexp(splat(-708.0))[0]);
}

static void test_expm1(void)
{
    double worst = 0.0;
    for (int i = 1; i < N; i++) {
        double x = grid(i, N, 0.0, 40.0), tiny = ldexp(1.0, -1 - i % 300);
        worst = fmax(worst, ulps(vexpm1(splat(-x))[0], expm1l(-x)));
        worst = fmax(worst, ulps(vexpm1(splat(-tiny))[0], expm1l(-tiny)));
    }
    CHECK_NEAR(worst, 0.0, 4.0);
    CHECK(vexpm1(splat(0.0))[0] == 0.0);
}

static void test_log(void)
{
    double worst = 0.0;
    for (int i = 1; i < N; i++) {
        double x = grid(i, N, 0.0, 3.99), far = ldexp(x, i % 2000 - 1000);
        worst = fmax(worst, ulps(vlog(splat(x))[0], logl(x)));
        worst = fmax(worst, ulps(vlog(splat(far))[0], logl(far)));
        double beside_1 = 1.0 + (i % 2 ? 1 : -1) * ldexp(1.0, -1 - i % 52);
        worst = fmax(worst, ulps(vlog(splat(beside_1))[0], logl(beside_1)));
    }
    CHECK_NEAR(worst, 0.0, 2.5);
    CHECK(vlog(splat(1.0))[0] == 0.0);
}

static void test_turns(void)
{
    const long double pi = 3.141592653589793238462643383279502884L;
    double quarter = 0.0, half = 0.0, cosine = 0.0;
    for (int i = 0; i < N; i++) {
        double u = grid(i, N, 0.0, 1.0);
        if (u > 0.0)
            quarter = fmax(quarter, ulps(sin_quarter_turn(splat(u))[0], sinl(pi * u / 2)));
        half = fmax(half, (double)fabsl(sin_half_turn(splat(u))[0] - sinl(pi * u)));
        cosine = fmax(cosine, (double)fabsl(cos_half_turn(splat(u))[0] - cosl(pi * u)));
    }
    CHECK_NEAR(quarter, 0.0, 5.0);
    CHECK_NEAR(half, 0.0, 5 * DBL_EPSILON);
    CHECK_NEAR(cosine, 0.0, 5 * DBL_EPSILON);
}

static void test_vectors(void)
{
    const vdouble two = splat(2.0), three = splat(3.0);
    CHECK(choose(two < three, two, three)[SSM_LANES - 1] == 2.0);
    CHECK(vmin(two, three)[0] == 2.0 && vmax(two, three)[0] == 3.0);
    CHECK(vabs(-two)[0] == 2.0 && vabs(splat(-0.0))[0] == 0.0);
    CHECK(vsqrt(splat(2.0))[SSM_LANES - 1] == sqrt(2.0));
    const vuint all = (vuint){0} + UINT64_MAX;
    CHECK(multiply_low_halves(all, all)[SSM_LANES - 1] == UINT64_C(0xfffffffe00000001));
}

int main(void)
{
    test_exp();
    test_expm1();
    test_log();
    test_turns();
    test_vectors();
    return check_result();
}
