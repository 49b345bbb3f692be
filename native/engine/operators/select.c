/* SELECT_V2: of two values that which a bool chooses. Values of any type. */
#include "broadcast.h"

enum { CONDITION = 0, CHOSEN = 1, OTHER = 2 };

#define ROW(name, type)                                                                                                \
	static void name(const broadcast_step *step, const void *const operands[], void *output) {                         \
		const uint8_t *condition = operands[CONDITION];                                                                \
		const type *chosen = operands[CHOSEN];                                                                         \
		const type *other = operands[OTHER];                                                                           \
		for (uint32_t i = 0; i < step->count; i++) {                                                                   \
			((type *)output)[i] = *condition != 0 ? *chosen : *other;                                                  \
			condition += step->strides[CONDITION];                                                                     \
			chosen += step->strides[CHOSEN];                                                                           \
			other += step->strides[OTHER];                                                                             \
		}                                                                                                              \
	}

ROW(run_1, uint8_t)
ROW(run_2, uint16_t)
ROW(run_4, uint32_t)
ROW(run_8, broadcast_wide)

static engine_error check(const node *node, requirement *requirement) {
	broadcast_tensors tensors;
	TRY(broadcast_operands(node, BROADCAST_OPERANDS, &tensors));
	engine_type type = tensors.output.view.type;
	if (tensors.operands[CONDITION].view.type != ENGINE_BOOL || tensors.operands[CHOSEN].view.type != type ||
	    tensors.operands[OTHER].view.type != type) {
		return ENGINE_OPERAND_TYPE;
	}
	broadcast_require(&tensors, (uint32_t)sizeof(broadcast_step), requirement);
	return ENGINE_OK;
}

static void open(const node *node, step *step) {
	broadcast_tensors tensors;
	broadcast_read(node, BROADCAST_OPERANDS, &tensors);
	uint32_t width = tensors.output.view.bytes / tensors.output.view.elements;
	broadcast_open(&tensors, step, (uint32_t)sizeof(broadcast_step),
	    width == 1   ? run_1
	    : width == 2 ? run_2
	    : width == 4 ? run_4
	                 : run_8);
}

const engine_operator engine_select_v2 = {
    .code = 123,
    .name = "SELECT_V2",
    .check = check,
    .open = open,
};
