/*
 * dot_rows, and dot_row where it exists, against sums made one product at a time: every alignment of the weights,
 * lengths from 1 to 80 and some beyond what a kernel takes at once, strides that change the alignment, extremes. Prints
 * nothing; the exit status counts the kinds of failure.
 */
#include "dot.h"

enum { LENGTH = 1300, ROWS = 9, MEMORY = ROWS * (LENGTH + 8) };

static uint32_t weights_memory[MEMORY / 4 + 4];
static int8_t activations[LENGTH];
static dot_input input[DOT_INPUT(LENGTH)];
static dot_expanded expanded[ROWS * DOT_EXPANDED(LENGTH)];
static uint32_t seed = 1;

static uint32_t next_random(void) {
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

typedef enum { RANDOM, GREATEST, OPPOSITE, KINDS } kind;

static void fill(kind kind) {
	uint8_t *weights = (uint8_t *)weights_memory;
	for (uint32_t i = 0; i < sizeof weights_memory; i++) {
		weights[i] = (uint8_t)(kind == RANDOM ? next_random() : kind == GREATEST ? 128 : i % 2 ? 127 : 128);
	}
	for (uint32_t i = 0; i < LENGTH; i++) {
		activations[i] = (int8_t)(kind == RANDOM     ? (int32_t)(next_random() & 255) - 128
		                          : kind == GREATEST ? -128
		                                             : 127);
	}
}

static uint32_t expected(uint32_t count, int32_t zero_point, const uint8_t *weights) {
	uint32_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		sum += (uint32_t)((activations[i] - zero_point) * (int8_t)weights[i]);
	}
	return sum;
}

/* `columns`, a multiple of 4, at once */
static int expanded_differs(
    uint32_t count, uint32_t columns, const uint8_t *weights, uint32_t stride, int32_t zero_point) {
	int32_t sums[3] = {INT32_MAX, INT32_MIN, 5};
	static const uint32_t before[3] = {INT32_MAX, 0x80000000u, 5};
	uint32_t words = DOT_EXPANDED(count);
	for (uint32_t row = 0; row < 3; row++) {
		dot_expand(expanded + row * words, weights + row * stride, count);
	}
	for (uint32_t column = 0; column < count; column += columns) {
		uint32_t some = count - column < columns ? count - column : columns;
		dot_widen(input, activations + column, some, zero_point);
		dot_expanded_rows(input, some, expanded + column / 2, words, 3, sums);
	}
	for (uint32_t row = 0; row < 3; row++) {
		if ((uint32_t)sums[row] != before[row] + expected(count, zero_point, weights + row * stride)) {
			return 1;
		}
	}
	return 0;
}

static int differs(uint32_t count, uint32_t offset, uint32_t stride, uint32_t rows, int32_t zero_point) {
	const uint8_t *weights = (const uint8_t *)weights_memory + offset;
	int32_t sums[ROWS + 1];
	for (uint32_t row = 0; row <= ROWS; row++) {
		sums[row] = (int32_t)(row * 1000003u - 5000000u);
	}
	dot_widen(input, activations, count, zero_point);
	dot_rows(input, count, weights, stride, rows, sums);
	for (uint32_t row = 0; row <= ROWS; row++) {
		uint32_t sum = row * 1000003u - 5000000u;
		if (row < rows) {
			sum += expected(count, zero_point, weights + row * stride);
		}
		if (sum != (uint32_t)sums[row]) {
			return 1;
		}
	}
	if (expanded_differs(count, (count + 3) / 4 * 4, weights, stride, zero_point) ||
	    expanded_differs(count, count / 8 * 4 + 4, weights, stride, zero_point)) {
		return 1;
	}
#ifdef ENGINE_WORD_READS
	return (uint32_t)dot_row(activations, count, zero_point, weights) != expected(count, zero_point, weights);
#else
	return 0;
#endif
}

int main(void) {
	static const int32_t zero_points[] = {-128, 0, 127, 3};
	static const uint32_t lengths[] = {252, 253, 256, 257, 511, 513, 1030, 1299};
	for (kind kind = RANDOM; kind < KINDS; kind++) {
		fill(kind);
		for (uint32_t length = 1; length <= 80; length++) {
			for (uint32_t offset = 0; offset < 4; offset++) {
				int32_t zero_point = zero_points[(length + offset) % 4];
				if (differs(length, offset, length, 1 + length % ROWS, zero_point)) {
					return 1;
				}
				if (differs(length, offset, length + 1 + length % 3, 1 + (length + offset) % ROWS, zero_point)) {
					return 2;
				}
			}
		}
		for (uint32_t i = 0; i < 8; i++) {
			if (differs(lengths[i], i & 3, lengths[i], 3 + i % 4, zero_points[i % 4])) {
				return 3;
			}
		}
	}
	return 0;
}
