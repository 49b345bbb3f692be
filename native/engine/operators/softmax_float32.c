/* SOFTMAX of float32. */
#include "softmax.h"

#include <math.h>

typedef struct {
	step step;
	const float *input;
	float *output;
	uint32_t rows;
	uint32_t depth;
	float beta;
} softmax_step;

engine_error softmax_float32_check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	float beta;
	TRY(softmax_read(node, &input, &output, &beta));
	requirement->state = (uint32_t)sizeof(softmax_step);
	requirement->in_place = 1;
	return input.view.type == ENGINE_FLOAT32 && output.view.type == ENGINE_FLOAT32 ? ENGINE_OK : ENGINE_OPERAND_TYPE;
}

static void run(const step *base) {
	const softmax_step *step = (const softmax_step *)(const void *)base;
	const float *x = step->input;
	float *y = step->output;
	for (uint32_t row = 0; row < step->rows; row++) {
		float greatest = x[0];
		float sum = 0;
		for (uint32_t i = 1; i < step->depth; i++) {
			greatest = x[i] > greatest ? x[i] : greatest;
		}
		for (uint32_t i = 0; i < step->depth; i++) {
			y[i] = expf((x[i] - greatest) * step->beta);
			sum += y[i];
		}
		for (uint32_t i = 0; i < step->depth; i++) {
			y[i] /= sum;
		}
		x += step->depth;
		y += step->depth;
	}
}

void softmax_float32_open(const node *node, step *base) {
	tensor input;
	tensor output;
	softmax_step *step = (softmax_step *)(void *)base;
	(void)softmax_read(node, &input, &output, &step->beta);
	step->step.run = run;
	step->input = input.view.data;
	step->output = output.view.data;
	step->depth = input.view.shape[input.view.rank - 1];
	step->rows = input.view.elements / step->depth;
}

const engine_operator engine_softmax_float32 = {
    .code = SOFTMAX_CODE,
    .options_type = SOFTMAX_OPTIONS,
    .types = 1u << ENGINE_FLOAT32,
    .name = "SOFTMAX",
    .check = softmax_float32_check,
    .open = softmax_float32_open,
};
