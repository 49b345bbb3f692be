#include "lstm.h"

enum { INPUT = 0, WEIGHTS = 1, RECURRENT = 5, BIASES = 12, HIDDEN = 18, CELL = 19, INPUTS = 24 };
enum { OPTION_ACTIVATION = 0, OPTION_CLIP = 1, OPTION_TIME_MAJOR = 3 };
enum { ACTIVATION_TANH = 4 };

/* Those that only variants have. */
#define ABSENT_INPUTS (7u << 9 | 3u << 16 | 15u << 20)

static engine_error read_options(const node *node, lstm *operands) {
	uint8_t activation = 0;
	uint8_t time_major = 0;
	uint32_t at;
	TRY(fb_u8(node->graph->model, &node->options, OPTION_ACTIVATION, &activation));
	TRY(fb_u8(node->graph->model, &node->options, OPTION_TIME_MAJOR, &time_major));
	TRY(fb_field(node->graph->model, &node->options, OPTION_CLIP, 4, &at));
	operands->clip = at ? file_f32(fb_at(node->graph->model, at)) : 0;
	if (activation != ACTIVATION_TANH) {
		return ENGINE_ACTIVATION;
	}
	if (!(operands->clip >= 0 && operands->clip < 1e30f)) {
		return ENGINE_ATTRIBUTE;
	}
	const uint32_t *shape = operands->input.view.shape;
	operands->moments = shape[time_major ? 0 : 1];
	operands->batches = shape[time_major ? 1 : 0];
	operands->moment_rows = time_major ? operands->batches : 1;
	operands->batch_rows = time_major ? 1 : operands->moments;
	return ENGINE_OK;
}

static engine_error check_shapes(const lstm *operands) {
	const engine_tensor *input = &operands->input.view;
	const engine_tensor *output = &operands->output.view;
	const engine_tensor *hidden = &operands->hidden.view;
	if (input->rank != 3 || output->rank != 3 || hidden->rank != 2 || output->shape[0] != input->shape[0] ||
	    output->shape[1] != input->shape[1] || output->shape[2] != operands->units ||
	    hidden->shape[0] != operands->batches || operands->cell.view.elements != hidden->elements) {
		return ENGINE_OPERAND_SHAPE;
	}
	return ENGINE_OK;
}

static engine_error check_constant(
    const node *node, uint32_t index, engine_type type, uint32_t rows, uint32_t columns) {
	tensor tensor;
	TRY(node_constant(node, index, type, &tensor));
	if (tensor.view.shape[0] != rows || tensor.view.rank != (columns ? 2 : 1) || tensor.view.shape[1] != columns) {
		return ENGINE_OPERAND_SHAPE;
	}
	return ENGINE_OK;
}

static engine_error check_constants(const node *node, engine_type weights, engine_type bias, const lstm *operands) {
	for (uint32_t gate = 0; gate < LSTM_GATES; gate++) {
		TRY(check_constant(node, WEIGHTS + gate, weights, operands->units, operands->depth));
		TRY(check_constant(node, RECURRENT + gate, weights, operands->units, operands->units));
		TRY(check_constant(node, BIASES + gate, bias, operands->units, 0));
	}
	for (uint32_t i = 0; i < INPUTS; i++) {
		if ((ABSENT_INPUTS >> i & 1) != 0 && node_has_input(node, i)) {
			return ENGINE_ARITY;
		}
	}
	return ENGINE_OK;
}

engine_error lstm_read(const node *node, engine_type weights, engine_type bias, lstm *operands) {
	memset(operands, 0, sizeof *operands);
	TRY(node_arity(node, INPUTS, 1));
	TRY(node_input(node, INPUT, &operands->input));
	TRY(node_input(node, HIDDEN, &operands->hidden));
	TRY(node_input(node, CELL, &operands->cell));
	TRY(node_output(node, 0, &operands->output));
	operands->depth = operands->input.view.shape[2];
	operands->units = operands->hidden.view.shape[1];
	TRY(read_options(node, operands));
	TRY(check_shapes(operands));
	if (operands->hidden.view.type != operands->input.view.type ||
	    operands->output.view.type != operands->input.view.type) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!operands->hidden.variable || !operands->cell.variable) {
		return ENGINE_OPERAND_CONSTANT;
	}
	return check_constants(node, weights, bias, operands);
}

void lstm_weights(const node *node, uint32_t gate, int recurrent, tensor *weights) {
	(void)node_input(node, (recurrent ? RECURRENT : WEIGHTS) + gate, weights);
}

void lstm_open(const node *node, const lstm *operands, lstm_step *step) {
	tensor tensor;
	step->input = operands->input.view.data;
	step->hidden = operands->hidden.view.data;
	step->cell = operands->cell.view.data;
	step->output = operands->output.view.data;
	step->gates = node_scratch(node);
	step->batches = operands->batches;
	step->moments = operands->moments;
	step->depth = operands->depth;
	step->units = operands->units;
	step->moment_rows = operands->moment_rows;
	step->batch_rows = operands->batch_rows;
	for (uint32_t gate = 0; gate < LSTM_GATES; gate++) {
		lstm_weights(node, gate, 0, &tensor);
		step->gate[gate].weights = tensor.view.data;
		lstm_weights(node, gate, 1, &tensor);
		step->gate[gate].recurrent = tensor.view.data;
		(void)node_input(node, BIASES + gate, &tensor);
		step->gate[gate].bias = tensor.view.data;
	}
}

static engine_error is_float(const node *node, int *result) {
	tensor input;
	TRY(node_input(node, INPUT, &input));
	*result = input.view.type == ENGINE_FLOAT32;
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	int floats;
	TRY(is_float(node, &floats));
	return floats ? lstm_float_check(node, requirement) : lstm_integer_check(node, requirement);
}

static void open(const node *node, step *step) {
	int floats = 0;
	(void)is_float(node, &floats);
	if (floats) {
		lstm_float_open(node, step);
	}
	else {
		lstm_integer_open(node, step);
	}
}

const engine_operator engine_unidirectional_sequence_lstm = {
    .code = 44,
    .options_type = 71,
    .in_model = 0xFFu << WEIGHTS | 0xFu << BIASES,
    .name = "UNIDIRECTIONAL_SEQUENCE_LSTM",
    .check = check,
    .open = open,
};
