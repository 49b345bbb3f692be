/* The operators at hand. A model's table names those that the build shall contain; the others are not linked. */
#ifndef ENGINE_OPERATORS_H
#define ENGINE_OPERATORS_H

#include "../engine.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const engine_operator engine_add;
extern const engine_operator engine_dequantize;
extern const engine_operator engine_elu;
extern const engine_operator engine_fully_connected;
extern const engine_operator engine_fully_connected_float32;
extern const engine_operator engine_fully_connected_int16;
extern const engine_operator engine_fully_connected_int8;
extern const engine_operator engine_hard_swish;
extern const engine_operator engine_leaky_relu;
extern const engine_operator engine_logistic;
extern const engine_operator engine_logistic_int16;
extern const engine_operator engine_mul;
extern const engine_operator engine_quantize;
extern const engine_operator engine_relu;
extern const engine_operator engine_relu6;
extern const engine_operator engine_reshape;
extern const engine_operator engine_softmax;
extern const engine_operator engine_sub;
extern const engine_operator engine_tanh;
extern const engine_operator engine_trees;

/* All of them. */
extern const engine_operator *const engine_operators[];
extern const uint32_t engine_operator_count;

#ifdef __cplusplus
}
#endif

#endif
