/*
 * SLICE: from `begin`, `size` values along each axis (-1: all that follow).
 * STRIDED_SLICE: from `begin` up to `end` in steps, with the masks of Python's x[a:b:c], x[i], x[...] and x[newaxis].
 */
#include "parameter.h"
#include "walk.h"

enum { BEGIN = 1, SIZE = 2, END = 2, STRIDES = 3 };
enum {
	OPTION_BEGIN_MASK = 0,
	OPTION_END_MASK = 1,
	OPTION_ELLIPSIS_MASK = 2,
	OPTION_NEW_AXIS_MASK = 3,
	OPTION_SHRINK_AXIS_MASK = 4,
	OPTION_OFFSET = 5
};
#define MASKS 5u
#define MAXIMUM_ENTRIES (2u * ENGINE_MAXIMUM_RANK) /* of begin, end and strides: each axis, each new axis */

/* What is taken of one axis of the input. */
typedef struct {
	uint32_t start;
	uint32_t count;
	int32_t stride;
} section;

typedef struct {
	tensor input;
	tensor output;
	section sections[ENGINE_MAXIMUM_RANK];
} slice;

static void walk_sections(const slice *slice, walk *walk) {
	uint32_t from = walk->run;
	uint32_t to = from;
	for (uint32_t i = slice->input.view.rank; i-- > 0;) {
		const section *section = &slice->sections[i];
		walk->from += section->start * from;
		/* a stride matters only where there is a second value, so it is shorter than the axis */
		int32_t stride = section->count == 1 ? 0 : section->stride;
		walk_add(walk, section->count, stride * (int32_t)from, (int32_t)to);
		from *= slice->input.view.shape[i];
		to *= section->count;
	}
}

static engine_error plan_slice(const node *node, walk *walk) {
	slice slice;
	tensor begin;
	tensor size;
	TRY(walk_begin(node, 3, walk, &slice.input, &slice.output));
	uint32_t rank = slice.input.view.rank;
	TRY(parameter_list(node, BEGIN, rank, &begin));
	TRY(parameter_list(node, SIZE, rank, &size));
	if (slice.output.view.rank != rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = 0; i < rank; i++) {
		uint32_t extent = slice.input.view.shape[i];
		uint32_t start = (uint32_t)parameter_at(node, &begin, i);
		int32_t count = parameter_at(node, &size, i);
		section section = {start, slice.output.view.shape[i], 1};
		if (start >= extent || section.count > extent - start) {
			return ENGINE_ATTRIBUTE;
		}
		if (count == -1 ? section.count != extent - start : section.count != (uint32_t)count) {
			return ENGINE_OPERAND_SHAPE;
		}
		slice.sections[i] = section;
	}
	walk_sections(&slice, walk);
	return ENGINE_OK;
}

/* A place on an axis, which negative numbers count from the end; within lowest and lowest + extent. */
static int32_t place(int32_t index, uint32_t extent, int32_t lowest) {
	int32_t end = (int32_t)extent;
	index += index < 0 ? end : 0;
	return index < lowest ? lowest : index > end + lowest ? end + lowest : index;
}

/* begin:end:stride of one axis. */
typedef struct {
	int32_t begin;
	int32_t end;
	int32_t stride;
	int open_begin;
	int open_end;
	int shrinks;
	int is_relative; /* the end counts from the begin */
} range;

static engine_error resolve(const range *range, uint32_t extent, section *section) {
	int backward = range->stride < 0;
	int32_t lowest = backward ? -1 : 0;
	int32_t first = backward ? (int32_t)extent - 1 : 0;
	int32_t start = range->open_begin ? first : place(range->begin, extent, lowest);
	int32_t end = (int32_t)((uint32_t)range->end + (range->is_relative ? (uint32_t)start : 0));
	end = range->open_end ? (int32_t)extent - 1 - first + (backward ? -1 : 1) : place(end, extent, lowest);
	if (range->stride == 0) {
		return ENGINE_ATTRIBUTE;
	}
	section->start = (uint32_t)start;
	section->count = 1;
	section->stride = range->stride;
	if (section->start >= extent) {
		return ENGINE_ATTRIBUTE;
	}
	if (range->shrinks) {
		return ENGINE_OK;
	}
	uint32_t step = backward ? 0u - (uint32_t)range->stride : (uint32_t)range->stride;
	int32_t distance = backward ? start - end : end - start;
	if (distance <= 0) {
		return ENGINE_OPERAND_SHAPE;
	}
	section->count = step == 1 ? (uint32_t)distance : ((uint32_t)distance - 1) / step + 1;
	return ENGINE_OK;
}

