/* ABS. float32; int8, int16 with a change of scale; int16 without quantisation. */
#include "../fixed_point.h"
#include "element.h"
#include "map.h"

#include <math.h>

typedef struct {
	map_step map;
	int32_t input_zero_point;
	int32_t output_zero_point;
	fixed_scale scale;
} abs_step;

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_unary(node, &input, &output));
	engine_type type = input.view.type;
	if (output.view.type != type || (type != ENGINE_FLOAT32 && type != ENGINE_INT8 && type != ENGINE_INT16)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (type != ENGINE_FLOAT32 && (type == ENGINE_INT8 || input.view.channels != 0) &&
	    (!is_quantized(&input) || !is_quantized(&output))) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	if (type == ENGINE_INT16 && (input.view.zero_point != 0 || output.view.zero_point != 0)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	map_require(requirement, (uint32_t)sizeof(abs_step), TABLE_FROM, &input, &output);
	return ENGINE_OK;
}

static float real(const map_step *step, float value) {
	(void)step;
	return fabsf(value);
}

static int32_t magnitude(int32_t value) {
	return value < 0 ? -value : value;
}

static int32_t plain(const map_step *base, int32_t value) {
	(void)base;
	return magnitude(value);
}

static int32_t offset(const map_step *base, int32_t value) {
	const abs_step *step = (const abs_step *)(const void *)base;
	return fixed_clamp(magnitude(value - step->input_zero_point) + step->output_zero_point,
	    element_lowest(base->output_type), element_highest(base->output_type));
}

static int32_t rescaled(const map_step *base, int32_t value) {
	const abs_step *step = (const abs_step *)(const void *)base;
	value = fixed_rescale(magnitude(value - step->input_zero_point), step->scale.multiplier, step->scale.shift);
	return fixed_clamp(fixed_add(value, step->output_zero_point), element_lowest(base->output_type),
	    element_highest(base->output_type));
}

static void open(const node *node, step *base) {
	abs_step *step = (abs_step *)(void *)base;
	tensor input;
	tensor output;
	map_open(node, base, &input, &output);
	if (input.view.type == ENGINE_FLOAT32) {
		map_reals(&step->map, real);
		return;
	}
	step->input_zero_point = input.view.zero_point;
	step->output_zero_point = output.view.zero_point;
	if (input.view.channels == 0) {
		map_integers(&step->map, (uint32_t)sizeof *step, plain);
	}
	else if (input.view.scale == output.view.scale) {
		map_integers(&step->map, (uint32_t)sizeof *step, offset);
	}
	else {
		step->scale = fixed_from_scales(input.view.scale, 1, output.view.scale);
		map_integers(&step->map, (uint32_t)sizeof *step, rescaled);
	}
}

const engine_operator engine_abs = {
    .code = 101,
    .name = "ABS",
    .check = check,
    .open = open,
};
