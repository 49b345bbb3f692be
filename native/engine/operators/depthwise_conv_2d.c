/*
 * DEPTHWISE_CONV_2D: each channel of the input is convolved by itself into `multiplier` channels of the output.
 * int8, int16 (int8 weights) and float32.
 *
 * For integers the channels of the output are made in blocks of a few. The weights of a block and the rows of its
 * inputs that the window covers are widened to 16 bits into scratch memory, zero point taken off, zeros beside the
 * image; the rows stay for the windows below. An output row is written when all input rows up to it have been widened,
 * which is why the output may take the input's memory.
 */
#include "convolution.h"
#include "depthwise_sums.h"

enum { OPTION_ACTIVATION = 4 };

static const window_options options = {
    .padding = 0, .stride_width = 1, .stride_height = 2, .dilation_width = 5, .dilation_height = 6};
static const convolution_inputs inputs = {.input = 0, .weights = 1, .bias = 2};

typedef struct {
	step step;
	const void *input;
	void *output;
	const uint8_t *weights;
	uint32_t batches;
	uint32_t depth;
	uint32_t multiplier; /* channels of the output for each of the input */
	window rows;
	window columns;
} common;

typedef struct integer_step {
	common common;
	/* makes `some` channels of a pixel */
	void (*pixel)(
	    const struct integer_step *step, const depthwise_window *window, uint32_t channel, uint32_t some, uint32_t to);
	int16_t *weights; /* of a block: [height][width][BLOCK] */
	int16_t *lines;   /* of a block: [height][line] */
	uint32_t line;    /* values */
	uint32_t lanes;   /* inputs of a block: BLOCK, or 1 when all its outputs come from one */
	int32_t zero_point;
	int wide; /* 16-bit inputs and outputs */
	integer_outputs outputs;
	/* then fixed_scale for each channel or one */
} integer_step;

typedef struct {
	common common;
	float_outputs outputs;
} float_step;

static engine_error read_operands(const node *node, convolution *convolution) {
	TRY(convolution_read(node, &inputs, convolution));
	return convolution_read_options(node, OPTION_ACTIVATION, &options, &convolution->input.view, convolution);
}

static uint32_t lanes_of(uint32_t depth, uint32_t channels) {
	return depth == 1 || (channels / depth) % BLOCK == 0 ? 1 : BLOCK;
}

/* Values of a widened line: from the first tap of the first window to the last of the last. */
static uint64_t line_size(const window *columns, uint32_t lanes) {
	uint64_t reach = (uint64_t)(columns->output - 1) * columns->stride;
	return (reach + (uint64_t)(columns->filter - 1) * columns->dilation + 1) * lanes;
}

static engine_error check(const node *node, requirement *requirement) {
	convolution convolution;
	const engine_tensor *input = &convolution.input.view;
	const engine_tensor *weights = &convolution.weights.view;
	const engine_tensor *output = &convolution.output.view;
	TRY(read_operands(node, &convolution));
	uint32_t depth = input->shape[DEPTH];
	uint32_t channels = weights->shape[DEPTH];
	if (weights->shape[BATCH] != 1 || channels % depth != 0 || output->shape[DEPTH] != channels ||
	    output->shape[HEIGHT] != convolution.rows.output || output->shape[WIDTH] != convolution.columns.output) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (input->type == ENGINE_FLOAT32) {
		requirement->state = (uint32_t)sizeof(float_step);
		return convolution_check(&convolution, channels, DEPTH, 1u << ENGINE_FLOAT32);
	}
	uint64_t values = BLOCK * (uint64_t)convolution.rows.filter * convolution.columns.filter +
	                  convolution.rows.filter * line_size(&convolution.columns, lanes_of(depth, channels));
	if (values > ENGINE_MAXIMUM_BYTES / sizeof(int16_t)) {
		return ENGINE_OPERAND_SHAPE;
	}
	requirement->state = (uint32_t)sizeof(integer_step) + integer_outputs_size(&convolution);
	requirement->scratch = (uint32_t)(values * sizeof(int16_t));
	requirement->in_place = channels == depth && convolution.rows.dilation == 1 && convolution.weights.constant != 0;
	return convolution_check(
	    &convolution, channels, DEPTH, input->type == ENGINE_INT8 ? 1u << ENGINE_INT32 : 1u << ENGINE_INT64);
}

