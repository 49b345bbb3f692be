/*
 * SPACE_TO_DEPTH: each square of `block` by `block` pixels becomes one pixel with the channels of all of them.
 * DEPTH_TO_SPACE: the way back.
 */
#include "parameter.h"
#include "walk.h"

#define DEPTH_TO_SPACE 5
#define SPACE_TO_DEPTH 26

enum { OPTION_BLOCK = 0 };
enum { BATCH = 0, HEIGHT = 1, WIDTH = 2, DEPTH = 3, RANK = 4 };

static engine_error plan(const node *node, walk *walk) {
	tensor input;
	tensor output;
	uint32_t block = 0;
	TRY(walk_begin(node, 1, walk, &input, &output));
	TRY(fb_u32(node->graph->model, &node->options, OPTION_BLOCK, &block));
	int to_depth = node->code == SPACE_TO_DEPTH;
	const uint32_t *large = to_depth ? input.view.shape : output.view.shape;
	const uint32_t *small = to_depth ? output.view.shape : input.view.shape;
	/* that of the depth is exact, too, since both tensors have the same count of values */
	if (input.view.rank != RANK || output.view.rank != RANK || large[BATCH] != small[BATCH] ||
	    !parameter_is_product(large[HEIGHT], small[HEIGHT], block) ||
	    !parameter_is_product(large[WIDTH], small[WIDTH], block) || input.view.elements != output.view.elements) {
		return ENGINE_OPERAND_SHAPE;
	}
	int32_t pixel = (int32_t)(large[DEPTH] * walk->run);
	int32_t line = (int32_t)large[WIDTH] * pixel;
	int32_t side = (int32_t)block * pixel;
	int32_t square = (int32_t)block * side;
	int32_t squares = (int32_t)small[WIDTH] * square; /* a line of squares: as many bytes on both sides */
	walk->run = (uint32_t)side;
	walk_add(walk, small[WIDTH], side, square);
	walk_add(walk, block, line, side);
	walk_add(walk, small[HEIGHT] * small[BATCH], squares, squares);
	if (!to_depth) {
		walk_turn(walk);
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	return walk_check(node, requirement, plan);
}

static void open(const node *node, step *base) {
	walk_open(node, base, plan);
}

const engine_operator engine_space_to_depth = {
    .code = SPACE_TO_DEPTH,
    .options_type = 19,
    .name = "SPACE_TO_DEPTH",
    .check = check,
    .open = open,
};

const engine_operator engine_depth_to_space = {
    .code = DEPTH_TO_SPACE,
    .options_type = 94,
    .name = "DEPTH_TO_SPACE",
    .check = check,
    .open = open,
};
