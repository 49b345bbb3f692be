/* LOGISTIC of int16: 1 / (1 + exp(-x)) by a table, in 1 / 32768. */
#include "map.h"
#include "sigmoid.h"

typedef struct {
	map_step map;
	sigmoid_scale scale;
} logistic_step;

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(map_operands(node, TYPE_BIT(ENGINE_INT16), &input, &output));
	if (input.view.zero_point != 0 || output.view.zero_point != 0 || !sigmoid_is_output_scale(output.view.scale) ||
	    sigmoid_scale_of(input.view.scale, 0).multiplier == 0) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	map_require(requirement, (uint32_t)sizeof(logistic_step), TABLE_FROM, &input, &output);
	return ENGINE_OK;
}

static int32_t logistic(const map_step *base, int32_t value) {
	const logistic_step *step = (const logistic_step *)(const void *)base;
	return sigmoid_logistic(sigmoid_rescale(value, &step->scale));
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	logistic_step *step = (logistic_step *)(void *)base;
	map_open(node, base, &input, &output);
	step->scale = sigmoid_scale_of(input.view.scale, 0);
	map_integers(&step->map, (uint32_t)sizeof *step, logistic);
}

const engine_operator engine_logistic_int16 = {
    .code = 14,
    .types = TYPE_BIT(ENGINE_INT16),
    .name = "LOGISTIC",
    .check = check,
    .open = open,
};
