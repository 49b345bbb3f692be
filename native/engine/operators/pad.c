/*
 * PAD, PADV2: values before and after those of each axis: a third operand's, which may be computed, else zero, which
 * for 8 bits is the output's zero point.
 */
#include "fill.h"
#include "pad.h"

enum { VALUE = 2 };

typedef struct {
	walk_step walk;
	void *output;
	const void *value;
	uint32_t bytes;
	uint32_t width;
	uint8_t zero[8]; /* the value when no operand gives it */
} pad_step;

engine_error pad_plan(const node *node, tensor *input, tensor *output, tensor *paddings, walk *walk) {
	TRY(walk_begin(node, node_has_input(node, VALUE) ? 3 : 2, walk, input, output));
	uint32_t rank = input->view.rank;
	TRY(parameter_list(node, PADDINGS, 2 * rank, paddings));
	if (output->view.rank != rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	uint32_t from = walk->run;
	uint32_t to = from;
	for (uint32_t i = rank; i-- > 0;) {
		uint32_t extent = input->view.shape[i];
		uint32_t room = output->view.shape[i] - extent;
		uint32_t before = (uint32_t)parameter_at(node, paddings, 2 * i);
		uint32_t after = (uint32_t)parameter_at(node, paddings, 2 * i + 1);
		/* a negative padding is too large as well */
		if (extent > output->view.shape[i] || before > room || after != room - before) {
			return ENGINE_OPERAND_SHAPE;
		}
		walk->to += before * to;
		walk_add(walk, extent, (int32_t)from, (int32_t)to);
		from *= extent;
		to *= output->view.shape[i];
	}
	return ENGINE_OK;
}

static int is_byte(const tensor *tensor) {
	return tensor->view.type == ENGINE_INT8 || tensor->view.type == ENGINE_UINT8;
}

/* A computed value is read when the model runs. */
static engine_error read_value(const node *node, const tensor *output, tensor *value) {
	TRY(node_input(node, VALUE, value));
	if (value->view.type != output->view.type) {
		return ENGINE_OPERAND_TYPE;
	}
	if (value->view.elements != 1) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (is_byte(value) &&
	    (value->view.zero_point != output->view.zero_point || value->view.scale != output->view.scale)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	tensor other;
	walk walk;
	TRY(pad_plan(node, &input, &output, &other, &walk));
	if (node_has_input(node, VALUE)) {
		TRY(read_value(node, &output, &other));
	}
	requirement->state = (uint32_t)(sizeof(pad_step) + walk.loops * sizeof(walk_loop));
	return ENGINE_OK;
}

static void run(const step *base) {
	const pad_step *step = (const pad_step *)(const void *)base;
	fill_with(step->output, step->bytes, step->value, step->width);
	walk_copy(&step->walk);
}

static void open(const node *node, step *base) {
	pad_step *step = (pad_step *)(void *)base;
	tensor input;
	tensor output;
	tensor other;
	walk walk;
	(void)pad_plan(node, &input, &output, &other, &walk);
	walk_keep(&walk, &step->walk, (walk_loop *)(void *)(step + 1));
	step->walk.step.run = run;
	step->output = walk.output;
	step->bytes = output.view.bytes;
	step->width = parameter_width(&output);
	step->zero[0] = is_byte(&output) ? (uint8_t)output.view.zero_point : 0;
	step->value = step->zero;
	if (node_has_input(node, VALUE)) {
		(void)read_value(node, &output, &other);
		step->value = other.view.data;
	}
}

const engine_operator engine_pad = {
    .code = 34,
    .options_type = 22,
    .in_model = 1u << PADDINGS,
    .name = "PAD",
    .check = check,
    .open = open,
};

const engine_operator engine_padv2 = {
    .code = 60,
    .options_type = 43,
    .in_model = 1u << PADDINGS,
    .name = "PADV2",
    .check = check,
    .open = open,
};
