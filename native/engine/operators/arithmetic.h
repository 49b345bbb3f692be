/* What the operators of arithmetic (ADD, SUB, MUL, DIV) share: their operands, and the bounds of their output. */
#ifndef ENGINE_ARITHMETIC_H
#define ENGINE_ARITHMETIC_H

#include "../fixed_point.h"
#include "broadcast.h"

typedef struct {
	float minimum;
	float maximum;
} arithmetic_bounds;

typedef struct {
	broadcast_step base;
	arithmetic_bounds bounds;
} arithmetic_float;

typedef struct {
	int32_t minimum;
	int32_t maximum;
	/* quantised: */
	int32_t a_zero_point;
	int32_t b_zero_point;
	int32_t zero_point; /* of the output */
	fixed_scale scale;
	/* where the operands are ordered by their scales, that of a the greater one: */
	fixed_scale b_scale; /* b's in units of twice a's */
	int32_t a_sign;
	int32_t b_sign;
} arithmetic_values;

typedef struct {
	broadcast_step base;
	arithmetic_values values;
} arithmetic_integer;

static inline float arithmetic_clamp(float x, const arithmetic_bounds *bounds) {
	x = x < bounds->minimum ? bounds->minimum : x;
	return x > bounds->maximum ? bounds->maximum : x;
}

static inline int32_t arithmetic_output(int32_t x, const arithmetic_values *values) {
	return fixed_clamp(fixed_add(fixed_rescale(x, values->scale.multiplier, values->scale.shift), values->zero_point),
	    values->minimum, values->maximum);
}

/* b in units of twice a's scale, with `bits` below the point. */
static inline int32_t arithmetic_scaled(int32_t b, const arithmetic_values *values, int bits) {
	return fixed_rescale(
	    fixed_shift_left(b - values->b_zero_point, bits), values->b_scale.multiplier, values->b_scale.shift);
}

static inline int arithmetic_is_quantized(const broadcast_tensors *tensors) {
	return tensors->output.view.type == ENGINE_INT8 || tensors->output.view.type == ENGINE_INT16;
}

/* Two operands of one type that has a row; int8 and int16 are quantised. */
engine_error arithmetic_check(
    const node *node, const broadcast_rows rows, broadcast_tensors *tensors, requirement *requirement);

/* Where the operator has no zero points but 0 for int16. */
engine_error arithmetic_check_symmetry(const broadcast_tensors *tensors);

/* Exchanges quantised operands unless the first has the greater scale. Gives whether it did. */
int arithmetic_order(broadcast_tensors *tensors);

/* All but what is for ordered operands, and the output's scale. */
void arithmetic_open(const node *node, const broadcast_rows rows, const broadcast_tensors *tensors, step *step);

/* b_scale, and the output's scale from the greater one of the operands: factor * greater / output. */
void arithmetic_open_scales(const broadcast_tensors *tensors, float factor, arithmetic_values *values);

#endif
