/* QUANTIZE: float32 to int8 or int16, and int8 or int16 to int8 of another scale. */
#include "../fixed_point.h"
#include "../operator.h"

typedef struct {
	step step;
	const void *input;
	void *output;
	uint32_t elements;
	int32_t input_zero_point;
	int32_t output_zero_point;
	int32_t minimum;
	int32_t maximum;
	float output_scale;
	fixed_scale scale;
} quantize_step;

static int is_integer(const tensor *tensor) {
	return tensor->view.type == ENGINE_INT8 || tensor->view.type == ENGINE_INT16;
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_unary(node, &input, &output));
	if (is_integer(&input) ? output.view.type != ENGINE_INT8
	                       : input.view.type != ENGINE_FLOAT32 || !is_integer(&output)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!is_quantized(&output) || (is_integer(&input) && !is_quantized(&input))) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	requirement->state = (uint32_t)sizeof(quantize_step);
	requirement->in_place = output.view.bytes <= input.view.bytes;
	return ENGINE_OK;
}

/* value / scale to the nearest integer, halves away from zero, within the output's range; not a number: the minimum */
static int32_t quantized(const quantize_step *step, float value) {
	float scaled = value / step->output_scale;
	if (!(scaled > (float)(step->minimum - step->output_zero_point))) {
		return step->minimum;
	}
	if (scaled >= (float)(step->maximum - step->output_zero_point)) {
		return step->maximum;
	}
	int32_t whole = (int32_t)scaled;
	float rest = scaled - (float)whole;
	whole += rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0;
	return whole + step->output_zero_point;
}

/*
 * Input and output may be the same memory. Values are then read before what is written reaches them, and through
 * bytes, so that the compiler knows that the two may overlap.
 */
static void run_float_to_int8(const step *base) {
	const quantize_step *step = (const quantize_step *)(const void *)base;
	const uint8_t *x = step->input;
	int8_t *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		float value;
		memcpy(&value, x + 4 * i, sizeof value);
		y[i] = (int8_t)quantized(step, value);
	}
}

static void run_float_to_int16(const step *base) {
	const quantize_step *step = (const quantize_step *)(const void *)base;
	const uint8_t *x = step->input;
	uint8_t *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		float value;
		memcpy(&value, x + 4 * i, sizeof value);
		int16_t result = (int16_t)quantized(step, value);
		memcpy(y + 2 * i, &result, sizeof result);
	}
}

static int32_t requantized(const quantize_step *step, int32_t value) {
	value = fixed_rescale(value - step->input_zero_point, step->scale.multiplier, step->scale.shift);
	return fixed_clamp(fixed_add(value, step->output_zero_point), step->minimum, step->maximum);
}

static void run_int16_to_int8(const step *base) {
	const quantize_step *step = (const quantize_step *)(const void *)base;
	const int16_t *x = step->input;
	int8_t *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		y[i] = (int8_t)requantized(step, x[i]);
	}
}

static void run_int8_to_int8(const step *base) {
	const quantize_step *step = (const quantize_step *)(const void *)base;
	const int8_t *x = step->input;
	int8_t *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		y[i] = (int8_t)requantized(step, x[i]);
	}
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	quantize_step *step = (quantize_step *)(void *)base;
	(void)node_unary(node, &input, &output);
	int to_int8 = output.view.type == ENGINE_INT8;
	step->input = input.view.data;
	step->output = output.view.data;
	step->elements = input.view.elements;
	step->input_zero_point = input.view.zero_point;
	step->output_zero_point = output.view.zero_point;
	step->minimum = to_int8 ? -128 : -32768;
	step->maximum = to_int8 ? 127 : 32767;
	step->output_scale = output.view.scale;
	if (input.view.type == ENGINE_FLOAT32) {
		step->step.run = to_int8 ? run_float_to_int8 : run_float_to_int16;
		return;
	}
	step->scale = fixed_from_real((double)input.view.scale / (double)output.view.scale);
	step->step.run = input.view.type == ENGINE_INT16 ? run_int16_to_int8 : run_int8_to_int8;
}

const engine_operator engine_quantize = {
    .code = 114,
    .name = "QUANTIZE",
    .check = check,
    .open = open,
};
