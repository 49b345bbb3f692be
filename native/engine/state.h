/* What an opened engine keeps: this, then one step for each operator. */
#ifndef ENGINE_STATE_H
#define ENGINE_STATE_H

#include "operator.h"

/* A part of the arena that keeps its values from one run to the next. */
typedef struct {
	uint32_t offset;
	uint32_t size;
	uint32_t value; /* byte with which it starts */
	uint32_t
	    constant; /* where the values with which it starts lie in the model, of `value` bytes each; 0: there are none */
} variable;

struct engine {
	engine_model model;
	uint8_t *arena;
	uint32_t operators;
	uint32_t variables;
	uint32_t inputs;
	uint32_t outputs;
	uint32_t offsets[]; /* in the arena: of the inputs, then of the outputs; then the variables */
};

static inline uint32_t state_base(uint32_t interface, uint32_t variables) {
	return step_size((uint32_t)(sizeof(struct engine) + 4 * interface + sizeof(variable) * variables));
}

static inline variable *state_variables(const struct engine *engine) {
	return (variable *)(void *)((uint32_t *)(uintptr_t)engine->offsets + engine->inputs + engine->outputs);
}

static inline step *state_steps(const struct engine *engine) {
	return (
	    step *)(void *)((uint8_t *)(uintptr_t)engine + state_base(engine->inputs + engine->outputs, engine->variables));
}

#endif
