/* FULLY_CONNECTED of int8. Its biases and weights are read from the model at each run; only scales are prepared. */
#include "fully_connected_int8.h"

#define ROWS FULLY_CONNECTED_ROWS
#define COLUMNS ENGINE_COLUMNS

typedef fully_connected_int8_step int8_step;
typedef fully_connected_int8_working working;

uint32_t fully_connected_int8_size(uint32_t scales) {
	return (uint32_t)(sizeof(int8_step) + scales * sizeof(fixed_scale));
}

engine_error fully_connected_int8_check(const node *node, requirement *requirement) {
	fully_connected operands;
	TRY(fully_connected_read(node, &operands));
	if (operands.input.view.type != ENGINE_INT8 ||
	    (operands.bias.view.elements != 0 && operands.bias.view.type != ENGINE_INT32)) {
		return ENGINE_OPERAND_TYPE;
	}
	requirement->state = fully_connected_int8_size(operands.weights.view.channels);
	return fully_connected_check_scales(&operands);
}

static uint32_t lesser(uint32_t a, uint32_t b) {
	return a < b ? a : b;
}

/* Adds all products of `rows` units. The activations have been widened already if they fit whole. */
static void add_products(const int8_step *step, fully_connected_products *products, const int8_t *x, uint32_t unit,
    uint32_t rows, working *working) {
	uint32_t depth = step->common.depth;
	for (uint32_t column = 0; column < depth; column += COLUMNS) {
		uint32_t columns = lesser(depth - column, COLUMNS);
		if (unit == 0 || depth > COLUMNS) {
			dot_widen(working->input, x + column, columns, step->input_zero_point);
		}
		products(step, working->input, column, columns, unit, rows, working->sums);
	}
}

/* What a zero point of the weights takes from each sum. */
static uint32_t shift_of_weights(const int8_step *step, const int8_t *x) {
	uint32_t sum = 0;
	if (step->weights_zero_point != 0) {
		for (uint32_t i = 0; i < step->common.depth; i++) {
			sum += (uint32_t)(x[i] - step->input_zero_point);
		}
	}
	return (uint32_t)(int32_t)step->weights_zero_point * sum;
}

static void begin(const int8_step *step, uint32_t unit, uint32_t rows, uint32_t shift, int32_t *sums) {
	const uint8_t *bias = step->common.bias;
	if (!bias) {
		for (int32_t *end = sums + rows; sums < end; sums++) {
			*sums = (int32_t)(0 - shift);
		}
		return;
	}
	bias += 4 * unit;
	for (int32_t *end = sums + rows; sums < end; sums++, bias += 4) {
		*sums = (int32_t)(bytes_u32(bias) - shift);
	}
}

static void finish(const int8_step *step, uint32_t unit, uint32_t rows, const int32_t *sums, int8_t *y) {
	fixed_output output = {
	    step->scales + unit * step->per_unit, step->per_unit, step->output_zero_point, step->minimum, step->maximum};
	fixed_write_int8(&output, sums, rows, y);
}

void fully_connected_int8_batch(const int8_step *step, fully_connected_products *products, const int8_t *x, int8_t *y,
    fully_connected_int8_working *working) {
	uint32_t units = step->common.units;
	uint32_t shift = shift_of_weights(step, x);
	for (uint32_t unit = 0; unit < units; unit += ROWS) {
		uint32_t rows = lesser(units - unit, ROWS);
		begin(step, unit, rows, shift, working->sums);
		add_products(step, products, x, unit, rows, working);
		finish(step, unit, rows, working->sums, y + unit);
	}
}

void fully_connected_int8_run(const int8_step *step, fully_connected_products *products) {
	const int8_t *x = step->common.input;
	int8_t *y = step->common.output;
	working working;
	for (uint32_t batch = 0; batch < step->common.batches; batch++) {
		fully_connected_int8_batch(step, products, x, y, &working);
		x += step->common.depth;
		y += step->common.units;
	}
}

static void products(const int8_step *step, const dot_input *input, uint32_t column, uint32_t count, uint32_t unit,
    uint32_t rows, int32_t *sums) {
	uint32_t depth = step->common.depth;
	dot_rows(input, count, step->common.weights + unit * depth + column, depth, rows, sums);
}

static void run(const step *base) {
	fully_connected_int8_run((const int8_step *)(const void *)base, products);
}

/* Where code shall be small one unit takes the way of several. */
#if defined(ENGINE_WORD_READS) && !defined(__OPTIMIZE_SIZE__)
#define HAS_SINGLE 1
#endif

#ifdef HAS_SINGLE
/* A single unit, whose inputs are not worth widening. */
static void run_single(const step *base) {
	const int8_step *step = (const int8_step *)(const void *)base;
	const int8_t *x = step->common.input;
	int8_t *y = step->common.output;
	for (uint32_t batch = 0; batch < step->common.batches; batch++) {
		int32_t sum;
		begin(step, 0, 1, shift_of_weights(step, x), &sum);
		sum = fixed_add(sum, dot_row(x, step->common.depth, step->input_zero_point, step->common.weights));
		finish(step, 0, 1, &sum, y++);
		x += step->common.depth;
	}
}
#endif

static void open_scales(const node *node, const fully_connected *operands, fixed_scale *scales) {
	const engine_tensor *input = &operands->input.view;
	const engine_tensor *weights = &operands->weights.view;
	const engine_tensor *output = &operands->output.view;
	if (weights->channels == 1) {
		scales[0] = fixed_from_scales(input->scale, weights->scale, output->scale);
		return;
	}
	const uint8_t *scale = fb_at(node->graph->model, operands->weights.scales);
	for (uint32_t unit = 0; unit < operands->units; unit++) {
		scales[unit] = fixed_from_scales(input->scale, file_f32(scale + 4 * unit), output->scale);
	}
}

void fully_connected_int8_open(const node *node, step *base) {
	fully_connected operands;
	int32_t minimum;
	int32_t maximum;
	int8_step *step = (int8_step *)(void *)base;
	fully_connected_open(node, &operands, &step->common);
	base->run = run;
#ifdef HAS_SINGLE
	if (operands.units == 1) {
		base->run = run_single;
	}
#endif
	activation_integer_bounds(operands.activation, &operands.output.view, &minimum, &maximum);
	step->minimum = (int16_t)minimum;
	step->maximum = (int16_t)maximum;
	step->input_zero_point = (int16_t)operands.input.view.zero_point;
	step->output_zero_point = (int16_t)operands.output.view.zero_point;
	step->per_unit = operands.weights.view.channels > 1;
	/* the reference knows weights with a zero point only where they have one scale */
	step->weights_zero_point = (int16_t)(step->per_unit ? 0 : operands.weights.view.zero_point);
	open_scales(node, &operands, step->scales);
}

const engine_operator engine_fully_connected_int8 = {
    .code = FULLY_CONNECTED_CODE,
    .options_type = FULLY_CONNECTED_OPTIONS,
    .types = 1u << ENGINE_INT8,
    .in_model = FULLY_CONNECTED_IN_MODEL,
    .name = "FULLY_CONNECTED",
    .check = fully_connected_int8_check,
    .open = fully_connected_int8_open,
};
