/* IEEE 754 double precision, rounded to nearest even, with libgcc's names: see single.c. */
#include "routines.h"

#define SIGN 0x8000000000000000u
#define INFINITE 0x7FF0000000000000u
#define QUIET 0x0008000000000000u
#define HIDDEN 0x0010000000000000u
#define FRACTION 0x000FFFFFFFFFFFFFu
#define SINGLE_INFINITE 0x7F800000u

static uint64_t shift_right(uint64_t a, uint32_t count) {
	return count > 63 ? a != 0 : a >> count | ((a & ((UINT64_C(1) << count) - 1)) != 0);
}

static int32_t leading_zeros(uint64_t a) {
	return high_word(a) != 0 ? __builtin_clz(high_word(a)) : 32 + __builtin_clz((uint32_t)a);
}

/* `significand` has its first bit at 55 at the most; below when `exponent` is 1. */
static double round_to_double(uint32_t sign, int32_t exponent, uint64_t significand) {
	if (exponent < 1) {
		significand = shift_right(significand, (uint32_t)(1 - exponent));
		exponent = 1;
	}
	uint64_t bits =
	    words(0, (uint32_t)(exponent - 1) << 20) + ((significand + 3 + ((uint32_t)significand >> 3 & 1)) >> 3);
	if (exponent >= 2047 || bits >= INFINITE) {
		bits = INFINITE;
	}
	return double_from(bits | words(0, sign));
}

static double add(uint64_t a, uint64_t b) {
	if (a << 1 < b << 1) {
		uint64_t other = a;
		a = b;
		b = other;
	}
	int32_t exponent = (int32_t)(high_word(a) >> 20 & 2047);
	int32_t smaller = (int32_t)(high_word(b) >> 20 & 2047);
	uint64_t difference = a ^ b;
	if (exponent == 2047) {
		int is_nan = (a & FRACTION) != 0 || (smaller == 2047 && difference == SIGN);
		return double_from(is_nan ? a | QUIET : a);
	}
	uint64_t sum = (a & FRACTION) << 3;
	uint64_t addend = (b & FRACTION) << 3;
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
	if ((int64_t)difference >= 0) {
		sum += addend;
		if (high_word(sum) >> 24 != 0) {
			sum = sum >> 1 | (sum & 1);
			exponent++;
		}
	}
	else {
		sum -= addend;
		if (sum == 0) {
			return 0;
		}
		int32_t shift = leading_zeros(sum) - 8;
		if (shift >= exponent) {
			shift = exponent - 1;
		}
		sum <<= shift;
		exponent -= shift;
	}
	return round_to_double(high_word(a) & high_word(SIGN), exponent, sum);
}

double __adddf3(double a, double b) {
	return add(double_bits(a), double_bits(b));
}

double __subdf3(double a, double b) {
	return add(double_bits(a), double_bits(b) ^ SIGN);
}

/* A finite number's significand with its first bit at 63, and its exponent; of zero: 0. */
static uint64_t normalize(uint64_t bits, int32_t *exponent) {
	uint64_t significand = bits << 11;
	*exponent = (int32_t)(high_word(bits) >> 20 & 2047);
	if (*exponent != 0) {
		return significand | SIGN;
	}
	if (significand != 0) {
		int32_t shift = leading_zeros(significand);
		significand <<= shift;
		*exponent = 1 - shift;
	}
	return significand;
}

double __muldf3(double left, double right) {
	uint64_t a = double_bits(left);
	uint64_t b = double_bits(right);
	uint32_t sign = high_word(a ^ b) & high_word(SIGN);
	int32_t exponent;
	int32_t other;
	a &= ~SIGN;
	b &= ~SIGN;
	if (a >= INFINITE || b >= INFINITE) {
		if (a > INFINITE) {
			return double_from(a | QUIET);
		}
		return double_from(b > INFINITE || a == 0 || b == 0 ? (b | INFINITE | QUIET) : INFINITE | words(0, sign));
	}
	a = normalize(a, &exponent);
	b = normalize(b, &other);
	if (a == 0 || b == 0) {
		return double_from(words(0, sign));
	}
	uint64_t low = __umulsidi3((uint32_t)a, (uint32_t)b);
	uint64_t left_cross = __umulsidi3(high_word(a), (uint32_t)b);
	uint64_t right_cross = __umulsidi3((uint32_t)a, high_word(b));
	uint64_t middle = (uint64_t)high_word(low) + (uint32_t)left_cross + (uint32_t)right_cross;
	uint64_t product =
	    __umulsidi3(high_word(a), high_word(b)) + high_word(left_cross) + high_word(right_cross) + high_word(middle);
	uint32_t rest = (uint32_t)middle | (uint32_t)low;
	/* rest stands for bits far below those that rounding looks at, whatever the shift */
	product |= rest != 0;
	exponent += other - 1022;
	if ((int64_t)product >= 0) {
		product <<= 1;
		exponent--;
	}
	return round_to_double(sign, exponent, shift_right(product, 8));
}

