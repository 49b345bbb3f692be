/*
 * Runs a model with variants of operators that applications name instead of the usual ones: for a single type each, or
 * with weights kept in the state. variants single|expanded MODEL < INPUTS > OUTPUTS, rows as those of engine-run.
 */
#include "engine.h"
#include "operators/operators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const engine_operator *const single[] = {
    &engine_conv_2d_float32,
    &engine_conv_2d_int16,
    &engine_conv_2d_int8,
    &engine_depthwise_conv_2d_float32,
    &engine_depthwise_conv_2d_int16,
    &engine_depthwise_conv_2d_int8,
    &engine_fully_connected_float32,
    &engine_fully_connected_int16,
    &engine_fully_connected_int8,
};

static const engine_operator *const expanded[] = {
    &engine_conv_2d_int8_expanded,
    &engine_fully_connected_int8_expanded,
};

static uint32_t file[1 << 16];

static void *need(size_t size) {
	void *memory = malloc(size);
	if (memory == NULL) {
		exit(1);
	}
	return memory;
}

static engine_error open_model(engine_model *model, engine **opened) {
	engine_plan plan;
	engine_error error = engine_measure(model, &plan);
	if (error == ENGINE_OK) {
		void *work = need(plan.work);
		error = engine_verify(model, &plan, work);
		if (error == ENGINE_OK) {
			error = engine_open(model, &plan, work, need(plan.state), need(plan.arena), opened);
		}
		free(work);
	}
	return error;
}

int main(int count, char **arguments) {
	engine *opened;
	engine_tensor tensor;
	FILE *stream = count == 3 ? fopen(arguments[2], "rb") : NULL;
	if (stream == NULL) {
		return 1;
	}
	int is_expanded = strcmp(arguments[1], "expanded") == 0;
	engine_model model = {file, (uint32_t)fread(file, 1, sizeof file, stream), is_expanded ? expanded : single,
	    is_expanded ? sizeof expanded / sizeof expanded[0] : sizeof single / sizeof single[0]};
	fclose(stream);
	engine_error error = open_model(&model, &opened);
	if (error != ENGINE_OK) {
		fprintf(stderr, "error %d\n", (int)error);
		return 2;
	}
	for (;;) {
		for (uint32_t i = 0; engine_input(opened, i, &tensor) == ENGINE_OK; i++) {
			if (fread(tensor.data, 1, tensor.bytes, stdin) != tensor.bytes) {
				return 0;
			}
		}
		engine_invoke(opened);
		for (uint32_t i = 0; engine_output(opened, i, &tensor) == ENGINE_OK; i++) {
			fwrite(tensor.data, 1, tensor.bytes, stdout);
		}
	}
}
