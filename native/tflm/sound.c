#include "sound.h"

#include "graph.h"
#include "operator.h"
#include "schema.h"

enum { OPERATOR_INTERMEDIATES = 8 };
enum { METADATA_NAME = 0 };
enum { OPTION_CONTAINER = 0, OPTION_NAME = 1, OPTION_MULTIPLIER = 3 };

/* BuiltinOperators */
#define ADD 0
#define DEPTHWISE_CONV_2D 4
#define SUB 41

/*
 * BuiltinOptions with the widths of their fields, by the schema: '1' and '4' scalars, 'v' a vector of integers. All are
 * read, with no look at where they lie. Types of operators that ../engine does not have are never asked for.
 */
static const struct {
	uint8_t type;
	char widths[8];
} options[] = {
    {1, "1441441"}, /* Conv2D */
    {2, "1444144"}, /* DepthwiseConv2D */
    {5, "144441"},  /* Pool2D */
    {6, "411"},     /* SVDF */
    {8, "11111"},   /* FullyConnected */
    {9, "4"},       /* Softmax */
    {10, "41"},     /* Concatenation */
    {11, "11"},     /* Add */
    {12, "1"},      /* L2Norm */
    {15, "4411"},   /* ResizeBilinear */
    {17, "v"},      /* Reshape */
    {19, "4"},      /* SpaceToDepth */
    {21, "1"},      /* Mul */
    {23, "44"},     /* Gather */
    {27, "1"},      /* Reducer */
    {28, "11"},     /* Sub */
    {29, "1"},      /* Div */
    {30, "v"},      /* Squeeze */
    {32, "444441"}, /* StridedSlice */
    {35, "4"},      /* Split */
    {37, "11"},     /* Cast */
    {40, "1"},      /* ArgMax */
    {49, "14411"},  /* TransposeConv */
    {55, "1"},      /* Shape */
    {57, "1"},      /* ArgMin */
    {59, "44"},     /* Pack */
    {64, "44"},     /* Unpack */
    {71, "144111"}, /* UnidirectionalSequenceLSTM */
    {74, "11"},     /* ResizeNearestNeighbor */
    {75, "4"},      /* LeakyRelu */
    {77, "1"},      /* MirrorPad */
    {79, "4"},      /* SplitV */
    {94, "4"},      /* DepthToSpace */
    {102, "11"},    /* Cumsum */
    {103, "4"},     /* CallOnce */
};

static const char offline_plan[] = "OfflineMemoryAllocation";

/* A string that functions of the C library read to its end: nothing is in it that is not counted, nor the reverse. */
static int is_text(const engine_model *model, const fb_vector *string) {
	for (uint32_t i = 0; i < string->count; i++) {
		if (bytes_u8(fb_at(model, string->at + i)) == 0) {
			return 0;
		}
	}
	return string->at + string->count < model->size && bytes_u8(fb_at(model, string->at + string->count)) == 0;
}

static engine_error check_options(const engine_model *model, const fb_table *operation) {
	fb_table table;
	fb_vector vector;
	uint32_t at;
	uint8_t type = 0;
	TRY(fb_u8(model, operation, OPERATOR_OPTIONS_TYPE, &type));
	TRY(fb_subtable(model, operation, OPERATOR_OPTIONS, &table));
	if (table.at == 0) {
		return ENGINE_OK;
	}
	for (uint32_t i = 0; i < sizeof options / sizeof *options; i++) {
		if (options[i].type != type) {
			continue;
		}
		for (uint32_t field = 0; options[i].widths[field] != 0; field++) {
			if (options[i].widths[field] == 'v') {
				TRY(fb_vector_of(model, &table, field, 4, &vector));
			}
			else {
				TRY(fb_field(model, &table, field, options[i].widths[field] == '4' ? 4 : 1, &at));
			}
		}
	}
	return ENGINE_OK;
}

/* Tensors that an operator works in besides its operands: the interpreter looks up their sizes. */
static engine_error check_intermediates(const graph *graph, const fb_table *operation) {
	fb_vector indices;
	TRY(fb_vector_of(graph->model, operation, OPERATOR_INTERMEDIATES, 4, &indices));
	for (uint32_t i = 0; i < indices.count; i++) {
		if (graph_index(graph, &indices, i) >= graph->tensors.count) {
			return ENGINE_TENSOR_INDEX;
		}
	}
	return ENGINE_OK;
}

/* Options of one kind belong to builtin operators, of the other to custom ones, whose name must end. */
static engine_error check_code(const graph *graph, uint32_t index, const fb_table *operation) {
	fb_vector name;
	fb_vector custom_options;
	int32_t code;
	TRY(graph_code(graph, index, &code, &name));
	TRY(fb_vector_of(graph->model, operation, OPERATOR_CUSTOM_OPTIONS, 1, &custom_options));
	if (code != CUSTOM) {
		return custom_options.at == 0 ? ENGINE_OK : ENGINE_OPTIONS;
	}
	return is_text(graph->model, &name) ? ENGINE_OK : ENGINE_OPERATOR;
}

