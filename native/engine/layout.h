/*
 * The planner of the arena, in the caller's working memory: engine_verify tells it of each tensor and operator as it
 * checks them, engine_open reads what came of it.
 */
#ifndef ENGINE_LAYOUT_H
#define ENGINE_LAYOUT_H

#include "operator.h"

typedef struct {
	uint32_t state; /* bytes of the operator's step */
	uint32_t in_place;
} need;

/* In placement.first, of tensors that operators may not use: */
#define LAYOUT_HANDLE 0xFFFCu   /* a variable's handle (resources.h) */
#define LAYOUT_RESOURCE 0xFFFDu /* one that no operator has made yet */
#define LAYOUT_EMPTY 0xFFFEu    /* without elements, as converters leave some */

static inline int layout_is_operand(const placement *place) {
	return place->first < LAYOUT_HANDLE || place->first > LAYOUT_EMPTY;
}

/* Bytes that a tensor takes in the arena. */
static inline uint32_t layout_aligned(uint32_t bytes) {
	return (bytes + 3) & ~3u;
}

typedef struct layout {
	placement *placements; /* of the tensors, then of the operators' scratch memory */
	need *needs;           /* of the operators */
	uint32_t end;          /* the moment after the last operator: what is read then outlives the run */
} layout;

static inline layout layout_of(const graph *graph, const void *work) {
	layout layout;
	layout.placements = (placement *)(uintptr_t)work;
	layout.needs = (need *)(void *)(layout.placements + graph->tensors.count + graph->operators.count);
	layout.end = graph->operators.count + 1;
	return layout;
}

static inline uint32_t layout_size(const graph *graph) {
	return (graph->tensors.count + graph->operators.count) * (uint32_t)sizeof(placement) +
	       graph->operators.count * (uint32_t)sizeof(need);
}

/* First all tensors, then the graph's inputs, then the operators in their order, then the graph's outputs. */
void layout_tensor(const layout *layout, uint32_t index, const tensor *tensor);
engine_error layout_node(const layout *layout, const node *node, const requirement *requirement);
engine_error layout_interface(const layout *layout, uint32_t index, int is_output);

/* Gives each tensor and scratch memory its place, and the size of it all. */
engine_error layout_place(const graph *graph, const layout *layout, uint32_t *arena);

#endif
