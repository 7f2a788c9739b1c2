/* Knots of sampled curves: lines between them, parabolas from them on, and how they are found. */
#include "check.h"
#include "curves/curves.h"

enum { N = 2001, CELLS = 800 };

static double times[N], values[2 * N];
static ssm_knot knots[N];
static int32_t at[N], row_of[2][CELLS + 1];

static ssm_samples samples_of(double value(double), double max_t)
{
    for (int i = 0; i < N; i++) {
        times[i] = max_t * i * i / ((double)(N - 1) * (N - 1));
        values[i] = value(times[i]);
    }
    return (ssm_samples){.times = times, .values = values, .n = N, .n_columns = 1, .scale = {1.0}};
}

static double bend(double t) { return cos(3.0 * t); }
static double jump(double t) { return t < 0.7 ? 1.0 : 0.25; }
static double line(double t) { return 1.0 - 0.1 * t; }
static double noise(double t) { return sin(1e6 * t); }

static void test_lines_are_close_to_every_sample(void)
{
    static double (*const curves[])(double) = {bend, jump, line, noise};
    for (int c = 0; c < 4; c++) {
        ssm_samples s = samples_of(curves[c], 5.0);
        int64_t n = ssm_find_knots(&s, 1e-3, at);
        CHECK(at[0] == 0 && at[n - 1] == N - 1);
        ssm_set_knots(&s, 1e-2, at, n, knots);
        for (int64_t k = 0; k + 1 < n; k++)
            for (int i = at[k]; i <= at[k + 1]; i++)
                CHECK(fabs(knots[k].value[0] + knots[k].slope[0] * (times[i] - knots[k].time) -
                           values[i]) < 1.001e-3);
        CHECK(c != 2 || n == 2);
        CHECK(c != 1 || n == 4);
        CHECK(c != 0 || (n > 50 && n < 300));
    }
}

static void test_parabolas_are_close_over_spans_that_end_at_jumps(void)
{
    ssm_samples s = samples_of(jump, 5.0);
    int64_t n = ssm_find_knots(&s, 1e-3, at);
    ssm_set_knots(&s, 1e-2, at, n, knots);
    CHECK(fabs(knots[0].until - knots[1].time) < 1e-8 && fabs(knots[1].until - knots[2].time) < 1e-8);
    CHECK(knots[2].until == 5.0 && isinf(knots[3].until));
    s = samples_of(bend, 5.0);
    n = ssm_find_knots(&s, 1e-6, at);
    ssm_set_knots(&s, 1e-3, at, n, knots);
    for (int64_t k = 0; k + 1 < n; k++) {
        double t = knots[k].time, h = knots[k].until - t, middle = bend(t + 0.5 * h);
        /* A cubic's share of a span of h is (3 h)^3 / 125. */
        CHECK(h < 0.6 && (h > 0.1 || t + h > 4.999));
        for (double w = 0.0; w <= 1.0; w += 0.125) {
            double rise = bend(t + h) - bend(t), off = 4.0 * (middle - bend(t) - 0.5 * rise);
            CHECK(fabs(bend(t) + w * (rise + off * (1.0 - w)) - bend(t + w * h)) < 4e-3);
        }
    }
}

static void test_bends_are_found_in_the_cells_that_have_them(void)
{
    ssm_samples s = samples_of(jump, 5.0);
    int64_t n = ssm_find_bends(&s, 1e-3, 0.0, at);
    CHECK(n == 3 && times[at[1]] < 0.7 && times[at[1] + 1] >= 0.7);
    CHECK(ssm_find_bends(&s, 1e-3, 1.0, at) == 0); /* all cells are shorter than that */
    s = samples_of(line, 5.0);
    CHECK(ssm_find_bends(&s, 1e-9, 0.0, at) == 0);
    /* The second of two columns jumps. */
    for (int i = 0; i < N; i++)
        values[2 * i] = 0.0, values[2 * i + 1] = jump(times[i]);
    s.n_columns = 2, s.scale[1] = 1.0;
    CHECK(ssm_find_bends(&s, 1e-3, 0.0, at) == 3);
    CHECK(ssm_find_knots(&s, 1e-3, at) == 4);
}

static void test_rows_of_a_table_are_read_at_any_time(void)
{
    static ssm_knot all[2 * N];
    double (*const curves[])(double) = {jump, bend};
    int64_t n_cells = ssm_n_cells(5.0), first = 0;
    CHECK(n_cells < CELLS);
    for (int row = 0; row < 2; row++) {
        ssm_samples s = samples_of(curves[row], 5.0);
        int64_t n = ssm_find_knots(&s, 1e-6, at);
        ssm_set_knots(&s, 1e-3, at, n, all + first);
        ssm_index_knots(all + first, n, first, n_cells, &row_of[0][0] + row * (n_cells + 1));
        first += n;
    }
    ssm_table table = {all, &row_of[0][0], n_cells};
    for (int i = 0; i < N; i++)
        for (int row = 0; row < 2; row++) {
            double value = table_at(&table, splat((double)row), 0, splat(times[i]))[0];
            CHECK(fabs(value - curves[row](times[i])) < 1.1e-6);
            CHECK(table_span(&table, splat((double)row), splat(times[i]))[0] > 0.0);
        }
    CHECK(fabs(table_at(&table, splat(1.0), 0, splat(1e9))[0] - bend(5.0)) < 1e-12);
    CHECK(fabs(table_at(&table, splat(0.0), 0, splat(-1.0))[0] - 1.0) < 1e-12);
}

int main(void)
{
    test_lines_are_close_to_every_sample();
    test_parabolas_are_close_over_spans_that_end_at_jumps();
    test_bends_are_found_in_the_cells_that_have_them();
    test_rows_of_a_table_are_read_at_any_time();
    return check_result();
}
