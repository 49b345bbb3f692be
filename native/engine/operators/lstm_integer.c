/*
 * UNIDIRECTIONAL_SEQUENCE_LSTM of int8 or int16 with int8 weights and a cell of int16. The gates are of int16: before
 * their function in 1/4096, then in 1/32768.
 */
#include "../dot.h"
#include "../fixed_point.h"
#include "lstm.h"
#include "sigmoid.h"

enum { BLOCK = 8 }; /* units that are multiplied at once */
enum { LEAST_POWER = -30, GREATEST_POWER = 2 };

#define BEFORE_FUNCTION (1.0f / 4096)
#define BEHIND_FUNCTION (1.0f / 32768)

typedef struct {
	lstm_step common;
	dot_input *widened; /* scratch of int8: the input */
	dot_input *widened_hidden;
	uint32_t width; /* bytes of an activation */
	int32_t input_zero;
	int32_t hidden_zero;
	fixed_scale weights[LSTM_GATES];
	fixed_scale recurrent[LSTM_GATES];
	fixed_scale keep;   /* forget gate * cell */
	fixed_scale add;    /* input gate * candidate */
	fixed_scale answer; /* output gate * tanh(cell) */
	int32_t clip;       /* 0: none */
	sigmoid_scale tanh; /* of the cell */
} integer_step;

/* The power of two next to a scale. */
static int32_t power_of(float scale) {
	uint32_t bits;
	memcpy(&bits, &scale, sizeof bits);
	/* above 2^(power + 1/2) the next one is nearer */
	return (int32_t)(bits >> 23) - 127 + ((bits & 0x7FFFFFu) > 0x3504F3u);
}

static engine_error check_scales(const node *node, const lstm *operands) {
	tensor weights;
	int wide = operands->input.view.type == ENGINE_INT16;
	if (!is_quantized(&operands->input) || !is_quantized(&operands->hidden) || !is_quantized(&operands->cell) ||
	    operands->cell.view.zero_point != 0 ||
	    (wide && (operands->input.view.zero_point != 0 || operands->hidden.view.zero_point != 0))) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	int32_t power = power_of(operands->cell.view.scale);
	if (power < LEAST_POWER || power > GREATEST_POWER) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	for (uint32_t i = 0; i < 2 * LSTM_GATES; i++) {
		lstm_weights(node, i / 2, (int)(i & 1), &weights);
		if (!is_quantized(&weights) || weights.view.zero_point != 0) {
			return ENGINE_OPERAND_QUANTIZATION;
		}
	}
	return ENGINE_OK;
}

static engine_error read_operands(const node *node, lstm *operands) {
	tensor input;
	memset(operands, 0, sizeof *operands);
	TRY(node_input(node, 0, &input));
	if (input.view.type != ENGINE_INT8 && input.view.type != ENGINE_INT16) {
		return ENGINE_OPERAND_TYPE;
	}
	return lstm_read(node, ENGINE_INT8, input.view.type == ENGINE_INT8 ? ENGINE_INT32 : ENGINE_INT64, operands);
}

static uint32_t gates_size(const lstm *operands) {
	return LSTM_GATES * 2 * operands->units; /* a multiple of 4 */
}

engine_error lstm_integer_check(const node *node, requirement *requirement) {
	lstm operands;
	TRY(read_operands(node, &operands));
	if (operands.cell.view.type != ENGINE_INT16) {
		return ENGINE_OPERAND_TYPE;
	}
	TRY(check_scales(node, &operands));
	requirement->state = (uint32_t)sizeof(integer_step);
	requirement->scratch = gates_size(&operands);
	if (operands.input.view.type == ENGINE_INT8) {
		requirement->scratch += (DOT_INPUT(operands.depth) + DOT_INPUT(operands.units)) * (uint32_t)sizeof(dot_input);
	}
	return ENGINE_OK;
}

static int32_t saturated(int32_t value) {
	return fixed_clamp(value, INT16_MIN, INT16_MAX);
}

static int16_t activated(uint32_t gate, int32_t input, int32_t recurrent) {
	int32_t value = 3 * saturated(saturated(input) + saturated(recurrent));
	return (int16_t)(gate == LSTM_CANDIDATE ? sigmoid_tanh(value) : sigmoid_logistic(value));
}

static void compute_int8(const integer_step *step, uint32_t index, int16_t *values) {
	const lstm_step *common = &step->common;
	const lstm_gate *gate = &common->gate[index];
	for (uint32_t unit = 0; unit < common->units; unit += BLOCK) {
		uint32_t left = common->units - unit;
		uint32_t count = left < BLOCK ? left : BLOCK;
		int32_t inputs[BLOCK];
		int32_t recurrent[BLOCK] = {0};
		for (uint32_t i = 0; i < count; i++) {
			inputs[i] = (int32_t)bytes_u32(gate->bias + 4 * (unit + i));
		}
		dot_rows(step->widened, common->depth, gate->weights + unit * common->depth, common->depth, count, inputs);
		dot_rows(step->widened_hidden, common->units, gate->recurrent + unit * common->units, common->units, count,
		    recurrent);
		for (uint32_t i = 0; i < count; i++) {
			values[unit + i] = activated(index, fixed_scaled(inputs[i], &step->weights[index]),
			    fixed_scaled(recurrent[i], &step->recurrent[index]));
		}
	}
}

static uint64_t dot_int16(const int16_t *x, const uint8_t *weights, uint32_t count) {
	uint64_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		sum += (uint64_t)(int64_t)(x[i] * (int8_t)bytes_u8(weights + i));
	}
	return sum;
}

