/* The law of response time and choice of independent accumulators, and of choices without a time:
 * the density of the winner times the survival of the others. */
#ifndef SSM_RACE_LAW_H
#define SSM_RACE_LAW_H

#include "density/accumulators.h"
#include "density/outcome.h"
#include "ssm/density.h"

enum { RACE_REFLECTED = 0 /* variant: see race.c */ };

/* The parameters of one trial. */
typedef struct {
    ssm_process_kind process;
    int n, adds, has_second; /* accumulators; how their second drift counts */
    int is_reflected;        /* at 0 */
    double drift[SSM_MAX_PARTICLES], drift_2[SSM_MAX_PARTICLES], sd[SSM_MAX_PARTICLES];
    double rate[SSM_MAX_PARTICLES], count[SSM_MAX_PARTICLES];
    double weight[SSM_MAX_PARTICLES]; /* log of the odds of a choice without a time */
    double start[SSM_MAX_PARTICLES]; /* of diffusing accumulators: lower end, in evidence */
    double range, boundary, collapse, onset;
    reflected_law reflected[SSM_MAX_PARTICLES]; /* in units of the noise, if it is reflected */
    outcome_limits limits;
} race_law;

race_law race_law_of(const ssm_law *law, int64_t trial);

/* Number of the accumulator that a label stands for. */
int race_winner(const race_law *law, int32_t choice);

outcome_law race_outcome(race_law *law);

#endif
