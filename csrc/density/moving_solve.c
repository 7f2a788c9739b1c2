#include "density/moving_lanes.h"
#include "density/moving_source.h"
#include "density/moving_tail.h"

#include <math.h>

#define NODES MOVING_RULE_NODES
#define WEIGHTS MOVING_RULE_WEIGHTS

/* A coarse grid serves while steps may be this many times as long as its shortest half-step. */
#define SAFETY 12.0

/* As ARRIVAL, for a jump of the drift soon after the chord ends: exp(-30). */
#define NOT_YET 60.0

/* As near as a step to a jump comes to it, in units of the clock. */
#define ROUNDING 1e-7

/* Steps of a solution that another one follows, in standard deviations of the time at which that arrives under
 * its drift; but no shorter than at high accuracy. */
#define SHARE_OF_SPREAD 0.4

/* Steps until a path may arrive, where the drift changes. */
enum { STEPS_ON_CHORD = 8 };

/* The longest steps; two grids may serve for them. */
#define LONGEST_STEPS 0.3, 0.25, 0.03, 0.015, 2e-4, 0.3

static const step_limits LIMITS[] = {
    [SOLVE_DEFAULT] = {LONGEST_STEPS, COARSEST_POINTS},
    [SOLVE_COARSE] = {LONGEST_STEPS, COARSE_POINTS},
    [SOLVE_FINE] = {0.2, 0.15, 0.03, 0.015, 2e-4, 0.3, FINE_POINTS},
    [SOLVE_SLOPES] = {0.12, 0.1, 0.04, 0.002, 1e-6, 0.1, COARSE_POINTS},
    [SOLVE_HIGH] = {0.1, 0.06, 0.03, 0.0015, 5e-7, 0.06, FINE_POINTS},
};

/* ---- the start: a narrow normal, until a path may arrive ------------------------------------------- */

static void step_normal(solver *s, double h)
{
    step_factors f;
    double middle[2];
    moving_prepare_step(s, h, &f);
    moving_multiply_normal(s, f.first[0], f.first[1]);
    s->variance += 0.5 * h;
    s->log_scale -= moving_middle_factor(&f, h, middle);
    moving_multiply_normal(s, middle[0], middle[1]);
    s->variance += 0.5 * h;
    moving_multiply_normal(s, f.last[0], f.last[1]);
    moving_advance(s, &f, h);
}

/* The factor exp(-c1 x - c2 x^2) of a jump of the drift and of a kink of the boundary now; from then on both
 * are as after it. */
static void pass_jump(solver *s, double *c)
{
    double before = s->w, slope_before = s->slope, b;
    s->next_jump++;
    double next = s->jumps[s->next_jump];
    s->when = isinf(next) ? 2.0 * s->t + 1e6 : 0.5 * (s->t + next);
    moving_drift_at(&s->law->curves, 1, &s->t, s->when, &s->w);
    c[0] = s->b * (s->w - before);
    c[1] = 0.0;
    if (s->law->curves.n_kinks > 0 && !s->on_chord) {
        moving_boundary_of(s, 1, &s->t, &b, &s->slope);
        c[1] = -0.5 * s->b * (s->slope - slope_before);
    }
}

/* Rungs that the next coarser grid does not have. */
static int rungs_below_coarser(const solver *s)
{
    return s->ladder->points == FINEST_POINTS ? RUNGS_BELOW_FINE
           : s->ladder->points == FINE_POINTS ? RUNGS_BELOW_COARSE
                                              : RUNGS_BELOW_COARSEST;
}

/* Every second point is a point of the next coarser grid. */
static void go_to_coarser_grid(solver *s)
{
    int points = s->ladder->points / 2;
    s->ladder = ladder_of(points);
    for (int i = 0; i <= points; i++)
        s->r[i] = s->r[2 * i];
}

/* Negative at times by which a path from y0 may have arrived. */
static double time_left(const moving_law *law, double y0, double t)
{
    double b;
    moving_boundary_at(&law->curves, 1, &t, &b, 0);
    double way = fmax(b - fabs(y0), 0.0);
    return way * way / ARRIVAL - t;
}

