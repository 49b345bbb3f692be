/* ARG_MAX, ARG_MIN: where along an axis the greatest or least value lies, the first of equal ones. */
#include "element.h"
#include "map.h"

enum { INPUT = 0, AXIS = 1 };

typedef struct {
	step step;
	const void *input;
	void *output;
	engine_type type;
	uint32_t outer;
	uint32_t count; /* along the axis */
	uint32_t inner;
	int32_t flip; /* -1: the least is the greatest complement */
	int wide;     /* 64-bit results */
} arg_step;

#define TYPES (TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_UINT8) | TYPE_BIT(ENGINE_INT32) | TYPE_BIT(ENGINE_FLOAT32))

static engine_error read_axis(const node *node, uint32_t rank, uint32_t *axis) {
	tensor tensor;
	TRY(node_constant(node, AXIS, ENGINE_INT32, &tensor));
	int32_t value = tensor_i32(node, &tensor, 0);
	value += value < 0 ? (int32_t)rank : 0;
	*axis = (uint32_t)value;
	return tensor.view.elements == 1 && *axis < rank ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	uint32_t axis;
	TRY(node_arity(node, 2, 1));
	TRY(node_input(node, INPUT, &input));
	TRY(node_output(node, 0, &output));
	if ((TYPES & TYPE_BIT(input.view.type)) == 0 ||
	    (output.view.type != ENGINE_INT32 && output.view.type != ENGINE_INT64)) {
		return ENGINE_OPERAND_TYPE;
	}
	TRY(read_axis(node, input.view.rank, &axis));
	if (output.view.rank + 1 != input.view.rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = 0; i < output.view.rank; i++) {
		if (output.view.shape[i] != input.view.shape[i + (i >= axis)]) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	requirement->state = step_size((uint32_t)sizeof(arg_step));
	return ENGINE_OK;
}

static uint32_t best_integer(const arg_step *step, uint32_t first) {
	uint32_t best = 0;
	int32_t greatest = INT32_MIN;
	for (uint32_t i = 0; i < step->count; i++) {
		int32_t value = element_load(step->input, step->type, first + i * step->inner) ^ step->flip;
		if (value > greatest) {
			greatest = value;
			best = i;
		}
	}
	return best;
}

static uint32_t best_float(const arg_step *step, uint32_t first) {
	const float *x = (const float *)step->input + first;
	uint32_t best = 0;
	for (uint32_t i = 1; i < step->count; i++) {
		float value = x[i * step->inner];
		float other = x[best * step->inner];
		if (step->flip ? value < other : value > other) {
			best = i;
		}
	}
	return best;
}

static void run(const step *base) {
	const arg_step *step = (const arg_step *)(const void *)base;
	uint32_t *y = step->output;
	for (uint32_t i = 0; i < step->outer; i++) {
		for (uint32_t j = 0; j < step->inner; j++) {
			uint32_t first = i * step->count * step->inner + j;
			*y++ = step->type == ENGINE_FLOAT32 ? best_float(step, first) : best_integer(step, first);
			if (step->wide) {
				*y++ = 0;
			}
		}
	}
}

static void open(const node *node, step *base, int32_t flip) {
	tensor input;
	tensor output;
	uint32_t axis = 0;
	arg_step *step = (arg_step *)(void *)base;
	(void)node_input(node, INPUT, &input);
	(void)node_output(node, 0, &output);
	(void)read_axis(node, input.view.rank, &axis);
	base->run = run;
	step->input = input.view.data;
	step->output = output.view.data;
	step->type = input.view.type;
	step->flip = flip;
	step->wide = output.view.type == ENGINE_INT64;
	step->count = input.view.shape[axis];
	step->outer = 1;
	for (uint32_t i = 0; i < axis; i++) {
		step->outer *= input.view.shape[i];
	}
	step->inner = input.view.elements / step->outer / step->count;
}

static void open_max(const node *node, step *step) {
	open(node, step, 0);
}

static void open_min(const node *node, step *step) {
	open(node, step, -1);
}

const engine_operator engine_arg_max = {
    .code = 56,
    .options_type = 40,
    .name = "ARG_MAX",
    .check = check,
    .open = open_max,
};

const engine_operator engine_arg_min = {
    .code = 79,
    .options_type = 57,
    .name = "ARG_MIN",
    .check = check,
    .open = open_min,
};
