/* The generator against its published vectors; uniforms and normals against their moments. */
#include <stdlib.h>

#include "check.h"
#include "core/streams.h"

static const vuint none = {0};

/* Known answers of Philox4x32-10, from the file kat_vectors of Random123 (Salmon et al. 2011). */
static void test_known_answers(void)
{
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        const uint32_t *c = known[i].counter, *k = known[i].key;
        vblock block = philox(k[0] | (uint64_t)k[1] << 32, c[3], none + c[0],
                              none + (c[1] | (uint64_t)c[2] << 32));
        for (int word = 0; word < 4; word++)
            for (int lane = 0; lane < SSM_LANES; lane++)
                CHECK(block.word[word][lane] == known[i].answer[word]);
    }
}

/* Each of seed, purpose, draw, sample and trial must lead to other bits. */
static void test_what_a_draw_depends_on(void)
{
    const uint64_t key = stream_key(1), stream = stream_id(3, 5);
    const vblock block = philox(key, STREAM_PROCESS, none + 7, none + stream);
    const vblock others[] = {
        philox(stream_key(2), STREAM_PROCESS, none + 7, none + stream),
        philox(key, STREAM_NDT, none + 7, none + stream),
        philox(key, STREAM_PROCESS, none + 8, none + stream),
        philox(key, STREAM_PROCESS, none + 7, none + stream_id(4, 5)),
        philox(key, STREAM_PROCESS, none + 7, none + stream_id(3, 6)),
        philox(key, STREAM_PROCESS, none + 7, none + stream_id(5, 3)),
    };
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        CHECK(others[i].word[0][0] != block.word[0][0]);
    CHECK(stream_id(INT64_C(0xffffffff), 0) != stream_id(0, INT64_C(0xffffffff)));
}

enum { N_DRAWS = 1000000 };

/* The first four moments, all but the even ones 0, each within five of its standard errors. */
static void check_moments(const double *x, double second, double fourth, double sixth,
                          double eighth)
{
    double sum[5] = {0};
    for (int i = 0; i < N_DRAWS; i++) {
        double power = 1.0;
        for (int m = 1; m <= 4; m++)
            sum[m] += power *= x[i];
    }
    const double root_n = sqrt(N_DRAWS);
    CHECK_NEAR(sum[1] / N_DRAWS, 0.0, 5 * sqrt(second) / root_n);
    CHECK_NEAR(sum[2] / N_DRAWS, second, 5 * sqrt(fourth - second * second) / root_n);
    CHECK_NEAR(sum[3] / N_DRAWS, 0.0, 5 * sqrt(sixth) / root_n);
    CHECK_NEAR(sum[4] / N_DRAWS, fourth, 5 * sqrt(eighth - fourth * fourth) / root_n);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Largest distance between the draws' distribution and that of a normal or uniform, times sqrt n;
 * beyond 2.3 once in 20,000 seeds. */
static double kolmogorov(double *x, int is_normal)
{
    double largest = 0.0;
    qsort(x, N_DRAWS, sizeof *x, ascending);
    for (int i = 0; i < N_DRAWS; i++) {
        double p = is_normal ? 0.5 * erfc(-x[i] / sqrt(2.0)) : x[i] + 0.5;
        double above = (i + 1.0) / N_DRAWS - p, below = p - (double)i / N_DRAWS;
        largest = fmax(largest, fmax(above, below));
    }
    return largest * sqrt(N_DRAWS);
}

static void test_draws(void)
{
    static double uniforms[N_DRAWS], fine[N_DRAWS], normals[N_DRAWS];
    double largest_error = 0.0;
    for (int i = 0; i < N_DRAWS; i++) {
        vblock bits = philox(stream_key(11), STREAM_PROCESS, none, none + stream_id(i, 2));
        uniforms[i] = uniform(bits.word[2])[0] - 0.5;
        fine[i] = uniform_52(bits.word[2], bits.word[3])[0] - 0.5;
        normals[i] = normal(bits.word[0], bits.word[1])[0];
        double squared = normal_squared(bits.word[0], bits.word[1])[0];
        largest_error = fmax(largest_error, fabs(squared - normals[i] * normals[i]));
    }
    CHECK(largest_error < 1e-6); /* the sign of the normal costs its square the lowest bit */
    check_moments(uniforms, 1.0 / 12, 1.0 / 80, 1.0 / 448, 1.0 / 2304);
    check_moments(fine, 1.0 / 12, 1.0 / 80, 1.0 / 448, 1.0 / 2304);
    check_moments(normals, 1.0, 3.0, 15.0, 105.0);
    CHECK(kolmogorov(uniforms, 0) < 2.3);
    CHECK(kolmogorov(fine, 0) < 2.3);
    CHECK(kolmogorov(normals, 1) < 2.3);
}

static void test_uniforms_are_open_intervals(void)
{
    const vuint ones = none + UINT32_MAX;
    CHECK(uniform(none)[0] == 0x1p-33 && uniform(ones)[0] == 1.0 - 0x1p-33);
    CHECK(uniform_52(none, none)[0] > 0.0 && uniform_52(ones, ones)[0] < 1.0);
    CHECK(isfinite(normal(none, none)[0]) && isfinite(normal(ones, ones)[0]));
}

int main(void)
{
    test_known_answers();
    test_what_a_draw_depends_on();
    test_uniforms_are_open_intervals();
    test_draws();
    return check_result();
}
