/*
 * Changes for libFuzzer that leave a model readable: numbers that mean something to the graph become others, constants
 * are made as long as their tensors' shapes then want, and of several such models the first that the verifier accepts
 * is taken. One in eight is changed by bytes, wherever they lie.
 */
#include <string.h>

#include "operator.h"
#include "operators/operators.h"
#include "schema.h"

#define LARGEST 16384u
#define LARGEST_WORK 40960u
#define TRIES 24u

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

typedef struct {
	engine_model model;
	graph graph;
	uint8_t *bytes; /* of the model */
	uint32_t room;
	uint32_t random;
} mutant;

static uint32_t draw(mutant *mutant, uint32_t below) {
	mutant->random ^= mutant->random << 13;
	mutant->random ^= mutant->random >> 17;
	mutant->random ^= mutant->random << 5;
	return (uint32_t)((uint64_t)mutant->random * below >> 32);
}

static uint32_t drawn_number(mutant *mutant) {
	static const uint32_t edges[] = {0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000,
	    0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFF80, 0xFFFF8000, 0x00800000, 0x3F800000, 0x7F7FFFFF, 0x7F800000, 0x7FC00000,
	    0xFF800000, 0x4F000000, 0x5F000000, 1};
	switch (draw(mutant, 4)) {
		case 0: return edges[draw(mutant, sizeof edges / sizeof *edges)];
		case 1: return 1u << draw(mutant, 32);
		case 2: return draw(mutant, 0xFFFFFFFFu);
		default: return draw(mutant, 10);
	}
}

static uint32_t changed(mutant *mutant, uint32_t value) {
	switch (draw(mutant, 8)) {
		case 0: return value + 1;
		case 1: return value - 1;
		case 2: return 0u - value;
		case 3: return value * 2;
		case 4: return value / 2;
		case 5: return value + (draw(mutant, 64) << 22); /* another exponent */
		default: return drawn_number(mutant);
	}
}

static void change_at(mutant *mutant, uint32_t at, uint32_t width) {
	uint32_t value = 0;
	memcpy(&value, mutant->bytes + at, width);
	value = changed(mutant, value);
	memcpy(mutant->bytes + at, &value, width);
}

/* A scalar field. */
static void change_field(mutant *mutant, const fb_table *table, uint32_t field, uint32_t width) {
	uint32_t at;
	if (fb_field(&mutant->model, table, field, width, &at) == ENGINE_OK && at != 0) {
		change_at(mutant, at, width);
	}
}

/* An element of a vector, of which the first `width` bytes count; `copied`: sometimes it becomes equal to another. */
static void change_element(mutant *mutant, const fb_table *table, uint32_t field, uint32_t stride, uint32_t width) {
	fb_vector vector;
	if (fb_vector_of(&mutant->model, table, field, stride, &vector) == ENGINE_OK && vector.count != 0) {
		uint32_t at = vector.at + stride * draw(mutant, vector.count);
		if (draw(mutant, 4) == 0) {
			memcpy(mutant->bytes + at, mutant->bytes + vector.at + stride * draw(mutant, vector.count), width);
		}
		else {
			change_at(mutant, at, width);
		}
	}
}

/* An extent becomes another one, and often all that are equal to it, so that the shapes still fit one another. */
static void change_extents(mutant *mutant, const fb_table *table) {
	fb_vector shape;
	fb_table other;
	if (fb_vector_of(&mutant->model, table, TENSOR_SHAPE, 4, &shape) != ENGINE_OK || shape.count == 0) {
		return;
	}
	uint32_t at = shape.at + 4 * draw(mutant, shape.count);
	uint32_t before = fb_word(&mutant->model, at);
	change_at(mutant, at, 4);
	uint32_t after = fb_word(&mutant->model, at);
	for (uint32_t i = 0; i < mutant->graph.tensors.count && draw(mutant, 16) != 0; i++) {
		if (fb_element(&mutant->model, &mutant->graph.tensors, i, &other) == ENGINE_OK &&
		    fb_vector_of(&mutant->model, &other, TENSOR_SHAPE, 4, &shape) == ENGINE_OK) {
			for (uint32_t j = 0; j < shape.count && j < ENGINE_MAXIMUM_RANK; j++) {
				if (fb_word(&mutant->model, shape.at + 4 * j) == before) {
					memcpy(mutant->bytes + shape.at + 4 * j, &after, 4);
				}
			}
		}
	}
}

