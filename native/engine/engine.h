/*
 * The inference engine: reads a TensorFlow Lite model (.tflite, schema version 3) where it lies and runs it.
 *
 * No allocation, no global state, no recursion: the caller supplies every byte.
 *
 *	engine_measure	reads the header; says how much memory the next step works in
 *	engine_verify	checks the file and places the tensors; says how large state and arena are
 *	engine_open	prepares the operators in the state
 *	engine_invoke	runs the model once
 *
 * The model must stay in place, unchanged, for as long as the engine is used. It may lie in flash that can only be
 * read by aligned 32-bit words.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENGINE_MAXIMUM_SIZE (16u << 20) /* bytes of model */
#define ENGINE_MAXIMUM_TENSORS 1024u
#define ENGINE_MAXIMUM_OPERATORS 1024u
#define ENGINE_MAXIMUM_RANK 6u
#define ENGINE_MAXIMUM_BYTES (16u << 20) /* of one tensor */

/* What is wrong. The numbers are stable; engine_error_text has a sentence for each. */
typedef enum {
	ENGINE_OK = 0,

	/* the file */
	ENGINE_SIZE = 100,
	ENGINE_ALIGNMENT = 101,
	ENGINE_IDENTIFIER = 102,
	ENGINE_VERSION = 103,
	ENGINE_OFFSET = 104,
	ENGINE_VTABLE = 105,
	ENGINE_VECTOR = 106,
	ENGINE_OVERLAP = 107,
	ENGINE_EXTERNAL = 108,
	ENGINE_LAYOUT = 109,

	/* the graph */
	ENGINE_SUBGRAPHS = 200,
	ENGINE_COUNT = 201,
	ENGINE_TENSOR_INDEX = 202,
	ENGINE_BUFFER_INDEX = 203,
	ENGINE_OPERATOR_INDEX = 204,
	ENGINE_ORDER = 205,
	ENGINE_WRITTEN_TWICE = 206,
	ENGINE_INTERFACE = 207,
	ENGINE_INITIALISATION = 208,

	/* a tensor */
	ENGINE_TYPE = 300,
	ENGINE_RANK = 301,
	ENGINE_DIMENSION = 302,
	ENGINE_TENSOR_SIZE = 303,
	ENGINE_BUFFER_SIZE = 304,
	ENGINE_SCALE = 305,
	ENGINE_ZERO_POINT = 306,
	ENGINE_CHANNELS = 307,
	ENGINE_VARIABLE = 308,
	ENGINE_SPARSE = 309,
	ENGINE_QUANTIZATION = 310,

	/* an operator */
	ENGINE_OPERATOR = 400,
	ENGINE_ARITY = 401,
	ENGINE_OPTIONS = 402,
	ENGINE_OPERAND_TYPE = 403,
	ENGINE_OPERAND_SHAPE = 404,
	ENGINE_OPERAND_QUANTIZATION = 405,
	ENGINE_ACTIVATION = 406,
	ENGINE_OPERAND_CONSTANT = 407,
	ENGINE_ATTRIBUTE = 408,
	ENGINE_KERNEL = 409,

	/* the caller */
	ENGINE_MEMORY = 500,
	ENGINE_MEMORY_ALIGNMENT = 501,
	ENGINE_INDEX = 502,
	ENGINE_NOT_FOUND = 503
} engine_error;

/* TensorType of the schema, those that a tensor here may have. */
typedef enum {
	ENGINE_FLOAT32 = 0,
	ENGINE_INT32 = 2,
	ENGINE_UINT8 = 3,
	ENGINE_INT64 = 4,
	ENGINE_BOOL = 6,
	ENGINE_INT16 = 7,
	ENGINE_INT8 = 9
} engine_type;

/* An operator's implementation: engine_fully_connected and the others of operators/operators.h. */
typedef struct engine_operator engine_operator;

typedef struct {
	/* Aligned to 4 bytes. Where it is read by words, the last one is read whole: up to 3 bytes behind the size. */
	const void *data;
	uint32_t size; /* bytes */
	const engine_operator *const *operators;
	uint32_t operator_count;
} engine_model;

