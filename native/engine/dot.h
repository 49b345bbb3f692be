/* Inner products of activations in memory with weights in the model. */
#ifndef ENGINE_DOT_H
#define ENGINE_DOT_H

#include "bytes.h"

/* Wraps modulo 2^32. */
static inline uint32_t dot_int8(const int8_t *x, const uint8_t *weights, uint32_t count) {
	uint32_t sum = 0;
	uint32_t i = 0;
#ifdef ENGINE_WORD_READS
	while (i < count && ((uintptr_t)(weights + i) & 3)) {
		sum += (uint32_t)(x[i] * (int8_t)bytes_u8(weights + i));
		i++;
	}
	for (; i + 4 <= count; i += 4) {
		uint32_t word = bytes_u32(weights + i);
		sum += (uint32_t)(x[i] * (int8_t)word);
		sum += (uint32_t)(x[i + 1] * (int8_t)(word >> 8));
		sum += (uint32_t)(x[i + 2] * (int8_t)(word >> 16));
		sum += (uint32_t)(x[i + 3] * (int8_t)(word >> 24));
	}
	for (; i < count; i++) {
		sum += (uint32_t)(x[i] * (int8_t)bytes_u8(weights + i));
	}
#else
	const int8_t *w = (const int8_t *)weights;
	for (; i + 4 <= count; i += 4) {
		sum += (uint32_t)(x[i] * w[i]);
		sum += (uint32_t)(x[i + 1] * w[i + 1]);
		sum += (uint32_t)(x[i + 2] * w[i + 2]);
		sum += (uint32_t)(x[i + 3] * w[i + 3]);
	}
	for (; i < count; i++) {
		sum += (uint32_t)(x[i] * w[i]);
	}
#endif
	return sum;
}

/* Sum of weights. */
static inline int32_t sum_int8(const uint8_t *weights, uint32_t count) {
	int32_t sum = 0; /* at most 2^24 values, each down to -2^7 */
	uint32_t i = 0;
#ifdef ENGINE_WORD_READS
	for (; i < count && ((uintptr_t)(weights + i) & 3); i++) {
		sum += (int8_t)bytes_u8(weights + i);
	}
	for (; i + 4 <= count; i += 4) {
		uint32_t word = bytes_u32(weights + i);
		sum += (int8_t)word + (int8_t)(word >> 8) + (int8_t)(word >> 16) + (int8_t)(word >> 24);
	}
#endif
	for (; i < count; i++) {
		sum += (int8_t)bytes_u8(weights + i);
	}
	return sum;
}

/*
 * Four rows of `count` weights each, at once: each activation is then loaded once for four products. The sums
 * go to four places, since compilers that see one array would rather fill vectors, lane by lane, in the loop.
 */
static inline void dot_int8_rows(const int8_t *x, const uint8_t *weights, uint32_t count, uint32_t *sum0,
    uint32_t *sum1, uint32_t *sum2, uint32_t *sum3) {
#ifdef ENGINE_WORD_READS
	/* rows begin at any byte, and each is read by its own words */
	*sum0 = dot_int8(x, weights, count);
	*sum1 = dot_int8(x, weights + count, count);
	*sum2 = dot_int8(x, weights + 2 * count, count);
	*sum3 = dot_int8(x, weights + 3 * count, count);
#else
	const int8_t *w0 = (const int8_t *)weights;
	const int8_t *w1 = w0 + count;
	const int8_t *w2 = w1 + count;
	const int8_t *w3 = w2 + count;
	uint32_t a = 0;
	uint32_t b = 0;
	uint32_t c = 0;
	uint32_t d = 0;
	for (uint32_t i = 0; i < count; i++) {
		int32_t value = x[i];
		a += (uint32_t)(value * w0[i]);
		b += (uint32_t)(value * w1[i]);
		c += (uint32_t)(value * w2[i]);
		d += (uint32_t)(value * w3[i]);
	}
	*sum0 = a;
	*sum1 = b;
	*sum2 = c;
	*sum3 = d;
#endif
}

/* In the order of the values, as the reference sums. `weights` is a multiple of 4. */
static inline float dot_float(const float *x, const uint8_t *weights, uint32_t count) {
	float sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		sum += x[i] * bytes_f32(weights + 4 * i);
	}
	return sum;
}

/* Four rows of `count` weights each: four sums that need not wait for one another. */
static inline void dot_float_rows(
    const float *x, const uint8_t *weights, uint32_t count, float *sum0, float *sum1, float *sum2, float *sum3) {
	const uint8_t *w0 = weights;
	const uint8_t *w1 = w0 + 4 * count;
	const uint8_t *w2 = w1 + 4 * count;
	const uint8_t *w3 = w2 + 4 * count;
	float a = 0;
	float b = 0;
	float c = 0;
	float d = 0;
	for (uint32_t i = 0; i < count; i++) {
		float value = x[i];
		a += value * bytes_f32(w0 + 4 * i);
		b += value * bytes_f32(w1 + 4 * i);
		c += value * bytes_f32(w2 + 4 * i);
		d += value * bytes_f32(w3 + 4 * i);
	}
	*sum0 = a;
	*sum1 = b;
	*sum2 = c;
	*sum3 = d;
}

#endif