/* The time until which no path has reached a boundary from y0; the boundary at 0 is b0.  By secants, where an
 * end that stays counts half (the Illinois method), and by halves now and then. */
static double find_chord(const moving_law *law, double b0, double y0)
{
    double low = 0.0, high = (b0 - fabs(y0)) * (b0 - fabs(y0)) / ARRIVAL;
    double at_low = high, at_high = time_left(law, y0, high);
    int moved = 0; /* the end that the last pass moved, -1 or 1 */
    for (int i = 1; i < 60 && at_high < 0.0 && high - low > 1e-6 * high; i++) {
        double share = i % 4 ? fmin(fmax(at_low / (at_low - at_high), 2.5e-7), 1.0 - 2.5e-7) : 0.5;
        double t = low + share * (high - low), left = time_left(law, y0, t);
        if (left > 0.0) {
            low = t, at_low = left;
            at_high *= moved == -1 ? 0.5 : 1.0;
            moved = -1;
        } else {
            high = t, at_high = left;
            at_low *= moved == 1 ? 0.5 : 1.0;
            moved = 1;
        }
    }
    return at_high < 0.0 ? low : high;
}

/* The clock from now to a later time on the chord, or where the boundary moves by little; it never comes
 * to a time after the boundaries have met. */
static double clock_until(const solver *s, double t)
{
    double b, slope, times[INNER], values[INNER], slopes[INNER], sum = 0.0;
    if (s->on_chord || boundary_is_linear(&s->law->curves)) {
        moving_boundary_of(s, 1, &t, &b, &slope);
        return b > 0.0 ? (t - s->t) / (s->b * b) : INFINITY;
    }
    for (int i = 0; i < INNER; i++)
        times[i] = s->t + NODES[i] * (t - s->t);
    moving_boundary_of(s, INNER, times, values, slopes);
    for (int i = 0; i < INNER; i++)
        sum += values[i] > 0.0 ? WEIGHTS[i] * (t - s->t) / (values[i] * values[i]) : INFINITY;
    return sum;
}

static void begin(solver *s, const moving_law *like)
{
    moving_law *law = s->law;
    const moving_curves *curves = &law->curves;
    double c[2], zero = 0.0, x0 = 0.5 * (law->start[0] - law->start[1]), b0 = law->boundary, b, slope;
    double y0 = b0 * x0, end = like ? like->nodes[0].t : find_chord(law, b0, y0);
    moving_boundary_at(curves, 1, &end, &b, &slope);
    s->jumps[moving_jumps(curves, s->jumps)] = INFINITY;
    s->when = fmin(0.5 * s->jumps[0], 1e6);
    moving_drift_at(curves, 1, &zero, s->when, &s->w);
    const double *later = s->jumps;
    while (*later < end)
        later++;
    moving_keep_side(curves, 1, &end, fmin(0.5 * (end + *later), 1e6), &slope);
    law->chord_slope = boundary_is_linear(curves) ? slope : (b - b0) / end;
    law->kink = boundary_is_linear(curves) ? 0.0 : 0.5 * b * (slope - law->chord_slope);
    law->log_start = 0.5 * law->chord_slope * y0 * y0 / b0 - 0.5 * log(b0) - s->w * y0 +
                     0.5 * curves->leak * y0 * y0;
    s->b = b0, s->slope = law->chord_slope, s->mean = x0;
    s->on_chord = s->is_narrow = 1;
    while (s->jumps[s->next_jump] < end) {
        step_normal(s, clock_until(s, s->jumps[s->next_jump]));
        pass_jump(s, c);
        moving_multiply_normal(s, c[0], 0.0);
    }
    /* the drift may be a pulse that is over by then */
    for (int left = drift_changes(curves) ? STEPS_ON_CHORD : 1; left > 0; left--)
        step_normal(s, clock_until(s, s->t + (end - s->t) / left));
    s->on_chord = 0;
    s->slope = slope;
    law->n_nodes = 0;
    moving_node *node = moving_add_node(s);
    for (int side = 0; side < 2; side++) { /* at the end of the chord only what is there can leave */
        double wall = side ? 1.0 : -1.0, m = s->mean, v = s->variance;
        node->ratio[side] = s->log_scale - 0.5 * log(v / s->tau) - 0.5 * (wall - m) * (wall - m) / v +
                            0.5 * (wall - x0) * (wall - x0) / s->tau;
    }
    node->above = 0.5 * erfc(-s->mean / sqrt(2.0 * s->variance));
    moving_multiply_normal(s, 0.0, -law->kink);
}

