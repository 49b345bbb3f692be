/* SOFTMAX over the last axis: exp(beta (x - max)) / sum. */
#ifndef ENGINE_SOFTMAX_H
#define ENGINE_SOFTMAX_H

#include "../operator.h"

#define SOFTMAX_CODE 25
#define SOFTMAX_OPTIONS 9

enum { SOFTMAX_BETA = 0 };

engine_error softmax_int8_check(const node *node, requirement *requirement);
void softmax_int8_open(const node *node, step *step);
engine_error softmax_float32_check(const node *node, requirement *requirement);
void softmax_float32_open(const node *node, step *step);

/* The option, positive and below 10^9, if the input has an axis at all. */
engine_error softmax_read(const node *node, tensor *input, tensor *output, float *beta);

#endif
