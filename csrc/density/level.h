/* The law of one level of a cascade: a diffusion that is a stage of it. */
#ifndef SSM_LEVEL_H
#define SSM_LEVEL_H

#include "density/law.h"
#include "density/moving_cdf.h"

enum { MAX_LEVELS = 3 };

typedef struct {
    ssm_problem problem;
    ssm_law law; /* of that problem */
    double roles[SSM_LAW_PARAMETERS];
    response_law response; /* of the decision: without non-decision time and limits */
    moving_law *moving;    /* NULL: in closed form */
    double base_drift;     /* levels with one solution differ in it */
    double followed_at;    /* see moving.h */
    int slot;              /* of the solution, among those of whole trials */
    moving_cdf cdf;
    double at_switch[2];   /* see linear_log_cdf_after() */
} level;

/* Solutions that levels share. */
typedef struct {
    double roles[SSM_LAW_PARAMETERS], followed_at;
    int is_known;
    moving_law solution;
} level_slot;

typedef struct {
    ssm_isa isa;
    double last_t;
    level_slot own[MAX_LEVELS];   /* of this trial, or of the one whose steps it takes */
    level_slot moved[MAX_LEVELS]; /* of this trial, by the steps of those */
} level_solutions;

/* Reads the parameters of a level in a trial; and sets its law too.  `taken` are the slots of the levels before
 * it.  With `follows` it takes the steps of the trial that was set before it. */
void level_read(level *l, int64_t trial);
void level_set(level *l, int64_t trial, int follows, int taken, level_solutions *solutions);

/* The same for a level that begins when another one ends at a side, and is solved numerically. */
void level_follow(level *l, int64_t trial, const level *high, int side, moving_law *moving, ssm_isa isa);

/* The side at which it starts, or -1 if it starts inside. */
int level_starts_at(const level *l);

/* Log density of leaving at a side at t; log probabilities of having left there, or nowhere, by t. */
double level_log_density(level *l, int side, double t);
double level_log_cdf(level *l, int side, double t);
double level_log_survival(level *l, double t);

/* Log probability of leaving there after t, of one that is solved numerically. */
double level_log_to_come(level *l, int side, double t);

#endif