/* The flux is continuous at a jump of the drift and at a kink, the solution and its outline are not. */
static void jump(solver *s)
{
    moving_law *law = s->law;
    const moving_node *before = &law->nodes[law->n_nodes - 1];
    double left = clock_until(s, s->jumps[s->next_jump]), way = 1.0 - fabs(s->mean);
    double log_flux[2] = {before->ratio[0], before->ratio[1]};
    if (s->is_narrow && left > 0.0 && way * way > NOT_YET * (s->variance + left))
        step_normal(s, left);
    else if (!s->is_narrow && left > ROUNDING)
        moving_take_short_step(s, left, log_flux);
    double c[2];
    pass_jump(s, c);
    s->segment = law->n_nodes;
    moving_node *node = moving_add_node(s);
    for (int side = 0; side < 2; side++) {
        node->ratio[side] = log_flux[side] - (side ? c[0] : -c[0]) - c[1];
        if (s->is_narrow) /* of node 0 it is without the outline, see moving_subtract_outline() */
            node->ratio[side] +=
                moving_outline_log_flux(law, side, s->tau) -
                (before == law->nodes ? 0.0 : moving_outline_log_flux(law, side, before->tau));
    }
    node->above = before->above;
    if (s->is_narrow)
        moving_multiply_normal(s, c[0], c[1]);
    else
        s->pending[0] += c[0], s->pending[1] += c[1];
}

static int rung_below(const heat_ladder *ladder, double h, int rung)
{
    if (rung > ladder->rungs - 1)
        rung = ladder->rungs - 1;
    while (rung > 0 && 2.0 * ladder->kernels[rung].s > h)
        rung--;
    return rung;
}

/* Early on the flux at the far side is below the smallest number: there the ratio starts on a line. */
static void fill_underflows(moving_law *law, int side)
{
    moving_node *nodes = law->nodes;
    int known = 1;
    while (known < law->n_nodes && !isfinite(nodes[known].ratio[side]))
        known++;
    if (known == law->n_nodes)
        known = 0;
    for (int i = 1; i < law->n_nodes; i++) {
        if (isfinite(nodes[i].ratio[side]))
            continue;
        double share = i < known ? (nodes[i].tau - nodes[0].tau) / (nodes[known].tau - nodes[0].tau) : 0.0;
        nodes[i].ratio[side] =
            i < known ? nodes[0].ratio[side] + share * (nodes[known].ratio[side] - nodes[0].ratio[side])
                      : nodes[i - 1].ratio[side];
    }
}

/* Whether there are jumps to come that are nearer to now, or to each other, than the coarse grid can tell. */
static int jumps_are_close(const solver *s)
{
    const double dx = 2.0 / (COARSE_POINTS + 1);
    double before = 0.0;
    for (const double *t = s->jumps + s->next_jump; !isinf(*t); t++) {
        double clock = clock_until(s, *t);
        if (clock - before < 4.0 * dx * dx)
            return 1;
        before = clock;
    }
    return 0;
}

/* The longest step that the curves allow; a jump that is near ends it.  step: see moving_step; f: those of
 * the step before. */
