/* TANH. int8 in fixed point (output scale 1/128, zero point 0), int16 by a table (scale 1/32768), float32. */
#include "../fixed_point.h"
#include "map.h"
#include "sigmoid.h"

#include <math.h>

#define INTEGER_BITS 4 /* of the fixed-point input: beyond +-15 the result is -1 or 1 */

typedef struct {
	map_step map;
	int32_t zero_point;
	int32_t radius; /* of the inputs, zero point taken off, that are not saturated */
	fixed_scale scale;
	sigmoid_scale wide;
} tanh_step;

#define TYPES (TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_INT16) | TYPE_BIT(ENGINE_FLOAT32))

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(map_operands(node, TYPES, &input, &output));
	if (input.view.type != ENGINE_FLOAT32 && output.view.zero_point != 0) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	if (input.view.type == ENGINE_INT8 && output.view.scale != 1.0f / 128) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	if (input.view.type == ENGINE_INT16 && (input.view.zero_point != 0 || !sigmoid_is_output_scale(output.view.scale) ||
	                                           sigmoid_scale_of(input.view.scale, 1).multiplier == 0)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	map_require(requirement, (uint32_t)sizeof(tanh_step), TABLE_FROM, &input, &output);
	return ENGINE_OK;
}

static int32_t narrow(const map_step *base, int32_t value) {
	const tanh_step *step = (const tanh_step *)(const void *)base;
	value -= step->zero_point;
	if (value <= -step->radius) { /* all of them when the radius is 0, as in the reference */
		return INT8_MIN;
	}
	if (value >= step->radius) {
		return INT8_MAX;
	}
	value = fixed_tanh(fixed_scaled(value, &step->scale), INTEGER_BITS);
	return fixed_clamp(fixed_shift_right(value, 24), INT8_MIN, INT8_MAX);
}

static int32_t wide(const map_step *base, int32_t value) {
	const tanh_step *step = (const tanh_step *)(const void *)base;
	return sigmoid_tanh(sigmoid_rescale(value, &step->wide));
}

static float real(const map_step *step, float value) {
	(void)step;
	return tanhf(value);
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	tanh_step *step = (tanh_step *)(void *)base;
	map_open(node, base, &input, &output);
	if (input.view.type == ENGINE_FLOAT32) {
		map_reals(&step->map, real);
		return;
	}
	if (input.view.type == ENGINE_INT16) {
		step->wide = sigmoid_scale_of(input.view.scale, 1);
		map_integers(&step->map, (uint32_t)sizeof *step, wide);
		return;
	}
	step->zero_point = input.view.zero_point;
	step->scale = fixed_from_scales(input.view.scale, 1 << (31 - INTEGER_BITS), 1);
	step->radius = fixed_radius((1 << INTEGER_BITS) - 1, 31 - INTEGER_BITS, step->scale.shift);
	map_integers(&step->map, (uint32_t)sizeof *step, narrow);
}

const engine_operator engine_tanh = {
    .code = 28,
    .name = "TANH",
    .check = check,
    .open = open,
};
