/* L2_NORMALIZATION over the last axis: x / sqrt(sum of squares). int8 (output scale 1/128, zero point 0), float32. */
#include "../fixed_point.h"
#include "activation.h"
#include "map.h"
#include "rows.h"

#include <math.h>

enum { OPTION_ACTIVATION = 0 };

typedef struct {
	rows_step rows;
	int32_t zero_point;
} l2_normalization_step;

#define MAXIMUM_DEPTH 32768u /* squares of 8 bits and a sign have room in 31 */

static engine_error check(const node *node, requirement *requirement) {
	activation activation = ACTIVATION_NONE;
	TRY(rows_check(node, TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_FLOAT32), MAXIMUM_DEPTH, 1.0f / 128, 0));
	TRY(activation_read(node, OPTION_ACTIVATION, &activation));
	rows_require(requirement, (uint32_t)sizeof(l2_normalization_step));
	return activation == ACTIVATION_NONE ? ENGINE_OK : ENGINE_ACTIVATION;
}

/* 128 / sqrt(x) for x >= 0, where 0 counts as 1 */
static fixed_scale inverse_root(int32_t x) {
	const int32_t half_root = 1518500250; /* of 1/2, in Q0 */
	const int32_t three_halves = 3 << 27; /* in Q3 */
	fixed_scale result = {INT32_MAX, 7};
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
	result.shift += 7;
	return result;
}

static void row_int8(const rows_step *base, const void *input, void *output) {
	const int32_t zero_point = ((const l2_normalization_step *)(const void *)base)->zero_point;
	const int8_t *x = input;
	int8_t *y = output;
	int32_t sum = 0;
	for (uint32_t i = 0; i < base->depth; i++) {
		sum += (x[i] - zero_point) * (x[i] - zero_point);
	}
	fixed_scale scale = inverse_root(sum);
	for (uint32_t i = 0; i < base->depth; i++) {
		y[i] = (int8_t)fixed_clamp(fixed_scaled(x[i] - zero_point, &scale), INT8_MIN, INT8_MAX);
	}
}

static void row_float(const rows_step *step, const void *input, void *output) {
	const float *x = input;
	float *y = output;
	float norm = 0;
	for (uint32_t i = 0; i < step->depth; i++) {
		norm += x[i] * x[i];
	}
	norm = sqrtf(norm);
	norm = norm < 1e-6f ? 1e-6f : norm;
	for (uint32_t i = 0; i < step->depth; i++) {
		y[i] = x[i] / norm;
	}
}

static void open(const node *node, step *base) {
	tensor input;
	l2_normalization_step *step = (l2_normalization_step *)(void *)base;
	rows_open(node, base, &input, row_float);
	if (input.view.type == ENGINE_INT8) {
		step->rows.row = row_int8;
		step->zero_point = input.view.zero_point;
	}
}

const engine_operator engine_l2_normalization = {
    .code = 11,
    .options_type = 12,
    .name = "L2_NORMALIZATION",
    .check = check,
    .open = open,
};