static const heat_kernel *choose_step(solver *s, int *rung, int *step, step_factors *f,
                                      heat_kernel *own)
{
    const moving_law *law = s->law;
    double since = s->segment ? s->tau - law->nodes[s->segment].tau : s->tau;
    const double shortest = s->ladder->dx * s->ladder->dx; /* time of a kernel that the grid resolves */
    double left = INFINITY, longest = fmin(s->limits->longest, s->limits->growth * since);
    if (law->followed_at > 0.0) {
        double way = 1.0 / (law->followed_at * s->b), spread = way * sqrt(way);
        longest = fmin(longest, fmax(SHARE_OF_SPREAD * spread, LIMITS[SOLVE_HIGH].growth * since));
    }
    int next = rung_below(s->ladder, longest, *rung + 1);
    if (next > *rung && !moving_allows(s->limits, f, 2.0 * s->ladder->kernels[next].s))
        next = *rung; /* as the step before tells */
    *rung = next;
    const heat_kernel *kernel = &s->ladder->kernels[*rung];
    if (!isinf(s->jumps[s->next_jump]))
        left = clock_until(s, s->jumps[s->next_jump]);
    if (left < 2.0 * shortest) { /* as near as the grid can tell */
        *step = STEP_IS_JUMP;
        return 0;
    }
    moving_prepare_step(s, 2.0 * kernel->s, f);
    while (*rung > 0 && !moving_step_is_short(s->limits, 2.0 * kernel->s, f)) {
        kernel = &s->ladder->kernels[--*rung];
        moving_prepare_step(s, 2.0 * kernel->s, f);
    }
    int is_short = *rung > 0 || moving_step_is_short(s->limits, 2.0 * kernel->s, f);
    int is_finest = s->ladder->points == FINEST_POINTS, jumps = left < 5.0 * kernel->s;
    if ((!is_short && s->is_narrow && !is_finest && !jumps) || (is_finest && jumps)) {
        if (is_finest) /* there is no room for kernels that are used once */
            go_to_coarser_grid(s);
        else /* the normal that the start is can go to any grid */
            s->ladder = ladder_of(FINEST_POINTS);
        *rung = is_finest ? 0 : RUNGS_BELOW_FINE;
        return choose_step(s, rung, step, f, own);
    }
    *step = *rung;
    if (jumps)
        *step = left < fmax(3.0 * kernel->s, 4.0 * shortest) ? STEP_TO_JUMP : STEP_HALFWAY_TO_JUMP;
    if (*step >= 0)
        return kernel;
    double half = *step == STEP_TO_JUMP ? 0.5 * left : 0.25 * left;
    build_kernel(own, s->ladder->points, half, s->law->own_matrices);
    moving_prepare_step(s, 2.0 * half, f);
    return own;
}

/* The step by which another solution reached node n.  What begins later is narrow: not on the coarsest grid. */
static const heat_kernel *repeat_step(solver *s, const moving_law *like, int n, int *step,
                                      step_factors *f, heat_kernel *own)
{
    int grid = like->nodes[n].grid;
    *step = like->nodes[n].step;
    if (s->source && grid == COARSEST_POINTS) { /* without jumps */
        grid = COARSE_POINTS;
        *step += RUNGS_BELOW_COARSEST;
    }
    if (grid > s->ladder->points) /* nothing is on a grid yet */
        s->ladder = ladder_of(grid);
    while (grid < s->ladder->points)
        go_to_coarser_grid(s);
    if (*step == STEP_IS_JUMP)
        return 0;
    const heat_kernel *kernel = own;
    if (*step >= 0) {
        kernel = &s->ladder->kernels[*step];
    } else {
        double left = clock_until(s, s->jumps[s->next_jump]);
        build_kernel(own, s->ladder->points, left * (*step == STEP_TO_JUMP ? 0.5 : 0.25),
                     s->law->own_matrices);
    }
    moving_prepare_step(s, 2.0 * kernel->s, f);
    return kernel;
}

/* Early on only the outline counts: what the first steps give is not right there. */
static void fill_beginning(moving_law *law, int side)
{
    moving_node *nodes = law->nodes;
    double way = law->way[side];
    int known = 0;
    while (known < law->n_nodes - 1 &&
           !(way * way < ARRIVAL * nodes[known].tau && isfinite(nodes[known].ratio[side])))
        known++;
    for (int i = 0; i < known; i++)
        nodes[i].ratio[side] = isfinite(nodes[known].ratio[side]) ? nodes[known].ratio[side] : 0.0;
}

static void note_step(solver *s, int step)
{
    moving_node *node = &s->law->nodes[s->law->n_nodes - 1];
    node->step = step;
    node->grid = s->ladder->points;
}

