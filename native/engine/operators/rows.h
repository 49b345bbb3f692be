/* A function of the values along the last axis, applied to each row of them. */
#ifndef ENGINE_ROWS_H
#define ENGINE_ROWS_H

#include "../operator.h"

/* The function's parameters follow. */
typedef struct rows_step {
	step step;
	const uint8_t *input;
	uint8_t *output;
	uint32_t rows;
	uint32_t depth; /* elements of a row */
	uint32_t bytes; /* of a row */
	void (*row)(const struct rows_step *step, const void *input, void *output);
} rows_step;

/*
 * One input and one output of the same shape and type, which is one of `types`, with rows of at most `depth` elements.
 * Integers are quantised, the output with about the given scale and exactly the zero point.
 */
engine_error rows_check(const node *node, uint32_t types, uint32_t depth, float scale, int32_t zero_point);

/* What a step of `size` bytes requires. */
void rows_require(requirement *requirement, uint32_t size);

/* All but the parameters. */
void rows_open(const node *node, step *step, tensor *input, void (*row)(const rows_step *, const void *, void *));

#endif
