/*
 * TRANSPOSE_CONV: what a convolution of the output's shape would take from each pixel, given back: every pixel of the
 * input is spread over a window of the output. int8, int16 (int8 weights) and float32.
 *
 * Each pixel of the output gathers what reaches it, in the order of the input's pixels.
 */
#include "../dot.h"
#include "convolution.h"

enum { OPTION_ACTIVATION = 3 };
enum { SHAPE = 0 };

static const window_options options = {.padding = 0, .stride_width = 1, .stride_height = 2};
static const convolution_inputs inputs = {.input = 2, .weights = 1, .bias = 3};

/* Which positions of the input, in one dimension, reach one of the output. */
typedef struct {
	uint32_t first;
	uint32_t end;
	uint32_t place; /* tap that the position 0 would reach it by; each next one's is a stride before */
} reach;

/* One pixel of the output. */
typedef struct {
	uint32_t line; /* the image's first line of the input */
	reach rows;
	reach columns;
} cell;

typedef struct {
	step step;
	const void *input;
	void *output;
	const uint8_t *weights;
	uint32_t batches;
	uint32_t depth;
	uint32_t channels;
	window rows; /* over the output: its `input` are the output's rows, its `output` the input's */
	window columns;
	void (*one)(const step *base, const cell *cell, uint32_t to); /* pixel of the output */
} common;

typedef struct {
	common common;
	dot_input *pixel; /* of the int8 input, widened */
	int32_t zero_point;
	integer_outputs outputs;
	/* then fixed_scale for each channel or one */
} integer_step;

typedef struct {
	common common;
	float_outputs outputs;
} float_step;

static engine_error read_operands(const node *node, convolution *convolution) {
	TRY(convolution_read(node, &inputs, convolution));
	return convolution_read_options(node, OPTION_ACTIVATION, &options, &convolution->output.view, convolution);
}

