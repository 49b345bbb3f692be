#include "operators.h"

const engine_operator *const engine_operators[] = {
    &engine_add,
    &engine_dequantize,
    &engine_elu,
    &engine_fully_connected,
    &engine_hard_swish,
    &engine_leaky_relu,
    &engine_logistic,
    &engine_logistic_int16,
    &engine_mul,
    &engine_quantize,
    &engine_relu,
    &engine_relu6,
    &engine_reshape,
    &engine_softmax,
    &engine_sub,
    &engine_tanh,
    &engine_trees,
};

const uint32_t engine_operator_count = sizeof engine_operators / sizeof engine_operators[0];
