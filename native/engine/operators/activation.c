#include "activation.h"

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

/* A real number as a value of the output, halves away from zero, within the output's type. */
static int32_t quantized(float real, const engine_tensor *output, int32_t lowest, int32_t highest) {
	float value = real / output->scale;
	if (value > 131072.0f || value < -131072.0f) {
		return value > 0 ? highest : lowest;
	}
	int32_t rounded = (int32_t)(value < 0 ? value - 0.5f : value + 0.5f) + output->zero_point;
	return rounded < lowest ? lowest : rounded > highest ? highest : rounded;
}

void activation_integer_bounds(activation activation, const engine_tensor *output, int32_t *minimum, int32_t *maximum) {
	int32_t lowest = output->type == ENGINE_UINT8 ? 0 : output->type == ENGINE_INT8 ? -128 : -32768;
	int32_t highest = output->type == ENGINE_UINT8 ? 255 : output->type == ENGINE_INT8 ? 127 : 32767;
	*minimum = lowest;
	*maximum = highest;
	if (activation == ACTIVATION_RELU || activation == ACTIVATION_RELU6) {
		*minimum = quantized(0.0f, output, lowest, highest);
	}
	if (activation == ACTIVATION_RELU_N1_TO_1) {
		*minimum = quantized(-1.0f, output, lowest, highest);
		*maximum = quantized(1.0f, output, lowest, highest);
	}
	if (activation == ACTIVATION_RELU6) {
		*maximum = quantized(6.0f, output, lowest, highest);
	}
}
