/* Choices without a response time: their sampler. */
#ifndef SSM_CHOICE_H
#define SSM_CHOICE_H

#include "core/kernels.h"
#include "core/trials.h"

enum { CHOICE_BLOCK = 256 };

/* Write the choices of the `count` samples from number `begin` on; the array holds a whole block. */
SSM_DECLARE_KERNEL(void, choice_softmax,
                   (const ssm_problem *problem, int64_t begin, int count, double *choice));

#endif