/* A block's weights, zeros for the channels that are not there. */
static void widen_weights(const integer_step *step, uint32_t channel, uint32_t some) {
	uint32_t channels = step->common.depth * step->common.multiplier;
	uint32_t taps = step->common.rows.filter * step->common.columns.filter;
	const uint8_t *from = step->common.weights + channel;
	int16_t *to = step->weights;
	for (uint32_t tap = 0; tap < taps; tap++) {
		for (uint32_t i = 0; i < BLOCK; i++) {
			to[i] = i < some ? (int8_t)bytes_u8(from + i) : 0;
		}
		from += channels;
		to += BLOCK;
	}
}

static void widen_eight(int16_t *restrict to, const int8_t *restrict from, int32_t zero_point) {
	for (uint32_t i = 0; i < BLOCK; i++) {
		to[i] = (int16_t)(from[i] - zero_point);
	}
}

/* `some` inputs of one pixel. */
static void widen_pixel(const integer_step *step, int16_t *to, uint32_t pixel, uint32_t channel, uint32_t some) {
	uint32_t multiplier = step->common.multiplier;
	const int8_t *bytes = (const int8_t *)step->common.input + pixel;
	const int16_t *words = (const int16_t *)step->common.input + pixel;
	if (!step->wide && multiplier == 1 && some == BLOCK) {
		widen_eight(to, bytes + channel, step->zero_point);
		return;
	}
	uint32_t from = channel / multiplier;
	uint32_t repeat = channel % multiplier;
	for (uint32_t i = 0; i < some; i++) {
		to[i] = step->wide ? words[from] : (int16_t)(bytes[from] - step->zero_point);
		if (++repeat == multiplier) {
			repeat = 0;
			from++;
		}
	}
}

/* The inputs of a block in the columns of one row, which begins at value `row`. */
static void widen_line(const integer_step *step, int16_t *line, uint32_t row, uint32_t channel, uint32_t some) {
	const window *columns = &step->common.columns;
	uint32_t width = step->line / step->lanes - columns->before;
	int16_t *to = line + columns->before * step->lanes;
	width = columns->input < width ? columns->input : width;
	for (uint32_t column = 0; column < width; column++) {
		widen_pixel(step, to, row, channel, step->lanes == 1 ? 1 : some);
		to += step->lanes;
		row += step->common.depth;
	}
}

static void add_sums(const integer_step *step, const depthwise_window *window, int32_t *sums) {
	if (step->lanes == 1) {
		depthwise_sums_of_one(window, sums);
	}
	else {
		depthwise_sums(window, sums);
	}
}

static void pixel_int8(
    const integer_step *step, const depthwise_window *window, uint32_t channel, uint32_t some, uint32_t to) {
	int32_t sums[BLOCK] = {0};
	integer_biases(&step->outputs, channel, some, sums);
	add_sums(step, window, sums);
	int8_outputs(&step->outputs, channel, some, sums, (int8_t *)step->common.output + to);
}

/* Adds as many products at a time as 32 bits hold. */
static void pixel_int16(
    const integer_step *step, const depthwise_window *window, uint32_t channel, uint32_t some, uint32_t to) {
	int16_t *y = (int16_t *)step->common.output + to;
	int64_t totals[BLOCK] = {0};
	depthwise_window part = *window;
	part.rows = 1;
	for (uint32_t row = 0; row < window->rows; row++) {
		for (uint32_t tap = 0; tap < window->taps; tap += SAFE_PRODUCTS) {
			int32_t sums[BLOCK] = {0};
			part.taps = window->taps - tap < SAFE_PRODUCTS ? window->taps - tap : SAFE_PRODUCTS;
			part.lines = window->lines + tap * window->apart;
			part.weights = window->weights + (row * window->taps + tap) * BLOCK;
			add_sums(step, &part, sums);
			for (uint32_t i = 0; i < BLOCK; i++) {
				totals[i] += sums[i];
			}
		}
		part.slot = part.slot + 1 == window->ring ? 0 : part.slot + 1;
	}
	for (uint32_t i = 0; i < some; i++) {
		y[i] = int16_output(&step->outputs, channel + i, totals[i]);
	}
}