double __divdf3(double left, double right) {
	uint64_t a = double_bits(left);
	uint64_t b = double_bits(right);
	uint32_t sign = high_word(a ^ b) & high_word(SIGN);
	int32_t exponent;
	int32_t other;
	a &= ~SIGN;
	b &= ~SIGN;
	if (a > INFINITE || b > INFINITE) {
		return double_from((a > INFINITE ? a : b) | QUIET);
	}
	if (a == b && (a == 0 || a == INFINITE)) {
		return double_from(INFINITE | QUIET);
	}
	if (a == INFINITE || b == 0) {
		return double_from(INFINITE | words(0, sign));
	}
	if (a == 0 || b == INFINITE) {
		return double_from(words(0, sign));
	}
	a = normalize(a, &exponent) >> 11;
	b = normalize(b, &other) >> 11;
	exponent += 1023 - other;
	if (a < b) {
		a <<= 1;
		exponent--;
	}
	uint64_t quotient = 0;
	for (uint32_t i = 0; i < 55; i++) {
		quotient <<= 1;
		if (a >= b) {
			a -= b;
			quotient |= 1;
		}
		a <<= 1;
	}
	return round_to_double(sign, exponent, quotient << 1 | (a != 0));
}

double __floatunsidf(uint32_t a) {
	if (a == 0) {
		return 0;
	}
	int32_t shift = __builtin_clz(a);
	return double_from(((uint64_t)(a << shift) << 21) + words(0, (uint32_t)(1053 - shift) << 20));
}

double __floatsidf(int32_t a) {
	double magnitude = __floatunsidf(a < 0 ? 0u - (uint32_t)a : (uint32_t)a);
	return double_from(double_bits(magnitude) | words(0, (uint32_t)a & high_word(SIGN)));
}

/* The magnitude without its fraction; at most `limit`. */
static uint32_t truncate(uint64_t bits, uint32_t limit) {
	int32_t exponent = (int32_t)(high_word(bits) >> 20 & 2047) - 1023;
	if (exponent < 0) {
		return 0;
	}
	if (exponent > 31) {
		return limit;
	}
	uint32_t magnitude = (high_word(bits << 11) | 0x80000000u) >> (31 - exponent);
	return magnitude > limit ? limit : magnitude;
}

int32_t __fixdfsi(double a) {
	uint64_t bits = double_bits(a);
	uint32_t is_negative = high_word(bits) >> 31;
	uint32_t magnitude = truncate(bits, 0x7FFFFFFFu + is_negative);
	return (int32_t)(is_negative ? 0u - magnitude : magnitude);
}

uint32_t __fixunsdfsi(double a) {
	uint64_t bits = double_bits(a);
	return (int64_t)bits < 0 ? 0 : truncate(bits, UINT32_MAX);
}

float __truncdfsf2(double a) {
	uint64_t bits = double_bits(a);
	uint32_t sign = high_word(bits) & high_word(SIGN);
	bits &= ~SIGN;
	if (bits > INFINITE) {
		return single_from(sign | SINGLE_INFINITE | 0x00400000u | (uint32_t)(bits >> 29 & 0x003FFFFF));
	}
	int32_t exponent = (int32_t)(high_word(bits) >> 20) - 1023 + 127;
	/* three bits more than a single's significand */
	uint32_t significand = (uint32_t)shift_right((bits & FRACTION) | HIDDEN, 26);
	if (exponent >= 255) {
		return single_from(sign | SINGLE_INFINITE);
	}
	if (exponent < 1) {
		significand = (uint32_t)shift_right(significand, (uint32_t)(1 - exponent));
		exponent = 1;
	}
	uint32_t rounded = (significand + 3 + (significand >> 3 & 1)) >> 3;
	return single_from(sign | (((uint32_t)(exponent - 1) << 23) + rounded));
}

double __extendsfdf2(float a) {
	uint32_t bits = single_bits(a);
	uint32_t sign = bits & 0x80000000u;
	uint32_t exponent = bits >> 23 & 255;
	uint32_t fraction = bits & 0x007FFFFFu;
	if (exponent == 255) {
		exponent = 2047 - 896;
		fraction |= fraction != 0 ? 0x00400000u : 0;
	}
	else if (exponent == 0) {
		if (fraction == 0) {
			return double_from(words(0, sign));
		}
		uint32_t shift = (uint32_t)__builtin_clz(fraction) - 8;
		fraction = fraction << shift & 0x007FFFFFu;
		exponent = 1 - shift;
	}
	return double_from(words(fraction << 29, sign | ((exponent + 896) << 20 | fraction >> 3)));
}
