#include "softmax.h"

#define BILLION 0x4E6E6B28 /* as the bits of a float, which are in the order of positive numbers */

engine_error softmax_read(const node *node, tensor *input, tensor *output, float *beta) {
	int32_t bits = 0;
	uint32_t at;
	TRY(node_unary(node, input, output));
	TRY(fb_field(node->graph->model, &node->options, SOFTMAX_BETA, 4, &at));
	if (at != 0) {
		*beta = file_f32(fb_at(node->graph->model, at));
		memcpy(&bits, beta, sizeof bits);
	}
	if (bits <= 0 || bits >= BILLION) {
		return ENGINE_ATTRIBUTE;
	}
	return input->view.rank == 0 ? ENGINE_OPERAND_SHAPE : ENGINE_OK;
}
