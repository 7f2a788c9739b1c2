/* The law of response time and choice of independent accumulators, and of choices without a time:
 * the density of the winner times the survival of the others. */
#ifndef SSM_RACE_LAW_H
#define SSM_RACE_LAW_H

#include "density/accumulators.h"
#include "density/outcome.h"
#include "density/robin.h"
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
    /* of reflected accumulators, in units of the noise: where the boundary stays, and where it moves */
    reflected_law reflected[SSM_MAX_PARTICLES];
    const robin_law *robin[SSM_MAX_PARTICLES];
    outcome_limits limits;
} race_law;

/* Solutions of accumulators, which trials share; to be made with zeros. */
typedef struct {
    robin_law own[SSM_MAX_PARTICLES]; /* of this trial, or the one that it follows */
    robin_law moved[SSM_MAX_PARTICLES];
} race_solutions;

/* The law of a trial; observations are at last_t at the latest.  If it `follows`, the solutions of the
 * trial before it are kept. */
race_law race_law_of(const ssm_law *law, int64_t trial, int follows, double last_t, ssm_isa isa,
                     race_solutions *solutions);

/* Number of the accumulator that a label stands for. */
int race_winner(const race_law *law, int32_t choice);

outcome_law race_outcome(race_law *law);

#endif
