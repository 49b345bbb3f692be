/* LOGISTIC of int8 in fixed point, with an output from 0 to 1: scale 1/256, zero point -128. */
#include "../fixed_point.h"
#include "logistic.h"

#define INTEGER_BITS 4 /* of the fixed-point input: beyond +-15 the result is 0 or 1 */

/* Elements from which on a table pays: fewer cost less than all 256 values do. Where code shall be small: never. */
#ifdef __OPTIMIZE_SIZE__
#define HAS_TABLE 0
#else
#define HAS_TABLE 1
#endif
#define TABLE_FROM 257u
#define ONE_256TH 0x3B800000 /* as the bits of a float */

typedef struct {
	step step;
	const int8_t *input;
	int8_t *output;
	uint32_t elements;
	int32_t zero_point;
	int32_t radius; /* of the inputs, zero point taken off, that are not saturated */
	fixed_scale scale;
	int8_t table[]; /* of the results, from that of -128 on, if it pays */
} logistic_step;

engine_error logistic_int8_check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	int32_t scale;
	TRY(node_unary(node, &input, &output));
	if (input.view.type != ENGINE_INT8 || output.view.type != ENGINE_INT8) {
		return ENGINE_OPERAND_TYPE;
	}
	memcpy(&scale, &output.view.scale, sizeof scale);
	if (!is_quantized(&input) || !is_quantized(&output) || output.view.zero_point != -128 || scale != ONE_256TH) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	requirement->state = (uint32_t)sizeof(logistic_step) + (HAS_TABLE && input.view.elements >= TABLE_FROM ? 256 : 0);
	requirement->in_place = 1;
	return ENGINE_OK;
}

static int8_t logistic(const logistic_step *step, int32_t x) {
	int32_t value = x - step->zero_point;
	if (value <= -step->radius) {
		return -128;
	}
	if (value >= step->radius) {
		return 127;
	}
	int32_t probability = fixed_logistic(fixed_rescale(value, step->scale.multiplier, step->scale.shift));
	return (int8_t)fixed_clamp(fixed_shift_right(probability, 23) - 128, -128, 127);
}

static void run(const step *base) {
	const logistic_step *step = (const logistic_step *)(const void *)base;
	for (uint32_t i = 0; i < step->elements; i++) {
		step->output[i] = logistic(step, step->input[i]);
	}
}

static void run_by_table(const step *base) {
	const logistic_step *step = (const logistic_step *)(const void *)base;
	for (uint32_t i = 0; i < step->elements; i++) {
		step->output[i] = step->table[step->input[i] + 128];
	}
}

void logistic_int8_open(const node *node, step *base) {
	tensor input;
	tensor output;
	logistic_step *step = (logistic_step *)(void *)base;
	(void)node_unary(node, &input, &output);
	step->step.run = run;
	step->input = input.view.data;
	step->output = output.view.data;
	step->elements = input.view.elements;
	step->zero_point = input.view.zero_point;
	step->scale = fixed_from_scales(input.view.scale, 1u << (31 - INTEGER_BITS), 1);
	step->radius = fixed_radius((1 << INTEGER_BITS) - 1, 31 - INTEGER_BITS, step->scale.shift);
	if (HAS_TABLE && step->elements >= TABLE_FROM) {
		step->step.run = run_by_table;
		for (int32_t x = -128; x < 128; x++) {
			step->table[x + 128] = logistic(step, x);
		}
	}
}

const engine_operator engine_logistic_int8 = {
    .code = LOGISTIC_CODE,
    .types = 1u << ENGINE_INT8,
    .name = "LOGISTIC",
    .check = logistic_int8_check,
    .open = logistic_int8_open,
};
