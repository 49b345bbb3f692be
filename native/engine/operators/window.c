#include "window.h"

#define MAXIMUM_REACH ((uint64_t)1 << 30)

engine_error padding_read(const node *node, uint32_t field, padding *padding) {
	uint8_t value = PADDING_SAME;
	TRY(fb_u8(node->graph->model, &node->options, field, &value));
	if (value > PADDING_VALID) {
		return ENGINE_ATTRIBUTE;
	}
	*padding = value;
	return ENGINE_OK;
}

engine_error extent_read(const node *node, uint32_t field, uint32_t standard, uint32_t *extent) {
	*extent = standard;
	TRY(fb_u32(node->graph->model, &node->options, field, extent));
	return *extent > 0 && *extent <= INT32_MAX ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

engine_error window_place(window *window, padding padding) {
	uint64_t reach = ((uint64_t)window->filter - 1) * window->dilation + 1;
	if (reach > MAXIMUM_REACH) {
		return ENGINE_ATTRIBUTE;
	}
	uint32_t starts = window->input; /* where windows could begin if they began anywhere */
	if (padding == PADDING_VALID) {
		if (reach > starts) {
			return ENGINE_OPERAND_SHAPE;
		}
		starts -= (uint32_t)reach - 1;
	}
	window->output = (starts - 1) / window->stride + 1;
	/* the last window begins inside the image, which has at most 2^24 positions */
	uint64_t covered = (uint64_t)(window->output - 1) * window->stride + reach;
	window->before = padding == PADDING_SAME && covered > window->input ? (uint32_t)(covered - window->input) / 2 : 0;
	return ENGINE_OK;
}
