/*
 * FULLY_CONNECTED: output[batch][unit] = activation(bias[unit] + sum over i of input[batch][i] * weights[unit][i]).
 * int8 with one scale or one per unit, float32. The int8 input's zero point is folded into the bias when opened:
 * sum (x - z) w = sum x w - z sum w.
 */
#include "../dot.h"
#include "../fixed_point.h"
#include "activation.h"

enum { OPTION_ACTIVATION = 0, OPTION_WEIGHTS_FORMAT = 1, OPTION_KEEP_DIMENSIONS = 2 };
enum { INPUT = 0, WEIGHTS = 1, BIAS = 2 };

typedef struct {
	step step;
	const void *input;
	void *output;
	const uint8_t *weights;
	uint32_t batches;
	uint32_t units;
	uint32_t depth;
} common;

typedef struct {
	common common;
	const uint8_t *bias; /* NULL: none */
	float minimum;
	float maximum;
} float_step;

typedef struct {
	common common;
	int32_t zero_point; /* of the output */
	int32_t minimum;
	int32_t maximum;
	uint32_t per_unit; /* 1: a scale for each unit, 0: one for all */
	                   /* then int32_t bias[units], then fixed_scale[units] or [1] */
} int8_step;

typedef struct {
	tensor input;
	tensor weights;
	tensor output;
	activation activation;
} operands;

static int32_t *biases(const int8_step *step) {
	return (int32_t *)(uintptr_t)(step + 1);
}

static fixed_scale *scales(const int8_step *step) {
	return (fixed_scale *)(void *)(biases(step) + step->common.units);
}

