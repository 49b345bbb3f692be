/* RELU: max(x, 0), with a change of scale. RELU6: that and at most 6, in the input's scale. int8, int16, float32. */
#include "../fixed_point.h"
#include "activation.h"
#include "map.h"

typedef struct {
	map_step map;
	int32_t input_zero_point;
	int32_t output_zero_point;
	int32_t minimum;
	int32_t maximum;
	fixed_scale scale;
} relu_step;

#define TYPES (TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_INT16) | TYPE_BIT(ENGINE_FLOAT32))

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(map_operands(node, TYPES, &input, &output));
	map_require(requirement, (uint32_t)sizeof(relu_step), TABLE_FROM, &input, &output);
	return ENGINE_OK;
}

static float rectified(const map_step *step, float value) {
	(void)step;
	return value < 0 ? 0 : value;
}

static float rectified6(const map_step *step, float value) {
	(void)step;
	return value > 6 ? 6 : value < 0 ? 0 : value;
}

static int32_t rescaled(const map_step *base, int32_t value) {
	const relu_step *step = (const relu_step *)(const void *)base;
	value = fixed_scaled(value - step->input_zero_point, &step->scale);
	return fixed_clamp(fixed_add(value, step->output_zero_point), step->minimum, step->maximum);
}

static int32_t clamped(const map_step *base, int32_t value) {
	const relu_step *step = (const relu_step *)(const void *)base;
	return fixed_clamp(value, step->minimum, step->maximum);
}

static void open_relu(const node *node, step *base) {
	tensor input;
	tensor output;
	relu_step *step = (relu_step *)(void *)base;
	map_open(node, base, &input, &output);
	if (input.view.type == ENGINE_FLOAT32) {
		map_reals(&step->map, rectified);
		return;
	}
	step->input_zero_point = input.view.zero_point;
	step->output_zero_point = output.view.zero_point;
	activation_integer_bounds(ACTIVATION_RELU, &output.view, &step->minimum, &step->maximum);
	step->scale = fixed_from_scales(input.view.scale, 1, output.view.scale);
	map_integers(&step->map, (uint32_t)sizeof *step, rescaled);
}

static void open_relu6(const node *node, step *base) {
	tensor input;
	tensor output;
	relu_step *step = (relu_step *)(void *)base;
	map_open(node, base, &input, &output);
	if (input.view.type == ENGINE_FLOAT32) {
		map_reals(&step->map, rectified6);
		return;
	}
	activation_integer_bounds(ACTIVATION_RELU6, &input.view, &step->minimum, &step->maximum);
	map_integers(&step->map, (uint32_t)sizeof *step, clamped);
}

const engine_operator engine_relu = {
    .code = 19,
    .name = "RELU",
    .check = check,
    .open = open_relu,
};

const engine_operator engine_relu6 = {
    .code = 21,
    .name = "RELU6",
    .check = check,
    .open = open_relu6,
};
