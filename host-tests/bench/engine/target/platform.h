/* What the measuring program needs of the machine that it runs on. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdint.h>

/* Reads a whole file of the working directory into memory; gives its length, or 0. */
uint32_t platform_read(const char *name, void *memory, uint32_t capacity);

/* Writes into an empty file of the working directory. */
void platform_write(const char *name, const void *memory, uint32_t length);

/* Instructions run so far, modulo 2^32, where the machine tells; else 0. */
uint32_t platform_instructions(void);

/* Marks the free part of the stack. */
void platform_paint_stack(void);

/* Bytes of stack below the caller's frame that were used since they were marked, where the machine tells; else 0. */
uint32_t platform_stack_used(void);

#endif
