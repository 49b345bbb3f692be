/*
 * RSQRT: 1 / sqrt(x). float32; int8, int16 in fixed point. What lies at the zero point, or below it, where the
 * reference fails, gives the greatest value.
 */
#include "element.h"
#include "inverse_root.h"
#include "map.h"

#include <math.h>

#define BITS 20 /* below the point, of the inverse root */

typedef struct {
	map_step map;
	int32_t input_zero_point;
	int32_t output_zero_point;
	fixed_scale scale;
} rsqrt_step;

#define TYPES (TYPE_BIT(ENGINE_FLOAT32) | TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_INT16))

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(map_operands(node, TYPES, &input, &output));
	if (input.view.type == ENGINE_INT16 && (input.view.zero_point != 0 || output.view.zero_point != 0)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	map_require(requirement, (uint32_t)sizeof(rsqrt_step), TABLE_FROM, &input, &output);
	return ENGINE_OK;
}

static float real(const map_step *step, float value) {
	(void)step;
	return 1 / sqrtf(value);
}

static int32_t integer(const map_step *base, int32_t value) {
	const rsqrt_step *step = (const rsqrt_step *)(const void *)base;
	int32_t greatest = element_highest(base->output_type);
	value -= step->input_zero_point;
	if (value <= 0) {
		return greatest;
	}
	fixed_scale root = inverse_root(value);
	value =
	    fixed_rescale(fixed_rescale(1, root.multiplier, root.shift + BITS), step->scale.multiplier, step->scale.shift);
	return fixed_clamp(fixed_add(value, step->output_zero_point), element_lowest(base->output_type), greatest);
}

static void open(const node *node, step *base) {
	rsqrt_step *step = (rsqrt_step *)(void *)base;
	tensor input;
	tensor output;
	map_open(node, base, &input, &output);
	if (input.view.type == ENGINE_FLOAT32) {
		map_reals(&step->map, real);
		return;
	}
	step->input_zero_point = input.view.zero_point;
	step->output_zero_point = output.view.zero_point;
	step->scale = fixed_from_real(1 / (sqrt((double)input.view.scale) * (double)output.view.scale));
	step->scale.shift -= BITS;
	if (step->scale.shift < -31) {
		step->scale.multiplier = 0;
		step->scale.shift = 0;
	}
	map_integers(&step->map, (uint32_t)sizeof *step, integer);
}

const engine_operator engine_rsqrt = {
    .code = 76,
    .name = "RSQRT",
    .check = check,
    .open = open,
};
