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

/* Four partial sums, so that one addition need not wait for the last. `weights` is a multiple of 4. */
static inline float dot_float(const float *x, const uint8_t *weights, uint32_t count) {
	float sum0 = 0;
	float sum1 = 0;
	float sum2 = 0;
	float sum3 = 0;
	uint32_t i = 0;
	for (; i + 4 <= count; i += 4) {
		sum0 += x[i] * bytes_f32(weights + 4 * i);
		sum1 += x[i + 1] * bytes_f32(weights + 4 * i + 4);
		sum2 += x[i + 2] * bytes_f32(weights + 4 * i + 8);
		sum3 += x[i + 3] * bytes_f32(weights + 4 * i + 12);
	}
	for (; i < count; i++) {
		sum0 += x[i] * bytes_f32(weights + 4 * i);
	}
	return (sum0 + sum1) + (sum2 + sum3);
}

#endif
