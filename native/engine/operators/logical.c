/* LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT of bool. */
#include "broadcast.h"

static void and_row(const broadcast_step *step, const void *const operands[], void *output) {
	BROADCAST_ROW(uint8_t, uint8_t, step, operands, output, *a != 0 && *b != 0);
}

static void or_row(const broadcast_step *step, const void *const operands[], void *output) {
	BROADCAST_ROW(uint8_t, uint8_t, step, operands, output, *a != 0 || *b != 0);
}

static void not_row(const broadcast_step *step, const void *const operands[], void *output) {
	BROADCAST_ROW(uint8_t, uint8_t, step, operands, output, *a == 0);
}

static const broadcast_rows and_rows = {[ENGINE_BOOL] = and_row};
static const broadcast_rows or_rows = {[ENGINE_BOOL] = or_row};

static const broadcast_rows not_rows = {[ENGINE_BOOL] = not_row};

static engine_error check_and(const node *node, requirement *requirement) {
	return broadcast_check_simple(node, 2, and_rows, requirement);
}

static void open_and(const node *node, step *step) {
	broadcast_open_simple(node, 2, and_rows, step);
}

const engine_operator engine_logical_and = {
    .code = 86,
    .name = "LOGICAL_AND",
    .check = check_and,
    .open = open_and,
};

static engine_error check_or(const node *node, requirement *requirement) {
	return broadcast_check_simple(node, 2, or_rows, requirement);
}

static void open_or(const node *node, step *step) {
	broadcast_open_simple(node, 2, or_rows, step);
}

const engine_operator engine_logical_or = {
    .code = 84,
    .name = "LOGICAL_OR",
    .check = check_or,
    .open = open_or,
};

static engine_error check_not(const node *node, requirement *requirement) {
	return broadcast_check_simple(node, 1, not_rows, requirement);
}

static void open_not(const node *node, step *step) {
	broadcast_open_simple(node, 1, not_rows, step);
}

const engine_operator engine_logical_not = {
    .code = 87,
    .name = "LOGICAL_NOT",
    .check = check_not,
    .open = open_not,
};
