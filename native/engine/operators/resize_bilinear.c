/* RESIZE_BILINEAR: a weighted mean of the four nearest pixels. int8 with 10 bits of fraction, float32. */
#include "resize.h"

enum { OPTION_ALIGN_CORNERS = 2 };

#define ONE 1024 /* 10 bits of fraction */

typedef struct {
	resize_step image;
	int32_t row_scale; /* with 10 bits of fraction */
	int32_t column_scale;
} int8_step;

typedef struct {
	resize_step image;
	float row_scale;
	float column_scale;
} float_step;

/* Two neighbours along an axis, and how far from the first. */
typedef struct {
	uint32_t first;
	uint32_t second;
	int32_t rest; /* below ONE */
} int8_place;

typedef struct {
	uint32_t first;
	uint32_t second;
	float rest;
} float_place;

static engine_error check(const node *node, requirement *requirement) {
	resize_step step = {0};
	tensor input;
	TRY(resize_read(node, OPTION_ALIGN_CORNERS, &step));
	TRY(node_input(node, INPUT, &input));
	if (input.view.type != ENGINE_INT8 && input.view.type != ENGINE_FLOAT32) {
		return ENGINE_OPERAND_TYPE;
	}
	if (step.aligned && step.pixel_centers) {
		return ENGINE_ATTRIBUTE;
	}
	requirement->state = (uint32_t)(input.view.type == ENGINE_INT8 ? sizeof(int8_step) : sizeof(float_step));
	return ENGINE_OK;
}

static uint32_t bounded(int32_t index, const resize_side *side) {
	return index < 0 ? 0 : (uint32_t)index < side->from ? (uint32_t)index : side->from - 1;
}

/* Where both neighbours are the same pixel, at the borders, the rest does not matter. */
static int8_place place_int8(const resize_step *image, const resize_side *side, int32_t scale, uint32_t index) {
	int32_t at = (int32_t)index * scale + (image->pixel_centers ? scale / 2 - ONE / 2 : 0);
	int32_t whole = at < 0 ? 0 : at / ONE;
	int8_place place = {bounded(whole, side), bounded((at + ONE - 1) / ONE, side), at < 0 ? 0 : at % ONE};
	return place;
}

static void run_int8(const step *base) {
	const int8_step *step = (const int8_step *)(const void *)base;
	const resize_step *image = &step->image;
	const int8_t *input = image->input;
	int8_t *to = image->output;
	uint32_t line = image->width.from * image->depth;
	for (uint32_t i = 0; i < image->batches; i++) {
		for (uint32_t y = 0; y < image->height.to; y++) {
			int8_place row = place_int8(image, &image->height, step->row_scale, y);
			const int8_t *above = input + row.first * line;
			const int8_t *below = input + row.second * line;
			for (uint32_t x = 0; x < image->width.to; x++) {
				int8_place column = place_int8(image, &image->width, step->column_scale, x);
				uint32_t left = column.first * image->depth;
				uint32_t right = column.second * image->depth;
				int32_t weights[4] = {
				    (ONE - row.rest) * (ONE - column.rest),
				    (ONE - row.rest) * column.rest,
				    row.rest * (ONE - column.rest),
				    row.rest * column.rest,
				}; /* together ONE * ONE */
				for (uint32_t c = 0; c < image->depth; c++) {
					int32_t sum = above[left + c] * weights[0] + above[right + c] * weights[1] +
					              below[left + c] * weights[2] + below[right + c] * weights[3];
					/* to the nearest, halves away from zero */
					sum += sum > 0 ? ONE * ONE / 2 : -(ONE * ONE / 2);
					*to++ = (int8_t)(sum / (ONE * ONE));
				}
			}
		}
		input += image->height.from * line;
	}
}

static float_place place_float(const resize_step *image, const resize_side *side, float scale, uint32_t index) {
	float at = (float)(int32_t)index;
	if (image->pixel_centers) {
		at = at + 0.5f;
		at = at * scale;
		at = at - 0.5f;
	}
	else {
		at = at * scale;
	}
	int32_t whole = (int32_t)at; /* at is above -1: 0 for negative ones */
	float_place place = {bounded(whole, side), bounded(whole + (at > (float)whole ? 1 : 0), side), 0};
	place.rest = at - (float)(int32_t)place.first;
	return place;
}

/* In the reference's order, and rounded to a float each time, whatever the processor has. */
static float weighted(float value, float vertical, float horizontal) {
	float part = value * vertical;
	part = part * horizontal;
	return part;
}

static void run_float(const step *base) {
	const float_step *step = (const float_step *)(const void *)base;
	const resize_step *image = &step->image;
	const float *input = image->input;
	float *to = image->output;
	uint32_t line = image->width.from * image->depth;
	for (uint32_t i = 0; i < image->batches; i++) {
		for (uint32_t y = 0; y < image->height.to; y++) {
			float_place row = place_float(image, &image->height, step->row_scale, y);
			const float *above = input + row.first * line;
			const float *below = input + row.second * line;
			for (uint32_t x = 0; x < image->width.to; x++) {
				float_place column = place_float(image, &image->width, step->column_scale, x);
				uint32_t left = column.first * image->depth;
				uint32_t right = column.second * image->depth;
				for (uint32_t c = 0; c < image->depth; c++) {
					float sum = weighted(above[left + c], 1 - row.rest, 1 - column.rest);
					sum = sum + weighted(below[left + c], row.rest, 1 - column.rest);
					sum = sum + weighted(above[right + c], 1 - row.rest, column.rest);
					sum = sum + weighted(below[right + c], row.rest, column.rest);
					*to++ = sum + 0.0f; /* not -0 */
				}
			}
		}
		input += image->height.from * line;
	}
}

/* Halves up. */
static int32_t scale_int8(const resize_side *side, int aligned) {
	uint32_t less = aligned && side->to > 1 ? 1 : 0;
	uint32_t to = side->to - less;
	return (int32_t)((ONE * (side->from - less) + to / 2) / to);
}

static void open(const node *node, step *base) {
	resize_step *image = (resize_step *)(void *)base;
	tensor input;
	(void)resize_read(node, OPTION_ALIGN_CORNERS, image);
	(void)node_input(node, INPUT, &input);
	if (input.view.type == ENGINE_INT8) {
		int8_step *step = (int8_step *)(void *)base;
		base->run = run_int8;
		step->row_scale = scale_int8(&image->height, image->aligned);
		step->column_scale = scale_int8(&image->width, image->aligned);
	}
	else {
		float_step *step = (float_step *)(void *)base;
		base->run = run_float;
		step->row_scale = resize_scale(&image->height, image->aligned);
		step->column_scale = resize_scale(&image->width, image->aligned);
	}
}

const engine_operator engine_resize_bilinear = {
    .code = 23,
    .options_type = 15,
    .in_model = 1u << SIZE,
    .name = "RESIZE_BILINEAR",
    .check = check,
    .open = open,
};
