#include "operators.h"

const engine_operator *const engine_operators[ENGINE_OPERATOR_COUNT] = {
    &engine_dequantize,
    &engine_fully_connected,
    &engine_logistic,
    &engine_quantize,
    &engine_relu,
    &engine_reshape,
    &engine_softmax,
};
