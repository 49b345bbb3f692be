/* LOGISTIC of float32. */
#include "logistic.h"

#include <math.h>

typedef struct {
	step step;
	const float *input;
	float *output;
	uint32_t elements;
} logistic_step;

engine_error logistic_float32_check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_unary(node, &input, &output));
	requirement->state = (uint32_t)sizeof(logistic_step);
	requirement->in_place = 1;
	return input.view.type == ENGINE_FLOAT32 && output.view.type == ENGINE_FLOAT32 ? ENGINE_OK : ENGINE_OPERAND_TYPE;
}

static void run(const step *base) {
	const logistic_step *step = (const logistic_step *)(const void *)base;
	const float *x = step->input;
	float *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		/* far below zero 1 + exp(x) is 1, while exp(-x) would overflow */
		y[i] = x[i] < -9 ? expf(x[i]) : 1 / (1 + expf(-x[i]));
	}
}

void logistic_float32_open(const node *node, step *base) {
	tensor input;
	tensor output;
	logistic_step *step = (logistic_step *)(void *)base;
	(void)node_unary(node, &input, &output);
	step->step.run = run;
	step->input = input.view.data;
	step->output = output.view.data;
	step->elements = input.view.elements;
}

const engine_operator engine_logistic_float32 = {
    .code = LOGISTIC_CODE,
    .types = 1u << ENGINE_FLOAT32,
    .name = "LOGISTIC",
    .check = logistic_float32_check,
    .open = logistic_float32_open,
};
