/* The model as a graph: its vectors found once, its tensors and operators resolved (and checked) on demand. */
#ifndef ENGINE_GRAPH_H
#define ENGINE_GRAPH_H

#include "flatbuffer.h"

#define ABSENT 0xFFFFFFFFu /* index of an optional operand that is not given */

/* TensorType of a handle of a variable: nothing but the operators of resources.h may use it. */
#define GRAPH_RESOURCE 13u

typedef struct graph {
	const engine_model *model;
	fb_vector codes;
	fb_vector subgraphs; /* one, or a second one with initial values of variables */
	fb_vector tensors;
	fb_vector operators;
	fb_vector inputs;
	fb_vector outputs;
	fb_vector buffers;
	fb_vector metadata;
} graph;

typedef struct tensor {
	engine_tensor view;
	uint32_t constant; /* where its values lie in the model; 0: it is computed */
	uint32_t constant_bytes;
	int variable;    /* it keeps its values from one run to the next */
	uint32_t scales; /* where its quantisation scales lie in the model */
	fb_vector zero_points;
} tensor;

/* Where the planner put a tensor, or an operator's scratch memory. */
typedef struct {
	uint32_t size; /* 0: it has no place in the arena */
	uint32_t offset;
	uint16_t first; /* the operator that writes it (counted from 1; 0: there before any) */
	uint16_t last;  /* the last operator that reads it */
	uint16_t block; /* the tensor whose memory it shares; itself when it has its own */
	uint16_t next;  /* in the list of placed blocks, by offset */
} placement;

typedef struct {
	const graph *graph;
	const engine_operator *operation;
	uint32_t index;
	int32_t code;
	fb_vector inputs;
	fb_vector outputs;
	fb_table options;
	fb_vector custom_options;    /* bytes */
	const placement *placements; /* of the tensors, then of the operators' scratch; NULL until the arena is there */
	uint8_t *arena;
} node;

/* Root, version, subgraph and counts. */
engine_error graph_read(const engine_model *model, graph *graph);

/* The second subgraph, of a graph that has two; it has no inputs and no outputs. */
engine_error graph_read_initial(const graph *graph, struct graph *initial);

/* Element of a vector of 32-bit indices: inputs, outputs, operands. */
static inline uint32_t graph_index(const graph *graph, const fb_vector *vector, uint32_t element) {
	return fb_word(graph->model, vector->at + 4 * element);
}

/* Everything about a tensor except the values of its quantisation vectors, which engine_verify walks once. */
engine_error graph_check_tensor(const graph *graph, uint32_t index, tensor *tensor);

/* The same of a verified model, and quick; its name apart. */
void graph_tensor(const graph *graph, uint32_t index, tensor *tensor);

/* Where a verified model's tensor has its constant values; 0: it is computed. */
uint32_t graph_constant(const graph *graph, uint32_t index);

void graph_tensor_name(const graph *graph, uint32_t index, engine_tensor *view);

/* Input or output `index` of a verified model, as engine_input tells it; its data is left to who runs it. */
engine_error graph_interface(const engine_model *model, int is_output, uint32_t index, engine_tensor *view);

/* Bytes of one value; 0: not a type that a tensor may have here. */
uint32_t graph_type_size(uint32_t type);

/* A buffer's bytes. */
engine_error graph_buffer(const graph *graph, uint32_t index, fb_vector *bytes);

/* An operator's code, and in *custom its name when it is a custom one. */
engine_error graph_code(const graph *graph, uint32_t index, int32_t *code, fb_vector *custom);

/* The operator and its implementation; ENGINE_OPERATOR when the model's table has none. */
engine_error graph_check_node(const graph *graph, uint32_t index, node *node);

/* The same of a verified model, and quick. */
void graph_node(const graph *graph, uint32_t index, node *node);

/* The implementation of a node whose code and inputs are known. */
engine_error graph_find_operation(const node *node, const fb_vector *custom, const engine_operator **found);

#endif
