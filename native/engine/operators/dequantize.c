/* DEQUANTIZE: int8, uint8 or int16 to float32, scale * (value - zero point). */
#include "element.h"
#include "map.h"

typedef struct {
	step step;
	const void *input;
	float *output;
	uint32_t elements;
	engine_type type;
	int32_t zero_point;
	float scale;
} dequantize_step;

#define TYPES (TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_UINT8) | TYPE_BIT(ENGINE_INT16))

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_unary(node, &input, &output));
	if ((TYPES & TYPE_BIT(input.view.type)) == 0 || output.view.type != ENGINE_FLOAT32) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!is_quantized(&input)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	requirement->state = step_size((uint32_t)sizeof(dequantize_step));
	return ENGINE_OK;
}

static void run(const step *base) {
	const dequantize_step *step = (const dequantize_step *)(const void *)base;
	for (uint32_t i = 0; i < step->elements; i++) {
		/* 17 bits times 24: one rounding, in single precision, gives what the reference's two give */
		step->output[i] = step->scale * (float)(element_load(step->input, step->type, i) - step->zero_point);
	}
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	dequantize_step *step = (dequantize_step *)(void *)base;
	(void)node_unary(node, &input, &output);
	base->run = run;
	step->input = input.view.data;
	step->output = output.view.data;
	step->elements = input.view.elements;
	step->type = input.view.type;
	step->zero_point = input.view.zero_point;
	step->scale = input.view.scale;
}

const engine_operator engine_dequantize = {
    .code = 6,
    .name = "DEQUANTIZE",
    .check = check,
    .open = open,
};
