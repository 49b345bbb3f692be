#include "state.h"

static engine_error open_steps(
    const graph *graph, const engine_plan *plan, const placement *placements, struct engine *opened) {
	uint8_t *end = (uint8_t *)opened + plan->state;
	uint8_t *at = (uint8_t *)state_steps(opened);
	for (uint32_t i = 0; i < graph->operators.count; i++) {
		node node;
		int32_t code;
		requirement requirement = {0, 0};
		TRY(graph_node(graph, i, &node, &code));
		TRY(node.operation->check(&node, &requirement));
		uint32_t size = step_size(requirement.state);
		if (size > (uint32_t)(end - at)) {
			return ENGINE_MEMORY;
		}
		node.placements = placements;
		node.arena = opened->arena;
		step *prepared = (step *)(void *)at;
		memset(prepared, 0, size);
		prepared->size = size;
		node.operation->open(&node, prepared);
		at += size;
	}
	return ENGINE_OK;
}

engine_error engine_open(
    const engine_model *model, const engine_plan *plan, const void *work, void *state, void *arena, engine **opened) {
	graph graph;
	const placement *placements = work;
	struct engine *engine = state;
	if (((uintptr_t)state & (sizeof(void *) - 1)) != 0 || ((uintptr_t)arena & 3) != 0) {
		return ENGINE_MEMORY_ALIGNMENT;
	}
	TRY(graph_read(model, &graph));
	if (plan->state < state_base(graph.inputs.count, graph.outputs.count)) {
		return ENGINE_MEMORY;
	}
	engine->model = *model;
	engine->arena = arena;
	engine->operators = graph.operators.count;
	engine->inputs = graph.inputs.count;
	engine->outputs = graph.outputs.count;
	for (uint32_t i = 0; i < graph.inputs.count + graph.outputs.count; i++) {
		uint32_t index = i < graph.inputs.count ? graph_index(&graph, &graph.inputs, i)
		                                        : graph_index(&graph, &graph.outputs, i - graph.inputs.count);
		engine->offsets[i] = placements[placements[index].block].offset;
	}
	TRY(open_steps(&graph, plan, placements, engine));
	*opened = engine;
	return ENGINE_OK;
}

void engine_invoke(engine *opened) {
	const step *next = state_steps(opened);
	for (uint32_t i = 0; i < opened->operators; i++) {
		next->run(next);
		next = (const step *)(const void *)((const uint8_t *)next + next->size);
	}
}

uint32_t engine_input_count(const engine *opened) {
	return opened->inputs;
}

uint32_t engine_output_count(const engine *opened) {
	return opened->outputs;
}

static engine_error describe(const engine *opened, int is_output, uint32_t index, engine_tensor *view) {
	graph graph;
	tensor tensor;
	TRY(graph_read(&opened->model, &graph));
	const fb_vector *list = is_output ? &graph.outputs : &graph.inputs;
	if (index >= list->count) {
		return ENGINE_INDEX;
	}
	TRY(graph_tensor(&graph, graph_index(&graph, list, index), &tensor));
	*view = tensor.view;
	view->data = opened->arena + opened->offsets[is_output ? opened->inputs + index : index];
	return ENGINE_OK;
}

engine_error engine_input(const engine *opened, uint32_t index, engine_tensor *tensor) {
	return describe(opened, 0, index, tensor);
}

engine_error engine_output(const engine *opened, uint32_t index, engine_tensor *tensor) {
	return describe(opened, 1, index, tensor);
}

int32_t engine_operator_code(const engine_model *model, uint32_t index) {
	graph graph;
	fb_vector custom;
	int32_t code = -1;
	if (graph_read(model, &graph) == ENGINE_OK && index < graph.operators.count) {
		(void)graph_code(&graph, index, &code, &custom);
	}
	return code;
}

void engine_copy(void *to, const void *model_bytes, uint32_t count) {
	uint8_t *out = to;
	const uint8_t *from = model_bytes;
	for (uint32_t i = 0; i < count; i++) {
		out[i] = bytes_u8(from + i);
	}
}
