/* Fused activations (ActivationFunctionType of the schema): the bounds to which an operator clamps its output. */
#ifndef ENGINE_ACTIVATION_H
#define ENGINE_ACTIVATION_H

#include "../operator.h"

typedef enum { ACTIVATION_NONE = 0, ACTIVATION_RELU = 1, ACTIVATION_RELU_N1_TO_1 = 2, ACTIVATION_RELU6 = 3 } activation;

/* Field `field` of the operator's options. ENGINE_ACTIVATION for those that are not bounds. */
engine_error activation_read(const node *node, uint32_t field, activation *activation);

void activation_float_bounds(activation activation, float *minimum, float *maximum);

/* As values of the output, which is int8, int16 or uint8 of one scale. */
void activation_integer_bounds(activation activation, const engine_tensor *output, int32_t *minimum, int32_t *maximum);

#endif
