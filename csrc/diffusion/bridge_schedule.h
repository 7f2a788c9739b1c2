/* Steps that the samples of a call share: found once, and kept as numbers. */
#ifndef SSM_BRIDGE_SCHEDULE_H
#define SSM_BRIDGE_SCHEDULE_H

#include "diffusion/bridge.h"
#include "diffusion/schedule.h"

_Static_assert((int)STEP_NUMBERS == (int)BRIDGE_STEP_NUMBERS, "numbers of a step");
_Static_assert(sizeof(schedule) <= BRIDGE_STATE * sizeof(vdouble), "state of a schedule");

/* Find one more step of a call. */
static inline void find_step(const ssm_problem *p, bridge_steps *steps)
{
    schedule s;
    bridge_step step;
    restore_schedule(steps->state, &s);
    if (p->drift.kind == SSM_DRIFT_GAZE) /* steps are common where gaze needs no draws */
        follow_gaze(traits_of(p), p, 0, (vuint){0}, &s);
    while (!next_step(traits_of(p), p, &s, &step, 0)[0])
        continue;
    save_schedule(&s, steps->state);
    const vdouble *numbers = (const vdouble *)&step;
    for (int i = 0; i < STEP_NUMBERS; i++)
        steps->step[steps->n_steps][i] = numbers[i][0];
    steps->n_steps++;
}

#endif
