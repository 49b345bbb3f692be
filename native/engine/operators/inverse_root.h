/* The inverse of a square root in fixed point. */
#ifndef ENGINE_INVERSE_ROOT_H
#define ENGINE_INVERSE_ROOT_H

#include "../fixed_point.h"

/* 1 / sqrt(x), x >= 0, by the reference's five steps of Newton's method: to the bit. 0 counts as 1. Its shift <= 0. */
fixed_scale inverse_root(int32_t x);

#endif
