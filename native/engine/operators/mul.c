/* MUL. float32, int32 (the low 32 bits), int8, int16 (zero points 0). */
#include "arithmetic.h"

static inline int32_t product(int32_t a, int32_t b, const arithmetic_values *values) {
	return arithmetic_output((a - values->a_zero_point) * (b - values->b_zero_point), values);
}

static void run_float(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_bounds bounds = ((const arithmetic_float *)(const void *)base)->bounds;
	BROADCAST_ROW(float, float, base, operands, output, arithmetic_clamp(*a * *b, &bounds));
}

static void run_int32(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	BROADCAST_ROW(int32_t, int32_t, base, operands, output,
	    fixed_clamp((int32_t)((uint32_t)*a * (uint32_t)*b), values.minimum, values.maximum));
}

/* From so many elements on the squares of all values of 8 bits are made first. */
#define SQUARES_FROM 512u

static void square_int8(const int8_t *x, uint32_t count, const arithmetic_values *values, int8_t *y) {
	int8_t squares[256];
	for (int32_t i = 0; i < 256; i++) {
		squares[i] = (int8_t)product(i - 128, i - 128, values);
	}
	for (uint32_t i = 0; i < count; i++) {
		y[i] = squares[x[i] + 128];
	}
}

static void run_int8(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	if (operands[0] == operands[1] && base->count >= SQUARES_FROM && base->strides[0] == 1 && base->strides[1] == 1 &&
	    values.a_zero_point == values.b_zero_point) {
		square_int8(operands[0], base->count, &values, output);
		return;
	}
	BROADCAST_ROW(int8_t, int8_t, base, operands, output, (int8_t)product(*a, *b, &values));
}

static void run_int16(const broadcast_step *base, const void *const operands[], void *output) {
	const arithmetic_values values = ((const arithmetic_integer *)(const void *)base)->values;
	BROADCAST_ROW(int16_t, int16_t, base, operands, output, (int16_t)product(*a, *b, &values));
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
	arithmetic_open(node, rows, &tensors, base);
	if (arithmetic_is_quantized(&tensors)) {
		arithmetic_values *values = &((arithmetic_integer *)(void *)base)->values;
		values->scale = fixed_from_scales(
		    tensors.operands[0].view.scale, tensors.operands[1].view.scale, tensors.output.view.scale);
	}
}

const engine_operator engine_mul = {
    .code = 18,
    .options_type = 21,
    .name = "MUL",
    .check = check,
    .open = open,
};
