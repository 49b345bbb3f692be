#include "parts.h"
#include "walk.h"

typedef struct {
	uint8_t *data;
	uint32_t run; /* bytes that lie together in the whole */
} part_data;

typedef struct {
	step step;
	uint8_t *whole;
	uint32_t outer; /* how many runs a part has */
	uint32_t bytes; /* of one run of each part */
	uint32_t count;
	/* then part_data[count] */
} parts_step;

static uint32_t part_count(const node *node, const parts *parts) {
	return parts->are_inputs ? node->inputs.count : node->outputs.count;
}

static engine_error part_at(const node *node, const parts *parts, uint32_t index, tensor *part) {
	return parts->are_inputs ? node_input(node, index, part) : node_output(node, index, part);
}

/* The extents of a part are the whole's, except along the axis. */
static engine_error check_shape(const parts *parts, const tensor *part, uint32_t *extent) {
	const engine_tensor *whole = &parts->whole.view;
	uint32_t axis = 0; /* of the part */
	*extent = 1;
	if (part->view.rank + (parts->stacked ? 1 : 0) != whole->rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = 0; i < whole->rank; i++) {
		if (i != parts->axis) {
			if (part->view.shape[axis++] != whole->shape[i]) {
				return ENGINE_OPERAND_SHAPE;
			}
		}
		else if (!parts->stacked) {
			*extent = part->view.shape[axis++];
		}
	}
	return ENGINE_OK;
}

static engine_error check_quantization(const tensor *whole, const tensor *part) {
	int is_byte = part->view.type == ENGINE_INT8 || part->view.type == ENGINE_UINT8;
	if (part->view.zero_point != whole->view.zero_point || (is_byte && part->view.scale != whole->view.scale)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return ENGINE_OK;
}

engine_error parts_check(const node *node, const parts *parts, requirement *requirement) {
	uint32_t count = part_count(node, parts);
	uint32_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		tensor part;
		uint32_t extent;
		TRY(part_at(node, parts, i, &part));
		if (part.view.type != parts->whole.view.type) {
			return ENGINE_OPERAND_TYPE;
		}
		TRY(check_shape(parts, &part, &extent));
		if (parts->one_scale) {
			TRY(check_quantization(&parts->whole, &part));
		}
		sum += extent; /* the parts are at most as many as the model's words, each at most 2^24 */
		if (sum > parts->whole.view.shape[parts->axis]) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	if (sum != parts->whole.view.shape[parts->axis]) {
		return ENGINE_OPERAND_SHAPE;
	}
	requirement->state = (uint32_t)(sizeof(parts_step) + count * sizeof(part_data));
	return ENGINE_OK;
}

static void run_join(const step *base) {
	const parts_step *step = (const parts_step *)(const void *)base;
	const part_data *part = (const part_data *)(const void *)(step + 1);
	uint8_t *to = step->whole;
	for (uint32_t i = 0; i < step->count; i++, part++) {
		walk_loop loop = {step->outer, (int32_t)part->run, (int32_t)step->bytes};
		walk_line(to, part->data, &loop, part->run);
		to += part->run;
	}
}

static void run_cut(const step *base) {
	const parts_step *step = (const parts_step *)(const void *)base;
	const part_data *part = (const part_data *)(const void *)(step + 1);
	const uint8_t *from = step->whole;
	for (uint32_t i = 0; i < step->count; i++, part++) {
		walk_loop loop = {step->outer, (int32_t)step->bytes, (int32_t)part->run};
		walk_line(part->data, from, &loop, part->run);
		from += part->run;
	}
}

void parts_open(const node *node, const parts *parts, step *base) {
	parts_step *step = (parts_step *)(void *)base;
	part_data *part = (part_data *)(void *)(step + 1);
	step->step.run = parts->are_inputs ? run_join : run_cut;
	step->whole = parts->whole.view.data;
	step->outer = parameter_volume(&parts->whole, 0, parts->axis);
	step->bytes = parts->whole.view.bytes / step->outer;
	step->count = part_count(node, parts);
	for (uint32_t i = 0; i < step->count; i++, part++) {
		tensor tensor;
		(void)part_at(node, parts, i, &tensor);
		part->data = tensor.view.data;
		part->run = tensor.view.bytes / step->outer;
	}
}
