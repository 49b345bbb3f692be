/*
 * SVDF: a layer with a memory of its last inputs. Each filter multiplies the input with its feature weights, keeps the
 * result with those of the runs before in its state, and multiplies these with its time weights; a unit is the sum of
 * `rank` filters and a bias. int8 with a state and time weights of int8 or int16, float32.
 */
#include "../dot.h"
#include "../fixed_point.h"
#include "activation.h"

enum { INPUT = 0, FEATURE = 1, TIME = 2, BIAS = 3, STATE = 4 };
enum { OPTION_RANK = 0, OPTION_ACTIVATION = 1 };
enum { BLOCK = 8 }; /* filters that are multiplied at once */

typedef struct {
	tensor input;
	tensor feature;
	tensor time;
	tensor bias; /* its elements: 0 when there is none */
	tensor state;
	tensor output;
	activation activation;
	uint32_t rank;
	uint32_t batches;
	uint32_t depth;
	uint32_t filters;
	uint32_t units;
	uint32_t memory;
} svdf;

typedef struct {
	step step;
	const void *input;
	const uint8_t *feature; /* these three in the model */
	const uint8_t *time;
	const uint8_t *bias;
	void *state;
	void *output;
	dot_input *widened; /* scratch */
	uint32_t rank;
	uint32_t batches;
	uint32_t depth;
	uint32_t filters;
	uint32_t units;
	uint32_t memory;
	uint32_t state_width; /* bytes of a value */
	int32_t input_zero;
	int32_t state_zero;
	int32_t output_zero;
	fixed_scale to_state;
	fixed_scale to_output;
	float minimum;
	float maximum;
} svdf_step;

static engine_error read_options(const node *node, svdf *svdf) {
	uint8_t activation = ACTIVATION_NONE;
	TRY(fb_u32(node->graph->model, &node->options, OPTION_RANK, &svdf->rank));
	if (svdf->input.view.type == ENGINE_FLOAT32) {
		return activation_read(node, OPTION_ACTIVATION, &svdf->activation);
	}
	/* int8 is clamped to its type, as in the reference, whatever the activation */
	return fb_u8(node->graph->model, &node->options, OPTION_ACTIVATION, &activation);
}

static engine_error read_operands(const node *node, svdf *svdf) {
	memset(svdf, 0, sizeof *svdf);
	TRY(node_arity(node, 5, 1));
	TRY(node_input(node, INPUT, &svdf->input));
	TRY(node_input(node, FEATURE, &svdf->feature));
	TRY(node_input(node, TIME, &svdf->time));
	TRY(node_input(node, STATE, &svdf->state));
	TRY(node_output(node, 0, &svdf->output));
	if (node_has_input(node, BIAS)) {
		TRY(node_input(node, BIAS, &svdf->bias));
	}
	TRY(read_options(node, svdf));
	svdf->batches = svdf->input.view.shape[0];
	svdf->depth = svdf->input.view.shape[1];
	svdf->filters = svdf->feature.view.shape[0];
	svdf->memory = svdf->time.view.shape[1];
	svdf->units = svdf->output.view.shape[1];
	return ENGINE_OK;
}

static engine_error check_shapes(const svdf *svdf) {
	const engine_tensor *state = &svdf->state.view;
	if (svdf->input.view.rank != 2 || svdf->feature.view.rank != 2 || svdf->time.view.rank != 2 ||
	    svdf->output.view.rank != 2 || svdf->feature.view.shape[1] != svdf->depth ||
	    svdf->time.view.shape[0] != svdf->filters || svdf->output.view.shape[0] != svdf->batches) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (svdf->rank == 0 || svdf->filters % svdf->rank != 0 || svdf->units != svdf->filters / svdf->rank) {
		return ENGINE_ATTRIBUTE;
	}
	if (state->rank != 2 || state->shape[0] != svdf->batches || state->shape[1] != svdf->time.view.elements ||
	    (svdf->bias.view.elements != 0 && svdf->bias.view.elements != svdf->units)) {
		return ENGINE_OPERAND_SHAPE;
	}
	return ENGINE_OK;
}

