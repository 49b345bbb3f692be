/* dot_rows in plain C, where the model can be read by bytes. */
#ifndef ENGINE_DOT_GENERIC_H
#define ENGINE_DOT_GENERIC_H

#include "dot.h"

static uint32_t product(const int16_t *x, uint32_t count, const int8_t *w) {
	uint32_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		sum += (uint32_t)(x[i] * w[i]);
	}
	return sum;
}

/* Each value is loaded once for four rows. */
static void four_products(const int16_t *x, uint32_t count, const int8_t *w0, uint32_t stride, int32_t *sums) {
	const int8_t *w1 = w0 + stride;
	const int8_t *w2 = w1 + stride;
	const int8_t *w3 = w2 + stride;
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
	sums[0] = (int32_t)((uint32_t)sums[0] + a);
	sums[1] = (int32_t)((uint32_t)sums[1] + b);
	sums[2] = (int32_t)((uint32_t)sums[2] + c);
	sums[3] = (int32_t)((uint32_t)sums[3] + d);
}

void dot_rows(
    const dot_input *input, uint32_t count, const uint8_t *weights, uint32_t stride, uint32_t rows, int32_t *sums) {
	const int16_t *x = (const int16_t *)(const void *)input + DOT_BEFORE;
	const int8_t *w = (const int8_t *)weights;
	uint32_t row = 0;
	for (; row + 4 <= rows; row += 4) {
		four_products(x, count, w + row * stride, stride, sums + row);
	}
	for (; row < rows; row++) {
		sums[row] = (int32_t)((uint32_t)sums[row] + product(x, count, w + row * stride));
	}
}

#endif
