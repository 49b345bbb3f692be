/*
 * Compares the routines with the machine's own arithmetic on corner cases, each with each, and on random bits of which
 * many are alike. Prints the first difference and gives 1, or the count of comparisons and 0.
 */
#include "routines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t comparisons;

static void require(int same, const char *name, uint64_t a, uint64_t b) {
	comparisons++;
	if (!same) {
		printf("%s %016llx %016llx\n", name, (unsigned long long)a, (unsigned long long)b);
		exit(1);
	}
}

static int same_single(float a, float b) {
	return single_bits(a) == single_bits(b) || (isnan(a) && isnan(b));
}

static int same_double(double a, double b) {
	return double_bits(a) == double_bits(b) || (isnan(a) && isnan(b));
}

static void compare_integers(uint64_t a, uint64_t b) {
	uint32_t x = (uint32_t)a;
	uint32_t y = (uint32_t)b;
	require(__umulsidi3(x, y) == (uint64_t)x * y, "umulsidi3", a, b);
	require(__muldi3(a, b) == a * b, "muldi3", a, b);
	if (y != 0) {
		require(__udivsi3(x, y) == x / y, "udivsi3", a, b);
		require(__umodsi3(x, y) == x % y, "umodsi3", a, b);
		if (y != UINT32_MAX) {
			require(__divsi3((int32_t)x, (int32_t)y) == (int32_t)x / (int32_t)y, "divsi3", a, b);
		}
	}
	if (b != 0) {
		require(__udivdi3(a, b) == a / b, "udivdi3", a, b);
		require(__umoddi3(a, b) == a % b, "umoddi3", a, b);
		if (b != UINT64_MAX) {
			require(__divdi3((int64_t)a, (int64_t)b) == (int64_t)a / (int64_t)b, "divdi3", a, b);
		}
	}
	require(same_single(__floatsisf((int32_t)x), (float)(int32_t)x), "floatsisf", a, 0);
	require(same_single(__floatunsisf(x), (float)x), "floatunsisf", a, 0);
	require(same_double(__floatsidf((int32_t)x), (int32_t)x), "floatsidf", a, 0);
	require(same_double(__floatunsidf(x), x), "floatunsidf", a, 0);
}

static void compare_singles(uint32_t x, uint32_t y) {
	float a = single_from(x);
	float b = single_from(y);
	require(same_single(__addsf3(a, b), a + b), "addsf3", x, y);
	require(same_single(__subsf3(a, b), a - b), "subsf3", x, y);
	require(same_single(__mulsf3(a, b), a * b), "mulsf3", x, y);
	require(same_double(__extendsfdf2(a), (double)a), "extendsfdf2", x, 0);
	if (a > -1.0F && a < 4294967296.0F) {
		require(__fixunssfsi(a) == (uint32_t)a, "fixunssfsi", x, 0);
	}
}

static void compare_doubles(uint64_t x, uint64_t y) {
	double a = double_from(x);
	double b = double_from(y);
	require(same_double(__adddf3(a, b), a + b), "adddf3", x, y);
	require(same_double(__subdf3(a, b), a - b), "subdf3", x, y);
	require(same_double(__muldf3(a, b), a * b), "muldf3", x, y);
	require(same_double(__divdf3(a, b), a / b), "divdf3", x, y);
	require(same_single(__truncdfsf2(a), (float)a), "truncdfsf2", x, 0);
	if (a > -2147483649.0 && a < 2147483648.0) {
		require(__fixdfsi(a) == (int32_t)a, "fixdfsi", x, 0);
	}
	if (a > -1.0 && a < 4294967296.0) {
		require(__fixunsdfsi(a) == (uint32_t)a, "fixunsdfsi", x, 0);
	}
}

/* xorshift */
static uint64_t random_bits(void) {
	static uint64_t seed = 0x9E3779B97F4A7C15u;
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Long runs of equal bits, as carries and roundings need them. */
static uint64_t sparse_bits(void) {
	uint64_t bits = random_bits();
	uint32_t shift = (uint32_t)(random_bits() & 63);
	return random_bits() & 1 ? bits >> shift << (random_bits() & shift) : bits | (UINT64_MAX >> shift);
}

/* An exponent near another's, so that additions cancel and products come near the ends. */
static uint64_t near(uint64_t bits, uint32_t fraction, uint64_t random) {
	uint64_t step = (random_bits() % 9) << fraction;
	return ((bits & ~((UINT64_C(1) << fraction) - 1)) + step) | (random & ((UINT64_C(1) << fraction) - 1));
}

static void compare(uint64_t a, uint64_t b) {
	compare_integers(a, b);
	compare_integers(a, b >> 32);
	compare_singles((uint32_t)a, (uint32_t)b);
	compare_singles((uint32_t)(a >> 32), (uint32_t)(b >> 32));
	compare_doubles(a, b);
}

static void compare_corners(void) {
	static const uint64_t high[] = {0, 1, 2, 0x7F, 0x80, 0x3FE, 0x3FF, 0x400, 0x41D, 0x41E, 0x41F, 0x47E, 0x47F, 0x381,
	    0x380, 0x36A, 0x369, 0x7FE, 0x7FF};
	static const uint64_t low[] = {0, 1, 2, 3, 0xFFFFFFFFFFFFF, 0xFFFFFFFFFFFFE, 0x8000000000000, 0x7FFFFFFFFFFFF,
	    0x8000000000001, 0x10000000, 0x30000000, 0x0FFFFFFFFFFF0};
	enum { HIGH = sizeof high / sizeof high[0], LOW = sizeof low / sizeof low[0], ALL = 2 * HIGH * LOW };
	static uint64_t wide[ALL];
	static uint32_t narrow[ALL];
	uint32_t count = 0;
	for (uint32_t i = 0; i < HIGH; i++) {
		for (uint32_t k = 0; k < LOW; k++) {
			for (uint32_t sign = 0; sign < 2; sign++) {
				wide[count] = (uint64_t)sign << 63 | high[i] << 52 | low[k];
				narrow[count] = sign << 31 | (uint32_t)(high[i] & 255) << 23 | (uint32_t)(low[k] >> 29 | (low[k] & 3));
				count++;
			}
		}
	}
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t k = 0; k < count; k++) {
			compare_integers(wide[i], wide[k]);
			compare_singles(narrow[i], narrow[k]);
			compare_doubles(wide[i], wide[k]);
		}
	}
}

int main(void) {
	compare_corners();
	for (uint32_t i = 0; i < 300000; i++) {
		uint64_t a = random_bits();
		uint64_t b = sparse_bits();
		compare(a, random_bits());
		compare(b, sparse_bits());
		compare_singles((uint32_t)a, (uint32_t)near((uint32_t)a, 23, b));
		compare_singles((uint32_t)a, (uint32_t)near(0x3F800000u - (uint32_t)a, 23, b));
		compare_doubles(a, near(a, 52, b));
		compare_doubles(a, near(0x3FF0000000000000u - a, 52, b));
	}
	printf("%llu comparisons\n", (unsigned long long)comparisons);
	return 0;
}