static engine_error check_options(const node *node, const operands *operands, activation *activation) {
	const engine_tensor *input = &operands->input.view;
	const engine_tensor *output = &operands->output.view;
	const engine_model *model = node->graph->model;
	uint8_t weights_format = 0;
	uint8_t keep_dimensions = 0;
	TRY(activation_read(node, OPTION_ACTIVATION, activation));
	TRY(fb_u8(model, &node->options, OPTION_WEIGHTS_FORMAT, &weights_format));
	TRY(fb_u8(model, &node->options, OPTION_KEEP_DIMENSIONS, &keep_dimensions));
	if (weights_format != 0) {
		return ENGINE_ATTRIBUTE;
	}
	if (keep_dimensions) {
		if (input->rank != output->rank ||
		    memcmp(input->shape, output->shape, (input->rank - 1) * sizeof input->shape[0]) != 0) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return ENGINE_OK;
}

static engine_error check_bias(const node *node, const operands *operands, engine_type type) {
	tensor bias;
	if (!node_has_input(node, BIAS)) {
		return ENGINE_OK;
	}
	TRY(node_input(node, BIAS, &bias));
	if (bias.view.type != type) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!bias.constant) {
		return ENGINE_OPERAND_CONSTANT;
	}
	return bias.view.elements == operands->weights.view.shape[0] ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static engine_error check(const node *node, requirement *requirement) {
	operands operands;
	const engine_tensor *input = &operands.input.view;
	const engine_tensor *weights = &operands.weights.view;
	const engine_tensor *output = &operands.output.view;
	activation activation;
	TRY(node_arity(node, node->inputs.count == 2 ? 2 : 3, 1));
	TRY(node_input(node, INPUT, &operands.input));
	TRY(node_input(node, WEIGHTS, &operands.weights));
	TRY(node_output(node, 0, &operands.output));
	if (input->type != output->type || input->type != weights->type ||
	    (input->type != ENGINE_INT8 && input->type != ENGINE_FLOAT32)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!operands.weights.constant) {
		return ENGINE_OPERAND_CONSTANT;
	}
	if (weights->rank != 2 || input->rank == 0 || output->rank == 0) {
		return ENGINE_OPERAND_SHAPE;
	}
	uint32_t units = weights->shape[0];
	uint32_t depth = weights->shape[1];
	if (input->elements % depth != 0 || output->shape[output->rank - 1] != units ||
	    output->elements / units != input->elements / depth) {
		return ENGINE_OPERAND_SHAPE;
	}
	TRY(check_options(node, &operands, &activation));
	requirement->in_place = 0;
	if (input->type == ENGINE_FLOAT32) {
		requirement->state = (uint32_t)sizeof(float_step);
		return check_bias(node, &operands, ENGINE_FLOAT32);
	}
	if (!is_quantized(&operands.input) || !is_quantized(&operands.output) || weights->channels == 0 ||
	    (weights->channels > 1 && weights->axis != 0) || weights->zero_point != 0) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	requirement->state = (uint32_t)sizeof(int8_step) + 4 * units + (uint32_t)sizeof(fixed_scale) * weights->channels;
	return check_bias(node, &operands, ENGINE_INT32);
}

static float finish_float(const float_step *step, uint32_t unit, float sum) {
	if (step->bias) {
		sum += bytes_f32(step->bias + 4 * unit);
	}
	sum = sum < step->minimum ? step->minimum : sum;
	return sum > step->maximum ? step->maximum : sum;
}

static void run_float(const step *base) {
	const float_step *step = (const float_step *)(const void *)base;
	const float *x = step->common.input;
	float *y = step->common.output;
	uint32_t depth = step->common.depth;
	uint32_t units = step->common.units;
	for (uint32_t batch = 0; batch < step->common.batches; batch++) {
		const uint8_t *weights = step->common.weights;
		uint32_t unit = 0;
		for (; unit + 4 <= units; unit += 4) {
			float sum0;
			float sum1;
			float sum2;
			float sum3;
			dot_float_rows(x, weights, depth, &sum0, &sum1, &sum2, &sum3);
			*y++ = finish_float(step, unit, sum0);
			*y++ = finish_float(step, unit + 1, sum1);
			*y++ = finish_float(step, unit + 2, sum2);
			*y++ = finish_float(step, unit + 3, sum3);
			weights += 16 * depth;
		}
		for (; unit < units; unit++) {
			*y++ = finish_float(step, unit, dot_float(x, weights, depth));
			weights += 4 * depth;
		}
		x += depth;
	}
}

static int8_t finish_int8(const int8_step *step, uint32_t unit, uint32_t sum) {
	const fixed_scale *scale = scales(step) + unit * step->per_unit;
	int32_t value = (int32_t)((uint32_t)biases(step)[unit] + sum);
	value = fixed_add(fixed_rescale(value, scale->multiplier, scale->shift), step->zero_point);
	return (int8_t)fixed_clamp(value, step->minimum, step->maximum);
}

static void run_int8(const step *base) {
	const int8_step *step = (const int8_step *)(const void *)base;
	const int8_t *x = step->common.input;
	int8_t *y = step->common.output;
	uint32_t depth = step->common.depth;
	uint32_t units = step->common.units;
	for (uint32_t batch = 0; batch < step->common.batches; batch++) {
		const uint8_t *weights = step->common.weights;
		uint32_t unit = 0;
		for (; unit + 4 <= units; unit += 4) {
			uint32_t sum0;
			uint32_t sum1;
			uint32_t sum2;
			uint32_t sum3;
			dot_int8_rows(x, weights, depth, &sum0, &sum1, &sum2, &sum3);
			*y++ = finish_int8(step, unit, sum0);
			*y++ = finish_int8(step, unit + 1, sum1);
			*y++ = finish_int8(step, unit + 2, sum2);
			*y++ = finish_int8(step, unit + 3, sum3);
			weights += 4 * depth;
		}
		for (; unit < units; unit++) {
			*y++ = finish_int8(step, unit, dot_int8(x, weights, depth));
			weights += depth;
		}
		x += depth;
	}
}

static void open_float(const operands *operands, const uint8_t *bias, float_step *step) {
	step->common.step.run = run_float;
	step->bias = bias;
	activation_float_bounds(operands->activation, &step->minimum, &step->maximum);
}

static void open_int8(const node *node, const operands *operands, const uint8_t *bias, int8_step *step) {
	const engine_tensor *input = &operands->input.view;
	const engine_tensor *weights = &operands->weights.view;
	const engine_tensor *output = &operands->output.view;
	uint32_t depth = step->common.depth;
	step->common.step.run = run_int8;
	step->zero_point = output->zero_point;
	activation_integer_bounds(operands->activation, output, &step->minimum, &step->maximum);
	step->per_unit = weights->channels > 1;
	for (uint32_t unit = 0; unit < step->common.units; unit++) {
		uint32_t sum = (uint32_t)sum_int8(step->common.weights + unit * depth, depth);
		uint32_t offset = bias ? bytes_u32(bias + 4 * unit) : 0;
		biases(step)[unit] = (int32_t)(offset - (uint32_t)input->zero_point * sum);
	}
	if (step->per_unit) {
		const uint8_t *scale = fb_at(node->graph->model, operands->weights.scales);
		for (uint32_t unit = 0; unit < step->common.units; unit++) {
			scales(step)[unit] =
			    fixed_from_real((double)input->scale * (double)bytes_f32(scale + 4 * unit) / (double)output->scale);
		}
	}
	else {
		/* the reference multiplies these two in single precision */
		float product = (float)(input->scale * weights->scale);
		scales(step)[0] = fixed_from_real((double)product / (double)output->scale);
	}
}

static void open(const node *node, step *base) {
	operands operands;
	tensor bias;
	common *step = (common *)(void *)base;
	bias.view.data = NULL;
	/* these have passed before */
	(void)node_input(node, INPUT, &operands.input);
	(void)node_input(node, WEIGHTS, &operands.weights);
	(void)node_output(node, 0, &operands.output);
	(void)check_options(node, &operands, &operands.activation);
	if (node_has_input(node, BIAS)) {
		(void)node_input(node, BIAS, &bias);
	}
	step->input = operands.input.view.data;
	step->output = operands.output.view.data;
	step->weights = operands.weights.view.data;
	step->units = operands.weights.view.shape[0];
	step->depth = operands.weights.view.shape[1];
	step->batches = operands.input.view.elements / step->depth;
	if (operands.input.view.type == ENGINE_FLOAT32) {
		open_float(&operands, bias.view.data, (float_step *)(void *)base);
	}
	else {
		open_int8(node, &operands, bias.view.data, (int8_step *)(void *)base);
	}
}

const engine_operator engine_fully_connected = {
    .code = 9,
    .options_type = 8,
    .in_model = 1u << WEIGHTS | 1u << BIAS,
    .name = "FULLY_CONNECTED",
    .check = check,
    .open = open,
};
