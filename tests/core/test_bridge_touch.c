/* Whether and when a Brownian bridge touches a bent boundary, against an integral equation.
 *
 * The bridge runs from 0 at u = 0 to 0 at u = 1; the boundary is
 * A (1 - u) + B u + 4 u (1 - u) (C + (2 u - 1) E).
 */
#define SSM_ISA of_this_test /* its own copy of the kernel, for what is static in it */
#include "diffusion/bridge.h"
void SSM_KERNEL(bridge_draw)(const ssm_problem *, int64_t, int, bridge_steps *, bridge_block *);
#include "diffusion/bridge.c"

#include <string.h>

#include "check.h"

enum { MESH = 1000, PROPOSALS = 200000, CELLS = 10 };

static double boundary(distances d, double u)
{
    return d.at_0[0] * (1.0 - u) + d.at_1[0] * u +
           4.0 * u * (1.0 - u) * (d.bend[0] + (2.0 * u - 1.0) * d.skew[0]);
}

static double beyond(double gap, double distance)
{
    return 0.5 * erfc(distance / sqrt(2.0 * gap));
}

/* passed[i] = P(touched by u = i / MESH), by the equation of Fortet (1943) and Peskir (2002): who
 * is beyond the boundary has crossed it before.  For the bridge, each passage has the weight of its
 * way back to 0 in what is left of the time. */
static void solve(distances d, double *passed)
{
    static double mass[MESH];
    passed[0] = 0.0;
    for (int i = 1; i <= MESH; i++) {
        double end = (double)i / MESH, edge = boundary(d, end), known = beyond(end, edge);
        for (int j = 0; j < i - 1; j++) {
            double u = (j + 0.5) / MESH;
            known -= mass[j] * beyond(end - u, edge - boundary(d, u));
        }
        double u = (i - 0.5) / MESH, left = 1.0 - u, place = boundary(d, u);
        mass[i - 1] = known / beyond(end - u, edge - place);
        passed[i] = passed[i - 1] + mass[i - 1] * exp(-0.5 * place * place / left) / sqrt(left);
    }
}

static distances distances_of(double at_0, double at_1, double bend, double skew)
{
    return (distances){splat(at_0), splat(at_1), splat(bend), splat(skew)};
}

/* Of one of two bridges; the other one is far. */
static double touch_of(int which, distances d)
{
    distances far = distances_of(1e200, 1e200, 0.0, 0.0);
    vpair p = touch_probabilities(1, which ? far : d, which ? d : far);
    CHECK(p.half[!which][0] < 1e-20);
    return p.half[which][0];
}

/* Bends and skews of the tests.  What is left out is of the third order in both, and of the second
 * in the skew. */
static const double bends[] = {0.0, -0.05, 0.05, -0.1, 0.1, -0.2, 0.2, 0.0, 0.0, 0.12, -0.12};
static const double skews[] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.05, -0.05, 0.03, 0.03};
enum { BENDS = sizeof bends / sizeof *bends };

static double left_out(int n)
{
    double bend = fabs(bends[n]), skew = fabs(skews[n]);
    return 0.35 * bend * (bend + skew) * (bend + skew) + 0.3 * skew * skew;
}

static void test_touch_probability(void)
{
    static double passed[MESH + 1];
    const double places[] = {0.05, 0.3, 1.0, 2.5};
    for (int i = 0; i < 16; i++)
        for (int n = 0; n < BENDS; n++) {
            distances d = distances_of(places[i / 4], places[i % 4], bends[n], skews[n]);
            solve(d, passed);
            CHECK_NEAR(touch_of(n % 2, d), passed[MESH], 1e-4 + left_out(n));
        }
    CHECK_NEAR(touch_of(0, distances_of(1.0, 0.7, 0.0, 0.0)), exp(-1.4), 1e-7);
    CHECK(touch_of(1, distances_of(1.0, -0.5, 0.05, 0.0)) >= 1.0);
}

