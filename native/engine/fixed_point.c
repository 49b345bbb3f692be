#include "fixed_point.h"

#include <string.h>

/* high * 2^24 + low, high in [2^23, 2^24), low below 2^24, times 2^exponent; 0 when high is. */
typedef struct {
	uint32_t high;
	uint32_t low;
	int32_t exponent;
} product;

/* A positive finite number as a mantissa in [2^23, 2^24) times 2^exponent. */
static uint32_t mantissa(float real, int32_t *exponent) {
	uint32_t bits;
	memcpy(&bits, &real, sizeof bits);
	uint32_t fraction = bits & 0x7FFFFF;
	*exponent = (int32_t)(bits >> 23 & 0xFF) - 150;
	if (*exponent != -150) {
		return fraction | 0x800000;
	}
	*exponent = -149;
	while (fraction != 0 && fraction < 0x800000) {
		fraction <<= 1;
		--*exponent;
	}
	return fraction;
}

static product multiply(float a, float b) {
	product product;
	int32_t a_exponent;
	int32_t b_exponent;
	uint32_t x = mantissa(a, &a_exponent);
	uint32_t y = mantissa(b, &b_exponent);
	uint32_t middle = (x >> 12) * (y & 0xFFF) + (x & 0xFFF) * (y >> 12);
	uint32_t low = (x & 0xFFF) * (y & 0xFFF) + ((middle & 0xFFF) << 12);
	product.high = (x >> 12) * (y >> 12) + (middle >> 12) + (low >> 24);
	product.low = low & 0xFFFFFF;
	product.exponent = a_exponent + b_exponent;
	if (product.high != 0 && product.high < 0x800000) {
		product.high = product.high << 1 | product.low >> 23;
		product.low = product.low << 1 & 0xFFFFFF;
		product.exponent--;
	}
	return product;
}

static fixed_scale limited(uint32_t multiplier, int32_t shift) {
	fixed_scale scale = {0, 0};
	if (multiplier == 0x80000000u) {
		multiplier >>= 1;
		shift++;
	}
	if (shift > 31) {
		shift = 31;
		multiplier = INT32_MAX;
	}
	if (multiplier != 0 && shift >= -31) {
		scale.multiplier = (int32_t)multiplier;
		scale.shift = shift;
	}
	return scale;
}

/*
 * The first 31 bits of the quotient by long division, 0 when it is; the quotient is less than 2^exponent. *rounds_up
 * tells whether the reference rounds up what comes after.
 */
static uint32_t divide(const product *product, float divisor, int32_t *exponent, int *rounds_up) {
	int32_t divisor_exponent;
	uint32_t c = mantissa(divisor, &divisor_exponent);
	uint32_t rest = product->high;
	uint32_t low = product->low << 8;
	uint32_t quotient = 0;
	*exponent = product->exponent + 24 - divisor_exponent + 1;
	if (rest < c) {
		rest = rest << 1 | low >> 31;
		low <<= 1;
		--*exponent;
	}
	for (int i = 0; i < 31; i++) {
		quotient <<= 1;
		if (rest >= c) {
			rest -= c;
			quotient |= 1;
		}
		rest = rest << 1 | low >> 31;
		low <<= 1;
	}
	/*
	 * The reference rounds to the 53 bits of a double first, halves to even, which lifts to a half what lies at most
	 * 2^-23 below it.
	 */
	*rounds_up = rest >= c || c - rest <= c >> 22;
	return quotient;
}

static fixed_scale scale_of(const product *product, float divisor) {
	int32_t exponent;
	int rounds_up;
	uint32_t quotient = divide(product, divisor, &exponent, &rounds_up);
	return limited(quotient != 0 && rounds_up ? quotient + 1 : quotient, exponent);
}

fixed_scale fixed_from_scales(float a, float b, float c) {
	product product = multiply(a, b);
	return scale_of(&product, c);
}

int32_t fixed_nearest_quotient(float a, float b) {
	int32_t exponent;
	int rounds_up;
	product product = multiply(a, 1.0f);
	uint32_t quotient = divide(&product, b, &exponent, &rounds_up);
	/* single precision lifts what lies at most half of its last place, 64 of these bits, below a half */
	quotient += 64;
	if (exponent < 0) {
		return exponent == -1 && quotient >= 0x80000000u;
	}
	return exponent > 17 ? 1 << 17 : (int32_t)(((quotient >> (30 - exponent)) + 1) >> 1);
}

