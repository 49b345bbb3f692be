/*
 * CUMSUM: the sums of the values up to each along an axis, with it or without it (exclusive), from the end with
 * `reverse`. float32, int8. As the reference has it, the int8 sum starts at minus the zero point and wraps: it is an
 * int32 with 19 bits below the point.
 */
#include "../fixed_point.h"
#include "parameter.h"

enum { OPTION_EXCLUSIVE = 0, OPTION_REVERSE = 1 };
enum { INPUT = 0, AXIS = 1 };

#define UNIT 19 /* bits below the point */

typedef struct {
	step step;
	const void *input;
	void *output;
	uint32_t outer;
	uint32_t extent; /* of the axis */
	uint32_t inner;
	uint8_t exclusive;
	uint8_t reverse;
	int32_t input_zero_point;
	int32_t output_zero_point;
	fixed_scale scale;
} cumsum_step;

static engine_error read(const node *node, cumsum_step *step) {
	const engine_model *model = node->graph->model;
	tensor input;
	tensor output;
	tensor list;
	uint32_t axis;
	step->exclusive = 0;
	step->reverse = 0;
	TRY(node_arity(node, 2, 1));
	TRY(parameter_ends(node, INPUT, &input, &output));
	TRY(parameter_list(node, AXIS, 1, &list));
	TRY(parameter_axis(parameter_at(node, &list, 0), input.view.rank, &axis));
	TRY(fb_u8(model, &node->options, OPTION_EXCLUSIVE, &step->exclusive));
	TRY(fb_u8(model, &node->options, OPTION_REVERSE, &step->reverse));
	if (!same_shape(&input, &output)) {
		return ENGINE_OPERAND_SHAPE;
	}
	step->input = input.view.data;
	step->output = output.view.data;
	step->outer = parameter_volume(&input, 0, axis);
	step->extent = input.view.shape[axis];
	step->inner = parameter_volume(&input, axis + 1, input.view.rank);
	if (input.view.type == ENGINE_INT8) {
		if (!is_quantized(&input) || !is_quantized(&output)) {
			return ENGINE_OPERAND_QUANTIZATION;
		}
		step->input_zero_point = input.view.zero_point;
		step->output_zero_point = output.view.zero_point;
		step->scale = fixed_from_scales(input.view.scale, 1.0f / (1 << UNIT), output.view.scale);
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	cumsum_step step;
	requirement->state = (uint32_t)sizeof(cumsum_step);
	requirement->in_place = 1;
	return read(node, &step);
}

/* Where the sums of a line begin. */
static uint32_t first_of(const cumsum_step *step, uint32_t line) {
	uint32_t first = line / step->inner * step->inner * step->extent + line % step->inner;
	return step->reverse ? first + (step->extent - 1) * step->inner : first;
}

/* Input and output may be the same memory: each value is read before it is written. */
static void run_float(const step *base) {
	const cumsum_step *step = (const cumsum_step *)(const void *)base;
	const float *input = step->input;
	float *output = step->output;
	uint32_t stride = step->reverse ? 0u - step->inner : step->inner;
	for (uint32_t line = 0; line < step->outer * step->inner; line++) {
		uint32_t at = first_of(step, line);
		float sum = 0.0f;
		for (uint32_t i = 0; i < step->extent; i++, at += stride) {
			float before = sum;
			sum = sum + input[at];
			output[at] = step->exclusive ? before : sum;
		}
	}
}

static void run_int8(const step *base) {
	const cumsum_step *step = (const cumsum_step *)(const void *)base;
	const int8_t *input = step->input;
	int8_t *output = step->output;
	uint32_t stride = step->reverse ? 0u - step->inner : step->inner;
	for (uint32_t line = 0; line < step->outer * step->inner; line++) {
		uint32_t at = first_of(step, line);
		uint32_t sum = (uint32_t)-step->input_zero_point;
		for (uint32_t i = 0; i < step->extent; i++, at += stride) {
			uint32_t before = sum;
			sum += (uint32_t)(input[at] - step->input_zero_point);
			int32_t result = fixed_scaled((int32_t)((step->exclusive ? before : sum) << UNIT), &step->scale);
			output[at] = (int8_t)fixed_clamp(fixed_add(result, step->output_zero_point), -128, 127);
		}
	}
}

static void open(const node *node, step *base) {
	tensor input;
	(void)read(node, (cumsum_step *)(void *)base);
	(void)node_input(node, INPUT, &input);
	base->run = input.view.type == ENGINE_INT8 ? run_int8 : run_float;
}

const engine_operator engine_cumsum = {
    .code = 128,
    .options_type = 102,
    .types = 1u << ENGINE_FLOAT32 | 1u << ENGINE_INT8,
    .in_model = 1u << AXIS,
    .name = "CUMSUM",
    .check = check,
    .open = open,
};
