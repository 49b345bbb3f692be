/* What engine.h promises to a caller who errs. The model is the first argument; every failure names its line. */
#include "engine.h"
#include "operators/operators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                                                              \
	do {                                                                                                               \
		if (!(condition)) {                                                                                            \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                                    \
			exit(1);                                                                                                   \
		}                                                                                                              \
	} while (0)

#define CAPACITY 65536

static uint64_t file[CAPACITY / 8];
static uint64_t work[CAPACITY / 8];
static uint64_t state[CAPACITY / 8];
static uint64_t arena[CAPACITY / 8];

static void expect_alignment(engine_model model) {
	engine_plan plan;
	engine *engine = NULL;
	EXPECT(engine_measure(&model, &plan) == ENGINE_OK);
	EXPECT(plan.work <= CAPACITY && plan.state <= CAPACITY);
	EXPECT(engine_verify(&model, &plan, (uint8_t *)work + 2) == ENGINE_MEMORY_ALIGNMENT);
	EXPECT(engine_verify(&model, &plan, work) == ENGINE_OK);
	EXPECT(plan.arena <= CAPACITY);
	EXPECT(engine_open(&model, &plan, work, (uint8_t *)state + 4, (uint8_t *)arena + 2, &engine) ==
	       ENGINE_MEMORY_ALIGNMENT);
	EXPECT(engine_open(&model, &plan, work, state, (uint8_t *)arena + 1, &engine) == ENGINE_MEMORY_ALIGNMENT);
	EXPECT(engine == NULL);
	/* 4 bytes are enough for model, work and arena */
	memmove((uint8_t *)file + 4, file, model.size);
	model.data = (uint8_t *)file + 4;
	EXPECT(engine_measure(&model, &plan) == ENGINE_OK);
	EXPECT(engine_verify(&model, &plan, (uint8_t *)work + 4) == ENGINE_OK);
	EXPECT(engine_open(&model, &plan, (uint8_t *)work + 4, state, (uint8_t *)arena + 4, &engine) == ENGINE_OK);
	engine_invoke(engine);
	memmove(file, (uint8_t *)file + 4, model.size);
}

static void expect_state_is_enough(const engine_model *model) {
	engine_plan plan;
	engine *engine;
	EXPECT(engine_measure(model, &plan) == ENGINE_OK && engine_verify(model, &plan, work) == ENGINE_OK);
	plan.state -= (uint32_t)sizeof(void *);
	EXPECT(engine_open(model, &plan, work, state, arena, &engine) == ENGINE_MEMORY);
	plan.state = 0;
	EXPECT(engine_open(model, &plan, work, state, arena, &engine) == ENGINE_MEMORY);
}

static void expect_indices(const engine_model *model) {
	engine_plan plan;
	engine *engine;
	engine_tensor tensor;
	const void *data;
	uint32_t size;
	EXPECT(engine_measure(model, &plan) == ENGINE_OK && engine_verify(model, &plan, work) == ENGINE_OK);
	EXPECT(engine_open(model, &plan, work, state, arena, &engine) == ENGINE_OK);
	EXPECT(engine_input(engine, engine_input_count(engine), &tensor) == ENGINE_INDEX);
	EXPECT(engine_output(engine, 0xFFFFFFFFu, &tensor) == ENGINE_INDEX);
	EXPECT(engine_operator_code(model, plan.operators) == -1);
	EXPECT(engine_metadata(model, "TMLAAS_CARD", &data, &size) == ENGINE_OK && size > 0);
	EXPECT(engine_metadata(model, "TMLAAS_CAR", &data, &size) == ENGINE_NOT_FOUND);
	EXPECT(engine_metadata(model, "TMLAAS_CARDS", &data, &size) == ENGINE_NOT_FOUND);
	EXPECT(engine_metadata(model, "", &data, &size) == ENGINE_NOT_FOUND);
}

/* Each number has a sentence of its own, and others have the one for unknown errors. */
static void expect_texts(void) {
	const char *unknown = engine_error_text((engine_error)999);
	int named = 0;
	for (int a = 0; a < 600; a++) {
		const char *text = engine_error_text((engine_error)a);
		EXPECT(text != NULL && text[0] != 0);
		if (strcmp(text, unknown) == 0) {
			continue;
		}
		named++;
		for (int b = 0; b < a; b++) {
			EXPECT(strcmp(text, engine_error_text((engine_error)b)) != 0);
		}
	}
	printf("%d\n", named);
}

static void expect_explanation_fits(const engine_model *model) {
	char text[64];
	engine_plan plan;
	engine_model without = {model->data, model->size, engine_operators, 0};
	EXPECT(engine_measure(&without, &plan) == ENGINE_OK && engine_verify(&without, &plan, work) == ENGINE_OPERATOR);
	for (uint32_t size = 0; size < sizeof text; size++) {
		memset(text, 'x', sizeof text);
		EXPECT(engine_explain(&without, &plan, ENGINE_OPERATOR, text, size) == (size ? size - 1 : 0));
		EXPECT(text[size] == 'x' && (size == 0 || text[size - 1] == 0));
	}
}

static void expect_unsupported_names(const engine_model *model) {
	char text[64];
	engine_plan plan;
	engine_model without = {model->data, model->size, engine_operators, 0};
	EXPECT(engine_measure(&without, &plan) == ENGINE_OK);
	for (uint32_t i = 0; i < plan.operators; i++) {
		int32_t code = engine_operator_code(model, i);
		EXPECT(engine_unsupported(model, i, text, sizeof text) == -1);
		EXPECT(engine_unsupported(&without, i, text, sizeof text) == code);
		EXPECT(strcmp(text, engine_operator_name(code)) == 0);
		EXPECT(engine_unsupported(&without, i, text, 3) == code && strlen(text) == 2);
	}
	EXPECT(engine_unsupported(&without, plan.operators, text, sizeof text) == -1);
}

int main(int count, char **arguments) {
	FILE *stream = count == 2 ? fopen(arguments[1], "rb") : NULL;
	EXPECT(stream != NULL);
	engine_model model = {
	    file, (uint32_t)fread(file, 1, CAPACITY - 8, stream), engine_operators, engine_operator_count};
	fclose(stream);
	expect_alignment(model);
	expect_state_is_enough(&model);
	expect_indices(&model);
	expect_explanation_fits(&model);
	expect_unsupported_names(&model);
	expect_texts();
	return 0;
}
