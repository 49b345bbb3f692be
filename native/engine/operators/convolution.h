/* What the convolutions share: operands, quantisation, and the way from sums to values of the output. */
#ifndef ENGINE_CONVOLUTION_H
#define ENGINE_CONVOLUTION_H

#include "../fixed_point.h"
#include "activation.h"
#include "window.h"

typedef struct {
	tensor input;
	tensor weights;
	tensor bias; /* of elements 0 when there is none */
	tensor output;
	window rows;
	window columns;
	activation activation;
} convolution;

/* Where an operator has its operands: inputs by these indices. */
typedef struct {
	uint32_t input;
	uint32_t weights;
	uint32_t bias;
} convolution_inputs;

/* Operands by themselves: of rank 4, of types that go together. */
engine_error convolution_read(const node *node, const convolution_inputs *inputs, convolution *convolution);

/* The fused activation, by the option that names it, and how the weights move over an image. */
engine_error convolution_read_options(const node *node, uint32_t activation, const window_options *windows,
    const engine_tensor *image, convolution *convolution);

/* The bias fits `channels` outputs and is of one of `types` (bit t: engine_type t); so is the quantisation. */
engine_error convolution_check(
    const convolution *convolution, uint32_t channels, uint32_t channel_axis, uint32_t types);

/* How sums become values of the output. */
typedef struct {
	const uint8_t *bias; /* NULL: none */
	uint32_t bias_bytes; /* of one */
	const fixed_scale *scales;
	uint32_t per_channel; /* 1: a scale for each channel, 0: one for all */
	int32_t zero_point;
	int32_t minimum;
	int32_t maximum;
} integer_outputs;

typedef struct {
	const uint8_t *bias; /* NULL: none */
	float minimum;
	float maximum;
} float_outputs;

/* Bytes of the scales, which integer_outputs_open writes. */
uint32_t integer_outputs_size(const convolution *convolution);
void integer_outputs_open(
    const node *node, const convolution *convolution, fixed_scale *scales, integer_outputs *outputs);

void float_outputs_open(const convolution *convolution, float_outputs *outputs);

/* The biases of `count` channels from `channel` on. */
void integer_biases(const integer_outputs *outputs, uint32_t channel, uint32_t count, int32_t *sums);

/* From sums that include the biases. */
void int8_outputs(const integer_outputs *outputs, uint32_t channel, uint32_t count, const int32_t *sums, int8_t *y);

/* From a sum of products of 16-bit activations, without the bias. */
int16_t int16_output(const integer_outputs *outputs, uint32_t channel, int64_t sum);

static inline float float_output(const float_outputs *outputs, uint32_t channel, float sum) {
	sum += outputs->bias ? bytes_f32(outputs->bias + 4 * channel) : 0.0f;
	sum = sum < outputs->minimum ? outputs->minimum : sum;
	return sum > outputs->maximum ? outputs->maximum : sum;
}

#define SAFE_PRODUCTS 256u /* of 16 by 8 bits, that is: their sum stays within 31 bits */

/* sum of x[i] * weights[i] for 16-bit activations */
int64_t wide_product(const int16_t *x, const uint8_t *weights, uint32_t count);

/* to[i] = x[i] - zero_point */
void widen(int16_t *to, const int8_t *x, uint32_t count, int32_t zero_point);

#endif
