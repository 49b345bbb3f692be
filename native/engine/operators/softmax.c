/*
 * SOFTMAX over the last axis: exp(beta (x - max)) / sum. int8 in fixed point to int8 (scale 1/256, zero point -128) or
 * int16 (1/65536, -32768), float32.
 */
#include "../fixed_point.h"
#include "../operator.h"
#include "element.h"

#include <math.h>

#define INTEGER_BITS 5      /* of the exponent: what lies more than 31 below the maximum counts as 0 */
#define SUM_INTEGER_BITS 12 /* of the sum of the exponentials, each at most 1 */

enum { OPTION_BETA = 0 };

typedef struct {
	step step;
	const void *input;
	void *output;
	uint32_t rows;
	uint32_t depth;
	float beta;
	engine_type output_type;
	int32_t lowest; /* difference to the maximum that still counts */
	fixed_scale scale;
} softmax_step;

static double exponent_scale(float scale, float beta) {
	return (double)beta * (double)scale * (1 << (31 - INTEGER_BITS));
}

static engine_error read_beta(const node *node, float *beta) {
	uint32_t at;
	TRY(fb_field(node->graph->model, &node->options, OPTION_BETA, 4, &at));
	*beta = at ? bytes_f32(fb_at(node->graph->model, at)) : 0;
	return *beta > 0 && *beta < 1e9f ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

/* From 0 to 1, for int16 within 0.1 %. */
static int spans_one(const engine_tensor *output) {
	float values = output->type == ENGINE_INT8 ? 256 : 65536;
	float error = output->scale * values - 1;
	float tolerance = output->type == ENGINE_INT8 ? 0 : 0.001f;
	return output->zero_point == element_lowest(output->type) && error <= tolerance && error >= -tolerance;
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	float beta;
	TRY(node_unary(node, &input, &output));
	TRY(read_beta(node, &beta));
	if (input.view.rank == 0) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (input.view.type != output.view.type && (input.view.type != ENGINE_INT8 || output.view.type != ENGINE_INT16)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (input.view.type == ENGINE_INT8) {
		if (!is_quantized(&input) || !is_quantized(&output) || !spans_one(&output.view) ||
		    exponent_scale(input.view.scale, beta) <= 1) {
			return ENGINE_OPERAND_QUANTIZATION;
		}
		if (input.view.shape[input.view.rank - 1] >= 1u << SUM_INTEGER_BITS) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	else if (input.view.type != ENGINE_FLOAT32) {
		return ENGINE_OPERAND_TYPE;
	}
	requirement->state = (uint32_t)sizeof(softmax_step);
	requirement->in_place = input.view.type == output.view.type;
	return ENGINE_OK;
}

static int leading_zeros(uint32_t x) {
	int count = 0;
	while (!(x & 0x80000000u)) {
		x <<= 1;
		count++;
	}
	return count;
}

static int32_t exponential(const softmax_step *step, int32_t difference) {
	return fixed_exp(fixed_rescale(difference, step->scale.multiplier, step->scale.shift), INTEGER_BITS);
}

static void run_int8_row(const softmax_step *step, const int8_t *x, uint32_t first) {
	int32_t lowest = element_lowest(step->output_type);
	int32_t greatest = -128;
	int32_t sum = 0;
	for (uint32_t i = 0; i < step->depth; i++) {
		greatest = x[i] > greatest ? x[i] : greatest;
	}
	for (uint32_t i = 0; i < step->depth; i++) {
		if (x[i] - greatest >= step->lowest) {
			sum += fixed_shift_right(exponential(step, x[i] - greatest), SUM_INTEGER_BITS);
		}
	}
	/* the greatest alone makes the sum at least 1 */
	int zeros = leading_zeros((uint32_t)sum);
	int32_t reciprocal = fixed_reciprocal((int32_t)(((uint32_t)sum << zeros) - 0x80000000u));
	int exponent = SUM_INTEGER_BITS - zeros + 31 - (step->output_type == ENGINE_INT8 ? 8 : 16);
	for (uint32_t i = 0; i < step->depth; i++) {
		int32_t value = 0;
		if (x[i] - greatest >= step->lowest && exponent <= 31) {
			value = fixed_shift_right(fixed_multiply(reciprocal, exponential(step, x[i] - greatest)), exponent);
		}
		element_store(step->output, step->output_type, first + i, fixed_clamp(value + lowest, lowest, ~lowest));
	}
}

static void run_int8(const step *base) {
	const softmax_step *step = (const softmax_step *)(const void *)base;
	for (uint32_t row = 0; row < step->rows; row++) {
		run_int8_row(step, (const int8_t *)step->input + row * step->depth, row * step->depth);
	}
}

static void run_float(const step *base) {
	const softmax_step *step = (const softmax_step *)(const void *)base;
	const float *x = step->input;
	float *y = step->output;
	for (uint32_t row = 0; row < step->rows; row++) {
		float greatest = x[0];
		float sum = 0;
		for (uint32_t i = 1; i < step->depth; i++) {
			greatest = x[i] > greatest ? x[i] : greatest;
		}
		for (uint32_t i = 0; i < step->depth; i++) {
			y[i] = expf((x[i] - greatest) * step->beta);
			sum += y[i];
		}
		for (uint32_t i = 0; i < step->depth; i++) {
			y[i] /= sum;
		}
		x += step->depth;
		y += step->depth;
	}
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	softmax_step *step = (softmax_step *)(void *)base;
	(void)node_unary(node, &input, &output);
	(void)read_beta(node, &step->beta);
	step->input = input.view.data;
	step->output = output.view.data;
	step->output_type = output.view.type;
	step->depth = input.view.shape[input.view.rank - 1];
	step->rows = input.view.elements / step->depth;
	if (input.view.type == ENGINE_FLOAT32) {
		step->step.run = run_float;
		return;
	}
	step->step.run = run_int8;
	double scale = exponent_scale(input.view.scale, step->beta);
	step->scale = fixed_from_real(scale < 2147483647.0 ? scale : 2147483647.0);
	step->lowest = -fixed_radius((1 << INTEGER_BITS) - 1, 31 - INTEGER_BITS, step->scale.shift);
}

const engine_operator engine_softmax = {
    .code = 25,
    .options_type = 9,
    .types = (1u << ENGINE_INT8) | (1u << ENGINE_FLOAT32),
    .name = "SOFTMAX",
    .check = check,
    .open = open,
};
