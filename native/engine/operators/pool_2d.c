/*
 * AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D: mean, greatest value or root of the mean square of each channel over a
 * window; what lies outside the image does not count. int8, int16 (input and output quantised alike) and float32, the
 * root of float32 alone.
 */
#include "../fixed_point.h"
#include "activation.h"
#include "window.h"

#include <float.h>
#include <math.h>

enum { OPTION_WIDTH = 3, OPTION_HEIGHT = 4, OPTION_ACTIVATION = 5 };

static const window_options options = {.padding = 0, .stride_width = 1, .stride_height = 2};

typedef struct {
	tensor input;
	tensor output;
	window rows;
	window columns;
	activation activation;
} operands;

/* The part of the image that a window sees. */
typedef struct {
	uint32_t at;     /* value of its first pixel */
	uint32_t height; /* pixels */
	uint32_t width;
	uint32_t pixels; /* at least 1 */
	uint32_t line;   /* values from one row to the next */
} view;

typedef struct pool_step {
	step step;
	void (*one)(const struct pool_step *step, const view *view, uint32_t to); /* value of the output */
	const void *input;
	void *output;
	uint32_t batches;
	uint32_t depth;
	window rows;
	window columns;
	union {
		int32_t integer;
		float real;
	} minimum, maximum;
} pool_step;

static engine_error read_operands(const node *node, operands *operands) {
	TRY(node_arity(node, 1, 1));
	TRY(node_input(node, 0, &operands->input));
	TRY(node_output(node, 0, &operands->output));
	if (operands->input.view.rank != 4 || operands->output.view.rank != 4) {
		return ENGINE_OPERAND_SHAPE;
	}
	TRY(extent_read(node, OPTION_HEIGHT, 0, &operands->rows.filter));
	TRY(extent_read(node, OPTION_WIDTH, 0, &operands->columns.filter));
	TRY(activation_read(node, OPTION_ACTIVATION, &operands->activation));
	return windows_read(node, &options, &operands->input.view, &operands->rows, &operands->columns);
}

