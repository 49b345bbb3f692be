/*
 * IEEE 754 single precision, rounded to nearest even, with libgcc's names: see integers.c.
 * Significands carry three more bits while computed, the last of which stands for all that were cut off.
 */
#include "routines.h"

#define SIGN 0x80000000u
#define INFINITE 0x7F800000u
#define QUIET 0x00400000u
#define HIDDEN 0x00800000u
#define FRACTION 0x007FFFFFu

/* Shifts right; what is cut off leaves a mark in the last bit. */
static inline uint32_t shift_right(uint32_t a, uint32_t count) {
	return count > 31 ? a != 0 : a >> count | ((a & ((1u << count) - 1)) != 0);
}

/* `significand` has its first bit at 26 at the most; below when `exponent` is 1. */
static inline float round_to_single(uint32_t sign, int32_t exponent, uint32_t significand) {
	uint32_t bits = ((uint32_t)(exponent - 1) << 23) + ((significand + 3 + (significand >> 3 & 1)) >> 3);
	return single_from(sign | (exponent >= 255 || bits >= INFINITE ? INFINITE : bits));
}

/* Both exponents are those of ordinary numbers. */
static inline int are_normal(uint32_t exponent, uint32_t other) {
	return exponent - 1 < 254 && other - 1 < 254;
}

/* The first bit of `significand` is at 30; the exponent is that of a number that stays normal when it is rounded. */
static inline float round_normal(uint32_t sign, uint32_t exponent, uint32_t significand) {
	return single_from(sign | (((exponent - 1) << 23) + ((significand + 63 + (significand >> 7 & 1)) >> 7)));
}

static inline float add_any(uint32_t a, uint32_t b) {
	if (a << 1 < b << 1) {
		uint32_t other = a;
		a = b;
		b = other;
	}
	int32_t exponent = (int32_t)(a >> 23 & 255);
	int32_t smaller = (int32_t)(b >> 23 & 255);
	uint32_t difference = a ^ b;
	if (exponent == 255) {
		int is_nan = (a & FRACTION) != 0 || (smaller == 255 && difference == SIGN);
		return single_from(is_nan ? a | QUIET : a);
	}
	uint32_t sum = (a & FRACTION) << 3;
	uint32_t addend = (b & FRACTION) << 3;
	if (exponent != 0) {
		sum |= HIDDEN << 3;
	}
	else {
		exponent = 1;
	}
	if (smaller != 0) {
		addend |= HIDDEN << 3;
	}
	else {
		smaller = 1;
	}
	addend = shift_right(addend, (uint32_t)(exponent - smaller));
	if ((int32_t)difference >= 0) {
		sum += addend;
		if (sum >> 27 != 0) {
			sum = sum >> 1 | (sum & 1);
			exponent++;
		}
	}
	else {
		sum -= addend;
		if (sum == 0) {
			return 0;
		}
		int32_t shift = __builtin_clz(sum) - 5;
		if (shift >= exponent) {
			shift = exponent - 1;
		}
		sum <<= shift;
		exponent -= shift;
	}
	return round_to_single(a & SIGN, exponent, sum);
}

float __addsf3(float left, float right) {
	uint32_t a = single_bits(left);
	uint32_t b = single_bits(right);
	if (a << 1 < b << 1) {
		uint32_t other = a;
		a = b;
		b = other;
	}
	uint32_t exponent = a >> 23 & 255;
	uint32_t difference = exponent - (b >> 23 & 255);
	if (!are_normal(exponent, exponent - difference)) {
		return add_any(a, b);
	}
	if (difference > 25) {
		return single_from(a);
	}
	uint32_t sum = (a << 8 | SIGN) >> 1;
	uint32_t addend = (b << 8 | SIGN) >> 1;
	uint32_t shifted = addend >> difference;
	if (shifted << difference != addend) {
		shifted |= 1;
	}
	if ((int32_t)(a ^ b) >= 0) {
		sum += shifted;
		if ((int32_t)sum < 0) {
			sum = sum >> 1 | (sum & 1);
			exponent++;
		}
	}
	else {
		sum -= shifted;
		if (sum == 0) {
			return 0;
		}
		uint32_t shift = (uint32_t)__builtin_clz(sum) - 1;
		sum <<= shift;
		exponent -= shift;
	}
	if (exponent - 1 >= 253) {
		return add_any(a, b);
	}
	return round_normal(a & SIGN, exponent, sum);
}

