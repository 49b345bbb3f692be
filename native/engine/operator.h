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
	uint32_t state;    /* bytes of its step, parameters included */
	uint32_t scratch;  /* bytes of the arena that it uses while it runs */
	uint32_t in_place; /* bit i: its first output may take the memory of input i, when nobody reads that later */
} requirement;

/* BuiltinOperators that mean something to the graph itself (resources.h) */
#define CODE_CALL_ONCE 129
#define CODE_VAR_HANDLE 142
#define CODE_READ_VARIABLE 143
#define CODE_ASSIGN_VARIABLE 144

#define CUSTOM 32 /* BuiltinOperator of all that are known by their names */

struct engine_operator {
	int32_t code;         /* BuiltinOperator */
	uint8_t options_type; /* BuiltinOptions; 0: it has none that matter */
	uint32_t types;       /* bit t: it takes a first input of engine_type t; 0: whatever its check accepts */
	uint32_t in_model;    /* bit i: it reads a constant input i through bytes.h, others as memory alone */
	uint32_t walked;      /* bit i: its check goes through all of a constant input i */
	const char *name;     /* of a custom operator: how the model calls it */
	/* resources.h, of those that make and use variables: what a build does not name, it does not link */
	const struct resources_rules *resources;
	/* Operands, options, shapes, quantisation. What passes can be opened and run without another check. */
	engine_error (*check)(const node *node, requirement *requirement);
	/* Fills the step, zeroed before, and names the function that runs it. */
	void (*open)(const node *node, step *step);
};

/* Operands. An index past the list is ENGINE_ARITY. data is set once the arena is there, for constants too. */
engine_error node_input(const node *node, uint32_t index, tensor *tensor);
engine_error node_output(const node *node, uint32_t index, tensor *tensor);
int node_has_input(const node *node, uint32_t index);

/* Whether a constant input is read where it lies in the model; if not, some machines keep a copy in the arena. */
static inline int node_reads_model(const node *node, uint32_t index) {
	return !ENGINE_BIG_ENDIAN && index < 32 && (node->operation->in_model >> index & 1) != 0;
}

/* A parameter that must be known when the model is opened: input `index` as a constant of a type. */
engine_error node_constant(const node *node, uint32_t index, engine_type type, tensor *tensor);

/* Element of a constant of 32-bit integers, wherever it lies. */
int32_t tensor_i32(const node *node, const tensor *tensor, uint32_t element);

/* The memory that its check asked for; once the arena is there. */
void *node_scratch(const node *node);

/* Exactly these counts of operands. */
engine_error node_arity(const node *node, uint32_t inputs, uint32_t outputs);

/* One input and one output of the same shape. */
engine_error node_unary(const node *node, tensor *input, tensor *output);

int same_shape(const tensor *a, const tensor *b);

/* Quantised by one scale for the whole tensor. */
static inline int is_quantized(const tensor *tensor) {
	return tensor->view.channels == 1;
}

/* Bytes rounded up to what a step is aligned to. */
static inline uint32_t step_size(uint32_t bytes) {
	return (bytes + (uint32_t)sizeof(void *) - 1) & ~((uint32_t)sizeof(void *) - 1);
}

#endif
