/* What an operator's implementation is made of, and what it is handed. */
#ifndef ENGINE_OPERATOR_H
#define ENGINE_OPERATOR_H

#include "graph.h"

/* One operator, prepared. Its parameters follow it; the next step lies `size` bytes on. */
typedef struct step {
	void (*run)(const struct step *step);
	uint32_t size;
} step;

typedef struct {
	uint32_t state; /* bytes of its step, parameters included */
	int in_place;   /* its output may take the memory of its first input */
} requirement;

struct engine_operator {
	int32_t code;         /* BuiltinOperator */
	uint8_t options_type; /* BuiltinOptions; 0: it has none that matter */
	const char *name;
	/* Operands, options, shapes, quantisation. What passes can be opened and run without another check. */
	engine_error (*check)(const node *node, requirement *requirement);
	/* Fills the step, zeroed before, and names the function that runs it. */
	void (*open)(const node *node, step *step);
};

/* Operands. An index past the list is ENGINE_ARITY. data is set once the arena is there, for constants too. */
engine_error node_input(const node *node, uint32_t index, tensor *tensor);
engine_error node_output(const node *node, uint32_t index, tensor *tensor);
int node_has_input(const node *node, uint32_t index);

/* Exactly these counts of operands, of which the first input is computed. */
engine_error node_arity(const node *node, uint32_t inputs, uint32_t outputs);

/* One computed input and one output of the same shape. */
engine_error node_unary(const node *node, tensor *input, tensor *output);

/* Quantised by one scale for the whole tensor. */
static inline int is_quantized(const tensor *tensor) {
	return tensor->view.channels == 1;
}

/* Bytes rounded up to what a step is aligned to. */
static inline uint32_t step_size(uint32_t bytes) {
	return (bytes + (uint32_t)sizeof(void *) - 1) & ~((uint32_t)sizeof(void *) - 1);
}

#endif