/*
 * Variables are found by strcmp: names end and are there. A container that is left out would be any container, so only
 * the empty one, which converters write, is taken.
 */
static engine_error check_handle(const graph *graph, const fb_table *operation) {
	const engine_model *model = graph->model;
	fb_table table;
	fb_vector container;
	fb_vector name;
	TRY(fb_subtable(model, operation, OPERATOR_OPTIONS, &table));
	TRY(fb_vector_of(model, &table, OPTION_CONTAINER, 1, &container));
	TRY(fb_vector_of(model, &table, OPTION_NAME, 1, &name));
	int is_named = name.at != 0 && container.at != 0 && is_text(model, &name) && is_text(model, &container);
	return is_named && container.count == 0 ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

/* ../engine finds out by itself how many channels become of one; the interpreter believes it. */
static engine_error check_depthwise(const graph *graph, uint32_t index) {
	node node;
	tensor input;
	tensor output;
	uint32_t multiplier = 0;
	graph_node(graph, index, &node);
	TRY(fb_u32(graph->model, &node.options, OPTION_MULTIPLIER, &multiplier));
	TRY(node_input(&node, 0, &input));
	TRY(node_output(&node, 0, &output));
	uint32_t channels = output.view.shape[output.view.rank - 1];
	uint32_t from = input.view.shape[input.view.rank - 1];
	return channels % from == 0 && channels / from == multiplier ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

/* Sums are made with 20 or 15 bits more; scales for which these are not enough would stop the program. */
static engine_error check_sum_scales(const graph *graph, uint32_t index) {
	node node;
	tensor first;
	tensor second;
	tensor output;
	graph_node(graph, index, &node);
	TRY(node_input(&node, 0, &first));
	TRY(node_input(&node, 1, &second));
	TRY(node_output(&node, 0, &output));
	if (output.view.type != ENGINE_INT8 && output.view.type != ENGINE_INT16) {
		return ENGINE_OK;
	}
	double greatest = (double)(first.view.scale > second.view.scale ? first.view.scale : second.view.scale);
	double bits = output.view.type == ENGINE_INT8 ? 1 << 20 : 1 << 15;
	/* in single precision the quotient may be rounded up to 1 */
	return 2.001 * greatest < bits * (double)output.view.scale ? ENGINE_OK : ENGINE_OPERAND_QUANTIZATION;
}

static engine_error check_operator(const graph *graph, uint32_t index, engine_plan *plan) {
	fb_table table;
	fb_vector name;
	plan->subject = index;
	TRY(graph_code(graph, index, &plan->code, &name));
	TRY(fb_element(graph->model, &graph->operators, index, &table));
	TRY(check_code(graph, index, &table));
	TRY(check_options(graph->model, &table));
	TRY(check_intermediates(graph, &table));
	switch (plan->code) {
		case CODE_VAR_HANDLE: return check_handle(graph, &table);
		case ADD:
		case SUB: return check_sum_scales(graph, index);
		case DEPTHWISE_CONV_2D: return check_depthwise(graph, index);
		default: return ENGINE_OK;
	}
}

static engine_error check_operators(const graph *graph, engine_plan *plan, sound_counts *counts) {
	counts->tensors += graph->tensors.count;
	counts->operators += graph->operators.count;
	for (uint32_t i = 0; i < graph->operators.count; i++) {
		TRY(check_operator(graph, i, plan));
		counts->handles += plan->code == CODE_VAR_HANDLE;
	}
	plan->subject = ABSENT;
	plan->code = -1;
	return ENGINE_OK;
}

/* A plan of the arena in the file would be followed as it is. */
static engine_error check_metadata(const graph *graph) {
	const engine_model *model = graph->model;
	for (uint32_t i = 0; i < graph->metadata.count; i++) {
		fb_table table;
		fb_vector name;
		uint32_t same = 0;
		TRY(fb_element(model, &graph->metadata, i, &table));
		TRY(fb_vector_of(model, &table, METADATA_NAME, 1, &name));
		while (same < name.count && same < sizeof offline_plan - 1 &&
		       bytes_u8(fb_at(model, name.at + same)) == (uint8_t)offline_plan[same]) {
			same++;
		}
		if (same == name.count && same == sizeof offline_plan - 1) {
			return ENGINE_LAYOUT;
		}
	}
	return ENGINE_OK;
}

engine_error sound_check(const engine_model *model, engine_plan *plan, sound_counts *counts) {
	graph graph;
	struct graph initial;
	counts->tensors = 0;
	counts->operators = 0;
	counts->handles = 0;
	TRY(graph_read(model, &graph));
	TRY(check_metadata(&graph));
	TRY(check_operators(&graph, plan, counts));
	if (graph.subgraphs.count == 2) {
		TRY(graph_read_initial(&graph, &initial));
		if (initial.tensors.at == 0) {
			return ENGINE_SUBGRAPHS;
		}
		TRY(check_operators(&initial, plan, counts));
	}
	return ENGINE_OK;
}

engine_error sound_interface(const engine_model *model, int is_output, uint32_t index, engine_tensor *tensor) {
	return graph_interface(model, is_output, index, tensor);
}
