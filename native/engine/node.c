#include "operator.h"
#include "schema.h"

/*
 * The model read a second time: engine_verify has seen that all of it is sound, so nothing is checked here. On a
 * microcontroller the checks are most of what opening a model takes.
 */

typedef struct {
	uint32_t at;
	uint32_t vtable;
	uint32_t vtable_size;
} sound_table;

static sound_table table_at(const engine_model *model, uint32_t at) {
	sound_table table;
	table.at = at;
	table.vtable = at - fb_word(model, at);
	table.vtable_size = file_u16(fb_at(model, table.vtable));
	return table;
}

/* What the offset at `at` leads to. */
static uint32_t target(const engine_model *model, uint32_t at) {
	return at + fb_word(model, at);
}

static sound_table element(const engine_model *model, const fb_vector *vector, uint32_t index) {
	return table_at(model, target(model, vector->at + 4 * index));
}

/* Where a field lies; 0: absent. */
static uint32_t field(const engine_model *model, const sound_table *table, uint32_t id) {
	uint32_t slot = 4 + 2 * id;
	uint32_t offset = slot < table->vtable_size ? file_u16(fb_at(model, table->vtable + slot)) : 0;
	return offset == 0 ? 0 : table->at + offset;
}

static uint8_t byte_field(const engine_model *model, const sound_table *table, uint32_t id) {
	uint32_t at = field(model, table, id);
	return at == 0 ? 0 : bytes_u8(fb_at(model, at));
}

static uint32_t word_field(const engine_model *model, const sound_table *table, uint32_t id) {
	uint32_t at = field(model, table, id);
	return at == 0 ? 0 : fb_word(model, at);
}

static void vector_field(const engine_model *model, const sound_table *table, uint32_t id, fb_vector *vector) {
	uint32_t at = field(model, table, id);
	vector->at = 0;
	vector->count = 0;
	if (at != 0) {
		at = target(model, at);
		vector->at = at + 4;
		vector->count = fb_word(model, at);
	}
}

static void read_quantization(const engine_model *model, uint32_t at, tensor *tensor) {
	engine_tensor *view = &tensor->view;
	sound_table table = table_at(model, at);
	fb_vector scales;
	vector_field(model, &table, QUANTIZATION_SCALE, &scales);
	vector_field(model, &table, QUANTIZATION_ZERO_POINT, &tensor->zero_points);
	if (scales.count == 0) {
		return;
	}
	view->channels = scales.count;
	tensor->scales = scales.at;
	view->scale = file_f32(fb_at(model, scales.at));
	/* converters give a convolution's bias the axis of its filter, though it has only one */
	if (view->rank > 1 && scales.count > 1) {
		view->axis = word_field(model, &table, QUANTIZATION_DIMENSION);
	}
	if (tensor->zero_points.count != 0) {
		view->zero_point = (int32_t)fb_word(model, tensor->zero_points.at);
	}
}

static void constant_of(const graph *graph, const sound_table *tensor, fb_vector *bytes) {
	sound_table buffer = element(graph->model, &graph->buffers, word_field(graph->model, tensor, TENSOR_BUFFER));
	vector_field(graph->model, &buffer, BUFFER_DATA, bytes);
	if (bytes->count == 0) {
		bytes->at = 0;
	}
}

uint32_t graph_constant(const graph *graph, uint32_t index) {
	sound_table table = element(graph->model, &graph->tensors, index);
	fb_vector bytes;
	constant_of(graph, &table, &bytes);
	return bytes.at;
}

void graph_tensor(const graph *graph, uint32_t index, tensor *tensor) {
	const engine_model *model = graph->model;
	engine_tensor *view = &tensor->view;
	sound_table table = element(model, &graph->tensors, index);
	fb_vector shape;
	fb_vector bytes;
	vector_field(model, &table, TENSOR_SHAPE, &shape);
	memset(tensor, 0, sizeof *tensor);
	view->type = (engine_type)byte_field(model, &table, TENSOR_TYPE);
	view->rank = shape.count;
	view->elements = 1;
	for (uint32_t i = 0; i < shape.count; i++) {
		view->shape[i] = fb_word(model, shape.at + 4 * i);
		view->elements *= view->shape[i];
	}
	view->bytes = view->elements * graph_type_size(view->type);
	uint32_t quantization = field(model, &table, TENSOR_QUANTIZATION);
	if (quantization != 0) {
		read_quantization(model, target(model, quantization), tensor);
	}
	constant_of(graph, &table, &bytes);
	tensor->constant = bytes.at;
	tensor->constant_bytes = bytes.count;
	tensor->variable = byte_field(model, &table, TENSOR_VARIABLE) != 0;
}

