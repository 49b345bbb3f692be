/* BROADCAST_ARGS: the shape that two shapes, which may be computed, have in common; an extent of 1 fits any other. */
#include "parameter.h"

typedef struct {
	step step;
	const uint8_t *shapes[2];
	uint32_t ranks[2];
	uint8_t *output;
	uint32_t rank;
	uint32_t width; /* of an extent */
} broadcast_args_step;

static engine_error read(const node *node, broadcast_args_step *step) {
	tensor shape;
	tensor output;
	step->rank = 0;
	TRY(node_arity(node, 2, 1));
	for (uint32_t i = 0; i < 2; i++) {
		TRY(parameter_ends(node, i, &shape, &output));
		if (shape.view.type != ENGINE_INT32 && shape.view.type != ENGINE_INT64) {
			return ENGINE_OPERAND_TYPE;
		}
		if (shape.view.rank != 1) {
			return ENGINE_OPERAND_SHAPE;
		}
		step->shapes[i] = shape.view.data;
		step->ranks[i] = shape.view.elements;
		step->rank = step->ranks[i] > step->rank ? step->ranks[i] : step->rank;
	}
	step->output = output.view.data;
	step->width = parameter_width(&output);
	return output.view.rank == 1 && output.view.elements == step->rank ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static engine_error check(const node *node, requirement *requirement) {
	broadcast_args_step step;
	requirement->state = (uint32_t)sizeof(broadcast_args_step);
	return read(node, &step);
}

/* Both end with the same axis; the longer one is copied, then the shorter one's extents other than 1. */
static void run(const step *base) {
	const broadcast_args_step *step = (const broadcast_args_step *)(const void *)base;
	int64_t one = 1;
	int32_t short_one = 1;
	const void *unit = step->width == sizeof one ? (const void *)&one : (const void *)&short_one;
	uint32_t longer = step->ranks[0] < step->ranks[1] ? 1 : 0;
	uint32_t missing = step->rank - step->ranks[1 - longer];
	memcpy(step->output, step->shapes[longer], step->rank * step->width);
	for (uint32_t i = missing; i < step->rank; i++) {
		const uint8_t *extent = step->shapes[1 - longer] + (i - missing) * step->width;
		if (memcmp(extent, unit, step->width) != 0) {
			memcpy(step->output + i * step->width, extent, step->width);
		}
	}
}

static void open(const node *node, step *base) {
	(void)read(node, (broadcast_args_step *)(void *)base);
	base->run = run;
}

const engine_operator engine_broadcast_args = {
    .code = 145,
    .name = "BROADCAST_ARGS",
    .check = check,
    .open = open,
};
