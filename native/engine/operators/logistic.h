/* LOGISTIC: 1 / (1 + exp(-x)). */
#ifndef ENGINE_LOGISTIC_H
#define ENGINE_LOGISTIC_H

#include "../operator.h"

#define LOGISTIC_CODE 14

engine_error logistic_int8_check(const node *node, requirement *requirement);
void logistic_int8_open(const node *node, step *step);
engine_error logistic_float32_check(const node *node, requirement *requirement);
void logistic_float32_open(const node *node, step *step);

#endif
