#include "operators.h"

const engine_operator *const engine_operators[] = {
    &engine_dequantize,
    &engine_fully_connected,
    &engine_logistic,
    &engine_quantize,
    &engine_relu,
    &engine_reshape,
    &engine_softmax,
    &engine_trees,
};

const uint32_t engine_operator_count = sizeof engine_operators / sizeof engine_operators[0];
