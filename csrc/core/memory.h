/* Memory for the work of one call: a thread's stack may be as small as 128 KB. */
#ifndef SSM_MEMORY_H
#define SSM_MEMORY_H

#include <stddef.h>

/* Returns memory that is aligned for vectors and not initialized; NULL if there is not enough. */
void *ssm_allocate(size_t size);

/* Frees what ssm_allocate() returned; NULL is ignored. */
void ssm_free(void *memory);

#endif
