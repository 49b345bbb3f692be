/* FLOOR_DIV, FLOOR_MOD of float32: the greatest whole number up to a / b, and what is left, with the sign of b. */
#include "broadcast.h"

#include <math.h>

static float remainder_of(float a, float b) {
	float rest = fmodf(a, b);
	return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest;
}

static void div_row(const broadcast_step *step, const void *const operands[], void *output) {
	BROADCAST_ROW(float, float, step, operands, output, (float)floor((double)*a / (double)*b));
}

static void mod_row(const broadcast_step *step, const void *const operands[], void *output) {
	BROADCAST_ROW(float, float, step, operands, output, remainder_of(*a, *b));
}

static const broadcast_rows div_rows = {[ENGINE_FLOAT32] = div_row};
static const broadcast_rows mod_rows = {[ENGINE_FLOAT32] = mod_row};

static engine_error check_div(const node *node, requirement *requirement) {
	return broadcast_check_simple(node, 2, div_rows, requirement);
}

static void open_div(const node *node, step *step) {
	broadcast_open_simple(node, 2, div_rows, step);
}

const engine_operator engine_floor_div = {
    .code = 90,
    .name = "FLOOR_DIV",
    .check = check_div,
    .open = open_div,
};

static engine_error check_mod(const node *node, requirement *requirement) {
	return broadcast_check_simple(node, 2, mod_rows, requirement);
}

static void open_mod(const node *node, step *step) {
	broadcast_open_simple(node, 2, mod_rows, step);
}

const engine_operator engine_floor_mod = {
    .code = 95,
    .name = "FLOOR_MOD",
    .check = check_mod,
    .open = open_mod,
};