int moving_follow(moving_law *law, const moving_law *high, int side, double start, double drift,
                  ssm_isa isa)
{
    moving_source source = {.high = high, .side = side, .start = start, .drift = drift};
    heat_kernel own;
    const moving_node *from = &high->nodes[0];
    solver s = {.law = law, .isa = isa, .ladder = ladder_of(FINE_POINTS), .source = &source, .t = from->t,
                .tau = from->tau, .b = from->b, .slope = from->slope};
    law->start[0] = law->start[1] = 1.0;
    law->way[0] = high->start[side] + 1.0 + start;
    law->way[1] = high->start[side] + 1.0 - start;
    law->base_drift = drift;
    law->drift_sd = law->log_start = law->chord_slope = law->kink = 0.0;
    law->n_nodes = law->notes_shares = 0;
    law->is_complete = high->is_complete;
    law->ends_settled = law->ends_early = 0, law->left = 0.0;
    moving_node *first = moving_add_node(&s);
    first->ratio[0] = first->ratio[1] = -INFINITY;
    s.jumps[moving_jumps(&law->curves, s.jumps)] = INFINITY;
    while (s.jumps[s.next_jump] < s.t)
        s.next_jump++;
    s.when = fmin(0.5 * (s.t + s.jumps[s.next_jump]), 1e6);
    for (int n = 1; n < high->n_nodes; n++) {
        step_factors f;
        int step;
        const heat_kernel *kernel = repeat_step(&s, high, n, &step, &f, &own);
        if (kernel)
            moving_take_step(&s, kernel, &f);
        else
            jump(&s);
        note_step(&s, step);
    }
    moving_subtract_outline(law);
    for (int end = 0; end < 2; end++)
        fill_beginning(law, end);
    return law->n_nodes > 1;
}

/* Whether the boundary moves no more. */
static int boundary_rests(const solver *s)
{
    ssm_boundary_kind kind = s->law->curves.boundary_kind;
    return kind == SSM_BOUNDARY_CONSTANT || (kind == SSM_BOUNDARY_TABLE && s->slope == 0.0);
}

/* Whether a boundary that opens is so far from where leak keeps evidence that none arrives any more. */
static int is_out_of_reach(const solver *s)
{
    double g = s->law->curves.leak;
    if (!(g > 0.0 && s->slope > 0.0))
        return 0;
    double left = s->b - fabs(s->w) / g;
    return left > 0.0 && g * left * left > FAR;
}

/* How the solution ended; the step after it is too long for the grid, or the nodes ran out. */
static void note_end(const solver *s, double decay, int is_too_long, double last_t)
{
    moving_law *law = s->law;
    int rests = boundary_rests(s);
    int is_settled = decay >= SETTLED ||
                     (rests && law->curves.leak * (s->t - law->nodes[s->segment].t) >= FORGOTTEN);
    int is_full = law->n_nodes == MOVING_NODES, ran_out = (is_full || is_too_long) && decay < LAST_CLOCK && s->b > 0.0;
    law->ends_settled = (ran_out || is_full) && is_settled && law->curves.boundary_kind == SSM_BOUNDARY_CONSTANT;
    if (ran_out && !is_settled)
        moving_find_tail(law, last_t);
    int goes_on = is_settled || law->left > 0.0; /* as is known */
    law->is_complete = ran_out ? goes_on && s->slope <= 0.0 : decay >= LAST_CLOCK || s->b <= 0.0;
}

/* The clock, slower where leak keeps evidence away from boundaries that move. */
static double decayed(const solver *s, double decay, double before)
{
    double leak = s->law->curves.leak;
    if (!(leak > 0.0) || boundary_rests(s))
        return s->tau;
    return decay + (s->tau - before) * exp(-leak * s->b * s->b);
}

/* Whether a grid serves for steps as long as may be taken now; the finer ones serve for all. */
static int is_fine_enough(const solver *s, const heat_ladder *ladder, const step_factors *f)
{
    return ladder->points > COARSE_POINTS || moving_allows(s->limits, f, SAFETY * ladder->kernels[0].s);
}

