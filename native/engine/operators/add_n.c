/* ADD_N: the sum of two or more tensors of one shape. float32; int8, where all have one scale and zero point. */
#include "arithmetic.h"

#define BITS 20 /* below the point, of an operand, whose scale becomes 1/2: as ADD does it */

typedef struct {
	step step;
	void *output;
	uint32_t elements;
	uint32_t inputs;
	int32_t input_zero_point;
	int32_t output_zero_point;
	fixed_scale scale;
	/* then the inputs' places */
} add_n_step;

static const void **places(const add_n_step *step) {
	return (const void **)(uintptr_t)(step + 1);
}

static engine_error check(const node *node, requirement *requirement) {
	tensor first;
	tensor input;
	tensor output;
	TRY(node_output(node, 0, &output));
	TRY(node_input(node, 0, &first));
	if (node->inputs.count < 2 || node->outputs.count != 1) {
		return ENGINE_ARITY;
	}
	int quantized = output.view.type == ENGINE_INT8;
	if (!quantized && output.view.type != ENGINE_FLOAT32) {
		return ENGINE_OPERAND_TYPE;
	}
	for (uint32_t i = 0; i < node->inputs.count; i++) {
		TRY(node_input(node, i, &input));
		if (input.view.type != output.view.type) {
			return ENGINE_OPERAND_TYPE;
		}
		if (!same_shape(&input, &output)) {
			return ENGINE_OPERAND_SHAPE;
		}
		if (quantized && (!is_quantized(&input) || !is_quantized(&output) || input.view.scale != first.view.scale ||
		                     input.view.zero_point != first.view.zero_point)) {
			return ENGINE_OPERAND_QUANTIZATION;
		}
	}
	requirement->state = (uint32_t)(sizeof(add_n_step) + node->inputs.count * sizeof(void *));
	requirement->in_place = UINT32_MAX;
	return ENGINE_OK;
}

static void run_float(const step *base) {
	const add_n_step *step = (const add_n_step *)(const void *)base;
	const float *const *x = (const float *const *)places(step);
	float *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		float sum = 0;
		for (uint32_t k = 0; k < step->inputs; k++) {
			sum += x[k][i];
		}
		y[i] = sum;
	}
}

static void run_int8(const step *base) {
	const add_n_step *step = (const add_n_step *)(const void *)base;
	const int8_t *const *x = (const int8_t *const *)places(step);
	int8_t *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		/* the zero point counts once more than there are inputs: so the reference has it */
		int32_t sum = -step->input_zero_point;
		for (uint32_t k = 0; k < step->inputs; k++) {
			sum += x[k][i] - step->input_zero_point;
		}
		sum = fixed_rescale(fixed_shift_left(sum, BITS - 1), step->scale.multiplier, step->scale.shift);
		y[i] = (int8_t)fixed_clamp(fixed_add(sum, step->output_zero_point), -128, 127);
	}
}

static void open(const node *node, step *base) {
	add_n_step *step = (add_n_step *)(void *)base;
	tensor input;
	tensor first;
	tensor output;
	(void)node_input(node, 0, &first);
	(void)node_output(node, 0, &output);
	step->output = output.view.data;
	step->elements = output.view.elements;
	step->inputs = node->inputs.count;
	for (uint32_t i = 0; i < step->inputs; i++) {
		(void)node_input(node, i, &input);
		places(step)[i] = input.view.data;
	}
	step->step.run = run_float;
	if (output.view.type == ENGINE_INT8) {
		step->step.run = run_int8;
		step->input_zero_point = first.view.zero_point;
		step->output_zero_point = output.view.zero_point;
		step->scale = fixed_from_real(2 * (double)first.view.scale / ((double)(1 << BITS) * (double)output.view.scale));
	}
}

const engine_operator engine_add_n = {
    .code = 106,
    .options_type = 82,
    .name = "ADD_N",
    .check = check,
    .open = open,
};