static engine_error check(const node *node, requirement *requirement) {
	operands operands;
	const engine_tensor *input = &operands.input.view;
	const engine_tensor *output = &operands.output.view;
	TRY(read_operands(node, &operands));
	if (input->type != output->type ||
	    (input->type != ENGINE_INT8 && input->type != ENGINE_INT16 && input->type != ENGINE_FLOAT32)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (input->shape[BATCH] != output->shape[BATCH] || input->shape[DEPTH] != output->shape[DEPTH] ||
	    output->shape[HEIGHT] != operands.rows.output || output->shape[WIDTH] != operands.columns.output) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (input->type != ENGINE_FLOAT32) {
		float difference = input->scale - output->scale;
		if (!is_quantized(&operands.input) || !is_quantized(&operands.output) || difference > 1e-6f ||
		    difference < -1e-6f || input->zero_point != output->zero_point) {
			return ENGINE_OPERAND_QUANTIZATION;
		}
	}
	requirement->state = (uint32_t)sizeof(pool_step);
	/* without padding no window begins before the place of its output, in the same channel */
	requirement->in_place = operands.rows.before == 0 && operands.columns.before == 0;
	return ENGINE_OK;
}

/* The type of the values decides outside of the loops: each is a function of its own. */

static uint32_t sum_int8(const pool_step *step, const view *view) {
	int32_t sum = 0; /* of at most 2^24 values, each down to -2^7 */
	const int8_t *line = (const int8_t *)step->input + view->at;
	for (uint32_t row = view->height; row > 0; row--) {
		const int8_t *x = line;
		for (uint32_t column = view->width; column > 0; column--) {
			sum += *x;
			x += step->depth;
		}
		line += view->line;
	}
	return (uint32_t)sum;
}

static uint32_t sum_int16(const pool_step *step, const view *view) {
	uint32_t sum = 0;
	const int16_t *line = (const int16_t *)step->input + view->at;
	for (uint32_t row = view->height; row > 0; row--) {
		const int16_t *x = line;
		for (uint32_t column = view->width; column > 0; column--) {
			int32_t value = *x;
			sum += (uint32_t)value;
			x += step->depth;
		}
		line += view->line;
	}
	return sum;
}

static int32_t greatest_of_int8(const pool_step *step, const view *view) {
	int32_t greatest = INT8_MIN;
	const int8_t *line = (const int8_t *)step->input + view->at;
	for (uint32_t row = view->height; row > 0; row--) {
		const int8_t *x = line;
		for (uint32_t column = view->width; column > 0; column--) {
			greatest = *x > greatest ? *x : greatest;
			x += step->depth;
		}
		line += view->line;
	}
	return greatest;
}

static int32_t greatest_of_int16(const pool_step *step, const view *view) {
	int32_t greatest = INT16_MIN;
	const int16_t *line = (const int16_t *)step->input + view->at;
	for (uint32_t row = view->height; row > 0; row--) {
		const int16_t *x = line;
		for (uint32_t column = view->width; column > 0; column--) {
			greatest = *x > greatest ? *x : greatest;
			x += step->depth;
		}
		line += view->line;
	}
	return greatest;
}

static void put_int8(const pool_step *step, uint32_t index, int32_t value) {
	((int8_t *)step->output)[index] = (int8_t)fixed_clamp(value, step->minimum.integer, step->maximum.integer);
}

static void put_int16(const pool_step *step, uint32_t index, int32_t value) {
	((int16_t *)step->output)[index] = (int16_t)fixed_clamp(value, step->minimum.integer, step->maximum.integer);
}

static void put_float(const pool_step *step, uint32_t index, float value) {
	value = value < step->minimum.real ? step->minimum.real : value;
	((float *)step->output)[index] = value > step->maximum.real ? step->maximum.real : value;
}

/* Rounded to nearest, halves away from zero. */
static int32_t mean(uint32_t sum, uint32_t count) {
	sum = (int32_t)sum > 0 ? sum + count / 2 : sum - count / 2;
	return (int32_t)sum / (int32_t)count;
}

static void average_int8(const pool_step *step, const view *view, uint32_t to) {
	put_int8(step, to, mean(sum_int8(step, view), view->pixels));
}

static void average_int16(const pool_step *step, const view *view, uint32_t to) {
	put_int16(step, to, mean(sum_int16(step, view), view->pixels));
}

static void greatest_int8(const pool_step *step, const view *view, uint32_t to) {
	put_int8(step, to, greatest_of_int8(step, view));
}

static void greatest_int16(const pool_step *step, const view *view, uint32_t to) {
	put_int16(step, to, greatest_of_int16(step, view));
}

static void average_float(const pool_step *step, const view *view, uint32_t to) {
	float sum = 0;
	for (uint32_t row = 0; row < view->height; row++) {
		uint32_t at = view->at + row * view->line;
		for (uint32_t column = 0; column < view->width; column++) {
			sum += ((const float *)step->input)[at];
			at += step->depth;
		}
	}
	put_float(step, to, sum / (float)view->pixels);
}

static void greatest_float(const pool_step *step, const view *view, uint32_t to) {
	float greatest = -FLT_MAX;
	for (uint32_t row = 0; row < view->height; row++) {
		uint32_t at = view->at + row * view->line;
		for (uint32_t column = 0; column < view->width; column++) {
			float value = ((const float *)step->input)[at];
			greatest = greatest < value ? value : greatest;
			at += step->depth;
		}
	}
	put_float(step, to, greatest);
}

static void root_float(const pool_step *step, const view *view, uint32_t to) {
	float sum = 0;
	for (uint32_t row = 0; row < view->height; row++) {
		uint32_t at = view->at + row * view->line;
		for (uint32_t column = 0; column < view->width; column++) {
			float value = ((const float *)step->input)[at];
			sum += value * value;
			at += step->depth;
		}
	}
	put_float(step, to, sqrtf(sum / (float)view->pixels));
}

/* Every window sees a part of the image, with SAME padding too. */
static void run(const step *base) {
	const pool_step *step = (const pool_step *)(const void *)base;
	uint32_t to = 0;
	uint32_t first;
	uint32_t end;
	view view;
	view.line = step->columns.input * step->depth;
	for (uint32_t batch = 0; batch < step->batches; batch++) {
		for (uint32_t row = 0; row < step->rows.output; row++) {
			int32_t y = window_start(&step->rows, row);
			window_taps(&step->rows, y, &first, &end);
			uint32_t line = batch * step->rows.input + (uint32_t)(y + (int32_t)first);
			view.height = end - first;
			for (uint32_t column = 0; column < step->columns.output; column++) {
				int32_t x = window_start(&step->columns, column);
				window_taps(&step->columns, x, &first, &end);
				view.width = end - first;
				view.pixels = view.height * view.width;
				view.at = (line * step->columns.input + (uint32_t)(x + (int32_t)first)) * step->depth;
				for (uint32_t channel = 0; channel < step->depth; channel++) {
					step->one(step, &view, to++);
					view.at++;
				}
			}
		}
	}
}

/* What all have in common; gives the type. */
static engine_type prepare(const node *node, pool_step *step) {
	operands operands = {0};
	(void)read_operands(node, &operands);
	const engine_tensor *input = &operands.input.view;
	const engine_tensor *output = &operands.output.view;
	step->step.run = run;
	step->input = input->data;
	step->output = output->data;
	step->batches = input->shape[BATCH];
	step->depth = input->shape[DEPTH];
	step->rows = operands.rows;
	step->columns = operands.columns;
	if (input->type == ENGINE_FLOAT32) {
		activation_float_bounds(operands.activation, &step->minimum.real, &step->maximum.real);
	}
	else {
		activation_integer_bounds(operands.activation, output, &step->minimum.integer, &step->maximum.integer);
	}
	return input->type;
}

static void open_average(const node *node, step *base) {
	pool_step *step = (pool_step *)(void *)base;
	engine_type type = prepare(node, step);
	step->one = type == ENGINE_INT8 ? average_int8 : type == ENGINE_INT16 ? average_int16 : average_float;
}

static void open_greatest(const node *node, step *base) {
	pool_step *step = (pool_step *)(void *)base;
	engine_type type = prepare(node, step);
	step->one = type == ENGINE_INT8 ? greatest_int8 : type == ENGINE_INT16 ? greatest_int16 : greatest_float;
}

static void open_root(const node *node, step *base) {
	pool_step *step = (pool_step *)(void *)base;
	(void)prepare(node, step);
	step->one = root_float;
}

const engine_operator engine_average_pool_2d = {
    .code = 1,
    .options_type = 5,
    .name = "AVERAGE_POOL_2D",
    .check = check,
    .open = open_average,
};

const engine_operator engine_max_pool_2d = {
    .code = 17,
    .options_type = 5,
    .name = "MAX_POOL_2D",
    .check = check,
    .open = open_greatest,
};

const engine_operator engine_l2_pool_2d = {
    .code = 12,
    .options_type = 5,
    .types = 1u << ENGINE_FLOAT32,
    .name = "L2_POOL_2D",
    .check = check,
    .open = open_root,
};