/* Draw shares of a step; count those in each cell, and all of them. */
static int draw_shares(distances d, int number, int *counts)
{
    int accepted = 0;
    memset(counts, 0, CELLS * sizeof *counts);
    for (uint64_t n = 0; n < PROPOSALS; n += SSM_LANES) {
        vuint stream = {0};
        for (int lane = 0; lane < SSM_LANES; lane++)
            stream[lane] = n + (uint64_t)lane;
        vblock bits = philox(11, STREAM_PROCESS, (vuint){0} + (uint64_t)number, stream);
        vdouble share = propose_share(d, bits);
        vint taken = uniform(bits.word[3]) < accept_bent(d, share);
        for (int lane = 0; lane < SSM_LANES; lane++)
            if (taken[lane]) {
                accepted++;
                counts[share[lane] < 1.0 ? (int)(share[lane] * CELLS) : CELLS - 1]++;
            }
    }
    return accepted;
}

static void test_share_of_step(void)
{
    static double passed[MESH + 1];
    const double places[][2] = {{0.05, 2.0}, {0.3, 0.5}, {1.0, -0.1}, {1.5, -1.0}, {2.5, 0.1},
                                {0.5, -3.0}};
    for (int i = 0; i < 6 * BENDS; i++) {
        int n = i % BENDS;
        distances d = distances_of(places[i / BENDS][0], places[i / BENDS][1], bends[n], skews[n]);
        solve(d, passed);
        int counts[CELLS], accepted = draw_shares(d, i, counts), until = 0;
        CHECK(accepted > 0.03 * PROPOSALS);
        for (int cell = 0; cell < CELLS; cell++) {
            double p = passed[(cell + 1) * MESH / CELLS] / passed[MESH];
            until += counts[cell];
            CHECK_NEAR((double)until / accepted, p,
                       4.5 * sqrt(p * (1.0 - p) / accepted) + 1e-4 + left_out(n));
        }
    }
}

/* The mean motion of a drift that is a cubic is a parabola and a cubic, which a step knows, and what it
 * calls the rest. */
static void test_rest_of_mean_motion(void)
{
    const double h = 0.4, drifts[][4] = {
        {1.0, 0.0, 0.0, 3.0}, {0.3, -2.0, 1.5, -0.7}, {0.0, 0.0, 2.0, 0.0}, {-1.0, 4.0, -6.0, 8.0}};
    for (int i = 0; i < 4; i++) {
        const double *c = drifts[i], all = c[0] + c[1] / 2 + c[2] / 3 + c[3] / 4;
        rates r;
        for (int j = 0; j < 4; j++) {
            double u = (double[]){0.0, 0.5, 1.0, 0.25}[j];
            vdouble rate = splat(c[0] + u * (c[1] + u * (c[2] + u * c[3])));
            *(j < 3 ? &r.at[j] : &r.at_quarter) = rate;
        }
        schedule s = {.tau = splat(0.0)};
        bridge_step step = {.length = splat(h)};
        set_one_part((traits){0}, &s, &step, r);
        set_skews((traits){0}, &s, &step, splat(0.0), r, r);
        double most = 0.0;
        for (int j = 0; j <= 1000; j++) {
            double u = j / 1000.0, bend = step.bend_mean[0], skew = step.skew_mean[0];
            double mean = h * u * (c[0] + u * (c[1] / 2 + u * (c[2] / 3 + u * c[3] / 4)));
            most = fmax(most, fabs(mean - h * all * u -
                                   4.0 * u * (1.0 - u) * (bend + (2.0 * u - 1.0) * skew)));
        }
        CHECK_NEAR(step.shift[0], h * all, 1e-12);
        CHECK_NEAR(rest_of(r, splat(h))[0], most, 1e-7);
    }
}

int main(void)
{
    test_rest_of_mean_motion();
    test_touch_probability();
    test_share_of_step();
    return check_result();
}
