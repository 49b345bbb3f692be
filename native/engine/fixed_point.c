#include "fixed_point.h"

#include <string.h>

fixed_scale fixed_from_real(double real) {
	fixed_scale scale = {0, 0};
	uint64_t bits;
	memcpy(&bits, &real, sizeof bits);
	int32_t exponent = (int32_t)(bits >> 52 & 0x7FF) - 1022; /* real = fraction * 2^exponent, fraction in [0.5, 1) */
	uint64_t fraction = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
	uint64_t multiplier = (fraction + ((uint64_t)1 << 21)) >> 22;
	if (multiplier == (uint64_t)1 << 31) {
		multiplier >>= 1;
		exponent++;
	}
	if (exponent < -31) {
		return scale;
	}
	if (exponent > 31) {
		exponent = 31;
		multiplier = INT32_MAX;
	}
	scale.multiplier = (int32_t)multiplier;
	scale.shift = exponent;
	return scale;
}

static int32_t saturating_shift_left(int32_t x, int exponent) {
	int32_t threshold = (int32_t)(((uint32_t)1 << (31 - exponent)) - 1);
	return x > threshold ? INT32_MAX : x < -threshold ? INT32_MIN : fixed_shift_left(x, exponent);
}

/* exp(x) for x in [-1/4, 0), both in Q0: Taylor series around -1/8 up to the fourth power */
static int32_t exp_small(int32_t x) {
	const int32_t exp_minus_eighth = 1895147668;
	const int32_t third = 715827883;
	x = fixed_add(x, (int32_t)1 << 28);
	int32_t x2 = fixed_multiply(x, x);
	int32_t x3 = fixed_multiply(x2, x);
	int32_t x4 = fixed_multiply(x2, x2);
	int32_t tail = fixed_multiply(fixed_add(fixed_shift_right(x4, 2), x3), third);
	tail = fixed_shift_right(fixed_add(tail, x2), 1);
	return fixed_add(exp_minus_eighth, fixed_multiply(exp_minus_eighth, fixed_add(x, tail)));
}

int32_t fixed_exp(int32_t x, int integer_bits) {
	/* exp(-2^k) in Q0 for k = -2.. */
	static const int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
	if (x == 0) {
		return INT32_MAX;
	}
	int fraction_bits = 31 - integer_bits;
	int32_t quarter = (int32_t)1 << (fraction_bits - 2);
	int32_t small = (x & (quarter - 1)) - quarter;
	int32_t rest = fixed_add(small, -x); /* a multiple of a quarter */
	int32_t result = exp_small(saturating_shift_left(small, integer_bits));
	for (int k = 0; k < integer_bits + 2; k++) {
		if (rest & fixed_shift_left(quarter, k)) {
			result = fixed_multiply(result, powers[k]);
		}
	}
	return result;
}

int32_t fixed_reciprocal(int32_t x) {
	const int32_t q2_48_17ths = 1515870810;
	const int32_t q2_minus_32_17ths = -1010580540;
	const int32_t q2_one = (int32_t)1 << 29;
	int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2); /* of the denominator */
	int32_t result = fixed_add(q2_48_17ths, fixed_multiply(half, q2_minus_32_17ths));
	for (int i = 0; i < 3; i++) { /* Newton and Raphson */
		int32_t error = fixed_add(q2_one, -fixed_multiply(half, result));
		result = fixed_add(result, saturating_shift_left(fixed_multiply(result, error), 2));
	}
	return saturating_shift_left(result, 1);
}

int32_t fixed_logistic(int32_t x) {
	if (x == 0) {
		return (int32_t)1 << 30;
	}
	int32_t positive = fixed_reciprocal(fixed_exp(x > 0 ? -x : x, 4));
	return x > 0 ? positive : INT32_MAX - positive;
}
