/*
 * libFuzzer target: any bytes go through the whole engine. AddressSanitizer watches the memory, each block of which is
 * exactly as long as the engine asked for; and an independent replay watches the layout of the arena: which tensor
 * owns each byte, from operator to operator.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "operator.h"
#include "operators/operators.h"

#define LARGEST_ARENA 65536u
#define LARGEST_STATE (1u << 20)
#define LARGEST_WORK_OF_REPLAY (1u << 24) /* arena bytes times operators */

/* Bytes of a model that may be read. */
#ifdef ENGINE_WORD_READS
#define READABLE(size) (((uint32_t)(size) + 3) & ~3u)
#else
#define READABLE(size) ((uint32_t)(size))
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the files tried, those that the verifier accepted and that were run. */
static unsigned long files;
static unsigned long runs;

__attribute__((destructor)) static void print_counts(void) {
	fprintf(stderr, "%lu of %lu files were accepted and run\n", runs, files);
}

static void fail(const char *what) {
	fputs(what, stderr);
	abort();
}

static void *allocate(uint32_t size) {
	void *memory = malloc(size ? size : 1);
	if (memory == NULL) {
		abort();
	}
	return memory;
}

typedef struct {
	const graph *graph;
	const placement *placements;
	uint16_t *owners; /* of each byte of the arena: a tensor, or an operator's scratch memory after all tensors */
	uint32_t arena;
} replay;

static int is_handle(const graph *graph, uint32_t index) {
	tensor tensor;
	if (index >= graph->tensors.count) {
		return 0;
	}
	graph_tensor(graph, index, &tensor);
	return (uint32_t)tensor.view.type == GRAPH_RESOURCE;
}

/* All handles of a variable own its memory. */
static uint16_t owner_of(const replay *replay, uint32_t index) {
	return is_handle(replay->graph, index) ? replay->placements[index].block : (uint16_t)index;
}

/* What keeps its values from one run to the next; constants have a place where operators cannot read the model. */
static int lasts(const graph *graph, uint32_t index) {
	tensor tensor;
	graph_tensor(graph, index, &tensor);
	return tensor.variable || tensor.constant != 0 || is_handle(graph, index);
}

static void own(const replay *replay, uint32_t index) {
	uint32_t start = replay->placements[replay->placements[index].block].offset;
	uint32_t size = replay->placements[index].size;
	uint16_t owner = owner_of(replay, index);
	if (start > replay->arena || size > replay->arena - start) {
		fail("a tensor or scratch memory lies outside the arena\n");
	}
	for (uint32_t i = 0; i < size; i++) {
		replay->owners[start + i] = owner;
	}
}

static int is_owned(const replay *replay, uint32_t index) {
	uint32_t start = replay->placements[replay->placements[index].block].offset;
	uint32_t size = replay->placements[index].size;
	uint16_t owner = owner_of(replay, index);
	uint32_t i = 0;
	while (i < size && replay->owners[start + i] == owner) {
		i++;
	}
	return i == size;
}

static void check_owned(const replay *replay, uint32_t index) {
	if (!is_owned(replay, index)) {
		fail("a tensor is read after its memory went to another\n");
	}
}

static void check_inputs(const replay *replay, const node *node, uint32_t but_block) {
	for (uint32_t i = 0; i < node->inputs.count; i++) {
		uint32_t index = graph_index(replay->graph, &node->inputs, i);
		if (index != ABSENT && replay->placements[index].block != but_block) {
			check_owned(replay, index);
		}
	}
}

static void replay_node(const replay *replay, uint32_t index) {
	node node;
	uint32_t scratch = replay->graph->tensors.count + index;
	uint32_t shared = ABSENT;
	graph_node(replay->graph, index, &node);
	check_inputs(replay, &node, ABSENT);
	own(replay, scratch);
	check_inputs(replay, &node, ABSENT);
	for (uint32_t i = 0; i < node.outputs.count; i++) {
		uint32_t output = graph_index(replay->graph, &node.outputs, i);
		own(replay, output);
		if (replay->placements[output].block != output) {
			shared = replay->placements[output].block;
		}
	}
	check_inputs(replay, &node, shared);
	check_owned(replay, scratch);
	for (uint32_t i = 0; i < node.outputs.count; i++) {
		check_owned(replay, graph_index(replay->graph, &node.outputs, i));
	}
}

