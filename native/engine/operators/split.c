/*
 * SPLIT: equal parts along an axis; SPLIT_V: parts of given extents, of which one may be -1 (whatever is left).
 * UNPACK: each index of an axis, without the axis.
 */
#include "parts.h"

enum { OPTION_SPLITS = 0 };
enum { OPTION_UNPACK_COUNT = 0, OPTION_UNPACK_AXIS = 1 };
enum { SPLIT_AXIS = 0, SPLIT_INPUT = 1 };
enum { SPLIT_V_INPUT = 0, SPLIT_V_SIZES = 1, SPLIT_V_AXIS = 2 };

/* The input, and the axis that is an operand of its own. */
static engine_error read_split(const node *node, uint32_t input, uint32_t axis, parts *parts) {
	tensor list;
	parts->are_inputs = 0;
	parts->stacked = 0;
	parts->one_scale = 0;
	TRY(node_input(node, input, &parts->whole));
	TRY(parameter_list(node, axis, 1, &list));
	return parameter_axis(parameter_at(node, &list, 0), parts->whole.view.rank, &parts->axis);
}

/* Where the file says how many outputs there are. */
static engine_error check_count(const node *node, uint32_t inputs, uint32_t field) {
	uint32_t count = 0;
	TRY(fb_u32(node->graph->model, &node->options, field, &count));
	return node_arity(node, inputs, count);
}

static engine_error check_split(const node *node, requirement *requirement) {
	parts parts;
	tensor first;
	tensor output;
	TRY(check_count(node, 2, OPTION_SPLITS));
	TRY(read_split(node, SPLIT_INPUT, SPLIT_AXIS, &parts));
	TRY(parts_check(node, &parts, requirement));
	TRY(node_output(node, 0, &first));
	for (uint32_t i = 1; i < node->outputs.count; i++) {
		TRY(node_output(node, i, &output));
		if (!same_shape(&output, &first)) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return ENGINE_OK;
}

static void open_split(const node *node, step *step) {
	parts parts;
	(void)read_split(node, SPLIT_INPUT, SPLIT_AXIS, &parts);
	parts_open(node, &parts, step);
}

static engine_error check_split_v(const node *node, requirement *requirement) {
	parts parts;
	tensor sizes;
	TRY(check_count(node, 3, OPTION_SPLITS));
	TRY(read_split(node, SPLIT_V_INPUT, SPLIT_V_AXIS, &parts));
	TRY(parts_check(node, &parts, requirement));
	TRY(parameter_list(node, SPLIT_V_SIZES, node->outputs.count, &sizes));
	for (uint32_t i = 0; i < node->outputs.count; i++) {
		tensor output;
		int32_t size = parameter_at(node, &sizes, i);
		TRY(node_output(node, i, &output));
		if (size != -1 && (uint32_t)size != output.view.shape[parts.axis]) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return ENGINE_OK;
}

static void open_split_v(const node *node, step *step) {
	parts parts;
	(void)read_split(node, SPLIT_V_INPUT, SPLIT_V_AXIS, &parts);
	parts_open(node, &parts, step);
}

static engine_error read_unpack(const node *node, parts *parts) {
	parts->are_inputs = 0;
	parts->stacked = 1;
	parts->one_scale = 0;
	TRY(node_input(node, 0, &parts->whole));
	return parameter_axis_option(node, OPTION_UNPACK_AXIS, parts->whole.view.rank, &parts->axis);
}

static engine_error check_unpack(const node *node, requirement *requirement) {
	parts parts;
	TRY(check_count(node, 1, OPTION_UNPACK_COUNT));
	TRY(read_unpack(node, &parts));
	return parts_check(node, &parts, requirement);
}

static void open_unpack(const node *node, step *step) {
	parts parts;
	(void)read_unpack(node, &parts);
	parts_open(node, &parts, step);
}

const engine_operator engine_split = {
    .code = 49,
    .options_type = 35,
    .in_model = 1u << SPLIT_AXIS,
    .name = "SPLIT",
    .check = check_split,
    .open = open_split,
};

const engine_operator engine_split_v = {
    .code = 102,
    .options_type = 79,
    .in_model = 1u << SPLIT_V_SIZES | 1u << SPLIT_V_AXIS,
    .name = "SPLIT_V",
    .check = check_split_v,
    .open = open_split_v,
};

const engine_operator engine_unpack = {
    .code = 88,
    .options_type = 64,
    .name = "UNPACK",
    .check = check_unpack,
    .open = open_unpack,
};
