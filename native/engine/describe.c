#include "graph.h"

/* What a verified model says of itself, whoever runs it. */

engine_error graph_interface(const engine_model *model, int is_output, uint32_t index, engine_tensor *view) {
	graph graph;
	tensor tensor;
	TRY(graph_read(model, &graph));
	const fb_vector *list = is_output ? &graph.outputs : &graph.inputs;
	if (index >= list->count) {
		return ENGINE_INDEX;
	}
	graph_tensor(&graph, graph_index(&graph, list, index), &tensor);
	graph_tensor_name(&graph, graph_index(&graph, list, index), &tensor.view);
	/* a structure's assignment would link memcpy for this alone */
	engine_copy(view, &tensor.view, sizeof *view);
	return ENGINE_OK;
}

int32_t engine_operator_code(const engine_model *model, uint32_t index) {
	graph graph;
	fb_vector custom;
	int32_t code = -1;
	if (graph_read(model, &graph) == ENGINE_OK && index < graph.operators.count) {
		(void)graph_code(&graph, index, &code, &custom);
	}
	return code;
}

void engine_copy(void *to, const void *model_bytes, uint32_t count) {
#ifdef ENGINE_WORD_READS
	uint8_t *out = to;
	const uint8_t *from = model_bytes;
	for (uint32_t i = 0; i < count; i++) {
		out[i] = bytes_u8(from + i);
	}
#else
	memcpy(to, model_bytes, count);
#endif
}
