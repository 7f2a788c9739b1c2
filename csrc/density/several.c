#include "density/several.h"

#include "core/memory.h"
#include "density/cascade_law.h"
#include "density/parts.h"
#include "density/race.h"

#include <math.h>

/* The law of one trial after the other. */
typedef struct {
    const ssm_law *law;
    double last_t;
    ssm_isa isa;
    ssm_cancel *cancel;
    int is_cascade, is_in_parts;
    union {
        struct {
            race_law law;
            race_solutions solutions;
        } race;
        cascade_law cascade;
        parts_law parts;
    } of;
    outcome_law outcome;
    outcome_sums sums[SSM_MAX_PARTICLES]; /* of the trial */
} several;

static void begin_laws(several *s, const ssm_law *law, double last_t, ssm_isa isa,
                       ssm_cancel *cancel)
{
    s->law = law;
    s->last_t = last_t;
    s->isa = isa;
    s->cancel = cancel;
    s->is_in_parts = is_in_parts(law);
    s->is_cascade = law->problem->process == SSM_PROCESS_CASCADE;
    if (s->is_cascade)
        cascade_begin(&s->of.cascade, law, last_t, isa, cancel);
    for (int i = 0; i < SSM_MAX_PARTICLES && !s->is_cascade && !s->is_in_parts; i++)
        s->of.race.solutions.own[i].n_nodes = s->of.race.solutions.moved[i].n_nodes = 0;
}

/* A trial takes the steps of the first one of its run, which has been set before. */
static void set_trial(several *s, int64_t trial)
{
    int follows = s->law->n_like > 1 && trial % s->law->n_like != 0;
    for (int i = 0; i < SSM_MAX_PARTICLES; i++)
        s->sums[i].n_known = -1;
    if (s->is_cascade) {
        cascade_set(&s->of.cascade, trial, follows);
        s->outcome = cascade_outcome(&s->of.cascade);
    } else if (s->is_in_parts) {
        parts_set(&s->of.parts, s->law, trial, s->isa, s->cancel);
        s->outcome = branched_outcome(&s->of.parts.law);
    } else {
        s->of.race.law = race_law_of(s->law, trial, follows, s->last_t, s->isa,
                                      &s->of.race.solutions);
        s->outcome = race_outcome(&s->of.race.law);
    }
}

static int outcome_number(const several *s, double rt, int32_t choice)
{
    if (rt == (double)SSM_OMISSION)
        return 0;
    if (s->is_in_parts)
        return choice > 0;
    return s->is_cascade ? choice : race_winner(&s->of.race.law, choice);
}

static ssm_error log_densities(several *s, int64_t begin, int64_t end, const double *rts,
                               const int32_t *choices, double *log_density)
{
    const int64_t n = s->law->n_per_trial;
    for (int64_t i = begin; i < end; i++) {
        int is_new = i == begin || i % n == 0;
        if ((is_new || i % 64 == 0) && ssm_cancelled(s->cancel))
            return SSM_CANCELLED;
        if (is_new)
            set_trial(s, i / n);
        log_density[i] = outcome_log_density(&s->outcome, outcome_number(s, rts[i], choices[i]), rts[i]);
    }
    return SSM_OK;
}

ssm_error several_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                              const double *rts, const int32_t *choices, double *log_density,
                              ssm_cancel *cancel)
{
    several *s = ssm_allocate(sizeof *s);
    if (!s)
        return SSM_NO_MEMORY;
    begin_laws(s, law, law->last_t, isa, cancel);
    ssm_error error = log_densities(s, begin, end, rts, choices, log_density);
    ssm_free(s);
    return error;
}

static ssm_error probabilities(several *s, ssm_probability_kind kind, int64_t begin, int64_t end,
                               const double *rts, const int32_t *choices, double *values)
{
    const int64_t n = s->law->n_per_trial;
    for (int64_t i = begin; i < end; i++) {
        if (ssm_cancelled(s->cancel))
            return SSM_CANCELLED;
        if (i == begin || i % n == 0)
            set_trial(s, i / n);
        int outcome = outcome_number(s, rts[i], choices[i]);
        values[i] = outcome_probability(&s->outcome, kind, outcome, rts[i], &s->sums[outcome]);
    }
    return ssm_cancelled(s->cancel) ? SSM_CANCELLED : SSM_OK; /* a solution stops for it, too */
}

ssm_error several_probability(const ssm_law *law, ssm_isa isa, ssm_probability_kind kind,
                              int64_t begin, int64_t end, const double *rts,
                              const int32_t *choices, double *values, ssm_cancel *cancel)
{
    several *s = ssm_allocate(sizeof *s);
    if (!s)
        return SSM_NO_MEMORY;
    begin_laws(s, law, INFINITY, isa, cancel);
    ssm_error error = probabilities(s, kind, begin, end, rts, choices, values);
    ssm_free(s);
    return error;
}
