/*
 * GATHER: slices of an axis by int32 indices, constant or computed, for each index of the batch axes in front.
 * GATHER_ND: each innermost row of the indices names a place by its first axes.
 * An index outside the axis is taken as the nearest that there is: nothing outside the input is ever read.
 */
#include "parameter.h"

enum { OPTION_AXIS = 0, OPTION_BATCH_AXES = 1 };
enum { INPUT = 0, INDICES = 1 };

typedef struct {
	step step;
	const uint8_t *input;
	const uint8_t *indices;
	uint8_t *output;
	void (*copy)(void *to, const void *from, uint32_t bytes); /* from memory, or from the model */
	uint32_t run;                                             /* bytes of a slice */
} common;

typedef struct {
	common common;
	uint32_t batches;
	uint32_t outer;
	uint32_t extent;
	uint32_t count; /* of indices in a batch */
} gather_step;

typedef struct {
	common common;
	uint32_t count; /* of places */
	uint32_t axes;
	uint32_t extents[]; /* of the axes */
} gather_nd_step;

/* Extents [first, end) of a tensor are the next ones of the output. */
static int has_extents(const tensor *output, uint32_t *at, const tensor *tensor, uint32_t first, uint32_t end) {
	for (uint32_t i = first; i < end; i++) {
		if (*at >= output->view.rank || output->view.shape[(*at)++] != tensor->view.shape[i]) {
			return 0;
		}
	}
	return 1;
}

static engine_error read_operands(const node *node, tensor *input, tensor *indices, tensor *output) {
	TRY(node_arity(node, 2, 1));
	TRY(parameter_ends(node, INPUT, input, output));
	TRY(node_input(node, INDICES, indices));
	return indices->view.type == ENGINE_INT32 ? ENGINE_OK : ENGINE_OPERAND_TYPE;
}

static void copy_memory(void *to, const void *from, uint32_t bytes) {
	memcpy(to, from, bytes);
}

static void open_common(const node *node, common *step, tensor *input, tensor *indices) {
	tensor output;
	(void)node_input(node, INPUT, input);
	(void)node_input(node, INDICES, indices);
	(void)node_output(node, 0, &output);
	step->input = input->view.data;
	step->indices = indices->view.data;
	step->output = output.view.data;
	step->copy = input->constant ? engine_copy : copy_memory;
}

/* Index `at` of the list, within an axis of `extent`. */
static uint32_t index_at(const common *step, uint32_t at, uint32_t extent) {
	int32_t index = (int32_t)bytes_u32(step->indices + 4 * at);
	return index < 0 ? 0 : (uint32_t)index < extent ? (uint32_t)index : extent - 1;
}

static engine_error read_axes(
    const node *node, const tensor *input, const tensor *indices, uint32_t *axis, uint32_t *batch_axes) {
	uint32_t batches = 0;
	TRY(parameter_axis_option(node, OPTION_AXIS, input->view.rank, axis));
	TRY(fb_u32(node->graph->model, &node->options, OPTION_BATCH_AXES, &batches));
	*batch_axes = batches + ((int32_t)batches < 0 ? indices->view.rank : 0);
	return *batch_axes <= *axis && *batch_axes <= indices->view.rank ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

static engine_error check_gather(const node *node, requirement *requirement) {
	tensor input;
	tensor indices;
	tensor output;
	uint32_t axis;
	uint32_t batch_axes;
	uint32_t at = 0;
	TRY(read_operands(node, &input, &indices, &output));
	TRY(read_axes(node, &input, &indices, &axis, &batch_axes));
	for (uint32_t i = 0; i < batch_axes; i++) {
		if (input.view.shape[i] != indices.view.shape[i]) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	if (!has_extents(&output, &at, &input, 0, axis) ||
	    !has_extents(&output, &at, &indices, batch_axes, indices.view.rank) ||
	    !has_extents(&output, &at, &input, axis + 1, input.view.rank) || at != output.view.rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	requirement->state = (uint32_t)sizeof(gather_step);
	return ENGINE_OK;
}

static void run_gather(const step *base) {
	const gather_step *step = (const gather_step *)(const void *)base;
	const common *common = &step->common;
	const uint8_t *from = common->input;
	uint8_t *to = common->output;
	for (uint32_t i = 0; i < step->batches; i++) {
		for (uint32_t j = 0; j < step->outer; j++) {
			for (uint32_t k = 0; k < step->count; k++) {
				uint32_t index = index_at(common, i * step->count + k, step->extent);
				common->copy(to, from + index * common->run, common->run);
				to += common->run;
			}
			from += step->extent * common->run;
		}
	}
}

static void open_gather(const node *node, step *base) {
	gather_step *step = (gather_step *)(void *)base;
	tensor input;
	tensor indices;
	uint32_t axis = 0;
	uint32_t batch_axes = 0;
	open_common(node, &step->common, &input, &indices);
	(void)read_axes(node, &input, &indices, &axis, &batch_axes);
	step->common.step.run = run_gather;
	step->common.run = parameter_volume(&input, axis + 1, input.view.rank) * parameter_width(&input);
	step->batches = parameter_volume(&input, 0, batch_axes);
	step->outer = parameter_volume(&input, batch_axes, axis);
	step->extent = input.view.shape[axis];
	step->count = parameter_volume(&indices, batch_axes, indices.view.rank);
}

static engine_error check_gather_nd(const node *node, requirement *requirement) {
	tensor input;
	tensor indices;
	tensor output;
	uint32_t at = 0;
	TRY(read_operands(node, &input, &indices, &output));
	if (indices.view.rank == 0) {
		return ENGINE_OPERAND_SHAPE;
	}
	uint32_t last = indices.view.rank - 1;
	uint32_t axes = indices.view.shape[last];
	if (axes > input.view.rank || !has_extents(&output, &at, &indices, 0, last) ||
	    !has_extents(&output, &at, &input, axes, input.view.rank) || at != output.view.rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	requirement->state = (uint32_t)(sizeof(gather_nd_step) + 4 * axes);
	return ENGINE_OK;
}

static void run_gather_nd(const step *base) {
	const gather_nd_step *step = (const gather_nd_step *)(const void *)base;
	const common *common = &step->common;
	uint8_t *to = common->output;
	for (uint32_t i = 0; i < step->count; i++) {
		uint32_t slice = 0;
		for (uint32_t j = 0; j < step->axes; j++) {
			slice = slice * step->extents[j] + index_at(common, i * step->axes + j, step->extents[j]);
		}
		common->copy(to, common->input + slice * common->run, common->run);
		to += common->run;
	}
}

static void open_gather_nd(const node *node, step *base) {
	gather_nd_step *step = (gather_nd_step *)(void *)base;
	tensor input;
	tensor indices;
	open_common(node, &step->common, &input, &indices);
	uint32_t last = indices.view.rank - 1;
	step->axes = indices.view.shape[last];
	step->common.step.run = run_gather_nd;
	step->common.run = parameter_volume(&input, step->axes, input.view.rank) * parameter_width(&input);
	step->count = parameter_volume(&indices, 0, last);
	memcpy(step->extents, input.view.shape, 4 * step->axes);
}

/* A table of embeddings stays in the model. */
const engine_operator engine_gather = {
    .code = 36,
    .options_type = 23,
    .in_model = 1u << INPUT | 1u << INDICES,
    .name = "GATHER",
    .check = check_gather,
    .open = open_gather,
};

const engine_operator engine_gather_nd = {
    .code = 107,
    .options_type = 83,
    .in_model = 1u << INPUT | 1u << INDICES,
    .name = "GATHER_ND",
    .check = check_gather_nd,
    .open = open_gather_nd,
};
