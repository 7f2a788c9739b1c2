/* The interface of a process. */
#ifndef SSM_PROCESS_H
#define SSM_PROCESS_H

#include "ssm.h"

typedef struct {
    ssm_process_row row;
    int n_particles;       /* how many it has; 0: any number */
    int path_per_particle; /* whether a path has a column for each particle, or one in all */
    /* Samples begin <= i < end, which lie within the call. */
    ssm_error (*sample)(const ssm_problem *problem, ssm_method method, ssm_isa isa, int64_t begin,
                        int64_t end, const ssm_results *results, ssm_cancel *cancel);
    /* A path of sample 0 of trial 0; n_grid is at least 1.  NULL if the process has no path. */
    ssm_error (*path)(const ssm_problem *problem, ssm_method method, int64_t n_grid, float *path,
                      ssm_cancel *cancel);
    /* Sets the fault and returns 0 if values of a trial, each of which is allowed, do not go
     * together; NULL if all do. */
    int (*go_together)(const ssm_problem *problem, int64_t trial, ssm_fault *fault);
    /* Whether values of some trial may not go together; NULL if that is so always. */
    int (*may_not)(const ssm_problem *problem);
} ssm_process_entry;

/* One for each process of SSM_PROCESSES. */
extern const ssm_process_entry ssm_process_DIFFUSION;
extern const ssm_process_entry ssm_process_BALLISTIC;
extern const ssm_process_entry ssm_process_COUNTING;
extern const ssm_process_entry ssm_process_CHOICE;
extern const ssm_process_entry ssm_process_RACE;
extern const ssm_process_entry ssm_process_CASCADE;
extern const ssm_process_entry ssm_process_ATTENTION;

/* Steps of a sample, at most, where it may take all of its time: a hundred samples take a second. */
#define SSM_MOST_STEPS 2e5

/* Allowed values that keep steps below a number, to be read after "must be". */
#define SSM_WORDS_OF_STEPS(most)             \
    "such that a sample takes at most " most \
    " steps until max_t (until 1,000 s, if that is not given)"
_Static_assert((int)SSM_MOST_STEPS == 200000 && (int)SSM_LAST_TIME == 1000, "numbers in messages");

/* Roles that every process with a response time has. */
#define SSM_ROLES_OF_TIME                              \
    {SSM_NDT_LOCATION, SSM_ALLOW_NOT_NEGATIVE, 0.0, 0}, \
    {SSM_NDT_SCALE, SSM_ALLOW_NOT_NEGATIVE, 0.0, 0},    \
    {SSM_DEADLINE, SSM_ALLOW_DEADLINE, INFINITY, 0}

#endif
