/* Filling memory with one value. */
#ifndef ENGINE_FILL_H
#define ENGINE_FILL_H

#include <stdint.h>

/* `bytes` is a multiple of the value's `width`. */
void fill_with(void *to, uint32_t bytes, const void *value, uint32_t width);

#endif
