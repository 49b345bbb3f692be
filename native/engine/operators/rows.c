#include "rows.h"

#include "map.h"

engine_error rows_check(const node *node, uint32_t types, uint32_t depth, float scale, int32_t zero_point) {
	tensor input;
	tensor output;
	TRY(map_operands(node, types, &input, &output));
	if (input.view.rank == 0) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (input.view.type == ENGINE_FLOAT32) {
		return ENGINE_OK;
	}
	float ratio = output.view.scale / scale;
	if (output.view.zero_point != zero_point || ratio > 1.001f || ratio < 0.999f) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return input.view.shape[input.view.rank - 1] <= depth ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

void rows_require(requirement *requirement, uint32_t size) {
	requirement->state = step_size(size);
	requirement->in_place = 1;
}

static void run(const step *base) {
	const rows_step *step = (const rows_step *)(const void *)base;
	for (uint32_t i = 0; i < step->rows; i++) {
		step->row(step, step->input + i * step->bytes, step->output + i * step->bytes);
	}
}

void rows_open(const node *node, step *base, tensor *input, void (*row)(const rows_step *, const void *, void *)) {
	tensor output;
	rows_step *step = (rows_step *)(void *)base;
	(void)node_unary(node, input, &output);
	step->step.run = run;
	step->row = row;
	step->input = input->view.data;
	step->output = output.view.data;
	step->depth = input->view.shape[input->view.rank - 1];
	step->rows = input->view.elements / step->depth;
	step->bytes = input->view.bytes / step->rows;
}
