/* HARD_SWISH: x * min(max(x + 3, 0), 6) / 6. int8 in 16-bit fixed point, float32. */
#include "../fixed_point.h"
#include "map.h"

#define UPPER_BITS 7 /* by which an input is shifted to fill 16 bits */

typedef struct {
	map_step map;
	int32_t input_zero_point;
	int32_t output_zero_point;
	int16_t output_multiplier;
	int16_t gate_multiplier;
	int32_t output_shift; /* to the right */
	int32_t gate_shift;
} hard_swish_step;

/* Of one step of the shifted input. */
static fixed_scale scale_of(const tensor *input, float unit) {
	return fixed_from_scales(1.0f / (1 << UPPER_BITS), input->view.scale, unit);
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(map_operands(node, TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_FLOAT32), &input, &output));
	if (input.view.type == ENGINE_INT8 && scale_of(&input, output.view.scale).shift > 0) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	map_require(requirement, (uint32_t)sizeof(hard_swish_step), TABLE_FROM, &input, &output);
	return ENGINE_OK;
}

static float real(const map_step *step, float x) {
	(void)step;
	float gate = x + 3;
	gate = gate > 0 ? gate : 0;
	return x * (gate < 6 ? gate : 6) / 6;
}

/* a * b / 2^15, rounded to nearest, halves away from zero */
static int32_t multiply(int32_t a, int32_t b) {
	int32_t product = a * b;
	return (product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15);
}

static int32_t shift_left(int32_t x, int32_t exponent) {
	/* one that is not 0 saturates beyond 15 bits */
	return (int32_t)fixed_clamp(x * (1 << (exponent < 15 ? exponent : 15)), INT16_MIN, INT16_MAX);
}

/* x / 2^exponent, rounded to nearest, in 16 bits: the mask is all ones from 16 on, as in the reference */
static int32_t shift_right(int32_t x, int32_t exponent) {
	int32_t mask = (int16_t)(((uint32_t)1 << exponent) - 1);
	return (x >> exponent) + ((x & mask) > (mask >> 1) + (x < 0));
}

static int32_t integer(const map_step *base, int32_t value) {
	const hard_swish_step *step = (const hard_swish_step *)(const void *)base;
	int32_t x = (value - step->input_zero_point) * (1 << UPPER_BITS);
	int32_t gate = x;
	if (step->gate_shift > 0) {
		gate = shift_left(gate, step->gate_shift - 1);
	}
	gate = multiply(gate, step->gate_multiplier);
	if (step->gate_shift > 0) {
		gate = shift_left(gate, 1);
	}
	else {
		gate = shift_right(gate, -step->gate_shift);
	}
	gate = (gate + (1 << 15)) >> 1; /* -1 to 1 becomes 0 to 1 */
	int32_t result = gate * multiply(x, step->output_multiplier) / (1 << 15);
	return fixed_clamp(shift_right(result, step->output_shift) + step->output_zero_point, INT8_MIN, INT8_MAX);
}

/* The multiplier's upper 16 bits, rounded. */
static int16_t upper(int32_t multiplier) {
	return (int16_t)(multiplier >= INT32_MAX - (1 << 15) ? INT16_MAX : (multiplier + (1 << 15)) >> 16);
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	hard_swish_step *step = (hard_swish_step *)(void *)base;
	map_open(node, base, &input, &output);
	if (input.view.type == ENGINE_FLOAT32) {
		map_reals(&step->map, real);
		return;
	}
	fixed_scale scale = scale_of(&input, output.view.scale);
	fixed_scale gate = scale_of(&input, 3.0f / 32768);
	step->input_zero_point = input.view.zero_point;
	step->output_zero_point = output.view.zero_point;
	step->output_multiplier = upper(scale.multiplier);
	step->output_shift = -scale.shift;
	step->gate_multiplier = upper(gate.multiplier);
	step->gate_shift = gate.shift;
	map_integers(&step->map, (uint32_t)sizeof *step, integer);
}

const engine_operator engine_hard_swish = {
    .code = 117,
    .options_type = 91,
    .name = "HARD_SWISH",
    .check = check,
    .open = open,
};
