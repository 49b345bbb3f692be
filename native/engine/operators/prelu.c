/* PRELU: x where it is positive, else alpha x, alpha stretched to x's shape. int8, int16 (alpha is int8), float32. */
#include "../fixed_point.h"
#include "broadcast.h"

typedef struct {
	int32_t input_zero_point;
	int32_t alpha_zero_point;
	int32_t output_zero_point;
	fixed_scale identity;
	fixed_scale slope;
} prelu_values;

typedef struct {
	broadcast_step broadcast;
	prelu_values values;
} prelu_step;

static engine_error check(const node *node, requirement *requirement) {
	broadcast_tensors tensors;
	const tensor *input = &tensors.operands[0];
	const tensor *alpha = &tensors.operands[1];
	TRY(broadcast_operands(node, 2, &tensors));
	engine_type type = input->view.type;
	if ((type != ENGINE_FLOAT32 && type != ENGINE_INT8 && type != ENGINE_INT16) || tensors.output.view.type != type ||
	    alpha->view.type != (type == ENGINE_FLOAT32 ? ENGINE_FLOAT32 : ENGINE_INT8)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (type != ENGINE_FLOAT32 && (!is_quantized(input) || !is_quantized(alpha) || !is_quantized(&tensors.output))) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	broadcast_require(&tensors, (uint32_t)sizeof(prelu_step), requirement);
	return ENGINE_OK;
}

static inline int32_t scaled(int32_t x, int32_t alpha, const prelu_values *values, int32_t lowest, int32_t highest) {
	const fixed_scale *scale = &values->identity;
	x -= values->input_zero_point;
	if (x < 0) {
		x *= alpha - values->alpha_zero_point;
		scale = &values->slope;
	}
	x = fixed_add(fixed_scaled(x, scale), values->output_zero_point);
	return fixed_clamp(x, lowest, highest);
}

static void row_int8(const broadcast_step *base, const void *const operands[], void *output) {
	const prelu_values *values = &((const prelu_step *)(const void *)base)->values;
	BROADCAST_ROW(int8_t, int8_t, base, operands, output, (int8_t)scaled(*a, *b, values, INT8_MIN, INT8_MAX));
}

static void row_int16(const broadcast_step *base, const void *const operands[], void *output) {
	const prelu_values *values = &((const prelu_step *)(const void *)base)->values;
	const int16_t *x = operands[0];
	const int8_t *alpha = operands[1];
	int16_t *y = output;
	for (uint32_t i = 0; i < base->count; i++) {
		y[i] = (int16_t)scaled(*x, *alpha, values, INT16_MIN, INT16_MAX);
		x += base->strides[0];
		alpha += base->strides[1];
	}
}

static void row_float(const broadcast_step *base, const void *const operands[], void *output) {
	BROADCAST_ROW(float, float, base, operands, output, *a >= 0 ? *a : *a * *b);
}

static void open(const node *node, step *base) {
	broadcast_tensors tensors;
	prelu_step *step = (prelu_step *)(void *)base;
	broadcast_read(node, 2, &tensors);
	const engine_tensor *output = &tensors.output.view;
	engine_type type = output->type;
	broadcast_row row = type == ENGINE_FLOAT32 ? row_float : type == ENGINE_INT8 ? row_int8 : row_int16;
	broadcast_open(&tensors, base, (uint32_t)sizeof *step, row);
	if (type != ENGINE_FLOAT32) {
		const engine_tensor *input = &tensors.operands[0].view;
		const engine_tensor *alpha = &tensors.operands[1].view;
		step->values.input_zero_point = input->zero_point;
		step->values.alpha_zero_point = alpha->zero_point;
		step->values.output_zero_point = output->zero_point;
		step->values.identity = fixed_from_scales(input->scale, 1, output->scale);
		step->values.slope = fixed_from_scales(input->scale, alpha->scale, output->scale);
	}
}

const engine_operator engine_prelu = {
    .code = 54,
    .name = "PRELU",
    .check = check,
    .open = open,
};
