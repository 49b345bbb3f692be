#include "map.h"

#include "element.h"

#include <math.h>

#define TABLE_SIZE 256u

static int is_byte(const tensor *tensor) {
	return tensor->view.type == ENGINE_INT8 || tensor->view.type == ENGINE_UINT8;
}

engine_error map_operands(const node *node, uint32_t types, tensor *input, tensor *output) {
	TRY(node_unary(node, input, output));
	if (input->view.type != output->view.type || (types & TYPE_BIT(input->view.type)) == 0) {
		return ENGINE_OPERAND_TYPE;
	}
	if (input->view.type != ENGINE_FLOAT32 && (!is_quantized(input) || !is_quantized(output))) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return ENGINE_OK;
}

void map_require(
    requirement *requirement, uint32_t size, uint32_t table_from, const tensor *input, const tensor *output) {
	requirement->state = step_size(size);
	if (is_byte(input) && is_byte(output) && input->view.elements >= table_from) {
		requirement->state += TABLE_SIZE;
	}
	/* not 32 bits to 16: the compiler may take the two for different memory and write early */
	requirement->in_place = output->view.bytes == input->view.bytes ||
	                        (output->view.bytes == output->view.elements && output->view.bytes < input->view.bytes);
}

void map_open(const node *node, step *base, tensor *input, tensor *output) {
	map_step *step = (map_step *)(void *)base;
	(void)node_unary(node, input, output);
	step->input = input->view.data;
	step->output = output->view.data;
	step->elements = input->view.elements;
	step->input_type = input->view.type;
	step->output_type = output->view.type;
}

static void run_integers(const step *base) {
	const map_step *step = (const map_step *)(const void *)base;
	for (uint32_t i = 0; i < step->elements; i++) {
		int32_t value = step->function.integer(step, element_load(step->input, step->input_type, i));
		element_store(step->output, step->output_type, i, value);
	}
}

/* The table ends the step. */
static uint8_t *table_of(map_step *step) {
	return (uint8_t *)step + step->step.size - TABLE_SIZE;
}

static void run_table(const step *base) {
	const map_step *step = (const map_step *)(const void *)base;
	const uint8_t *table = (const uint8_t *)base + base->size - TABLE_SIZE;
	const uint8_t *x = step->input;
	uint8_t *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		y[i] = table[x[i]];
	}
}

void map_integers(map_step *step, uint32_t size, int32_t (*function)(const map_step *step, int32_t value)) {
	step->function.integer = function;
	step->step.run = run_integers;
	if (step->step.size > step_size(size)) {
		uint8_t *table = table_of(step);
		step->step.run = run_table;
		for (uint32_t i = 0; i < TABLE_SIZE; i++) {
			table[i] = (uint8_t)function(step, step->input_type == ENGINE_INT8 ? (int8_t)i : (int32_t)i);
		}
	}
}

static void run_reals(const step *base) {
	const map_step *step = (const map_step *)(const void *)base;
	const float *x = step->input;
	float *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		y[i] = step->function.real(step, x[i]);
	}
}

void map_reals(map_step *step, float (*function)(const map_step *step, float value)) {
	step->function.real = function;
	step->step.run = run_reals;
}

void map_reals_by_table(
    map_step *step, const tensor *input, const tensor *output, float (*function)(const map_step *step, float value)) {
	uint8_t *table = table_of(step);
	float inverse = 1 / output->view.scale;
	step->step.run = run_table;
	for (int32_t i = INT8_MIN; i <= INT8_MAX; i++) {
		float value = function(step, input->view.scale * (float)(i - input->view.zero_point));
		value = roundf(value * inverse) + (float)output->view.zero_point;
		table[i & 0xFF] = (uint8_t)(value >= INT8_MAX ? INT8_MAX : value > INT8_MIN ? (int32_t)value : INT8_MIN);
	}
}
