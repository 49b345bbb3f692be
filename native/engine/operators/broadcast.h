/*
 * Functions of the elements of two or three tensors, whose shapes are stretched to that of the output: a dimension of
 * 1, or one that is missing in front, repeats its values. Neighbouring dimensions become one loop where all tensors
 * allow it, so tensors of the same shape, and a tensor with a scalar, are one row.
 */
#ifndef ENGINE_BROADCAST_H
#define ENGINE_BROADCAST_H

#include "../operator.h"

#define BROADCAST_OPERANDS 3

/* A loop around the rows: what lies between two of its rounds, in bytes. */
typedef struct {
	uint32_t count;
	uint32_t strides[BROADCAST_OPERANDS];
} broadcast_loop;

typedef struct {
	tensor operands[BROADCAST_OPERANDS]; /* those that the operator does not have are the first once more */
	tensor output;
} broadcast_tensors;

/* The function's parameters follow, then the loops. */
typedef struct broadcast_step {
	step step;
	void (*row)(const struct broadcast_step *step, const void *const operands[], void *output);
	const void *operands[BROADCAST_OPERANDS];
	void *output;
	const broadcast_loop *loop;
	uint32_t row_bytes;                  /* of the output */
	uint32_t count;                      /* elements of a row */
	uint8_t strides[BROADCAST_OPERANDS]; /* within a row: 1 or, for a value that repeats, 0 elements */
	uint8_t loops;
} broadcast_step;

typedef void (*broadcast_row)(const broadcast_step *step, const void *const operands[], void *output);

/*
 * The loop of a row of two operands: output[i] = expression, in which *a and *b are the elements. Each is read before
 * the output, which may lie in the same memory, is written.
 */
#define BROADCAST_ROW(type, result_type, step, operands, output, expression)                                           \
	do {                                                                                                               \
		const type *a = (operands)[0];                                                                                 \
		const type *b = (operands)[1];                                                                                 \
		(void)b; /* where there is one operand */                                                                      \
		result_type *y = (output);                                                                                     \
		const uint32_t a_stride = (step)->strides[0];                                                                  \
		const uint32_t b_stride = (step)->strides[1];                                                                  \
		const result_type *end = y + (step)->count;                                                                    \
		for (; y != end; y++) {                                                                                        \
			*y = (expression);                                                                                         \
			a += a_stride;                                                                                             \
			b += b_stride;                                                                                             \
		}                                                                                                              \
	} while (0)

/* An int64 in memory that is aligned to 4. */
typedef struct {
	uint32_t halves[2];
} broadcast_wide;

static inline int64_t broadcast_wide_value(const broadcast_wide *at) {
	return (int64_t)((uint64_t)at->halves[1 - ENGINE_BIG_ENDIAN] << 32 | at->halves[ENGINE_BIG_ENDIAN]);
}

/* By engine_type; NULL where the operator does not have the type. */
typedef broadcast_row broadcast_rows[ENGINE_INT8 + 1];

/* `count` inputs and one output, whose shape is what theirs make together. */
engine_error broadcast_operands(const node *node, uint32_t count, broadcast_tensors *tensors);

/* The same, where the inputs have one type, and a row for it. */
engine_error broadcast_alike(const node *node, uint32_t count, const broadcast_rows rows, broadcast_tensors *tensors);

/* What a step of `size` bytes requires. */
void broadcast_require(const broadcast_tensors *tensors, uint32_t size, requirement *requirement);

/* The operands of a checked node. */
void broadcast_read(const node *node, uint32_t count, broadcast_tensors *tensors);

/* All but the parameters. */
void broadcast_open(const broadcast_tensors *tensors, step *step, uint32_t size, broadcast_row row);

/* An operator without parameters, whose output has the type of its inputs. */
engine_error broadcast_check_simple(
    const node *node, uint32_t count, const broadcast_rows rows, requirement *requirement);
void broadcast_open_simple(const node *node, uint32_t count, const broadcast_rows rows, step *step);

#endif
