/*
 * Opens the model in the file `model`, runs it on the rows of the file `golden` (u32 count of rows, then for each the
 * inputs' and the outputs' bytes), writes what it took to `figures` and all outputs to `outputs`. Where there is a file
 * `widened`, int8 weights of FULLY_CONNECTED are widened when the model is opened.
 */
#include "engine.h"
#include "operator.h"
#include "operators/operators.h"
#include "platform.h"

#include <string.h>

enum { FIGURES = 4096, OUTPUTS = 1 << 20, OPERATORS = 32 };

static uint32_t model_memory[1 << 18];
static uint32_t golden[1 << 18];
static uint64_t work[1 << 15];
static uint64_t state[1 << 15];
static uint64_t arena[1 << 18];
static uint8_t outputs[OUTPUTS];
static uint32_t output_length;
static char figures[FIGURES];
static uint32_t figures_length;

static void put(const char *name, uint32_t value) {
	char digits[10];
	uint32_t count = 0;
	while (*name != '\0') {
		figures[figures_length++] = *name++;
	}
	figures[figures_length++] = ' ';
	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	while (count > 0) {
		figures[figures_length++] = digits[--count];
	}
	figures[figures_length++] = '\n';
}

/* The operators that the model needs and no others, as an application names them. */
static const engine_operator *named[OPERATORS];

static uint32_t name_operators(const engine_model *model, const engine_plan *plan, int is_widened) {
	uint32_t count = 0;
	graph graph;
	if (graph_read(model, &graph) != ENGINE_OK) {
		return 0;
	}
	for (uint32_t i = 0; i < plan->operators; i++) {
		node node;
		uint32_t known = 0;
		graph_node(&graph, i, &node);
		const engine_operator *operation = node.operation;
		if (is_widened && operation == &engine_fully_connected) {
			operation = &engine_fully_connected_int8_expanded;
		}
		while (known < count && named[known] != operation) {
			known++;
		}
		if (known == count && count < OPERATORS) {
			named[count++] = operation;
		}
	}
	return count;
}

typedef struct {
	uint32_t begin;
	uint32_t verified;
	uint32_t end;
} times;

/* A function of its own, so that callgrind can tell its instructions from others. */
engine_error open_model(const engine_model *model, engine_plan *plan, engine **opened, times *times);
__attribute__((noinline)) engine_error open_model(
    const engine_model *model, engine_plan *plan, engine **opened, times *times) {
	times->begin = platform_instructions();
	engine_error error = engine_measure(model, plan);
	if (error == ENGINE_OK) {
		error = engine_verify(model, plan, work);
	}
	times->verified = platform_instructions();
	if (error == ENGINE_OK) {
		error = engine_open(model, plan, work, state, arena, opened);
	}
	times->end = platform_instructions();
	return error;
}

static const uint8_t *run_row(engine *opened, const uint8_t *row) {
	engine_tensor tensor;
	for (uint32_t i = 0; i < engine_input_count(opened); i++) {
		(void)engine_input(opened, i, &tensor);
		memcpy(tensor.data, row, tensor.bytes);
		row += tensor.bytes;
	}
	platform_paint_stack();
	uint32_t begin = platform_instructions();
	engine_invoke(opened);
	uint32_t end = platform_instructions();
	put("invoke_stack", platform_stack_used());
	put("invoke", end - begin);
	for (uint32_t i = 0; i < engine_output_count(opened); i++) {
		(void)engine_output(opened, i, &tensor);
		if (tensor.bytes <= OUTPUTS - output_length) {
			memcpy(outputs + output_length, tensor.data, tensor.bytes);
			output_length += tensor.bytes;
		}
		row += tensor.bytes;
	}
	return row;
}

int main(void) {
	engine_model model = {model_memory, platform_read("model", model_memory, sizeof model_memory), engine_operators,
	    engine_operator_count};
	engine_plan plan;
	engine *opened = NULL;
	uint8_t is_widened;
	engine_error error = engine_measure(&model, &plan);
	if (error == ENGINE_OK) {
		error = engine_verify(&model, &plan, work);
	}
	if (error == ENGINE_OK) {
		model.operator_count = name_operators(&model, &plan, platform_read("widened", &is_widened, 1) != 0);
		model.operators = named;
	}
	times times;
	platform_paint_stack();
	error = open_model(&model, &plan, &opened, &times);
	put("open_stack", platform_stack_used());
	put("verify", times.verified - times.begin);
	put("open", times.end - times.verified);
	put("error", (uint32_t)error);
	if (error == ENGINE_OK) {
		put("work", plan.work);
		put("state", plan.state);
		put("arena", plan.arena);
		(void)platform_read("golden", golden, sizeof golden);
		const uint8_t *row = (const uint8_t *)(golden + 1);
		for (uint32_t i = 0; i < golden[0]; i++) {
			row = run_row(opened, row);
		}
		for (uint32_t i = 0; i < engine_output_count(opened); i++) {
			engine_tensor tensor;
			(void)engine_output(opened, i, &tensor);
			put("output_type", (uint32_t)tensor.type);
			put("output_bytes", tensor.bytes);
		}
	}
	platform_write("outputs", outputs, output_length);
	platform_write("figures", figures, figures_length);
	return 0;
}
