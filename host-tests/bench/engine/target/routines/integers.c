/*
 * 32- and 64-bit integer routines with libgcc's names. The ESP8266 has them in ROM, so that Debian's libgcc for its
 * core leaves them out.
 */
#include "routines.h"

uint64_t __umulsidi3(uint32_t a, uint32_t b) {
	uint32_t low = (a & 0xFFFF) * (b & 0xFFFF);
	uint32_t left = (a >> 16) * (b & 0xFFFF);
	uint32_t middle = (a & 0xFFFF) * (b >> 16) + left;
	uint32_t high = (a >> 16) * (b >> 16);
	high += (middle < left ? 0x10000u : 0) + (middle >> 16);
	middle <<= 16;
	low += middle;
	return words(low, high + (low < middle));
}

uint64_t __muldi3(uint64_t a, uint64_t b) {
	uint64_t low = __umulsidi3((uint32_t)a, (uint32_t)b);
	uint32_t cross = (uint32_t)a * high_word(b) + high_word(a) * (uint32_t)b;
	return words((uint32_t)low, high_word(low) + cross);
}

/* The quotient; the remainder replaces *a. Division by zero gives 0. */
static inline uint32_t divide(uint32_t *a, uint32_t b) {
	uint32_t quotient = 0;
	uint32_t rest = *a;
	if (b != 0 && rest >= b) {
		uint32_t steps = (uint32_t)(__builtin_clz(b) - __builtin_clz(rest));
		b <<= steps;
		do {
			quotient <<= 1;
			if (rest >= b) {
				rest -= b;
				quotient |= 1;
			}
			b >>= 1;
		} while (steps-- > 0);
		*a = rest;
	}
	return quotient;
}

uint32_t __udivsi3(uint32_t a, uint32_t b) {
	return divide(&a, b);
}

uint32_t __umodsi3(uint32_t a, uint32_t b) {
	(void)divide(&a, b);
	return a;
}

int32_t __divsi3(int32_t a, int32_t b) {
	uint32_t dividend = a < 0 ? 0u - (uint32_t)a : (uint32_t)a;
	uint32_t quotient = divide(&dividend, b < 0 ? 0u - (uint32_t)b : (uint32_t)b);
	return (int32_t)((a ^ b) < 0 ? 0u - quotient : quotient);
}

static uint64_t divide_long(uint64_t *a, uint64_t b) {
	uint64_t quotient = 0;
	uint64_t rest = *a;
	if (b != 0 && rest >= b) {
		uint32_t steps = 0;
		while ((int64_t)b > 0 && (b << 1) <= rest) {
			b <<= 1;
			steps++;
		}
		do {
			quotient <<= 1;
			if (rest >= b) {
				rest -= b;
				quotient |= 1;
			}
			b >>= 1;
		} while (steps-- > 0);
		*a = rest;
	}
	return quotient;
}

uint64_t __udivdi3(uint64_t a, uint64_t b) {
	return divide_long(&a, b);
}

uint64_t __umoddi3(uint64_t a, uint64_t b) {
	(void)divide_long(&a, b);
	return a;
}

int64_t __divdi3(int64_t a, int64_t b) {
	uint64_t dividend = a < 0 ? 0u - (uint64_t)a : (uint64_t)a;
	uint64_t quotient = divide_long(&dividend, b < 0 ? 0u - (uint64_t)b : (uint64_t)b);
	return (int64_t)((a < 0) != (b < 0) ? 0u - quotient : quotient);
}
