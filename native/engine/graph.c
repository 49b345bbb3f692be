#include "graph.h"
#include "operator.h"
#include "schema.h"

static engine_error read_subgraph(graph *graph, uint32_t index) {
	const engine_model *model = graph->model;
	fb_table subgraph;
	TRY(fb_element(model, &graph->subgraphs, index, &subgraph));
	TRY(fb_vector_of(model, &subgraph, SUBGRAPH_TENSORS, 4, &graph->tensors));
	TRY(fb_vector_of(model, &subgraph, SUBGRAPH_INPUTS, 4, &graph->inputs));
	TRY(fb_vector_of(model, &subgraph, SUBGRAPH_OUTPUTS, 4, &graph->outputs));
	TRY(fb_vector_of(model, &subgraph, SUBGRAPH_OPERATORS, 4, &graph->operators));
	if (graph->tensors.count > ENGINE_MAXIMUM_TENSORS || graph->operators.count > ENGINE_MAXIMUM_OPERATORS) {
		return ENGINE_COUNT;
	}
	return ENGINE_OK;
}

engine_error graph_read(const engine_model *model, graph *graph) {
	fb_table root;
	uint32_t version = 0;
	graph->model = model;
	TRY(fb_root(model, &root));
	TRY(fb_u32(model, &root, MODEL_VERSION, &version));
	if (version != SCHEMA_VERSION) {
		return ENGINE_VERSION;
	}
	TRY(fb_vector_of(model, &root, MODEL_CODES, 4, &graph->codes));
	TRY(fb_vector_of(model, &root, MODEL_SUBGRAPHS, 4, &graph->subgraphs));
	TRY(fb_vector_of(model, &root, MODEL_BUFFERS, 4, &graph->buffers));
	TRY(fb_vector_of(model, &root, MODEL_METADATA, 4, &graph->metadata));
	if (graph->subgraphs.count != 1 && graph->subgraphs.count != 2) {
		return ENGINE_SUBGRAPHS;
	}
	TRY(read_subgraph(graph, 0));
	/* each operand of the graph is a tensor of its own */
	if (graph->inputs.count == 0 || graph->inputs.count > graph->tensors.count || graph->outputs.count == 0 ||
	    graph->outputs.count > graph->tensors.count) {
		return ENGINE_INTERFACE;
	}
	return ENGINE_OK;
}

engine_error graph_read_initial(const graph *graph, struct graph *initial) {
	*initial = *graph;
	TRY(read_subgraph(initial, 1));
	return initial->inputs.count == 0 && initial->outputs.count == 0 ? ENGINE_OK : ENGINE_INITIALISATION;
}

uint32_t graph_type_size(uint32_t type) {
	switch (type) {
		case ENGINE_UINT8:
		case ENGINE_BOOL:
		case ENGINE_INT8: return 1;
		case ENGINE_INT16: return 2;
		case ENGINE_FLOAT32:
		case GRAPH_RESOURCE:
		case ENGINE_INT32: return 4;
		case ENGINE_INT64: return 8;
		default: return 0;
	}
}

static engine_error check_shape(const engine_model *model, const fb_table *table) {
	fb_vector shape;
	uint32_t elements = 1;
	TRY(fb_vector_of(model, table, TENSOR_SHAPE, 4, &shape));
	if (shape.count > ENGINE_MAXIMUM_RANK) {
		return ENGINE_RANK;
	}
	for (uint32_t i = 0; i < shape.count; i++) {
		uint32_t extent = fb_word(model, shape.at + 4 * i);
		if (extent > ENGINE_MAXIMUM_BYTES) {
			return ENGINE_DIMENSION;
		}
		uint64_t product = (uint64_t)elements * extent;
		if (product > ENGINE_MAXIMUM_BYTES) {
			return ENGINE_TENSOR_SIZE;
		}
		elements = (uint32_t)product;
	}
	return ENGINE_OK;
}

