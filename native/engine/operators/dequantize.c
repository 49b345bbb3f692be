/* DEQUANTIZE: int8 or int16 to float32, scale * (value - zero point). */
#include "../operator.h"

typedef struct {
	step step;
	const void *input;
	float *output;
	uint32_t elements;
	int32_t zero_point;
	float scale;
} dequantize_step;

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_unary(node, &input, &output));
	if ((input.view.type != ENGINE_INT8 && input.view.type != ENGINE_INT16) || output.view.type != ENGINE_FLOAT32) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!is_quantized(&input)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	requirement->state = (uint32_t)sizeof(dequantize_step);
	return ENGINE_OK;
}

/* The difference has at most 17 bits and the scale 24, so one rounding, in single precision, gives what two give. */
static void run_int8(const step *base) {
	const dequantize_step *step = (const dequantize_step *)(const void *)base;
	const int8_t *x = step->input;
	for (uint32_t i = 0; i < step->elements; i++) {
		step->output[i] = step->scale * (float)(x[i] - step->zero_point);
	}
}

static void run_int16(const step *base) {
	const dequantize_step *step = (const dequantize_step *)(const void *)base;
	const int16_t *x = step->input;
	for (uint32_t i = 0; i < step->elements; i++) {
		step->output[i] = step->scale * (float)(x[i] - step->zero_point);
	}
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	dequantize_step *step = (dequantize_step *)(void *)base;
	(void)node_unary(node, &input, &output);
	step->step.run = input.view.type == ENGINE_INT8 ? run_int8 : run_int16;
	step->input = input.view.data;
	step->output = output.view.data;
	step->elements = input.view.elements;
	step->zero_point = input.view.zero_point;
	step->scale = input.view.scale;
}

const engine_operator engine_dequantize = {
    .code = 6,
    .name = "DEQUANTIZE",
    .check = check,
    .open = open,
};
