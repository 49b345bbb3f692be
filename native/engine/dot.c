#include "dot.h"

#if defined(ENGINE_WORD_READS) || defined(ENGINE_XTENSA_MAC16)
#include "dot_words.h"
#elif defined(__SSE2__)
#include "dot_sse2.h"
#else
#include "dot_generic.h"
#endif

#if defined(__XTENSA__) && !defined(__OPTIMIZE_SIZE__)
#define WIDENS_WORDS 1
/* No load extends a sign: four values at once, made positive. */
static inline void widen_word(int16_t *to, uint32_t word, int32_t shift) {
	word ^= 0x80808080u;
	to[0] = (int16_t)((int32_t)(word & 255) + shift);
	to[1] = (int16_t)((int32_t)(word >> 8 & 255) + shift);
	to[2] = (int16_t)((int32_t)(word >> 16 & 255) + shift);
	to[3] = (int16_t)((int32_t)(word >> 24) + shift);
}
#endif

void dot_widen(dot_input *input, const int8_t *x, uint32_t count, int32_t zero_point) {
	int16_t *values = dot_values(input);
	uint32_t i = 0;
#ifdef WIDENS_WORDS
	int32_t shift = -128 - zero_point;
	for (; ((uintptr_t)x & 3) == 0 && i + 8 <= count; i += 8) {
		widen_word(values + i, *(const uint32_t *)(const void *)(x + i), shift);
		widen_word(values + i + 4, *(const uint32_t *)(const void *)(x + i + 4), shift);
	}
#endif
	for (; i < count; i++) {
		values[i] = (int16_t)(x[i] - zero_point);
	}
	dot_seal(input, count);
}

#ifdef ENGINE_WORD_READS
int32_t dot_row(const int8_t *x, uint32_t count, int32_t zero_point, const uint8_t *weights) {
	uint32_t sum = 0;
	uint32_t i = 0;
	for (; i < count && ((uintptr_t)(weights + i) & 3); i++) {
		sum += (uint32_t)((x[i] - zero_point) * (int8_t)bytes_u8(weights + i));
	}
	if (((uintptr_t)(x + i) & 3) == 0) {
		/* as in dot_widen */
		int32_t zero = zero_point + 128;
		uint32_t signs = 0x80808080u;
		__asm__("" : "+r"(signs)); /* else compilers load it each time */
		const uint32_t *values = (const uint32_t *)(const void *)(x + i);
		for (const uint32_t *end = values + (count - i) / 4; values < end; values++, i += 4) {
			uint32_t word = bytes_u32(weights + i);
			uint32_t four = *values ^ signs;
			sum += (uint32_t)(((int32_t)(four & 255) - zero) * (int8_t)word);
			sum += (uint32_t)(((int32_t)(four >> 8 & 255) - zero) * (int8_t)(word >> 8));
			sum += (uint32_t)(((int32_t)(four >> 16 & 255) - zero) * (int8_t)(word >> 16));
			sum += (uint32_t)(((int32_t)(four >> 24) - zero) * (int8_t)(word >> 24));
		}
	}
	for (; i < count; i++) {
		sum += (uint32_t)((x[i] - zero_point) * (int8_t)bytes_u8(weights + i));
	}
	return (int32_t)sum;
}
#endif

void dot_expand(dot_expanded *row, const uint8_t *weights, uint32_t count) {
	int16_t *values = (int16_t *)(void *)row + 1;
	memset(row, 0, DOT_EXPANDED(count) * sizeof *row);
	for (uint32_t i = 0; i < count; i++) {
		values[i] = (int16_t)((bytes_u8(weights + i) ^ 128) - 128);
	}
}

#ifndef ENGINE_XTENSA_MAC16
void dot_expanded_rows(const dot_input *input, uint32_t count, const dot_expanded *weights, uint32_t stride,
    uint32_t rows, int32_t *sums) {
	const int16_t *x = (const int16_t *)(const void *)input + DOT_BEFORE;
	for (uint32_t row = 0; row < rows; row++) {
		const int16_t *w = (const int16_t *)(const void *)(weights + row * stride) + 1;
		uint32_t sum = (uint32_t)sums[row];
		for (uint32_t i = 0; i < count; i++) {
			sum += (uint32_t)(x[i] * w[i]);
		}
		sums[row] = (int32_t)sum;
	}
}
#endif
