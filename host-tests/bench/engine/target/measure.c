/*
 * Opens the model in the file `model`, runs it on the rows of the file `golden` (u32 count of rows, then for each the
 * inputs' and the outputs' bytes), writes what it took to `figures` and all outputs to `outputs`.
 */
#include "engine.h"
#include "operator.h"
#include "operators/operators.h"
#include "platform.h"

#include <stdio.h>
#include <string.h>

enum { FIGURES = 512, OUTPUTS = 1 << 20 };

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
	size_t length = strlen(name);
	memcpy(figures + figures_length, name, length);
	figures_length += (uint32_t)length;
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

/* Named operators only, as an application has them. */
static const engine_operator *named[ENGINE_OPERATOR_COUNT];

static uint32_t name_operators(const engine_model *model) {
	uint32_t count = 0;
	for (uint32_t i = 0; i < ENGINE_OPERATOR_COUNT; i++) {
		uint32_t index = 0;
		for (int32_t code = 0; code >= 0; index++) {
			code = engine_operator_code(model, index);
			if (code == engine_operators[i]->code) {
				named[count++] = engine_operators[i];
				break;
			}
		}
	}
	return count;
}

__attribute__((noinline)) engine_error open_model(const engine_model *model, engine_plan *plan, engine **opened);
engine_error open_model(const engine_model *model, engine_plan *plan, engine **opened) {
	uint32_t begin = platform_instructions();
	engine_error error = engine_measure(model, plan);
	uint32_t measured = platform_instructions();
	if (error == ENGINE_OK) {
		error = engine_verify(model, plan, work);
	}
	uint32_t verified = platform_instructions();
	if (error == ENGINE_OK) {
		error = engine_open(model, plan, work, state, arena, opened);
	}
	uint32_t end = platform_instructions();
	put("measure", measured - begin);
	put("verify", verified - measured);
	put("open", end - verified);
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
	    ENGINE_OPERATOR_COUNT};
	engine_plan plan;
	engine *opened = NULL;
	model.operator_count = name_operators(&model);
	model.operators = named;

	platform_paint_stack();
	engine_error error = open_model(&model, &plan, &opened);
	put("open_stack", platform_stack_used());
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
