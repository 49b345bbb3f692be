#include "activation.h"

#include "../fixed_point.h"

#include <float.h>

engine_error activation_read(const node *node, uint32_t field, activation *activation) {
	uint8_t value = ACTIVATION_NONE;
	TRY(fb_u8(node->graph->model, &node->options, field, &value));
	if (value > ACTIVATION_RELU6) {
		return ENGINE_ACTIVATION;
	}
	*activation = value;
	return ENGINE_OK;
}

void activation_float_bounds(activation activation, float *minimum, float *maximum) {
	*minimum = activation == ACTIVATION_NONE ? -FLT_MAX : activation == ACTIVATION_RELU_N1_TO_1 ? -1.0f : 0.0f;
	*maximum = activation == ACTIVATION_RELU6 ? 6.0f : activation == ACTIVATION_RELU_N1_TO_1 ? 1.0f : FLT_MAX;
}

static int32_t within(int32_t value, int32_t lowest, int32_t highest) {
	return value < lowest ? lowest : value > highest ? highest : value;
}

void activation_integer_bounds(activation activation, const engine_tensor *output, int32_t *minimum, int32_t *maximum) {
	int32_t lowest = output->type == ENGINE_UINT8 ? 0 : output->type == ENGINE_INT8 ? -128 : -32768;
	int32_t highest = output->type == ENGINE_UINT8 ? 255 : output->type == ENGINE_INT8 ? 127 : 32767;
	*minimum = lowest;
	*maximum = highest;
	if (activation != ACTIVATION_NONE) {
		int32_t zero = output->zero_point;
		int32_t below = activation == ACTIVATION_RELU_N1_TO_1 ? fixed_nearest_quotient(1.0f, output->scale) : 0;
		*minimum = within(zero - below, lowest, highest);
		if (activation != ACTIVATION_RELU) {
			int32_t above = activation == ACTIVATION_RELU6 ? fixed_nearest_quotient(6.0f, output->scale) : below;
			*maximum = within(zero + above, lowest, highest);
		}
	}
}
