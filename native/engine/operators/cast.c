/*
 * CAST between all types. float32 becomes an integer towards zero, at most the type's ends; not a number becomes 0. An
 * integer keeps its low bits.
 */
#include "element.h"
#include "map.h"

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(node_unary(node, &input, &output));
	map_require(requirement, (uint32_t)sizeof(map_step), UINT32_MAX, &input, &output);
	return ENGINE_OK;
}

static int64_t truncated(float value, engine_type type) {
	int64_t lowest = type == ENGINE_INT64 ? INT64_MIN : element_lowest(type);
	int64_t highest = type == ENGINE_INT64 ? INT64_MAX : element_highest(type);
	if (value <= (float)lowest) {
		return lowest;
	}
	if (value >= (float)highest) {
		return highest;
	}
	return value < 0 || value > 0 ? (int64_t)value : 0;
}

static int64_t load(const map_step *step, uint32_t index) {
	int64_t wide;
	if (step->input_type == ENGINE_FLOAT32) {
		return truncated(((const float *)step->input)[index], step->output_type);
	}
	if (step->input_type == ENGINE_INT64) {
		memcpy(&wide, (const uint8_t *)step->input + 8 * (size_t)index, sizeof wide);
		return wide;
	}
	return element_load(step->input, step->input_type, index);
}

static void run_to_float(const step *base) {
	const map_step *step = (const map_step *)(const void *)base;
	float *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		y[i] = (float)load(step, i);
	}
}

static void run_to_bool(const step *base) {
	const map_step *step = (const map_step *)(const void *)base;
	uint8_t *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		y[i] = step->input_type == ENGINE_FLOAT32 ? ((const float *)step->input)[i] != 0 : load(step, i) != 0;
	}
}

static void run_to_integer(const step *base) {
	const map_step *step = (const map_step *)(const void *)base;
	for (uint32_t i = 0; i < step->elements; i++) {
		int64_t value = load(step, i);
		if (step->output_type == ENGINE_INT64) {
			memcpy((uint8_t *)step->output + 8 * (size_t)i, &value, sizeof value);
		}
		else {
			element_store(step->output, step->output_type, i, (int32_t)(uint32_t)value);
		}
	}
}

static void run_copy(const step *base) {
	const map_step *step = (const map_step *)(const void *)base;
	memmove(step->output, step->input, step->elements * sizeof(float));
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	map_open(node, base, &input, &output);
	switch (output.view.type) {
		case ENGINE_FLOAT32: base->run = input.view.type == ENGINE_FLOAT32 ? run_copy : run_to_float; break;
		case ENGINE_BOOL: base->run = run_to_bool; break;
		default: base->run = run_to_integer; break;
	}
}

const engine_operator engine_cast = {
    .code = 53,
    .options_type = 37,
    .name = "CAST",
    .check = check,
    .open = open,
};
