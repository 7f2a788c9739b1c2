#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>

enum { ALIGNMENT = 64 };

/* C11's aligned_alloc() is not in every C library.  The address that malloc() gave is kept just before
 * the aligned one. */
void *ssm_allocate(size_t size)
{
    char *begin = malloc(size + sizeof(void *) + ALIGNMENT);
    if (!begin)
        return NULL;
    uintptr_t first = (uintptr_t)begin + sizeof(void *);
    char *aligned = begin + sizeof(void *) + (ALIGNMENT - first % ALIGNMENT) % ALIGNMENT;
    ((void **)(void *)aligned)[-1] = begin;
    return aligned;
}

void ssm_free(void *memory)
{
    if (memory)
        free(((void **)memory)[-1]);
}
