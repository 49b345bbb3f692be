/*
 * FULLY_CONNECTED: output[batch][unit] = activation(bias[unit] + sum over i of input[batch][i] * weights[unit][i]).
 * What all types of it have in common.
 */
#ifndef ENGINE_FULLY_CONNECTED_H
#define ENGINE_FULLY_CONNECTED_H

#include "activation.h"

enum { FULLY_CONNECTED_INPUT = 0, FULLY_CONNECTED_WEIGHTS = 1, FULLY_CONNECTED_BIAS = 2 };

#define FULLY_CONNECTED_CODE 9
#define FULLY_CONNECTED_OPTIONS 8
#define FULLY_CONNECTED_IN_MODEL (1u << FULLY_CONNECTED_WEIGHTS | 1u << FULLY_CONNECTED_BIAS)

typedef struct {
	tensor input;
	tensor weights;
	tensor bias; /* its elements: 0 when there is none */
	tensor output;
	activation activation;
	uint32_t batches;
	uint32_t units;
	uint32_t depth;
} fully_connected;

/* Begins the step of each type. */
typedef struct {
	step step;
	const void *input;
	void *output;
	const uint8_t *weights;
	const uint8_t *bias; /* NULL: none */
	uint32_t batches;
	uint32_t units;
	uint32_t depth;
} fully_connected_step;

/* Operands, options and shapes. */
engine_error fully_connected_read(const node *node, fully_connected *operands);

/* int8 weights with one scale for all units or one for each, activations with one. */
engine_error fully_connected_check_scales(const fully_connected *operands);

/* Fills what all types have. */
void fully_connected_open(const node *node, fully_connected *operands, fully_connected_step *step);

engine_error fully_connected_int8_check(const node *node, requirement *requirement);
void fully_connected_int8_open(const node *node, step *step);
engine_error fully_connected_int16_check(const node *node, requirement *requirement);
void fully_connected_int16_open(const node *node, step *step);
engine_error fully_connected_float32_check(const node *node, requirement *requirement);
void fully_connected_float32_open(const node *node, step *step);

#endif