/* Widens the lines that an output row's windows need and that are not there yet, from row `*next` on. */
static void widen_lines(const integer_step *step, uint32_t image, uint32_t position, uint32_t channel, uint32_t some,
    uint32_t *next, depthwise_window *window) {
	const struct window *rows = &step->common.rows;
	int32_t start = window_start(rows, position);
	uint32_t first;
	uint32_t end;
	window_taps(rows, start, &first, &end);
	uint32_t row = (uint32_t)(start + (int32_t)(first * rows->dilation));
	/* with gaps between the taps no line serves the next row of windows */
	uint32_t slot = rows->dilation == 1 && first < end ? row % rows->filter : 0;
	window->slot = slot;
	window->rows = end - first;
	window->weights = step->weights + first * window->taps * BLOCK;
	for (uint32_t tap = first; tap < end; tap++) {
		if (rows->dilation != 1 || row >= *next) {
			uint32_t at = image + row * step->common.columns.input * step->common.depth;
			widen_line(step, step->lines + slot * step->line, at, channel, some);
			*next = row + 1;
		}
		slot = slot + 1 == rows->filter ? 0 : slot + 1;
		row += rows->dilation;
	}
}

static void run_block(const integer_step *step, uint32_t channel, uint32_t some) {
	const common *common = &step->common;
	uint32_t channels = common->depth * common->multiplier;
	uint32_t image_size = common->rows.input * common->columns.input * common->depth;
	uint32_t at = channel;
	depthwise_window window;
	window.line = step->line;
	window.ring = common->rows.filter;
	window.taps = common->columns.filter;
	window.apart = common->columns.dilation * step->lanes;
	widen_weights(step, channel, some);
	for (uint32_t batch = 0; batch < common->batches; batch++) {
		uint32_t next = 0;
		for (uint32_t row = 0; row < common->rows.output; row++) {
			widen_lines(step, batch * image_size, row, channel, some, &next, &window);
			window.lines = step->lines;
			for (uint32_t column = 0; column < common->columns.output; column++) {
				step->pixel(step, &window, channel, some, at);
				window.lines += common->columns.stride * step->lanes;
				at += channels;
			}
		}
	}
}

static void run_integer(const step *base) {
	const integer_step *step = (const integer_step *)(const void *)base;
	uint32_t channels = step->common.depth * step->common.multiplier;
	/* what lies beside the image stays 0 */
	memset(step->lines, 0, step->common.rows.filter * step->line * sizeof(int16_t));
	for (uint32_t channel = 0; channel < channels; channel += BLOCK) {
		run_block(step, channel, channels - channel < BLOCK ? channels - channel : BLOCK);
	}
}

/* One tap for all channels of a pixel. */
static void add_float_tap(const common *common, const float *x, const uint8_t *weights, float *sums) {
	for (uint32_t from = 0; from < common->depth; from++) {
		for (uint32_t i = 0; i < common->multiplier; i++) {
			*sums++ += x[from] * bytes_f32(weights);
			weights += sizeof(float);
		}
	}
}

/* The pixel whose window begins at row y and column x of the image; its sums grow in their place, tap by tap. */
static void float_pixel(const float_step *step, const float *image, int32_t y, int32_t x, float *to) {
	const common *common = &step->common;
	const window *rows = &common->rows;
	const window *columns = &common->columns;
	uint32_t channels = common->depth * common->multiplier;
	uint32_t first_row;
	uint32_t end_row;
	uint32_t first;
	uint32_t end;
	window_taps(rows, y, &first_row, &end_row);
	window_taps(columns, x, &first, &end);
	for (uint32_t channel = 0; channel < channels; channel++) {
		to[channel] = 0;
	}
	for (uint32_t row = first_row; row < end_row; row++) {
		uint32_t line = (uint32_t)(y + (int32_t)(row * rows->dilation)) * columns->input;
		for (uint32_t tap = first; tap < end; tap++) {
			uint32_t column = (uint32_t)(x + (int32_t)(tap * columns->dilation));
			const uint8_t *weights = common->weights + sizeof(float) * (row * columns->filter + tap) * channels;
			add_float_tap(common, image + (line + column) * common->depth, weights, to);
		}
	}
	for (uint32_t channel = 0; channel < channels; channel++) {
		to[channel] = float_output(&step->outputs, channel, to[channel]);
	}
}

