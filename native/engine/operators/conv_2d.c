/*
 * CONV_2D: output[y][x][channel] = activation(bias[channel] + sum over the window and the depth of input * weights).
 * int8, int16 (int8 weights) and float32. The depth may be that of a group of the input's channels; each group then
 * makes an equal share of the output's.
 *
 * For integers the window is gathered into a patch, zero point taken off, so that what lies outside the image is 0 and
 * all channels take the same product of the patch with a row of weights.
 */
#include "../dot.h"
#include "convolution.h"

enum { OPTION_ACTIVATION = 3, OPTION_BIAS_TYPE = 6 };

static const window_options options = {
    .padding = 0, .stride_width = 1, .stride_height = 2, .dilation_width = 4, .dilation_height = 5};
static const convolution_inputs inputs = {.input = 0, .weights = 1, .bias = 2};

typedef struct {
	step step;
	const void *input;
	void *output;
	const uint8_t *weights;
	uint32_t batches;
	uint32_t input_depth;
	uint32_t depth; /* of a group */
	uint32_t groups;
	uint32_t channels; /* of a group's output */
	window rows;
	window columns;
} common;

typedef struct integer_step {
	common common;
	/* int8: adds the products of the patch with the weights of `count` channels */
	void (*products)(const struct integer_step *step, uint32_t channel, uint32_t count, int32_t *sums);
	void *patch; /* int8: dot_input, int16: values */
	int32_t zero_point;
	integer_outputs outputs;
	/* then fixed_scale for each channel or one, then the rows of weights where they are expanded */
} integer_step;

typedef struct {
	common common;
	float_outputs outputs;
} float_step;

static engine_error read_operands(const node *node, convolution *convolution) {
	TRY(convolution_read(node, &inputs, convolution));
	return convolution_read_options(node, OPTION_ACTIVATION, &options, &convolution->input.view, convolution);
}

static uint32_t patch_size(const engine_tensor *weights) {
	return weights->shape[HEIGHT] * weights->shape[WIDTH] * weights->shape[DEPTH];
}

/*
 * Whether the output may be written over the input: a pixel of it then takes no more than one of the input that has
 * been gathered before, and what comes later is read behind.
 */
static uint32_t is_replaceable(const convolution *convolution) {
	const engine_tensor *weights = &convolution->weights.view;
	return weights->shape[HEIGHT] == 1 && weights->shape[WIDTH] == 1 && convolution->weights.constant != 0 &&
	       weights->shape[DEPTH] == convolution->input.view.shape[DEPTH] &&
	       weights->shape[BATCH] <= weights->shape[DEPTH];
}

static engine_error check(const node *node, requirement *requirement) {
	convolution convolution;
	const engine_tensor *input = &convolution.input.view;
	const engine_tensor *weights = &convolution.weights.view;
	const engine_tensor *output = &convolution.output.view;
	TRY(read_operands(node, &convolution));
	uint32_t channels = weights->shape[BATCH];
	if (input->shape[DEPTH] % weights->shape[DEPTH] != 0 ||
	    channels % (input->shape[DEPTH] / weights->shape[DEPTH]) != 0 || output->shape[DEPTH] != channels ||
	    output->shape[HEIGHT] != convolution.rows.output || output->shape[WIDTH] != convolution.columns.output) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (input->type == ENGINE_FLOAT32) {
		requirement->state = (uint32_t)sizeof(float_step);
		return convolution_check(&convolution, channels, 0, 1u << ENGINE_FLOAT32);
	}
	requirement->state = (uint32_t)sizeof(integer_step) + integer_outputs_size(&convolution);
	requirement->in_place = is_replaceable(&convolution);
	uint32_t values = patch_size(weights); /* at most 2^24 */
	if (values > ENGINE_MAXIMUM_BYTES / 4) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (input->type == ENGINE_INT16) {
		requirement->scratch = 2 * values;
		return convolution_check(&convolution, channels, 0, 1u << ENGINE_INT32 | 1u << ENGINE_INT64);
	}
	requirement->scratch = (uint32_t)sizeof(dot_input) * DOT_INPUT(values);
	return convolution_check(&convolution, channels, 0, 1u << ENGINE_INT32);
}

