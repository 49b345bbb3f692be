/*
 * A tensor and its parts along an axis.
 * CONCATENATION: joins them, all of the output's quantisation. PACK: joins tensors of one shape along a new axis.
 * SPLIT: cuts into equal parts. SPLIT_V: into given extents, of which one may be -1 (whatever is left).
 * UNPACK: into each index of the axis, without the axis.
 */
#include "parameter.h"
#include "walk.h"

#define CONCATENATION 2
#define SPLIT 49
#define PACK 83
#define UNPACK 88
#define SPLIT_V 102

enum { CONCATENATION_OPTION_AXIS = 0, CONCATENATION_OPTION_ACTIVATION = 1 };
enum { OPTION_COUNT = 0, OPTION_AXIS = 1 }; /* of the others; only PACK and UNPACK have an axis there */
enum { SPLIT_AXIS = 0, SPLIT_INPUT = 1 };
enum { SPLIT_V_INPUT = 0, SPLIT_V_SIZES = 1, SPLIT_V_AXIS = 2 };

typedef struct {
	uint8_t *data;
	uint32_t run; /* bytes that lie together in the whole */
} part;

typedef struct {
	step step;
	uint8_t *whole;
	uint32_t outer; /* how many runs a part has */
	uint32_t bytes; /* of one run of each part */
	uint32_t count;
	/* then part[count] */
} parts_step;

typedef struct {
	tensor whole;
	uint32_t axis;
	uint32_t count;
	int are_inputs; /* the parts; else they are the outputs */
	int stacked;    /* a part does not have the axis */
} parts;

/* All but the parts themselves. */
static engine_error read_parts(const node *node, parts *parts) {
	tensor list;
	parts->stacked = node->code == PACK || node->code == UNPACK;
	parts->are_inputs = node->code == PACK || node->code == CONCATENATION;
	parts->count = parts->are_inputs ? node->inputs.count : node->outputs.count;
	if (parts->are_inputs) {
		TRY(node_output(node, 0, &parts->whole));
	}
	else {
		TRY(node_input(node, node->code == SPLIT ? SPLIT_INPUT : 0, &parts->whole));
	}
	uint32_t rank = parts->whole.view.rank;
	if (parts->are_inputs || parts->stacked) {
		uint32_t field = parts->stacked ? OPTION_AXIS : CONCATENATION_OPTION_AXIS;
		return parameter_axis_option(node, field, rank, &parts->axis);
	}
	TRY(parameter_list(node, node->code == SPLIT ? SPLIT_AXIS : SPLIT_V_AXIS, 1, &list));
	return parameter_axis(parameter_at(node, &list, 0), rank, &parts->axis);
}

static engine_error part_at(const node *node, const parts *parts, uint32_t index, tensor *part) {
	return parts->are_inputs ? node_input(node, index, part) : node_output(node, index, part);
}

static engine_error check_operands(const node *node, const parts *parts) {
	uint32_t count = parts->count;
	uint8_t activation = 0;
	if (node->code == CONCATENATION) {
		TRY(fb_u8(node->graph->model, &node->options, CONCATENATION_OPTION_ACTIVATION, &activation));
		return activation == 0 ? node_arity(node, count, 1) : ENGINE_ACTIVATION;
	}
	TRY(fb_u32(node->graph->model, &node->options, OPTION_COUNT, &count));
	switch (node->code) {
		case PACK: return node_arity(node, count, 1);
		case UNPACK: return node_arity(node, 1, count);
		case SPLIT: return node_arity(node, 2, count);
		default: return node_arity(node, 3, count);
	}
}

