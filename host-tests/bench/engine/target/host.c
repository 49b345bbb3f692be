/* A machine with an operating system. Instructions are counted from outside, by callgrind. */
#include "platform.h"

#include <stdio.h>

uint32_t platform_read(const char *name, void *memory, uint32_t capacity) {
	FILE *file = fopen(name, "rb");
	if (file == NULL) {
		return 0;
	}
	size_t length = fread(memory, 1, capacity, file);
	(void)fclose(file);
	return (uint32_t)length;
}

void platform_write(const char *name, const void *memory, uint32_t length) {
	FILE *file = fopen(name, "wb");
	if (file != NULL) {
		(void)fwrite(memory, 1, length, file);
		(void)fclose(file);
	}
}

uint32_t platform_instructions(void) {
	return 0;
}

void platform_paint_stack(void) {
}

uint32_t platform_stack_used(void) {
	return 0;
}