static engine_error check_types(const svdf *svdf) {
	engine_type type = svdf->input.view.type;
	engine_type memory = svdf->state.view.type;
	engine_type bias = type == ENGINE_FLOAT32 ? ENGINE_FLOAT32 : ENGINE_INT32;
	if ((type != ENGINE_INT8 && type != ENGINE_FLOAT32) || svdf->feature.view.type != type ||
	    svdf->output.view.type != type || svdf->time.view.type != memory ||
	    (svdf->bias.view.elements != 0 && svdf->bias.view.type != bias)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (type == ENGINE_FLOAT32) {
		return memory == ENGINE_FLOAT32 ? ENGINE_OK : ENGINE_OPERAND_TYPE;
	}
	return memory == ENGINE_INT8 || memory == ENGINE_INT16 ? ENGINE_OK : ENGINE_OPERAND_TYPE;
}

static engine_error check_scales(const svdf *svdf) {
	if (!is_quantized(&svdf->input) || !is_quantized(&svdf->feature) || !is_quantized(&svdf->time) ||
	    !is_quantized(&svdf->state) || !is_quantized(&svdf->output)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	svdf svdf;
	TRY(read_operands(node, &svdf));
	TRY(check_types(&svdf));
	TRY(check_shapes(&svdf));
	if (!svdf.feature.constant || !svdf.time.constant || (svdf.bias.view.elements != 0 && !svdf.bias.constant) ||
	    !svdf.state.variable) {
		return ENGINE_OPERAND_CONSTANT;
	}
	requirement->state = (uint32_t)sizeof(svdf_step);
	if (svdf.input.view.type == ENGINE_FLOAT32) {
		return ENGINE_OK;
	}
	requirement->scratch = DOT_INPUT(svdf.depth) * (uint32_t)sizeof(dot_input);
	return check_scales(&svdf);
}

/* What is oldest goes; the places of the newest are those of the results to come. */
static void shift_state(const svdf_step *step) {
	uint8_t *state = step->state;
	uint32_t bytes = step->batches * step->filters * step->memory * step->state_width;
	memmove(state, state + step->state_width, bytes - step->state_width);
}

static void remember(const svdf_step *step, uint32_t at, int32_t sum) {
	int32_t value = fixed_scaled(sum, &step->to_state);
	if (step->state_width == 1) {
		((int8_t *)step->state)[at] = (int8_t)(step->state_zero + fixed_clamp(value, INT8_MIN, INT8_MAX));
	}
	else {
		((int16_t *)step->state)[at] = (int16_t)(step->state_zero + fixed_clamp(value, INT16_MIN, INT16_MAX));
	}
}

static void take_in(const svdf_step *step) {
	const int8_t *x = step->input;
	uint32_t at = step->memory - 1;
	for (uint32_t batch = 0; batch < step->batches; batch++) {
		dot_widen(step->widened, x, step->depth, step->input_zero);
		for (uint32_t filter = 0; filter < step->filters; filter += BLOCK) {
			uint32_t left = step->filters - filter;
			uint32_t count = left < BLOCK ? left : BLOCK;
			int32_t sums[BLOCK] = {0};
			dot_rows(step->widened, step->depth, step->feature + filter * step->depth, step->depth, count, sums);
			for (uint32_t i = 0; i < count; i++) {
				remember(step, at, sums[i]);
				at += step->memory;
			}
		}
		x += step->depth;
	}
}

/* Of the values from `at` on with the time weights from `weight` on; wraps modulo 2^32. */
static uint32_t sum_over_time(const svdf_step *step, uint32_t at, uint32_t weight) {
	uint32_t sum = 0;
	for (uint32_t i = 0; i < step->memory; i++) {
		if (step->state_width == 1) {
			const int8_t *state = step->state;
			sum += (uint32_t)((int8_t)bytes_u8(step->time + weight + i) * (state[at + i] - step->state_zero));
		}
		else {
			const int16_t *state = step->state;
			int32_t value = (int16_t)bytes_u16(step->time + 2 * (weight + i));
			sum += (uint32_t)value * (uint32_t)(state[at + i] - step->state_zero);
		}
	}
	return sum;
}

static void run_int8(const step *base) {
	const svdf_step *step = (const svdf_step *)(const void *)base;
	int8_t *y = step->output;
	uint32_t at = 0;
	shift_state(step);
	take_in(step);
	for (uint32_t batch = 0; batch < step->batches; batch++) {
		uint32_t weight = 0;
		for (uint32_t unit = 0; unit < step->units; unit++) {
			uint32_t sum = step->bias ? bytes_u32(step->bias + 4 * unit) : 0;
			for (uint32_t i = 0; i < step->rank; i++) {
				sum += sum_over_time(step, at, weight);
				at += step->memory;
				weight += step->memory;
			}
			int32_t value = fixed_add(fixed_scaled((int32_t)sum, &step->to_output), step->output_zero);
			*y++ = (int8_t)fixed_clamp(value, INT8_MIN, INT8_MAX);
		}
	}
}

static float dot_float(const float *x, const uint8_t *weights, uint32_t count) {
	float sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		sum += bytes_f32(weights + 4 * i) * x[i];
	}
	return sum;
}

static void run_float(const step *base) {
	const svdf_step *step = (const svdf_step *)(const void *)base;
	const float *x = step->input;
	float *state = step->state;
	float *y = step->output;
	shift_state(step);
	for (uint32_t batch = 0; batch < step->batches; batch++) {
		for (uint32_t filter = 0; filter < step->filters; filter++) {
			state[(batch * step->filters + filter + 1) * step->memory - 1] =
			    dot_float(x + batch * step->depth, step->feature + 4 * filter * step->depth, step->depth);
		}
	}
	for (uint32_t batch = 0; batch < step->batches; batch++) {
		const uint8_t *weights = step->time;
		for (uint32_t unit = 0; unit < step->units; unit++) {
			float sum = step->bias ? bytes_f32(step->bias + 4 * unit) : 0;
			for (uint32_t i = 0; i < step->rank; i++) {
				sum += dot_float(state, weights, step->memory);
				state += step->memory;
				weights += 4 * step->memory;
			}
			sum = sum < step->minimum ? step->minimum : sum;
			*y++ = sum > step->maximum ? step->maximum : sum;
		}
	}
}

static uint32_t width_of(engine_type type) {
	return type == ENGINE_INT8 ? 1 : type == ENGINE_INT16 ? 2 : 4;
}

static void open(const node *node, step *base) {
	svdf svdf;
	svdf_step *step = (svdf_step *)(void *)base;
	(void)read_operands(node, &svdf);
	step->input = svdf.input.view.data;
	step->feature = svdf.feature.view.data;
	step->time = svdf.time.view.data;
	step->bias = svdf.bias.view.data;
	step->state = svdf.state.view.data;
	step->output = svdf.output.view.data;
	step->rank = svdf.rank;
	step->batches = svdf.batches;
	step->depth = svdf.depth;
	step->filters = svdf.filters;
	step->units = svdf.units;
	step->memory = svdf.memory;
	step->state_width = width_of(svdf.state.view.type);
	if (svdf.input.view.type == ENGINE_FLOAT32) {
		step->step.run = run_float;
		activation_float_bounds(svdf.activation, &step->minimum, &step->maximum);
		return;
	}
	step->step.run = run_int8;
	step->widened = node_scratch(node);
	step->input_zero = svdf.input.view.zero_point;
	step->state_zero = svdf.state.view.zero_point;
	step->output_zero = svdf.output.view.zero_point;
	step->to_state = fixed_from_scales(svdf.input.view.scale, svdf.feature.view.scale, svdf.state.view.scale);
	step->to_output = fixed_from_scales(svdf.state.view.scale, svdf.time.view.scale, svdf.output.view.scale);
}

const engine_operator engine_svdf = {
    .code = 27,
    .options_type = 6,
    .in_model = 1u << FEATURE | 1u << TIME | 1u << BIAS,
    .name = "SVDF",
    .check = check,
    .open = open,
};
