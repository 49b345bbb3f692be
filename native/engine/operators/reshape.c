/*
 * RESHAPE, SQUEEZE, EXPAND_DIMS: the same values under another shape, which the output tensor has already.
 * They copy only when the input is still needed.
 */
#include "parameter.h"
#include "walk.h"

enum { OPTION_SHAPE = 0 };
enum { OPTION_SQUEEZED = 0 };
enum { INPUT = 0, SHAPE = 1, AXIS = 1 };

/* One run of all bytes. */
static engine_error plan(const node *node, walk *walk) {
	tensor input;
	tensor output;
	TRY(parameter_ends(node, INPUT, &input, &output));
	walk->run = input.view.bytes;
	return input.view.bytes == output.view.bytes ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static void open(const node *node, step *base) {
	walk_open(node, base, plan);
}

/* An extent of -1 is whatever is left. */
static int is_wanted(int32_t wanted, uint32_t extent) {
	return wanted == -1 || (uint32_t)wanted == extent;
}

/* A computed shape can only be the one that the output has. */
static engine_error check_reshape(const node *node, requirement *requirement) {
	const engine_model *model = node->graph->model;
	tensor output;
	tensor shape;
	fb_vector wanted = {0, 0};
	TRY(node_arity(node, node->inputs.count == 1 ? 1 : 2, 1));
	TRY(node_output(node, 0, &output));
	if (node_has_input(node, SHAPE)) {
		TRY(node_input(node, SHAPE, &shape));
		if (shape.view.type != ENGINE_INT32) {
			return ENGINE_OPERAND_TYPE;
		}
		wanted.at = shape.constant;
		wanted.count = shape.constant ? shape.view.elements : 0;
	}
	else if (node->options.at) {
		TRY(fb_vector_of(model, &node->options, OPTION_SHAPE, 4, &wanted));
	}
	if (wanted.at != 0 && wanted.count != output.view.rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = 0; i < wanted.count; i++) {
		if (!is_wanted((int32_t)fb_word(model, wanted.at + 4 * i), output.view.shape[i])) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return walk_check(node, requirement, plan);
}

/* Bit i: axis i goes. */
static engine_error read_squeezed(const node *node, const tensor *input, uint32_t *squeezed) {
	const engine_model *model = node->graph->model;
	fb_vector list;
	*squeezed = 0;
	TRY(fb_vector_of(model, &node->options, OPTION_SQUEEZED, 4, &list));
	if (list.count > ENGINE_MAXIMUM_RANK) {
		return ENGINE_ATTRIBUTE;
	}
	for (uint32_t i = 0; i < list.count; i++) {
		uint32_t axis;
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

static engine_error check_squeeze(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	uint32_t squeezed;
	TRY(node_arity(node, 1, 1));
	TRY(parameter_ends(node, INPUT, &input, &output));
	TRY(read_squeezed(node, &input, &squeezed));
	TRY(check_without(&input, &output, squeezed));
	return walk_check(node, requirement, plan);
}

static engine_error check_expand_dims(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	tensor list;
	uint32_t axis;
	TRY(node_arity(node, 2, 1));
	TRY(parameter_ends(node, INPUT, &input, &output));
	TRY(parameter_list(node, AXIS, 1, &list));
	TRY(parameter_axis(parameter_at(node, &list, 0), output.view.rank, &axis));
	TRY(check_without(&output, &input, 1u << axis));
	return walk_check(node, requirement, plan);
}

const engine_operator engine_reshape = {
    .code = 22,
    .options_type = 17,
    .in_model = 1u << SHAPE,
    .name = "RESHAPE",
    .check = check_reshape,
    .open = open,
};

const engine_operator engine_squeeze = {
    .code = 43,
    .options_type = 30,
    .name = "SQUEEZE",
    .check = check_squeeze,
    .open = open,
};

const engine_operator engine_expand_dims = {
    .code = 70,
    .options_type = 52,
    .in_model = 1u << AXIS,
    .name = "EXPAND_DIMS",
    .check = check_expand_dims,
    .open = open,
};
