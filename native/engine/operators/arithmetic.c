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

void arithmetic_open(const node *node, const broadcast_rows rows, broadcast_tensors *tensors, step *base) {
	activation activation = ACTIVATION_NONE;
	tensor output;
	(void)node_output(node, 0, &output);
	(void)activation_read(node, OPTION_ACTIVATION, &activation);
	broadcast_open(node, 2, tensors, base, size_of(output.view.type), rows[output.view.type]);
	if (output.view.type == ENGINE_FLOAT32) {
		arithmetic_float *step = (arithmetic_float *)(void *)base;
		activation_float_bounds(activation, &step->bounds.minimum, &step->bounds.maximum);
	}
	else {
		open_integer(&((arithmetic_integer *)(void *)base)->values, activation, tensors);
	}
}

double arithmetic_open_scales(const broadcast_tensors *tensors, arithmetic_values *values) {
	double a = (double)tensors->operands[0].view.scale;
	double b = (double)tensors->operands[1].view.scale;
	double twice = 2 * (a > b ? a : b);
	values->a_scale = fixed_from_real(a / twice);
	values->b_scale = fixed_from_real(b / twice);
	return twice;
}