fixed_scale fixed_from_real(double real) {
	uint64_t bits;
	memcpy(&bits, &real, sizeof bits);
	int32_t exponent = (int32_t)(bits >> 52 & 0x7FF) - 1022; /* real = fraction * 2^exponent, fraction in [0.5, 1) */
	uint64_t fraction = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
	return limited((uint32_t)((fraction + ((uint64_t)1 << 21)) >> 22), exponent);
}

int32_t fixed_scaled(int32_t x, const fixed_scale *scale) {
	return fixed_rescale(x, scale->multiplier, scale->shift);
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
	int32_t x2 = fixed_product(x, x);
	int32_t x3 = fixed_product(x2, x);
	int32_t x4 = fixed_product(x2, x2);
	int32_t tail = fixed_product(fixed_add(fixed_shift_right(x4, 2), x3), third);
	tail = fixed_shift_right(fixed_add(tail, x2), 1);
	return fixed_add(exp_minus_eighth, fixed_product(exp_minus_eighth, fixed_add(x, tail)));
}

int32_t fixed_exp(int32_t x, int integer_bits) {
	/* exp(-2^k) in Q0 for k = -2.. */
	static const uint32_t powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
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
			result = (int32_t)fixed_product_positive((uint32_t)result, powers[k]);
		}
	}
	return result;
}

#define Q2_ONE ((int32_t)1 << 29)

/* 2 / (1 + x) in Q2 */
static int32_t reciprocal(int32_t x) {
	const int32_t q2_48_17ths = 1515870810;
	const int32_t q2_minus_32_17ths = -1010580540;
	int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2); /* of the denominator */
	int32_t result = fixed_add(q2_48_17ths, fixed_product(half, q2_minus_32_17ths));
	for (int i = 0; i < 3; i++) { /* Newton and Raphson */
		int32_t error = fixed_add(Q2_ONE, -fixed_product(half, result));
		result = fixed_add(result, saturating_shift_left(fixed_product(result, error), 2));
	}
	return result;
}

int32_t fixed_reciprocal(int32_t x) {
	return saturating_shift_left(reciprocal(x), 1);
}

int32_t fixed_logistic(int32_t x) {
	if (x == 0) {
		return (int32_t)1 << 30;
	}
	int32_t positive = fixed_reciprocal(fixed_exp(x > 0 ? -x : x, 4));
	return x > 0 ? positive : INT32_MAX - positive;
}

int32_t fixed_tanh(int32_t x, int integer_bits) {
	if (x == 0) {
		return 0;
	}
	/* (1 - e) / (1 + e) = 2 / (1 + e) - 1 for e = exp(-2 |x|), which has one integer bit more */
	int32_t power = fixed_exp(x > 0 ? -x : x, integer_bits + 1);
	int32_t positive = saturating_shift_left(reciprocal(power) - Q2_ONE, 2);
	return x > 0 ? positive : -positive;
}

#ifndef __OPTIMIZE_SIZE__
/* With one scale below 1 and no result below the zero point, as of RELU: half of the sums are not worth scaling. */
static void write_rectified(const fixed_output *output, const int32_t *sums, uint32_t count, int8_t *y) {
	uint32_t multiplier = (uint32_t)output->scales->multiplier;
	int32_t shift = -output->scales->shift - 1;
	int32_t zero_point = output->zero_point;
	int32_t limit = output->maximum - zero_point;
	for (const int32_t *end = sums + count; sums < end; sums++) {
		uint32_t sum = (uint32_t)*sums;
		int32_t value = zero_point;
		if (*sums > 0) {
			__asm__ volatile("" : "+r"(sum)); /* else compilers scale all and then choose */
			int32_t scaled = (int32_t)(((fixed_product_positive(sum, multiplier) >> shift) + 1) >> 1);
			value += scaled < limit ? scaled : limit;
		}
		*y++ = (int8_t)value;
	}
}
#endif

void fixed_write_int8(const fixed_output *output, const int32_t *sums, uint32_t count, int8_t *y) {
	const fixed_scale *scales = output->scales;
	fixed_scale scale = *scales;
	uint32_t is_single = output->scale_step == 0;
	int32_t zero_point = output->zero_point;
	int32_t minimum = output->minimum;
	int32_t maximum = output->maximum;
#ifndef __OPTIMIZE_SIZE__
	if (is_single && scale.shift < 0 && minimum == zero_point) {
		write_rectified(output, sums, count, y);
		return;
	}
#endif
	for (const int32_t *end = sums + count; sums < end; sums++) {
		if (!is_single) {
			scale = *scales++;
		}
		int32_t value = fixed_add(fixed_rescale(*sums, scale.multiplier, scale.shift), zero_point);
		*y++ = (int8_t)fixed_clamp(value, minimum, maximum);
	}
}
