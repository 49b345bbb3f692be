#include "convolution.h"

engine_error convolution_read(const node *node, const convolution_inputs *inputs, convolution *convolution) {
	const engine_tensor *input = &convolution->input.view;
	const engine_tensor *weights = &convolution->weights.view;
	const engine_tensor *output = &convolution->output.view;
	TRY(node_arity(node, node->inputs.count == inputs->bias ? inputs->bias : inputs->bias + 1, 1));
	TRY(node_input(node, inputs->input, &convolution->input));
	TRY(node_input(node, inputs->weights, &convolution->weights));
	TRY(node_output(node, 0, &convolution->output));
	convolution->bias.view.elements = 0;
	if (node_has_input(node, inputs->bias)) {
		TRY(node_input(node, inputs->bias, &convolution->bias));
	}
	if (input->type != output->type ||
	    weights->type != (input->type == ENGINE_FLOAT32 ? ENGINE_FLOAT32 : ENGINE_INT8) ||
	    (input->type != ENGINE_INT8 && input->type != ENGINE_INT16 && input->type != ENGINE_FLOAT32)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (input->rank != 4 || weights->rank != 4 || output->rank != 4 || input->shape[BATCH] != output->shape[BATCH]) {
		return ENGINE_OPERAND_SHAPE;
	}
	return ENGINE_OK;
}

engine_error convolution_read_options(const node *node, uint32_t activation, const window_options *windows,
    const engine_tensor *image, convolution *convolution) {
	TRY(activation_read(node, activation, &convolution->activation));
	convolution->rows.filter = convolution->weights.view.shape[HEIGHT];
	convolution->columns.filter = convolution->weights.view.shape[WIDTH];
	return windows_read(node, windows, image, &convolution->rows, &convolution->columns);
}

static engine_error check_quantization(const convolution *convolution, uint32_t channel_axis) {
	const engine_tensor *weights = &convolution->weights.view;
	if (!is_quantized(&convolution->input) || !is_quantized(&convolution->output) || weights->channels == 0 ||
	    (weights->channels > 1 && weights->axis != channel_axis) || weights->zero_point != 0) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	if (convolution->input.view.type == ENGINE_INT16 &&
	    (convolution->input.view.zero_point != 0 || convolution->output.view.zero_point != 0)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return ENGINE_OK;
}

engine_error convolution_check(
    const convolution *convolution, uint32_t channels, uint32_t channel_axis, uint32_t types) {
	const engine_tensor *bias = &convolution->bias.view;
	if (bias->elements != 0) {
		if ((types >> bias->type & 1) == 0) {
			return ENGINE_OPERAND_TYPE;
		}
		if (bias->elements != channels) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return convolution->input.view.type == ENGINE_FLOAT32 ? ENGINE_OK : check_quantization(convolution, channel_axis);
}

uint32_t integer_outputs_size(const convolution *convolution) {
	return convolution->weights.view.channels * (uint32_t)sizeof(fixed_scale);
}

void integer_outputs_open(
    const node *node, const convolution *convolution, fixed_scale *scales, integer_outputs *outputs) {
	const engine_tensor *output = &convolution->output.view;
	const engine_tensor *weights = &convolution->weights.view;
	const uint8_t *at = fb_at(node->graph->model, convolution->weights.scales);
	for (uint32_t i = 0; i < weights->channels; i++) {
		scales[i] = fixed_from_scales(convolution->input.view.scale, file_f32(at + 4 * i), output->scale);
	}
	outputs->scales = scales;
	outputs->per_channel = weights->channels > 1;
	outputs->zero_point = output->zero_point;
	activation_integer_bounds(convolution->activation, output, &outputs->minimum, &outputs->maximum);
	if (convolution->bias.view.elements != 0) {
		outputs->bias = convolution->bias.view.data;
		outputs->bias_bytes = convolution->bias.view.bytes / convolution->bias.view.elements;
	}
}

void float_outputs_open(const convolution *convolution, float_outputs *outputs) {
	activation_float_bounds(convolution->activation, &outputs->minimum, &outputs->maximum);
	if (convolution->bias.view.elements != 0) {
		outputs->bias = convolution->bias.view.data;
	}
}

void integer_biases(const integer_outputs *outputs, uint32_t channel, uint32_t count, int32_t *sums) {
	if (outputs->bias == NULL) {
		memset(sums, 0, count * sizeof *sums);
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		sums[i] = (int32_t)bytes_u32(outputs->bias + 4 * (channel + i));
	}
}

static int32_t output_of(const integer_outputs *outputs, const fixed_scale *scale, int32_t sum) {
	int32_t value = fixed_add(fixed_rescale(sum, scale->multiplier, scale->shift), outputs->zero_point);
	return fixed_clamp(value, outputs->minimum, outputs->maximum);
}

void int8_outputs(const integer_outputs *outputs, uint32_t channel, uint32_t count, const int32_t *sums, int8_t *y) {
	/* a copy, which no output overwrites for all that the compiler knows */
	const integer_outputs own = *outputs;
	const fixed_scale *scale = own.scales + channel * own.per_channel;
	for (uint32_t i = 0; i < count; i++) {
		y[i] = (int8_t)output_of(&own, scale, sums[i]);
		scale += own.per_channel;
	}
}

static uint64_t wide_bias(const integer_outputs *outputs, uint32_t channel) {
	if (outputs->bias == NULL) {
		return 0;
	}
	const uint8_t *at = outputs->bias + channel * outputs->bias_bytes;
	if (outputs->bias_bytes == 2) {
		return (uint64_t)(int64_t)(int16_t)bytes_u16(at);
	}
	return bytes_u64(at);
}

int16_t int16_output(const integer_outputs *outputs, uint32_t channel, int64_t sum) {
	const fixed_scale *scale = outputs->scales + channel * outputs->per_channel;
	/* a bias of 32 bits stands for sums of 32 bits */
	if (outputs->bias_bytes == 4) {
		int32_t bias;
		integer_biases(outputs, channel, 1, &bias);
		return (int16_t)output_of(outputs, scale, fixed_add((int32_t)sum, bias));
	}
	sum = (int64_t)((uint64_t)sum + wide_bias(outputs, channel));
	int32_t value = fixed_rescale_wide(sum, scale->multiplier, scale->shift);
	return (int16_t)fixed_clamp(value, outputs->minimum, outputs->maximum);
}

static int32_t some_products(const int16_t *x, const uint8_t *weights, uint32_t count) {
	int32_t sum = 0;
	uint32_t i = 0;
#ifdef ENGINE_WORD_READS
	for (; i < count && ((uintptr_t)(weights + i) & 3) != 0; i++) {
		sum += x[i] * (int8_t)bytes_u8(weights + i);
	}
	for (; i + 4 <= count; i += 4) {
		uint32_t word = bytes_u32(weights + i);
		sum += x[i] * (int8_t)word;
		sum += x[i + 1] * (int8_t)(word >> 8);
		sum += x[i + 2] * (int8_t)(word >> 16);
		sum += x[i + 3] * (int8_t)(word >> 24);
	}
#else
	/* a multiple of 16 lets compilers use vectors */
	uint32_t whole = count & ~(uint32_t)15;
	for (; i < whole; i++) {
		sum += x[i] * ((const int8_t *)weights)[i];
	}
#endif
	for (; i < count; i++) {
		sum += x[i] * (int8_t)bytes_u8(weights + i);
	}
	return sum;
}

int64_t wide_product(const int16_t *x, const uint8_t *weights, uint32_t count) {
	int64_t sum = 0;
	for (uint32_t i = 0; i < count; i += SAFE_PRODUCTS) {
		sum += some_products(x + i, weights + i, count - i < SAFE_PRODUCTS ? count - i : SAFE_PRODUCTS);
	}
	return sum;
}

void widen(int16_t *restrict to, const int8_t *restrict x, uint32_t count, int32_t zero_point) {
	uint32_t i = 0;
	/* a count that compilers know lets them use vectors */
	for (; i + 8 <= count; i += 8) {
		for (uint32_t j = 0; j < 8; j++) {
			to[i + j] = (int16_t)(x[i + j] - zero_point);
		}
	}
	for (; i < count; i++) {
		to[i] = (int16_t)(x[i] - zero_point);
	}
}
