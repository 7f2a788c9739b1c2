/* Choices without a response time: their sampler. */
#ifndef SSM_CHOICE_H
#define SSM_CHOICE_H

#include "core/kernels.h"
#include "core/trials.h"

enum { CHOICE_BLOCK = 256, CHOICE_RUN = 4096 };

/* Samples of a trial share random bits: 32 of them have the words of 8 blocks.  Sample 32 g + 16 h +
 * 2 l + w has word 2 h + w of block 8 g + l, so that whole vectors of pairs are written. */
enum { CHOICE_GROUP = 32, BLOCKS_OF_A_GROUP = 8 };

/* Write the choices of the `count` samples from number `begin` on; the array holds a whole block. */
SSM_DECLARE_KERNEL(void, choice_softmax,
                   (const ssm_problem *problem, int64_t begin, int count, uint32_t *choice));
/* The same for a call of one trial; `begin` is a multiple of CHOICE_GROUP, and the array holds whole
 * groups. */
SSM_DECLARE_KERNEL(void, choice_softmax_alike,
                   (const ssm_problem *problem, int64_t begin, int count, uint32_t *choice));

#endif
