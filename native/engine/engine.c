#include "resources.h"
#include "state.h"
#include "verify.h"

engine_error engine_verify(const engine_model *model, engine_plan *plan, void *work) {
	return verify_model(model, plan, work);
}

static engine_error open_steps(
    const graph *graph, const engine_plan *plan, const layout *layout, struct engine *opened) {
	uint8_t *end = (uint8_t *)opened + plan->state;
	uint8_t *at = (uint8_t *)state_steps(opened);
	for (uint32_t i = 0; i < graph->operators.count; i++) {
		node node;
		graph_node(graph, i, &node);
		uint32_t size = layout->needs[i].state;
		if (size > (uint32_t)(end - at)) {
			return ENGINE_MEMORY;
		}
		node.placements = layout->placements;
		node.arena = opened->arena;
		step *prepared = (step *)(void *)at;
		memset(prepared, 0, size);
		prepared->size = size;
		node.operation->open(&node, prepared);
		at += size;
	}
	return ENGINE_OK;
}

/* A constant's values in the machine's order of bytes; their width is a power of two. */
static void copy_values(uint8_t *to, const uint8_t *model_bytes, uint32_t bytes, uint32_t width) {
	uint32_t flip = ENGINE_BIG_ENDIAN ? width - 1 : 0;
	for (uint32_t i = 0; i < bytes; i++) {
		to[i ^ flip] = bytes_u8(model_bytes + i);
	}
}

/* There are handles, so some operator at hand has made them. */
static const resources_rules *rules_of(const graph *graph) {
	const engine_operator *const *operation = graph->model->operators;
	while ((*operation)->resources == NULL) {
		operation++;
	}
	return (*operation)->resources;
}

static variable variable_of(const graph *graph, const layout *layout, uint32_t index, const tensor *tensor) {
	const placement *place = &layout->placements[index];
	variable variable = {place->offset, place->size, 0, 0};
	struct tensor initial;
	if (tensor->view.type == ENGINE_INT8) {
		variable.value = (uint8_t)tensor->view.zero_point;
	}
	if ((uint32_t)tensor->view.type == GRAPH_RESOURCE) {
		rules_of(graph)->initial(graph, layout, index, &initial);
		variable.value = (uint8_t)initial.view.zero_point;
		if (initial.constant) {
			variable.size = initial.view.bytes;
			variable.value = graph_type_size(initial.view.type);
			variable.constant = initial.constant;
		}
	}
	return variable;
}

/* Variables, and copies of constants that are not read where they lie. */
static engine_error fill_lasting(const graph *graph, const layout *layout, struct engine *opened) {
	tensor tensor;
	uint32_t count = 0;
	for (uint32_t i = 0; i < graph->tensors.count; i++) {
		const placement *place = &layout->placements[i];
		if (place->size == 0 || place->first != 0 || place->last != layout->end) {
			continue;
		}
		graph_tensor(graph, i, &tensor);
		if (tensor.constant) {
			copy_values(opened->arena + place->offset, fb_at(graph->model, tensor.constant), tensor.view.bytes,
			    graph_type_size(tensor.view.type));
		}
		else if (tensor.variable || ((uint32_t)tensor.view.type == GRAPH_RESOURCE && place->block == i)) {
			if (count == opened->variables) {
				return ENGINE_MEMORY;
			}
			state_variables(opened)[count++] = variable_of(graph, layout, i, &tensor);
		}
	}
	return ENGINE_OK;
}

engine_error engine_open(
    const engine_model *model, engine_plan *plan, const void *work, void *state, void *arena, engine **opened) {
	graph graph;
	struct engine *engine = state;
	if (((uintptr_t)state & (sizeof(void *) - 1)) != 0 || ((uintptr_t)arena & 3) != 0) {
		return ENGINE_MEMORY_ALIGNMENT;
	}
	TRY(graph_read(model, &graph));
	layout layout = layout_of(&graph, work);
	if (plan->state < state_base(graph.inputs.count + graph.outputs.count, plan->variables)) {
		return ENGINE_MEMORY;
	}
	engine->model = *model;
	engine->arena = arena;
	engine->operators = graph.operators.count;
	engine->variables = plan->variables;
	engine->inputs = graph.inputs.count;
	engine->outputs = graph.outputs.count;
	for (uint32_t i = 0; i < graph.inputs.count + graph.outputs.count; i++) {
		uint32_t index = i < graph.inputs.count ? graph_index(&graph, &graph.inputs, i)
		                                        : graph_index(&graph, &graph.outputs, i - graph.inputs.count);
		engine->offsets[i] = layout.placements[layout.placements[index].block].offset;
	}
	TRY(fill_lasting(&graph, &layout, engine));
	TRY(open_steps(&graph, plan, &layout, engine));
	engine_reset(engine);
	*opened = engine;
	return ENGINE_OK;
}

void engine_reset(engine *opened) {
	const variable *variables = state_variables(opened);
	for (uint32_t i = 0; i < opened->variables; i++) {
		uint8_t *memory = opened->arena + variables[i].offset;
		if (variables[i].constant) {
			copy_values(memory, fb_at(&opened->model, variables[i].constant), variables[i].size, variables[i].value);
		}
		else {
			memset(memory, (int)variables[i].value, variables[i].size);
		}
	}
}

engine_error engine_invoke(engine *opened) {
	const step *next = state_steps(opened);
	for (uint32_t i = 0; i < opened->operators; i++) {
		next->run(next);
		next = (const step *)(const void *)((const uint8_t *)next + next->size);
	}
	return ENGINE_OK;
}

uint32_t engine_input_count(const engine *opened) {
	return opened->inputs;
}

uint32_t engine_output_count(const engine *opened) {
	return opened->outputs;
}

static engine_error describe(const engine *opened, int is_output, uint32_t index, engine_tensor *view) {
	TRY(graph_interface(&opened->model, is_output, index, view));
	view->data = opened->arena + opened->offsets[is_output ? opened->inputs + index : index];
	return ENGINE_OK;
}

engine_error engine_input(const engine *opened, uint32_t index, engine_tensor *tensor) {
	return describe(opened, 0, index, tensor);
}

engine_error engine_output(const engine *opened, uint32_t index, engine_tensor *tensor) {
	return describe(opened, 1, index, tensor);
}