/* The extents of a part are the whole's, except along the axis. */
static engine_error check_shape(const parts *parts, const tensor *part, uint32_t *extent) {
	const engine_tensor *whole = &parts->whole.view;
	uint32_t axis = 0; /* of the part */
	*extent = 1;
	if (part->view.type != whole->type) {
		return ENGINE_OPERAND_TYPE;
	}
	if (part->view.rank + (parts->stacked ? 1 : 0) != whole->rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = 0; i < whole->rank; i++) {
		if (i == parts->axis) {
			*extent = parts->stacked ? 1 : part->view.shape[axis++];
		}
		else if (part->view.shape[axis++] != whole->shape[i]) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return ENGINE_OK;
}

static engine_error check_quantization(const tensor *whole, const tensor *part) {
	int is_byte = part->view.type == ENGINE_INT8 || part->view.type == ENGINE_UINT8;
	if (part->view.zero_point != whole->view.zero_point || (is_byte && part->view.scale != whole->view.scale)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	parts parts;
	tensor sizes;
	uint32_t sum = 0;
	TRY(read_parts(node, &parts));
	TRY(check_operands(node, &parts));
	uint32_t whole = parts.whole.view.shape[parts.axis];
	if (node->code == SPLIT_V) {
		TRY(parameter_list(node, SPLIT_V_SIZES, parts.count, &sizes));
	}
	for (uint32_t i = 0; i < parts.count; i++) {
		tensor part;
		uint32_t extent;
		TRY(part_at(node, &parts, i, &part));
		TRY(check_shape(&parts, &part, &extent));
		sum += extent; /* at most twice 2^24 before it is too much */
		uint32_t wanted = extent;
		if (node->code == CONCATENATION) {
			TRY(check_quantization(&parts.whole, &part));
		}
		else if (node->code == SPLIT) {
			wanted = whole / parts.count;
		}
		else if (node->code == SPLIT_V && parameter_at(node, &sizes, i) != -1) {
			wanted = (uint32_t)parameter_at(node, &sizes, i);
		}
		if (sum > whole || extent != wanted) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	requirement->state = (uint32_t)(sizeof(parts_step) + parts.count * sizeof(part));
	return sum == whole ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static void run_join(const step *base) {
	const parts_step *step = (const parts_step *)(const void *)base;
	const part *parts = (const part *)(const void *)(step + 1);
	uint8_t *to = step->whole;
	for (uint32_t i = 0; i < step->count; i++) {
		walk_loop loop = {step->outer, (int32_t)parts[i].run, (int32_t)step->bytes};
		walk_line(to, parts[i].data, &loop, parts[i].run);
		to += parts[i].run;
	}
}

static void run_cut(const step *base) {
	const parts_step *step = (const parts_step *)(const void *)base;
	const part *parts = (const part *)(const void *)(step + 1);
	const uint8_t *from = step->whole;
	for (uint32_t i = 0; i < step->count; i++) {
		walk_loop loop = {step->outer, (int32_t)step->bytes, (int32_t)parts[i].run};
		walk_line(parts[i].data, from, &loop, parts[i].run);
		from += parts[i].run;
	}
}

static void open(const node *node, step *base) {
	parts_step *step = (parts_step *)(void *)base;
	part *list = (part *)(void *)(step + 1);
	parts parts;
	(void)read_parts(node, &parts);
	step->step.run = parts.are_inputs ? run_join : run_cut;
	step->whole = parts.whole.view.data;
	step->outer = parameter_volume(&parts.whole, 0, parts.axis);
	step->bytes = parts.whole.view.bytes / step->outer;
	step->count = parts.count;
	for (uint32_t i = 0; i < parts.count; i++) {
		tensor tensor;
		(void)part_at(node, &parts, i, &tensor);
		list[i].data = tensor.view.data;
		list[i].run = tensor.view.bytes / step->outer;
	}
}

const engine_operator engine_concatenation = {
    .code = CONCATENATION,
    .options_type = 10,
    .name = "CONCATENATION",
    .check = check,
    .open = open,
};

const engine_operator engine_pack = {
    .code = PACK,
    .options_type = 59,
    .name = "PACK",
    .check = check,
    .open = open,
};

const engine_operator engine_split = {
    .code = SPLIT,
    .options_type = 35,
    .in_model = 1u << SPLIT_AXIS,
    .name = "SPLIT",
    .check = check,
    .open = open,
};

const engine_operator engine_split_v = {
    .code = SPLIT_V,
    .options_type = 79,
    .in_model = 1u << SPLIT_V_SIZES | 1u << SPLIT_V_AXIS,
    .name = "SPLIT_V",
    .check = check,
    .open = open,
};

const engine_operator engine_unpack = {
    .code = UNPACK,
    .options_type = 64,
    .name = "UNPACK",
    .check = check,
    .open = open,
};
