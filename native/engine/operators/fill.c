/* FILL: a tensor of one value, which may be computed; its extents are the constant `dimensions`. */
#include "fill.h"
#include "parameter.h"

enum { DIMENSIONS = 0, VALUE = 1 };

typedef struct {
	step step;
	const void *value;
	void *output;
	uint32_t bytes;
	uint32_t width;
} fill_step;

void fill_with(void *to, uint32_t bytes, const void *value, uint32_t width) {
	uint8_t *at = to;
	if (width == 1) {
		memset(at, *(const uint8_t *)value, bytes);
		return;
	}
	memcpy(at, value, width);
	/* what is there already is copied behind itself: each time twice as much */
	for (uint32_t done = width; done < bytes;) {
		uint32_t more = bytes - done < done ? bytes - done : done;
		memcpy(at + done, at, more);
		done += more;
	}
}

static engine_error check(const node *node, requirement *requirement) {
	tensor value;
	tensor output;
	TRY(node_arity(node, 2, 1));
	TRY(parameter_ends(node, VALUE, &value, &output));
	TRY(parameter_shape(node, DIMENSIONS, &output));
	requirement->state = (uint32_t)sizeof(fill_step);
	return value.view.elements == 1 ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static void run(const step *base) {
	const fill_step *step = (const fill_step *)(const void *)base;
	fill_with(step->output, step->bytes, step->value, step->width);
}

static void open(const node *node, step *base) {
	fill_step *step = (fill_step *)(void *)base;
	tensor value;
	tensor output;
	(void)parameter_ends(node, VALUE, &value, &output);
	step->step.run = run;
	step->value = value.view.data;
	step->output = output.view.data;
	step->bytes = output.view.bytes;
	step->width = value.view.bytes;
}

const engine_operator engine_fill = {
    .code = 94,
    .options_type = 68,
    .in_model = 1u << DIMENSIONS,
    .name = "FILL",
    .check = check,
    .open = open,
};
