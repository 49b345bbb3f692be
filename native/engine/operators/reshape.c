/* RESHAPE: the same values under another shape, which the output tensor has already. Copies only when it must. */
#include "../operator.h"

enum { OPTION_SHAPE = 0 };
enum { INPUT = 0, SHAPE = 1 };

typedef struct {
	step step;
	const void *input;
	void *output;
	uint32_t bytes;
} reshape_step;

/* The wanted shape, one extent of which may be -1 (whatever is left), against the output's. */
static engine_error check_shape(const engine_model *model, const fb_vector *wanted, const engine_tensor *output) {
	if (wanted->count != output->rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = 0; i < wanted->count; i++) {
		uint32_t extent = fb_word(model, wanted->at + 4 * i);
		if (extent != output->shape[i] && extent != 0xFFFFFFFFu) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	tensor shape;
	fb_vector wanted;
	TRY(node_arity(node, node->inputs.count == 1 ? 1 : 2, 1));
	TRY(node_input(node, INPUT, &input));
	TRY(node_output(node, 0, &output));
	if (input.view.type != output.view.type) {
		return ENGINE_OPERAND_TYPE;
	}
	if (input.view.elements != output.view.elements) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (node_has_input(node, SHAPE)) {
		TRY(node_input(node, SHAPE, &shape));
		if (shape.view.type != ENGINE_INT32) {
			return ENGINE_OPERAND_TYPE;
		}
		if (!shape.constant) {
			return ENGINE_OPERAND_CONSTANT;
		}
		wanted.at = shape.constant;
		wanted.count = shape.view.elements;
		TRY(check_shape(node->graph->model, &wanted, &output.view));
	}
	else if (node->options.at) {
		TRY(fb_vector_of(node->graph->model, &node->options, OPTION_SHAPE, 4, &wanted));
		TRY(check_shape(node->graph->model, &wanted, &output.view));
	}
	requirement->state = (uint32_t)sizeof(reshape_step);
	requirement->in_place = 1;
	return ENGINE_OK;
}

static void run(const step *base) {
	const reshape_step *step = (const reshape_step *)(const void *)base;
	if (step->input != step->output) {
		memcpy(step->output, step->input, step->bytes);
	}
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	reshape_step *step = (reshape_step *)(void *)base;
	(void)node_input(node, INPUT, &input);
	(void)node_output(node, 0, &output);
	step->step.run = run;
	step->input = input.view.data;
	step->output = output.view.data;
	step->bytes = input.view.bytes;
}

const engine_operator engine_reshape = {
    .code = 22,
    .options_type = 17,
    .name = "RESHAPE",
    .check = check,
    .open = open,
};
