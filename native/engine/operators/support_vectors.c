/*
 * TMLAAS_SVM (custom): a kernel machine. CUSTOM.md has its format. Decisions are made for each pair of classes, as
 * libsvm does: the sum over the support vectors of both of coefficient * kernel(x, vector), plus an intercept.
 */
#include "../dot.h"
#include "../operator.h"
#include "exponential.h"

enum { INPUT = 0, VECTORS = 1, COEFFICIENTS = 2, INTERCEPTS = 3, COUNTS = 4, NORMS = 5 };

enum { VERSION = 1 };
enum { OPTION_VERSION = 0, OPTION_KERNEL = 1, OPTION_ANSWER = 2, OPTION_DEGREE = 3, OPTION_GAMMA = 4, OPTION_ZERO = 8 };
enum { OPTION_BYTES = 12 };

enum { KERNEL_LINEAR = 0, KERNEL_RADIAL = 1, KERNEL_POLYNOMIAL = 2 };
enum { ANSWER_DECISIONS = 0, ANSWER_VOTES = 1 };

enum { MAXIMUM_CLASSES = 256, MAXIMUM_DEGREE = 16, MAXIMUM_FEATURES = 32768 };
enum { BLOCK = 8 }; /* vectors that are multiplied at once */

typedef struct {
	uint32_t kernel;
	uint32_t answer;
	uint32_t degree;
	float gamma;
	float zero;
	tensor input;
	tensor vectors;
	tensor output;
	uint32_t classes; /* 1: regression, or one class */
	uint32_t rows;    /* coefficients of a vector: one for each other class */
	uint32_t pairs;
	uint32_t answers; /* values of a batch */
	uint32_t batches;
} machine;

/* int8 features without their zero point. */
typedef struct {
	int32_t shift; /* what the vectors' zero point adds to each inner product */
	uint32_t norm; /* sum of the squares */
	dot_input x[];
} widened_input;

typedef struct svm_step {
	step step;
	const void *input;
	void *output;
	const uint8_t *vectors; /* these five in the model */
	const uint8_t *coefficients;
	const uint8_t *intercepts;
	const uint8_t *counts;
	const uint8_t *norms;
	float *decisions;       /* scratch */
	widened_input *widened; /* scratch, for int8 */
	/* of BLOCK vectors at most: inner products with the input, or squared distances, in units of the scales */
	void (*compare)(const struct svm_step *step, const void *x, uint32_t vector, uint32_t count, float *values);
	uint32_t kernel;
	uint32_t answer;
	uint32_t degree;
	uint32_t features;
	uint32_t input_bytes; /* of a batch */
	uint32_t classes;
	uint32_t rows;
	uint32_t pairs;
	uint32_t batches;
	uint32_t vector_count;
	int32_t vector_zero; /* zero point */
	int32_t input_zero;
	float factor; /* of what compare gives, before the kernel's function */
	float zero;
	int is_quantized;
	float output_scale;
	int32_t output_zero;
} svm_step;

static void compare_int8(const svm_step *step, const void *x, uint32_t vector, uint32_t count, float *values) {
	const uint8_t *rows = step->vectors + vector * step->features;
	int32_t products[BLOCK];
	(void)x;
	for (uint32_t i = 0; i < count; i++) {
		products[i] = step->widened->shift;
	}
	dot_rows(step->widened->x, step->features, rows, step->features, count, products);
	for (uint32_t i = 0; i < count; i++) {
		if (step->kernel == KERNEL_RADIAL) {
			/* |x - s|^2 = |x|^2 - 2 x s + |s|^2, below 2^31 */
			values[i] =
			    (float)(step->widened->norm - 2 * (uint32_t)products[i] + bytes_u32(step->norms + 4 * (vector + i)));
		}
		else {
			values[i] = (float)products[i];
		}
	}
}

static void compare_int16(const svm_step *step, const void *x, uint32_t vector, uint32_t count, float *values) {
	const int16_t *features = x;
	const uint8_t *row = step->vectors + 2 * vector * step->features;
	for (uint32_t i = 0; i < count; i++) {
		int64_t sum = 0;
		for (uint32_t j = 0; j < step->features; j++) {
			int32_t value = (int16_t)bytes_u16(row + 2 * j);
			if (step->kernel == KERNEL_RADIAL) {
				uint32_t difference = (uint32_t)(features[j] - value);
				sum += difference * difference;
			}
			else {
				sum += features[j] * value;
			}
		}
		values[i] = (float)sum;
		row += 2 * step->features;
	}
}

