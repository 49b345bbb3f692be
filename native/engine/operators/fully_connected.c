#include "fully_connected.h"

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	TRY(node_input(node, FULLY_CONNECTED_INPUT, &input));
	switch (input.view.type) {
		case ENGINE_INT8: return fully_connected_int8_check(node, requirement);
		case ENGINE_INT16: return fully_connected_int16_check(node, requirement);
		case ENGINE_FLOAT32: return fully_connected_float32_check(node, requirement);
		default: return ENGINE_OPERAND_TYPE;
	}
}

static void open(const node *node, step *step) {
	tensor input;
	(void)node_input(node, FULLY_CONNECTED_INPUT, &input);
	(input.view.type == ENGINE_INT8       ? fully_connected_int8_open
	    : input.view.type == ENGINE_INT16 ? fully_connected_int16_open
	                                      : fully_connected_float32_open)(node, step);
}

const engine_operator engine_fully_connected = {
    .code = FULLY_CONNECTED_CODE,
    .options_type = FULLY_CONNECTED_OPTIONS,
    .in_model = FULLY_CONNECTED_IN_MODEL,
    .name = "FULLY_CONNECTED",
    .check = check,
    .open = open,
};
