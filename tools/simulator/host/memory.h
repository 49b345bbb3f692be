/* Included before everything else in an app's C file: what it allocates is counted for its machine. */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdlib.h>
#include <string.h>

void *simMalloc(size_t size);
void *simCalloc(size_t count, size_t size);
void *simRealloc(void *data, size_t size);
void simFree(void *data);

#define malloc simMalloc
#define calloc simCalloc
#define realloc simRealloc
#define free simFree

#endif
