/* dot_rows for processors with SSE2, as every x86-64 has it: eight products in one instruction. */
#ifndef ENGINE_DOT_SSE2_H
#define ENGINE_DOT_SSE2_H

#include "dot.h"

#include <emmintrin.h>

static __m128i load(const void *at) {
	return _mm_loadu_si128((const __m128i *)at);
}

/* 16 products, added in fours */
static __m128i sixteen_products(__m128i sum, __m128i weights, __m128i low_values, __m128i high_values) {
	/* a byte in the upper half of 16 bits, shifted down with its sign */
	__m128i low = _mm_srai_epi16(_mm_unpacklo_epi8(weights, weights), 8);
	__m128i high = _mm_srai_epi16(_mm_unpackhi_epi8(weights, weights), 8);
	sum = _mm_add_epi32(sum, _mm_madd_epi16(low, low_values));
	return _mm_add_epi32(sum, _mm_madd_epi16(high, high_values));
}

static int32_t across(__m128i sum) {
	sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(1, 0, 3, 2)));
	sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(2, 3, 0, 1)));
	return _mm_cvtsi128_si32(sum);
}

void dot_rows(
    const dot_input *input, uint32_t count, const uint8_t *weights, uint32_t stride, uint32_t rows, int32_t *sums) {
	const int16_t *x = (const int16_t *)(const void *)input + DOT_BEFORE;
	for (uint32_t row = 0; row < rows; row++) {
		const int8_t *w = (const int8_t *)(weights + row * stride);
		__m128i vector = _mm_setzero_si128();
		uint32_t i = 0;
		for (; i + 16 <= count; i += 16) {
			vector = sixteen_products(vector, load(w + i), load(x + i), load(x + i + 8));
		}
		uint32_t sum = (uint32_t)sums[row] + (uint32_t)across(vector);
		for (; i < count; i++) {
			sum += (uint32_t)(x[i] * w[i]);
		}
		sums[row] = (int32_t)sum;
	}
}

#endif
