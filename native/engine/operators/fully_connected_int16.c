/* FULLY_CONNECTED of int16 with int8 weights: sums of 64 bits, or of 32 where the bias has them, as in the reference.
 */
#include "../fixed_point.h"
#include "fully_connected.h"

typedef struct {
	fully_connected_step common;
	int32_t input_zero_point;
	int32_t weights_zero_point;
	int32_t output_zero_point;
	int32_t minimum;
	int32_t maximum;
	uint32_t per_unit; /* 1: a scale for each unit, 0: one for all */
	uint32_t narrow;   /* sums of 32 bits */
	fixed_scale scales[];
} int16_step;

enum { OPTION_BIAS_TYPE = 4 };

static fixed_scale scale_of(const node *node, const fully_connected *operands, uint32_t unit) {
	float input = operands->input.view.scale;
	float output = operands->output.view.scale;
	if (operands->weights.view.channels == 1) {
		return fixed_from_scales(input, operands->weights.view.scale, output);
	}
	const uint8_t *scales = fb_at(node->graph->model, operands->weights.scales);
	return fixed_from_scales(input, file_f32(scales + 4 * unit), output);
}

/* Without a bias its type is an option; 0, float32, stands for 64 bits. */
static engine_error read_narrow(const node *node, const fully_connected *operands, uint32_t *narrow) {
	uint8_t type = ENGINE_INT64;
	if (operands->bias.view.elements != 0) {
		type = (uint8_t)operands->bias.view.type;
	}
	else {
		TRY(fb_u8(node->graph->model, &node->options, OPTION_BIAS_TYPE, &type));
	}
	*narrow = type == ENGINE_INT32;
	return ENGINE_OK;
}

engine_error fully_connected_int16_check(const node *node, requirement *requirement) {
	fully_connected operands;
	uint32_t narrow;
	TRY(fully_connected_read(node, &operands));
	if (operands.input.view.type != ENGINE_INT16 ||
	    (operands.bias.view.elements != 0 && operands.bias.view.type != ENGINE_INT32 &&
	        operands.bias.view.type != ENGINE_INT64)) {
		return ENGINE_OPERAND_TYPE;
	}
	TRY(fully_connected_check_scales(&operands));
	TRY(read_narrow(node, &operands, &narrow));
	requirement->state = (uint32_t)(sizeof(int16_step) + operands.weights.view.channels * sizeof(fixed_scale));
	return ENGINE_OK;
}

static int64_t bias_of(const int16_step *step, uint32_t unit) {
	if (step->common.bias == NULL) {
		return 0;
	}
	if (step->narrow) {
		return (int32_t)bytes_u32(step->common.bias + 4 * unit);
	}
	return (int64_t)bytes_u64(step->common.bias + 8 * unit);
}

static int64_t product(const int16_step *step, const int16_t *x, const uint8_t *weights) {
	uint64_t sum = 0;
	for (uint32_t i = 0; i < step->common.depth; i++) {
		int32_t weight = (int8_t)bytes_u8(weights + i) - step->weights_zero_point;
		sum += (uint64_t)(int64_t)(weight * (x[i] - step->input_zero_point));
	}
	return (int64_t)sum;
}

static int16_t finish(const int16_step *step, uint32_t unit, int64_t sum) {
	const fixed_scale *scale = step->scales + unit * step->per_unit;
	uint64_t total = (uint64_t)sum + (uint64_t)bias_of(step, unit);
	int32_t value = step->narrow ? fixed_rescale((int32_t)(uint32_t)total, scale->multiplier, scale->shift)
	                             : fixed_rescale_wide((int64_t)total, scale->multiplier, scale->shift);
	return (int16_t)fixed_clamp(fixed_add(value, step->output_zero_point), step->minimum, step->maximum);
}

static void run(const step *base) {
	const int16_step *step = (const int16_step *)(const void *)base;
	const int16_t *x = step->common.input;
	int16_t *y = step->common.output;
	for (uint32_t batch = 0; batch < step->common.batches; batch++) {
		for (uint32_t unit = 0; unit < step->common.units; unit++) {
			*y++ = finish(step, unit, product(step, x, step->common.weights + unit * step->common.depth));
		}
		x += step->common.depth;
	}
}

void fully_connected_int16_open(const node *node, step *base) {
	fully_connected operands;
	int16_step *step = (int16_step *)(void *)base;
	fully_connected_open(node, &operands, &step->common);
	base->run = run;
	activation_integer_bounds(operands.activation, &operands.output.view, &step->minimum, &step->maximum);
	(void)read_narrow(node, &operands, &step->narrow);
	step->input_zero_point = operands.input.view.zero_point;
	step->output_zero_point = operands.output.view.zero_point;
	step->per_unit = operands.weights.view.channels > 1;
	step->weights_zero_point = step->per_unit ? 0 : operands.weights.view.zero_point;
	for (uint32_t unit = 0; unit < operands.weights.view.channels; unit++) {
		step->scales[unit] = scale_of(node, &operands, unit);
	}
}

const engine_operator engine_fully_connected_int16 = {
    .code = FULLY_CONNECTED_CODE,
    .options_type = FULLY_CONNECTED_OPTIONS,
    .types = 1u << ENGINE_INT16,
    .in_model = FULLY_CONNECTED_IN_MODEL,
    .name = "FULLY_CONNECTED",
    .check = fully_connected_int16_check,
    .open = fully_connected_int16_open,
};
