/*
 * Variables known by their names (tf.Variable): VAR_HANDLE makes a handle, READ_VARIABLE and ASSIGN_VARIABLE use it.
 * Handles of one container and name share one place in the arena, which lasts. CALL_ONCE names a second subgraph,
 * which may assign constants and nothing else: these are the values that variables start with.
 */
#ifndef ENGINE_RESOURCES_H
#define ENGINE_RESOURCES_H

#include "layout.h"

typedef struct {
	const struct resources_rules *rules; /* NULL: no operator so far has to do with variables */
	uint16_t first; /* handle with a name that no earlier one has; the next is its placement's `next` */
	uint16_t count;
	int is_used;
	int is_initialised;
} resources;

static inline resources resources_none(void) {
	resources resources = {NULL, 0xFFFF, 0, 0, 0};
	return resources;
}

/* Whether an operator makes or uses a variable by this operand. */
static inline int resources_is_handle(const node *node, uint32_t operand, int is_output) {
	return operand == 0 && (is_output ? node->code == CODE_VAR_HANDLE
	                                  : node->code == CODE_READ_VARIABLE || node->code == CODE_ASSIGN_VARIABLE);
}

/* Reached by the operators alone, so that only builds with such operators have them. */
typedef struct resources_rules {
	/* What an operator that its implementation has accepted means to variables. */
	engine_error (*check)(resources *resources, const layout *layout, const node *node);
	/* After the last operator: the initial values fit, and handles have their places. Counts the variables. */
	engine_error (*finish)(const resources *resources, const layout *layout, const graph *graph, uint32_t *variables);
	/*
	 * What the variable of a handle starts with: a constant, or a tensor that is none. Each byte is then the zero point
	 * of that tensor, the first that is assigned, as in TensorFlow Lite Micro.
	 */
	void (*initial)(const graph *graph, const layout *layout, uint32_t handle, tensor *value);
} resources_rules;

extern const resources_rules resources_by_name;

#endif
