/* SQUARED_DIFFERENCE: (a - b)^2. float32, int32, int8, int16 (zero points 0). */
#include "arithmetic.h"

#define BITS_INT8 7 /* below the point of a difference: its square fits into 31 bits */
#define BITS_INT16 0

static inline int32_t square(int32_t a, int32_t b) {
	uint32_t difference = (uint32_t)a - (uint32_t)b;
	return (int32_t)(difference * difference);
}

static inline int32_t quantized(int32_t a, int32_t b, const arithmetic_values *values, int bits) {
	/* half of a, with its bits below the point: where there are none, rounded */
	a = fixed_shift_left(a - values->a_zero_point, bits);
	a = bits == 0 ? (a + 1) >> 1 : a >> 1;
	return arithmetic_output(square(a, arithmetic_scaled(b, values, bits)), values);
}

static inline float real_square(float a, float b) {
	float difference = a - b;
	return difference * difference;
}

static void run_float(const broadcast_step *base, const void *const operands[], void *output) {
	BROADCAST_ROW(float, float, base, operands, output, real_square(*a, *b));
}

static void run_int32(const broadcast_step *base, const void *const operands[], void *output) {
	BROADCAST_ROW(int32_t, int32_t, base, operands, output, square(*a, *b));
}

static void run_int8(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	BROADCAST_ROW(int8_t, int8_t, base, operands, output, (int8_t)quantized(*a, *b, &values, BITS_INT8));
}

static void run_int16(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	BROADCAST_ROW(int16_t, int16_t, base, operands, output, (int16_t)quantized(*a, *b, &values, BITS_INT16));
}

static const broadcast_rows rows = {
    [ENGINE_FLOAT32] = run_float,
    [ENGINE_INT32] = run_int32,
    [ENGINE_INT16] = run_int16,
    [ENGINE_INT8] = run_int8,
};

static engine_error check(const node *node, requirement *requirement) {
	broadcast_tensors tensors;
	TRY(arithmetic_check(node, rows, &tensors, requirement));
	return arithmetic_check_symmetry(&tensors);
}

static void open(const node *node, step *base) {
	broadcast_tensors tensors;
	broadcast_read(node, 2, &tensors);
	(void)arithmetic_order(&tensors);
	arithmetic_open(node, rows, &tensors, base);
	if (arithmetic_is_quantized(&tensors)) {
		arithmetic_values *values = &((arithmetic_integer *)(void *)base)->values;
		float twice = 2 * tensors.operands[0].view.scale;
		float one = tensors.output.view.type == ENGINE_INT8 ? 1 << 2 * BITS_INT8 : 1 << 2 * BITS_INT16;
		arithmetic_open_scales(&tensors, 1, values);
		values->scale =
		    fixed_from_real((double)twice * (double)twice / (double)(float)(one * tensors.output.view.scale));
	}
}

const engine_operator engine_squared_difference = {
    .code = 99,
    .options_type = 76,
    .name = "SQUARED_DIFFERENCE",
    .check = check,
    .open = open,
};
