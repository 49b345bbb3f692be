/*
 * ADD, SUB. float32, int32, int8, int16. Both quantised operands are brought to half the greater of their scales, with
 * bits below the point that the sum has room for, and the result to the output's scale.
 */
#include "arithmetic.h"

#define BITS_INT8 20 /* below the point: 2 * 255 << 20 fits into 31 bits */
#define BITS_INT16 15

/* (value << 20) * multiplier / 2^31, rounded, out of products of 9 bits and 16: the same as arithmetic_scaled */
static inline int32_t scaled_int8(int32_t value, const fixed_scale *scale) {
	int32_t high = scale->multiplier >> 16;
	int32_t low = scale->multiplier & 0xFFFF;
	return fixed_shift_right(value * high * 32 + ((value * low + (1 << 10)) >> 11), -scale->shift);
}

static void run_int8(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	BROADCAST_ROW(int8_t, int8_t, base, operands, output,
	    (int8_t)arithmetic_output(scaled_int8(*a - values.a_zero_point, &values.a_scale) +
	                                  values.sign * scaled_int8(*b - values.b_zero_point, &values.b_scale),
	        &values));
}

static void run_int16(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	BROADCAST_ROW(int16_t, int16_t, base, operands, output,
	    (int16_t)arithmetic_output(
	        arithmetic_scaled(*a, values.a_zero_point, &values.a_scale, BITS_INT16) +
	            values.sign * arithmetic_scaled(*b, values.b_zero_point, &values.b_scale, BITS_INT16),
	        &values));
}

#define FLOAT_ROW(name, operation)                                                                                     \
	static void name(const broadcast_step *base, const void *const operands[], void *output) {                         \
		const arithmetic_bounds bounds = ((const arithmetic_float *)(const void *)base)->bounds;                       \
		BROADCAST_ROW(float, float, base, operands, output, arithmetic_clamp(*a operation *b, &bounds));               \
	}

FLOAT_ROW(add_float, +)
FLOAT_ROW(sub_float, -)

/* The reference gives no heed to the activation here. */
static void add_int32(const broadcast_step *base, const void *const operands[], void *output) {
	BROADCAST_ROW(int32_t, int32_t, base, operands, output, fixed_add(*a, *b));
}

static void sub_int32(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	BROADCAST_ROW(int32_t, int32_t, base, operands, output,
	    fixed_clamp((int32_t)((uint32_t)*a - (uint32_t)*b), values.minimum, values.maximum));
}

static const broadcast_rows add_rows = {
    [ENGINE_FLOAT32] = add_float,
    [ENGINE_INT32] = add_int32,
    [ENGINE_INT16] = run_int16,
    [ENGINE_INT8] = run_int8,
};

static const broadcast_rows sub_rows = {
    [ENGINE_FLOAT32] = sub_float,
    [ENGINE_INT32] = sub_int32,
    [ENGINE_INT16] = run_int16,
    [ENGINE_INT8] = run_int8,
};

static engine_error check_add(const node *node, requirement *requirement) {
	broadcast_tensors tensors;
	return arithmetic_check(node, add_rows, &tensors, requirement);
}

static engine_error check_sub(const node *node, requirement *requirement) {
	broadcast_tensors tensors;
	return arithmetic_check(node, sub_rows, &tensors, requirement);
}

static void open_scales(const broadcast_tensors *tensors, int32_t sign, step *base) {
	if (arithmetic_is_quantized(tensors)) {
		arithmetic_values *values = &((arithmetic_integer *)(void *)base)->values;
		values->sign = sign;
		double twice = arithmetic_open_scales(tensors, values);
		double one = tensors->output.view.type == ENGINE_INT8 ? 1 << BITS_INT8 : 1 << BITS_INT16;
		values->scale = fixed_from_real(twice / (one * (double)tensors->output.view.scale));
	}
}

static void open_add(const node *node, step *base) {
	broadcast_tensors tensors;
	arithmetic_open(node, add_rows, &tensors, base);
	open_scales(&tensors, 1, base);
}

static void open_sub(const node *node, step *base) {
	broadcast_tensors tensors;
	arithmetic_open(node, sub_rows, &tensors, base);
	open_scales(&tensors, -1, base);
}

const engine_operator engine_add = {
    .code = 0,
    .options_type = 11,
    .name = "ADD",
    .check = check_add,
    .open = open_add,
};

const engine_operator engine_sub = {
    .code = 41,
    .options_type = 28,
    .name = "SUB",
    .check = check_sub,
    .open = open_sub,
};