static int32_t rescaled_wide(uint64_t sum, const fixed_scale *scale) {
	return fixed_rescale_wide((int64_t)sum, scale->multiplier, scale->shift);
}

static void compute_int16(
    const integer_step *step, uint32_t index, const int16_t *x, const int16_t *hidden, int16_t *values) {
	const lstm_step *common = &step->common;
	const lstm_gate *gate = &common->gate[index];
	for (uint32_t unit = 0; unit < common->units; unit++) {
		const uint8_t *bias = gate->bias + 8 * unit;
		uint64_t inputs = dot_int16(x, gate->weights + unit * common->depth, common->depth);
		uint64_t recurrent = dot_int16(hidden, gate->recurrent + unit * common->units, common->units);
		inputs += bytes_u64(bias);
		values[unit] = activated(
		    index, rescaled_wide(inputs, &step->weights[index]), rescaled_wide(recurrent, &step->recurrent[index]));
	}
}

static void compute_gates(const integer_step *step, const void *x, const void *hidden) {
	int16_t *values = step->common.gates;
	if (step->width == 1) {
		dot_widen(step->widened, x, step->common.depth, step->input_zero);
		dot_widen(step->widened_hidden, hidden, step->common.units, step->hidden_zero);
	}
	for (uint32_t i = 0; i < LSTM_GATES; i++) {
		if (step->width == 1) {
			compute_int8(step, i, values);
		}
		else {
			compute_int16(step, i, x, hidden, values);
		}
		values += step->common.units;
	}
}

static int32_t next_cell(const integer_step *step, const int16_t *gates, int32_t cell) {
	uint32_t units = step->common.units;
	int32_t kept = saturated(fixed_scaled(gates[LSTM_FORGET_GATE * units] * cell, &step->keep));
	int32_t product = gates[LSTM_INPUT_GATE * units] * gates[LSTM_CANDIDATE * units];
	int32_t value = saturated(kept + saturated(fixed_scaled(product, &step->add)));
	return step->clip > 0 ? fixed_clamp(value, -step->clip, step->clip) : value;
}

static void update(const integer_step *step, void *hidden, int16_t *cell) {
	const int16_t *gates = step->common.gates;
	for (uint32_t i = 0; i < step->common.units; i++) {
		int32_t value = next_cell(step, gates + i, cell[i]);
		cell[i] = (int16_t)value;
		value = sigmoid_tanh(sigmoid_rescale(value, &step->tanh));
		value = fixed_scaled(value * gates[LSTM_OUTPUT_GATE * step->common.units + i], &step->answer);
		value = fixed_add(value, step->hidden_zero);
		if (step->width == 1) {
			((int8_t *)hidden)[i] = (int8_t)fixed_clamp(value, INT8_MIN, INT8_MAX);
		}
		else {
			((int16_t *)hidden)[i] = (int16_t)saturated(value);
		}
	}
}

static void run(const step *base) {
	const integer_step *step = (const integer_step *)(const void *)base;
	const lstm_step *common = &step->common;
	uint32_t answer_bytes = common->units * step->width;
	uint8_t *hidden = common->hidden;
	int16_t *cell = (int16_t *)(void *)common->cell;
	for (uint32_t batch = 0; batch < common->batches; batch++) {
		for (uint32_t moment = 0; moment < common->moments; moment++) {
			uint32_t row = batch * common->batch_rows + moment * common->moment_rows;
			compute_gates(step, common->input + row * common->depth * step->width, hidden);
			update(step, hidden, cell);
			memcpy(common->output + row * answer_bytes, hidden, answer_bytes);
		}
		hidden += answer_bytes;
		cell += common->units;
	}
}

/* From the cell's scale to that of the table: 3 * 2^(12 + power). */
static sigmoid_scale tanh_scale(float cell) {
	sigmoid_scale scale;
	int32_t shift = 12 + power_of(cell);
	scale.multiplier = shift < 0 ? 3 : 3 << shift;
	scale.shift = shift < 0 ? -shift : 0;
	return scale;
}

static int32_t quantized_clip(float clip, float scale) {
	float value = clip / scale;
	return value < 32767 ? (int32_t)value : 32767;
}

void lstm_integer_open(const node *node, step *base) {
	lstm operands;
	tensor weights;
	integer_step *step = (integer_step *)(void *)base;
	(void)read_operands(node, &operands);
	lstm_open(node, &operands, &step->common);
	step->common.step.run = run;
	step->width = operands.input.view.type == ENGINE_INT8 ? 1 : 2;
	if (step->width == 1) {
		step->widened = (dot_input *)(void *)((uint8_t *)step->common.gates + gates_size(&operands));
		step->widened_hidden = step->widened + DOT_INPUT(operands.depth);
	}
	step->input_zero = operands.input.view.zero_point;
	step->hidden_zero = operands.hidden.view.zero_point;
	for (uint32_t i = 0; i < LSTM_GATES; i++) {
		lstm_weights(node, i, 0, &weights);
		step->weights[i] = fixed_from_scales(operands.input.view.scale, weights.view.scale, BEFORE_FUNCTION);
		lstm_weights(node, i, 1, &weights);
		step->recurrent[i] = fixed_from_scales(operands.hidden.view.scale, weights.view.scale, BEFORE_FUNCTION);
	}
	float cell = operands.cell.view.scale;
	step->keep = fixed_from_scales(BEHIND_FUNCTION, cell, cell);
	step->add = fixed_from_scales(BEHIND_FUNCTION, BEHIND_FUNCTION, cell);
	step->answer = fixed_from_scales(BEHIND_FUNCTION, BEHIND_FUNCTION, operands.hidden.view.scale);
	step->clip = quantized_clip(operands.clip, cell);
	step->tanh = tanh_scale(cell);
}
