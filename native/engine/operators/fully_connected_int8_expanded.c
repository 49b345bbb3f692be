/*
 * FULLY_CONNECTED of int8 that keeps its constant weights in the state, widened to 16 bits: twice the model's bytes of
 * memory, for one instruction instead of two for each product where the processor has MAC16 (the ESP32).
 */
#include "fully_connected_int8.h"

typedef fully_connected_int8_step int8_step;

static dot_expanded *expanded_of(const int8_step *step) {
	uint32_t scales = step->per_unit ? step->common.units : 1;
	return (dot_expanded *)(void *)((uint8_t *)(uintptr_t)step + fully_connected_int8_size(scales));
}

static engine_error check(const node *node, requirement *requirement) {
	tensor weights;
	TRY(fully_connected_int8_check(node, requirement));
	TRY(node_input(node, FULLY_CONNECTED_WEIGHTS, &weights));
	if (weights.constant) {
		requirement->state +=
		    weights.view.shape[0] * DOT_EXPANDED(weights.view.shape[1]) * (uint32_t)sizeof(dot_expanded);
	}
	return ENGINE_OK;
}

static void products(const int8_step *step, const dot_input *input, uint32_t column, uint32_t count, uint32_t unit,
    uint32_t rows, int32_t *sums) {
	uint32_t words = DOT_EXPANDED(step->common.depth);
	dot_expanded_rows(input, count, expanded_of(step) + unit * words + column / 2, words, rows, sums);
}

static void run(const step *base) {
	fully_connected_int8_run((const int8_step *)(const void *)base, products);
}

static void open(const node *node, step *base) {
	tensor weights;
	const int8_step *step = (const int8_step *)(const void *)base;
	fully_connected_int8_open(node, base);
	(void)node_input(node, FULLY_CONNECTED_WEIGHTS, &weights);
	if (weights.constant) {
		dot_expanded *row = expanded_of(step);
		base->run = run;
		for (uint32_t unit = 0; unit < step->common.units; unit++) {
			dot_expand(row, step->common.weights + unit * step->common.depth, step->common.depth);
			row += DOT_EXPANDED(step->common.depth);
		}
	}
}

const engine_operator engine_fully_connected_int8_expanded = {
    .code = FULLY_CONNECTED_CODE,
    .options_type = FULLY_CONNECTED_OPTIONS,
    .types = 1u << ENGINE_INT8,
    .in_model = FULLY_CONNECTED_IN_MODEL,
    .name = "FULLY_CONNECTED",
    .check = check,
    .open = open,
};