void graph_tensor_name(const graph *graph, uint32_t index, engine_tensor *view) {
	sound_table table = element(graph->model, &graph->tensors, index);
	fb_vector name;
	vector_field(graph->model, &table, TENSOR_NAME, &name);
	view->name = (const char *)fb_at(graph->model, name.at);
	view->name_length = name.count;
}

void graph_node(const graph *graph, uint32_t index, node *node) {
	const engine_model *model = graph->model;
	sound_table table = element(model, &graph->operators, index);
	sound_table code = element(model, &graph->codes, word_field(model, &table, OPERATOR_CODE));
	int32_t deprecated = byte_field(model, &code, CODE_DEPRECATED);
	int32_t builtin = (int32_t)word_field(model, &code, CODE_BUILTIN);
	fb_vector custom;
	vector_field(model, &code, CODE_CUSTOM, &custom);
	memset(node, 0, sizeof *node);
	node->graph = graph;
	node->index = index;
	node->code = builtin > deprecated ? builtin : deprecated;
	vector_field(model, &table, OPERATOR_INPUTS, &node->inputs);
	vector_field(model, &table, OPERATOR_OUTPUTS, &node->outputs);
	vector_field(model, &table, OPERATOR_CUSTOM_OPTIONS, &node->custom_options);
	uint32_t options = field(model, &table, OPERATOR_OPTIONS);
	if (options != 0 && byte_field(model, &table, OPERATOR_OPTIONS_TYPE) != 0) {
		table = table_at(model, target(model, options));
		node->options.at = table.at;
		node->options.vtable = table.vtable;
		node->options.vtable_size = table.vtable_size;
		node->options.size = file_u16(fb_at(model, table.vtable + 2));
	}
	(void)graph_find_operation(node, &custom, &node->operation);
}

static engine_error resolve(const node *node, uint32_t index, tensor *tensor) {
	if (index >= node->graph->tensors.count) {
		return ENGINE_TENSOR_INDEX;
	}
	graph_tensor(node->graph, index, tensor);
	if (node->arena && node->placements[index].size != 0) {
		tensor->view.data = node->arena + node->placements[node->placements[index].block].offset;
	}
	else if (tensor->constant) {
		/* const goes: an engine_tensor in the arena may be written, and operators only read their inputs */
		tensor->view.data = (uint8_t *)(uintptr_t)fb_at(node->graph->model, tensor->constant);
	}
	return ENGINE_OK;
}

engine_error node_input(const node *node, uint32_t index, tensor *tensor) {
	if (index >= node->inputs.count) {
		return ENGINE_ARITY;
	}
	TRY(resolve(node, graph_index(node->graph, &node->inputs, index), tensor));
	if (tensor->constant && node_reads_model(node, index)) {
		tensor->view.data = (uint8_t *)(uintptr_t)fb_at(node->graph->model, tensor->constant);
	}
	return ENGINE_OK;
}

engine_error node_output(const node *node, uint32_t index, tensor *tensor) {
	if (index >= node->outputs.count) {
		return ENGINE_ARITY;
	}
	return resolve(node, graph_index(node->graph, &node->outputs, index), tensor);
}

int node_has_input(const node *node, uint32_t index) {
	return index < node->inputs.count && graph_index(node->graph, &node->inputs, index) != ABSENT;
}

engine_error node_constant(const node *node, uint32_t index, engine_type type, tensor *tensor) {
	TRY(node_input(node, index, tensor));
	if (tensor->view.type != type) {
		return ENGINE_OPERAND_TYPE;
	}
	return tensor->constant ? ENGINE_OK : ENGINE_OPERAND_CONSTANT;
}

int32_t tensor_i32(const node *node, const tensor *tensor, uint32_t element) {
	return (int32_t)fb_word(node->graph->model, tensor->constant + 4 * element);
}

void *node_scratch(const node *node) {
	return node->arena + node->placements[node->graph->tensors.count + node->index].offset;
}

engine_error node_arity(const node *node, uint32_t inputs, uint32_t outputs) {
	return node->inputs.count == inputs && node->outputs.count == outputs ? ENGINE_OK : ENGINE_ARITY;
}

engine_error node_unary(const node *node, tensor *input, tensor *output) {
	TRY(node_arity(node, 1, 1));
	TRY(node_input(node, 0, input));
	TRY(node_output(node, 0, output));
	return same_shape(input, output) ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

int same_shape(const tensor *a, const tensor *b) {
	return a->view.rank == b->view.rank && memcmp(a->view.shape, b->view.shape, sizeof a->view.shape) == 0;
}
