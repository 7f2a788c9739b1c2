/* Draws from a law that is solved numerically. */
#ifndef SSM_LAW_DRAWS_H
#define SSM_LAW_DRAWS_H

#include "ssm.h"

/* Samples begin <= i < end of a diffusion that ssm_law_check() finds no defect in, trial by trial, each
 * trial from a table of its law. */
ssm_error ssm_law_sample(const ssm_problem *problem, ssm_isa isa, int64_t begin, int64_t end,
                         const ssm_results *results, ssm_cancel *cancel);

#endif
