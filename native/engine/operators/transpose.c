/* TRANSPOSE: axis i of the output is axis permutation[i] of the input. */
#include "parameter.h"
#include "walk.h"

enum { PERMUTATION = 1 };

static engine_error plan(const node *node, walk *walk) {
	tensor input;
	tensor output;
	tensor permutation;
	uint32_t seen = 0;
	TRY(walk_begin(node, 2, walk, &input, &output));
	TRY(parameter_list(node, PERMUTATION, input.view.rank, &permutation));
	if (output.view.rank != input.view.rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	uint32_t width = walk->run;
	uint32_t stride = width;
	for (uint32_t i = output.view.rank; i-- > 0;) {
		uint32_t axis;
		TRY(parameter_axis(parameter_at(node, &permutation, i), input.view.rank, &axis));
		if (seen >> axis & 1) {
			return ENGINE_ATTRIBUTE;
		}
		seen |= 1u << axis;
		if (output.view.shape[i] != input.view.shape[axis]) {
			return ENGINE_OPERAND_SHAPE;
		}
		uint32_t inner = parameter_volume(&input, axis + 1, input.view.rank) * width;
		walk_add(walk, output.view.shape[i], (int32_t)inner, (int32_t)stride);
		stride *= output.view.shape[i];
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	return walk_check(node, requirement, plan);
}

static void open(const node *node, step *base) {
	walk_open(node, base, plan);
}

const engine_operator engine_transpose = {
    .code = 39,
    .options_type = 26,
    .in_model = 1u << PERMUTATION,
    .name = "TRANSPOSE",
    .check = check,
    .open = open,
};
