/* A tensor and the parts along one axis that it is joined from (CONCATENATION, PACK) or cut into (SPLIT, UNPACK). */
#ifndef ENGINE_PARTS_H
#define ENGINE_PARTS_H

#include "parameter.h"

typedef struct {
	tensor whole;
	uint32_t axis;
	int are_inputs; /* the parts; else they are the outputs */
	int stacked;    /* each part is one index of the axis and does not have it itself */
	int one_scale;  /* 8-bit parts have the whole's quantisation; zero points are the same always */
} parts;

engine_error parts_check(const node *node, const parts *parts, requirement *requirement);
void parts_open(const node *node, const parts *parts, step *step);

#endif
