/*
 * GATHER: slices of an axis by int32 indices, constant or computed, for each index of the batch axes in front.
 * GATHER_ND: each innermost row of the indices names a place by its first axes.
 * An index outside the axis is taken as the nearest that there is: nothing outside the input is ever read.
 */
#include "parameter.h"

#define GATHER 36
#define GATHER_ND 107

enum { OPTION_AXIS = 0, OPTION_BATCH_AXES = 1 };
enum { INPUT = 0, INDICES = 1 };

typedef struct {
	step step;
	const uint8_t *input;
	const int32_t *indices;
	uint8_t *output;
	void (*copy)(void *to, const void *from, uint32_t bytes); /* from memory, or from the model */
	uint32_t run;                                             /* bytes of a slice */
	uint32_t outer;                                           /* times that there are so many slices: `block` */
	uint32_t block;
	uint32_t repeats; /* of the same indices */
	uint32_t count;   /* of places that they name */
	uint32_t axes;    /* of a place */
	uint32_t extents[ENGINE_MAXIMUM_RANK];
} gather_step;

/* Extents [first, end) of a tensor are the next ones of the output. */
static int has_extents(const tensor *output, uint32_t *at, const tensor *tensor, uint32_t first, uint32_t end) {
	for (uint32_t i = first; i < end; i++) {
		if (*at >= output->view.rank || output->view.shape[(*at)++] != tensor->view.shape[i]) {
			return 0;
		}
	}
	return 1;
}

static void copy_memory(void *to, const void *from, uint32_t bytes) {
	memcpy(to, from, bytes);
}

/* The axes of the input that a place has, [axis, end), those of batches, and those of the indices in each batch. */
static engine_error read_axes(
    const node *node, const tensor *input, const tensor *indices, uint32_t *axis, uint32_t *batches, uint32_t *end) {
	uint32_t rank = indices->view.rank;
	*axis = 0;
	*batches = 0;
	if (node->code == GATHER_ND) {
		*end = rank == 0 ? 0 : indices->view.shape[rank - 1];
		return rank != 0 && *end <= input->view.rank ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
	}
	TRY(parameter_axis_option(node, OPTION_AXIS, input->view.rank, axis));
	TRY(fb_u32(node->graph->model, &node->options, OPTION_BATCH_AXES, batches));
	*batches += (int32_t)*batches < 0 ? rank : 0;
	*end = *axis + 1;
	return *batches <= *axis && *batches <= rank ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

static engine_error read(const node *node, gather_step *step) {
	tensor input;
	tensor indices;
	tensor output;
	uint32_t axis;
	uint32_t batches;
	uint32_t end;
	uint32_t at = 0;
	TRY(node_arity(node, 2, 1));
	TRY(parameter_ends(node, INPUT, &input, &output));
	TRY(node_input(node, INDICES, &indices));
	if (indices.view.type != ENGINE_INT32) {
		return ENGINE_OPERAND_TYPE;
	}
	TRY(read_axes(node, &input, &indices, &axis, &batches, &end));
	uint32_t places = indices.view.rank - (node->code == GATHER_ND ? 1 : 0);
	if (memcmp(input.view.shape, indices.view.shape, batches * sizeof input.view.shape[0]) != 0 ||
	    !has_extents(&output, &at, &input, 0, axis) || !has_extents(&output, &at, &indices, batches, places) ||
	    !has_extents(&output, &at, &input, end, input.view.rank) || at != output.view.rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	step->input = input.view.data;
	step->indices = indices.view.data;
	step->output = output.view.data;
	step->copy = input.constant ? engine_copy : copy_memory;
	step->run = parameter_volume(&input, end, input.view.rank) * parameter_width(&input);
	step->block = parameter_volume(&input, axis, end) * step->run;
	step->outer = parameter_volume(&input, 0, batches);
	step->repeats = parameter_volume(&input, batches, axis);
	step->count = parameter_volume(&indices, batches, places);
	step->axes = end - axis;
	memcpy(step->extents, input.view.shape + axis, step->axes * sizeof step->extents[0]);
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	gather_step step;
	requirement->state = (uint32_t)sizeof(gather_step);
	return read(node, &step);
}

/* The slice that a place names. */
static uint32_t slice_at(const gather_step *step, const int32_t *place) {
	uint32_t slice = 0;
	for (uint32_t i = 0; i < step->axes; i++) {
		uint32_t extent = step->extents[i];
		int32_t index = place[i];
		slice = slice * extent + (index < 0 ? 0 : (uint32_t)index < extent ? (uint32_t)index : extent - 1);
	}
	return slice;
}

static void run(const step *base) {
	const gather_step *step = (const gather_step *)(const void *)base;
	const uint8_t *from = step->input;
	const int32_t *indices = step->indices;
	uint8_t *to = step->output;
	uint32_t stride = step->axes;
	for (uint32_t i = 0; i < step->outer; i++) {
		for (uint32_t j = 0; j < step->repeats; j++) {
			for (uint32_t k = 0; k < step->count; k++) {
				step->copy(to, from + slice_at(step, indices + k * stride) * step->run, step->run);
				to += step->run;
			}
			from += step->block;
		}
		indices += step->count * stride;
	}
}

static void open(const node *node, step *base) {
	(void)read(node, (gather_step *)(void *)base);
	base->run = run;
}

const engine_operator engine_gather = {
    .code = GATHER,
    .options_type = 23,
    .in_model = 1u << INPUT, /* a table of embeddings */
    .name = "GATHER",
    .check = check,
    .open = open,
};

const engine_operator engine_gather_nd = {
    .code = GATHER_ND,
    .options_type = 83,
    .in_model = 1u << INPUT, /* a table of embeddings */
    .name = "GATHER_ND",
    .check = check,
    .open = open,
};