/* The accuracy of a solution that takes no grid as coarse as one that was not fine enough. */
static solve_accuracy finer_than(solve_accuracy accuracy, int points)
{
    return accuracy == SOLVE_DEFAULT && points > COARSEST_POINTS ? SOLVE_FINE : accuracy + 1;
}

/* Goes to the next coarser grid where that has the rung, and returns it there. */
static int rung_on_coarser_grid(solver *s, int rung, const step_factors *f)
{
    const heat_ladder *coarser = ladder_of(s->ladder->points / 2);
    int below = rungs_below_coarser(s);
    if (rung < below || (coarser->points == COARSE_POINTS && jumps_are_close(s)))
        return rung;
    if (coarser->points == COARSEST_POINTS &&
        !(isinf(s->jumps[s->next_jump]) && is_fine_enough(s, coarser, f)))
        return rung;
    go_to_coarser_grid(s);
    return rung - below;
}

/* Whether hardly a path is left, and the last jump is forgotten: right after one, densities at a side may rise. */
static int is_over(const solver *s, double decay)
{
    return decay >= LAST_CLOCK && s->tau - s->law->nodes[s->segment].tau >= SETTLED;
}

int moving_solve(moving_law *law, double last_t, solve_accuracy accuracy, const moving_law *like,
                 ssm_isa isa)
{
    solver s = {.law = law, .limits = &LIMITS[accuracy], .isa = isa,
                .ladder = ladder_of(FINE_POINTS)};
    heat_kernel own;
    law->ends_settled = law->ends_early = 0, law->left = 0.0;
    if (!(law->start[0] > 0.0 && law->start[1] > 0.0)) { /* all leave at once */
        law->nodes[0] = (moving_node){0};
        law->n_nodes = law->is_complete = 1;
        return 1;
    }
    double jumps[MOVING_EVENTS];
    int is_fine = law->curves.n_kinks > 0 || (accuracy == SOLVE_SLOPES && moving_jumps(&law->curves, jumps) > 0);
    int coarse = is_fine ? FINE_POINTS : s.limits->coarse;
    if (law->notes_shares && coarse == COARSEST_POINTS) /* a share ends in the middle of the grid */
        coarse = COARSE_POINTS;
    int rung = 0, most = like ? like->n_nodes : MOVING_NODES;
    int beyond = 0; /* nodes after last_t, so that times until then lie in the middle of a stencil */
    int is_too_long = 0;
    double decay = 0.0;
    step_factors f = {0};
    begin(&s, like);
    while (law->n_nodes < most && (like || (beyond < STENCIL / 2 && !is_over(&s, decay)))) {
        int step;
        double before = s.tau;
        const heat_kernel *kernel =
            like ? repeat_step(&s, like, law->n_nodes, &step, &f, &own)
                 : choose_step(&s, &rung, &step, &f, &own);
        if (kernel && !(f.b > 0.0 && isfinite(f.t))) {
            is_too_long = s.slope > 0.0;
            break;
        }
        if (!like && is_out_of_reach(&s))
            break;
        if (!like && kernel && !is_fine_enough(&s, s.ladder, &f))
            return moving_solve(law, last_t, finer_than(accuracy, s.ladder->points), 0, isa);
        is_too_long = !like && kernel && step == 0 && !s.is_narrow && s.slope > 0.0 &&
                      (law->curves.leak != 0.0 || f.t > 2.0 * s.t) &&
                      !moving_allows(&LIMITS[SOLVE_DEFAULT], &f, kernel->s);
        if (is_too_long)
            break;
        if (kernel)
            moving_take_step(&s, kernel, &f);
        else
            jump(&s);
        beyond += s.t >= last_t;
        decay = decayed(&s, decay, before);
        note_step(&s, step);
        rung = step == STEP_IS_JUMP ? 0 : rung;
        if (!like && s.ladder->points > coarse)
            rung = rung_on_coarser_grid(&s, rung, &f);
    }
    moving_subtract_outline(law);
    for (int side = 0; side < 2; side++)
        fill_underflows(law, side);
    note_end(&s, decay, is_too_long || (like && like->left > 0.0), last_t);
    return law->n_nodes > 1;
}