static void compare_float(const svm_step *step, const void *x, uint32_t vector, uint32_t count, float *values) {
	const float *features = x;
	const uint8_t *row = step->vectors + 4 * vector * step->features;
	for (uint32_t i = 0; i < count; i++) {
		float sum = 0;
		for (uint32_t j = 0; j < step->features; j++) {
			float value = bytes_f32(row + 4 * j);
			float difference = features[j] - value;
			sum += step->kernel == KERNEL_RADIAL ? difference * difference : features[j] * value;
		}
		values[i] = sum;
		row += 4 * step->features;
	}
}

static float apply_kernel(const svm_step *step, float value) {
	float base = step->factor * value;
	if (step->kernel == KERNEL_RADIAL) {
		return exponential_decay(base);
	}
	if (step->kernel == KERNEL_LINEAR) {
		return base;
	}
	base += step->zero;
	float power = base;
	for (uint32_t i = 1; i < step->degree; i++) {
		power *= base;
	}
	return power;
}

/* Pairs are counted (0, 1), (0, 2) ... (1, 2) ...; a vector has a coefficient for each class but its own. */
static void add_vector(const svm_step *step, uint32_t class, uint32_t vector, float kernel) {
	const uint8_t *coefficient = step->coefficients + 4 * vector * step->rows;
	uint32_t pair = class - 1; /* of the class and class 0 */
	uint32_t other = 0;
	for (; other < class; other++) {
		step->decisions[pair] += kernel * bytes_f32(coefficient + 4 * other);
		pair += step->classes - other - 2;
	}
	pair = class * step->classes - class * (class + 1) / 2; /* of the class and the next */
	for (; other < step->rows; other++) {
		step->decisions[pair] += kernel * bytes_f32(coefficient + 4 * other);
		pair++;
	}
}

static void decide(const svm_step *step, const void *x) {
	float values[BLOCK];
	uint32_t class = 0;
	uint32_t end = bytes_u32(step->counts);
	for (uint32_t i = 0; i < step->pairs; i++) {
		step->decisions[i] = bytes_f32(step->intercepts + 4 * i);
	}
	for (uint32_t first = 0; first < step->vector_count; first += BLOCK) {
		uint32_t left = step->vector_count - first;
		uint32_t count = left < BLOCK ? left : BLOCK;
		step->compare(step, x, first, count, values);
		for (uint32_t i = 0; i < count; i++) {
			while (first + i == end) {
				class ++;
				end += bytes_u32(step->counts + 4 * class);
			}
			float kernel = apply_kernel(step, values[i]);
			if (kernel != 0) {
				add_vector(step, class, first + i, kernel);
			}
		}
	}
}

static void put(const svm_step *step, uint8_t *output, uint32_t index, float real) {
	if (!step->is_quantized) {
		((float *)(void *)output)[index] = real;
		return;
	}
	float value = real / step->output_scale + (float)step->output_zero;
	value = value > 127 ? 127 : value > -128 ? value : -128; /* NaN is -128 */
	((int8_t *)output)[index] = (int8_t)(value < 0 ? value - 0.5f : value + 0.5f);
}

static uint32_t votes_for(const svm_step *step, uint32_t class) {
	uint32_t votes = 0;
	uint32_t pair = 0;
	for (uint32_t first = 0; first < step->classes; first++) {
		for (uint32_t second = first + 1; second < step->classes; second++) {
			votes += class == (step->decisions[pair] > 0 ? first : second);
			pair++;
		}
	}
	return votes;
}

static void widen(const svm_step *step, const int8_t *x) {
	const int16_t *values = dot_values(step->widened->x);
	uint32_t sum = 0;
	step->widened->norm = 0;
	dot_widen(step->widened->x, x, step->features, step->input_zero);
	for (uint32_t i = 0; i < step->features; i++) {
		int32_t value = values[i];
		sum += (uint32_t)value;
		step->widened->norm += (uint32_t)(value * value);
	}
	step->widened->shift = (int32_t)(0 - (uint32_t)step->vector_zero * sum);
}

static void run(const step *base) {
	const svm_step *step = (const svm_step *)(const void *)base;
	const uint8_t *x = step->input;
	uint8_t *y = step->output;
	uint32_t width = step->is_quantized ? 1 : 4;
	for (uint32_t batch = 0; batch < step->batches; batch++) {
		if (step->widened) {
			widen(step, (const int8_t *)x);
		}
		decide(step, x);
		if (step->answer == ANSWER_DECISIONS) {
			for (uint32_t i = 0; i < step->pairs; i++) {
				put(step, y, i, step->decisions[i]);
			}
			y += step->pairs * width;
		}
		else {
			for (uint32_t i = 0; i < step->classes; i++) {
				put(step, y, i, (float)votes_for(step, i) / (float)step->rows);
			}
			y += step->classes * width;
		}
		x += step->input_bytes;
	}
}