static void replay_layout(const engine_model *model, const engine_plan *plan, const placement *placements) {
	graph graph;
	replay replay = {&graph, placements, allocate(2 * plan->arena), plan->arena};
	memset(replay.owners, 0xFF, 2 * plan->arena);
	if (graph_read(model, &graph) != ENGINE_OK) {
		fail("a graph that was verified is refused\n");
	}
	for (uint32_t i = 0; i < graph.tensors.count; i++) {
		if (lasts(&graph, i)) {
			own(&replay, i);
		}
	}
	for (uint32_t i = 0; i < graph.inputs.count; i++) {
		own(&replay, graph_index(&graph, &graph.inputs, i));
	}
	for (uint32_t i = 0; i < graph.operators.count; i++) {
		replay_node(&replay, i);
	}
	for (uint32_t i = 0; i < graph.outputs.count; i++) {
		check_owned(&replay, graph_index(&graph, &graph.outputs, i));
	}
	for (uint32_t i = 0; i < graph.tensors.count; i++) {
		if (lasts(&graph, i)) {
			check_owned(&replay, i);
		}
	}
	free(replay.owners);
}

static void write_inputs(engine *engine) {
	engine_tensor tensor;
	uint32_t state = 1;
	for (uint32_t i = 0; i < engine_input_count(engine); i++) {
		if (engine_input(engine, i, &tensor) != ENGINE_OK) {
			fail("an input is refused\n");
		}
		for (uint32_t j = 0; j < tensor.bytes; j++) {
			state = state * 1664525u + 1013904223u;
			((uint8_t *)tensor.data)[j] = (uint8_t)(state >> 24);
		}
	}
}

/* One run; gives a number that stands for the results. */
static uint64_t run(engine *engine) {
	engine_tensor tensor;
	uint64_t hash = 0;
	write_inputs(engine);
	if (engine_invoke(engine) != ENGINE_OK) {
		return 0;
	}
	for (uint32_t i = 0; i < engine_output_count(engine); i++) {
		if (engine_output(engine, i, &tensor) != ENGINE_OK) {
			fail("an output is refused\n");
		}
		for (uint32_t j = 0; j < tensor.bytes; j++) {
			hash = hash * 0x100000001B3u + ((const uint8_t *)tensor.data)[j];
		}
	}
	return hash;
}

/* TensorFlow Lite Micro looks at some types only when its kernels run, which engine_open has them do. */
#ifdef FUZZ_TFLM
#define MAY_REFUSE(error) ((error) == ENGINE_KERNEL)
#else
#define MAY_REFUSE(error) 0
#endif

static engine *open_in(
    const engine_model *model, engine_plan *plan, const void *work, void *state, void *arena, int fill) {
	engine *engine = NULL;
	memset(state, fill, plan->state);
	memset(arena, fill, plan->arena);
	engine_error error = engine_open(model, plan, work, state, arena, &engine);
	if (error != ENGINE_OK && !MAY_REFUSE(error)) {
		fail("a model that was laid out does not open\n");
	}
	return engine;
}

/* Results must depend neither on what was in the memory before, nor on runs before the last reset. */
static void open_and_run(const engine_model *model, engine_plan *plan, const void *work) {
	void *state = allocate(plan->state);
	void *arena = allocate(plan->arena);
	engine *engine = open_in(model, plan, work, state, arena, 0);
	if (engine != NULL) {
		uint64_t first = run(engine);
		engine = open_in(model, plan, work, state, arena, 0xFF);
		if (engine == NULL || run(engine) != first) {
			fail("a result depends on memory that nobody wrote\n");
		}
		engine_reset(engine);
		if (run(engine) != first) {
			fail("a result depends on what was before the reset\n");
		}
	}
	free(arena);
	free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char text[256];
	engine_plan plan;
	void *copy = allocate(READABLE(size));
	memcpy(copy, data, size);
	engine_model model = {copy, (uint32_t)size, engine_operators, engine_operator_count};
	const void *entry;
	uint32_t length;
	files++;
	(void)engine_metadata(&model, "TMLAAS_CARD", &entry, &length);
	engine_error error = engine_measure(&model, &plan);
	if (error == ENGINE_OK) {
		void *work = allocate(plan.work);
		error = engine_verify(&model, &plan, work);
		if (error == ENGINE_OK && plan.arena <= LARGEST_ARENA && plan.state <= LARGEST_STATE) {
#ifndef FUZZ_TFLM
			if (plan.arena * plan.operators <= LARGEST_WORK_OF_REPLAY) {
				replay_layout(&model, &plan, work);
			}
#endif
			open_and_run(&model, &plan, work);
			runs++;
		}
		free(work);
	}
	if (error != ENGINE_OK && engine_explain(&model, &plan, error, text, sizeof text) != strlen(text)) {
		fail("an explanation has another length than it says\n");
	}
	for (uint32_t i = 0; error == ENGINE_OPERATOR && i <= plan.operators; i++) {
		if (engine_unsupported(&model, i, text, sizeof text) >= 0 && strlen(text) == 0) {
			fail("an operator that is not at hand has no name\n");
		}
	}
	free(copy);
	return 0;
}
