/* LOGISTIC: 1 / (1 + exp(-x)). int8 in fixed point (output scale 1/256, zero point -128), float32. */
#include "../fixed_point.h"
#include "../operator.h"

#include <math.h>

#define INTEGER_BITS 4 /* of the fixed-point input: beyond +-15 the result is 0 or 1 */

typedef struct {
	step step;
	const void *input;
	void *output;
	uint32_t elements;
	int32_t zero_point;
	int32_t radius; /* of the inputs, zero point taken off, that are not saturated */
	fixed_scale scale;
} logistic_step;

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_unary(node, &input, &output));
	if (input.view.type != output.view.type) {
		return ENGINE_OPERAND_TYPE;
	}
	if (input.view.type == ENGINE_INT8) {
		if (!is_quantized(&input) || !is_quantized(&output) || output.view.zero_point != -128 ||
		    output.view.scale != 1.0f / 256) {
			return ENGINE_OPERAND_QUANTIZATION;
		}
	}
	else if (input.view.type != ENGINE_FLOAT32) {
		return ENGINE_OPERAND_TYPE;
	}
	requirement->state = (uint32_t)sizeof(logistic_step);
	requirement->in_place = 1;
	return ENGINE_OK;
}

static void run_int8(const step *base) {
	const logistic_step *step = (const logistic_step *)(const void *)base;
	const int8_t *x = step->input;
	int8_t *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		int32_t value = x[i] - step->zero_point;
		if (value <= -step->radius) {
			y[i] = -128;
		}
		else if (value >= step->radius) {
			y[i] = 127;
		}
		else {
			int32_t probability = fixed_logistic(fixed_rescale(value, step->scale.multiplier, step->scale.shift));
			y[i] = (int8_t)fixed_clamp(fixed_shift_right(probability, 23) - 128, -128, 127);
		}
	}
}

static void run_float(const step *base) {
	const logistic_step *step = (const logistic_step *)(const void *)base;
	const float *x = step->input;
	float *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		/* far below zero 1 + exp(x) is 1, while exp(-x) would overflow */
		y[i] = x[i] < -9 ? expf(x[i]) : 1 / (1 + expf(-x[i]));
	}
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	logistic_step *step = (logistic_step *)(void *)base;
	(void)node_unary(node, &input, &output);
	step->input = input.view.data;
	step->output = output.view.data;
	step->elements = input.view.elements;
	if (input.view.type == ENGINE_FLOAT32) {
		step->step.run = run_float;
		return;
	}
	step->step.run = run_int8;
	step->zero_point = input.view.zero_point;
	step->scale = fixed_from_real((double)input.view.scale * (1 << (31 - INTEGER_BITS)));
	step->radius = fixed_radius((1 << INTEGER_BITS) - 1, 31 - INTEGER_BITS, step->scale.shift);
}

const engine_operator engine_logistic = {
    .code = 14,
    .types = (1u << ENGINE_INT8) | (1u << ENGINE_FLOAT32),
    .name = "LOGISTIC",
    .check = check,
    .open = open,
};
