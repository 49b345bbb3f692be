/* L2_NORMALIZATION over the last axis: x / sqrt(sum of squares). int8 (output scale 1/128, zero point 0), float32. */
#include "activation.h"
#include "inverse_root.h"
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

static void row_int8(const rows_step *base, const void *input, void *output) {
	const int32_t zero_point = ((const l2_normalization_step *)(const void *)base)->zero_point;
	const int8_t *x = input;
	int8_t *y = output;
	int32_t sum = 0;
	for (uint32_t i = 0; i < base->depth; i++) {
		sum += (x[i] - zero_point) * (x[i] - zero_point);
	}
	fixed_scale scale = inverse_root(sum);
	scale.shift += 7; /* the output's scale is 1/128 */
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
