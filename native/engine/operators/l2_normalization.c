/* L2_NORMALIZATION over the last axis: x / sqrt(sum of squares). int8 (output scale 1/128, zero point 0), float32. */
#include "../fixed_point.h"
#include "activation.h"
#include "map.h"

#include <math.h>

enum { OPTION_ACTIVATION = 0 };

typedef struct {
	step step;
	const void *input;
	void *output;
	uint32_t rows;
	uint32_t depth;
	int32_t zero_point;
} l2_normalization_step;

#define MAXIMUM_DEPTH 32768u /* squares of 8 bits and a sign have room in 31 */

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	activation activation = ACTIVATION_NONE;
	TRY(map_operands(node, TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_FLOAT32), &input, &output));
	TRY(activation_read(node, OPTION_ACTIVATION, &activation));
	if (activation != ACTIVATION_NONE) {
		return ENGINE_ACTIVATION;
	}
	if (input.view.rank == 0) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (input.view.type == ENGINE_INT8) {
		if (output.view.zero_point != 0 || output.view.scale != 1.0f / 128) {
			return ENGINE_OPERAND_QUANTIZATION;
		}
		if (input.view.shape[input.view.rank - 1] > MAXIMUM_DEPTH) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	requirement->state = step_size((uint32_t)sizeof(l2_normalization_step));
	requirement->in_place = 1;
	return ENGINE_OK;
}

/* 1 / sqrt(x) for x >= 0, where 0 counts as 1 */
static fixed_scale inverse_root(int32_t x) {
	const int32_t half_root = 1518500250; /* of 1/2, in Q0 */
	const int32_t three_halves = 3 << 27; /* in Q3 */
	fixed_scale result = {INT32_MAX, 0};
	if (x <= 1) {
		return result;
	}
	result.shift = -11;
	while (x >= 1 << 29) {
		x /= 4;
		result.shift--;
	}
	while (x < 1 << 27) {
		x *= 4;
		result.shift++;
	}
	int32_t half = fixed_shift_right(x >> 1, 1); /* x / 2 in Q3 */
	int32_t y = 1 << 28;
	for (int i = 0; i < 5; i++) { /* Newton and Raphson */
		int32_t cube = fixed_multiply(fixed_multiply(y, y), y);
		cube = cube < 1 << 25 ? cube * (1 << 6) : INT32_MAX;
		y = (fixed_multiply(three_halves, y) - fixed_multiply(half, cube)) * (1 << 3);
	}
	result.multiplier = fixed_multiply(y, half_root);
	if (result.shift > 0) {
		result.multiplier = fixed_shift_left(result.multiplier, result.shift);
		result.shift = 0;
	}
	return result;
}

static void run_int8(const step *base) {
	const l2_normalization_step *step = (const l2_normalization_step *)(const void *)base;
	const int8_t *x = step->input;
	int8_t *y = step->output;
	for (uint32_t row = 0; row < step->rows; row++) {
		int32_t sum = 0;
		for (uint32_t i = 0; i < step->depth; i++) {
			sum += (x[i] - step->zero_point) * (x[i] - step->zero_point);
		}
		fixed_scale scale = inverse_root(sum);
		for (uint32_t i = 0; i < step->depth; i++) {
			int32_t value = fixed_rescale(x[i] - step->zero_point, scale.multiplier, scale.shift + 7);
			y[i] = (int8_t)fixed_clamp(value, INT8_MIN, INT8_MAX);
		}
		x += step->depth;
		y += step->depth;
	}
}

static void run_float(const step *base) {
	const l2_normalization_step *step = (const l2_normalization_step *)(const void *)base;
	const float *x = step->input;
	float *y = step->output;
	for (uint32_t row = 0; row < step->rows; row++) {
		float norm = 0;
		for (uint32_t i = 0; i < step->depth; i++) {
			norm += x[i] * x[i];
		}
		norm = sqrtf(norm);
		norm = norm < 1e-6f ? 1e-6f : norm;
		for (uint32_t i = 0; i < step->depth; i++) {
			y[i] = x[i] / norm;
		}
		x += step->depth;
		y += step->depth;
	}
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	l2_normalization_step *step = (l2_normalization_step *)(void *)base;
	(void)node_unary(node, &input, &output);
	base->run = input.view.type == ENGINE_INT8 ? run_int8 : run_float;
	step->input = input.view.data;
	step->output = output.view.data;
	step->depth = input.view.shape[input.view.rank - 1];
	step->rows = input.view.elements / step->depth;
	step->zero_point = input.view.zero_point;
}

const engine_operator engine_l2_normalization = {
    .code = 11,
    .options_type = 12,
    .name = "L2_NORMALIZATION",
    .check = check,
    .open = open,
};
