/*
 * Runs a model on rows of raw values:
 *	engine-run MODEL < INPUTS > OUTPUTS	one row: all inputs one after another; as many rows as stdin has
 *	engine-run --info MODEL		what the model needs and has, or why it is refused, as JSON
 *	engine-run --metadata NAME MODEL	the bytes of a metadata entry
 * A model that is refused: "error NUMBER: sentence" on stderr, exit status 2.
 */
#include "../bytes.h"
#include "../engine.h"
#include "../operators/operators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	uint8_t *file;
	void *state;
	void *arena;
	engine_model model;
	engine_plan plan;
	engine *engine;
} runner;

static void *need(void *memory) {
	if (memory == NULL) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

static int read_file(const char *path, runner *runner) {
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		return 0;
	}
	uint8_t *data = NULL;
	size_t size = 0;
	size_t capacity = 0;
	size_t count;
	do {
		if (size == capacity) {
			capacity = capacity ? 2 * capacity : 65536;
			data = need(realloc(data, capacity));
		}
		count = fread(data + size, 1, capacity - size, file);
		size += count;
	} while (count != 0 && size <= ENGINE_MAXIMUM_SIZE);
	fclose(file);
	runner->file = data;
	runner->model.data = data;
	runner->model.size = (uint32_t)size;
	runner->model.operators = engine_operators;
	runner->model.operator_count = engine_operator_count;
	return 1;
}

static int refuse(const runner *runner, engine_error error) {
	char text[512];
	engine_explain(&runner->model, &runner->plan, error, text, sizeof text);
	fprintf(stderr, "error %d: %s\n", (int)error, text);
	return 2;
}

static engine_error open_model(runner *runner) {
	engine_error error = engine_measure(&runner->model, &runner->plan);
	if (error != ENGINE_OK) {
		return error;
	}
	void *work = need(malloc(runner->plan.work));
	error = engine_verify(&runner->model, &runner->plan, work);
	if (error == ENGINE_OK) {
		runner->state = need(malloc(runner->plan.state));
		runner->arena = need(malloc(runner->plan.arena));
		error = engine_open(&runner->model, &runner->plan, work, runner->state, runner->arena, &runner->engine);
	}
	free(work);
	return error;
}

static void print_string(const char *bytes, uint32_t length) {
	putchar('"');
	for (uint32_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];
		if (c < 0x20 || c == '"' || c == '\\') {
			printf("\\u%04x", c);
		}
		else {
			putchar(c);
		}
	}
	putchar('"');
}

static const char *type_name(engine_type type) {
	switch (type) {
		case ENGINE_FLOAT32: return "FP32";
		case ENGINE_INT32: return "INT32";
		case ENGINE_UINT8: return "UINT8";
		case ENGINE_INT64: return "INT64";
		case ENGINE_BOOL: return "BOOL";
		case ENGINE_INT16: return "INT16";
		case ENGINE_INT8: return "INT8";
	}
	return "";
}

static void print_tensors(
    const engine *engine, uint32_t count, engine_error (*get)(const struct engine *, uint32_t, engine_tensor *)) {
	engine_tensor tensor;
	for (uint32_t i = 0; i < count; i++) {
		get(engine, i, &tensor);
		printf("%s{\"name\":", i ? "," : "");
		print_string(tensor.name, tensor.name_length);
		printf(",\"datatype\":\"%s\",\"shape\":[", type_name(tensor.type));
		for (uint32_t j = 0; j < tensor.rank; j++) {
			printf("%s%lu", j ? "," : "", (unsigned long)tensor.shape[j]);
		}
		printf("],\"scale\":%.9g,\"zeroPoint\":%ld,\"byteLength\":%lu}", (double)tensor.scale, (long)tensor.zero_point,
		    (unsigned long)tensor.bytes);
	}
}

static void print_info(const runner *runner) {
	printf("{\"inputs\":[");
	print_tensors(runner->engine, engine_input_count(runner->engine), engine_input);
	printf("],\"outputs\":[");
	print_tensors(runner->engine, engine_output_count(runner->engine), engine_output);
	printf("],\"size\":%lu,\"arena\":%lu,\"state\":%lu,\"work\":%lu,\"tensors\":%lu,\"operators\":[",
	    (unsigned long)runner->model.size, (unsigned long)runner->plan.arena, (unsigned long)runner->plan.state,
	    (unsigned long)runner->plan.work, (unsigned long)runner->plan.tensors);
	for (uint32_t i = 0; i < runner->plan.operators; i++) {
		printf("%s\"%s\"", i ? "," : "", engine_operator_name(engine_operator_code(&runner->model, i)));
	}
	printf("]}\n");
}

