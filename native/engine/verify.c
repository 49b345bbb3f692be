#include "verify.h"

#include "resources.h"
#include "state.h"

enum { METADATA_NAME = 0, METADATA_BUFFER = 1 };

#define MAXIMUM_STATE (1u << 30)

/*
 * Vectors of a genuine file lie apart, so together they are shorter than the file. A crafted file may point a
 * thousand tensors at one long vector; this budget keeps the verifier's work linear in the file all the same.
 */
typedef struct {
	uint32_t left;
} budget;

static engine_error spend(budget *budget, uint32_t count, uint32_t width) {
	uint32_t bytes = count * width; /* of a vector inside the model: at most its size */
	if (bytes > budget->left) {
		return ENGINE_OVERLAP;
	}
	budget->left -= bytes;
	return ENGINE_OK;
}

static int is_quantized_type(engine_type type) {
	return type == ENGINE_INT8 || type == ENGINE_UINT8 || type == ENGINE_INT16 || type == ENGINE_INT32;
}

static int zero_point_fits(engine_type type, int32_t value) {
	uint32_t below = type == ENGINE_INT8 ? 128 : type == ENGINE_INT16 ? 32768 : 0;
	uint32_t range = type == ENGINE_INT32 ? 0xFFFFFFFFu : type == ENGINE_INT16 ? 65535 : 255;
	return (uint32_t)value + below <= range;
}

static engine_error check_quantization(const engine_model *model, const tensor *tensor, budget *budget) {
	const engine_tensor *view = &tensor->view;
	if (!is_quantized_type(view->type)) {
		return ENGINE_OK;
	}
	TRY(spend(budget, view->channels, 4));
	TRY(spend(budget, tensor->zero_points.count, 8));
	for (uint32_t i = 0; i < view->channels; i++) {
		uint32_t bits = fb_word(model, tensor->scales + 4 * i);
		/* positive, normal and finite: as an unsigned number between the smallest normal and infinity */
		if (bits < 0x00800000u || bits >= 0x7F800000u) {
			return ENGINE_SCALE;
		}
	}
	for (uint32_t i = 0; i < tensor->zero_points.count; i++) {
		int32_t low = (int32_t)fb_word(model, tensor->zero_points.at + 8 * i);
		uint32_t high = fb_word(model, tensor->zero_points.at + 8 * i + 4);
		if (high != (low < 0 ? 0xFFFFFFFFu : 0) || !zero_point_fits(view->type, low)) {
			return ENGINE_ZERO_POINT;
		}
	}
	return ENGINE_OK;
}

static engine_error check_tensors(const graph *graph, engine_plan *plan, const layout *layout, budget *budget) {
	tensor tensor;
	for (uint32_t i = 0; i < graph->tensors.count; i++) {
		plan->subject = i;
		TRY(graph_check_tensor(graph, i, &tensor));
		TRY(check_quantization(graph->model, &tensor, budget));
		layout_tensor(layout, i, &tensor);
		plan->variables += (uint32_t)tensor.variable;
	}
	return ENGINE_OK;
}

/* A tensor with values; a handle only where one is meant. */
static engine_error check_operand(const graph *graph, const layout *layout, uint32_t index, int is_handle) {
	if (index >= graph->tensors.count) {
		return ENGINE_TENSOR_INDEX;
	}
	if (is_handle || layout_is_operand(&layout->placements[index])) {
		return ENGINE_OK;
	}
	return layout->placements[index].first == LAYOUT_EMPTY ? ENGINE_DIMENSION : ENGINE_OPERAND_TYPE;
}

/* Inputs and outputs of the graph: tensors that are computed, or filled in by the caller. */
static engine_error check_interface(
    const graph *graph, const fb_vector *list, engine_plan *plan, const layout *layout, int is_output) {
	for (uint32_t i = 0; i < list->count; i++) {
		plan->subject = graph_index(graph, list, i);
		TRY(check_operand(graph, layout, plan->subject, 0));
		if (graph_constant(graph, plan->subject)) {
			return ENGINE_INTERFACE;
		}
		TRY(layout_interface(layout, plan->subject, is_output));
	}
	return ENGINE_OK;
}

/* What the quick reading of operators and their operands relies on. */
static engine_error check_operands(const graph *graph, const node *node, const layout *layout, budget *budget) {
	TRY(spend(budget, node->inputs.count, 4));
	TRY(spend(budget, node->outputs.count, 4));
	for (uint32_t i = 0; i < node->inputs.count; i++) {
		uint32_t index = graph_index(graph, &node->inputs, i);
		if (index == ABSENT) {
			continue;
		}
		TRY(check_operand(graph, layout, index, resources_is_handle(node, i, 0)));
		if (i < 32 && (node->operation->walked >> i & 1) != 0 && graph_constant(graph, index)) {
			tensor tensor;
			graph_tensor(graph, index, &tensor);
			TRY(spend(budget, tensor.view.bytes, 1));
		}
	}
	for (uint32_t i = 0; i < node->outputs.count; i++) {
		uint32_t index = graph_index(graph, &node->outputs, i);
		TRY(check_operand(graph, layout, index, resources_is_handle(node, i, 1)));
		if (graph_constant(graph, index)) {
			return ENGINE_OPERAND_CONSTANT;
		}
	}
	return ENGINE_OK;
}

