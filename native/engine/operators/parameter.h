/* What operators that move values read when they are checked and opened: operands, axes, lists of numbers. */
#ifndef ENGINE_PARAMETER_H
#define ENGINE_PARAMETER_H

#include "../operator.h"

/* Input `index` and the first output, which have one type. */
engine_error parameter_ends(const node *node, uint32_t index, tensor *input, tensor *output);

/* Input `index` as a constant of exactly `count` int32 or int64. */
engine_error parameter_list(const node *node, uint32_t index, uint32_t count, tensor *list);

/* Its element; an int64 past the ends of int32 as the end. */
int32_t parameter_at(const node *node, const tensor *list, uint32_t element);

/* Input `index` as a constant list of the output's extents. */
engine_error parameter_shape(const node *node, uint32_t index, const tensor *output);

/* -rank <= axis < rank, where negative ones count from the end. */
engine_error parameter_axis(int32_t axis, uint32_t rank, uint32_t *positive);

/* A field of the options that is an axis. */
engine_error parameter_axis_option(const node *node, uint32_t field, uint32_t rank, uint32_t *positive);

/* Product of the extents from axis `first` up to, without it, axis `end`. */
uint32_t parameter_volume(const tensor *tensor, uint32_t first, uint32_t end);

/* product = a * b, where a and the product are extents and b is whatever the file says. */
static inline int parameter_is_product(uint32_t product, uint32_t a, uint32_t b) {
	return b != 0 && product / b == a && a * b == product;
}

static inline uint32_t parameter_width(const tensor *tensor) {
	return graph_type_size(tensor->view.type);
}

#endif
