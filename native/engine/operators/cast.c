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

/* An element as an integer. */
static int64_t load(const map_step *step, uint32_t index) {
	int64_t wide;
	if (step->input_type == ENGINE_FLOAT32) {
		float real = ((const float *)step->input)[index];
		return step->output_type == ENGINE_BOOL ? real != 0 : truncated(real, step->output_type);
	}
	if (step->input_type == ENGINE_INT64) {
		memcpy(&wide, (const uint8_t *)step->input + 8 * (size_t)index, sizeof wide);
		return wide;
	}
	return element_load(step->input, step->input_type, index);
}

static void run_to_integer(const step *base) {
	const map_step *step = (const map_step *)(const void *)base;
	for (uint32_t i = 0; i < step->elements; i++) {
		int64_t value = load(step, i);
		if (step->output_type == ENGINE_INT64) {
			memcpy((uint8_t *)step->output + 8 * (size_t)i, &value, sizeof value);
		}
		else {
			int32_t low = (int32_t)(uint32_t)value;
			element_store(step->output, step->output_type, i, step->output_type == ENGINE_BOOL ? value != 0 : low);
		}
	}
}

static void run_to_float(const step *base) {
	const map_step *step = (const map_step *)(const void *)base;
	float *y = step->output;
	for (uint32_t i = 0; i < step->elements; i++) {
		y[i] = step->input_type == ENGINE_FLOAT32 ? ((const float *)step->input)[i] : (float)load(step, i);
	}
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	map_open(node, base, &input, &output);
	base->run = output.view.type == ENGINE_FLOAT32 ? run_to_float : run_to_integer;
}

const engine_operator engine_cast = {
    .code = 53,
    .options_type = 37,
    .name = "CAST",
    .check = check,
    .open = open,
};
