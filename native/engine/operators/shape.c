/* SHAPE: the extents of the input as int32. */
#include "../operator.h"

typedef struct {
	step step;
	void *output;
	uint32_t rank;
	uint32_t extents[]; /* of the input */
} shape_step;

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_arity(node, 1, 1));
	TRY(node_input(node, 0, &input));
	TRY(node_output(node, 0, &output));
	if (output.view.type != ENGINE_INT32) {
		return ENGINE_OPERAND_TYPE;
	}
	if (output.view.rank != 1 || output.view.elements != input.view.rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	requirement->state = (uint32_t)(sizeof(shape_step) + 4 * input.view.rank);
	return ENGINE_OK;
}

static void run(const step *base) {
	const shape_step *step = (const shape_step *)(const void *)base;
	memcpy(step->output, step->extents, 4 * step->rank);
}

static void open(const node *node, step *base) {
	shape_step *step = (shape_step *)(void *)base;
	tensor input;
	tensor output;
	(void)node_input(node, 0, &input);
	(void)node_output(node, 0, &output);
	step->step.run = run;
	step->output = output.view.data;
	step->rank = input.view.rank;
	memcpy(step->extents, input.view.shape, 4 * input.view.rank);
}

const engine_operator engine_shape = {
    .code = 77,
    .options_type = 55,
    .name = "SHAPE",
    .check = check,
    .open = open,
};
