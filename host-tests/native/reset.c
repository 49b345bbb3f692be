/*
 * reset MODEL INPUTS: runs a model on rows of inputs, resets it, and runs it on them again; two engines of the
 * same model side by side, the second one a row behind. All answers go to stdout: of the first, of the second, of the
 * first after the reset.
 */
#include "engine.h"
#include "operators/operators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY 65536

static uint64_t file[CAPACITY / 8];
static uint8_t rows[CAPACITY];
static uint64_t work[CAPACITY / 8];
static uint64_t state[2][CAPACITY / 8];
static uint64_t arena[2][CAPACITY / 8];
static uint8_t answers[3][CAPACITY];
static size_t lengths[3];

static size_t read_file(const char *path, void *memory) {
	FILE *stream = fopen(path, "rb");
	size_t size = stream ? fread(memory, 1, CAPACITY, stream) : 0;
	if (size == 0 || size == CAPACITY) {
		fprintf(stderr, "%s: %zu bytes\n", path, size);
		exit(1);
	}
	fclose(stream);
	return size;
}

static size_t run_row(engine *engine, const uint8_t *row, int into) {
	engine_tensor tensor;
	size_t at = 0;
	for (uint32_t i = 0; i < engine_input_count(engine); i++) {
		engine_input(engine, i, &tensor);
		memcpy(tensor.data, row + at, tensor.bytes);
		at += tensor.bytes;
	}
	engine_invoke(engine);
	for (uint32_t i = 0; i < engine_output_count(engine); i++) {
		engine_output(engine, i, &tensor);
		memcpy(answers[into] + lengths[into], tensor.data, tensor.bytes);
		lengths[into] += tensor.bytes;
	}
	return at;
}

static engine *open_model(const engine_model *model, int index) {
	engine_plan plan;
	engine *engine = NULL;
	engine_error error = engine_measure(model, &plan);
	if (error == ENGINE_OK && plan.work <= CAPACITY) {
		error = engine_verify(model, &plan, work);
	}
	if (error == ENGINE_OK && plan.state <= CAPACITY && plan.arena <= CAPACITY) {
		memset(arena[index], 0xA5, sizeof arena[index]);
		error = engine_open(model, &plan, work, state[index], arena[index], &engine);
	}
	if (engine == NULL) {
		fprintf(stderr, "error %d\n", error);
		exit(1);
	}
	return engine;
}

int main(int count, char **arguments) {
	if (count != 3) {
		return 1;
	}
	engine_model model = {file, (uint32_t)read_file(arguments[1], file), engine_operators, engine_operator_count};
	size_t size = read_file(arguments[2], rows);
	engine *first = open_model(&model, 0);
	engine *second = open_model(&model, 1);
	size_t before = 0;
	for (size_t at = 0; at < size;) {
		size_t next = at + run_row(first, rows + at, 0);
		if (at != 0) {
			run_row(second, rows + before, 1);
		}
		before = at;
		at = next;
	}
	run_row(second, rows + before, 1);
	engine_reset(first);
	for (size_t at = 0; at < size;) {
		at += run_row(first, rows + at, 2);
	}
	for (int i = 0; i < 3; i++) {
		fwrite(answers[i], 1, lengths[i], stdout);
	}
	return 0;
}
