/* BROADCAST_TO: the input repeated along axes where it has one index, or which it lacks in front. */
#include "parameter.h"
#include "walk.h"

enum { SHAPE = 1 };

static engine_error plan(const node *node, walk *walk) {
	tensor input;
	tensor output;
	TRY(walk_begin(node, 2, walk, &input, &output));
	TRY(parameter_shape(node, SHAPE, &output));
	if (input.view.rank > output.view.rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	uint32_t missing = output.view.rank - input.view.rank;
	uint32_t from = walk->run;
	uint32_t to = from;
	for (uint32_t i = output.view.rank; i-- > 0;) {
		uint32_t extent = i < missing ? 1 : input.view.shape[i - missing];
		uint32_t wanted = output.view.shape[i];
		if (extent != wanted && extent != 1) {
			return ENGINE_OPERAND_SHAPE;
		}
		walk_add(walk, wanted, extent == 1 ? 0 : (int32_t)from, (int32_t)to);
		from *= extent;
		to *= wanted;
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	return walk_check(node, requirement, plan);
}

static void open(const node *node, step *base) {
	walk_open(node, base, plan);
}

const engine_operator engine_broadcast_to = {
    .code = 130,
    .options_type = 104,
    .in_model = 1u << SHAPE,
    .name = "BROADCAST_TO",
    .check = check,
    .open = open,
};