/* A type becomes another one, and often that of all tensors of the same type. */
static void change_types(mutant *mutant, const fb_table *table) {
	static const uint8_t types[] = {ENGINE_FLOAT32, ENGINE_INT32, ENGINE_UINT8, ENGINE_INT64, ENGINE_BOOL, ENGINE_INT16,
	    ENGINE_INT8, GRAPH_RESOURCE};
	fb_table other;
	uint32_t at;
	if (fb_field(&mutant->model, table, TENSOR_TYPE, 1, &at) != ENGINE_OK || at == 0) {
		return;
	}
	uint8_t before = mutant->bytes[at];
	uint8_t after = types[draw(mutant, sizeof types)];
	mutant->bytes[at] = after;
	for (uint32_t i = 0; i < mutant->graph.tensors.count && draw(mutant, 8) != 0; i++) {
		if (fb_element(&mutant->model, &mutant->graph.tensors, i, &other) == ENGINE_OK &&
		    fb_field(&mutant->model, &other, TENSOR_TYPE, 1, &at) == ENGINE_OK && at != 0 &&
		    mutant->bytes[at] == before) {
			mutant->bytes[at] = after;
		}
	}
}

static void change_constant(mutant *mutant, const fb_table *table) {
	fb_vector bytes;
	uint32_t buffer = 0;
	if (fb_u32(&mutant->model, table, TENSOR_BUFFER, &buffer) == ENGINE_OK &&
	    graph_buffer(&mutant->graph, buffer, &bytes) == ENGINE_OK && bytes.count >= 4) {
		change_at(mutant, bytes.at + (draw(mutant, bytes.count - 3) & ~3u), draw(mutant, 2) ? 4 : 1);
	}
}

/* The upper half follows the lower one's sign. */
static void change_zero_point(mutant *mutant, const fb_table *table) {
	fb_vector zero_points;
	if (fb_vector_of(&mutant->model, table, QUANTIZATION_ZERO_POINT, 8, &zero_points) == ENGINE_OK &&
	    zero_points.count != 0) {
		uint32_t at = zero_points.at + 8 * draw(mutant, zero_points.count);
		change_at(mutant, at, 4);
		memset(mutant->bytes + at + 4, mutant->bytes[at + 3] & 0x80 ? 0xFF : 0, 4);
	}
}

static void change_tensor(mutant *mutant) {
	fb_table table;
	fb_table quantization;
	if (mutant->graph.tensors.count == 0 || fb_element(&mutant->model, &mutant->graph.tensors,
	                                            draw(mutant, mutant->graph.tensors.count), &table) != ENGINE_OK) {
		return;
	}
	switch (draw(mutant, 12)) {
		case 0:
		case 1:
		case 2:
		case 3: change_extents(mutant, &table); return;
		case 4:
		case 5: change_constant(mutant, &table); return;
		case 6: change_types(mutant, &table); return;
		case 7: change_field(mutant, &table, TENSOR_BUFFER, 4); return;
		case 8: change_field(mutant, &table, TENSOR_VARIABLE, 1); return;
		default: break;
	}
	if (fb_subtable(&mutant->model, &table, TENSOR_QUANTIZATION, &quantization) == ENGINE_OK && quantization.at != 0) {
		switch (draw(mutant, 7)) {
			case 0: change_field(mutant, &quantization, QUANTIZATION_DIMENSION, 4); break;
			case 1:
			case 2: change_zero_point(mutant, &quantization); break;
			default: change_element(mutant, &quantization, QUANTIZATION_SCALE, 4, 4); break;
		}
	}
}

/* Some field of a table of options: its width is not known, but those whose offset allows it are mostly words. */
static void change_options(mutant *mutant, const fb_table *table) {
	uint32_t at;
	uint32_t fields = (table->vtable_size - 4) / 2;
	if (table->at == 0 || fields == 0) {
		return;
	}
	uint32_t field = draw(mutant, fields);
	if (fb_field(&mutant->model, table, field, 4, &at) == ENGINE_OK && draw(mutant, 2) != 0) {
		change_field(mutant, table, field, 4);
	}
	else {
		change_field(mutant, table, field, 1);
	}
}

/* An operand becomes another tensor, or is not given. */
static void change_operand(mutant *mutant, const fb_vector *operands) {
	if (operands->count != 0) {
		uint32_t index = draw(mutant, mutant->graph.tensors.count + 1) - 1;
		memcpy(mutant->bytes + operands->at + 4 * draw(mutant, operands->count), &index, 4);
	}
}

/* One operand fewer or the one behind the list; it is followed by a word in any case. */
static void change_arity(mutant *mutant, const fb_vector *operands) {
	if (operands->at != 0) {
		uint32_t count = operands->count + (draw(mutant, 2) ? 1 : 0xFFFFFFFFu);
		memcpy(mutant->bytes + operands->at - 4, &count, 4);
	}
}

static void change_operator(mutant *mutant) {
	node node;
	fb_table table;
	uint32_t index = draw(mutant, mutant->graph.operators.count);
	if (mutant->graph.operators.count == 0 || graph_check_node(&mutant->graph, index, &node) != ENGINE_OK ||
	    fb_element(&mutant->model, &mutant->graph.operators, index, &table) != ENGINE_OK) {
		return;
	}
	switch (draw(mutant, 9)) {
		case 0: change_operand(mutant, &node.inputs); break;
		case 1: change_operand(mutant, &node.outputs); break;
		case 2: change_arity(mutant, draw(mutant, 4) ? &node.inputs : &node.outputs); break;
		case 3: change_field(mutant, &table, OPERATOR_CODE, 4); break;
		case 4: change_element(mutant, &table, OPERATOR_CUSTOM_OPTIONS, 1, 1); break;
		default: change_options(mutant, &node.options); break;
	}
}

