/*
 * dot_rows by aligned words, for processors that read flash in no other way, or faster in this one. A row is read from
 * the word that holds its first byte to the word that holds its last one; bytes that do not belong to it meet the zeros
 * around the input. Rows whose first bytes lie at the same place in a word are taken together, so that each value is
 * loaded once for several of them.
 */
#ifndef ENGINE_DOT_WORDS_H
#define ENGINE_DOT_WORDS_H

#include "dot.h"

#if defined(ENGINE_XTENSA_MAC16)
#include "dot_mac16.h"
#elif defined(__XTENSA__)
#include "dot_lx106.h"
#else

static uint32_t together(uint32_t left) {
	return left < 2 ? left : 2;
}

static uint32_t four_products(const int16_t *x, uint32_t word) {
	return (uint32_t)(x[0] * (int8_t)word) + (uint32_t)(x[1] * (int8_t)(word >> 8)) +
	       (uint32_t)(x[2] * (int8_t)(word >> 16)) + (uint32_t)(x[3] * (int8_t)(word >> 24));
}

/* Adds to sums[0], sums[sum_step], .. the products of 1 or 2 rows of `words` words. */
static void products(const int16_t *x, const uint8_t *weights, uint32_t words, uint32_t stride, uint32_t rows,
    int32_t *sums, uint32_t sum_step) {
	uint32_t first = 0;
	uint32_t second = 0;
	for (uint32_t i = 0; i < words; i++) {
		first += four_products(x + 4 * i, bytes_u32(weights + 4 * i));
		if (rows == 2) {
			second += four_products(x + 4 * i, bytes_u32(weights + stride + 4 * i));
		}
	}
	sums[0] = (int32_t)((uint32_t)sums[0] + first);
	if (rows == 2) {
		sums[sum_step] = (int32_t)((uint32_t)sums[sum_step] + second);
	}
}
#endif

void dot_rows(
    const dot_input *input, uint32_t count, const uint8_t *weights, uint32_t stride, uint32_t rows, int32_t *sums) {
	const int16_t *x = (const int16_t *)(const void *)input + DOT_BEFORE;
	/* rows so far apart lie alike in their words */
	uint32_t apart_bits = stride % 4 == 0 ? 0 : stride % 2 == 0 ? 1 : 2;
	uint32_t apart = 1u << apart_bits;
	for (uint32_t first = 0; first < apart && first < rows; first++) {
		const uint8_t *w = weights + first * stride;
		uint32_t before = (uint32_t)((uintptr_t)w & 3);
		uint32_t words = (before + count + 3) / 4;
		uint32_t left = (rows - first + apart - 1) >> apart_bits;
		int32_t *sum = sums + first;
		w -= before;
		while (left > 0) {
			uint32_t some = together(left);
			products(x - before, w, words, apart * stride, some, sum, apart);
			w += some * apart * stride;
			sum += some * apart;
			left -= some;
		}
	}
}

#endif
