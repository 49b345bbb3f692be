#include "fully_connected.h"

enum { OPTION_ACTIVATION = 0, OPTION_WEIGHTS_FORMAT = 1, OPTION_KEEP_DIMENSIONS = 2 };

static engine_error check_options(const node *node, fully_connected *operands) {
	const engine_tensor *input = &operands->input.view;
	const engine_tensor *output = &operands->output.view;
	const engine_model *model = node->graph->model;
	uint8_t weights_format = 0;
	uint8_t keep_dimensions = 0;
	TRY(activation_read(node, OPTION_ACTIVATION, &operands->activation));
	TRY(fb_u8(model, &node->options, OPTION_WEIGHTS_FORMAT, &weights_format));
	TRY(fb_u8(model, &node->options, OPTION_KEEP_DIMENSIONS, &keep_dimensions));
	if (weights_format != 0) {
		return ENGINE_ATTRIBUTE;
	}
	if (keep_dimensions && (input->rank != output->rank ||
	                           memcmp(input->shape, output->shape, (input->rank - 1) * sizeof input->shape[0]) != 0)) {
		return ENGINE_OPERAND_SHAPE;
	}
	return ENGINE_OK;
}

engine_error fully_connected_read(const node *node, fully_connected *operands) {
	const engine_tensor *input = &operands->input.view;
	const engine_tensor *weights = &operands->weights.view;
	const engine_tensor *output = &operands->output.view;
	TRY(node_arity(node, node->inputs.count == 2 ? 2 : 3, 1));
	TRY(node_input(node, FULLY_CONNECTED_INPUT, &operands->input));
	TRY(node_input(node, FULLY_CONNECTED_WEIGHTS, &operands->weights));
	TRY(node_output(node, 0, &operands->output));
	if (weights->rank != 2 || input->rank == 0 || output->rank == 0) {
		return ENGINE_OPERAND_SHAPE;
	}
	operands->units = weights->shape[0];
	operands->depth = weights->shape[1];
	operands->batches = input->elements / operands->depth;
	if (input->elements % operands->depth != 0 || output->shape[output->rank - 1] != operands->units ||
	    output->elements / operands->units != operands->batches) {
		return ENGINE_OPERAND_SHAPE;
	}
	operands->bias.view.elements = 0;
	operands->bias.view.data = NULL;
	if (node_has_input(node, FULLY_CONNECTED_BIAS)) {
		TRY(node_input(node, FULLY_CONNECTED_BIAS, &operands->bias));
		if (operands->bias.view.elements != operands->units) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return input->type == output->type ? check_options(node, operands) : ENGINE_OPERAND_TYPE;
}

engine_error fully_connected_check_scales(const fully_connected *operands) {
	const engine_tensor *weights = &operands->weights.view;
	if (weights->type != ENGINE_INT8) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!is_quantized(&operands->input) || !is_quantized(&operands->output) || weights->channels == 0 ||
	    (weights->channels > 1 && weights->axis != 0)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return ENGINE_OK;
}

void fully_connected_open(const node *node, fully_connected *operands, fully_connected_step *step) {
	(void)fully_connected_read(node, operands); /* it has passed before */
	step->input = operands->input.view.data;
	step->output = operands->output.view.data;
	step->weights = operands->weights.view.data;
	step->bias = operands->bias.view.data;
	step->batches = operands->batches;
	step->units = operands->units;
	step->depth = operands->depth;
}
