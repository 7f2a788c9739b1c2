/* The table of the Wiener sampler: the same bits however a call is divided and on every
 * instruction set, closed forms of side and mean time, late and never exits. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "problem.h"

enum { N_SAMPLES = 200000 };

typedef struct {
    float rts[N_SAMPLES];
    int32_t choices[N_SAMPLES];
} results;


static void draw(const ssm_problem *p, ssm_method method, ssm_isa isa, int64_t piece, results *r)
{
    memset(r, 0xff, sizeof *r);
    for (int64_t begin = 0; begin < p->n_samples; begin += piece) {
        int64_t end = begin + piece < p->n_samples ? begin + piece : p->n_samples;
        CHECK(draw_samples(p, method, isa, begin, end, r->rts, r->choices) == SSM_OK);
    }
}

static void test_same_bits(void)
{
    static const int64_t pieces[] = {1, 255, 1000, 5000};
    static results whole, other;
    ssm_problem p = plain_problem(5000, 1);
    draw(&p, SSM_METHOD_TABLE, SSM_ISA_BASELINE, p.n_samples, &whole);
    for (int isa = SSM_ISA_BASELINE; isa <= (int)ssm_best_isa(); isa++)
        for (unsigned i = 0; i < sizeof pieces / sizeof *pieces; i++) {
            draw(&p, SSM_METHOD_TABLE, (ssm_isa)isa, pieces[i], &other);
            CHECK(memcmp(whole.rts, other.rts, 5000 * sizeof(float)) == 0);
            CHECK(memcmp(whole.choices, other.choices, 5000 * sizeof(int32_t)) == 0);
        }
}

/* Trials with tables of their own: each as if it were alone, however the call is divided. */
static void test_several_trials(void)
{
    enum { N = 700, TRIALS = 3 };
    static const double drifts[TRIALS] = {-1.0, 0.3, 2.0};
    static const int64_t pieces[] = {N * TRIALS, 1000, 333};
    static float rts[N * TRIALS], alone_rts[N];
    static int32_t choices[N * TRIALS], alone_choices[N];
    ssm_problem p = plain_problem(N, TRIALS), first = plain_problem(N, 1);
    p.drift.parameters[0] = each(drifts);
    first.drift.parameters[0] = same(&drifts[0]);
    CHECK(draw_samples(&first, SSM_METHOD_TABLE, ssm_best_isa(), 0, N, alone_rts, alone_choices) ==
          SSM_OK);
    for (unsigned i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        memset(rts, 0, sizeof rts);
        for (int64_t begin = 0; begin < N * TRIALS; begin += pieces[i]) {
            int64_t end = begin + pieces[i] < N * TRIALS ? begin + pieces[i] : N * TRIALS;
            CHECK(draw_samples(&p, SSM_METHOD_TABLE, ssm_best_isa(), begin, end, rts, choices) ==
                  SSM_OK);
        }
        for (int n = 0; n < N; n++) {
            CHECK(rts[n * TRIALS] == alone_rts[n] && choices[n * TRIALS] == alone_choices[n]);
            CHECK(rts[n * TRIALS + 2] != 0.0f);
        }
    }
}

/* P(upper) = (1 - exp(-2 v d)) / (1 - exp(-4 v a)), d the distance from the lower boundary; from
 * the middle, E(T) = a / v tanh(v a). */
static void test_closed_forms(void)
{
    static results r;
    static const double drift = 0.8, boundary = 1.2;
    ssm_problem p = plain_problem(N_SAMPLES, 1);
    p.max_t = 100.0;
    p.drift.parameters[0] = same(&drift);
    p.boundary.parameters[0] = same(&boundary);
    draw(&p, SSM_METHOD_TABLE, ssm_best_isa(), p.n_samples, &r);
    double upper = 0.0, sum = 0.0;
    for (int i = 0; i < N_SAMPLES; i++) {
        upper += r.choices[i] == 1;
        sum += r.rts[i];
    }
    double margin = 5.0 / sqrt((double)N_SAMPLES); /* standard deviations are below 1 */
    CHECK_NEAR(upper / N_SAMPLES, 1.0 / (1.0 + exp(-2.0 * drift * boundary)), margin);
    CHECK_NEAR(sum / N_SAMPLES, boundary / drift * tanh(drift * boundary), margin);
}

/* With boundaries that open fast, and with a limit of time, many never respond. */
static void test_omissions(void)
{
    static results r;
    static const double opening = -0.7;
    ssm_problem p = plain_problem(N_SAMPLES, 1);
    p.max_t = 2.0;
    give_boundary(&p, SSM_BOUNDARY_ANGLE, p.boundary.parameters[0], same(&opening));
    double omitted[2] = {0.0, 0.0};
    for (int table = 0; table < 2; table++) {
        draw(&p, table ? SSM_METHOD_TABLE : SSM_METHOD_EXACT, ssm_best_isa(), N_SAMPLES, &r);
        for (int i = 0; i < N_SAMPLES; i++)
            omitted[table] += (double)(r.rts[i] == SSM_OMISSION) / N_SAMPLES;
    }
    CHECK(omitted[0] > 0.2);
    CHECK_NEAR(omitted[1], omitted[0], 5.0 / sqrt((double)N_SAMPLES));
}

/* Without a limit of time, exits before the usual one are as with it, and later ones have the law of
 * the method without a table; where boundaries open some never come. */
static void test_no_limit(double boundary, double angle)
{
    static results limited, table, exact;
    ssm_problem p = plain_problem(N_SAMPLES, 1);
    p.max_t = SSM_USUAL_MAX_T;
    static const double drift = 0.0;
    p.drift.parameters[0] = same(&drift);
    give_boundary(&p, SSM_BOUNDARY_ANGLE, same(&boundary), same(&angle));
    draw(&p, SSM_METHOD_TABLE, ssm_best_isa(), N_SAMPLES, &limited);
    p.max_t = INFINITY;
    draw(&p, SSM_METHOD_TABLE, ssm_best_isa(), 777, &table);
    draw(&p, SSM_METHOD_EXACT, ssm_best_isa(), N_SAMPLES, &exact);
    double late[2] = {0.0, 0.0}, later[2] = {0.0, 0.0}, never[2] = {0.0, 0.0};
    for (int i = 0; i < N_SAMPLES; i++) {
        if (limited.rts[i] != SSM_OMISSION)
            CHECK(table.rts[i] == limited.rts[i] && table.choices[i] == limited.choices[i]);
        else
            CHECK(table.rts[i] == SSM_OMISSION || table.rts[i] > 19.9f);
        for (int k = 0; k < 2; k++) {
            float rt = k ? exact.rts[i] : table.rts[i];
            late[k] += (double)(rt > 20.5f) / N_SAMPLES;
            later[k] += (double)(rt > 40.0f) / N_SAMPLES;
            never[k] += (double)(rt == SSM_OMISSION) / N_SAMPLES;
        }
    }
    double margin = 4.0 / sqrt((double)N_SAMPLES);
    CHECK(late[0] > 0.01 && (angle < 0.0) == (never[0] > 0.01));
    CHECK_NEAR(late[0], late[1], margin);
    CHECK_NEAR(later[0], later[1], margin);
    CHECK_NEAR(never[0], never[1], margin);
}

int main(void)
{
    test_same_bits();
    test_several_trials();
    test_closed_forms();
    test_omissions();
    test_no_limit(4.0, 0.0);
    test_no_limit(3.0, -0.15);
    return check_result();
}
