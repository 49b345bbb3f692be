#include "operator.h"

const char *engine_error_text(engine_error error) {
	switch (error) {
		case ENGINE_OK: return "nothing is wrong";
		case ENGINE_SIZE: return "the model is shorter than a header or longer than 16 MiB";
		case ENGINE_ALIGNMENT: return "something in the model is not aligned to its size (at most 4 bytes)";
		case ENGINE_IDENTIFIER: return "the file identifier is not TFL3";
		case ENGINE_VERSION: return "the schema version is not 3";
		case ENGINE_OFFSET: return "an offset leads out of the file";
		case ENGINE_VTABLE: return "a table or its vtable leads out of the file";
		case ENGINE_VECTOR: return "a vector or string is longer than the file";
		case ENGINE_OVERLAP: return "vectors overlap: together they are longer than the file";
		case ENGINE_EXTERNAL: return "a buffer lies outside the file";
		case ENGINE_LAYOUT: return "the model brings its own plan of the arena (OfflineMemoryAllocation)";
		case ENGINE_SUBGRAPHS: return "the model has no subgraph, or another one than CALL_ONCE may name";
		case ENGINE_COUNT: return "the model has more than 1024 tensors or operators";
		case ENGINE_TENSOR_INDEX: return "a tensor index is out of range";
		case ENGINE_BUFFER_INDEX: return "a buffer index is out of range";
		case ENGINE_OPERATOR_INDEX: return "an operator code index is out of range";
		case ENGINE_ORDER: return "a tensor is read before anything has written it";
		case ENGINE_WRITTEN_TWICE: return "a tensor is written twice";
		case ENGINE_INTERFACE: return "the graph has no inputs or no outputs, too many, or a constant among them";
		case ENGINE_INITIALISATION: return "the subgraph of CALL_ONCE does more than assign constants to variables";
		case ENGINE_TYPE: return "a tensor has a type that is not supported";
		case ENGINE_RANK: return "a tensor has more than 6 dimensions";
		case ENGINE_DIMENSION: return "a dimension is zero, negative or unknown";
		case ENGINE_TENSOR_SIZE: return "a tensor is larger than 16 MiB";
		case ENGINE_BUFFER_SIZE: return "a constant's buffer is not as long as its shape and type say";
		case ENGINE_SCALE: return "a quantisation scale is not a positive, normal, finite number";
		case ENGINE_ZERO_POINT: return "a zero point is outside its tensor's type";
		case ENGINE_CHANNELS: return "the numbers of scales, zero points and channels differ";
		case ENGINE_VARIABLE: return "a variable tensor has constant values";
		case ENGINE_SPARSE: return "sparse tensors are not supported";
		case ENGINE_QUANTIZATION: return "a quantisation other than scale and zero point is not supported";
		case ENGINE_OPERATOR: return "an operator is not at hand";
		case ENGINE_ARITY: return "an operator has too few or too many operands";
		case ENGINE_OPTIONS: return "an operator's options are those of another operator";
		case ENGINE_OPERAND_TYPE: return "an operator does not support the types of its operands";
		case ENGINE_OPERAND_SHAPE: return "the shapes of an operator's operands do not fit one another";
		case ENGINE_OPERAND_QUANTIZATION: return "an operator does not support the quantisation of its operands";
		case ENGINE_ACTIVATION: return "a fused activation is not supported";
		case ENGINE_OPERAND_CONSTANT:
			return "an operand is constant that must be computed, or computed that must be constant";
		case ENGINE_ATTRIBUTE: return "an operator's option has a value that is not supported";
		case ENGINE_KERNEL: return "TensorFlow Lite Micro's kernel does not run the operator with these operands";
		case ENGINE_MEMORY: return "the model needs more memory than there is";
		case ENGINE_MEMORY_ALIGNMENT: return "the memory given is not aligned";
		case ENGINE_INDEX: return "there is no input or output of that index";
		case ENGINE_NOT_FOUND: return "there is no metadata entry of that name";
	}
	return "an unknown error";
}

typedef struct {
	char *at;
	char *end; /* the place of the end mark when all is full */
} writer;

static void put(writer *writer, char c) {
	if (writer->at < writer->end) {
		*writer->at++ = c;
	}
}

static void put_text(writer *writer, const char *text) {
	while (*text) {
		put(writer, *text++);
	}
}

static void put_number(writer *writer, uint32_t number) {
	char digits[10];
	int count = 0;
	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (count) {
		put(writer, digits[--count]);
	}
}

/* A string of the model; what is not plain ASCII comes as '?'. */
static void put_string(writer *writer, const graph *graph, const fb_vector *string) {
	for (uint32_t i = 0; i < string->count && i < 64; i++) {
		uint8_t c = bytes_u8(fb_at(graph->model, string->at + i));
		put(writer, c >= 0x20 && c < 0x7F ? (char)c : '?');
	}
}

static int is_about_operator(const engine_plan *plan, engine_error error) {
	return plan->code >= 0 || (error >= ENGINE_OPERATOR && error < ENGINE_MEMORY) || error == ENGINE_OPERATOR_INDEX;
}

static void put_name(writer *writer, const graph *graph, int32_t code, const fb_vector *custom) {
	const char *name = engine_operator_name(code);
	if (custom->count) {
		put_string(writer, graph, custom);
	}
	else if (name) {
		put_text(writer, name);
	}
	else {
		put_text(writer, "number ");
		put_number(writer, (uint32_t)code);
	}
}

static void put_operator(writer *writer, const engine_model *model, const engine_plan *plan) {
	graph graph;
	fb_vector custom;
	int32_t code;
	put_text(writer, ": operator ");
	put_number(writer, plan->subject);
	if (plan->code < 0 || graph_read(model, &graph) != ENGINE_OK ||
	    graph_code(&graph, plan->subject, &code, &custom) != ENGINE_OK) {
		return;
	}
	put_text(writer, " is ");
	put_name(writer, &graph, code, &custom);
}

int32_t engine_unsupported(const engine_model *model, uint32_t index, char *text, uint32_t size) {
	graph graph;
	node node;
	fb_vector custom;
	int32_t code;
	if (size == 0 || graph_read(model, &graph) != ENGINE_OK || index >= graph.operators.count ||
	    graph_check_node(&graph, index, &node) != ENGINE_OPERATOR ||
	    graph_code(&graph, index, &code, &custom) != ENGINE_OK) {
		return -1;
	}
	writer writer = {text, text + size - 1};
	put_name(&writer, &graph, code, &custom);
	*writer.at = 0;
	return code;
}

uint32_t engine_explain(
    const engine_model *model, const engine_plan *plan, engine_error error, char *text, uint32_t size) {
	if (size == 0) {
		return 0;
	}
	writer writer = {text, text + size - 1};
	put_text(&writer, engine_error_text(error));
	if (plan->subject != ABSENT) {
		if (is_about_operator(plan, error)) {
			put_operator(&writer, model, plan);
		}
		else {
			put_text(&writer, ": tensor ");
			put_number(&writer, plan->subject);
		}
	}
	if (error == ENGINE_OPERATOR) {
		put_text(&writer, "; at hand are");
		for (uint32_t i = 0; i < model->operator_count; i++) {
			/* variants for single types stand side by side under one name */
			int32_t code = model->operators[i]->code;
			if (i == 0 || code == CUSTOM || code != model->operators[i - 1]->code) {
				put_text(&writer, i ? ", " : " ");
				put_text(&writer, model->operators[i]->name);
			}
		}
	}
	*writer.at = 0;
	return (uint32_t)(writer.at - text);
}