static void run_float(const step *base) {
	const float_step *step = (const float_step *)(const void *)base;
	const common *common = &step->common;
	float *to = common->output;
	uint32_t channels = common->depth * common->multiplier;
	uint32_t image_size = common->rows.input * common->columns.input * common->depth;
	for (uint32_t batch = 0; batch < common->batches; batch++) {
		const float *image = (const float *)common->input + batch * image_size;
		for (uint32_t row = 0; row < common->rows.output; row++) {
			int32_t y = window_start(&common->rows, row);
			for (uint32_t column = 0; column < common->columns.output; column++) {
				int32_t x = window_start(&common->columns, column);
				float_pixel(step, image, y, x, to);
				to += channels;
			}
		}
	}
}

/* What all types have in common. */
static void open_common(const node *node, convolution *convolution, common *step) {
	(void)read_operands(node, convolution);
	const engine_tensor *input = &convolution->input.view;
	const engine_tensor *weights = &convolution->weights.view;
	step->input = input->data;
	step->output = convolution->output.view.data;
	step->weights = weights->data;
	step->batches = input->shape[BATCH];
	step->depth = input->shape[DEPTH];
	step->multiplier = weights->shape[DEPTH] / step->depth;
	step->rows = convolution->rows;
	step->columns = convolution->columns;
}

static void open_integer(const node *node, integer_step *step) {
	convolution convolution;
	const common *common = &step->common;
	open_common(node, &convolution, &step->common);
	step->common.step.run = run_integer;
	step->lanes = lanes_of(common->depth, common->depth * common->multiplier);
	step->line = (uint32_t)line_size(&common->columns, step->lanes);
	step->weights = node_scratch(node);
	step->lines = step->weights + BLOCK * common->rows.filter * common->columns.filter;
	step->zero_point = convolution.input.view.zero_point;
	integer_outputs_open(node, &convolution, (fixed_scale *)(void *)(step + 1), &step->outputs);
}

static void open_int8(const node *node, step *base) {
	integer_step *step = (integer_step *)(void *)base;
	open_integer(node, step);
	step->pixel = pixel_int8;
}

static void open_int16(const node *node, step *base) {
	integer_step *step = (integer_step *)(void *)base;
	open_integer(node, step);
	step->wide = 1;
	step->pixel = pixel_int16;
}

static void open_float32(const node *node, step *base) {
	convolution convolution;
	float_step *step = (float_step *)(void *)base;
	open_common(node, &convolution, &step->common);
	float_outputs_open(&convolution, &step->outputs);
	base->run = run_float;
}

static void open(const node *node, step *base) {
	tensor input;
	(void)node_input(node, inputs.input, &input);
	(input.view.type == ENGINE_INT8       ? open_int8
	    : input.view.type == ENGINE_INT16 ? open_int16
	                                      : open_float32)(node, base);
}

#define DEPTHWISE_CONV_2D(type_mask, open_function)                                                                    \
	{                                                                                                                  \
		.code = 4, .options_type = 2, .types = (type_mask), .in_model = 1u << 1 | 1u << 2,                             \
		.name = "DEPTHWISE_CONV_2D", .check = check, .open = (open_function)                                           \
	}

const engine_operator engine_depthwise_conv_2d = DEPTHWISE_CONV_2D(0, open);
const engine_operator engine_depthwise_conv_2d_int8 = DEPTHWISE_CONV_2D(1u << ENGINE_INT8, open_int8);
const engine_operator engine_depthwise_conv_2d_int16 = DEPTHWISE_CONV_2D(1u << ENGINE_INT16, open_int16);
const engine_operator engine_depthwise_conv_2d_float32 = DEPTHWISE_CONV_2D(1u << ENGINE_FLOAT32, open_float32);
