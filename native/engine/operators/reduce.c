/*
 * MEAN, SUM (int8, int16, float32), REDUCE_MAX and REDUCE_MIN (also uint8 and int32) over any axes; ARG_MAX and ARG_MIN
 * (int8, uint8, int32, float32) over one: where along it the greatest or least value lies, the first of equal ones.
 */
#include "../fixed_point.h"
#include "element.h"
#include "map.h"

#include <float.h>

enum { OPTION_KEEP = 0 };
enum { INPUT = 0, AXES = 1 };

#define LOOPS (ENGINE_MAXIMUM_RANK / 2) /* neighbouring axes that are both kept or both reduced are one loop */

typedef struct {
	uint32_t count;
	uint32_t stride; /* elements */
} loop;

/* One of the two values. */
typedef struct {
	int32_t integer;
	float real;
	uint32_t index; /* of the greatest */
} accumulator;

typedef struct reduce_step {
	step step;
	const void *input;
	void *output;
	engine_type type;
	loop kept[LOOPS]; /* the innermost last */
	loop reduced[LOOPS];
	/* Adds one loop of elements. */
	void (*fold)(const struct reduce_step *step, uint32_t first, const loop *loop, accumulator *accumulator);
	void (*finish)(const struct reduce_step *step, uint32_t index, const accumulator *accumulator);
	accumulator start;
	int32_t flip;  /* -1: the least integer is the complement of the greatest complement */
	float divisor; /* of a sum; -1: the least real number is the negative of the greatest negative one */
	fixed_scale scale;
	int32_t zero_point;
} reduce_step;

typedef struct {
	tensor input;
	tensor output;
	uint32_t axes; /* bit i: axis i is reduced */
} operands;

static engine_error read_axes(const node *node, operands *operands) {
	tensor axes;
	int32_t rank = (int32_t)operands->input.view.rank;
	TRY(node_constant(node, AXES, ENGINE_INT32, &axes));
	operands->axes = 0;
	for (uint32_t i = 0; i < axes.view.elements && rank != 0; i++) {
		int32_t axis = tensor_i32(node, &axes, i);
		if (axis < -rank || axis >= rank) {
			return ENGINE_ATTRIBUTE;
		}
		operands->axes |= 1u << (axis < 0 ? axis + rank : axis);
	}
	return ENGINE_OK;
}

