/*
 * Fixed-point scales against the reference's arithmetic on doubles, and products against those of 64 bits: random
 * numbers and extremes. The exit status tells the kind of failure.
 */
#include "fixed_point.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { SCALES = 3000000, PRODUCTS = 3000000 };

static uint64_t seed = 88172645463325252u;

static uint32_t next_random(void) {
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16);
}

/* Mantissas of few bits meet halves more often. */
static float random_scale(int wide) {
	uint32_t kind = next_random() % 8;
	uint32_t fraction = next_random() & 0x7FFFFF;
	fraction = kind == 0 ? fraction & 0x7F0000 : kind == 1 ? fraction | 0x7FFF00 : kind == 2 ? 0 : fraction;
	uint32_t exponent = wide ? 1 + next_random() % 253 : 107 + next_random() % 30;
	uint32_t bits = (kind == 3 && wide ? 0 : exponent << 23) | fraction;
	float value;
	memcpy(&value, &bits, sizeof value);
	return value > 0 ? value : FLT_MIN;
}

static int same(fixed_scale scale, double real) {
	fixed_scale expected = fixed_from_real(real);
	return scale.multiplier == expected.multiplier && scale.shift == expected.shift;
}

static int scales_differ(int wide) {
	float a = random_scale(wide);
	float b = random_scale(wide);
	float c = random_scale(wide);
	return !same(fixed_from_scales(a, b, c), (double)a * (double)b / (double)c);
}

/* 1 and 6 by a scale, as activations are bounded by them */
static int quotient_differs(void) {
	float real = next_random() & 1 ? 1.0f : 6.0f;
	uint32_t bits = (107 + next_random() % 24) << 23 | (next_random() & 0x7FFFFF);
	float scale;
	memcpy(&scale, &bits, sizeof scale);
	volatile float quotient = real / scale;
	double expected = floor((double)quotient + 0.5);
	return fixed_nearest_quotient(real, scale) != (expected < 131072 ? (int32_t)expected : 131072);
}

static int product_differs(int32_t a, int32_t b) {
	int64_t product = (int64_t)a * b;
	/* as the reference defines it: a nudge by the sign, then a division towards zero */
	int64_t nudge = product >= 0 ? (int64_t)1 << 30 : 1 - ((int64_t)1 << 30);
	int64_t expected = (product + nudge) / ((int64_t)1 << 31);
	if (a == INT32_MIN && b == INT32_MIN) {
		return fixed_multiply(a, b) != INT32_MAX;
	}
	if (a >= 0 && b >= 0 && fixed_product_positive((uint32_t)a, (uint32_t)b) != (uint64_t)expected) {
		return 1;
	}
	return fixed_multiply(a, b) != expected || fixed_multiply_parts(a, b) != expected;
}

/* as the reference defines it: two functions, each with its own rounding */
static int rescaled_differs(int32_t x, int32_t multiplier, int32_t shift) {
	int32_t expected = shift > 0 ? fixed_multiply(fixed_shift_left(x, shift), multiplier)
	                             : fixed_shift_right(fixed_multiply(x, multiplier), -shift);
	return fixed_rescale(x, multiplier, shift) != expected;
}

static int32_t random_factor(void) {
	static const int32_t extremes[] = {INT32_MIN, INT32_MIN + 1, -65537, -65536, -1, 0, 1, 32767, 32768, 65535, 65536,
	    1 << 30, INT32_MAX - 1, INT32_MAX};
	uint32_t value = next_random();
	uint32_t kind = next_random() % 4;
	return kind == 0 ? extremes[value % 14] : kind == 1 ? (int32_t)value >> (value & 31) : (int32_t)value;
}

int main(void) {
	for (int i = 0; i < SCALES; i++) {
		if (quotient_differs()) {
			return 4;
		}
		if (scales_differ(i & 1)) {
			return 1;
		}
	}
	for (int i = 0; i < PRODUCTS; i++) {
		if (product_differs(random_factor(), random_factor())) {
			return 2;
		}
		int32_t multiplier = i % 7 == 0 ? INT32_MAX : (int32_t)(next_random() >> 2 | 1u << 30);
		if (rescaled_differs(random_factor(), multiplier, (int32_t)(next_random() % 63) - 31)) {
			return 3;
		}
	}
	return 0;
}
