/*
 * SPACE_TO_DEPTH: each square of `block` by `block` pixels becomes one pixel with the channels of all of them.
 * DEPTH_TO_SPACE: the way back.
 */
#include "parameter.h"
#include "walk.h"

enum { OPTION_BLOCK = 0 };
enum { BATCH = 0, HEIGHT = 1, WIDTH = 2, DEPTH = 3, RANK = 4 };

/* Between `space`, the larger image, and `depth`. The walk goes from space to depth. */
static engine_error plan_between(const node *node, const tensor *space, const tensor *depth, walk *walk) {
	uint32_t block = 0;
	const uint32_t *large = space->view.shape;
	const uint32_t *small = depth->view.shape;
	TRY(node_arity(node, 1, 1));
	TRY(fb_u32(node->graph->model, &node->options, OPTION_BLOCK, &block));
	if (block - 1 >= ENGINE_MAXIMUM_SIZE) {
		return ENGINE_ATTRIBUTE;
	}
	/* the products stay below 2^48; that of the depth is exact, since both tensors have the same count of values */
	if (space->view.rank != RANK || depth->view.rank != RANK || large[BATCH] != small[BATCH] ||
	    large[HEIGHT] != (uint64_t)small[HEIGHT] * block || large[WIDTH] != (uint64_t)small[WIDTH] * block ||
	    space->view.elements != depth->view.elements) {
		return ENGINE_OPERAND_SHAPE;
	}
	int32_t pixel = (int32_t)(large[DEPTH] * parameter_width(space));
	int32_t line = (int32_t)large[WIDTH] * pixel;
	int32_t side = (int32_t)block * pixel;
	int32_t square = (int32_t)block * side;
	walk->run = (uint32_t)side;
	walk_add(walk, small[WIDTH], side, square);
	/* a line of squares takes as many bytes on both sides */
	int32_t squares = (int32_t)small[WIDTH] * square;
	walk_add(walk, block, line, side);
	walk_add(walk, small[HEIGHT] * small[BATCH], squares, squares);
	return ENGINE_OK;
}

static engine_error plan_to_depth(const node *node, walk *walk) {
	tensor input;
	tensor output;
	TRY(parameter_ends(node, 0, &input, &output));
	return plan_between(node, &input, &output, walk);
}

static engine_error plan_to_space(const node *node, walk *walk) {
	tensor input;
	tensor output;
	TRY(parameter_ends(node, 0, &input, &output));
	TRY(plan_between(node, &output, &input, walk));
	walk_turn(walk);
	return ENGINE_OK;
}

static engine_error check_to_depth(const node *node, requirement *requirement) {
	return walk_check(node, requirement, plan_to_depth);
}

static void open_to_depth(const node *node, step *base) {
	walk_open(node, base, plan_to_depth);
}

static engine_error check_to_space(const node *node, requirement *requirement) {
	return walk_check(node, requirement, plan_to_space);
}

static void open_to_space(const node *node, step *base) {
	walk_open(node, base, plan_to_space);
}

const engine_operator engine_space_to_depth = {
    .code = 26,
    .options_type = 19,
    .name = "SPACE_TO_DEPTH",
    .check = check_to_depth,
    .open = open_to_depth,
};

const engine_operator engine_depth_to_space = {
    .code = 5,
    .options_type = 94,
    .name = "DEPTH_TO_SPACE",
    .check = check_to_space,
    .open = open_to_space,
};
