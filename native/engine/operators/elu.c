/* ELU: x where it is positive, else exp(x) - 1. int8, float32. */
#include "map.h"

#include <math.h>

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(map_operands(node, TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_FLOAT32), &input, &output));
	map_require(requirement, (uint32_t)sizeof(map_step), 0, &input, &output);
	return ENGINE_OK;
}

static float precise(const map_step *step, float value) {
	(void)step;
	return value < 0 ? expm1f(value) : value;
}

/* as the reference fills its table */
static float plain(const map_step *step, float value) {
	(void)step;
	return value < 0 ? expf(value) - 1 : value;
}

static void open(const node *node, step *base) {
	tensor input;
	tensor output;
	map_step *step = (map_step *)(void *)base;
	map_open(node, base, &input, &output);
	if (input.view.type == ENGINE_FLOAT32) {
		map_reals(step, precise);
	}
	else {
		map_reals_by_table(step, &input, &output, plain);
	}
}

const engine_operator engine_elu = {
    .code = 111,
    .name = "ELU",
    .check = check,
    .open = open,
};
