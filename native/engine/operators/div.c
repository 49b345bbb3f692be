/* DIV. float32, int32, int8. Where a divisor is 0 or a quotient leaves 32 bits, integers give the end of their range.
 */
#include "arithmetic.h"

/* of x, not 0 */
static int32_t leading_zeros(uint32_t x) {
	int32_t count = 0;
	for (; (x & 0x80000000u) == 0; x <<= 1) {
		count++;
	}
	return count;
}

static int32_t end(int32_t sign) {
	return sign > 0 ? INT32_MAX : sign < 0 ? INT32_MIN : 0;
}

/*
 * a / b in units of 2^scale.shift, b > 0: both are shifted up to 31 bits, for the sake of precision. Below 2^-31 the
 * reference is undefined; that is 0.
 */
static int32_t quotient(int32_t a, int32_t b, const fixed_scale *scale) {
	int32_t b_room = leading_zeros((uint32_t)b);
	int32_t a_room = leading_zeros((uint32_t)(a < 0 ? ~a : a) << 1 | 1);
	int32_t inverse = fixed_reciprocal((int32_t)(((uint32_t)b << b_room) - 0x80000000u));
	int32_t shift = scale->shift - (31 - b_room) - a_room;
	int32_t result = fixed_multiply(fixed_multiply(fixed_shift_left(a, a_room), inverse), scale->multiplier);
	return shift < -31 ? 0 : fixed_shift_right(result, shift < 0 ? -shift : 0);
}

static int8_t divide_int8(int32_t a, int32_t b, const arithmetic_values *values) {
	a -= values->a_zero_point;
	b -= values->b_zero_point;
	int32_t result = b == 0 ? end(a) : quotient(b < 0 ? -a : a, b < 0 ? -b : b, &values->scale);
	result = fixed_clamp(result, -512, 512); /* beyond all results, so that the sum does not overflow */
	return (int8_t)fixed_clamp(result + values->zero_point, values->minimum, values->maximum);
}

static int32_t divide_int32(int32_t a, int32_t b) {
	return b == 0 ? end(a) : b == -1 ? (a == INT32_MIN ? INT32_MAX : -a) : a / b;
}

static void run_float(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_bounds bounds = ((const arithmetic_float *)(const void *)base)->bounds;
	BROADCAST_ROW(float, float, base, operands, output, arithmetic_clamp(*a / *b, &bounds));
}

static void run_int32(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	BROADCAST_ROW(
	    int32_t, int32_t, base, operands, output, fixed_clamp(divide_int32(*a, *b), values.minimum, values.maximum));
}

static void run_int8(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	BROADCAST_ROW(int8_t, int8_t, base, operands, output, divide_int8(*a, *b, &values));
}

static const broadcast_rows rows = {
    [ENGINE_FLOAT32] = run_float,
    [ENGINE_INT32] = run_int32,
    [ENGINE_INT8] = run_int8,
};

static engine_error check(const node *node, requirement *requirement) {
	broadcast_tensors tensors;
	return arithmetic_check(node, rows, &tensors, requirement);
}

static void open(const node *node, step *base) {
	broadcast_tensors tensors;
	broadcast_read(node, 2, &tensors);
	arithmetic_open(node, rows, &tensors, base);
	if (tensors.output.view.type == ENGINE_INT8) {
		arithmetic_values *values = &((arithmetic_integer *)(void *)base)->values;
		double unit = (double)tensors.operands[1].view.scale * (double)tensors.output.view.scale;
		values->scale = fixed_from_real((double)tensors.operands[0].view.scale / unit);
	}
}

const engine_operator engine_div = {
    .code = 42,
    .options_type = 29,
    .name = "DIV",
    .check = check,
    .open = open,
};