/* `count` values of the image, or zeros; gives where the next ones go. */
typedef int16_t *copy(const integer_step *step, int16_t *to, uint32_t from, uint32_t count);

static int16_t *copy_int8(const integer_step *step, int16_t *to, uint32_t from, uint32_t count) {
	widen(to, (const int8_t *)step->common.input + from, count, step->zero_point);
	return to + count;
}

static int16_t *copy_int16(const integer_step *step, int16_t *to, uint32_t from, uint32_t count) {
	memcpy(to, (const int16_t *)step->common.input + from, 2 * count);
	return to + count;
}

static int16_t *zeros(int16_t *to, uint32_t count) {
	if (count != 0) {
		memset(to, 0, 2 * count);
	}
	return to + count;
}

/* One row of a window that begins `from` values into the input's row, whose columns start..; for one group. */
static int16_t *gather_row(const integer_step *step, copy *copy, int16_t *to, uint32_t row, int32_t start) {
	const window *columns = &step->common.columns;
	uint32_t depth = step->common.depth;
	uint32_t first;
	uint32_t end;
	window_taps(columns, start, &first, &end);
	to = zeros(to, first * depth);
	uint32_t at = row + (uint32_t)(start + (int32_t)(first * columns->dilation)) * step->common.input_depth;
	if (columns->dilation == 1 && step->common.groups == 1) {
		to = copy(step, to, at, (end - first) * depth);
	}
	else {
		for (uint32_t tap = first; tap < end; tap++) {
			to = copy(step, to, at, depth);
			at += columns->dilation * step->common.input_depth;
		}
	}
	return zeros(to, (columns->filter - end) * depth);
}

/* The window whose first tap is at row y and column x of an image that begins at value `image`. */
static void gather(const integer_step *step, copy *copy, int16_t *to, uint32_t image, int32_t y, int32_t x) {
	const common *common = &step->common;
	uint32_t row_size = common->columns.input * common->input_depth;
	uint32_t first;
	uint32_t end;
	window_taps(&common->rows, y, &first, &end);
	to = zeros(to, first * common->columns.filter * common->depth);
	for (uint32_t tap = first; tap < end; tap++) {
		uint32_t row = (uint32_t)(y + (int32_t)(tap * common->rows.dilation));
		to = gather_row(step, copy, to, image + row * row_size, x);
	}
	zeros(to, (common->rows.filter - end) * common->columns.filter * common->depth);
}

static uint32_t patch_values(const common *common) {
	return common->rows.filter * common->columns.filter * common->depth;
}

static void packed_products(const integer_step *step, uint32_t channel, uint32_t count, int32_t *sums) {
	uint32_t values = patch_values(&step->common);
	dot_rows(step->patch, values, step->common.weights + channel * values, values, count, sums);
}

static dot_expanded *expanded_of(const integer_step *step) {
	uint32_t scales = step->outputs.per_channel ? step->common.groups * step->common.channels : 1;
	return (dot_expanded *)(uintptr_t)(step->outputs.scales + scales);
}

static void expanded_products(const integer_step *step, uint32_t channel, uint32_t count, int32_t *sums) {
	uint32_t values = patch_values(&step->common);
	uint32_t words = DOT_EXPANDED(values);
	dot_expanded_rows(step->patch, values, expanded_of(step) + channel * words, words, count, sums);
}

#define TOGETHER 16u /* channels */

/* One group's channels of a pixel. */
static int8_t *run_pixel_int8(const integer_step *step, uint32_t channel, int8_t *y) {
	uint32_t end = channel + step->common.channels;
	while (channel < end) {
		int32_t sums[TOGETHER];
		uint32_t some = end - channel < TOGETHER ? end - channel : TOGETHER;
		integer_biases(&step->outputs, channel, some, sums);
		step->products(step, channel, some, sums);
		int8_outputs(&step->outputs, channel, some, sums, y);
		y += some;
		channel += some;
	}
	return y;
}

