/* The sums of a block of channels over a window: the inner loops of DEPTHWISE_CONV_2D. */
#ifndef ENGINE_DEPTHWISE_SUMS_H
#define ENGINE_DEPTHWISE_SUMS_H

#include <stdint.h>

#define BLOCK 8u /* channels of the output made together: a vector of 16-bit values */

/* What a window sees: rows of taps, in lines of inputs that follow one another in a ring. */
typedef struct {
	const int16_t *lines; /* from the first tap of each row on */
	uint32_t line;        /* values from one to the next */
	uint32_t ring;        /* lines */
	uint32_t slot;        /* the line of the first row */
	uint32_t rows;
	uint32_t taps;          /* in each row */
	uint32_t apart;         /* values from a tap's input to the next tap's */
	const int16_t *weights; /* BLOCK for each tap, row after row */
} depthwise_window;

/* sums[i] += products. Each channel has an input of its own. */
void depthwise_sums(const depthwise_window *window, int32_t *sums);

/* All channels have the same input. */
void depthwise_sums_of_one(const depthwise_window *window, int32_t *sums);

#endif
