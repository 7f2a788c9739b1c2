/* A race of accumulators: parts that the samplers and their paths share. */
#ifndef SSM_RACE_H
#define SSM_RACE_H

#include "core/kernels.h"
#include "core/trials.h"

enum {
    RACE_BLOCK = 128,
    RACE_ENTRIES = RACE_BLOCK + 8, /* rows of a power of 2 would share cache lines */
    RACE_TOUCHES = RACE_BLOCK * SSM_MAX_PARTICLES,
    RACE_ROWS = 20 /* numbers of a schedule: see race_step.h */
};

/* How far noise and drift carry in a step, in units of the boundary.  How much the boundary may bend
 * and skew, diffusion/limits.h says. */
static const double RACE_REACH = 0.3, RACE_DRIFT = 0.2;

/* How much evidence may decay or grow in a step, in the exponent, and where the mean grows; how much
 * it may decay where noise carries further than RACE_FAR of the way to the boundary. */
static const double RACE_DECAY = 1.5, RACE_GROWTH = 0.2, RACE_EXCITED = 0.1,
                    RACE_NEAR = 0.25, RACE_FAR = 0.35;

/* Draws of an accumulator: its start, then its steps. */
enum { RACE_START_DRAW = 0, RACE_FIRST_STEP_DRAW = 1 };

/* The samples that are still on their way, entry i being one of them. */
typedef struct {
    int count, n_rows; /* the entries of `state` that are in use */
    int32_t index[RACE_BLOCK];
    uint64_t stream[RACE_ENTRIES], draw[RACE_ENTRIES];
    double state[RACE_ROWS][RACE_ENTRIES];
    double x[SSM_MAX_PARTICLES][RACE_ENTRIES], drift[SSM_MAX_PARTICLES][RACE_ENTRIES];
    double noise[SSM_MAX_PARTICLES][RACE_ENTRIES];
} race_walkers;

/* The accumulators that have touched the boundary, and the step in which they did. */
typedef struct {
    int count;
    int32_t index[RACE_TOUCHES];
    uint64_t stream[RACE_TOUCHES], purpose[RACE_TOUCHES];
    double particle[RACE_TOUCHES], at_0[RACE_TOUCHES], at_1[RACE_TOUCHES];
    double bend[RACE_TOUCHES], skew[RACE_TOUCHES];
    double tau[RACE_TOUCHES], length[RACE_TOUCHES];
} race_touches;

/* Parameters of the samples of a block. */
typedef struct {
    double limit[RACE_BLOCK], leak[RACE_BLOCK], inhibition[RACE_BLOCK], range[RACE_BLOCK];
    double start[SSM_MAX_PARTICLES][RACE_BLOCK];
    double boundary[SSM_CURVE_PARAMETERS][RACE_BLOCK];
} race_parameters;

/* The memory of method bridge. */
typedef struct {
    race_walkers walkers;
    race_touches touches;
    race_parameters parameters;
} race_memory;

/* Samples of a block, one entry each. */
typedef struct {
    race_memory *memory; /* NULL: another method */
    ssm_cancel *cancel; /* asked in every round of steps; then the answer is unspecified */
    uint64_t stream[RACE_BLOCK];
    double ndt[RACE_BLOCK], deadline[RACE_BLOCK];
    /* the answer: decision time in seconds (infinite: none before the limit of time), and the
     * number of the accumulator that is first or, without a decision, largest */
    double time[RACE_BLOCK], winner[RACE_BLOCK];
    double steps[RACE_BLOCK]; /* that Euler-Maruyama took */
} race_block;

/* Whether evidence is kept at or above 0; and whether accumulators change each other or leak. */
static inline int has_floor(const ssm_problem *p) { return p->variant == 0; }
static inline int is_coupled(const ssm_problem *p)
{
    return plays(p, SSM_LEAK) || plays(p, SSM_INHIBITION);
}

/* Where accumulator `i` of samples starts, given the boundary at time 0. */
static inline vdouble race_start(const ssm_problem *p, int i, vdouble edge, vdouble start,
                                 vdouble range, uint64_t key, vuint stream)
{
    const vuint none = {0};
    vdouble x = edge * start;
    if (plays(p, SSM_START_RANGE)) {
        uint32_t purpose = of_particle(STREAM_PROCESS, i);
        vblock bits = philox(key, purpose, none + RACE_START_DRAW, stream);
        x = x + range * uniform_52(bits.word[0], bits.word[1]);
    }
    return has_floor(p) ? vmax(x, splat(0.0)) : x;
}

/* Number the samples from `begin` on and draw their non-decision times; `count` is padded. */
static inline void race_begin(const ssm_problem *p, uint64_t key, int64_t begin, int count,
                              race_block *b)
{
    double location[RACE_BLOCK], scale[RACE_BLOCK];
    int64_t trial = begin % p->n_trials;
    number_streams(b->stream, p->n_trials, p->first_trial, begin, count);
    gather(location, column_of(p, SSM_NDT_LOCATION), trial, p->n_trials, count);
    gather(scale, column_of(p, SSM_NDT_SCALE), trial, p->n_trials, count);
    gather(b->deadline, column_of(p, SSM_DEADLINE), trial, p->n_trials, count);
    draw_ndt(p->ndt_kind, key, b->stream, location, scale, count, b->ndt);
}

/* Fill the block with the `count` samples from number `begin` on: exactly, without time steps; by
 * bridge steps; by Euler-Maruyama. */
SSM_DECLARE_KERNEL(void, race_exact,
                   (const ssm_problem *problem, int64_t begin, int count, race_block *block));
SSM_DECLARE_KERNEL(void, race_bridge,
                   (const ssm_problem *problem, int64_t begin, int count, race_block *block));
/* If `path` is given, count is 1, and row k < n_path of it is set to the state after k steps. */
SSM_DECLARE_KERNEL(void, race_euler,
                   (const ssm_problem *problem, int64_t begin, int count, race_block *block,
                    float *path, int64_t n_path));

ssm_error ssm_race_path(const ssm_problem *problem, ssm_method method, int64_t n_grid,
                        float *path, ssm_cancel *cancel);

#endif
