/* The logistic function and the hyperbolic tangent of 16-bit values, by one table with interpolation. */
#ifndef ENGINE_SIGMOID_H
#define ENGINE_SIGMOID_H

#include "../engine.h"

/* From a value of a tensor to 1 / (3 * 4096): value * multiplier / 2^shift, rounded. */
typedef struct {
	int32_t multiplier;
	int32_t shift;
} sigmoid_scale;

/*
 * For values of a scale. One that lies within 0.1 % of 2^(-12 + k), k at most `doublings`, counts as that.
 * The multiplier is 0 for scales so great that it does not fit into 15 bits.
 */
sigmoid_scale sigmoid_scale_of(float scale, int32_t doublings);

/* Whether a scale counts as 2^-15, that of all the results. */
int sigmoid_is_output_scale(float scale);

int32_t sigmoid_rescale(int32_t value, const sigmoid_scale *scale);

/* Of a rescaled value, in 1 / 32768. */
int32_t sigmoid_logistic(int32_t x);
int32_t sigmoid_tanh(int32_t x);

#endif