/* An operator's code becomes that of another one. */
static void change_code(mutant *mutant) {
	fb_table table;
	uint32_t at;
	uint32_t code = (uint32_t)engine_operators[draw(mutant, engine_operator_count)]->code;
	if (mutant->graph.codes.count != 0 && fb_element(&mutant->model, &mutant->graph.codes,
	                                          draw(mutant, mutant->graph.codes.count), &table) == ENGINE_OK) {
		if (fb_field(&mutant->model, &table, CODE_DEPRECATED, 1, &at) == ENGINE_OK && at != 0) {
			mutant->bytes[at] = code < 127 ? (uint8_t)code : 127;
		}
		if (fb_field(&mutant->model, &table, CODE_BUILTIN, 4, &at) == ENGINE_OK && at != 0) {
			memcpy(mutant->bytes + at, &code, 4);
		}
	}
}

/* A constant of a length that its tensor does not have is written anew behind all: its bytes again and again. */
static void fit_constant(mutant *mutant, uint32_t index) {
	tensor tensor;
	fb_table table;
	fb_table buffer;
	fb_vector bytes;
	uint32_t number = 0;
	uint32_t at;
	uint32_t end = (mutant->model.size + 3) & ~3u;
	if (graph_check_tensor(&mutant->graph, index, &tensor) != ENGINE_BUFFER_SIZE || tensor.view.bytes > mutant->room ||
	    end + 4 + tensor.view.bytes > mutant->room ||
	    fb_element(&mutant->model, &mutant->graph.tensors, index, &table) != ENGINE_OK ||
	    fb_u32(&mutant->model, &table, TENSOR_BUFFER, &number) != ENGINE_OK ||
	    graph_buffer(&mutant->graph, number, &bytes) != ENGINE_OK ||
	    fb_element(&mutant->model, &mutant->graph.buffers, number, &buffer) != ENGINE_OK ||
	    fb_field(&mutant->model, &buffer, 0, 4, &at) != ENGINE_OK) {
		return;
	}
	uint32_t distance = end - at;
	memcpy(mutant->bytes + at, &distance, 4);
	memcpy(mutant->bytes + end, &tensor.view.bytes, 4);
	for (uint32_t i = 0; i < tensor.view.bytes; i++) {
		mutant->bytes[end + 4 + i] = mutant->bytes[bytes.at + i % bytes.count];
	}
	mutant->model.size = end + 4 + ((tensor.view.bytes + 3) & ~3u);
}

static int is_accepted(const mutant *mutant) {
	static uint32_t work[LARGEST_WORK / 4];
	engine_plan plan;
	return engine_measure(&mutant->model, &plan) == ENGINE_OK && plan.work <= sizeof work &&
	       engine_verify(&mutant->model, &plan, work) == ENGINE_OK;
}

static void change_model(mutant *mutant) {
	for (uint32_t i = draw(mutant, 3) + 1; i != 0; i--) {
		switch (draw(mutant, 16)) {
			case 0: change_code(mutant); break;
			case 1:
			case 2:
			case 3:
			case 4:
			case 5: change_operator(mutant); break;
			default: change_tensor(mutant); break;
		}
	}
	for (uint32_t i = 0; i < mutant->graph.tensors.count; i++) {
		fit_constant(mutant, i);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed) {
	static uint32_t memory[LARGEST / 4 + 1];
	mutant mutant = {.bytes = (uint8_t *)memory, .random = seed | 1};
	for (uint32_t i = 0; i < 8; i++) {
		(void)draw(&mutant, 1); /* small seeds are far from random at first */
	}
	mutant.room = room < LARGEST ? (uint32_t)room : LARGEST;
	mutant.model = (engine_model){memory, (uint32_t)size, engine_operators, engine_operator_count};
	if (size > mutant.room || draw(&mutant, 8) == 0) {
		return LLVMFuzzerMutate(data, size, room);
	}
	for (uint32_t i = 0; i < TRIES; i++) {
		memcpy(memory, data, size);
		mutant.model.size = (uint32_t)size;
		if (graph_read(&mutant.model, &mutant.graph) != ENGINE_OK) {
			return LLVMFuzzerMutate(data, size, room);
		}
		change_model(&mutant);
		if (is_accepted(&mutant) && (mutant.model.size != size || memcmp(memory, data, size) != 0)) {
			break;
		}
	}
	memcpy(data, memory, mutant.model.size);
	return mutant.model.size;
}
