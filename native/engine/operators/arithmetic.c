#include "arithmetic.h"

#include "activation.h"

enum { OPTION_ACTIVATION = 0 };

static uint32_t size_of(engine_type type) {
	return (uint32_t)(type == ENGINE_FLOAT32 ? sizeof(arithmetic_float) : sizeof(arithmetic_integer));
}

engine_error arithmetic_check(
    const node *node, const broadcast_rows rows, broadcast_tensors *tensors, requirement *requirement) {
	activation activation;
	TRY(broadcast_alike(node, 2, rows, tensors));
	TRY(activation_read(node, OPTION_ACTIVATION, &activation));
	engine_type type = tensors->output.view.type;
	if (tensors->operands[0].view.type != type) {
		return ENGINE_OPERAND_TYPE;
	}
	if (arithmetic_is_quantized(tensors) &&
	    (!is_quantized(&tensors->operands[0]) || !is_quantized(&tensors->operands[1]) ||
	        !is_quantized(&tensors->output))) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	broadcast_require(tensors, size_of(type), requirement);
	return ENGINE_OK;
}

engine_error arithmetic_check_symmetry(const broadcast_tensors *tensors) {
	int32_t zero_points =
	    tensors->operands[0].view.zero_point | tensors->operands[1].view.zero_point | tensors->output.view.zero_point;
	return tensors->output.view.type == ENGINE_INT16 && zero_points != 0 ? ENGINE_OPERAND_QUANTIZATION : ENGINE_OK;
}

static void open_integer(arithmetic_values *values, activation activation, const broadcast_tensors *tensors) {
	const engine_tensor *output = &tensors->output.view;
	if (arithmetic_is_quantized(tensors)) {
		activation_integer_bounds(activation, output, &values->minimum, &values->maximum);
		values->a_zero_point = tensors->operands[0].view.zero_point;
		values->b_zero_point = tensors->operands[1].view.zero_point;
		values->zero_point = output->zero_point;
	}
	else {
		values->minimum = activation == ACTIVATION_NONE ? INT32_MIN : activation == ACTIVATION_RELU_N1_TO_1 ? -1 : 0;
		values->maximum = activation == ACTIVATION_RELU6 ? 6 : activation == ACTIVATION_RELU_N1_TO_1 ? 1 : INT32_MAX;
	}
}

int arithmetic_order(broadcast_tensors *tensors) {
	if (!arithmetic_is_quantized(tensors) || tensors->operands[0].view.scale >= tensors->operands[1].view.scale) {
		return 0;
	}
	tensor first = tensors->operands[0];
	tensors->operands[0] = tensors->operands[1];
	tensors->operands[1] = first;
	return 1;
}

void arithmetic_open(const node *node, const broadcast_rows rows, const broadcast_tensors *tensors, step *base) {
	engine_type type = tensors->output.view.type;
	activation activation = ACTIVATION_NONE;
	(void)activation_read(node, OPTION_ACTIVATION, &activation);
	broadcast_open(tensors, base, size_of(type), rows[type]);
	if (type == ENGINE_FLOAT32) {
		arithmetic_float *step = (arithmetic_float *)(void *)base;
		activation_float_bounds(activation, &step->bounds.minimum, &step->bounds.maximum);
	}
	else {
		open_integer(&((arithmetic_integer *)(void *)base)->values, activation, tensors);
	}
}

void arithmetic_open_scales(const broadcast_tensors *tensors, float factor, arithmetic_values *values) {
	float a = tensors->operands[0].view.scale;
	values->b_scale = fixed_from_scales(tensors->operands[1].view.scale, 0.5f, a);
	values->scale = fixed_from_scales(a, factor, tensors->output.view.scale);
}
