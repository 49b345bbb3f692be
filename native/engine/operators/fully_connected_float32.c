/* FULLY_CONNECTED of float32. Sums are made in the reference's order. */
#include "fully_connected.h"

typedef struct {
	fully_connected_step common;
	float minimum;
	float maximum;
} float32_step;

engine_error fully_connected_float32_check(const node *node, requirement *requirement) {
	fully_connected operands;
	TRY(fully_connected_read(node, &operands));
	if (operands.input.view.type != ENGINE_FLOAT32 || operands.weights.view.type != ENGINE_FLOAT32 ||
	    (operands.bias.view.elements != 0 && operands.bias.view.type != ENGINE_FLOAT32)) {
		return ENGINE_OPERAND_TYPE;
	}
	requirement->state = (uint32_t)sizeof(float32_step);
	return ENGINE_OK;
}

/* Sums of four rows of weights, which need not wait for one another. */
static void four_rows(const float *x, const uint8_t *weights, uint32_t depth, float *sums) {
	const uint8_t *w0 = weights;
	const uint8_t *w1 = w0 + 4 * depth;
	const uint8_t *w2 = w1 + 4 * depth;
	const uint8_t *w3 = w2 + 4 * depth;
	float a = 0;
	float b = 0;
	float c = 0;
	float d = 0;
	for (uint32_t i = 0; i < depth; i++) {
		float value = x[i];
		a += value * bytes_f32(w0 + 4 * i);
		b += value * bytes_f32(w1 + 4 * i);
		c += value * bytes_f32(w2 + 4 * i);
		d += value * bytes_f32(w3 + 4 * i);
	}
	sums[0] = a;
	sums[1] = b;
	sums[2] = c;
	sums[3] = d;
}

static void one_row(const float *x, const uint8_t *weights, uint32_t depth, float *sum) {
	*sum = 0;
	for (uint32_t i = 0; i < depth; i++) {
		*sum += x[i] * bytes_f32(weights + 4 * i);
	}
}

static float finish(const float32_step *step, uint32_t unit, float sum) {
	if (step->common.bias) {
		sum += bytes_f32(step->common.bias + 4 * unit);
	}
	sum = sum < step->minimum ? step->minimum : sum;
	return sum > step->maximum ? step->maximum : sum;
}

static void run(const step *base) {
	const float32_step *step = (const float32_step *)(const void *)base;
	const float *x = step->common.input;
	float *y = step->common.output;
	uint32_t depth = step->common.depth;
	uint32_t units = step->common.units;
	for (uint32_t batch = 0; batch < step->common.batches; batch++) {
		uint32_t some;
		for (uint32_t unit = 0; unit < units; unit += some) {
			float sums[4];
			some = units - unit < 4 ? 1 : 4;
			(some == 4 ? four_rows : one_row)(x, step->common.weights + 4 * unit * depth, depth, sums);
			for (uint32_t i = 0; i < some; i++) {
				*y++ = finish(step, unit + i, sums[i]);
			}
		}
		x += depth;
	}
}

void fully_connected_float32_open(const node *node, step *base) {
	fully_connected operands;
	float32_step *step = (float32_step *)(void *)base;
	fully_connected_open(node, &operands, &step->common);
	base->run = run;
	activation_float_bounds(operands.activation, &step->minimum, &step->maximum);
}

const engine_operator engine_fully_connected_float32 = {
    .code = FULLY_CONNECTED_CODE,
    .options_type = FULLY_CONNECTED_OPTIONS,
    .types = 1u << ENGINE_FLOAT32,
    .in_model = FULLY_CONNECTED_IN_MODEL,
    .name = "FULLY_CONNECTED",
    .check = fully_connected_float32_check,
    .open = fully_connected_float32_open,
};
