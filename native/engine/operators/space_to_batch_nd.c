/*
 * SPACE_TO_BATCH_ND: pads an image and deals its pixels out over a batch, as a dilated convolution wants them: each
 * shift (y, x) below the block makes an image of every block-th pixel from there on. BATCH_TO_SPACE_ND: the way back,
 * with crops instead of paddings. With three axes the image has one column. Padding is zero, for 8 bits the output's
 * zero point, as TensorFlow Lite has it; TensorFlow Lite Micro leaves it to chance.
 */
#include "parameter.h"
#include "walk.h"

enum { INPUT = 0, BLOCK = 1, MARGINS = 2 };
enum { BATCH = 0, HEIGHT = 1, WIDTH = 2, DEPTH = 3, RANK = 4 };
#define SPACE_TO_BATCH_ND 38
#define BATCH_TO_SPACE_ND 37

/* One axis of the image. */
typedef struct {
	uint32_t large; /* extent in space */
	uint32_t small; /* extent in each dealt image */
	uint32_t block;
	uint32_t before; /* padding or crop */
} side;

typedef struct {
	step step;
	uint8_t *space;
	uint8_t *dealt;
	uint32_t batch; /* of space */
	uint32_t pixel; /* bytes */
	side sides[2];  /* height, width */
	int to_batch;
	uint32_t filled; /* bytes of dealt that are made zero before; 0: there is no padding */
	int zero;        /* the byte that stands for it */
} deal_step;

/* Four extents; the image of three axes has one column. */
static void extend(const tensor *tensor, uint32_t *shape) {
	memcpy(shape, tensor->view.shape, RANK * sizeof shape[0]);
	if (tensor->view.rank == 3) {
		shape[DEPTH] = shape[WIDTH];
		shape[WIDTH] = 1;
	}
}

/* `small` images of block * block shifts hold the large one and its margins, none of them negative. */
static int is_dealt(const side *side, uint32_t after) {
	return side->block - 1 < ENGINE_MAXIMUM_BYTES && side->before <= ENGINE_MAXIMUM_BYTES &&
	       after <= ENGINE_MAXIMUM_BYTES &&
	       (uint64_t)side->small * side->block == (uint64_t)side->large + side->before + after;
}

static engine_error read(const node *node, deal_step *step) {
	tensor ends[2];
	tensor block;
	tensor margins;
	uint32_t space[RANK];
	uint32_t dealt[RANK];
	step->to_batch = node->code == SPACE_TO_BATCH_ND;
	TRY(node_arity(node, 3, 1));
	TRY(parameter_ends(node, INPUT, &ends[0], &ends[1]));
	uint32_t rank = ends[0].view.rank;
	if ((rank != 3 && rank != 4) || ends[1].view.rank != rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	TRY(parameter_list(node, BLOCK, rank - 2, &block));
	TRY(parameter_list(node, MARGINS, 2 * (rank - 2), &margins));
	const tensor *large = &ends[step->to_batch ? 0 : 1];
	const tensor *small = &ends[step->to_batch ? 1 : 0];
	extend(large, space);
	extend(small, dealt);
	uint32_t padding = 0;
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t after = 0;
		side *side = &step->sides[i];
		side->large = space[HEIGHT + i];
		side->small = dealt[HEIGHT + i];
		side->block = 1;
		if (i < rank - 2) {
			side->block = (uint32_t)parameter_at(node, &block, i);
			side->before = (uint32_t)parameter_at(node, &margins, 2 * i);
			after = (uint32_t)parameter_at(node, &margins, 2 * i + 1);
		}
		if (!is_dealt(side, after)) {
			return ENGINE_OPERAND_SHAPE;
		}
		padding |= side->before | after;
	}
	uint64_t shifts = (uint64_t)step->sides[0].block * step->sides[1].block;
	if (shifts > dealt[BATCH] || dealt[BATCH] != shifts * space[BATCH] || dealt[DEPTH] != space[DEPTH]) {
		return ENGINE_OPERAND_SHAPE;
	}
	step->space = large->view.data;
	step->dealt = small->view.data;
	step->batch = space[BATCH];
	step->pixel = space[DEPTH] * parameter_width(large);
	step->filled = step->to_batch && padding != 0 ? small->view.bytes : 0;
	if (small->view.type == ENGINE_INT8 || small->view.type == ENGINE_UINT8) {
		step->zero = (uint8_t)small->view.zero_point;
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	deal_step step = {0};
	requirement->state = (uint32_t)sizeof(deal_step);
	return read(node, &step);
}

/* The pixels of the small side from *first on that lie in the large one at a shift. */
static uint32_t overlap(const side *side, uint32_t shift, uint32_t *first) {
	uint32_t block = side->block;
	uint32_t end = side->large + side->before;
	*first = side->before > shift ? (side->before - shift + block - 1) / block : 0;
	end = end > shift ? (end - shift + block - 1) / block : 0;
	return end > *first ? end - *first : 0;
}

static void copy_shift(const deal_step *step, uint32_t y, uint32_t x) {
	const side *height = &step->sides[0];
	const side *width = &step->sides[1];
	uint32_t row;
	uint32_t column;
	uint32_t rows = overlap(height, y, &row);
	uint32_t columns = overlap(width, x, &column);
	if (rows == 0 || columns == 0) {
		return;
	}
	uint32_t space = width->large * step->pixel; /* bytes of a line, then of an image */
	uint32_t dealt = width->small * step->pixel;
	uint32_t images = (y * width->block + x) * step->batch;
	walk walk = {0};
	walk_step copy = {0};
	walk.run = step->pixel;
	walk_add(&walk, columns, (int32_t)(width->block * step->pixel), (int32_t)step->pixel);
	walk_add(&walk, rows, (int32_t)(height->block * space), (int32_t)dealt);
	walk.from =
	    (row * height->block + y - height->before) * space + (column * width->block + x - width->before) * step->pixel;
	walk.to = row * dealt + column * step->pixel;
	space *= height->large;
	dealt *= height->small;
	walk_add(&walk, step->batch, (int32_t)space, (int32_t)dealt);
	walk.to += images * dealt;
	if (!step->to_batch) {
		walk_turn(&walk);
	}
	copy.from = (step->to_batch ? step->space : step->dealt) + walk.from;
	copy.to = (step->to_batch ? step->dealt : step->space) + walk.to;
	copy.loop = walk.loop;
	copy.run = walk.run;
	copy.loops = walk.loops;
	walk_copy(&copy);
}

static void run(const step *base) {
	const deal_step *step = (const deal_step *)(const void *)base;
	if (step->filled != 0) {
		memset(step->dealt, step->zero, step->filled);
	}
	for (uint32_t y = 0; y < step->sides[0].block; y++) {
		for (uint32_t x = 0; x < step->sides[1].block; x++) {
			copy_shift(step, y, x);
		}
	}
}

static void open(const node *node, step *base) {
	(void)read(node, (deal_step *)(void *)base);
	base->run = run;
}

const engine_operator engine_space_to_batch_nd = {
    .code = SPACE_TO_BATCH_ND,
    .options_type = 25,
    .in_model = 1u << BLOCK | 1u << MARGINS,
    .name = "SPACE_TO_BATCH_ND",
    .check = check,
    .open = open,
};

const engine_operator engine_batch_to_space_nd = {
    .code = BATCH_TO_SPACE_ND,
    .options_type = 24,
    .in_model = 1u << BLOCK | 1u << MARGINS,
    .name = "BATCH_TO_SPACE_ND",
    .check = check,
    .open = open,
};
