#include "window.h"

enum { SAME = 0, VALID = 1 };

#define MAXIMUM_REACH ((uint64_t)1 << 30)

engine_error extent_read(const node *node, uint32_t field, uint32_t standard, uint32_t *extent) {
	*extent = standard;
	TRY(fb_u32(node->graph->model, &node->options, field, extent));
	return *extent > 0 && *extent <= INT32_MAX ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

/* Finds output and before. */
static engine_error place(window *window, uint8_t padding) {
	uint64_t reach = ((uint64_t)window->filter - 1) * window->dilation + 1;
	if (reach > MAXIMUM_REACH) {
		return ENGINE_ATTRIBUTE;
	}
	uint32_t starts = window->input; /* where windows could begin if they began anywhere */
	if (padding == VALID) {
		if (reach > starts) {
			return ENGINE_OPERAND_SHAPE;
		}
		starts -= (uint32_t)reach - 1;
	}
	window->output = (starts - 1) / window->stride + 1;
	if (window->output == 1) {
		window->stride = 1; /* it does not matter, and a small one leads no pointer astray */
	}
	/* the last window begins inside the image, which has at most 2^24 positions */
	uint64_t covered = (uint64_t)(window->output - 1) * window->stride + reach;
	window->before = padding == SAME && covered > window->input ? (uint32_t)(covered - window->input) / 2 : 0;
	return ENGINE_OK;
}

static engine_error read_one(
    const node *node, uint32_t stride, uint32_t dilation, uint32_t extent, uint8_t padding, window *window) {
	window->input = extent;
	window->dilation = 1;
	TRY(extent_read(node, stride, 0, &window->stride));
	if (dilation != 0) {
		TRY(extent_read(node, dilation, 1, &window->dilation));
	}
	return place(window, padding);
}

engine_error windows_read(
    const node *node, const window_options *options, const engine_tensor *image, window *rows, window *columns) {
	uint8_t padding = SAME;
	TRY(fb_u8(node->graph->model, &node->options, options->padding, &padding));
	if (padding > VALID) {
		return ENGINE_ATTRIBUTE;
	}
	TRY(read_one(node, options->stride_height, options->dilation_height, image->shape[HEIGHT], padding, rows));
	return read_one(node, options->stride_width, options->dilation_width, image->shape[WIDTH], padding, columns);
}
