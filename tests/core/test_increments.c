/* The increments of steps: their laws, far into the tails, and that they do not know each other. */
#include "core/draws.h"

#include "check.h"
#include "diffusion/increments.h"

enum { CELLS = 1024, SIDE = 64, PAIRS = 5000000 };

static const double log_2 = 0.6931471805599453;

static vgenerator generator(uint64_t seed)
{
    const vuint none = {0};
    vblock bits = philox(stream_key(seed), STREAM_PROCESS, none + 2, none);
    vgenerator g;
    for (int word = 0; word < 4; word++)
        for (int lane = 0; lane < SSM_SINGLES; lane++)
            g.word[word][lane] = (uint32_t)bits.word[word][0] + (uint32_t)lane;
    return g;
}

/* How far counts are from equal ones, in standard deviations of chi square. */
static double unevenness(const int64_t *counts, int cells, double total)
{
    double expected = total / cells, chi_squared = 0.0;
    for (int i = 0; i < cells; i++)
        chi_squared += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    return (chi_squared - (cells - 1)) / sqrt(2.0 * (cells - 1));
}

static double normal_cdf(double x) { return 0.5 * erfc(-x / sqrt(2.0)); }

static void test_normals(void)
{
    static int64_t cells[CELLS], squares[SIDE * SIDE], neighbours[SIDE * SIDE];
    static const double far[] = {3.0, 4.0, 4.5, 5.0};
    double beyond[4] = {0.0}, before = 0.5;
    vgenerator g = generator(1);
    const vsingle scale = splat_single((float)(-2.0 * log_2));
    float drawn[INCREMENTS][SSM_SINGLES];
    for (int i = 0; i < PAIRS; i++) {
        int place = 2 * i % INCREMENTS;
        if (place == 0)
            normal_increments(&g, scale, drawn);
        double x = drawn[place][0], y = drawn[place + 1][0], u = normal_cdf(x), v = normal_cdf(y);
        cells[(int)(u * CELLS)]++;
        cells[(int)(v * CELLS)]++;
        squares[(int)(u * SIDE) * SIDE + (int)(v * SIDE)]++;
        neighbours[(int)(before * SIDE) * SIDE + (int)(u * SIDE)]++;
        before = v;
        for (int k = 0; k < 4; k++)
            beyond[k] += (fabs(x) > far[k]) + (fabs(y) > far[k]);
    }
    CHECK_NEAR(unevenness(cells, CELLS, 2.0 * PAIRS), 0.0, 4.5);
    CHECK_NEAR(unevenness(squares, SIDE * SIDE, PAIRS), 0.0, 4.5);
    CHECK_NEAR(unevenness(neighbours, SIDE * SIDE, PAIRS), 0.0, 4.5);
    for (int k = 0; k < 4; k++) {
        double expected = 2.0 * PAIRS * erfc(far[k] / sqrt(2.0));
        CHECK_NEAR(beyond[k], expected, 4.5 * sqrt(expected));
    }
}

/* The largest words give the middle, the smallest the farthest normals there are. */
static void test_extreme_words(void)
{
    const vsingle_bits none = {0};
    CHECK_NEAR(vlog2_single(uniform_31(none), 31)[0], -32.0, 1e-5);
    CHECK_NEAR(vlog2_single(uniform_31(none + INT32_MAX), 31)[0], 0.0, 1e-9);
}

/* Stable variables of one stability. */
typedef struct {
    vgenerator generator;
    vsingle scale, stability;
    float drawn[INCREMENTS][SSM_SINGLES];
    int used;
} stable_source;

static stable_source stable(double stability, uint64_t seed)
{
    float scale = (float)pow(log_2, (stability - 1.0) / stability);
    return (stable_source){.generator = generator(seed),
                           .scale = splat_single(scale),
                           .stability = splat_single((float)stability),
                           .used = INCREMENTS};
}

static double draw(stable_source *s)
{
    if (s->used == INCREMENTS) {
        stable_increments(&s->generator, s->scale, s->stability, s->drawn);
        s->used = 0;
    }
    return s->drawn[s->used++][0];
}

/* At 1 a Cauchy variable, at 2 a normal of variance 2. */
static void test_stable_ends(void)
{
    static int64_t cauchy[CELLS], gaussian[CELLS];
    const double pi = 3.141592653589793;
    stable_source one = stable(1.0, 2), two = stable(2.0, 3);
    double far = 0.0;
    for (int i = 0; i < PAIRS; i++) {
        double x = draw(&one), y = draw(&two);
        double u = 0.5 + atan(x) / pi, v = normal_cdf(y / sqrt(2.0));
        cauchy[u < 1.0 ? (int)(u * CELLS) : CELLS - 1]++;
        gaussian[v < 1.0 ? (int)(v * CELLS) : CELLS - 1]++;
        far += fabs(x) > 1e5;
    }
    CHECK_NEAR(unevenness(cauchy, CELLS, PAIRS), 0.0, 4.5);
    CHECK_NEAR(unevenness(gaussian, CELLS, PAIRS), 0.0, 4.5);
    double expected = PAIRS * 2.0 / (pi * 1e5);
    CHECK_NEAR(far, expected, 5.0 * sqrt(expected));
}

/* E cos(kX) = exp(-|k|^stability). */
static void test_stable_between(void)
{
    static const double stabilities[] = {1.0, 1.001, 1.1, 1.5, 1.9, 1.999, 2.0};
    static const double wave_numbers[] = {0.05, 0.5, 1.0, 2.0};
    enum { DRAWS = 400000 };
    for (int s = 0; s < 7; s++) {
        double sums[4] = {0.0}, signs = 0.0;
        stable_source source = stable(stabilities[s], 4);
        for (int i = 0; i < DRAWS; i++) {
            double x = draw(&source);
            signs += x > 0.0;
            for (int k = 0; k < 4; k++)
                sums[k] += cos(wave_numbers[k] * x);
        }
        CHECK_NEAR(signs / DRAWS, 0.5, 4.5 * 0.5 / sqrt(DRAWS));
        for (int k = 0; k < 4; k++) {
            double mean = exp(-pow(wave_numbers[k], stabilities[s]));
            double second = exp(-pow(2.0 * wave_numbers[k], stabilities[s]));
            double variance = 0.5 * (1.0 + second) - mean * mean;
            CHECK_NEAR(sums[k] / DRAWS, mean, 4.5 * sqrt(variance / DRAWS));
        }
    }
}

/* Relative errors of the elementary functions of floats, against libm in double precision. */
static void test_elementary(void)
{
    double worst_log = 0.0, worst_exp = 0.0, worst_sine = 0.0;
    for (int i = 1; i < 100000; i++) {
        float x = (float)(i * 1e-5), y = (float)(i * 1e-3 - 50.0);
        double log_error = fabs(vlog2_single(splat_single(x), 0)[0] - log2(x));
        double exact_exp = exp2(y), exact_sine = sin(1.5707963267948966 * x);
        worst_log = fmax(worst_log, log_error / fmax(-log2(x), 1e-3));
        worst_exp = fmax(worst_exp, fabs(vexp2_single(splat_single(y))[0] / exact_exp - 1.0));
        worst_sine =
            fmax(worst_sine, fabs(sin_quarter_turn_single(splat_single(x))[0] / exact_sine - 1.0));
    }
    CHECK(worst_log < 4e-7);
    CHECK(worst_exp < 3e-7);
    CHECK(worst_sine < 3e-7);
}

int main(void)
{
    test_normals();
    test_extreme_words();
    test_stable_ends();
    test_stable_between();
    test_elementary();
    return check_result();
}
