/* RESIZE_NEAREST_NEIGHBOR: each pixel of the output is the input's nearest, whatever the type. */
#include "resize.h"

enum { OPTION_ALIGN_CORNERS = 0 };

typedef struct {
	resize_step image;
	uint32_t *columns; /* scratch: where each pixel of a line comes from, in bytes */
	uint32_t pixel;    /* bytes */
	float row_scale;
	float column_scale;
} nearest_step;

static engine_error check(const node *node, requirement *requirement) {
	nearest_step step = {0};
	TRY(resize_read(node, OPTION_ALIGN_CORNERS, &step.image));
	requirement->state = (uint32_t)sizeof(nearest_step);
	requirement->scratch = 4 * step.image.width.to;
	return ENGINE_OK;
}

static uint32_t nearest(const resize_step *image, const resize_side *side, float scale, uint32_t index) {
	float shifted = (float)(int32_t)index + (image->pixel_centers ? 0.5f : 0.0f);
	float place = shifted * scale; /* a variable of its own: rounded to a float, whatever the processor has */
	int32_t whole = (int32_t)place;
	float rest = place - (float)whole;
	if (image->aligned && rest >= 0.5f) {
		whole++;
	}
	return (uint32_t)whole < side->from ? (uint32_t)whole : side->from - 1;
}

static void copy_row(const nearest_step *step, uint8_t *to, const uint8_t *from) {
	for (uint32_t i = 0; i < step->image.width.to; i++) {
		memcpy(to, from + step->columns[i], step->pixel);
		to += step->pixel;
	}
}

static void run(const step *base) {
	const nearest_step *step = (const nearest_step *)(const void *)base;
	const resize_step *image = &step->image;
	const uint8_t *from = image->input;
	uint8_t *to = image->output;
	uint32_t row_bytes = image->width.to * step->pixel;
	for (uint32_t i = 0; i < image->width.to; i++) {
		step->columns[i] = step->pixel * nearest(image, &image->width, step->column_scale, i);
	}
	for (uint32_t i = 0; i < image->batches; i++) {
		uint32_t last = image->height.from; /* the row of the input that the line before came from */
		for (uint32_t j = 0; j < image->height.to; j++) {
			uint32_t row = nearest(image, &image->height, step->row_scale, j);
			if (row == last) {
				memcpy(to, to - row_bytes, row_bytes);
			}
			else {
				copy_row(step, to, from + row * image->width.from * step->pixel);
			}
			last = row;
			to += row_bytes;
		}
		from += image->height.from * image->width.from * step->pixel;
	}
}

static void open(const node *node, step *base) {
	nearest_step *step = (nearest_step *)(void *)base;
	tensor input;
	(void)resize_read(node, OPTION_ALIGN_CORNERS, &step->image);
	(void)node_input(node, INPUT, &input);
	step->image.step.run = run;
	step->columns = node_scratch(node);
	step->pixel = step->image.depth * parameter_width(&input);
	step->row_scale = resize_scale(&step->image.height, step->image.aligned);
	step->column_scale = resize_scale(&step->image.width, step->image.aligned);
}

const engine_operator engine_resize_nearest_neighbor = {
    .code = 97,
    .options_type = 74,
    .in_model = 1u << SIZE,
    .name = "RESIZE_NEAREST_NEIGHBOR",
    .check = check,
    .open = open,
};
