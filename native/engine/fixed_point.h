/*
 * Fixed-point arithmetic with the rounding that TensorFlow Lite's integer kernels define (Jacob et al., "Quantization
 * and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018, section 2.2 and appendix A).
 * "Qm" is a signed 32-bit number with m integer bits. Results are exact to the bit; what would overflow wraps.
 */
#ifndef ENGINE_FIXED_POINT_H
#define ENGINE_FIXED_POINT_H

#include <stdint.h>

/* floor(a * b / 2^31 + 1/2) out of products of 16 bits */
static inline int32_t fixed_multiply_parts(int32_t a, int32_t b) {
	int32_t a_high = a >> 16;
	int32_t b_high = b >> 16;
	uint32_t a_low = (uint32_t)a & 0xFFFF;
	uint32_t b_low = (uint32_t)b & 0xFFFF;
	/* two terms in 2^16, which fit 32 bits each but not together: their mean */
	int32_t first = a_high * (int32_t)b_low;
	int32_t second = (int32_t)a_low * b_high + (int32_t)(a_low * b_low >> 16) + (1 << 14);
	int32_t mean = (first & second) + ((first ^ second) >> 1);
	return (int32_t)(2 * (uint32_t)(a_high * b_high) + (uint32_t)(mean >> 14));
}

/* a * b / 2^31, rounded to nearest, halves up; not for (-1)(-1), which is too large */
static inline int32_t fixed_product(int32_t a, int32_t b) {
#if defined(__XTENSA__) && !defined(ESP_PLATFORM)
	return fixed_multiply_parts(a, b); /* no instruction gives the upper half of a product */
#else
	return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
#endif
}

/* The same of numbers that are not negative. */
static inline uint32_t fixed_product_positive(uint32_t a, uint32_t b) {
#if defined(__XTENSA__) && !defined(ESP_PLATFORM)
	uint32_t low = (uint32_t)(uint16_t)a * (uint16_t)b;
	uint32_t middle = (a >> 16) * (uint16_t)b + (b >> 16) * (uint16_t)a + (low >> 16) + (1u << 14);
	return 2 * ((a >> 16) * (b >> 16)) + (middle >> 15);
#else
	return (uint32_t)(((uint64_t)a * b + (1u << 30)) >> 31);
#endif
}

/* fixed_product, and (-1)(-1) saturates. */
static inline int32_t fixed_multiply(int32_t a, int32_t b) {
	return a == INT32_MIN && b == INT32_MIN ? INT32_MAX : fixed_product(a, b);
}

/* x / 2^exponent, 0..31, rounded to nearest, halves away from zero */
static inline int32_t fixed_shift_right(int32_t x, int exponent) {
	int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1);
	int32_t threshold = (mask >> 1) + (x < 0);
	return (x >> exponent) + ((x & mask) > threshold);
}

static inline int32_t fixed_add(int32_t a, int32_t b) {
	return (int32_t)((uint32_t)a + (uint32_t)b);
}

static inline int32_t fixed_shift_left(int32_t x, int exponent) {
	return (int32_t)((uint32_t)x << exponent);
}

/* A positive real number as multiplier / 2^31 * 2^shift, the multiplier in [2^30, 2^31), the shift in -31..31. */
typedef struct {
	int32_t multiplier;
	int32_t shift;
} fixed_scale;

/* x scaled, with two roundings when the shift is negative: halves up, then halves away from zero */
static inline int32_t fixed_rescale(int32_t x, int32_t multiplier, int32_t shift) {
	int32_t value = fixed_product(shift > 0 ? fixed_shift_left(x, shift) : x, multiplier);
	if (shift >= 0) {
		return value;
	}
	value += value >> 31; /* no overflow: the multiplier is below 1 */
	return ((value >> (-shift - 1)) + 1) >> 1;
}

/* How sums of products become values of an int8 tensor. */
typedef struct {
	const fixed_scale *scales;
	uint32_t scale_step; /* 1: a scale for each sum, 0: one for all */
	int32_t zero_point;
	int32_t minimum;
	int32_t maximum;
} fixed_output;

void fixed_write_int8(const fixed_output *output, const int32_t *sums, uint32_t count, int8_t *y);

/*
 * A sum of 64 bits scaled, rounded once, halves up; the multiplier is cut to 15 bits. The reference leaves shifts from
 * 15 on undefined.
 */
static inline int32_t fixed_rescale_wide(int64_t x, int32_t multiplier, int32_t shift) {
	int32_t reduced = multiplier < 0x7FFF0000 ? (multiplier + (1 << 15)) >> 16 : 0x7FFF;
	int32_t right = shift < 15 ? 15 - shift : 1;
	uint64_t product = (uint64_t)x * (uint64_t)reduced + ((uint64_t)1 << (right - 1));
	return (int32_t)((int64_t)product >> right);
}

/* fixed_rescale where a call costs less than its code */
int32_t fixed_scaled(int32_t x, const fixed_scale *scale);

static inline int32_t fixed_clamp(int32_t x, int32_t minimum, int32_t maximum) {
	return x < minimum ? minimum : x > maximum ? maximum : x;
}

/* The nearest fixed_scale of a positive finite number; below 2^-32 it is 0, from 2^31 on the greatest there is. */
fixed_scale fixed_from_real(double real);

/*
 * fixed_from_real(a * b / c) of positive finite numbers, to the bit and without arithmetic on real numbers, which
 * small processors must emulate.
 */
fixed_scale fixed_from_scales(float a, float b, float c);

/*
 * a / b in single precision as the nearest integer, halves up, at most 2^17: of positive numbers whose quotient takes
 * no 25 bits exactly.
 */
int32_t fixed_nearest_quotient(float a, float b);

/* exp(x) for x <= 0 with `integer_bits` (4 or 5) of integer part, in Q0 */
int32_t fixed_exp(int32_t x, int integer_bits);

/* 1 / (1 + x) for x in [0, 1), both in Q0 */
int32_t fixed_reciprocal(int32_t x);

/* 1 / (1 + exp(-x)), x in Q4, in Q0 */
int32_t fixed_logistic(int32_t x);

/* tanh(x) in Q0, x with `integer_bits` (3 or 4) of integer part */
int32_t fixed_tanh(int32_t x, int integer_bits);

/* floor(limit * 2^bits / 2^shift), limit * 2^bits < 2^31: the greatest value that a shift to the left keeps below it */
static inline int32_t fixed_radius(int32_t limit, int bits, int32_t shift) {
	return shift < 0 ? INT32_MAX : fixed_shift_left(limit, bits) >> shift;
}

#endif
