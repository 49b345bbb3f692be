/* How a window (a filter, a pool) moves over one dimension of an image. */
#ifndef ENGINE_WINDOW_H
#define ENGINE_WINDOW_H

#include "../operator.h"

/* An image: height, width and depth follow the batch in a tensor's shape. */
enum { BATCH = 0, HEIGHT = 1, WIDTH = 2, DEPTH = 3 };

typedef struct window {
	uint32_t input;    /* extent of the image */
	uint32_t filter;   /* positions that the window looks at: its taps */
	uint32_t stride;   /* from one window to the next */
	uint32_t dilation; /* from one tap to the next */
	uint32_t output;   /* windows */
	uint32_t before;   /* positions of the first window that lie before the image */
} window;

/* Which options tell how windows move. */
typedef struct {
	uint32_t padding;
	uint32_t stride_width;
	uint32_t stride_height;
	uint32_t dilation_width; /* 0: no such option, the taps lie side by side */
	uint32_t dilation_height;
} window_options;

/* Option `field` as an extent; `standard` when it is absent. ENGINE_ATTRIBUTE unless it is positive. */
engine_error extent_read(const node *node, uint32_t field, uint32_t standard, uint32_t *extent);

/*
 * The windows over an image of rank 4, whose filters' extents are known. Afterwards every position of a tap fits 31
 * bits. ENGINE_ATTRIBUTE for options that the schema does not name, ENGINE_OPERAND_SHAPE when no window fits.
 */
engine_error windows_read(
    const node *node, const window_options *options, const engine_tensor *image, window *rows, window *columns);

/* Where a window begins, relative to the image. */
static inline int32_t window_start(const window *window, uint32_t position) {
	return (int32_t)(position * window->stride) - (int32_t)window->before;
}

/* The taps first..end - 1 of a window lie inside the image. */
static inline void window_taps(const window *window, int32_t start, uint32_t *first, uint32_t *end) {
	uint32_t step = window->dilation;
	int32_t left = (int32_t)window->input - start; /* positions up to the end of the image */
	uint32_t outside = start < 0 ? (uint32_t)-start : 0;
	uint32_t inside = left > 0 ? (uint32_t)left : 0;
	if (step != 1) {
		outside = (outside + step - 1) / step;
		inside = (inside + step - 1) / step;
	}
	*end = inside < window->filter ? inside : window->filter;
	*first = outside < *end ? outside : *end;
}

#endif
