/*
 * VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, CALL_ONCE: variables known by their names. resources.c gives a handle's
 * tensor the memory of its variable, so reading and assigning copy; the others have nothing left to do.
 */
#include "../resources.h"

enum { HANDLE = 0, VALUE = 1 };

typedef struct {
	step step;
	void *to;
	const void *from;
	uint32_t bytes;
} copy_step;

static void rest(const step *step) {
	(void)step;
}

static void copy(const step *base) {
	const copy_step *step = (const copy_step *)(const void *)base;
	memcpy(step->to, step->from, step->bytes);
}

static void open_idle(const node *node, step *step) {
	(void)node;
	step->run = rest;
}

static engine_error check_handle(const node *node, requirement *requirement) {
	requirement->state = (uint32_t)sizeof(step);
	return node_arity(node, 0, 1);
}

static engine_error check_once(const node *node, requirement *requirement) {
	requirement->state = (uint32_t)sizeof(step);
	return node_arity(node, 0, 0);
}

static engine_error check_read(const node *node, requirement *requirement) {
	requirement->state = (uint32_t)sizeof(copy_step);
	TRY(node_arity(node, 1, 1));
	return node_has_input(node, HANDLE) ? ENGINE_OK : ENGINE_ARITY;
}

static engine_error check_assign(const node *node, requirement *requirement) {
	requirement->state = (uint32_t)sizeof(copy_step);
	TRY(node_arity(node, 2, 0));
	return node_has_input(node, HANDLE) && node_has_input(node, VALUE) ? ENGINE_OK : ENGINE_ARITY;
}

static void open_read(const node *node, step *base) {
	tensor handle;
	tensor value;
	copy_step *step = (copy_step *)(void *)base;
	(void)node_input(node, HANDLE, &handle);
	(void)node_output(node, 0, &value);
	step->step.run = copy;
	step->to = value.view.data;
	step->from = handle.view.data;
	step->bytes = value.view.bytes;
}

static void open_assign(const node *node, step *base) {
	tensor handle;
	tensor value;
	copy_step *step = (copy_step *)(void *)base;
	(void)node_input(node, HANDLE, &handle);
	(void)node_input(node, VALUE, &value);
	step->step.run = copy;
	step->to = handle.view.data;
	step->from = value.view.data;
	step->bytes = value.view.bytes;
}

const engine_operator engine_var_handle = {
    .code = CODE_VAR_HANDLE,
    .options_type = 111,
    .name = "VAR_HANDLE",
    .resources = &resources_by_name,
    .check = check_handle,
    .open = open_idle,
};

const engine_operator engine_read_variable = {
    .code = CODE_READ_VARIABLE,
    .name = "READ_VARIABLE",
    .resources = &resources_by_name,
    .check = check_read,
    .open = open_read,
};

const engine_operator engine_assign_variable = {
    .code = CODE_ASSIGN_VARIABLE,
    .name = "ASSIGN_VARIABLE",
    .resources = &resources_by_name,
    .check = check_assign,
    .open = open_assign,
};

const engine_operator engine_call_once = {
    .code = CODE_CALL_ONCE,
    .options_type = 103,
    .name = "CALL_ONCE",
    .resources = &resources_by_name,
    .check = check_once,
    .open = open_idle,
};
