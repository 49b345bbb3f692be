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
	fixed_scale a_scale;
	fixed_scale b_scale;
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

/* Two operands of one type that has a row; int8 and int16 are quantised. */
engine_error arithmetic_check(
    const node *node, const broadcast_rows rows, broadcast_tensors *tensors, requirement *requirement);

/* All but the scales. */
void arithmetic_open(const node *node, const broadcast_rows rows, broadcast_tensors *tensors, step *step);

#endif
