#include "resources.h"

#define NONE 0xFFFFu

enum { OPTION_CONTAINER = 0, OPTION_NAME = 1, OPTION_SUBGRAPH = 0 };
enum { HANDLE = 0, VALUE = 1 };

/* These keep the search for names short. */
enum { MAXIMUM_VARIABLES = 64, MAXIMUM_NAME = 255, MAXIMUM_INITIAL_OPERATORS = 2 * MAXIMUM_VARIABLES };

typedef struct {
	fb_vector container;
	fb_vector name;
} identity;

static engine_error read_identity(const node *node, identity *identity) {
	const engine_model *model = node->graph->model;
	TRY(fb_vector_of(model, &node->options, OPTION_CONTAINER, 1, &identity->container));
	TRY(fb_vector_of(model, &node->options, OPTION_NAME, 1, &identity->name));
	return identity->container.count <= MAXIMUM_NAME && identity->name.count <= MAXIMUM_NAME ? ENGINE_OK
	                                                                                         : ENGINE_ATTRIBUTE;
}

static int is_same_string(const engine_model *model, const fb_vector *a, const fb_vector *b) {
	uint32_t i = 0;
	if (a->count != b->count) {
		return 0;
	}
	while (i < a->count && bytes_u8(fb_at(model, a->at + i)) == bytes_u8(fb_at(model, b->at + i))) {
		i++;
	}
	return i == a->count;
}

static int is_same(const engine_model *model, const identity *a, const identity *b) {
	return is_same_string(model, &a->name, &b->name) && is_same_string(model, &a->container, &b->container);
}

/* The first handle of a name, or NONE. Until it has its place, a handle's offset is the operator that makes it. */
static uint16_t find(const resources *resources, const layout *layout, const graph *graph, const identity *wanted) {
	for (uint16_t i = resources->first; i != NONE; i = layout->placements[i].next) {
		node node;
		identity known;
		graph_node(graph, layout->placements[i].offset, &node);
		if (read_identity(&node, &known) == ENGINE_OK && is_same(graph->model, &known, wanted)) {
			return i;
		}
	}
	return NONE;
}

static engine_error make_handle(resources *resources, const layout *layout, const node *node) {
	identity identity;
	uint32_t tensor = graph_index(node->graph, &node->outputs, 0);
	placement *place = &layout->placements[tensor];
	TRY(read_identity(node, &identity));
	if (place->first != LAYOUT_RESOURCE) {
		return place->first == LAYOUT_HANDLE ? ENGINE_WRITTEN_TWICE : ENGINE_OPERAND_TYPE;
	}
	uint16_t same = find(resources, layout, node->graph, &identity);
	place->first = LAYOUT_HANDLE;
	place->size = 0;
	if (same != NONE) {
		place->block = same;
		return ENGINE_OK;
	}
	if (resources->count == MAXIMUM_VARIABLES) {
		return ENGINE_COUNT;
	}
	resources->count++;
	place->offset = node->index;
	place->next = resources->first;
	resources->first = (uint16_t)tensor;
	return ENGINE_OK;
}

/* All that read and assign a variable agree in its size. */
static engine_error use_handle(resources *resources, const layout *layout, const node *node, const tensor *value) {
	const placement *handle = &layout->placements[graph_index(node->graph, &node->inputs, HANDLE)];
	resources->is_used = 1;
	if (handle->first != LAYOUT_HANDLE) {
		return handle->first == LAYOUT_RESOURCE ? ENGINE_ORDER : ENGINE_OPERAND_TYPE;
	}
	placement *storage = &layout->placements[handle->block];
	if (storage->size != 0 && storage->size != value->view.bytes) {
		return ENGINE_OPERAND_SHAPE;
	}
	storage->size = value->view.bytes; /* to the byte, for comparisons; finish() rounds it up */
	return ENGINE_OK;
}

/* Which operator before `end` makes the handle; `end` when none does. */
static uint32_t maker_of(const graph *graph, uint32_t handle, uint32_t end, node *node) {
	for (uint32_t i = 0; i < end; i++) {
		graph_node(graph, i, node);
		if (node->code == CODE_VAR_HANDLE && graph_index(graph, &node->outputs, 0) == handle) {
			return i;
		}
	}
	return end;
}

static engine_error check_initial_operator(const graph *initial, uint32_t index) {
	node node;
	identity identity;
	tensor tensor;
	TRY(graph_check_node(initial, index, &node));
	if (node.code == CODE_VAR_HANDLE) {
		TRY(node_arity(&node, 0, 1));
		TRY(read_identity(&node, &identity));
		TRY(node_output(&node, 0, &tensor));
		return tensor.view.type == GRAPH_RESOURCE ? ENGINE_OK : ENGINE_OPERAND_TYPE;
	}
	if (node.code != CODE_ASSIGN_VARIABLE) {
		return ENGINE_INITIALISATION;
	}
	TRY(node_arity(&node, 2, 0));
	TRY(node_input(&node, HANDLE, &tensor));
	TRY(node_input(&node, VALUE, &tensor));
	if (!tensor.constant) {
		return ENGINE_INITIALISATION;
	}
	uint32_t handle = graph_index(initial, &node.inputs, HANDLE);
	return maker_of(initial, handle, index, &node) < index ? ENGINE_OK : ENGINE_ORDER;
}