static void run_int8(const step *base) {
	const integer_step *step = (const integer_step *)(const void *)base;
	const common *common = &step->common;
	int8_t *y = common->output;
	uint32_t image_size = common->rows.input * common->columns.input * common->input_depth;
	dot_seal(step->patch, patch_values(common));
	for (uint32_t batch = 0; batch < common->batches; batch++) {
		for (uint32_t row = 0; row < common->rows.output; row++) {
			for (uint32_t column = 0; column < common->columns.output; column++) {
				for (uint32_t group = 0; group < common->groups; group++) {
					gather(step, copy_int8, dot_values(step->patch), batch * image_size + group * common->depth,
					    window_start(&common->rows, row), window_start(&common->columns, column));
					y = run_pixel_int8(step, group * common->channels, y);
				}
			}
		}
	}
}

static void run_int16(const step *base) {
	const integer_step *step = (const integer_step *)(const void *)base;
	const common *common = &step->common;
	int16_t *y = common->output;
	uint32_t depth = patch_values(common);
	uint32_t image_size = common->rows.input * common->columns.input * common->input_depth;
	for (uint32_t batch = 0; batch < common->batches; batch++) {
		for (uint32_t row = 0; row < common->rows.output; row++) {
			for (uint32_t column = 0; column < common->columns.output; column++) {
				for (uint32_t group = 0; group < common->groups; group++) {
					gather(step, copy_int16, step->patch, batch * image_size + group * common->depth,
					    window_start(&common->rows, row), window_start(&common->columns, column));
					uint32_t channel = group * common->channels;
					for (uint32_t i = 0; i < common->channels; i++) {
						const uint8_t *weights = common->weights + (channel + i) * depth;
						*y++ = int16_output(&step->outputs, channel + i, wide_product(step->patch, weights, depth));
					}
				}
			}
		}
	}
}

/* Adds the products of `count` values with up to four rows of weights, in the order of the values. */
static void add_products(const float *x, const uint8_t *weights, uint32_t row_size, uint32_t count, float sums[4]) {
	const uint8_t *w1 = weights + row_size;
	const uint8_t *w2 = w1 + row_size;
	const uint8_t *w3 = w2 + row_size;
	float a = sums[0];
	float b = sums[1];
	float c = sums[2];
	float d = sums[3];
	for (uint32_t i = 0; i < count; i++) {
		float value = x[i];
		a += value * bytes_f32(weights + 4 * i);
		b += value * bytes_f32(w1 + 4 * i);
		c += value * bytes_f32(w2 + 4 * i);
		d += value * bytes_f32(w3 + 4 * i);
	}
	sums[0] = a;
	sums[1] = b;
	sums[2] = c;
	sums[3] = d;
}

/* Four channels of one pixel, or one four times (row_size 0). */
static void float_pixel(const common *common, const float *image, const uint8_t *weights, uint32_t row_size, int32_t y,
    int32_t x, float sums[4]) {
	const window *rows = &common->rows;
	const window *columns = &common->columns;
	uint32_t first_row;
	uint32_t end_row;
	uint32_t first;
	uint32_t end;
	window_taps(rows, y, &first_row, &end_row);
	window_taps(columns, x, &first, &end);
	for (uint32_t row = first_row; row < end_row; row++) {
		uint32_t line = (uint32_t)(y + (int32_t)(row * rows->dilation)) * columns->input;
		for (uint32_t tap = first; tap < end; tap++) {
			uint32_t column = (uint32_t)(x + (int32_t)(tap * columns->dilation));
			add_products(image + (line + column) * common->input_depth,
			    weights + 4 * ((row * columns->filter + tap) * common->depth), row_size, common->depth, sums);
		}
	}
}

static void float_group(const float_step *step, const float *image, uint32_t channel, int32_t y, int32_t x, float *to) {
	const common *common = &step->common;
	uint32_t row_size = 4 * common->rows.filter * common->columns.filter * common->depth;
	uint32_t end = channel + common->channels;
	while (channel < end) {
		float sums[4] = {0, 0, 0, 0};
		uint32_t some = end - channel < 4 ? 1 : 4;
		float_pixel(common, image, common->weights + channel * row_size, some == 4 ? row_size : 0, y, x, sums);
		for (uint32_t i = 0; i < some; i++) {
			*to++ = float_output(&step->outputs, channel + i, sums[i]);
		}
		channel += some;
	}
}

