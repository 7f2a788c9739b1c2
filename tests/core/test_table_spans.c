/* Spans over which tabulated curves are close to parabolas. */
#include "check.h"
#include "ssm.h"

enum { POINTS = 101, JUMP = 37 };

static const double origin = 1e-3, max_t = 20.0, closeness = 1e-3;

/* Numbers of the points at which the spans of a row end, of a table of `n_points` points. */
static void ends_of(const double *values, int64_t n_points, int64_t n_columns, int64_t *ends)
{
    double times[POINTS] = {0.0}, smooth[POINTS];
    ssm_table table = {.values = values, .n_points = n_points, .n_columns = n_columns,
                       .origin = origin};
    table.density = (double)(n_points - 1) / log1p(max_t / origin);
    for (int64_t i = 0; i < n_points; i++)
        times[i] = origin * expm1((double)i / table.density);
    CHECK(ssm_find_spans(&table, 1, times, closeness, smooth) == SSM_OK);
    for (int64_t i = 0; i < n_points; i++) {
        ends[i] = n_points - 1;
        while (times[ends[i]] > smooth[i])
            ends[i]--;
    }
}

static void test_lines(void)
{
    double values[POINTS];
    int64_t ends[POINTS];
    for (int i = 0; i < POINTS; i++)
        values[i] = 0.3;
    for (int64_t n_points = 2; n_points <= POINTS; n_points++) {
        ends_of(values, n_points, 1, ends);
        for (int64_t i = 0; i < n_points; i++)
            CHECK(ends[i] == n_points - 1);
    }
}

static void test_jumps(void)
{
    /* The second of two columns jumps; the first is 0. */
    double values[2 * POINTS] = {0.0};
    int64_t ends[POINTS];
    for (int i = JUMP; i < POINTS; i++)
        values[2 * i + 1] = 1.0;
    ends_of(values, POINTS, 2, ends);
    for (int i = 0; i < POINTS; i++)
        CHECK(ends[i] == (i < JUMP - 1 ? JUMP - 1 : i == JUMP - 1 ? JUMP : POINTS - 1));
}

static void test_spans_end_where_the_curve_bends_otherwise(void)
{
    double values[POINTS], step = log1p(max_t / origin) / (POINTS - 1);
    int64_t ends[POINTS];
    for (int i = 0; i < POINTS; i++)
        values[i] = cos(2.0 * origin * expm1(i * step));
    ends_of(values, POINTS, 1, ends);
    for (int i = 0; i < POINTS - 1; i++) {
        double span = origin * (exp((double)ends[i] * step) - exp(i * step));
        double cell = origin * (exp((i + 1) * step) - exp(i * step));
        /* A cubic's share of a span of 2 radians at its quarters is about 1 %. */
        CHECK(ends[i] > i && (span < 1.0 || span <= 1.001 * cell));
        CHECK(i < POINTS / 4 ? ends[i] > i + 1 : 1);
    }
}

static void test_bad_counts(void)
{
    double values[4] = {0.0}, smooth[4];
    ssm_table table = {.values = values, .n_points = 1, .n_columns = 1};
    CHECK(ssm_find_spans(&table, 1, values, closeness, smooth) == SSM_BAD_COUNT);
    table.n_points = 2, table.n_columns = 3;
    CHECK(ssm_find_spans(&table, 1, values, closeness, smooth) == SSM_BAD_COUNT);
    table.n_columns = 1;
    CHECK(ssm_find_spans(&table, -1, values, closeness, smooth) == SSM_BAD_COUNT);
}

int main(void)
{
    test_lines();
    test_jumps();
    test_spans_end_where_the_curve_bends_otherwise();
    test_bad_counts();
    return check_result();
}
