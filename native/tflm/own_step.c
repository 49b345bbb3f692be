#include "own_step.h"

#include "layout.h"

int32_t own_code(const engine_operator *operation) {
	return operation->code;
}

uint32_t own_next(const engine_model *model, uint32_t index) {
	graph graph;
	node node;
	(void)graph_read(model, &graph);
	while (index < graph.operators.count) {
		graph_node(&graph, index, &node);
		if (own_is_listed(node.operation)) {
			break;
		}
		index++;
	}
	return index;
}

engine_error own_require(const engine_model *model, uint32_t index, uint32_t *step, uint32_t *scratch) {
	graph graph;
	node node;
	requirement requirement = {0, 0, 0};
	TRY(graph_read(model, &graph));
	graph_node(&graph, index, &node);
	TRY(node.operation->check(&node, &requirement));
	*step = step_size(requirement.state);
	*scratch = requirement.scratch;
	return ENGINE_OK;
}

int own_is_constant(const engine_model *model, uint32_t tensor) {
	graph graph;
	(void)graph_read(model, &graph);
	return graph_constant(&graph, tensor) != 0;
}

static void place(const graph *graph, const void *work, uint32_t block, uint32_t offset) {
	placement *placed = &layout_of(graph, work).placements[block];
	placed->block = (uint16_t)block;
	placed->offset = offset;
}

void own_place(const engine_model *model, const void *work, uint32_t tensor, uint32_t offset) {
	graph graph;
	(void)graph_read(model, &graph);
	place(&graph, work, tensor, offset);
}

void own_place_scratch(const engine_model *model, const void *work, uint32_t index, uint32_t offset) {
	graph graph;
	(void)graph_read(model, &graph);
	place(&graph, work, graph.tensors.count + index, offset);
}

void own_open(const engine_model *model, const void *work, void *arena, uint32_t index, void *memory) {
	graph graph;
	node node;
	step *prepared = memory;
	requirement requirement = {0, 0, 0};
	(void)graph_read(model, &graph);
	graph_node(&graph, index, &node);
	(void)node.operation->check(&node, &requirement);
	prepared->size = step_size(requirement.state);
	node.placements = layout_of(&graph, work).placements;
	node.arena = arena;
	node.operation->open(&node, prepared);
}

void own_run(const void *memory) {
	const step *prepared = memory;
	prepared->run(prepared);
}
