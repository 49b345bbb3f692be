/* RELU: max(x, 0). int8 (with a change of scale), float32. */
#include "../fixed_point.h"
#include "../operator.h"

typedef struct {
	step step;
	const void *input;
	void *output;
	uint32_t elements;
	int32_t input_zero_point;
	int32_t output_zero_point;
	fixed_scale scale;
} relu_step;

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_unary(node, &input, &output));
	if (input.view.type != output.view.type || (input.view.type != ENGINE_INT8 && input.view.type != ENGINE_FLOAT32)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (input.view.type == ENGINE_INT8 && (!is_quantized(&input) || !is_quantized(&output))) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	requirement->state = (uint32_t)sizeof(relu_step);
	requirement->in_place = 1;
	return ENGINE_OK;
}

static void run_int8(const step *base) {
	const relu_step *step = (const relu_step *)(const void *)base;
	const int8_t *x = step->input;
	int8_t *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		int32_t value = fixed_rescale(x[i] - step->input_zero_point, step->scale.multiplier, step->scale.shift);
		y[i] = (int8_t)fixed_clamp(fixed_add(value, step->output_zero_point), step->output_zero_point, 127);
	}
}

static void run_float(const step *base) {
	const relu_step *step = (const relu_step *)(const void *)base;
	const float *x = step->input;
	float *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		y[i] = x[i] < 0 ? 0 : x[i];
	}
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	relu_step *step = (relu_step *)(void *)base;
	(void)node_unary(node, &input, &output);
	step->input = input.view.data;
	step->output = output.view.data;
	step->elements = input.view.elements;
	if (input.view.type == ENGINE_FLOAT32) {
		step->step.run = run_float;
		return;
	}
	step->step.run = run_int8;
	step->input_zero_point = input.view.zero_point;
	step->output_zero_point = output.view.zero_point;
	/* the reference divides in single precision */
	step->scale = fixed_from_real((double)(float)(input.view.scale / output.view.scale));
}

const engine_operator engine_relu = {
    .code = 19,
    .name = "RELU",
    .check = check,
    .open = open,
};