float __subsf3(float a, float b) {
	return __addsf3(a, single_from(single_bits(b) ^ SIGN));
}

/* A finite number's significand with its first bit at 31, and its exponent; of zero: 0. */
static inline uint32_t normalize(uint32_t bits, int32_t *exponent) {
	uint32_t significand = bits << 8;
	*exponent = (int32_t)(bits >> 23 & 255);
	if (*exponent != 0) {
		return significand | SIGN;
	}
	if (significand != 0) {
		int32_t shift = __builtin_clz(significand);
		significand <<= shift;
		*exponent = 1 - shift;
	}
	return significand;
}

/*
 * Multiplies significands with their first bits at 31 and 8 zeros at the end: the first bits of the product, which
 * begins at 31 or 30. The last bit stands for all that were cut off.
 */
static inline uint32_t multiply(uint32_t a, uint32_t b) {
	uint32_t low = (a >> 8 & 255) * (b >> 8 & 255);
	uint32_t middle = (a >> 16) * (b >> 8 & 255) + (a >> 8 & 255) * (b >> 16) + (low >> 8);
	uint32_t product = (a >> 16) * (b >> 16) + (middle >> 8);
	if (((middle | low) & 255) != 0) {
		product |= 1;
	}
	return product;
}

static inline float multiply_any(uint32_t a, uint32_t b, uint32_t sign) {
	int32_t exponent;
	int32_t other;
	a &= ~SIGN;
	b &= ~SIGN;
	if (a >= INFINITE || b >= INFINITE) {
		if (a > INFINITE) {
			return single_from(a | QUIET);
		}
		return single_from(b > INFINITE || a == 0 || b == 0 ? (b | INFINITE | QUIET) : sign | INFINITE);
	}
	a = normalize(a, &exponent);
	b = normalize(b, &other);
	if (a == 0 || b == 0) {
		return single_from(sign);
	}
	uint32_t product = multiply(a, b);
	exponent += other - 126;
	if ((int32_t)product >= 0) {
		product <<= 1;
		exponent--;
	}
	product = shift_right(product, 5);
	if (exponent < 1) {
		product = shift_right(product, (uint32_t)(1 - exponent));
		exponent = 1;
	}
	return round_to_single(sign, exponent, product);
}

float __mulsf3(float left, float right) {
	uint32_t a = single_bits(left);
	uint32_t b = single_bits(right);
	uint32_t sign = (a ^ b) & SIGN;
	uint32_t exponent = a >> 23 & 255;
	uint32_t other = b >> 23 & 255;
	if (are_normal(exponent, other)) {
		uint32_t product = multiply(a << 8 | SIGN, b << 8 | SIGN);
		exponent += other - 127;
		if ((int32_t)product < 0) {
			product = product >> 1 | (product & 1);
			exponent++;
		}
		if (exponent - 1 < 253) {
			return round_normal(sign, exponent, product);
		}
	}
	return multiply_any(a, b, sign);
}

float __floatunsisf(uint32_t a) {
	return a == 0 ? 0 : round_to_single(0, 158 - __builtin_clz(a), shift_right(a << __builtin_clz(a), 5));
}

float __floatsisf(int32_t a) {
	float magnitude = __floatunsisf(a < 0 ? 0u - (uint32_t)a : (uint32_t)a);
	return single_from(single_bits(magnitude) | ((uint32_t)a & SIGN));
}

uint32_t __fixunssfsi(float a) {
	uint32_t bits = single_bits(a);
	int32_t exponent = (int32_t)(bits >> 23) - 127; /* 129 or more where the sign is set */
	if (exponent < 0 || (int32_t)bits < 0) {
		return 0;
	}
	uint32_t significand = bits << 8 | SIGN;
	return exponent > 31 ? UINT32_MAX : significand >> (31 - exponent);
}