static engine_error check_quantization(const engine_model *model, const fb_table *table) {
	fb_table quantization;
	fb_vector vector;
	uint8_t details = 0;
	uint32_t at;
	TRY(fb_subtable(model, table, TENSOR_QUANTIZATION, &quantization));
	TRY(fb_vector_of(model, &quantization, QUANTIZATION_SCALE, 4, &vector));
	TRY(fb_vector_of(model, &quantization, QUANTIZATION_ZERO_POINT, 8, &vector));
	TRY(fb_field(model, &quantization, QUANTIZATION_DIMENSION, 4, &at));
	TRY(fb_u8(model, &quantization, QUANTIZATION_DETAILS_TYPE, &details));
	return details != 0 ? ENGINE_QUANTIZATION : ENGINE_OK;
}

/* All that graph_tensor follows, and nothing that it does not know. */
static engine_error check_tables(const graph *graph, uint32_t index) {
	const engine_model *model = graph->model;
	fb_table table;
	fb_table sparsity;
	fb_vector bytes;
	uint32_t number = 0;
	uint8_t byte;
	TRY(fb_element(model, &graph->tensors, index, &table));
	TRY(fb_u8(model, &table, TENSOR_TYPE, &byte));
	TRY(fb_u8(model, &table, TENSOR_VARIABLE, &byte));
	TRY(check_shape(model, &table));
	TRY(fb_vector_of(model, &table, TENSOR_NAME, 1, &bytes));
	TRY(check_quantization(model, &table));
	TRY(fb_subtable(model, &table, TENSOR_SPARSITY, &sparsity));
	if (sparsity.at) {
		return ENGINE_SPARSE;
	}
	TRY(fb_u32(model, &table, TENSOR_EXTERNAL_BUFFER, &number));
	if (number != 0) {
		return ENGINE_EXTERNAL;
	}
	TRY(fb_u32(model, &table, TENSOR_BUFFER, &number));
	return graph_buffer(graph, number, &bytes);
}

engine_error graph_buffer(const graph *graph, uint32_t index, fb_vector *bytes) {
	fb_table table;
	uint32_t offset;
	if (index >= graph->buffers.count) {
		return ENGINE_BUFFER_INDEX;
	}
	TRY(fb_element(graph->model, &graph->buffers, index, &table));
	TRY(fb_field(graph->model, &table, BUFFER_OFFSET, 8, &offset));
	if (offset != 0 && fb_word(graph->model, offset) > 1) {
		return ENGINE_EXTERNAL;
	}
	return fb_vector_of(graph->model, &table, BUFFER_DATA, 1, bytes);
}

engine_error graph_check_tensor(const graph *graph, uint32_t index, tensor *tensor) {
	const engine_tensor *view = &tensor->view;
	TRY(check_tables(graph, index));
	graph_tensor(graph, index, tensor);
	uint32_t width = graph_type_size(view->type);
	if (width == 0) {
		return ENGINE_TYPE;
	}
	if (view->bytes > ENGINE_MAXIMUM_BYTES) {
		return ENGINE_TENSOR_SIZE; /* at most 8 * 16 MiB */
	}
	if (view->channels > 1 && (view->axis >= view->rank || view->shape[view->axis] != view->channels)) {
		return ENGINE_CHANNELS;
	}
	/* without zero points they are all 0 */
	if (tensor->zero_points.count != 0 && tensor->zero_points.count != view->channels) {
		return ENGINE_CHANNELS;
	}
	if (tensor->variable && view->elements == 0) {
		return ENGINE_DIMENSION;
	}
	if ((uint32_t)view->type == GRAPH_RESOURCE && (tensor->variable || tensor->constant)) {
		return ENGINE_TYPE;
	}
	if (tensor->constant == 0) {
		return ENGINE_OK;
	}
	if (tensor->variable) {
		return ENGINE_VARIABLE;
	}
	if (tensor->constant_bytes != view->bytes) {
		return ENGINE_BUFFER_SIZE;
	}
	return (tensor->constant & ((width > 4 ? 4 : width) - 1)) != 0 ? ENGINE_ALIGNMENT : ENGINE_OK;
}

