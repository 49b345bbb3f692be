/* What FULLY_CONNECTED of int8 and its variant with expanded weights share. */
#ifndef ENGINE_FULLY_CONNECTED_INT8_H
#define ENGINE_FULLY_CONNECTED_INT8_H

#include "../dot.h"
#include "../fixed_point.h"
#include "fully_connected.h"

typedef struct {
	fully_connected_step common;
	int16_t input_zero_point;
	int16_t weights_zero_point;
	int16_t output_zero_point;
	int16_t minimum;
	int16_t maximum;
	uint16_t per_unit; /* 1: a scale for each unit, 0: one for all */
	fixed_scale scales[];
} fully_connected_int8_step;

/* Adds the products of `rows` units from `unit` on and of `count` inputs from `column` on, a multiple of 4. */
typedef void fully_connected_products(const fully_connected_int8_step *step, const dot_input *input, uint32_t column,
    uint32_t count, uint32_t unit, uint32_t rows, int32_t *sums);

#define FULLY_CONNECTED_ROWS 32u /* at once */

/* Columns at once. Each takes 2 bytes of the stack: a build may choose fewer, or more. */
#ifndef ENGINE_COLUMNS
#ifdef ENGINE_WORD_READS
#define ENGINE_COLUMNS 360u
#else
#define ENGINE_COLUMNS 720u
#endif
#endif
#if ENGINE_COLUMNS < 4 || ENGINE_COLUMNS % 4 != 0
#error "ENGINE_COLUMNS has to be a multiple of 4"
#endif

/* What lies on the stack while it runs. */
typedef struct {
	int32_t sums[FULLY_CONNECTED_ROWS];
	dot_input input[DOT_INPUT(ENGINE_COLUMNS)];
} fully_connected_int8_working;

void fully_connected_int8_run(const fully_connected_int8_step *step, fully_connected_products *products);

/* Of one batch; apart from the large frame on the stack, whose far places take instructions to reach. */
void fully_connected_int8_batch(const fully_connected_int8_step *step, fully_connected_products *products,
    const int8_t *x, int8_t *y, fully_connected_int8_working *working);

/* Bytes of the step with its scales. */
uint32_t fully_connected_int8_size(uint32_t scales);

#endif