static engine_error check_once(resources *resources, const node *node) {
	graph initial;
	tensor tensor;
	uint32_t subgraph = 0;
	TRY(fb_u32(node->graph->model, &node->options, OPTION_SUBGRAPH, &subgraph));
	if (resources->is_used) {
		return ENGINE_ORDER;
	}
	if (resources->is_initialised || subgraph != 1 || node->graph->subgraphs.count != 2) {
		return ENGINE_SUBGRAPHS;
	}
	resources->is_initialised = 1;
	TRY(graph_read_initial(node->graph, &initial));
	if (initial.operators.count > MAXIMUM_INITIAL_OPERATORS) {
		return ENGINE_COUNT;
	}
	for (uint32_t i = 0; i < initial.tensors.count; i++) {
		TRY(graph_check_tensor(&initial, i, &tensor));
	}
	for (uint32_t i = 0; i < initial.operators.count; i++) {
		TRY(check_initial_operator(&initial, i));
	}
	return ENGINE_OK;
}

static engine_error check(resources *resources, const layout *layout, const node *node) {
	tensor value;
	switch (node->code) {
		case CODE_VAR_HANDLE: return make_handle(resources, layout, node);
		case CODE_CALL_ONCE: return check_once(resources, node);
		case CODE_READ_VARIABLE: TRY(node_output(node, 0, &value)); return use_handle(resources, layout, node, &value);
		case CODE_ASSIGN_VARIABLE:
			TRY(node_input(node, VALUE, &value));
			return use_handle(resources, layout, node, &value);
		default: return ENGINE_OK;
	}
}

/* An assignment of the second subgraph: what it assigns, and the variable's name. */
static void read_assignment(const graph *initial, const node *assignment, tensor *value, identity *identity) {
	node maker;
	(void)node_input(assignment, VALUE, value);
	memset(identity, 0, sizeof *identity);
	if (maker_of(initial, graph_index(initial, &assignment->inputs, HANDLE), assignment->index, &maker) <
	    assignment->index) {
		(void)read_identity(&maker, identity);
	}
}

static engine_error check_values(const resources *resources, const layout *layout, const graph *graph) {
	struct graph initial;
	node node;
	tensor value;
	identity identity;
	TRY(graph_read_initial(graph, &initial));
	for (uint32_t i = 0; i < initial.operators.count; i++) {
		graph_node(&initial, i, &node);
		if (node.code == CODE_ASSIGN_VARIABLE) {
			read_assignment(&initial, &node, &value, &identity);
			uint16_t handle = find(resources, layout, graph, &identity);
			if (handle != NONE && layout->placements[handle].size != 0 &&
			    layout->placements[handle].size != value.view.bytes) {
				return ENGINE_OPERAND_SHAPE;
			}
		}
	}
	return ENGINE_OK;
}

static engine_error finish(const resources *resources, const layout *layout, const graph *graph, uint32_t *variables) {
	if (resources->is_initialised != (graph->subgraphs.count == 2)) {
		return ENGINE_SUBGRAPHS;
	}
	if (resources->is_initialised) {
		TRY(check_values(resources, layout, graph));
	}
	for (uint32_t i = 0; i < graph->tensors.count && resources->count != 0; i++) {
		placement *place = &layout->placements[i];
		if (place->first == LAYOUT_HANDLE) {
			place->first = 0;
			place->last = (uint16_t)layout->end;
			place->size = layout_aligned(layout->placements[place->block].size);
			*variables += place->block == i && place->size != 0;
		}
	}
	return ENGINE_OK;
}

/* The first that the graph itself assigns to a variable. */
static void read_first(const graph *graph, const layout *layout, uint32_t handle, tensor *value) {
	node node;
	memset(value, 0, sizeof *value);
	for (uint32_t i = 0; i < graph->operators.count; i++) {
		graph_node(graph, i, &node);
		if (node.code == CODE_ASSIGN_VARIABLE &&
		    layout->placements[graph_index(graph, &node.inputs, HANDLE)].block == handle) {
			(void)node_input(&node, VALUE, value);
			value->constant = 0;
			return;
		}
	}
}

static void find_initial(const graph *graph, const layout *layout, uint32_t handle, tensor *value) {
	struct graph initial;
	node node;
	tensor assigned;
	identity wanted;
	identity identity;
	read_first(graph, layout, handle, value);
	if (graph->subgraphs.count != 2 || graph_read_initial(graph, &initial) != ENGINE_OK ||
	    maker_of(graph, handle, graph->operators.count, &node) == graph->operators.count) {
		return;
	}
	(void)read_identity(&node, &wanted);
	for (uint32_t i = 0; i < initial.operators.count; i++) {
		graph_node(&initial, i, &node);
		if (node.code == CODE_ASSIGN_VARIABLE) {
			read_assignment(&initial, &node, &assigned, &identity);
			if (is_same(graph->model, &identity, &wanted)) {
				*value = assigned;
			}
		}
	}
}

const resources_rules resources_by_name = {check, finish, find_initial};