static int is_finite(uint32_t bits) {
	return (bits & 0x7F800000u) != 0x7F800000u;
}

static engine_error read_options(const node *node, machine *machine) {
	const engine_model *model = node->graph->model;
	uint32_t at = node->custom_options.at;
	if (node->custom_options.count < OPTION_BYTES) {
		return ENGINE_OPTIONS;
	}
	machine->kernel = bytes_u8(fb_at(model, at + OPTION_KERNEL));
	machine->answer = bytes_u8(fb_at(model, at + OPTION_ANSWER));
	machine->degree = bytes_u8(fb_at(model, at + OPTION_DEGREE));
	machine->gamma = file_f32(fb_at(model, at + OPTION_GAMMA));
	machine->zero = file_f32(fb_at(model, at + OPTION_ZERO));
	if (bytes_u8(fb_at(model, at + OPTION_VERSION)) != VERSION || machine->kernel > KERNEL_POLYNOMIAL ||
	    machine->answer > ANSWER_VOTES || !is_finite(fb_word(model, at + OPTION_GAMMA)) ||
	    !is_finite(fb_word(model, at + OPTION_ZERO)) || machine->gamma < 0 ||
	    (machine->kernel == KERNEL_POLYNOMIAL && (machine->degree == 0 || machine->degree > MAXIMUM_DEGREE))) {
		return ENGINE_ATTRIBUTE;
	}
	return ENGINE_OK;
}

static engine_error check_counts(const node *node, machine *machine) {
	tensor counts;
	uint32_t left = machine->vectors.view.shape[0];
	TRY(node_constant(node, COUNTS, ENGINE_INT32, &counts));
	machine->classes = counts.view.elements;
	if (machine->classes > MAXIMUM_CLASSES) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t i = 0; i < machine->classes; i++) {
		uint32_t count = (uint32_t)tensor_i32(node, &counts, i);
		if (count > left) {
			return ENGINE_ATTRIBUTE;
		}
		left -= count;
	}
	return left == 0 ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

static engine_error read_operands(const node *node, machine *machine) {
	const engine_tensor *vectors = &machine->vectors.view;
	TRY(node_input(node, INPUT, &machine->input));
	TRY(node_input(node, VECTORS, &machine->vectors));
	TRY(node_output(node, 0, &machine->output));
	if (!machine->vectors.constant) {
		return ENGINE_OPERAND_CONSTANT;
	}
	if (vectors->rank != 2 || vectors->shape[1] > MAXIMUM_FEATURES) {
		return ENGINE_OPERAND_SHAPE;
	}
	TRY(check_counts(node, machine));
	machine->rows = machine->classes > 1 ? machine->classes - 1 : 1;
	machine->pairs = machine->classes > 1 ? machine->classes * machine->rows / 2 : 1;
	machine->answers = machine->answer == ANSWER_VOTES ? machine->classes : machine->pairs;
	machine->batches = machine->output.view.elements / machine->answers;
	return ENGINE_OK;
}

static engine_error check_shapes(const machine *machine) {
	const engine_tensor *output = &machine->output.view;
	if (output->rank == 0 || output->shape[output->rank - 1] != machine->answers ||
	    machine->input.view.elements != machine->batches * machine->vectors.view.shape[1] ||
	    (machine->answer == ANSWER_VOTES && machine->classes == 1)) {
		return ENGINE_OPERAND_SHAPE;
	}
	return ENGINE_OK;
}

