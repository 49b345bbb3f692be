/*
 * UNIDIRECTIONAL_SEQUENCE_LSTM: what the types of it have in common. For each moment, with x the input, h the output of
 * the moment before and c the cell:
 *
 *	gate = function(Wx + Rh + b)	for input i, forget f, candidate g (tanh), output o
 *	c = f c + i g
 *	h = o tanh(c)
 *
 * h and c are variables. Peepholes, projections and normalisation are refused, as by the reference.
 */
#ifndef ENGINE_LSTM_H
#define ENGINE_LSTM_H

#include "../operator.h"

enum { LSTM_INPUT_GATE = 0, LSTM_FORGET_GATE = 1, LSTM_CANDIDATE = 2, LSTM_OUTPUT_GATE = 3, LSTM_GATES = 4 };

typedef struct {
	tensor input;
	tensor hidden;
	tensor cell;
	tensor output;
	float clip; /* of the cell; 0: none */
	uint32_t batches;
	uint32_t moments;
	uint32_t depth;
	uint32_t units;
	/* from one moment's values to those of the next, and from one batch's to the next's, in rows of the input */
	uint32_t moment_rows;
	uint32_t batch_rows;
} lstm;

typedef struct {
	const uint8_t *weights; /* these three in the model */
	const uint8_t *recurrent;
	const uint8_t *bias;
} lstm_gate;

/* Begins the step of each type. */
typedef struct {
	step step;
	const uint8_t *input;
	uint8_t *hidden;
	uint8_t *cell;
	uint8_t *output;
	void *gates; /* scratch: a value of each gate for each unit */
	uint32_t batches;
	uint32_t moments;
	uint32_t depth;
	uint32_t units;
	uint32_t moment_rows;
	uint32_t batch_rows;
	lstm_gate gate[LSTM_GATES];
} lstm_step;

/* All operands, with weights of one type and biases of another. */
engine_error lstm_read(const node *node, engine_type weights, engine_type bias, lstm *operands);

/* A gate's weights for the input, or for the output of the moment before. */
void lstm_weights(const node *node, uint32_t gate, int recurrent, tensor *weights);

/* Fills what all types have. */
void lstm_open(const node *node, const lstm *operands, lstm_step *step);

engine_error lstm_integer_check(const node *node, requirement *requirement);
void lstm_integer_open(const node *node, step *step);
engine_error lstm_float_check(const node *node, requirement *requirement);
void lstm_float_open(const node *node, step *step);

#endif
