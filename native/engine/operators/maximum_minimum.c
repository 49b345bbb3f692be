/*
 * MAXIMUM, MINIMUM. float32, int8, int16, int32, int64. Quantised operands are compared as they are: converters give
 * them one scale. Where either is not a number, the second is taken.
 */
#include "broadcast.h"

#define ROW(name, type, relation)                                                                                      \
	static void name(const broadcast_step *step, const void *const operands[], void *output) {                         \
		BROADCAST_ROW(type, type, step, operands, output, *a relation *b ? *a : *b);                                   \
	}

#define WIDE_ROW(name, relation)                                                                                       \
	static void name(const broadcast_step *step, const void *const operands[], void *output) {                         \
		BROADCAST_ROW(broadcast_wide, broadcast_wide, step, operands, output,                                          \
		    broadcast_wide_value(a) relation broadcast_wide_value(b) ? *a : *b);                                       \
	}

ROW(maximum_float, float, >)
ROW(maximum_int8, int8_t, >)
ROW(maximum_int16, int16_t, >)
ROW(maximum_int32, int32_t, >)
WIDE_ROW(maximum_int64, >)
ROW(minimum_float, float, <)
ROW(minimum_int8, int8_t, <)
ROW(minimum_int16, int16_t, <)
ROW(minimum_int32, int32_t, <)
WIDE_ROW(minimum_int64, <)

static const broadcast_rows maximum_rows = {
    [ENGINE_FLOAT32] = maximum_float,
    [ENGINE_INT32] = maximum_int32,
    [ENGINE_INT64] = maximum_int64,
    [ENGINE_INT16] = maximum_int16,
    [ENGINE_INT8] = maximum_int8,
};

static engine_error check_maximum(const node *node, requirement *requirement) {
	return broadcast_check_simple(node, 2, maximum_rows, requirement);
}

static void open_maximum(const node *node, step *step) {
	broadcast_open_simple(node, 2, maximum_rows, step);
}

const engine_operator engine_maximum = {
    .code = 55,
    .name = "MAXIMUM",
    .check = check_maximum,
    .open = open_maximum,
};

static const broadcast_rows minimum_rows = {
    [ENGINE_FLOAT32] = minimum_float,
    [ENGINE_INT32] = minimum_int32,
    [ENGINE_INT64] = minimum_int64,
    [ENGINE_INT16] = minimum_int16,
    [ENGINE_INT8] = minimum_int8,
};

static engine_error check_minimum(const node *node, requirement *requirement) {
	return broadcast_check_simple(node, 2, minimum_rows, requirement);
}

static void open_minimum(const node *node, step *step) {
	broadcast_open_simple(node, 2, minimum_rows, step);
}

const engine_operator engine_minimum = {
    .code = 57,
    .name = "MINIMUM",
    .check = check_minimum,
    .open = open_minimum,
};