static engine_error check_types(const machine *machine) {
	const tensor *input = &machine->input;
	const tensor *vectors = &machine->vectors;
	engine_type output = machine->output.view.type;
	if (input->view.type != vectors->view.type || (output != ENGINE_INT8 && output != ENGINE_FLOAT32)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (output == ENGINE_INT8 && !is_quantized(&machine->output)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	if (input->view.type == ENGINE_FLOAT32) {
		return ENGINE_OK;
	}
	if (input->view.type != ENGINE_INT8 && input->view.type != ENGINE_INT16) {
		return ENGINE_OPERAND_TYPE;
	}
	if (!is_quantized(input) || !is_quantized(vectors) ||
	    (machine->kernel == KERNEL_RADIAL && input->view.scale != vectors->view.scale) ||
	    (input->view.type == ENGINE_INT16 && (input->view.zero_point != 0 || vectors->view.zero_point != 0))) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	return ENGINE_OK;
}

static engine_error check_numbers(const node *node, uint32_t index, engine_type type, uint32_t elements) {
	tensor numbers;
	TRY(node_constant(node, index, type, &numbers));
	return numbers.view.elements == elements ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static int needs_norms(const machine *machine) {
	return machine->kernel == KERNEL_RADIAL && machine->input.view.type == ENGINE_INT8;
}

static uint32_t widened_size(const machine *machine) {
	if (machine->input.view.type != ENGINE_INT8) {
		return 0;
	}
	return (uint32_t)sizeof(widened_input) + DOT_INPUT(machine->vectors.view.shape[1]) * (uint32_t)sizeof(dot_input);
}

static engine_error check(const node *node, requirement *requirement) {
	machine machine;
	memset(&machine, 0, sizeof machine);
	TRY(read_options(node, &machine));
	TRY(read_operands(node, &machine));
	TRY(check_shapes(&machine));
	TRY(check_types(&machine));
	TRY(node_arity(node, needs_norms(&machine) ? 6 : 5, 1));
	TRY(check_numbers(node, COEFFICIENTS, ENGINE_FLOAT32, machine.vectors.view.shape[0] * machine.rows));
	TRY(check_numbers(node, INTERCEPTS, ENGINE_FLOAT32, machine.pairs));
	if (needs_norms(&machine)) {
		TRY(check_numbers(node, NORMS, ENGINE_INT32, machine.vectors.view.shape[0]));
	}
	requirement->state = (uint32_t)sizeof(svm_step);
	requirement->scratch = widened_size(&machine) + 4 * machine.pairs;
	return ENGINE_OK;
}

static const uint8_t *numbers_of(const node *node, uint32_t index) {
	tensor numbers;
	(void)node_input(node, index, &numbers);
	return numbers.view.data;
}

static float factor_of(const machine *machine) {
	double factor = machine->kernel == KERNEL_LINEAR ? 1 : (double)machine->gamma;
	if (machine->input.view.type != ENGINE_FLOAT32) {
		factor *= (double)machine->input.view.scale * (double)machine->vectors.view.scale;
	}
	return (float)factor;
}

static void open(const node *node, step *base) {
	machine machine;
	svm_step *step = (svm_step *)(void *)base;
	memset(&machine, 0, sizeof machine);
	(void)read_options(node, &machine);
	(void)read_operands(node, &machine);
	step->step.run = run;
	step->input = machine.input.view.data;
	step->output = machine.output.view.data;
	step->vectors = machine.vectors.view.data;
	step->coefficients = numbers_of(node, COEFFICIENTS);
	step->intercepts = numbers_of(node, INTERCEPTS);
	step->counts = numbers_of(node, COUNTS);
	if (needs_norms(&machine)) {
		step->norms = numbers_of(node, NORMS);
	}
	step->decisions = node_scratch(node);
	switch (machine.input.view.type) {
		case ENGINE_INT8:
			step->compare = compare_int8;
			step->widened = (widened_input *)(void *)(step->decisions + machine.pairs);
			break;
		case ENGINE_INT16: step->compare = compare_int16; break;
		default: step->compare = compare_float; break;
	}
	step->kernel = machine.kernel;
	step->answer = machine.answer;
	step->degree = machine.degree;
	step->features = machine.vectors.view.shape[1];
	step->input_bytes = machine.input.view.bytes / machine.batches;
	step->classes = machine.classes;
	step->rows = machine.rows;
	step->pairs = machine.pairs;
	step->batches = machine.batches;
	step->vector_count = machine.vectors.view.shape[0];
	step->vector_zero = machine.vectors.view.zero_point;
	step->input_zero = machine.input.view.zero_point;
	step->factor = factor_of(&machine);
	step->zero = machine.zero;
	step->is_quantized = machine.output.view.type == ENGINE_INT8;
	step->output_scale = machine.output.view.scale;
	step->output_zero = machine.output.view.zero_point;
}

const engine_operator engine_support_vectors = {
    .code = CUSTOM,
    .in_model = 1u << VECTORS | 1u << COEFFICIENTS | 1u << INTERCEPTS | 1u << COUNTS | 1u << NORMS,
    .name = "TMLAAS_SVM",
    .check = check,
    .open = open,
};