/* The first operand says the output's shape once more. */
static engine_error check_shape(const node *node, const engine_tensor *output) {
	tensor shape;
	TRY(node_input(node, SHAPE, &shape));
	if (shape.view.type != ENGINE_INT32) {
		return ENGINE_OPERAND_TYPE;
	}
	if (shape.view.elements != output->rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = 0; shape.constant && i < output->rank; i++) {
		if ((uint32_t)tensor_i32(node, &shape, i) != output->shape[i]) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	convolution convolution;
	const engine_tensor *input = &convolution.input.view;
	const engine_tensor *weights = &convolution.weights.view;
	const engine_tensor *output = &convolution.output.view;
	TRY(read_operands(node, &convolution));
	TRY(check_shape(node, output));
	uint32_t channels = weights->shape[BATCH];
	if (input->shape[DEPTH] != weights->shape[DEPTH] || output->shape[DEPTH] != channels ||
	    input->shape[HEIGHT] != convolution.rows.output || input->shape[WIDTH] != convolution.columns.output) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (input->type == ENGINE_FLOAT32) {
		requirement->state = (uint32_t)sizeof(float_step);
		return convolution_check(&convolution, channels, 0, 1u << ENGINE_FLOAT32);
	}
	requirement->state = (uint32_t)sizeof(integer_step) + integer_outputs_size(&convolution);
	if (input->type == ENGINE_INT8) {
		if (input->shape[DEPTH] > ENGINE_MAXIMUM_BYTES / 4) {
			return ENGINE_OPERAND_SHAPE;
		}
		requirement->scratch = (uint32_t)sizeof(dot_input) * DOT_INPUT(input->shape[DEPTH]);
	}
	return convolution_check(&convolution, channels, 0,
	    input->type == ENGINE_INT8 ? 1u << ENGINE_INT32 : 1u << ENGINE_INT16 | 1u << ENGINE_INT64);
}

static reach reach_of(const window *window, uint32_t position) {
	reach reach;
	reach.place = position + window->before;
	reach.first = reach.place < window->filter ? 0 : (reach.place - window->filter) / window->stride + 1;
	reach.end = reach.place / window->stride + 1;
	reach.end = reach.end < window->output ? reach.end : window->output;
	return reach;
}

/* The first value of a pixel of the input. */
static uint32_t value_at(const common *common, const cell *cell, uint32_t y, uint32_t x) {
	return ((cell->line + y) * common->columns.output + x) * common->depth;
}

/* The first channel's first weight for that pixel. */
static uint32_t weight_at(const common *common, const cell *cell, uint32_t y, uint32_t x) {
	uint32_t row = cell->rows.place - y * common->rows.stride;
	uint32_t column = cell->columns.place - x * common->columns.stride;
	return (row * common->columns.filter + column) * common->depth;
}

static uint32_t filter_size(const common *common) {
	return common->rows.filter * common->columns.filter * common->depth;
}

#define TOGETHER 16u /* channels */

static void cell_int8(const step *base, const cell *cell, uint32_t to) {
	const integer_step *step = (const integer_step *)(const void *)base;
	const common *common = &step->common;
	int8_t *y = (int8_t *)common->output + to;
	for (uint32_t channel = 0; channel < common->channels; channel += TOGETHER) {
		int32_t sums[TOGETHER];
		uint32_t some = common->channels - channel < TOGETHER ? common->channels - channel : TOGETHER;
		const uint8_t *weights = common->weights + channel * filter_size(common);
		integer_biases(&step->outputs, channel, some, sums);
		for (uint32_t row = cell->rows.first; row < cell->rows.end; row++) {
			for (uint32_t column = cell->columns.first; column < cell->columns.end; column++) {
				const int8_t *x = (const int8_t *)common->input + value_at(common, cell, row, column);
				dot_widen(step->pixel, x, common->depth, step->zero_point);
				dot_rows(step->pixel, common->depth, weights + weight_at(common, cell, row, column),
				    filter_size(common), some, sums);
			}
		}
		int8_outputs(&step->outputs, channel, some, sums, y + channel);
	}
}

static void cell_int16(const step *base, const cell *cell, uint32_t to) {
	const integer_step *step = (const integer_step *)(const void *)base;
	const common *common = &step->common;
	for (uint32_t channel = 0; channel < common->channels; channel++) {
		const uint8_t *weights = common->weights + channel * filter_size(common);
		int64_t sum = 0;
		for (uint32_t row = cell->rows.first; row < cell->rows.end; row++) {
			for (uint32_t column = cell->columns.first; column < cell->columns.end; column++) {
				const int16_t *x = (const int16_t *)common->input + value_at(common, cell, row, column);
				sum += wide_product(x, weights + weight_at(common, cell, row, column), common->depth);
			}
		}
		((int16_t *)common->output)[to + channel] = int16_output(&step->outputs, channel, sum);
	}
}

static void cell_float(const step *base, const cell *cell, uint32_t to) {
	const float_step *step = (const float_step *)(const void *)base;
	const common *common = &step->common;
	for (uint32_t channel = 0; channel < common->channels; channel++) {
		const uint8_t *weights = common->weights + 4 * channel * filter_size(common);
		float sum = 0;
		for (uint32_t row = cell->rows.first; row < cell->rows.end; row++) {
			for (uint32_t column = cell->columns.first; column < cell->columns.end; column++) {
				const float *x = (const float *)common->input + value_at(common, cell, row, column);
				const uint8_t *w = weights + 4 * weight_at(common, cell, row, column);
				for (uint32_t i = 0; i < common->depth; i++) {
					sum += x[i] * bytes_f32(w + 4 * i);
				}
			}
		}
		((float *)common->output)[to + channel] = float_output(&step->outputs, channel, sum);
	}
}

static void run(const step *base) {
	const common *common = (const void *)base;
	uint32_t to = 0;
	cell cell;
	for (uint32_t batch = 0; batch < common->batches; batch++) {
		cell.line = batch * common->rows.output;
		for (uint32_t row = 0; row < common->rows.input; row++) {
			cell.rows = reach_of(&common->rows, row);
			for (uint32_t column = 0; column < common->columns.input; column++) {
				cell.columns = reach_of(&common->columns, column);
				common->one(base, &cell, to);
				to += common->channels;
			}
		}
	}
}

static void open_integer(const node *node, const convolution *convolution, integer_step *step) {
	if (convolution->input.view.type == ENGINE_INT8) {
		step->common.one = cell_int8;
		step->pixel = node_scratch(node);
	}
	else {
		step->common.one = cell_int16;
	}
	step->zero_point = convolution->input.view.zero_point;
	integer_outputs_open(node, convolution, (fixed_scale *)(void *)(step + 1), &step->outputs);
}

static void open(const node *node, step *base) {
	convolution convolution;
	common *step = (common *)(void *)base;
	(void)read_operands(node, &convolution);
	const engine_tensor *input = &convolution.input.view;
	const engine_tensor *weights = &convolution.weights.view;
	step->step.run = run;
	step->input = input->data;
	step->output = convolution.output.view.data;
	step->weights = weights->data;
	step->batches = input->shape[BATCH];
	step->depth = input->shape[DEPTH];
	step->channels = weights->shape[BATCH];
	step->rows = convolution.rows;
	step->columns = convolution.columns;
	if (input->type == ENGINE_FLOAT32) {
		step->one = cell_float;
		float_outputs_open(&convolution, &((float_step *)(void *)base)->outputs);
	}
	else {
		open_integer(node, &convolution, (integer_step *)(void *)base);
	}
}

const engine_operator engine_transpose_conv = {
    .code = 67,
    .options_type = 49,
    .in_model = 1u << 1 | 1u << 3,
    .name = "TRANSPOSE_CONV",
    .check = check,
    .open = open,
};
