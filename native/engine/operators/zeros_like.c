/* ZEROS_LIKE: zeros in the shape and of the type of the input. */
#include "../operator.h"

typedef struct {
	step step;
	void *output;
	uint32_t bytes;
} zeros_like_step;

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_unary(node, &input, &output));
	if (input.view.type != output.view.type) {
		return ENGINE_OPERAND_TYPE;
	}
	requirement->state = (uint32_t)sizeof(zeros_like_step);
	requirement->in_place = 1;
	return ENGINE_OK;
}

static void run(const step *base) {
	const zeros_like_step *step = (const zeros_like_step *)(const void *)base;
	memset(step->output, 0, step->bytes);
}

static void open(const node *node, step *base) {
	zeros_like_step *step = (zeros_like_step *)(void *)base;
	tensor output;
	(void)node_output(node, 0, &output);
	step->step.run = run;
	step->output = output.view.data;
	step->bytes = output.view.bytes;
}

const engine_operator engine_zeros_like = {
    .code = 93,
    .name = "ZEROS_LIKE",
    .check = check,
    .open = open,
};
