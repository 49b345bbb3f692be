/*
 * Inner products of activations in memory with rows of int8 weights in the model, the work of FULLY_CONNECTED and
 * CONV_2D. The activations are widened to 16 bits once, zero point taken off, for all rows:
 *
 *	dot_input input[DOT_INPUT(count)];
 *	int32_t sums[rows] = {biases};
 *	dot_widen(input, x, count, zero_point);
 *	dot_rows(input, count, weights, stride, rows, sums);
 *
 * One file for each instruction set: dot_generic.h, dot_sse2.h, dot_words.h, dot_lx106.h, dot_mac16.h.
 */
#ifndef ENGINE_DOT_H
#define ENGINE_DOT_H

#include "bytes.h"

#if defined(ESP_PLATFORM) && defined(__XTENSA__)
#include <xtensa/config/core-isa.h>
#if XCHAL_HAVE_MAC16 && XCHAL_HAVE_LOOPS && !defined(ENGINE_XTENSA_MAC16)
#define ENGINE_XTENSA_MAC16 1
#endif
#endif

/* Two values. What lies before the first value and behind the last one is set to 0 by dot_seal. */
typedef uint32_t dot_input;

#define DOT_BEFORE 4u /* values */
#define DOT_BEHIND 8u

/* dot_inputs that `count` values take. */
#define DOT_INPUT(count) ((DOT_BEFORE + (count) + DOT_BEHIND + 1) / 2)

/* The values themselves, to be written one by one: each from -255 to 255. */
static inline int16_t *dot_values(dot_input *input) {
	return (int16_t *)(void *)input + DOT_BEFORE;
}

/* Makes an input of the values that were written. */
static inline void dot_seal(dot_input *input, uint32_t count) {
	memset(__builtin_assume_aligned(input, sizeof *input), 0, DOT_BEFORE * sizeof(int16_t));
	memset(dot_values(input) + count, 0, DOT_BEHIND * sizeof(int16_t));
}

/* Makes an input of `count` activations. */
void dot_widen(dot_input *input, const int8_t *x, uint32_t count, int32_t zero_point);

/*
 * sums[row] += sum of input[i] * weights[row * stride + i] for i < count, wrapping modulo 2^32. `weights` lies in the
 * model, at any address.
 */
void dot_rows(
    const dot_input *input, uint32_t count, const uint8_t *weights, uint32_t stride, uint32_t rows, int32_t *sums);

#ifdef ENGINE_WORD_READS
/* sum of (x[i] - zero_point) * weights[i]: cheaper than widening for the sake of a single row */
int32_t dot_row(const int8_t *x, uint32_t count, int32_t zero_point, const uint8_t *weights);
#endif

/*
 * Two weights of a row that is kept widened to 16 bits: with MAC16 a product then takes one instruction instead of
 * two. The first weight is the upper half of the first word, since pairs are best loaded out of step with the input's.
 */
typedef uint32_t dot_expanded;

/* dot_expandeds that a row takes. */
#define DOT_EXPANDED(count) (((count) + 3) / 4 * 2 + 2)

void dot_expand(dot_expanded *row, const uint8_t *weights, uint32_t count);

/* dot_rows of expanded rows, `stride` apart; from column c on, a multiple of 4, they are `weights` + c / 2. */
void dot_expanded_rows(
    const dot_input *input, uint32_t count, const dot_expanded *weights, uint32_t stride, uint32_t rows, int32_t *sums);

#endif
