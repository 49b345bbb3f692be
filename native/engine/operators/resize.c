#include "resize.h"

enum { BATCH = 0, HEIGHT = 1, WIDTH = 2, DEPTH = 3, RANK = 4 };

/* So that a place on an axis fits into 32 bits with 10 bits of fraction, and into a float. */
#define MAXIMUM_EXTENT (1u << 20)

engine_error resize_read(const node *node, uint32_t first, resize_step *step) {
	tensor input;
	tensor output;
	tensor size;
	const uint32_t *from = input.view.shape;
	const uint32_t *to = output.view.shape;
	TRY(node_arity(node, 2, 1));
	TRY(parameter_ends(node, INPUT, &input, &output));
	TRY(parameter_list(node, SIZE, 2, &size));
	if (input.view.rank != RANK || output.view.rank != RANK || from[BATCH] != to[BATCH] || from[DEPTH] != to[DEPTH]) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = HEIGHT; i <= WIDTH; i++) {
		if (to[i] != (uint32_t)parameter_at(node, &size, i - HEIGHT) || from[i] > MAXIMUM_EXTENT ||
		    to[i] > MAXIMUM_EXTENT) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	TRY(fb_u8(node->graph->model, &node->options, first, &step->aligned));
	TRY(fb_u8(node->graph->model, &node->options, first + 1, &step->pixel_centers));
	step->input = input.view.data;
	step->output = output.view.data;
	step->batches = from[BATCH];
	step->height.from = from[HEIGHT];
	step->height.to = to[HEIGHT];
	step->width.from = from[WIDTH];
	step->width.to = to[WIDTH];
	step->depth = from[DEPTH];
	return ENGINE_OK;
}

float resize_scale(const resize_side *side, int aligned) {
	uint32_t less = aligned && side->to > 1 ? 1 : 0;
	return (float)(int32_t)(side->from - less) / (float)(int32_t)(side->to - less);
}
