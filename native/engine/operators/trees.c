/*
 * TMLAAS_TREES (custom): an ensemble of decision trees. CUSTOM.md has its format.
 * check follows every node once: children lie behind their parent and inside their tree, features and leaves exist.
 * So whatever the features are, a walk ends at a leaf, and none of its steps needs a check.
 */
#include "../fixed_point.h"
#include "../operator.h"

enum { INPUT = 0, NODES = 1, ROWS = 2, BASE = 3 };

enum { VERSION = 1 };
enum { OPTION_VERSION = 0, OPTION_NODE_WORDS = 1, OPTION_LEAVES = 2, OPTION_RESERVED = 3, OPTION_SCALE = 4 };
enum { OPTION_BYTES = 8 };

/* What a leaf holds. */
enum { LEAF_VOTE = 0, LEAF_NUMBER = 1, LEAF_ROW = 2 };

/* A node's first word. */
#define LEAF 1u
#define NARROW_FEATURE(word) ((word) >> 1 & 0x3FFu)
#define NARROW_SKIP(word) ((word) >> 11 & 0x1FFFu)
#define WIDE_FEATURE(word) ((word) >> 1 & 0x7FFFu)
#define WIDE_SKIP(word) ((word) >> 16)
#define PAYLOAD(word) ((word) >> 1)
#define NUMBER(word) ((int32_t)(word) >> 1)

#define MAXIMUM_TREES 32767u /* so that as many 16-bit numbers and a base below 2^30 cannot overflow */

typedef struct {
	uint32_t node_words;
	uint32_t leaves;
	float scale;
	tensor input;
	tensor nodes;
	tensor rows;
	tensor output;
	int has_rows;
	int has_base;
	uint32_t outputs;
	uint32_t batches;
	uint32_t features;
	uint32_t width; /* numbers in a leaf */
} ensemble;

typedef struct trees_step {
	step step;
	const uint8_t *features;
	uint8_t *output;
	const uint8_t *nodes; /* in the model */
	const uint8_t *end;
	uint32_t (*find_leaf)(const uint8_t *node, const void *features);
	void (*add)(const struct trees_step *step, uint32_t *sum, uint32_t leaf);
	void (*finish)(const struct trees_step *step, uint8_t *output);
	uint32_t *sums; /* scratch: integers, or bits of floats */
	uint32_t batches;
	uint32_t outputs;
	uint32_t width;
	uint32_t node_bytes;
	uint32_t feature_bytes; /* of a batch */
	uint32_t output_bytes;
	const uint8_t *rows; /* in the model */
	const uint8_t *base; /* in the model; NULL: all 0 */
	float scale;
	fixed_scale rescale;
	int32_t zero_point;
	/* int8: then int8_t value[trees + 1] of so many votes, or int32_t base[outputs] in units of the scale */
} trees_step;