static engine_error check_shape(const operands *operands, int keep) {
	const engine_tensor *input = &operands->input.view;
	const engine_tensor *output = &operands->output.view;
	uint32_t rank = 0;
	for (uint32_t i = 0; i < input->rank; i++) {
		int reduced = (int)(operands->axes >> i & 1);
		if (reduced && !keep) {
			continue;
		}
		if (rank >= output->rank || output->shape[rank] != (reduced ? 1 : input->shape[i])) {
			return ENGINE_OPERAND_SHAPE;
		}
		rank++;
	}
	return rank == output->rank ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static engine_error read_operands(const node *node, uint32_t types, operands *operands) {
	TRY(node_arity(node, 2, 1));
	TRY(node_input(node, INPUT, &operands->input));
	TRY(node_output(node, 0, &operands->output));
	TRY(read_axes(node, operands));
	return types & TYPE_BIT(operands->input.view.type) ? ENGINE_OK : ENGINE_OPERAND_TYPE;
}

static engine_error check_reduction(const node *node, uint32_t types, operands *operands, requirement *requirement) {
	uint8_t keep = 0;
	TRY(read_operands(node, types, operands));
	if (operands->input.view.type != operands->output.view.type) {
		return ENGINE_OPERAND_TYPE;
	}
	requirement->state = step_size((uint32_t)sizeof(reduce_step));
	TRY(fb_u8(node->graph->model, &node->options, OPTION_KEEP, &keep));
	return check_shape(operands, keep);
}

#define SUM_TYPES (TYPE_BIT(ENGINE_INT8) | TYPE_BIT(ENGINE_INT16) | TYPE_BIT(ENGINE_FLOAT32))

#define EXTREME_TYPES (SUM_TYPES | TYPE_BIT(ENGINE_UINT8) | TYPE_BIT(ENGINE_INT32))
#define ARGUMENT_TYPES (EXTREME_TYPES & ~TYPE_BIT(ENGINE_INT16))

static engine_error check_sum(const node *node, requirement *requirement) {
	operands operands;
	TRY(check_reduction(node, SUM_TYPES, &operands, requirement));
	if (operands.input.view.type != ENGINE_FLOAT32 &&
	    (!is_quantized(&operands.input) || !is_quantized(&operands.output))) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return ENGINE_OK;
}

static engine_error check_extreme(const node *node, requirement *requirement) {
	operands operands;
	TRY(check_reduction(node, EXTREME_TYPES, &operands, requirement));
	const engine_tensor *input = &operands.input.view;
	const engine_tensor *output = &operands.output.view;
	if (input->type != ENGINE_FLOAT32 &&
	    (input->channels > 1 || input->channels != output->channels || input->scale != output->scale ||
	        input->zero_point != output->zero_point)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return ENGINE_OK;
}

static engine_error check_argument(const node *node, requirement *requirement) {
	operands operands;
	TRY(read_operands(node, ARGUMENT_TYPES, &operands));
	if (operands.output.view.type != ENGINE_INT32 && operands.output.view.type != ENGINE_INT64) {
		return ENGINE_OPERAND_TYPE;
	}
	/* one axis: its bit alone */
	if (operands.axes == 0 || (operands.axes & (operands.axes - 1)) != 0) {
		return ENGINE_ATTRIBUTE;
	}
	requirement->state = step_size((uint32_t)sizeof(reduce_step));
	return check_shape(&operands, 0);
}

static void add_int8(const reduce_step *step, uint32_t first, const loop *loop, accumulator *accumulator) {
	const int8_t *x = (const int8_t *)step->input + first;
	int32_t sum = accumulator->integer;
	for (uint32_t i = 0; i < loop->count; i++) {
		sum = fixed_add(sum, *x);
		x += loop->stride;
	}
	accumulator->integer = sum;
}

static void add_int16(const reduce_step *step, uint32_t first, const loop *loop, accumulator *accumulator) {
	const int16_t *x = (const int16_t *)step->input + first;
	for (uint32_t i = 0; i < loop->count; i++) {
		accumulator->integer = fixed_add(accumulator->integer, *x);
		x += loop->stride;
	}
}

static void add_float(const reduce_step *step, uint32_t first, const loop *loop, accumulator *accumulator) {
	const float *x = (const float *)step->input + first;
	for (uint32_t i = 0; i < loop->count; i++) {
		accumulator->real += *x;
		x += loop->stride;
	}
}

static void raise_integer(const reduce_step *step, uint32_t first, const loop *loop, accumulator *accumulator) {
	for (uint32_t i = 0; i < loop->count; i++) {
		int32_t value = element_load(step->input, step->type, first + i * loop->stride) ^ step->flip;
		if (value > accumulator->integer) {
			accumulator->integer = value;
			accumulator->index = i;
		}
	}
}

static void raise_float(const reduce_step *step, uint32_t first, const loop *loop, accumulator *accumulator) {
	const float *x = (const float *)step->input + first;
	for (uint32_t i = 0; i < loop->count; i++) {
		float value = *x * step->divisor;
		accumulator->real = value > accumulator->real ? value : accumulator->real;
		x += loop->stride;
	}
}

/* Of one axis there is one loop. What is not a number is never greater, and nothing is greater than it. */
static void find_float(const reduce_step *step, uint32_t first, const loop *loop, accumulator *accumulator) {
	const float *x = (const float *)step->input + first;
	accumulator->real = *x * step->divisor;
	for (uint32_t i = 1; i < loop->count; i++) {
		float value = x[i * loop->stride] * step->divisor;
		if (value > accumulator->real) {
			accumulator->real = value;
			accumulator->index = i;
		}
	}
}

static void finish_sum(const reduce_step *step, uint32_t index, const accumulator *accumulator) {
	int32_t value = fixed_scaled(accumulator->integer, &step->scale);
	value = fixed_add(value, step->zero_point);
	value = fixed_clamp(value, element_lowest(step->type), element_highest(step->type));
	element_store(step->output, step->type, index, value);
}

static void finish_extreme(const reduce_step *step, uint32_t index, const accumulator *accumulator) {
	element_store(step->output, step->type, index, accumulator->integer ^ step->flip);
}

static void finish_index(const reduce_step *step, uint32_t index, const accumulator *accumulator) {
	((uint32_t *)step->output)[index] = accumulator->index;
}

static void finish_wide_index(const reduce_step *step, uint32_t index, const accumulator *accumulator) {
	uint32_t *y = (uint32_t *)step->output + 2 * (size_t)index;
	y[ENGINE_BIG_ENDIAN] = accumulator->index;
	y[1 - ENGINE_BIG_ENDIAN] = 0;
}

static void finish_float(const reduce_step *step, uint32_t index, const accumulator *accumulator) {
	((float *)step->output)[index] = accumulator->real / step->divisor;
}

static void run(const step *base) {
	const reduce_step *step = (const reduce_step *)(const void *)base;
	const loop *kept = step->kept;
	const loop *reduced = step->reduced;
	uint32_t index = 0;
	for (uint32_t i = 0; i < kept[0].count; i++) {
		for (uint32_t j = 0; j < kept[1].count; j++) {
			for (uint32_t k = 0; k < kept[2].count; k++) {
				uint32_t start = i * kept[0].stride + j * kept[1].stride + k * kept[2].stride;
				accumulator accumulator = step->start;
				for (uint32_t l = 0; l < reduced[0].count; l++) {
					for (uint32_t m = 0; m < reduced[1].count; m++) {
						uint32_t first = start + l * reduced[0].stride + m * reduced[1].stride;
						step->fold(step, first, &reduced[2], &accumulator);
					}
				}
				step->finish(step, index++, &accumulator);
			}
		}
	}
}

/* The loops of both kinds; gives the number of elements that become one. */
static uint32_t open_loops(const operands *operands, reduce_step *step) {
	const engine_tensor *input = &operands->input.view;
	uint32_t kept = LOOPS;
	uint32_t reduced = LOOPS;
	uint32_t stride = 1;
	uint32_t count = 1;
	uint32_t before = 2; /* neither kind */
	for (uint32_t i = 0; i < LOOPS; i++) {
		step->kept[i].count = step->reduced[i].count = 1;
	}
	for (uint32_t i = input->rank; i-- > 0;) {
		uint32_t kind = operands->axes >> i & 1;
		loop *loop = kind ? &step->reduced[reduced - (kind != before)] : &step->kept[kept - (kind != before)];
		if (kind != before) {
			loop->stride = stride;
			reduced -= kind;
			kept -= 1 - kind;
		}
		loop->count *= input->shape[i];
		stride *= input->shape[i];
		count *= kind ? input->shape[i] : 1;
		before = kind;
	}
	return count;
}

/* Gives the number of elements that become one. */
static uint32_t open_common(const node *node, operands *operands, reduce_step *step) {
	(void)node_input(node, INPUT, &operands->input);
	(void)node_output(node, 0, &operands->output);
	(void)read_axes(node, operands);
	step->step.run = run;
	step->input = operands->input.view.data;
	step->output = operands->output.view.data;
	step->type = operands->input.view.type;
	step->divisor = 1;
	step->finish = finish_float;
	return open_loops(operands, step);
}

/* Gives the number of elements that become one. */
static uint32_t open_either_sum(const node *node, reduce_step *step) {
	operands operands;
	uint32_t count = open_common(node, &operands, step);
	const engine_tensor *input = &operands.input.view;
	if (input->type == ENGINE_FLOAT32) {
		step->fold = add_float;
		return count;
	}
	step->fold = input->type == ENGINE_INT8 ? add_int8 : add_int16;
	step->finish = finish_sum;
	step->start.integer = (int32_t)(0u - (uint32_t)input->zero_point * count);
	step->scale = fixed_from_scales(input->scale, 1, operands.output.view.scale);
	step->zero_point = operands.output.view.zero_point;
	return count;
}

static void open_sum(const node *node, step *base) {
	(void)open_either_sum(node, (reduce_step *)(void *)base);
}

static void open_mean(const node *node, step *base) {
	reduce_step *step = (reduce_step *)(void *)base;
	uint32_t count = open_either_sum(node, step);
	int32_t shift = 0;
	step->divisor = (float)count;
	/* the count becomes part of the multiplier, with as many more bits as it has */
	while (count >> shift > 1 && shift < 31 + step->scale.shift) {
		shift++;
	}
	step->scale.multiplier = (int32_t)(((uint64_t)step->scale.multiplier << shift) / count);
	step->scale.shift -= shift;
}

static void open_extreme(const node *node, step *base, int32_t flip) {
	operands operands;
	reduce_step *step = (reduce_step *)(void *)base;
	(void)open_common(node, &operands, step);
	if (operands.input.view.type == ENGINE_FLOAT32) {
		step->fold = raise_float;
		step->divisor = flip ? -1.0f : 1.0f;
		step->start.real = -FLT_MAX;
		return;
	}
	step->fold = raise_integer;
	step->finish = finish_extreme;
	step->flip = flip;
	step->start.integer = INT32_MIN;
}

static void open_argument(const node *node, step *base, int32_t flip) {
	operands operands;
	reduce_step *step = (reduce_step *)(void *)base;
	(void)open_common(node, &operands, step);
	step->fold = step->type == ENGINE_FLOAT32 ? find_float : raise_integer;
	step->start.integer = INT32_MIN;
	step->finish = operands.output.view.type == ENGINE_INT64 ? finish_wide_index : finish_index;
	step->flip = flip;
	step->divisor = flip ? -1.0f : 1.0f;
}

static void open_max(const node *node, step *step) {
	open_extreme(node, step, 0);
}

static void open_min(const node *node, step *step) {
	open_extreme(node, step, -1);
}

static void open_arg_max(const node *node, step *step) {
	open_argument(node, step, 0);
}

static void open_arg_min(const node *node, step *step) {
	open_argument(node, step, -1);
}

const engine_operator engine_mean = {
    .code = 40,
    .options_type = 27,
    .walked = 1u << AXES,
    .name = "MEAN",
    .check = check_sum,
    .open = open_mean,
};

const engine_operator engine_sum = {
    .code = 74,
    .options_type = 27,
    .walked = 1u << AXES,
    .name = "SUM",
    .check = check_sum,
    .open = open_sum,
};

const engine_operator engine_reduce_max = {
    .code = 82,
    .options_type = 27,
    .walked = 1u << AXES,
    .name = "REDUCE_MAX",
    .check = check_extreme,
    .open = open_max,
};

const engine_operator engine_reduce_min = {
    .code = 89,
    .options_type = 27,
    .walked = 1u << AXES,
    .name = "REDUCE_MIN",
    .check = check_extreme,
    .open = open_min,
};

const engine_operator engine_arg_max = {
    .code = 56,
    .options_type = 40,
    .walked = 1u << AXES,
    .name = "ARG_MAX",
    .check = check_argument,
    .open = open_arg_max,
};

const engine_operator engine_arg_min = {
    .code = 79,
    .options_type = 57,
    .walked = 1u << AXES,
    .name = "ARG_MIN",
    .check = check_argument,
    .open = open_arg_min,
};
