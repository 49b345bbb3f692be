/*
 * QEMU's Xtensa machine `sim`. Files are reached by its semihosting. With `-icount shift=7` each instruction takes
 * 128 ns, which is 5.12 ticks of the cycle counter at 40 MHz: ticks give instructions exactly, up to 838 million.
 */
#include "platform.h"

#include <stddef.h>

enum { CALL_READ = 3, CALL_WRITE = 4, CALL_OPEN = 5, CALL_CLOSE = 6 };
enum { OPEN_READ = 0, OPEN_WRITE = 1 };

#define PAINT 0x5AA55AA5u

extern uint32_t stack_bottom[];

static int32_t simulator_call(int32_t number, uintptr_t first, uintptr_t second, uint32_t third) {
	register int32_t a2 __asm__("a2") = number;
	register uintptr_t a3 __asm__("a3") = first;
	register uintptr_t a4 __asm__("a4") = second;
	register uint32_t a5 __asm__("a5") = third;
	__asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
	return a2;
}

uint32_t platform_read(const char *name, void *memory, uint32_t capacity) {
	int32_t file = simulator_call(CALL_OPEN, (uintptr_t)name, OPEN_READ, 0);
	if (file < 0) {
		return 0;
	}
	uint32_t length = 0;
	for (;;) {
		int32_t count =
		    simulator_call(CALL_READ, (uintptr_t)file, (uintptr_t)((uint8_t *)memory + length), capacity - length);
		if (count <= 0) {
			break;
		}
		length += (uint32_t)count;
	}
	(void)simulator_call(CALL_CLOSE, (uintptr_t)file, 0, 0);
	return length;
}

void platform_write(const char *name, const void *memory, uint32_t length) {
	int32_t file = simulator_call(CALL_OPEN, (uintptr_t)name, OPEN_WRITE, 0);
	if (file >= 0) {
		(void)simulator_call(CALL_WRITE, (uintptr_t)file, (uintptr_t)memory, length);
		(void)simulator_call(CALL_CLOSE, (uintptr_t)file, 0, 0);
	}
}

uint32_t platform_instructions(void) {
	uint32_t ticks;
	__asm__ volatile("rsr.ccount %0" : "=r"(ticks) : : "memory");
	return ticks;
}

static uint32_t *stack_pointer(void) {
	uint32_t *at;
	__asm__ volatile("mov %0, a1" : "=r"(at));
	return at;
}

void platform_paint_stack(void) {
	uint32_t *end = stack_pointer() - 8;
	for (volatile uint32_t *at = stack_bottom; at < end; at++) {
		*at = PAINT;
	}
}

uint32_t platform_stack_used(void) {
	uint32_t *end = stack_pointer();
	uint32_t *at = stack_bottom;
	while (at < end && *at == PAINT) {
		at++;
	}
	return (uint32_t)((uintptr_t)end - (uintptr_t)at);
}
