/*
 * ADD, SUB. float32, int32, int8, int16. Both quantised operands are brought to half the greater of their scales, with
 * bits below the point that the sum has room for, and the result to the output's scale.
 */
#include "arithmetic.h"

#define BITS_INT8 20 /* below the point: 2 * 255 << 20 fits into 31 bits */
#define BITS_INT16 15

/* a + b or, where `sign` is -1, a - b */
static inline int32_t combined(int32_t a, int32_t b, int32_t sign, const arithmetic_values *values, int bits) {
	a = arithmetic_scaled(a, values->a_zero_point, &values->a_scale, bits);
	b = arithmetic_scaled(b, values->b_zero_point, &values->b_scale, bits);
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

static void open_scales(const broadcast_tensors *tensors, step *base) {
	if (arithmetic_is_quantized(tensors)) {
		arithmetic_values *values = &((arithmetic_integer *)(void *)base)->values;
		double twice = arithmetic_open_scales(tensors, values);
		double one = tensors->output.view.type == ENGINE_INT8 ? 1 << BITS_INT8 : 1 << BITS_INT16;
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