/* Why the model is refused, where, and all operators that are not at hand: their indices in the file. */
static void print_refusal(const runner *runner, engine_error error) {
	const engine_plan *plan = &runner->plan;
	int is_operator = plan->code >= 0 || error == ENGINE_OPERATOR_INDEX;
	char name[80];
	const char *comma = "";
	printf("{\"error\":%d,\"text\":\"%s\"", (int)error, engine_error_text(error));
	if (plan->subject != UINT32_MAX) {
		printf(",\"%s\":%lu", is_operator ? "operator" : "tensor", (unsigned long)plan->subject);
	}
	printf(",\"missing\":[");
	for (uint32_t i = 0; i < plan->operators; i++) {
		if (engine_unsupported(&runner->model, i, name, sizeof name) >= 0) {
			printf("%s%lu", comma, (unsigned long)i);
			comma = ",";
		}
	}
	printf("]}\n");
}

/* Rows are little-endian everywhere: turns the values of a tensor into the machine's order, or back. */
static void order_bytes(const engine_tensor *tensor) {
#if ENGINE_BIG_ENDIAN
	uint32_t width = tensor->bytes / tensor->elements;
	uint8_t *bytes = tensor->data;
	for (uint32_t i = 0; i < tensor->bytes; i++) {
		uint32_t other = i ^ (width - 1);
		if (i < other) {
			uint8_t byte = bytes[i];
			bytes[i] = bytes[other];
			bytes[other] = byte;
		}
	}
#else
	(void)tensor;
#endif
}

static int run_rows(const runner *runner) {
	engine_tensor tensor;
	for (;;) {
		for (uint32_t i = 0; i < engine_input_count(runner->engine); i++) {
			engine_input(runner->engine, i, &tensor);
			size_t count = fread(tensor.data, 1, tensor.bytes, stdin);
			if (count == 0 && i == 0) {
				return 0;
			}
			if (count != tensor.bytes) {
				fputs("the last row is incomplete\n", stderr);
				return 1;
			}
			order_bytes(&tensor);
		}
		engine_error error = engine_invoke(runner->engine);
		if (error != ENGINE_OK) {
			return refuse(runner, error);
		}
		for (uint32_t i = 0; i < engine_output_count(runner->engine); i++) {
			engine_output(runner->engine, i, &tensor);
			order_bytes(&tensor);
			if (fwrite(tensor.data, 1, tensor.bytes, stdout) != tensor.bytes) {
				perror("stdout");
				return 1;
			}
		}
	}
}

static int print_metadata(const runner *runner, const char *name) {
	const void *data;
	uint32_t size;
	engine_error error = engine_metadata(&runner->model, name, &data, &size);
	if (error != ENGINE_OK) {
		return refuse(runner, error);
	}
	return fwrite(data, 1, size, stdout) == size ? 0 : 1;
}

static int run(runner *runner, int info, const char *entry) {
	engine_error error = open_model(runner);
	if (error != ENGINE_OK) {
		if (info) {
			print_refusal(runner, error);
		}
		return refuse(runner, error);
	}
	if (info) {
		print_info(runner);
		return 0;
	}
	return entry ? print_metadata(runner, entry) : run_rows(runner);
}

int main(int count, char **arguments) {
	runner runner = {0};
	int info = count == 3 && strcmp(arguments[1], "--info") == 0;
	int metadata = count == 4 && strcmp(arguments[1], "--metadata") == 0;
	if (count != 2 && !info && !metadata) {
		fputs("engine-run [--info | --metadata NAME] MODEL < INPUTS > OUTPUTS\n", stderr);
		return 1;
	}
	if (!read_file(arguments[count - 1], &runner)) {
		return 1;
	}
	int status = run(&runner, info, metadata ? arguments[2] : NULL);
	free(runner.arena);
	free(runner.state);
	free(runner.file);
	return status;
}
