/*
 * SOFTMAX of int8 in fixed point, to int8 (scale 1/256, zero point -128) or int16 (1/65536, -32768). An exponential is
 * a function of a difference of two int8. Where memory is not scarcest all that can occur lie in a table.
 */
#include "../fixed_point.h"
#include "element.h"
#include "softmax.h"

#define INTEGER_BITS 5      /* of the exponent: what lies more than 31 below the maximum counts as 0 */
#define SUM_INTEGER_BITS 12 /* of the sum of the exponentials, each at most 1 */

#ifdef ENGINE_WORD_READS
#define HAS_TABLE 0
#else
#define HAS_TABLE 1
#endif

typedef struct {
	step step;
	const int8_t *input;
	void *output;
	uint32_t rows;
	uint32_t depth;
	engine_type output_type;
	int32_t furthest; /* below the maximum that still counts */
	fixed_scale scale;
	uint32_t table[]; /* of the exponentials of 0, -1, .. -furthest; if there is one */
} softmax_step;

/* From 0 to 1, for int16 within 0.1 %. Bits of floats are in the order of positive numbers. */
static int spans_one(const engine_tensor *output) {
	int32_t bits;
	int32_t one = output->type == ENGINE_INT8 ? 0x3B800000 : 0x37800000;
	int32_t below = output->type == ENGINE_INT8 ? 0 : 16777;
	memcpy(&bits, &output->scale, sizeof bits);
	return output->zero_point == element_lowest(output->type) && bits >= one - below && bits <= one + below / 2;
}

static fixed_scale exponent_scale(float scale, float beta) {
	return fixed_from_scales(scale, beta, 1.0f / (1 << (31 - INTEGER_BITS)));
}

static int32_t furthest(fixed_scale scale) {
	int32_t radius = fixed_radius((1 << INTEGER_BITS) - 1, 31 - INTEGER_BITS, scale.shift);
	return radius > 255 ? 255 : radius;
}

engine_error softmax_int8_check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	float beta;
	TRY(softmax_read(node, &input, &output, &beta));
	if (input.view.type != ENGINE_INT8 || (output.view.type != ENGINE_INT8 && output.view.type != ENGINE_INT16)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!is_quantized(&input) || !is_quantized(&output) || !spans_one(&output.view)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	fixed_scale scale = exponent_scale(input.view.scale, beta);
	if (scale.shift < 1) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	if (input.view.shape[input.view.rank - 1] >= 1u << SUM_INTEGER_BITS) {
		return ENGINE_OPERAND_SHAPE;
	}
	requirement->state = (uint32_t)(sizeof(softmax_step) + (HAS_TABLE ? 4 * ((uint32_t)furthest(scale) + 1) : 0));
	requirement->in_place = output.view.type == ENGINE_INT8;
	return ENGINE_OK;
}

static uint32_t compute(const softmax_step *step, int32_t distance) {
	return (uint32_t)fixed_exp(fixed_rescale(-distance, step->scale.multiplier, step->scale.shift), INTEGER_BITS);
}

static uint32_t exponential(const softmax_step *step, int32_t distance) {
	return HAS_TABLE ? step->table[distance] : compute(step, distance);
}

/* x / 2^exponent, 1 to 31, rounded to nearest, halves up */
static uint32_t shift_right(uint32_t x, int exponent) {
	return ((x >> (exponent - 1)) + 1) >> 1;
}

static int leading_zeros(uint32_t x) {
	int count = 0;
	while (!(x & 0x80000000u)) {
		x <<= 1;
		count++;
	}
	return count;
}

/* A sign that no load extends is taken off beforehand: in the order of signed values from 0 on. */
static int32_t ordered(int8_t x) {
	return (uint8_t)x ^ 128;
}

static void run_row(const softmax_step *step, const int8_t *x, uint32_t first) {
	const int8_t *end = x + step->depth;
	engine_type type = step->output_type;
	int32_t furthest = step->furthest;
	int32_t greatest = 0;
	uint32_t sum = 0;
	for (const int8_t *at = x; at < end; at++) {
		greatest = ordered(*at) > greatest ? ordered(*at) : greatest;
	}
	for (const int8_t *at = x; at < end; at++) {
		int32_t distance = greatest - ordered(*at);
		if (distance <= furthest) {
			sum += shift_right(exponential(step, distance), SUM_INTEGER_BITS);
		}
	}
	/* the greatest alone makes the sum at least 1 */
	int zeros = leading_zeros(sum);
	uint32_t reciprocal = (uint32_t)fixed_reciprocal((int32_t)((sum << zeros) - 0x80000000u));
	int exponent = SUM_INTEGER_BITS - zeros + 31 - (type == ENGINE_INT8 ? 8 : 16);
	uint32_t limit = type == ENGINE_INT8 ? 255 : 65535;
	uint32_t lowest = type == ENGINE_INT8 ? 128 : 32768;
	if (exponent > 31) {
		furthest = -1;
	}
	for (; x < end; x++) {
		uint32_t value = 0;
		int32_t distance = greatest - ordered(*x);
		if (distance <= furthest) {
			value = shift_right(fixed_product_positive(reciprocal, exponential(step, distance)), exponent);
			value = value > limit ? limit : value;
		}
		element_store(step->output, type, first++, (int32_t)(value - lowest));
	}
}

static void run(const step *base) {
	const softmax_step *step = (const softmax_step *)(const void *)base;
	for (uint32_t row = 0; row < step->rows; row++) {
		run_row(step, step->input + row * step->depth, row * step->depth);
	}
}

void softmax_int8_open(const node *node, step *base) {
	tensor input;
	tensor output;
	float beta;
	softmax_step *step = (softmax_step *)(void *)base;
	(void)softmax_read(node, &input, &output, &beta);
	step->step.run = run;
	step->input = input.view.data;
	step->output = output.view.data;
	step->output_type = output.view.type;
	step->depth = input.view.shape[input.view.rank - 1];
	step->rows = input.view.elements / step->depth;
	step->scale = exponent_scale(input.view.scale, beta);
	step->furthest = furthest(step->scale);
	for (int32_t distance = 0; HAS_TABLE && distance <= step->furthest; distance++) {
		step->table[distance] = compute(step, distance);
	}
}

const engine_operator engine_softmax_int8 = {
    .code = SOFTMAX_CODE,
    .options_type = SOFTMAX_OPTIONS,
    .types = 1u << ENGINE_INT8,
    .name = "SOFTMAX",
    .check = softmax_int8_check,
    .open = softmax_int8_open,
};
