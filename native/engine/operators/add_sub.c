/*
 * ADD, SUB. float32, int32, int8, int16. Both quantised operands are brought to half the greater of their scales, with
 * bits below the point that the sum has room for, and the result to the output's scale.
 */
#include "arithmetic.h"

#define BITS_INT8 20 /* below the point: 2 * 255 << 20 fits into 31 bits */
#define BITS_INT16 15

static inline int32_t scaled(int32_t value, int32_t zero_point, const fixed_scale *scale, int bits) {
	return fixed_rescale(fixed_shift_left(value - zero_point, bits), scale->multiplier, scale->shift);
}

/* a + b or, where `sign` is -1, a - b */
static inline int32_t combined(int32_t a, int32_t b, int32_t sign, const arithmetic_values *values, int bits) {
	a = scaled(a, values->a_zero_point, &values->a_scale, bits);
	b = scaled(b, values->b_zero_point, &values->b_scale, bits);
	return arithmetic_output((int32_t)((uint32_t)a + (uint32_t)sign * (uint32_t)b), values);
}

#define INTEGER_ROW(name, type, sign, bits)                                                                            \
	static void name(const broadcast_step *base, const void *const operands[], void *output) {                         \
		const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;                     \
		BROADCAST_ROW(type, type, base, operands, output, (type)combined(*a, *b, sign, &values, bits));                \
	}

#define FLOAT_ROW(name, operation)                                                                                     \
	static void name(const broadcast_step *base, const void *const operands[], void *output) {                         \
		const arithmetic_bounds bounds = ((const arithmetic_float *)(const void *)base)->bounds;                       \
		BROADCAST_ROW(float, float, base, operands, output, arithmetic_clamp(*a operation *b, &bounds));               \
	}

INTEGER_ROW(add_int8, int8_t, 1, BITS_INT8)
INTEGER_ROW(add_int16, int16_t, 1, BITS_INT16)
INTEGER_ROW(sub_int8, int8_t, -1, BITS_INT8)
INTEGER_ROW(sub_int16, int16_t, -1, BITS_INT16)
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
    [ENGINE_INT16] = add_int16,
    [ENGINE_INT8] = add_int8,
};

static const broadcast_rows sub_rows = {
    [ENGINE_FLOAT32] = sub_float,
    [ENGINE_INT32] = sub_int32,
    [ENGINE_INT16] = sub_int16,
    [ENGINE_INT8] = sub_int8,
};

static engine_error check_add(const node *node, requirement *requirement) {
	broadcast_tensors tensors;
	return arithmetic_check(node, add_rows, &tensors, requirement);
}

static engine_error check_sub(const node *node, requirement *requirement) {
	broadcast_tensors tensors;
	return arithmetic_check(node, sub_rows, &tensors, requirement);
}

/* The greater of the operands' scales becomes 1/2, so that the sum is below 1. */
static void open_scales(const broadcast_tensors *tensors, step *base) {
	engine_type type = tensors->output.view.type;
	if (type == ENGINE_INT8 || type == ENGINE_INT16) {
		arithmetic_values *values = &((arithmetic_integer *)(void *)base)->values;
		double a = (double)tensors->operands[0].view.scale;
		double b = (double)tensors->operands[1].view.scale;
		double twice = 2 * (a > b ? a : b);
		double one = type == ENGINE_INT8 ? 1 << BITS_INT8 : 1 << BITS_INT16;
		values->a_scale = fixed_from_real(a / twice);
		values->b_scale = fixed_from_real(b / twice);
		values->scale = fixed_from_real(twice / (one * (double)tensors->output.view.scale));
	}
}

static void open_add(const node *node, step *base) {
	broadcast_tensors tensors;
	arithmetic_open(node, add_rows, &tensors, base);
	open_scales(&tensors, base);
}

static void open_sub(const node *node, step *base) {
	broadcast_tensors tensors;
	arithmetic_open(node, sub_rows, &tensors, base);
	open_scales(&tensors, base);
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
