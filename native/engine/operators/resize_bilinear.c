/* RESIZE_BILINEAR: a weighted mean of the four nearest pixels. int8 with 10 bits of fraction, float32. */
#include "resize.h"

enum { OPTION_ALIGN_CORNERS = 2 };

#define ONE 1024 /* 10 bits of fraction */

/* A number of the tensor's kind: int8 is reckoned in fractions of ONE. */
typedef union {
	int32_t integer;
	float real;
} number;

/* Two neighbours along an axis, and how far from the first. */
typedef struct {
	uint32_t first;
	uint32_t second;
	number rest; /* below 1 */
} place;

/* A pixel's four neighbours, as places in the input. */
typedef struct {
	uint32_t above_left;
	uint32_t above_right;
	uint32_t below_left;
	uint32_t below_right;
} neighbours;

typedef struct {
	resize_step image;
	number row_scale;
	number column_scale;
	place (*find)(const resize_step *image, const resize_side *side, number scale, uint32_t index);
	void (*mix)(const resize_step *image, const neighbours *pixels, number down, number right, uint32_t to);
} bilinear_step;

static engine_error check(const node *node, requirement *requirement) {
	resize_step step = {.aligned = 0};
	TRY(resize_read(node, OPTION_ALIGN_CORNERS, &step));
	requirement->state = (uint32_t)sizeof(bilinear_step);
	return step.aligned && step.pixel_centers ? ENGINE_ATTRIBUTE : ENGINE_OK;
}

static uint32_t bounded(int32_t index, const resize_side *side) {
	return index < 0 ? 0 : (uint32_t)index < side->from ? (uint32_t)index : side->from - 1;
}

/* Where both neighbours are the same pixel, at the borders, the rest does not matter. */
static place find_int8(const resize_step *image, const resize_side *side, number scale, uint32_t index) {
	int32_t at = (int32_t)index * scale.integer + (image->pixel_centers ? scale.integer / 2 - ONE / 2 : 0);
	at = at < 0 ? 0 : at;
	place place = {bounded(at / ONE, side), bounded((at + ONE - 1) / ONE, side), {.integer = at % ONE}};
	return place;
}

static void mix_int8(const resize_step *image, const neighbours *pixels, number down, number right, uint32_t to) {
	const int8_t *input = image->input;
	int8_t *output = (int8_t *)image->output + to;
	int32_t up = ONE - down.integer;
	int32_t left = ONE - right.integer;
	for (uint32_t c = 0; c < image->depth; c++, input++) {
		/* the weights are ONE * ONE together */
		int32_t sum = (input[pixels->above_left] * left + input[pixels->above_right] * right.integer) * up +
		              (input[pixels->below_left] * left + input[pixels->below_right] * right.integer) * down.integer;
		/* to the nearest, halves away from zero */
		sum += sum > 0 ? ONE * ONE / 2 : -(ONE * ONE / 2);
		output[c] = (int8_t)(sum / (ONE * ONE));
	}
}

static place find_float(const resize_step *image, const resize_side *side, number scale, uint32_t index) {
	float half = image->pixel_centers ? 0.5f : 0.0f;
	float at = (float)(int32_t)index + half;
	at = at * scale.real;
	at = at - half;
	int32_t whole = (int32_t)at; /* at is above -1: 0 for negative ones */
	place place = {bounded(whole, side), bounded(whole + (at > (float)whole ? 1 : 0), side), {0}};
	place.rest.real = at - (float)(int32_t)place.first;
	return place;
}

/* In the reference's order, and rounded to a float each time, whatever the processor has. */
static float weighted(float value, float vertical, float horizontal) {
	float part = value * vertical;
	part = part * horizontal;
	return part;
}

static void mix_float(const resize_step *image, const neighbours *pixels, number down, number right, uint32_t to) {
	const float *input = image->input;
	float *output = (float *)image->output + to;
	float up = 1 - down.real;
	float left = 1 - right.real;
	for (uint32_t c = 0; c < image->depth; c++, input++) {
		float sum = weighted(input[pixels->above_left], up, left);
		sum = sum + weighted(input[pixels->below_left], down.real, left);
		sum = sum + weighted(input[pixels->above_right], up, right.real);
		sum = sum + weighted(input[pixels->below_right], down.real, right.real);
		output[c] = sum + 0.0f; /* not -0 */
	}
}

static void run(const step *base) {
	const bilinear_step *step = (const bilinear_step *)(const void *)base;
	const resize_step *image = &step->image;
	uint32_t line = image->width.from * image->depth;
	uint32_t from = 0;
	uint32_t to = 0;
	for (uint32_t i = 0; i < image->batches; i++) {
		for (uint32_t y = 0; y < image->height.to; y++) {
			place row = step->find(image, &image->height, step->row_scale, y);
			uint32_t above = from + row.first * line;
			uint32_t below = from + row.second * line;
			for (uint32_t x = 0; x < image->width.to; x++) {
				place column = step->find(image, &image->width, step->column_scale, x);
				uint32_t left = column.first * image->depth;
				uint32_t right = column.second * image->depth;
				neighbours pixels = {above + left, above + right, below + left, below + right};
				step->mix(image, &pixels, row.rest, column.rest, to);
				to += image->depth;
			}
		}
		from += image->height.from * line;
	}
}

/* Halves up. */
static int32_t scale_int8(const resize_side *side, int aligned) {
	uint32_t less = aligned && side->to > 1 ? 1 : 0;
	uint32_t to = side->to - less;
	return (int32_t)((ONE * (side->from - less) + to / 2) / to);
}

static void open(const node *node, step *base) {
	bilinear_step *step = (bilinear_step *)(void *)base;
	resize_step *image = &step->image;
	tensor input;
	(void)resize_read(node, OPTION_ALIGN_CORNERS, image);
	(void)node_input(node, INPUT, &input);
	base->run = run;
	if (input.view.type == ENGINE_INT8) {
		step->find = find_int8;
		step->mix = mix_int8;
		step->row_scale.integer = scale_int8(&image->height, image->aligned);
		step->column_scale.integer = scale_int8(&image->width, image->aligned);
	}
	else {
		step->find = find_float;
		step->mix = mix_float;
		step->row_scale.real = resize_scale(&image->height, image->aligned);
		step->column_scale.real = resize_scale(&image->width, image->aligned);
	}
}

const engine_operator engine_resize_bilinear = {
    .code = 23,
    .options_type = 15,
    .types = 1u << ENGINE_INT8 | 1u << ENGINE_FLOAT32,
    .in_model = 1u << SIZE,
    .name = "RESIZE_BILINEAR",
    .check = check,
    .open = open,
};
