/* MIRROR_PAD: around the values of each axis their mirror image, without (REFLECT) or with (SYMMETRIC) the outermost.
 */
#include "pad.h"

enum { OPTION_MODE = 0 };
enum { REFLECT = 0, SYMMETRIC = 1 };

/* An axis with paddings. */
typedef struct {
	uint32_t outer;  /* how many of it there are in the output */
	uint32_t bytes;  /* of one index of it */
	uint32_t before; /* in bytes, too */
	uint32_t inside;
	uint32_t after;
} mirror;

typedef struct {
	walk_step walk;
	uint8_t *output;
	uint32_t axes;
	uint32_t skipped; /* outermost indices that are not repeated */
	                  /* then mirror[axes], the innermost first */
} mirror_step;

/* Their count, and the axes themselves where `mirrors` is not NULL. */
static uint32_t find_mirrors(const node *node, const tensor *output, const tensor *paddings, mirror *mirrors) {
	uint32_t count = 0;
	uint32_t bytes = parameter_width(output);
	for (uint32_t i = output->view.rank; i-- > 0;) {
		uint32_t before = bytes * (uint32_t)parameter_at(node, paddings, 2 * i);
		uint32_t after = bytes * (uint32_t)parameter_at(node, paddings, 2 * i + 1);
		uint32_t all = bytes * output->view.shape[i];
		if (before + after != 0) {
			mirror mirror = {parameter_volume(output, 0, i), bytes, before, all - before - after, after};
			if (mirrors != NULL) {
				mirrors[count] = mirror;
			}
			count++;
		}
		bytes = all;
	}
	return count;
}

static engine_error read_mode(const node *node, uint32_t *skipped) {
	uint8_t mode = REFLECT;
	TRY(fb_u8(node->graph->model, &node->options, OPTION_MODE, &mode));
	*skipped = mode == REFLECT ? 1 : 0;
	return mode > SYMMETRIC ? ENGINE_ATTRIBUTE : ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	tensor paddings;
	uint32_t skipped;
	walk walk;
	TRY(read_mode(node, &skipped));
	TRY(pad_plan(node, &input, &output, &paddings, &walk));
	for (uint32_t i = 0; i < paddings.view.elements; i++) {
		if ((uint32_t)parameter_at(node, &paddings, i) > input.view.shape[i / 2] - skipped) {
			return ENGINE_ATTRIBUTE;
		}
	}
	uint32_t axes = find_mirrors(node, &output, &paddings, NULL);
	requirement->state = (uint32_t)(sizeof(mirror_step) + axes * sizeof(mirror) + walk.loops * sizeof(walk_loop));
	return ENGINE_OK;
}

static void reflect(const mirror *axis, uint8_t *first, uint32_t skipped) {
	uint8_t *last = first + axis->inside - axis->bytes;
	uint32_t away = skipped * axis->bytes;
	for (uint32_t at = axis->bytes; at <= axis->before; at += axis->bytes) {
		memcpy(first - at, first + at - axis->bytes + away, axis->bytes);
	}
	for (uint32_t at = axis->bytes; at <= axis->after; at += axis->bytes) {
		memcpy(last + at, last - (at - axis->bytes + away), axis->bytes);
	}
}

/* From the innermost axis outwards: what the outer ones repeat is then complete. */
static void run(const step *base) {
	const mirror_step *step = (const mirror_step *)(const void *)base;
	const mirror *axis = (const mirror *)(const void *)(step + 1);
	walk_copy(&step->walk);
	for (uint32_t i = 0; i < step->axes; i++, axis++) {
		uint8_t *at = step->output;
		for (uint32_t j = 0; j < axis->outer; j++) {
			reflect(axis, at + axis->before, step->skipped);
			at += axis->before + axis->inside + axis->after;
		}
	}
}

static void open(const node *node, step *base) {
	mirror_step *step = (mirror_step *)(void *)base;
	mirror *mirrors = (mirror *)(void *)(step + 1);
	tensor input;
	tensor output;
	tensor paddings;
	walk walk;
	(void)read_mode(node, &step->skipped);
	(void)pad_plan(node, &input, &output, &paddings, &walk);
	step->axes = find_mirrors(node, &output, &paddings, mirrors);
	walk_keep(&walk, &step->walk, (walk_loop *)(void *)(mirrors + step->axes));
	step->walk.step.run = run;
	step->output = walk.output;
}

const engine_operator engine_mirror_pad = {
    .code = 100,
    .options_type = 77,
    .in_model = 1u << PADDINGS,
    .name = "MIRROR_PAD",
    .check = check,
    .open = open,
};
