/* QUANTIZE: float32 to int8, uint8 or int16, and between integers of other scales. */
#include "../fixed_point.h"
#include "element.h"
#include "map.h"

typedef struct {
	map_step map;
	int32_t input_zero_point;
	int32_t output_zero_point;
	int32_t minimum;
	int32_t maximum;
	float output_scale;
	fixed_scale scale;
} quantize_step;

/* The types that a type can become. */
static uint32_t targets(engine_type type) {
	switch (type) {
		case ENGINE_FLOAT32: return TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_UINT8) | TYPE_BIT(ENGINE_INT16);
		case ENGINE_INT8:
			return TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_UINT8) | TYPE_BIT(ENGINE_INT16) | TYPE_BIT(ENGINE_INT32);
		case ENGINE_UINT8: return TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_UINT8);
		case ENGINE_INT16: return TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_INT16) | TYPE_BIT(ENGINE_INT32);
		case ENGINE_INT32: return TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_INT16);
		default: return 0;
	}
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_unary(node, &input, &output));
	if ((targets(input.view.type) & TYPE_BIT(output.view.type)) == 0) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!is_quantized(&output) || (input.view.type != ENGINE_FLOAT32 && !is_quantized(&input))) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	map_require(requirement, (uint32_t)sizeof(quantize_step), TABLE_FROM, &input, &output);
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

static void run_float(const step *base) {
	const quantize_step *step = (const quantize_step *)(const void *)base;
	const float *x = step->map.input;
	for (uint32_t i = 0; i < step->map.elements; i++) {
		element_store(step->map.output, step->map.output_type, i, quantized(step, x[i]));
	}
}

static int32_t requantized(const map_step *base, int32_t value) {
	const quantize_step *step = (const quantize_step *)(const void *)base;
	value = (int32_t)((uint32_t)value - (uint32_t)step->input_zero_point);
	value = fixed_scaled(value, &step->scale);
	return fixed_clamp(fixed_add(value, step->output_zero_point), step->minimum, step->maximum);
}

/*
 * int16 to a coarser int8: what a model's first operator does with each count of a window of motion. Of 16 bits the
 * product with the multiplier is two products of 32 bits, whose sum loses only what its rounding does not see.
 */
static void run_counts(const step *base) {
	const quantize_step *step = (const quantize_step *)(const void *)base;
	const int16_t *x = step->map.input;
	int8_t *y = step->map.output;
	int32_t high = step->scale.multiplier >> 16;
	int32_t low = step->scale.multiplier & 0xFFFF;
	int32_t shift = -step->scale.shift - 1;
	int32_t zero_point = step->output_zero_point;
	for (const int16_t *end = x + step->map.elements; x != end; x++) {
		int32_t value = (*x * high + (*x * low >> 16) + (1 << 14)) >> 15;
		value += value >> 31;
		value = (((value >> shift) + 1) >> 1) + zero_point;
		*y++ = (int8_t)fixed_clamp(value, INT8_MIN, INT8_MAX);
	}
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	quantize_step *step = (quantize_step *)(void *)base;
	map_open(node, base, &input, &output);
	step->input_zero_point = input.view.zero_point;
	step->output_zero_point = output.view.zero_point;
	step->minimum = element_lowest(output.view.type);
	step->maximum = element_highest(output.view.type);
	step->output_scale = output.view.scale;
	if (input.view.type == ENGINE_FLOAT32) {
		base->run = run_float;
		return;
	}
	step->scale = fixed_from_scales(input.view.scale, 1, output.view.scale);
	int is_counts = input.view.type == ENGINE_INT16 && input.view.zero_point == 0;
	if (is_counts && output.view.type == ENGINE_INT8 && step->scale.shift < 0) {
		base->run = run_counts;
		return;
	}
	map_integers(&step->map, (uint32_t)sizeof *step, requantized);
}

const engine_operator engine_quantize = {
    .code = 114,
    .name = "QUANTIZE",
    .check = check,
    .open = open,
};
