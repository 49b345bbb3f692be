#include "parameter.h"

engine_error parameter_ends(const node *node, uint32_t index, tensor *input, tensor *output) {
	TRY(node_input(node, index, input));
	TRY(node_output(node, 0, output));
	return input->view.type == output->view.type ? ENGINE_OK : ENGINE_OPERAND_TYPE;
}

engine_error parameter_list(const node *node, uint32_t index, uint32_t count, tensor *list) {
	TRY(node_input(node, index, list));
	if (list->view.type != ENGINE_INT32 && list->view.type != ENGINE_INT64) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!list->constant) {
		return ENGINE_OPERAND_CONSTANT;
	}
	return list->view.elements == count ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

int32_t parameter_at(const node *node, const tensor *list, uint32_t element) {
	if (list->view.type == ENGINE_INT32) {
		return tensor_i32(node, list, element);
	}
	int32_t low = tensor_i32(node, list, 2 * element);
	int32_t high = tensor_i32(node, list, 2 * element + 1);
	if (high == (low < 0 ? -1 : 0)) {
		return low;
	}
	return high < 0 ? INT32_MIN : INT32_MAX;
}

engine_error parameter_shape(const node *node, uint32_t index, const tensor *output) {
	tensor list;
	TRY(parameter_list(node, index, output->view.rank, &list));
	for (uint32_t i = 0; i < output->view.rank; i++) {
		if ((uint32_t)parameter_at(node, &list, i) != output->view.shape[i]) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return ENGINE_OK;
}

engine_error parameter_axis(int32_t axis, uint32_t rank, uint32_t *positive) {
	*positive = (uint32_t)axis + (axis < 0 ? rank : 0);
	return *positive < rank ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

engine_error parameter_axis_option(const node *node, uint32_t field, uint32_t rank, uint32_t *positive) {
	uint32_t axis = 0;
	TRY(fb_u32(node->graph->model, &node->options, field, &axis));
	return parameter_axis((int32_t)axis, rank, positive);
}

uint32_t parameter_volume(const tensor *tensor, uint32_t first, uint32_t end) {
	uint32_t volume = 1;
	for (uint32_t i = first; i < end; i++) {
		volume *= tensor->view.shape[i];
	}
	return volume;
}
