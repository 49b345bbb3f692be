/*
 * A function of one value, applied to each element of a tensor. A function from 8 bits to 8 bits may be looked up
 * in a table.
 */
#ifndef ENGINE_MAP_H
#define ENGINE_MAP_H

#include "../operator.h"

/* The function's parameters follow. */
typedef struct map_step {
	step step;
	const void *input;
	void *output;
	uint32_t elements;
	engine_type input_type;
	engine_type output_type;
	union {
		int32_t (*integer)(const struct map_step *step, int32_t value); /* the result is within the output's type */
		float (*real)(const struct map_step *step, float value);
	} function;
} map_step;

#define TYPE_BIT(type) (1u << (type))

/* For a function that costs as much to compute for all values as for this many elements. */
#define TABLE_FROM 257u

/* One input and one output of the same shape and type, which is one of `types`; integers are quantised. */
engine_error map_operands(const node *node, uint32_t types, tensor *input, tensor *output);

/* What a step of `size` bytes requires. From so many elements on a function of 8 bits gets a table. */
void map_require(
    requirement *requirement, uint32_t size, uint32_t table_from, const tensor *input, const tensor *output);

/* All but the function. */
void map_open(const node *node, step *step, tensor *input, tensor *output);

/* The function of integers; the parameters of the step of `size` bytes are set, as they fill the table. */
void map_integers(map_step *step, uint32_t size, int32_t (*function)(const map_step *step, int32_t value));

/* The function of float32. */
void map_reals(map_step *step, float (*function)(const map_step *step, float value));

/* A function of int8 that is defined by float32, always by a table. */
void map_reals_by_table(
    map_step *step, const tensor *input, const tensor *output, float (*function)(const map_step *step, float value));

#endif
