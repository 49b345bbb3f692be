/* What engine_lay_out writes into the working memory, for engine_open to read. */
#ifndef ENGINE_LAYOUT_H
#define ENGINE_LAYOUT_H

#include "operator.h"

typedef struct {
	uint32_t state; /* bytes of the operator's step */
	uint32_t in_place;
} need;

typedef struct {
	placement *placements; /* of the tensors, then of the operators' scratch memory */
	need *needs;           /* of the operators */
} layout;

static inline layout layout_of(const graph *graph, const void *work) {
	layout layout;
	layout.placements = (placement *)(uintptr_t)work;
	layout.needs = (need *)(void *)(layout.placements + graph->tensors.count + graph->operators.count);
	return layout;
}

static inline uint32_t layout_size(const graph *graph) {
	return (graph->tensors.count + graph->operators.count) * (uint32_t)sizeof(placement) +
	       graph->operators.count * (uint32_t)sizeof(need);
}

/* The moment after the last operator: what is read then outlives the run. */
static inline uint32_t layout_end(const graph *graph) {
	return graph->operators.count + 1;
}

#endif
