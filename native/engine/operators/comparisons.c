/*
 * EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL. float32, int32, int64, int8; EQUAL and NOT_EQUAL also
 * bool. int8 values are compared as the fixed-point numbers that their scales, below 1, make of them.
 */
#include "../fixed_point.h"
#include "broadcast.h"

#define BITS 8 /* of an int8 value's fixed-point number, below the point */

enum { EQUAL = 71, NOT_EQUAL = 72, GREATER = 61, GREATER_EQUAL = 62, LESS = 58, LESS_EQUAL = 63 };

/* How two values may stand to each other; with one that is not a number, unordered. */
enum { IS_LESS = 1, IS_EQUAL = 2, IS_GREATER = 4, IS_UNORDERED = 8 };

typedef struct {
	broadcast_step base;
	uint32_t wanted; /* of these, those that make the output true */
	int32_t a_zero_point;
	int32_t b_zero_point;
	fixed_scale a_scale;
	fixed_scale b_scale;
} comparison_step;

static inline uint32_t wanted_of(const broadcast_step *base) {
	return ((const comparison_step *)(const void *)base)->wanted;
}

#define RELATION(a, b) ((a) < (b) ? IS_LESS : (a) == (b) ? IS_EQUAL : IS_GREATER)

static void run_float(const broadcast_step *base, const void *const operands[], void *output) {
	const uint32_t wanted = wanted_of(base);
	BROADCAST_ROW(float, uint8_t, base, operands, output,
	    (wanted & (*a < *b       ? IS_LESS
	                  : *a == *b ? IS_EQUAL
	                  : *a > *b  ? IS_GREATER
	                             : IS_UNORDERED)) != 0);
}

static void run_int32(const broadcast_step *base, const void *const operands[], void *output) {
	const uint32_t wanted = wanted_of(base);
	BROADCAST_ROW(int32_t, uint8_t, base, operands, output, (wanted & RELATION(*a, *b)) != 0);
}

static void run_int64(const broadcast_step *base, const void *const operands[], void *output) {
	const uint32_t wanted = wanted_of(base);
	BROADCAST_ROW(broadcast_wide, uint8_t, base, operands, output,
	    (wanted & RELATION(broadcast_wide_value(a), broadcast_wide_value(b))) != 0);
}

static void run_bool(const broadcast_step *base, const void *const operands[], void *output) {
	const uint32_t wanted = wanted_of(base);
	BROADCAST_ROW(uint8_t, uint8_t, base, operands, output, (wanted & RELATION(*a != 0, *b != 0)) != 0);
}

/* (value << 8) * multiplier / 2^31, rounded, out of products of 9 bits and 16, and shifted: its scale is below 1 */
static inline int32_t scaled(int32_t value, fixed_scale scale) {
	int32_t high = scale.multiplier >> 16;
	int32_t low = scale.multiplier & 0xFFFF;
	int32_t product = (value * high + (value * low >> 16) + (1 << (14 - BITS))) >> (15 - BITS);
	return fixed_shift_right(product, -scale.shift);
}

static inline uint32_t relation(int32_t a, int32_t b) {
	return RELATION(a, b);
}

static void run_int8(const broadcast_step *base, const void *const operands[], void *output) {
	const comparison_step step = *(const comparison_step *)(const void *)base;
	BROADCAST_ROW(int8_t, uint8_t, base, operands, output,
	    (step.wanted &
	        relation(scaled(*a - step.a_zero_point, step.a_scale), scaled(*b - step.b_zero_point, step.b_scale))) != 0);
}

static const broadcast_rows rows = {
    [ENGINE_FLOAT32] = run_float,
    [ENGINE_INT32] = run_int32,
    [ENGINE_INT64] = run_int64,
    [ENGINE_BOOL] = run_bool,
    [ENGINE_INT8] = run_int8,
};

static uint32_t wanted_by(int32_t code) {
	switch (code) {
		case EQUAL: return IS_EQUAL;
		case NOT_EQUAL: return IS_LESS | IS_GREATER | IS_UNORDERED;
		case GREATER: return IS_GREATER;
		case GREATER_EQUAL: return IS_GREATER | IS_EQUAL;
		case LESS: return IS_LESS;
		default: return IS_LESS | IS_EQUAL;
	}
}

static engine_error check(const node *node, requirement *requirement) {
	broadcast_tensors tensors;
	TRY(broadcast_alike(node, 2, rows, &tensors));
	const tensor *a = &tensors.operands[0];
	const tensor *b = &tensors.operands[1];
	if (tensors.output.view.type != ENGINE_BOOL ||
	    (a->view.type == ENGINE_BOOL && node->code != EQUAL && node->code != NOT_EQUAL)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (a->view.type == ENGINE_INT8 &&
	    (!is_quantized(a) || !is_quantized(b) || a->view.scale >= 1 || b->view.scale >= 1)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	broadcast_require(&tensors, (uint32_t)sizeof(comparison_step), requirement);
	return ENGINE_OK;
}

static void open(const node *node, step *base) {
	comparison_step *step = (comparison_step *)(void *)base;
	broadcast_tensors tensors;
	broadcast_read(node, 2, &tensors);
	const engine_tensor *a = &tensors.operands[0].view;
	const engine_tensor *b = &tensors.operands[1].view;
	broadcast_open(&tensors, base, (uint32_t)sizeof *step, rows[a->type]);
	step->wanted = wanted_by(node->code);
	if (a->type == ENGINE_INT8) {
		step->a_zero_point = a->zero_point;
		step->b_zero_point = b->zero_point;
		step->a_scale = fixed_from_scales(a->scale, 1, 1);
		step->b_scale = fixed_from_scales(b->scale, 1, 1);
	}
}

const engine_operator engine_equal = {
    .code = EQUAL,
    .name = "EQUAL",
    .check = check,
    .open = open,
};

const engine_operator engine_greater = {
    .code = GREATER,
    .name = "GREATER",
    .check = check,
    .open = open,
};

const engine_operator engine_greater_equal = {
    .code = GREATER_EQUAL,
    .name = "GREATER_EQUAL",
    .check = check,
    .open = open,
};

const engine_operator engine_less = {
    .code = LESS,
    .name = "LESS",
    .check = check,
    .open = open,
};

const engine_operator engine_less_equal = {
    .code = LESS_EQUAL,
    .name = "LESS_EQUAL",
    .check = check,
    .open = open,
};

const engine_operator engine_not_equal = {
    .code = NOT_EQUAL,
    .name = "NOT_EQUAL",
    .check = check,
    .open = open,
};
