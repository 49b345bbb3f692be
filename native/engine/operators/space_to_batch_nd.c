/*
 * SPACE_TO_BATCH_ND: pads an image and deals its pixels out over a batch, as a dilated convolution wants them: each
 * shift (y, x) below the block makes an image of every block-th pixel from there on. BATCH_TO_SPACE_ND: the way back,
 * with crops instead of paddings. With three axes the image has one column. Padding is zero, for 8 bits the output's
 * zero point, as TensorFlow Lite has it; TensorFlow Lite Micro leaves it to chance.
 */
#include "parameter.h"
#include "walk.h"

enum { INPUT = 0, BLOCK = 1, MARGINS = 2 };
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

static engine_error read(const node *node, deal_step *step) {
	tensor input;
	tensor output;
	tensor block;
	tensor margins;
	step->to_batch = node->code == SPACE_TO_BATCH_ND;
	TRY(node_arity(node, 3, 1));
	TRY(parameter_ends(node, INPUT, &input, &output));
	const engine_tensor *space = step->to_batch ? &input.view : &output.view;
	const engine_tensor *dealt = step->to_batch ? &output.view : &input.view;
	uint32_t sides = space->rank - 2;
	uint32_t batch = dealt->shape[0];
	uint32_t padding = 0;
	if ((sides != 1 && sides != 2) || dealt->rank != space->rank ||
	    dealt->shape[sides + 1] != space->shape[sides + 1]) {
		return ENGINE_OPERAND_SHAPE;
	}
	TRY(parameter_list(node, BLOCK, sides, &block));
	TRY(parameter_list(node, MARGINS, 2 * sides, &margins));
	for (uint32_t i = 0; i < 2; i++) {
		side side = {1, 1, 1, 0};
		if (i < sides) {
			side.large = space->shape[1 + i];
			side.small = dealt->shape[1 + i];
			side.block = (uint32_t)parameter_at(node, &block, i);
			side.before = (uint32_t)parameter_at(node, &margins, 2 * i);
			uint32_t after = (uint32_t)parameter_at(node, &margins, 2 * i + 1);
			uint32_t padded = side.large + side.before + after;
			padding |= side.before | after;
			if ((side.before | after) > ENGINE_MAXIMUM_BYTES || !parameter_is_product(padded, side.small, side.block) ||
			    !parameter_is_product(batch, batch / side.block, side.block)) {
				return ENGINE_OPERAND_SHAPE;
			}
			batch /= side.block;
		}
		step->sides[i] = side;
	}
	step->space = space->data;
	step->dealt = dealt->data;
	step->batch = batch;
	step->pixel = space->shape[sides + 1] * parameter_width(&input);
	step->filled = step->to_batch && padding != 0 ? dealt->bytes : 0;
	step->zero = dealt->type == ENGINE_INT8 || dealt->type == ENGINE_UINT8 ? (uint8_t)dealt->zero_point : 0;
	return batch == space->shape[0] ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static engine_error check(const node *node, requirement *requirement) {
	deal_step step;
	requirement->state = (uint32_t)sizeof(deal_step);
	return read(node, &step);
}

/* Lines of the images of a shift, each to or from every block-th pixel of a line of the large image. */
static uint8_t *copy_shift(const deal_step *step, uint32_t y, uint32_t x, uint8_t *dealt) {
	const side *height = &step->sides[0];
	const side *width = &step->sides[1];
	/* the pixels of a line from `first` on that are not margin */
	uint32_t first = width->before > x ? (width->before - x + width->block - 1) / width->block : 0;
	uint32_t end = width->before + width->large;
	end = end > x ? (end - x + width->block - 1) / width->block : 0;
	uint32_t count = end > first ? end - first : 0;
	uint32_t offset = (first * width->block + x - width->before) * step->pixel;
	int32_t wide = (int32_t)(width->block * step->pixel);
	int32_t narrow = (int32_t)step->pixel;
	walk_loop loop = {count, step->to_batch ? wide : narrow, step->to_batch ? narrow : wide};
	for (uint32_t i = 0; i < step->batch * height->small; i++) {
		uint32_t image = i / height->small;
		uint32_t row = i % height->small * height->block + y - height->before;
		if (row < height->large && count != 0) {
			uint8_t *space = step->space + (image * height->large + row) * width->large * step->pixel + offset;
			uint8_t *line = dealt + first * step->pixel;
			walk_line(step->to_batch ? line : space, step->to_batch ? space : line, &loop, step->pixel);
		}
		dealt += width->small * step->pixel;
	}
	return dealt;
}

static void run(const step *base) {
	const deal_step *step = (const deal_step *)(const void *)base;
	if (step->filled != 0) {
		memset(step->dealt, step->zero, step->filled);
	}
	uint8_t *dealt = step->dealt;
	for (uint32_t y = 0; y < step->sides[0].block; y++) {
		for (uint32_t x = 0; x < step->sides[1].block; x++) {
			dealt = copy_shift(step, y, x, dealt);
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