typedef struct {
	const char *name; /* in the model: UTF-8, name_length bytes, no end mark to rely on; read it with engine_copy */
	uint32_t name_length;
	engine_type type;
	uint32_t rank;
	uint32_t shape[ENGINE_MAXIMUM_RANK];
	uint32_t elements;
	uint32_t bytes;
	uint32_t channels; /* quantisation scales: 0 none, 1 for the whole tensor, else one for each index of `axis` */
	uint32_t axis;
	float scale;        /* the first one; real = scale * (value - zero_point) */
	int32_t zero_point; /* the first one */
	void *data;         /* in the arena: values in the machine's order of bytes, row-major, aligned to 4 bytes */
} engine_tensor;

typedef struct {
	uint32_t work;  /* bytes that engine_verify and engine_open need for a while */
	uint32_t state; /* bytes that the opened engine keeps: operator parameters */
	uint32_t arena; /* bytes for the tensors */
	uint32_t tensors;
	uint32_t operators;
	uint32_t variables; /* tensors that keep their values from one run to the next */
	uint32_t subject;   /* the tensor or operator that an error is about: its index in the file */
	int32_t code;       /* BuiltinOperator of the operator that an error is about, else -1 */
} engine_plan;

typedef struct engine engine;

/* Reads the header. Sets plan->work: at most 40 KiB, 24 bytes for each operator and 16 for each tensor. */
engine_error engine_measure(const engine_model *model, engine_plan *plan);

/*
 * Checks all of the file that inference relies on, in time linear in its size, and places the tensors by their
 * lifetimes. `plan` is that of engine_measure; `work`: plan->work bytes, aligned to 4, untouched until engine_open has
 * returned.
 * On success plan->state and plan->arena are set, to the byte; on failure plan->subject and plan->code tell where.
 */
engine_error engine_verify(const engine_model *model, engine_plan *plan, void *work);

/*
 * `state`: plan->state bytes, aligned as pointers are. `arena`: plan->arena bytes, aligned to 4. Neither overlaps the
 * other nor `work`, which is free afterwards. The engine is the state itself: nothing has to be closed. On failure
 * plan->subject and plan->code tell where, and nothing is left of it.
 */
engine_error engine_open(
    const engine_model *model, engine_plan *plan, const void *work, void *state, void *arena, engine **opened);

/*
 * Runs the model once. The inputs' memory may hold other tensors afterwards: write them anew before each call.
 * ENGINE_KERNEL: a kernel of TensorFlow Lite Micro refused these values, and the outputs mean nothing (native/tflm);
 * the project's own kernels never do.
 */
engine_error engine_invoke(engine *opened);

/* Gives all variables the values that they had when the engine was opened. */
void engine_reset(engine *opened);

uint32_t engine_input_count(const engine *opened);
uint32_t engine_output_count(const engine *opened);
engine_error engine_input(const engine *opened, uint32_t index, engine_tensor *tensor);
engine_error engine_output(const engine *opened, uint32_t index, engine_tensor *tensor);

/* A Model.metadata entry by its name: a place in the model, to be read with engine_copy. The model must be verified. */
engine_error engine_metadata(const engine_model *model, const char *name, const void **data, uint32_t *size);

/* memcpy from the model, which may be in flash that has no byte access. */
void engine_copy(void *to, const void *model_bytes, uint32_t count);

/* A sentence for a code; never NULL. */
const char *engine_error_text(engine_error error);

/* BuiltinOperator of an operator of a verified model; -1 when there is none of that index. */
int32_t engine_operator_code(const engine_model *model, uint32_t index);

/* The schema's name of a BuiltinOperator, or NULL. */
const char *engine_operator_name(int32_t code);

/*
 * Writes what went wrong and where (operator, tensor, the operators at hand) as a text with an end mark into
 * text[0..size). Gives its length, cut to size - 1.
 */
uint32_t engine_explain(
    const engine_model *model, const engine_plan *plan, engine_error error, char *text, uint32_t size);

/*
 * BuiltinOperator of operator `index` when none that is at hand runs it, and in text[0..size) its name with an end
 * mark; -1 when there is one, or no such operator. The model must be measured, and need not be verified.
 */
int32_t engine_unsupported(const engine_model *model, uint32_t index, char *text, uint32_t size);

#ifdef __cplusplus
}
#endif

#endif