/* First of all, since a missing operator is what its author can do something about. */
static engine_error check_codes(const graph *graph, engine_plan *plan) {
	node node;
	for (uint32_t i = 0; i < graph->operators.count; i++) {
		plan->subject = i;
		engine_error error = graph_check_node(graph, i, &node);
		plan->code = node.code;
		TRY(error);
	}
	plan->code = -1;
	return ENGINE_OK;
}

static engine_error check_operators(
    const graph *graph, engine_plan *plan, const layout *layout, resources *resources, budget *budget) {
	for (uint32_t i = 0; i < graph->operators.count; i++) {
		node node;
		requirement requirement = {0, 0, 0};
		plan->subject = i;
		graph_node(graph, i, &node);
		plan->code = node.code;
		TRY(check_operands(graph, &node, layout, budget));
		TRY(node.operation->check(&node, &requirement));
		if (node.operation->resources != NULL) {
			resources->rules = node.operation->resources;
			TRY(resources->rules->check(resources, layout, &node));
		}
		TRY(layout_node(layout, &node, &requirement));
		uint32_t bytes = step_size(requirement.state);
		if (requirement.state > MAXIMUM_STATE || bytes > MAXIMUM_STATE - plan->state) {
			return ENGINE_MEMORY;
		}
		plan->state += bytes;
	}
	plan->code = -1;
	return ENGINE_OK;
}

static engine_error read_metadata(const graph *graph, uint32_t index, fb_vector *name, fb_vector *bytes) {
	fb_table table;
	uint32_t buffer = 0;
	TRY(fb_element(graph->model, &graph->metadata, index, &table));
	TRY(fb_vector_of(graph->model, &table, METADATA_NAME, 1, name));
	TRY(fb_u32(graph->model, &table, METADATA_BUFFER, &buffer));
	return graph_buffer(graph, buffer, bytes);
}

engine_error engine_measure(const engine_model *model, engine_plan *plan) {
	graph graph;
	memset(plan, 0, sizeof *plan);
	plan->subject = ABSENT;
	plan->code = -1;
	TRY(graph_read(model, &graph));
	plan->tensors = graph.tensors.count;
	plan->operators = graph.operators.count;
	plan->work = layout_size(&graph);
	return ENGINE_OK;
}

engine_error verify_model(const engine_model *model, engine_plan *plan, void *work) {
	graph graph;
	fb_vector name;
	fb_vector bytes;
	budget budget = {4 * model->size};
	if (((uintptr_t)work & 3) != 0) {
		return ENGINE_MEMORY_ALIGNMENT;
	}
	TRY(graph_read(model, &graph));
	layout layout = layout_of(&graph, work);
	resources resources = resources_none();
	plan->state = 0;
	plan->variables = 0;
	TRY(check_codes(&graph, plan));
	TRY(check_tensors(&graph, plan, &layout, &budget));
	TRY(check_interface(&graph, &graph.inputs, plan, &layout, 0));
	TRY(check_operators(&graph, plan, &layout, &resources, &budget));
	TRY(check_interface(&graph, &graph.outputs, plan, &layout, 1));
	plan->subject = ABSENT;
	if (resources.rules != NULL) {
		TRY(resources.rules->finish(&resources, &layout, &graph, &plan->variables));
	}
	else if (graph.subgraphs.count == 2) {
		return ENGINE_SUBGRAPHS;
	}
	plan->state += state_base(graph.inputs.count + graph.outputs.count, plan->variables);
	for (uint32_t i = 0; i < graph.metadata.count; i++) {
		TRY(read_metadata(&graph, i, &name, &bytes));
	}
	return layout_place(&graph, &layout, &plan->arena);
}

engine_error engine_metadata(const engine_model *model, const char *name, const void **data, uint32_t *size) {
	graph graph;
	fb_vector entry;
	fb_vector bytes;
	uint32_t length = (uint32_t)strlen(name);
	TRY(graph_read(model, &graph));
	for (uint32_t i = 0; i < graph.metadata.count; i++) {
		uint32_t same = 0;
		TRY(read_metadata(&graph, i, &entry, &bytes));
		if (entry.count == length) {
			while (same < length && bytes_u8(fb_at(model, entry.at + same)) == (uint8_t)name[same]) {
				same++;
			}
			if (same == length) {
				*data = fb_at(model, bytes.at);
				*size = bytes.count;
				return ENGINE_OK;
			}
		}
	}
	return ENGINE_NOT_FOUND;
}
