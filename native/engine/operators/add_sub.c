/*
 * ADD, SUB. float32, int32, int8, int16. Both quantised operands are brought to half the greater of their scales, with
 * bits below the point that the sum has room for, and the result to the output's scale.
 */
#include "arithmetic.h"

#define BITS_INT8 20 /* below the point: 2 * 255 << 20 fits into 31 bits */
#define BITS_INT16 15

static inline int32_t small_scaled(int32_t value, int32_t high, int32_t low, int32_t shift) {
	int32_t product = value * high + ((value * low + (1 << 10)) >> 11);
	product += product >> 31;
	return ((product >> shift) + 1) >> 1;
}

/*
 * int8. a << 19 and (b << 20) * multiplier / 2^31, rounded and shifted, are made of products of 9 bits and 16. The
 * shift is at least 1: the scale 1/2, which is without, is made 1.
 */
static void run_int8(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	const int32_t equal = values.b_scale.shift == 0;
	const int32_t high = (values.b_scale.multiplier >> 16) * 32 * (1 + equal);
	const int32_t low = values.b_scale.multiplier & 0xFFFF;
	const int32_t shift = equal - values.b_scale.shift - 1;
	const int32_t unit = values.a_sign * (1 << (BITS_INT8 - 1));
	BROADCAST_ROW(int8_t, int8_t, base, operands, output,
	    (int8_t)arithmetic_output((*a - values.a_zero_point) * unit +
	                                  values.b_sign * small_scaled(*b - values.b_zero_point, high, low, shift),
	        &values));
}

static void run_int16(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	const int32_t unit = values.a_sign * (1 << (BITS_INT16 - 1));
	BROADCAST_ROW(int16_t, int16_t, base, operands, output,
	    (int16_t)arithmetic_output(
	        (*a - values.a_zero_point) * unit + values.b_sign * arithmetic_scaled(*b, &values, BITS_INT16), &values));
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

static void open_either(const node *node, const broadcast_rows rows, int32_t sign, step *base) {
	broadcast_tensors tensors;
	broadcast_read(node, 2, &tensors);
	int exchanged = arithmetic_order(&tensors);
	arithmetic_open(node, rows, &tensors, base);
	if (arithmetic_is_quantized(&tensors)) {
		arithmetic_values *values = &((arithmetic_integer *)(void *)base)->values;
		int is_int8 = tensors.output.view.type == ENGINE_INT8;
		values->a_sign = exchanged ? sign : 1;
		values->b_sign = exchanged ? 1 : sign;
		arithmetic_open_scales(&tensors, 2.0f / (is_int8 ? 1 << BITS_INT8 : 1 << BITS_INT16), values);
	}
}

static void open_add(const node *node, step *base) {
	open_either(node, add_rows, 1, base);
}

static void open_sub(const node *node, step *base) {
	open_either(node, sub_rows, -1, base);
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
