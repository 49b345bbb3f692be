/* What an opened engine keeps: this, then one step for each operator. */
#ifndef ENGINE_STATE_H
#define ENGINE_STATE_H

#include "operator.h"

struct engine {
	engine_model model;
	uint8_t *arena;
	uint32_t operators;
	uint32_t inputs;
	uint32_t outputs;
	uint32_t offsets[]; /* in the arena: of the inputs, then of the outputs */
};

static inline uint32_t state_base(uint32_t inputs, uint32_t outputs) {
	return step_size((uint32_t)sizeof(struct engine) + 4 * (inputs + outputs));
}

static inline step *state_steps(const struct engine *engine) {
	return (step *)(void *)((uint8_t *)(uintptr_t)engine + state_base(engine->inputs, engine->outputs));
}

#endif
