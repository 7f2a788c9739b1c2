#include "density/level.h"

#include <math.h>

static int serves(const level_slot *slot, const level *l)
{
    return slot->is_known && slot->followed_at == l->followed_at && can_share(&l->law, slot->roles, l->roles);
}

/* The slot whose solution serves the level, or the first one that is free. */
static int find_slot(const level *l, const level_slot *slots, int taken)
{
    int free = 0;
    for (int i = 0; i < MAX_LEVELS; i++)
        if (serves(&slots[i], l))
            return i;
    while (taken >> free & 1)
        free++;
    return free;
}

static moving_law *solve_in(level *l, level_slot *slot, const moving_law *like,
                            const level_solutions *solutions)
{
    if (serves(slot, l))
        return &slot->solution;
    const solution_use use = {.like = like, .followed_at = l->followed_at};
    slot->is_known = 1;
    slot->followed_at = l->followed_at;
    for (int i = 0; i < SSM_LAW_PARAMETERS; i++)
        slot->roles[i] = l->roles[i];
    solve_for(&l->law, l->roles, solutions->last_t, &use, solutions->isa, &slot->solution);
    return &slot->solution;
}

void level_read(level *l, int64_t trial)
{
    read_roles(&l->law, trial, l->roles);
    l->roles[SSM_NDT_LOCATION] = 0.0;
    l->roles[SSM_DEADLINE] = INFINITY;
    l->moving = 0;
    l->cdf.n_known[0] = l->cdf.n_known[1] = 0;
    l->at_switch[0] = l->at_switch[1] = NAN;
}

static void set_response(level *l)
{
    l->response = law_of(&l->law, l->roles, l->moving);
    l->base_drift = l->moving ? l->moving->base_drift : 0.0;
}

void level_set(level *l, int64_t trial, int follows, int taken, level_solutions *solutions)
{
    level_read(l, trial);
    if (!has_closed_form(&l->law)) {
        if (!follows)
            l->slot = find_slot(l, solutions->own, taken);
        level_slot *slot = &solutions->own[l->slot];
        if (!follows) {
            l->moving = solve_in(l, slot, 0, solutions);
        } else if (can_share(&l->law, slot->roles, l->roles)) {
            l->moving = &slot->solution;
        } else {
            int moved = find_slot(l, solutions->moved, taken);
            l->moving = solve_in(l, &solutions->moved[moved], &slot->solution, solutions);
        }
    }
    set_response(l);
}

int level_starts_at(const level *l)
{
    int is_low = start_distance(&l->law, l->roles, 0) <= 0.0;
    int is_high = start_distance(&l->law, l->roles, 1) <= 0.0;
    return is_low || is_high ? is_high : -1;
}

static void use(const level *l)
{
    if (l->moving)
        l->moving->base_drift = l->base_drift;
}

void level_follow(level *l, int64_t trial, const level *high, int side, moving_law *moving, ssm_isa isa)
{
    level_read(l, trial);
    set_curves_for(&l->law, l->roles, isa, moving);
    use(high);
    moving_follow(moving, high->moving, side, 2.0 * l->roles[SSM_START] - 1.0,
                  l->roles[SSM_LAW_DRIFT] / l->roles[SSM_NOISE], isa);
    l->moving = moving;
    set_response(l);
}

double level_log_density(level *l, int side, double t)
{
    use(l);
    return decision_log_density(&l->response, side, t, 0);
}

double level_log_cdf(level *l, int side, double t)
{
    use(l);
    return l->moving ? moving_log_cdf(l->moving, &l->cdf, side, t)
                     : linear_log_cdf_after(&l->response.linear, side, t, &l->at_switch[side]);
}

double level_log_to_come(level *l, int side, double t)
{
    use(l);
    return moving_log_to_come(l->moving, side, t);
}

double level_log_survival(level *l, double t)
{
    use(l);
    if (l->moving)
        return moving_log_survival(l->moving, &l->cdf, t);
    return linear_log_survival(&l->response.linear, t);
}
