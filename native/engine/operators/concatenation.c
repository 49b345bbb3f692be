/*
 * CONCATENATION: the inputs one after another along an axis, all of the output's quantisation.
 * PACK: inputs of one shape along a new axis.
 */
#include "parts.h"

enum { OPTION_AXIS = 0, OPTION_ACTIVATION = 1 };
enum { OPTION_PACK_COUNT = 0, OPTION_PACK_AXIS = 1 };

static engine_error read_concatenation(const node *node, parts *parts) {
	parts->are_inputs = 1;
	parts->stacked = 0;
	parts->one_scale = 1;
	TRY(node_output(node, 0, &parts->whole));
	return parameter_axis_option(node, OPTION_AXIS, parts->whole.view.rank, &parts->axis);
}

static engine_error check_concatenation(const node *node, requirement *requirement) {
	parts parts;
	uint8_t activation = 0;
	TRY(node_arity(node, node->inputs.count, 1));
	TRY(read_concatenation(node, &parts));
	TRY(fb_u8(node->graph->model, &node->options, OPTION_ACTIVATION, &activation));
	if (activation != 0) {
		return ENGINE_ACTIVATION;
	}
	return parts_check(node, &parts, requirement);
}

static void open_concatenation(const node *node, step *step) {
	parts parts;
	(void)read_concatenation(node, &parts);
	parts_open(node, &parts, step);
}

static engine_error read_pack(const node *node, parts *parts) {
	parts->are_inputs = 1;
	parts->stacked = 1;
	parts->one_scale = 0;
	TRY(node_output(node, 0, &parts->whole));
	return parameter_axis_option(node, OPTION_PACK_AXIS, parts->whole.view.rank, &parts->axis);
}

static engine_error check_pack(const node *node, requirement *requirement) {
	parts parts;
	uint32_t count = 0;
	TRY(fb_u32(node->graph->model, &node->options, OPTION_PACK_COUNT, &count));
	TRY(node_arity(node, count, 1));
	TRY(read_pack(node, &parts));
	return parts_check(node, &parts, requirement);
}

static void open_pack(const node *node, step *step) {
	parts parts;
	(void)read_pack(node, &parts);
	parts_open(node, &parts, step);
}

const engine_operator engine_concatenation = {
    .code = 2,
    .options_type = 10,
    .name = "CONCATENATION",
    .check = check_concatenation,
    .open = open_concatenation,
};

const engine_operator engine_pack = {
    .code = 83,
    .options_type = 59,
    .name = "PACK",
    .check = check_pack,
    .open = open_pack,
};
