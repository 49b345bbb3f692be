/* What PAD, PADV2 and MIRROR_PAD have in common: the input amid a larger output. */
#ifndef ENGINE_PAD_H
#define ENGINE_PAD_H

#include "parameter.h"
#include "walk.h"

enum { PADDINGS = 1 };

/* The walk to the input's place in the output, and the paddings: two for each axis, none negative. */
engine_error pad_plan(const node *node, tensor *input, tensor *output, tensor *paddings, walk *walk);

#endif
