/* What the two operators share that make an image larger or smaller. */
#ifndef ENGINE_RESIZE_H
#define ENGINE_RESIZE_H

#include "parameter.h"

enum { INPUT = 0, SIZE = 1 };

/* One axis of the image. */
typedef struct {
	uint32_t from; /* extent of the input */
	uint32_t to;   /* extent of the output */
} resize_side;

typedef struct {
	step step;
	const void *input;
	void *output;
	uint32_t batches;
	resize_side height;
	resize_side width;
	uint32_t depth;
	uint8_t aligned;       /* the centres of the corners' pixels coincide, else their outer corners do */
	uint8_t pixel_centers; /* a pixel lies at its centre, else at its corner */
} resize_step;

/* Operands and options; the options begin with field `first`. */
engine_error resize_read(const node *node, uint32_t first, resize_step *step);

/* Input pixels for one of the output along an axis, before any rounding. */
float resize_scale(const resize_side *side, int aligned);

#endif