engine_error graph_code(const graph *graph, uint32_t index, int32_t *code, fb_vector *custom) {
	fb_table table;
	fb_table operator_code;
	uint32_t code_index = 0;
	uint8_t deprecated = 0;
	uint32_t builtin = 0;
	*code = -1;
	TRY(fb_element(graph->model, &graph->operators, index, &table));
	TRY(fb_u32(graph->model, &table, OPERATOR_CODE, &code_index));
	if (code_index >= graph->codes.count) {
		return ENGINE_OPERATOR_INDEX;
	}
	TRY(fb_element(graph->model, &graph->codes, code_index, &operator_code));
	TRY(fb_u8(graph->model, &operator_code, CODE_DEPRECATED, &deprecated));
	TRY(fb_u32(graph->model, &operator_code, CODE_BUILTIN, &builtin));
	TRY(fb_vector_of(graph->model, &operator_code, CODE_CUSTOM, 1, custom));
	/* the code outgrew its first field, a byte: the greater of the two counts */
	*code = (int32_t)builtin > deprecated ? (int32_t)builtin : deprecated;
	return ENGINE_OK;
}

static int is_named(const engine_model *model, const fb_vector *string, const char *name) {
	uint32_t i = 0;
	while (i < string->count && name[i] != 0 && bytes_u8(fb_at(model, string->at + i)) == (uint8_t)name[i]) {
		i++;
	}
	return i == string->count && name[i] == 0;
}

/* The type of the first operand; without one, as TFLite writes a constant's maker, the default of the schema. */
static engine_error first_type(const graph *graph, const fb_vector *inputs, uint8_t *type) {
	fb_table table;
	*type = ENGINE_FLOAT32;
	if (inputs->count == 0) {
		return ENGINE_OK;
	}
	uint32_t index = graph_index(graph, inputs, 0);
	if (index >= graph->tensors.count) {
		return ENGINE_TENSOR_INDEX;
	}
	TRY(fb_element(graph->model, &graph->tensors, index, &table));
	return fb_u8(graph->model, &table, TENSOR_TYPE, type);
}

engine_error graph_find_operation(const node *node, const fb_vector *custom, const engine_operator **found) {
	const engine_model *model = node->graph->model;
	engine_error reason = ENGINE_OPERATOR;
	for (uint32_t i = 0; i < model->operator_count; i++) {
		const engine_operator *operation = model->operators[i];
		uint8_t type;
		if (operation->code != node->code || (node->code == CUSTOM && !is_named(model, custom, operation->name))) {
			continue;
		}
		if (operation->types != 0) {
			TRY(first_type(node->graph, &node->inputs, &type));
			if (type > 31 || (operation->types >> type & 1) == 0) {
				reason = ENGINE_OPERAND_TYPE;
				continue;
			}
		}
		*found = operation;
		return ENGINE_OK;
	}
	return reason;
}

engine_error graph_check_node(const graph *graph, uint32_t index, node *node) {
	const engine_model *model = graph->model;
	fb_table table;
	fb_vector custom;
	uint8_t options_type = 0;
	node->graph = graph;
	node->index = index;
	node->placements = NULL;
	node->arena = NULL;
	TRY(graph_code(graph, index, &node->code, &custom));
	TRY(fb_element(model, &graph->operators, index, &table));
	TRY(fb_vector_of(model, &table, OPERATOR_INPUTS, 4, &node->inputs));
	TRY(fb_vector_of(model, &table, OPERATOR_OUTPUTS, 4, &node->outputs));
	TRY(graph_find_operation(node, &custom, &node->operation));
	TRY(fb_u8(model, &table, OPERATOR_OPTIONS_TYPE, &options_type));
	TRY(fb_subtable(model, &table, OPERATOR_OPTIONS, &node->options));
	if (node->operation->options_type != 0 && options_type != 0 && options_type != node->operation->options_type) {
		return ENGINE_OPTIONS;
	}
	if (options_type == 0) {
		node->options.at = 0;
	}
	return fb_vector_of(model, &table, OPERATOR_CUSTOM_OPTIONS, 1, &node->custom_options);
}