static float as_float(uint32_t bits) {
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* Floats in their order as integers; 0 and -0 are the same. */
static int32_t ordered(uint32_t bits) {
	return (int32_t)(bits & 0x80000000u ? 0x80000000u - bits : bits);
}

/* A narrow node's threshold is its word's highest byte; what lies below does not matter to the comparison. */
static uint32_t find_narrow(const uint8_t *node, const void *features) {
	const uint8_t *x = features;
	for (;;) {
		uint32_t word = bytes_u32(node);
		if (word & LEAF) {
			return word;
		}
		int32_t value = (int32_t)((uint32_t)x[NARROW_FEATURE(word)] << 24);
		node += 4;
		if (value > (int32_t)word) {
			node += 4 * NARROW_SKIP(word);
		}
	}
}

static uint32_t find_int8(const uint8_t *node, const void *features) {
	const int8_t *x = features;
	for (;;) {
		uint32_t word = bytes_u32(node);
		if (word & LEAF) {
			return word;
		}
		int32_t threshold = (int32_t)bytes_u32(node + 4);
		node += 8;
		if (x[WIDE_FEATURE(word)] > threshold) {
			node += 8 * WIDE_SKIP(word);
		}
	}
}

static uint32_t find_int16(const uint8_t *node, const void *features) {
	const int16_t *x = features;
	for (;;) {
		uint32_t word = bytes_u32(node);
		if (word & LEAF) {
			return word;
		}
		int32_t threshold = (int32_t)bytes_u32(node + 4);
		node += 8;
		if (x[WIDE_FEATURE(word)] > threshold) {
			node += 8 * WIDE_SKIP(word);
		}
	}
}

/* Floats are compared as integers, which costs no call where there is no floating-point unit. */
static uint32_t find_float(const uint8_t *node, const void *features) {
	const float *x = features;
	for (;;) {
		uint32_t word = bytes_u32(node);
		uint32_t value;
		if (word & LEAF) {
			return word;
		}
		memcpy(&value, x + WIDE_FEATURE(word), sizeof value);
		int32_t threshold = ordered(bytes_u32(node + 4));
		node += 8;
		if (ordered(value) > threshold) {
			node += 8 * WIDE_SKIP(word);
		}
	}
}

static void add_vote(const trees_step *step, uint32_t *sum, uint32_t leaf) {
	(void)step;
	sum[PAYLOAD(leaf)]++;
}

static void add_number(const trees_step *step, uint32_t *sum, uint32_t leaf) {
	(void)step;
	*sum += (uint32_t)NUMBER(leaf);
}

static void add_row_int8(const trees_step *step, uint32_t *sum, uint32_t leaf) {
	const uint8_t *row = step->rows + PAYLOAD(leaf) * step->width;
	for (uint32_t i = 0; i < step->width; i++) {
		sum[i] += (bytes_u8(row + i) ^ 0x80u) - 0x80u; /* sign extended */
	}
}

static void add_row_int16(const trees_step *step, uint32_t *sum, uint32_t leaf) {
	const uint8_t *row = step->rows + 2 * PAYLOAD(leaf) * step->width;
	for (uint32_t i = 0; i < step->width; i++) {
		sum[i] += (bytes_u16(row + 2 * i) ^ 0x8000u) - 0x8000u;
	}
}

static void add_row_float(const trees_step *step, uint32_t *sum, uint32_t leaf) {
	const uint8_t *row = step->rows + 4 * PAYLOAD(leaf) * step->width;
	for (uint32_t i = 0; i < step->width; i++) {
		float value = as_float(sum[i]) + bytes_f32(row + 4 * i);
		memcpy(&sum[i], &value, sizeof value);
	}
}

static float base_of(const trees_step *step, uint32_t output) {
	return step->base ? bytes_f32(step->base + 4 * output) : 0;
}

static void finish_float(const trees_step *step, uint8_t *output) {
	float *y = (float *)(void *)output;
	for (uint32_t i = 0; i < step->outputs; i++) {
		y[i] = base_of(step, i) + step->scale * as_float(step->sums[i]);
	}
}

static void finish_integers(const trees_step *step, uint8_t *output) {
	float *y = (float *)(void *)output;
	for (uint32_t i = 0; i < step->outputs; i++) {
		y[i] = base_of(step, i) + step->scale * (float)(int32_t)step->sums[i];
	}
}

static int8_t quantized(const trees_step *step, int32_t sum) {
	int32_t value = fixed_rescale(sum, step->rescale.multiplier, step->rescale.shift);
	return (int8_t)fixed_clamp(fixed_add(value, step->zero_point), -128, 127);
}

static void finish_int8(const trees_step *step, uint8_t *output) {
	const int32_t *base = (const int32_t *)(const void *)(step + 1);
	for (uint32_t i = 0; i < step->outputs; i++) {
		output[i] = (uint8_t)quantized(step, fixed_add(base[i], (int32_t)step->sums[i]));
	}
}

static void finish_votes(const trees_step *step, uint8_t *output) {
	const uint8_t *values = (const uint8_t *)(step + 1);
	for (uint32_t i = 0; i < step->outputs; i++) {
		output[i] = values[step->sums[i]];
	}
}

/* Where one tree alone votes, its class gets one value and the others another. */
static void run_single_vote(const step *base) {
	const trees_step *step = (const trees_step *)(const void *)base;
	const uint8_t *values = (const uint8_t *)(step + 1);
	const uint8_t *x = step->features;
	uint8_t *y = step->output;
	for (uint32_t batch = 0; batch < step->batches; batch++) {
		uint32_t leaf = step->find_leaf(step->nodes + 4, x);
		uint8_t none = values[0];
		for (uint32_t i = 0; i < step->outputs; i++) {
			y[i] = none;
		}
		y[PAYLOAD(leaf)] = values[1];
		x += step->feature_bytes;
		y += step->outputs;
	}
}

static void run(const step *base) {
	const trees_step *step = (const trees_step *)(const void *)base;
	const uint8_t *x = step->features;
	uint8_t *y = step->output;
	/* one number for each leaf: the trees take the outputs in turn */
	uint32_t stride = step->width == step->outputs ? 0 : 1;
	for (uint32_t batch = 0; batch < step->batches; batch++) {
		const uint8_t *end = step->end;
		uint32_t *sums = step->sums;
		uint32_t at = 0;
		for (uint32_t i = 0; i < step->outputs; i++) {
			sums[i] = 0;
		}
		for (const uint8_t *tree = step->nodes; tree != end;) {
			uint32_t leaf = step->find_leaf(tree + 4, x);
			step->add(step, sums + at, leaf);
			at += stride;
			at = at == step->outputs ? 0 : at;
			tree += 4 + bytes_u32(tree) * step->node_bytes;
		}
		step->finish(step, y);
		x += step->feature_bytes;
		y += step->output_bytes;
	}
}

static uint32_t word_at(const node *node, const ensemble *ensemble, uint32_t index) {
	return fb_word(node->graph->model, ensemble->nodes.constant + 4 * index);
}

static int leaf_exists(const ensemble *ensemble, uint32_t word) {
	switch (ensemble->leaves) {
		case LEAF_VOTE: return PAYLOAD(word) < ensemble->outputs;
		case LEAF_NUMBER: return NUMBER(word) >= -32768 && NUMBER(word) <= 32767;
		default: return PAYLOAD(word) < ensemble->rows.view.shape[0];
	}
}

/* `count` nodes from word `at` on: that of a tree. */
static engine_error check_tree(const node *node, const ensemble *ensemble, uint32_t at, uint32_t count) {
	uint32_t is_narrow = ensemble->node_words == 1;
	for (uint32_t left = count; left != 0; left--) {
		uint32_t word = word_at(node, ensemble, at);
		if (word & LEAF) {
			if (!leaf_exists(ensemble, word)) {
				return ENGINE_ATTRIBUTE;
			}
		}
		else {
			uint32_t feature = is_narrow ? NARROW_FEATURE(word) : WIDE_FEATURE(word);
			uint32_t skip = is_narrow ? NARROW_SKIP(word) : WIDE_SKIP(word);
			/* one child is the next node, the other lies behind it: both among those that are left */
			if (feature >= ensemble->features || skip == 0 || skip + 1 >= left) {
				return ENGINE_ATTRIBUTE;
			}
		}
		at += ensemble->node_words;
	}
	return ENGINE_OK;
}

static engine_error check_trees(const node *node, const ensemble *ensemble, uint32_t *trees) {
	uint32_t words = ensemble->nodes.view.elements;
	uint32_t at = 0;
	*trees = 0;
	while (at < words) {
		uint32_t count = word_at(node, ensemble, at);
		at++;
		if (count == 0 || count > (words - at) / ensemble->node_words || *trees == MAXIMUM_TREES) {
			return ENGINE_ATTRIBUTE;
		}
		TRY(check_tree(node, ensemble, at, count));
		at += count * ensemble->node_words;
		(*trees)++;
	}
	return ENGINE_OK;
}

static int is_normal(uint32_t bits) {
	return (bits & 0x7F800000u) != 0 && (bits & 0x7F800000u) != 0x7F800000u;
}

static engine_error read_options(const node *node, ensemble *ensemble) {
	const engine_model *model = node->graph->model;
	uint32_t at = node->custom_options.at;
	if (node->custom_options.count < OPTION_BYTES) {
		return ENGINE_OPTIONS;
	}
	ensemble->node_words = bytes_u8(fb_at(model, at + OPTION_NODE_WORDS));
	ensemble->leaves = bytes_u8(fb_at(model, at + OPTION_LEAVES));
	uint32_t scale = fb_word(model, at + OPTION_SCALE);
	ensemble->scale = as_float(scale);
	if (bytes_u8(fb_at(model, at + OPTION_VERSION)) != VERSION || bytes_u8(fb_at(model, at + OPTION_RESERVED)) != 0 ||
	    ensemble->node_words == 0 || ensemble->node_words > 2 || ensemble->leaves > LEAF_ROW || !is_normal(scale) ||
	    scale >> 31 != 0) {
		return ENGINE_ATTRIBUTE;
	}
	return ENGINE_OK;
}

static engine_error read_operands(const node *node, ensemble *ensemble) {
	const engine_tensor *input = &ensemble->input.view;
	const engine_tensor *output = &ensemble->output.view;
	TRY(node_input(node, INPUT, &ensemble->input));
	TRY(node_constant(node, NODES, ENGINE_INT32, &ensemble->nodes));
	TRY(node_output(node, 0, &ensemble->output));
	ensemble->has_rows = node_has_input(node, ROWS);
	ensemble->has_base = node_has_input(node, BASE);
	if (ensemble->has_rows) {
		TRY(node_input(node, ROWS, &ensemble->rows));
	}
	if (output->rank == 0) {
		return ENGINE_OPERAND_SHAPE;
	}
	ensemble->outputs = output->shape[output->rank - 1];
	ensemble->batches = output->elements / ensemble->outputs;
	ensemble->features = input->elements / ensemble->batches;
	ensemble->width = ensemble->leaves == LEAF_VOTE     ? ensemble->outputs
	                  : ensemble->leaves == LEAF_NUMBER ? 1
	                                                    : ensemble->rows.view.shape[1];
	return ENGINE_OK;
}

static engine_error check_types(const ensemble *ensemble) {
	engine_type input = ensemble->input.view.type;
	engine_type output = ensemble->output.view.type;
	if ((input != ENGINE_INT8 && input != ENGINE_INT16 && input != ENGINE_FLOAT32) ||
	    (output != ENGINE_INT8 && output != ENGINE_FLOAT32)) {
		return ENGINE_OPERAND_TYPE;
	}
	if (output == ENGINE_INT8 && !is_quantized(&ensemble->output)) {
		return ENGINE_OPERAND_QUANTIZATION;
	}
	if (ensemble->node_words == 1 && input != ENGINE_INT8) {
		return ENGINE_OPERAND_TYPE;
	}
	return ensemble->batches * ensemble->features == ensemble->input.view.elements ? ENGINE_OK : ENGINE_OPERAND_SHAPE;
}

static engine_error check_rows(const ensemble *ensemble) {
	const engine_tensor *rows = &ensemble->rows.view;
	if (ensemble->has_rows != (ensemble->leaves == LEAF_ROW)) {
		return ENGINE_ARITY;
	}
	if (!ensemble->has_rows) {
		return ENGINE_OK;
	}
	if (!ensemble->rows.constant) {
		return ENGINE_OPERAND_CONSTANT;
	}
	if (rows->rank != 2 || (rows->shape[1] != ensemble->outputs && rows->shape[1] != 1)) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (rows->type == ENGINE_FLOAT32) {
		return ensemble->output.view.type == ENGINE_FLOAT32 ? ENGINE_OK : ENGINE_OPERAND_TYPE;
	}
	return rows->type == ENGINE_INT8 || rows->type == ENGINE_INT16 ? ENGINE_OK : ENGINE_OPERAND_TYPE;
}

/* A base in units of the scale must leave room for the sum of all leaves. */
static engine_error check_base(const node *node, const ensemble *ensemble) {
	tensor base;
	if (!ensemble->has_base) {
		return ENGINE_OK;
	}
	if (ensemble->leaves == LEAF_VOTE) {
		return ENGINE_ARITY;
	}
	TRY(node_constant(node, BASE, ENGINE_FLOAT32, &base));
	if (base.view.elements != ensemble->outputs) {
		return ENGINE_OPERAND_SHAPE;
	}
	if (ensemble->output.view.type == ENGINE_INT8) {
		for (uint32_t i = 0; i < ensemble->outputs; i++) {
			float units = file_f32(fb_at(node->graph->model, base.constant + 4 * i)) / ensemble->scale;
			if (!(units > -1073741824.0f && units < 1073741824.0f)) {
				return ENGINE_ATTRIBUTE;
			}
		}
	}
	return ENGINE_OK;
}

static engine_error check(const node *node, requirement *requirement) {
	ensemble ensemble;
	uint32_t trees;
	if (node->inputs.count < 2 || node->inputs.count > 4 || node->outputs.count != 1) {
		return ENGINE_ARITY;
	}
	memset(&ensemble, 0, sizeof ensemble);
	TRY(read_options(node, &ensemble));
	TRY(read_operands(node, &ensemble));
	TRY(check_types(&ensemble));
	TRY(check_rows(&ensemble));
	TRY(check_base(node, &ensemble));
	TRY(check_trees(node, &ensemble, &trees));
	requirement->state = (uint32_t)sizeof(trees_step);
	if (ensemble.output.view.type == ENGINE_INT8) {
		requirement->state += ensemble.leaves == LEAF_VOTE ? trees + 1 : 4 * ensemble.outputs;
	}
	requirement->scratch = 4 * ensemble.outputs;
	return ENGINE_OK;
}

static void choose_walk(const ensemble *ensemble, trees_step *step) {
	switch (ensemble->input.view.type) {
		case ENGINE_INT8: step->find_leaf = ensemble->node_words == 1 ? find_narrow : find_int8; break;
		case ENGINE_INT16: step->find_leaf = find_int16; break;
		default: step->find_leaf = find_float; break;
	}
}

static void choose_sum(const ensemble *ensemble, trees_step *step) {
	step->finish = ensemble->output.view.type == ENGINE_INT8 ? finish_int8 : finish_integers;
	if (ensemble->leaves == LEAF_VOTE) {
		step->add = add_vote;
		return;
	}
	if (ensemble->leaves == LEAF_NUMBER) {
		step->add = add_number;
		return;
	}
	switch (ensemble->rows.view.type) {
		case ENGINE_INT8: step->add = add_row_int8; break;
		case ENGINE_INT16: step->add = add_row_int16; break;
		default:
			step->add = add_row_float;
			step->finish = finish_float;
			break;
	}
}

static void open_votes(trees_step *step) {
	int8_t *values = (int8_t *)(step + 1);
	int32_t votes = 0;
	step->finish = finish_votes;
	*values = quantized(step, votes);
	for (const uint8_t *tree = step->nodes; tree != step->end; tree += 4 + bytes_u32(tree) * step->node_bytes) {
		votes++;
		values[votes] = quantized(step, votes);
	}
	if (votes == 1) {
		step->step.run = run_single_vote;
	}
}

static void open_base(trees_step *step) {
	int32_t *base = (int32_t *)(void *)(step + 1);
	for (uint32_t i = 0; i < step->outputs; i++) {
		float units = base_of(step, i) / step->scale;
		base[i] = (int32_t)(units < 0 ? units - 0.5f : units + 0.5f);
	}
}

static void open(const node *node, step *base) {
	ensemble ensemble;
	tensor numbers;
	trees_step *step = (trees_step *)(void *)base;
	memset(&ensemble, 0, sizeof ensemble);
	(void)read_options(node, &ensemble);
	(void)read_operands(node, &ensemble);
	step->step.run = run;
	step->features = ensemble.input.view.data;
	step->output = ensemble.output.view.data;
	step->nodes = ensemble.nodes.view.data;
	step->end = step->nodes + ensemble.nodes.view.bytes;
	step->sums = node_scratch(node);
	step->batches = ensemble.batches;
	step->outputs = ensemble.outputs;
	step->width = ensemble.width;
	step->node_bytes = 4 * ensemble.node_words;
	step->feature_bytes = ensemble.input.view.bytes / ensemble.batches;
	step->output_bytes = ensemble.output.view.bytes / ensemble.batches;
	step->scale = ensemble.scale;
	if (ensemble.has_rows) {
		step->rows = ensemble.rows.view.data;
	}
	if (ensemble.has_base) {
		(void)node_input(node, BASE, &numbers);
		step->base = numbers.view.data;
	}
	choose_walk(&ensemble, step);
	choose_sum(&ensemble, step);
	if (ensemble.output.view.type == ENGINE_INT8) {
		step->rescale = fixed_from_real((double)step->scale / (double)ensemble.output.view.scale);
		step->zero_point = ensemble.output.view.zero_point;
		if (ensemble.leaves == LEAF_VOTE) {
			open_votes(step);
		}
		else {
			open_base(step);
		}
	}
}

const engine_operator engine_trees = {
    .code = CUSTOM,
    .in_model = 1u << NODES | 1u << ROWS | 1u << BASE,
    .walked = 1u << NODES | 1u << BASE,
    .name = "TMLAAS_TREES",
    .check = check,
    .open = open,
};