static void run_float(const step *base) {
	const float_step *step = (const float_step *)(const void *)base;
	const common *common = &step->common;
	float *y = common->output;
	uint32_t image_size = common->rows.input * common->columns.input * common->input_depth;
	for (uint32_t batch = 0; batch < common->batches; batch++) {
		const float *image = (const float *)common->input + batch * image_size;
		for (uint32_t row = 0; row < common->rows.output; row++) {
			for (uint32_t column = 0; column < common->columns.output; column++) {
				for (uint32_t group = 0; group < common->groups; group++) {
					float_group(step, image + group * common->depth, group * common->channels,
					    window_start(&common->rows, row), window_start(&common->columns, column), y);
					y += common->channels;
				}
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
	step->input_depth = input->shape[DEPTH];
	step->depth = weights->shape[DEPTH];
	step->groups = step->input_depth / step->depth;
	step->channels = weights->shape[BATCH] / step->groups;
	step->rows = convolution->rows;
	step->columns = convolution->columns;
}

static void open_integer(const node *node, integer_step *step) {
	convolution convolution;
	uint8_t bias_type = ENGINE_FLOAT32;
	open_common(node, &convolution, &step->common);
	step->patch = node_scratch(node);
	step->zero_point = convolution.input.view.zero_point;
	integer_outputs_open(node, &convolution, (fixed_scale *)(void *)(step + 1), &step->outputs);
	(void)fb_u8(node->graph->model, &node->options, OPTION_BIAS_TYPE, &bias_type);
	if (convolution.bias.view.elements == 0 && bias_type == ENGINE_INT32) {
		step->outputs.bias_bytes = 4;
	}
}

static void open_int8(const node *node, step *base) {
	integer_step *step = (integer_step *)(void *)base;
	open_integer(node, step);
	step->products = packed_products;
	base->run = run_int8;
}

/* Bytes of the expanded weights; those that are computed stay as they are. */
static uint32_t expanded_size(const tensor *weights) {
	uint32_t words = DOT_EXPANDED(patch_size(&weights->view));
	return weights->constant ? weights->view.shape[BATCH] * words * (uint32_t)sizeof(dot_expanded) : 0;
}

static engine_error check_expanded(const node *node, requirement *requirement) {
	tensor weights;
	TRY(check(node, requirement));
	TRY(node_input(node, inputs.weights, &weights));
	requirement->state += expanded_size(&weights);
	return ENGINE_OK;
}

static void open_expanded(const node *node, step *base) {
	tensor weights;
	integer_step *step = (integer_step *)(void *)base;
	open_int8(node, base);
	(void)node_input(node, inputs.weights, &weights);
	if (weights.constant) {
		uint32_t values = patch_values(&step->common);
		dot_expanded *row = expanded_of(step);
		step->products = expanded_products;
		for (uint32_t channel = 0; channel < weights.view.shape[BATCH]; channel++) {
			dot_expand(row, step->common.weights + channel * values, values);
			row += DOT_EXPANDED(values);
		}
	}
}

static void open_int16(const node *node, step *base) {
	open_integer(node, (integer_step *)(void *)base);
	base->run = run_int16;
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

#define CONV_2D(type_mask, check_function, open_function)                                                              \
	{                                                                                                                  \
		.code = 3, .options_type = 1, .types = (type_mask), .in_model = 1u << 1 | 1u << 2, .name = "CONV_2D",          \
		.check = (check_function), .open = (open_function)                                                             \
	}

const engine_operator engine_conv_2d = CONV_2D(0, check, open);
const engine_operator engine_conv_2d_int8 = CONV_2D(1u << ENGINE_INT8, check, open_int8);
const engine_operator engine_conv_2d_int16 = CONV_2D(1u << ENGINE_INT16, check, open_int16);
const engine_operator engine_conv_2d_float32 = CONV_2D(1u << ENGINE_FLOAT32, check, open_float32);

/* Keeps constant weights in the state with 16 bits each: one instruction instead of two for a product with MAC16. */
const engine_operator engine_conv_2d_int8_expanded = CONV_2D(1u << ENGINE_INT8, check_expanded, open_expanded);
