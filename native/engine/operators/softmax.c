/* SOFTMAX of int8 and float32. */
#include "softmax.h"

static int is_float32(const node *node) {
	tensor input;
	return node_input(node, 0, &input) == ENGINE_OK && input.view.type == ENGINE_FLOAT32;
}

static engine_error check(const node *node, requirement *requirement) {
	return is_float32(node) ? softmax_float32_check(node, requirement) : softmax_int8_check(node, requirement);
}

static void open(const node *node, step *step) {
	if (is_float32(node)) {
		softmax_float32_open(node, step);
	}
	else {
		softmax_int8_open(node, step);
	}
}

const engine_operator engine_softmax = {
    .code = SOFTMAX_CODE,
    .options_type = SOFTMAX_OPTIONS,
    .types = (1u << ENGINE_INT8) | (1u << ENGINE_FLOAT32),
    .name = "SOFTMAX",
    .check = check,
    .open = open,
};
