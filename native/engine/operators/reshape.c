/*
 * RESHAPE, SQUEEZE, EXPAND_DIMS: the same values under another shape, which the output tensor has already.
 * They copy only when the input is still needed.
 */
#include "parameter.h"

#define RESHAPE 22
#define SQUEEZE 43
#define EXPAND_DIMS 70

enum { OPTION_LIST = 0 }; /* the shape of RESHAPE, the axes of SQUEEZE */
enum { INPUT = 0, SHAPE = 1, AXIS = 1 };

typedef struct {
	step step;
	const void *input;
	void *output;
	uint32_t bytes;
} reshape_step;

/* An extent of -1 is whatever is left. A computed shape can only be the one that the output has. */
static engine_error check_wanted(const node *node, const tensor *output) {
	const engine_model *model = node->graph->model;
	tensor shape;
	fb_vector wanted = {0, 0};
	if (node_has_input(node, SHAPE)) {
		TRY(node_input(node, SHAPE, &shape));
		if (shape.view.type != ENGINE_INT32) {
			return ENGINE_OPERAND_TYPE;
		}
		wanted.at = shape.constant;
		wanted.count = shape.constant ? shape.view.elements : 0;
	}
	else if (node->options.at) {
		TRY(fb_vector_of(model, &node->options, OPTION_LIST, 4, &wanted));
	}
	if (wanted.at != 0 && wanted.count != output->view.rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = 0; i < wanted.count; i++) {
		uint32_t extent = fb_word(model, wanted.at + 4 * i);
		if (extent != output->view.shape[i] && extent != 0xFFFFFFFFu) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return ENGINE_OK;
}

/* The axes that SQUEEZE takes away, as bits: those that are listed, else all of one index. */
static engine_error read_squeezed(const node *node, const tensor *input, uint32_t *squeezed) {
	const engine_model *model = node->graph->model;
	fb_vector list;
	uint32_t axis;
	*squeezed = 0;
	TRY(fb_vector_of(model, &node->options, OPTION_LIST, 4, &list));
	if (list.count > ENGINE_MAXIMUM_RANK) {
		return ENGINE_ATTRIBUTE;
	}
	for (uint32_t i = 0; i < list.count; i++) {
		TRY(parameter_axis((int32_t)fb_word(model, list.at + 4 * i), input->view.rank, &axis));
		*squeezed |= 1u << axis;
	}
	for (uint32_t i = 0; list.count == 0 && i < input->view.rank; i++) {
		*squeezed |= (input->view.shape[i] == 1 ? 1u : 0) << i;
	}
	return ENGINE_OK;
}

/* The longer shape without its axes `gone`, each of one index, is the shorter one. */
static engine_error check_without(const tensor *longer, const tensor *shorter, uint32_t gone) {
	uint32_t at = 0;
	for (uint32_t i = 0; i < longer->view.rank; i++) {
		uint32_t extent = longer->view.shape[i];
		if (gone >> i & 1 ? extent != 1 : at >= shorter->view.rank || shorter->view.shape[at++] != extent) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return at == shorter->view.rank ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	tensor list;
	uint32_t axis;
	int is_alone = node->code == SQUEEZE || (node->code == RESHAPE && node->inputs.count == 1);
	TRY(node_arity(node, is_alone ? 1 : 2, 1));
	TRY(parameter_ends(node, INPUT, &input, &output));
	if (node->code == RESHAPE) {
		TRY(check_wanted(node, &output));
	}
	else if (node->code == SQUEEZE) {
		TRY(read_squeezed(node, &input, &axis));
		TRY(check_without(&input, &output, axis));
	}
	else {
		TRY(parameter_list(node, AXIS, 1, &list));
		TRY(parameter_axis(parameter_at(node, &list, 0), output.view.rank, &axis));
		TRY(check_without(&output, &input, 1u << axis));
	}
	requirement->state = (uint32_t)sizeof(reshape_step);
	requirement->in_place = 1;
	return input.view.elements == output.view.elements ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static void run(const step *base) {
	const reshape_step *step = (const reshape_step *)(const void *)base;
	if (step->input != step->output) {
		memcpy(step->output, step->input, step->bytes);
	}
}

static void open(const node *node, step *base) {
	reshape_step *step = (reshape_step *)(void *)base;
	tensor input;
	tensor output;
	(void)parameter_ends(node, INPUT, &input, &output);
	step->step.run = run;
	step->input = input.view.data;
	step->output = output.view.data;
	step->bytes = input.view.bytes;
}

const engine_operator engine_reshape = {
    .code = RESHAPE,
    .options_type = 17,
    .in_model = 1u << SHAPE,
    .name = "RESHAPE",
    .check = check,
    .open = open,
};

const engine_operator engine_squeeze = {
    .code = SQUEEZE,
    .options_type = 30,
    .name = "SQUEEZE",
    .check = check,
    .open = open,
};

const engine_operator engine_expand_dims = {
    .code = EXPAND_DIMS,
    .options_type = 52,
    .in_model = 1u << AXIS,
    .name = "EXPAND_DIMS",
    .check = check,
    .open = open,
};
