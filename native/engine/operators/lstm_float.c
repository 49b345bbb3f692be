/* UNIDIRECTIONAL_SEQUENCE_LSTM of float32. */
#include "lstm.h"

#include <math.h>

typedef struct {
	lstm_step common;
	float clip;
} float_step;

engine_error lstm_float_check(const node *node, requirement *requirement) {
	lstm operands;
	TRY(lstm_read(node, ENGINE_FLOAT32, ENGINE_FLOAT32, &operands));
	if (operands.cell.view.type != ENGINE_FLOAT32) {
		return ENGINE_OPERAND_TYPE;
	}
	requirement->state = (uint32_t)sizeof(float_step);
	requirement->scratch = LSTM_GATES * 4 * operands.units;
	return ENGINE_OK;
}

static float dot(const float *x, const uint8_t *weights, uint32_t count) {
	float sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		sum += x[i] * bytes_f32(weights + 4 * i);
	}
	return sum;
}

static float logistic(float x) {
	/* far below zero 1 + exp(x) is 1, while exp(-x) would overflow */
	return x < -9 ? expf(x) : 1 / (1 + expf(-x));
}

static void compute_gate(const lstm_step *step, uint32_t index, const float *x, const float *hidden, float *values) {
	const lstm_gate *gate = &step->gate[index];
	for (uint32_t unit = 0; unit < step->units; unit++) {
		float value = dot(x, gate->weights + 4 * unit * step->depth, step->depth);
		value += bytes_f32(gate->bias + 4 * unit);
		value += dot(hidden, gate->recurrent + 4 * unit * step->units, step->units);
		values[unit] = index == LSTM_CANDIDATE ? tanhf(value) : logistic(value);
	}
}

static void run_moment(const float_step *step, const float *x, float *hidden, float *cell, float *y) {
	uint32_t units = step->common.units;
	float *gates = step->common.gates;
	for (uint32_t i = 0; i < LSTM_GATES; i++) {
		compute_gate(&step->common, i, x, hidden, gates + i * units);
	}
	for (uint32_t i = 0; i < units; i++) {
		float kept = gates[LSTM_FORGET_GATE * units + i] * cell[i];
		float added = gates[LSTM_INPUT_GATE * units + i] * gates[LSTM_CANDIDATE * units + i];
		float value = kept + added;
		if (step->clip > 0) {
			value = value > step->clip ? step->clip : value < -step->clip ? -step->clip : value;
		}
		cell[i] = value;
		hidden[i] = tanhf(value) * gates[LSTM_OUTPUT_GATE * units + i];
		y[i] = hidden[i];
	}
}

static void run(const step *base) {
	const float_step *step = (const float_step *)(const void *)base;
	const lstm_step *common = &step->common;
	const float *x = (const float *)(const void *)common->input;
	float *hidden = (float *)(void *)common->hidden;
	float *cell = (float *)(void *)common->cell;
	float *y = (float *)(void *)common->output;
	for (uint32_t batch = 0; batch < common->batches; batch++) {
		for (uint32_t moment = 0; moment < common->moments; moment++) {
			uint32_t row = batch * common->batch_rows + moment * common->moment_rows;
			run_moment(step, x + row * common->depth, hidden, cell, y + row * common->units);
		}
		hidden += common->units;
		cell += common->units;
	}
}

void lstm_float_open(const node *node, step *base) {
	lstm operands;
	float_step *step = (float_step *)(void *)base;
	(void)lstm_read(node, ENGINE_FLOAT32, ENGINE_FLOAT32, &operands);
	lstm_open(node, &operands, &step->common);
	step->common.step.run = run;
	step->clip = operands.clip;
}