static uint32_t bit_count(uint32_t bits) {
	uint32_t count = 0;
	for (; bits != 0; bits &= bits - 1) {
		count++;
	}
	return count;
}

static engine_error plan_strided_slice(const node *node, walk *walk) {
	const engine_model *model = node->graph->model;
	slice slice;
	tensor lists[3];
	uint32_t masks[MASKS] = {0};
	uint8_t is_relative = 0;
	uint32_t axis = 0;   /* of the input */
	uint32_t result = 0; /* axis of the output */
	TRY(walk_begin(node, 4, walk, &slice.input, &slice.output));
	TRY(node_input(node, BEGIN, &lists[0]));
	uint32_t entries = lists[0].view.elements;
	if (entries > MAXIMUM_ENTRIES) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = 0; i < 3; i++) {
		TRY(parameter_list(node, BEGIN + i, entries, &lists[i]));
	}
	for (uint32_t i = 0; i < MASKS; i++) {
		TRY(fb_u32(model, &node->options, OPTION_BEGIN_MASK + i, &masks[i]));
	}
	TRY(fb_u8(model, &node->options, OPTION_OFFSET, &is_relative));
	uint32_t known = (1u << entries) - 1;
	uint32_t ellipsis = masks[OPTION_ELLIPSIS_MASK] & known;
	uint32_t added = masks[OPTION_NEW_AXIS_MASK] & known & ~ellipsis;
	/* axes that no entry names are taken whole: where the dots are, else after the last entry */
	uint32_t named = entries - bit_count(ellipsis) - bit_count(added);
	if (bit_count(ellipsis) > 1 || named > slice.input.view.rank) {
		return ENGINE_ATTRIBUTE;
	}
	uint32_t whole = slice.input.view.rank - named;
	for (uint32_t i = 0; i <= entries; i++) {
		if (i == entries ? ellipsis == 0 : (ellipsis >> i & 1) != 0) {
			for (uint32_t j = 0; j < whole; j++) {
				section section = {0, slice.input.view.shape[axis], 1};
				if (result >= slice.output.view.rank || slice.output.view.shape[result++] != section.count) {
					return ENGINE_OPERAND_SHAPE;
				}
				slice.sections[axis++] = section;
			}
			continue;
		}
		if (i == entries) {
			break;
		}
		uint32_t count = 1;
		int shrinks = 0;
		if ((added >> i & 1) == 0) {
			shrinks = (int)(masks[OPTION_SHRINK_AXIS_MASK] >> i & 1);
			range range = {
			    parameter_at(node, &lists[0], i),
			    parameter_at(node, &lists[1], i),
			    parameter_at(node, &lists[2], i),
			    (int)(masks[OPTION_BEGIN_MASK] >> i & 1),
			    (int)(masks[OPTION_END_MASK] >> i & 1),
			    shrinks,
			    is_relative,
			};
			TRY(resolve(&range, slice.input.view.shape[axis], &slice.sections[axis]));
			count = slice.sections[axis++].count;
		}
		if (!shrinks && (result >= slice.output.view.rank || slice.output.view.shape[result++] != count)) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	if (result != slice.output.view.rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	walk_sections(&slice, walk);
	return ENGINE_OK;
}

static engine_error check_slice(const node *node, requirement *requirement) {
	return walk_check(node, requirement, plan_slice);
}

static void open_slice(const node *node, step *base) {
	walk_open(node, base, plan_slice);
}

static engine_error check_strided_slice(const node *node, requirement *requirement) {
	return walk_check(node, requirement, plan_strided_slice);
}

static void open_strided_slice(const node *node, step *base) {
	walk_open(node, base, plan_strided_slice);
}

const engine_operator engine_slice = {
    .code = 65,
    .options_type = 48,
    .in_model = 1u << BEGIN | 1u << SIZE,
    .name = "SLICE",
    .check = check_slice,
    .open = open_slice,
};

const engine_operator engine_strided_slice = {
    .code = 45,
    .options_type = 32,
    .in_model = 1u << BEGIN | 1u << END | 1u << STRIDES,
    .name = "STRIDED_SLICE",
    .check = check_strided_slice,
    .open = open_strided_slice,
};
