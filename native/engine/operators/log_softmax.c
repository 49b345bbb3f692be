/* LOG_SOFTMAX over the last axis: x - max - log(sum of exp(x - max)). int8 (output scale 1/16, zero point 127),
 * float32. */
#include "../fixed_point.h"
#include "map.h"
#include "rows.h"

#include <float.h>
#include <math.h>

#define INTEGER_BITS 5      /* of the exponents and of the logarithm */
#define SUM_INTEGER_BITS 12 /* of the sum of the exponentials, each at most 1 */
#define MAXIMUM_DEPTH 4095u

typedef struct {
	rows_step rows;
	int32_t lowest; /* difference to the maximum that still counts */
	fixed_scale scale;
	fixed_scale back; /* from an exponent to an input */
} log_softmax_step;

static fixed_scale exponent_scale(const tensor *input) {
	return fixed_from_scales(input->view.scale, 1 << (31 - INTEGER_BITS), 1);
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	TRY(rows_check(node, TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_FLOAT32), MAXIMUM_DEPTH, 1.0f / 16, 127));
	TRY(node_input(node, 0, &input));
	if (input.view.type == ENGINE_INT8 && exponent_scale(&input).shift < 1) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	rows_require(requirement, (uint32_t)sizeof(log_softmax_step));
	return ENGINE_OK;
}

static int leading_zeros(int32_t x) {
	int count = 0;
	while (count < 32 && ((uint32_t)x << count & 0x80000000u) == 0) {
		count++;
	}
	return count;
}

static int32_t shift_left(int32_t x, int exponent) {
	int64_t result = (int64_t)x * ((int64_t)1 << exponent);
	return result > INT32_MAX ? INT32_MAX : (int32_t)result;
}

/* log(x) for x >= 1 with 12 bits of integer part, in Q5: an exponent of two and a rational function around
 * sqrt(sqrt(1/2)) */
static int32_t logarithm(int32_t x) {
	const int32_t log_2 = 1488522236;
	const int32_t half_root = 1518500250;    /* 1/2 to the power of 1/2 */
	const int32_t quarter_root = 1805811301; /* of 1/4 */
	const int32_t quarter = 1 << 23;         /* in Q6 */
	/* x = r 2^power with r in [1/2, 1): the greater power of the two that fit, a quarter apart */
	int zeros = leading_zeros(x);
	int32_t r = shift_left(fixed_multiply(shift_left(x, zeros - 1), half_root), 1);
	int32_t power = (SUM_INTEGER_BITS - zeros) * (1 << 25) + quarter;
	int other_zeros = leading_zeros(fixed_multiply(x, half_root)) - 1;
	int32_t other_r = shift_left(x, other_zeros);
	int32_t other_power = (SUM_INTEGER_BITS - other_zeros) * (1 << 25) - quarter;
	r = other_r < r ? other_r : r;
	power = other_power > power ? other_power : power;

	int32_t p = (int32_t)(((int64_t)r + quarter_root + 1) / 2);
	int32_t q = (r - quarter_root) * 2;
	int32_t square = fixed_multiply(q, q);
	int32_t numerator = fixed_multiply(q, r) + fixed_multiply(fixed_multiply(q, square), 117049297);
	int32_t inner = fixed_add(fixed_add(1057819769, q), fixed_multiply(127690142, square));
	int32_t denominator = fixed_multiply(p, inner) + fixed_multiply(638450708, q); /* less 1 */
	numerator = fixed_multiply(fixed_shift_right(numerator, 6), fixed_reciprocal(denominator));
	return shift_left(fixed_multiply(power, log_2) + numerator, 1);
}

static int32_t exponent(const log_softmax_step *step, int32_t difference) {
	return fixed_scaled(difference, &step->scale);
}

static void row_int8(const rows_step *base, const void *input, void *output) {
	const log_softmax_step *step = (const log_softmax_step *)(const void *)base;
	const int8_t *x = input;
	int8_t *y = output;
	int32_t greatest = INT8_MIN;
	int32_t sum = 0;
	for (uint32_t i = 0; i < base->depth; i++) {
		greatest = x[i] > greatest ? x[i] : greatest;
	}
	for (uint32_t i = 0; i < base->depth; i++) {
		if (x[i] - greatest >= step->lowest) {
			sum += fixed_shift_right(fixed_exp(exponent(step, x[i] - greatest), INTEGER_BITS), SUM_INTEGER_BITS);
		}
	}
	int32_t log_sum = logarithm(sum);
	/* below it the result would not fit */
	int32_t lowest = fixed_scaled(fixed_add(log_sum, INT32_MIN), &step->back);
	lowest = lowest < step->lowest ? step->lowest : lowest + 1;
	for (uint32_t i = 0; i < base->depth; i++) {
		int32_t value = INT8_MIN;
		if (x[i] - greatest >= lowest) {
			int32_t difference = fixed_add(exponent(step, x[i] - greatest), -log_sum);
			value = fixed_clamp(fixed_shift_right(difference, 31 - INTEGER_BITS - 4) + 127, INT8_MIN, INT8_MAX);
		}
		y[i] = (int8_t)value;
	}
}

static void row_float(const rows_step *step, const void *input, void *output) {
	const float *x = input;
	float *y = output;
	float greatest = -FLT_MAX;
	float sum = 0;
	for (uint32_t i = 0; i < step->depth; i++) {
		greatest = x[i] > greatest ? x[i] : greatest;
	}
	for (uint32_t i = 0; i < step->depth; i++) {
		sum += expf(x[i] - greatest);
	}
	sum = logf(sum);
	for (uint32_t i = 0; i < step->depth; i++) {
		y[i] = x[i] - greatest - sum;
	}
}

static void open(const node *node, step *base) {
	tensor input;
	log_softmax_step *step = (log_softmax_step *)(void *)base;
	rows_open(node, base, &input, row_int8);
	if (input.view.type == ENGINE_FLOAT32) {
		step->rows.row = row_float;
		return;
	}
	step->scale = exponent_scale(&input);
	step->back = fixed_from_real((double)((uint32_t)1 << (31 - step->scale.shift)) / (double)step->scale.multiplier);
	step->lowest = -fixed_radius((1 << INTEGER_BITS) - 1, 31 - INTEGER_BITS, step->scale.shift);
}

const engine_operator engine_log_softmax = {
    .code = 50,
    .options_type = 36,
    .name = "LOG_SOFTMAX",
    .check = check,
    .open = open,
};
