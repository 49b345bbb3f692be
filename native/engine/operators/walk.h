/*
 * Moving values from one place of memory to another in a different order: nested loops around a run of bytes that
 * lie together on both sides. TRANSPOSE, SLICE, PAD and their like differ only in the loops.
 */
#ifndef ENGINE_WALK_H
#define ENGINE_WALK_H

#include "../operator.h"

typedef struct {
	uint32_t count;
	int32_t from; /* bytes from one run to the next */
	int32_t to;
} walk_loop;

typedef struct {
	const uint8_t *input; /* once the arena is there */
	uint8_t *output;
	uint32_t run;  /* bytes copied at once */
	uint32_t from; /* bytes before the first run */
	uint32_t to;
	uint32_t loops;
	walk_loop loop[ENGINE_MAXIMUM_RANK]; /* the innermost first */
} walk;

/* What remains of a walk when the model is open. */
typedef struct {
	step step;
	const uint8_t *from;
	uint8_t *to;
	const walk_loop *loop;
	uint32_t run;
	uint32_t loops;
} walk_step;

/* A walk from input 0 of `inputs` to output 0, which have one type, by single values. */
engine_error walk_begin(const node *node, uint32_t inputs, walk *walk, tensor *input, tensor *output);

/* A loop around what is there. It becomes part of the run or of the loop inside it where these continue each other. */
void walk_add(walk *walk, uint32_t count, int32_t from, int32_t to);

/* The way back. */
void walk_turn(walk *walk);

/* Checks an operator's operands and describes its walk; called when it is checked and when it is opened. */
typedef engine_error walk_plan(const node *node, walk *walk);

/* For operators that are nothing but a walk. */
engine_error walk_check(const node *node, requirement *requirement, walk_plan *plan);
void walk_open(const node *node, step *base, walk_plan *plan);

/* Keeps a walk in a step, with its loops at `loop`. */
void walk_keep(const walk *walk, walk_step *step, walk_loop *loop);
void walk_copy(const walk_step *step);

/* One loop: `run` bytes, loop->count times. */
void walk_line(uint8_t *to, const uint8_t *from, const walk_loop *loop, uint32_t run);

#endif
