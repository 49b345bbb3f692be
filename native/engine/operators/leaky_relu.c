/* LEAKY_RELU: x where it is positive, else alpha x. int8, int16 (with a change of scale), float32. */
#include "../fixed_point.h"
#include "element.h"
#include "map.h"

enum { OPTION_ALPHA = 0 };

typedef struct {
	map_step map;
	float alpha;
	int32_t input_zero_point;
	int32_t output_zero_point;
	fixed_scale identity;
	fixed_scale slope; /* of alpha's magnitude */
} leaky_relu_step;

#define TYPES (TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_INT16) | TYPE_BIT(ENGINE_FLOAT32))

static engine_error read_alpha(const node *node, float *alpha) {
	uint32_t bits = 0;
	TRY(fb_u32(node->graph->model, &node->options, OPTION_ALPHA, &bits));
	memcpy(alpha, &bits, sizeof bits);
	return *alpha > -1e9f && *alpha < 1e9f ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	float alpha;
	TRY(map_operands(node, TYPES, &input, &output));
	TRY(read_alpha(node, &alpha));
	map_require(requirement, (uint32_t)sizeof(leaky_relu_step), TABLE_FROM, &input, &output);
	return ENGINE_OK;
}

static float real(const map_step *base, float value) {
	const leaky_relu_step *step = (const leaky_relu_step *)(const void *)base;
	return value > 0 ? value : value * step->alpha;
}

static int32_t integer(const map_step *base, int32_t value) {
	const leaky_relu_step *step = (const leaky_relu_step *)(const void *)base;
	const fixed_scale *scale = value >= step->input_zero_point ? &step->identity : &step->slope;
	int32_t result = fixed_scaled(value - step->input_zero_point, scale);
	if (scale == &step->slope && step->alpha < 0) {
		result = (int32_t)(0u - (uint32_t)result);
	}
	return fixed_clamp(fixed_add(result, step->output_zero_point), element_lowest(base->output_type),
	    element_highest(base->output_type));
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	leaky_relu_step *step = (leaky_relu_step *)(void *)base;
	map_open(node, base, &input, &output);
	(void)read_alpha(node, &step->alpha);
	if (input.view.type == ENGINE_FLOAT32) {
		map_reals(&step->map, real);
		return;
	}
	step->input_zero_point = input.view.zero_point;
	step->output_zero_point = output.view.zero_point;
	float magnitude = step->alpha < 0 ? -step->alpha : step->alpha;
	step->identity = fixed_from_scales(input.view.scale, 1, output.view.scale);
	step->slope = fixed_from_scales(input.view.scale, magnitude, output.view.scale);
	map_integers(&step->map, (uint32_t)sizeof *step, integer);
}

const engine_operator engine_leaky_relu = {
    .code = 98,
    .options_type = 75,
    .name = "LEAKY_RELU",
    .check = check,
    .open = open,
};
