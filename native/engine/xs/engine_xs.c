/*
 * The engine for JavaScript. A model in a host buffer (a Resource, mapped flash) is used where it lies: engine.ts keeps
 * a reference to it. A model in the XS heap may move, so it is copied. State and arena are native memory.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "xsmc.h"
#include "mc.xs.h"

#include "../bytes.h"
#include "../engine.h"
#include "../operators/operators.h"

#define TEXT_LENGTH 256
#define NAME_LENGTH 64
/* BuiltinOperators of the schema have numbers below this; the one of custom operators has many names */
#define MAXIMUM_BUILTIN 256
#define BUILTIN_CUSTOM 32
#define MAXIMUM_UNSUPPORTED 16
/* inputs and outputs of a model: each takes half a kilobyte of the XS heap, whose end nothing could catch */
#define MAXIMUM_INTERFACE 8

typedef struct {
	void *copy; /* of the model, or NULL */
	void *state;
	void *arena;
	engine_model model;
	engine_plan plan;
	engine *engine;
} host;

void xs_engine_destructor(void *data) {
	host *host = data;
	if (host != NULL) {
		free(host->arena);
		free(host->state);
		free(host->copy);
		free(host);
	}
}

static host *get_host(xsMachine *the) {
	host *host = xsmcGetHostDataValidate(xsThis, xs_engine_destructor);
	if (host == NULL || host->engine == NULL) {
		xsUnknownError("closed");
	}
	return host;
}

/*
 * Verifies, plans and opens within `memory` bytes of state and arena; what was allocated belongs to the host, whatever
 * comes out.
 */
static engine_error open_engine(host *host, uint32_t memory) {
	engine_error error = engine_measure(&host->model, &host->plan);
	if (error != ENGINE_OK) {
		return error;
	}
	void *work = malloc(host->plan.work);
	if (work == NULL) {
		return ENGINE_MEMORY;
	}
	error = engine_verify(&host->model, &host->plan, work);
	if (error == ENGINE_OK && (host->plan.state > memory || host->plan.arena > memory - host->plan.state)) {
		error = ENGINE_MEMORY;
	}
	if (error == ENGINE_OK) {
		host->state = malloc(host->plan.state);
		host->arena = malloc(host->plan.arena);
		error = ENGINE_MEMORY;
		if (host->state != NULL && host->arena != NULL) {
			error = engine_open(&host->model, &host->plan, work, host->state, host->arena, &host->engine);
		}
	}
	free(work);
	if (error == ENGINE_OK &&
	    engine_input_count(host->engine) + engine_output_count(host->engine) > MAXIMUM_INTERFACE) {
		error = ENGINE_INTERFACE;
	}
	return error;
}

static const char *datatype(engine_type type) {
	switch (type) {
		case ENGINE_FLOAT32: return "FP32";
		case ENGINE_INT32: return "INT32";
		case ENGINE_UINT8: return "UINT8";
		case ENGINE_INT64: return "INT64";
		case ENGINE_BOOL: return "BOOL";
		case ENGINE_INT16: return "INT16";
		case ENGINE_INT8: return "INT8";
	}
	return "";
}

static void set_integer(xsMachine *the, xsIdentifier id, uint32_t value) {
	xsmcSetInteger(xsVar(2), (xsIntegerValue)value);
	xsmcSet(xsVar(1), id, xsVar(2));
}

/* A Tensor (engine.ts) in xsVar(1); uses xsVar(2) and xsVar(3). */
static void describe_tensor(xsMachine *the, const engine_tensor *tensor) {
	char name[NAME_LENGTH];
	uint32_t length = tensor->name_length < NAME_LENGTH - 1 ? tensor->name_length : NAME_LENGTH - 1;
	engine_copy(name, tensor->name, length);
	for (uint32_t i = 0; i < length; i++) {
		/* a string of the engine must be valid UTF-8, a name in a file may be anything */
		name[i] = name[i] >= 0x20 && name[i] < 0x7F ? name[i] : '?';
	}
	name[length] = 0;
	xsmcSetNewObject(xsVar(1));
	xsmcSetString(xsVar(2), name);
	xsmcSet(xsVar(1), xsID_name, xsVar(2));
	xsmcSetString(xsVar(2), (char *)datatype(tensor->type));
	xsmcSet(xsVar(1), xsID_datatype, xsVar(2));
	xsmcSetNewArray(xsVar(2), 0);
	for (uint32_t i = 0; i < tensor->rank; i++) {
		xsmcSetInteger(xsVar(3), (xsIntegerValue)tensor->shape[i]);
		xsmcSetIndex(xsVar(2), (xsIntegerValue)i, xsVar(3));
	}
	xsmcSet(xsVar(1), xsID_shape, xsVar(2));
	xsmcSetNumber(xsVar(2), (double)tensor->scale);
	xsmcSet(xsVar(1), xsID_scale, xsVar(2));
	xsmcSetInteger(xsVar(2), tensor->zero_point);
	xsmcSet(xsVar(1), xsID_zeroPoint, xsVar(2));
	set_integer(the, xsID_byteLength, tensor->bytes);
}

/* An array of Tensors in xsVar(0). */
static void describe_tensors(xsMachine *the, const host *host, uint32_t count,
    engine_error (*get)(const engine *opened, uint32_t index, engine_tensor *tensor)) {
	engine_tensor tensor;
	xsmcSetNewArray(xsVar(0), 0);
	for (uint32_t i = 0; i < count; i++) {
		get(host->engine, i, &tensor);
		describe_tensor(the, &tensor);
		xsmcSetIndex(xsVar(0), (xsIntegerValue)i, xsVar(1));
	}
}

/* Into xsVar(0): the operators that are not at hand by their names, each builtin one once. */
static void list_unsupported(xsMachine *the, const host *host) {
	uint8_t listed[MAXIMUM_BUILTIN / 8] = {0};
	char name[NAME_LENGTH];
	xsIntegerValue count = 0;
	xsmcSetNewArray(xsVar(0), 0);
	for (uint32_t i = 0; i < host->plan.operators && count < MAXIMUM_UNSUPPORTED; i++) {
		int32_t code = engine_unsupported(&host->model, i, name, sizeof name);
		if (code < 0) {
			continue;
		}
		if (code != BUILTIN_CUSTOM && code < MAXIMUM_BUILTIN) {
			if (listed[code / 8] >> code % 8 & 1) {
				continue;
			}
			listed[code / 8] |= (uint8_t)(1 << code % 8);
		}
		xsmcSetString(xsVar(1), name);
		xsmcSetIndex(xsVar(0), count++, xsVar(1));
	}
}

/* A Refused (engine.ts) in xsResult. */
static void describe_refusal(xsMachine *the, const host *host, engine_error error) {
	char text[TEXT_LENGTH];
	engine_explain(&host->model, &host->plan, error, text, sizeof text);
	xsmcSetNewObject(xsResult);
	xsmcSetInteger(xsVar(0), (xsIntegerValue)error);
	xsmcSet(xsResult, xsID_code, xsVar(0));
	xsmcSetString(xsVar(0), text);
	xsmcSet(xsResult, xsID_message, xsVar(0));
	xsmcSetNumber(xsVar(0), (double)host->plan.arena);
	xsmcSet(xsResult, xsID_arena, xsVar(0));
	xsmcSetNumber(xsVar(0), (double)host->plan.state);
	xsmcSet(xsResult, xsID_state, xsVar(0));
	if (error == ENGINE_OPERATOR) {
		list_unsupported(the, host);
	}
	else {
		xsmcSetNewArray(xsVar(0), 0);
	}
	xsmcSet(xsResult, xsID_operators, xsVar(0));
}

/* (model, memory) -> { inputs, outputs, arena, state } or, when the model is refused, a Refused */
void xs_engine_open(xsMachine *the) {
	void *data;
	xsUnsignedValue size;
	xsmcVars(4);
	/* ahead of the bytes, which a conversion may move */
	xsIntegerValue memory = xsmcToInteger(xsArg(1));
	if (xsmcGetHostDataValidate(xsThis, xs_engine_destructor) != NULL) {
		xsUnknownError("already open");
	}
	int movable = xsmcGetBufferReadable(xsArg(0), &data, &size) == xsBufferRelocatable;
	host *host = calloc(1, sizeof *host);
	if (host == NULL) {
		xsUnknownError("no memory");
	}
	xsmcSetHostData(xsThis, host);
	host->model.data = data;
	host->model.size = size > ENGINE_MAXIMUM_SIZE ? ENGINE_MAXIMUM_SIZE + 1 : (uint32_t)size;
	host->model.operators = engine_operators;
	host->model.operator_count = engine_operator_count;
	if (movable && host->model.size <= ENGINE_MAXIMUM_SIZE) {
		host->copy = malloc(host->model.size ? host->model.size : 1);
		if (host->copy == NULL) {
			xsUnknownError("no memory");
		}
		/* setting the host data allocates nothing, so `data` has not moved yet */
		engine_copy(host->copy, data, host->model.size);
		host->model.data = host->copy;
	}
	engine_error error = open_engine(host, memory < 0 ? 0 : (uint32_t)memory);
	if (error != ENGINE_OK) {
		describe_refusal(the, host, error);
		xsmcSetHostData(xsThis, NULL);
		xs_engine_destructor(host);
		return;
	}
	xsmcSetNewObject(xsResult);
	describe_tensors(the, host, engine_input_count(host->engine), engine_input);
	xsmcSet(xsResult, xsID_inputs, xsVar(0));
	describe_tensors(the, host, engine_output_count(host->engine), engine_output);
	xsmcSet(xsResult, xsID_outputs, xsVar(0));
	xsmcSetInteger(xsVar(0), (xsIntegerValue)host->plan.arena);
	xsmcSet(xsResult, xsID_arena, xsVar(0));
	xsmcSetInteger(xsVar(0), (xsIntegerValue)host->plan.state);
	xsmcSet(xsResult, xsID_state, xsVar(0));
}

static void make_buffer(xsMachine *the, const engine_tensor *tensor) {
	xsResult = xsNewHostObject(NULL);
	xsmcSetHostBuffer(xsResult, tensor->data, (xsIntegerValue)tensor->bytes);
}

/* (index) -> host buffer over the input's memory */
void xs_engine_input(xsMachine *the) {
	engine_tensor tensor;
	if (engine_input(get_host(the)->engine, (uint32_t)xsmcToInteger(xsArg(0)), &tensor) != ENGINE_OK) {
		xsRangeError("no such input");
	}
	make_buffer(the, &tensor);
}

/* (index) -> host buffer over the output's memory */
void xs_engine_output(xsMachine *the) {
	engine_tensor tensor;
	if (engine_output(get_host(the)->engine, (uint32_t)xsmcToInteger(xsArg(0)), &tensor) != ENGINE_OK) {
		xsRangeError("no such output");
	}
	make_buffer(the, &tensor);
}

/* (index, bytes): one copy, where TypedArray.prototype.set goes element by element */
void xs_engine_write(xsMachine *the) {
	engine_tensor tensor;
	if (engine_input(get_host(the)->engine, (uint32_t)xsmcToInteger(xsArg(0)), &tensor) != ENGINE_OK) {
		xsRangeError("no such input");
	}
	void *data;
	xsUnsignedValue size;
	xsmcGetBufferReadable(xsArg(1), &data, &size);
	if (size != tensor.bytes) {
		xsRangeError("not the input's length");
	}
	engine_copy(tensor.data, data, size);
}

void xs_engine_invoke(xsMachine *the) {
	if (engine_invoke(get_host(the)->engine) != ENGINE_OK) {
		xsUnknownError("a kernel refuses these values");
	}
}

void xs_engine_reset(xsMachine *the) {
	engine_reset(get_host(the)->engine);
}

/* (name) -> read-only host buffer over the entry or, where the model is not in place for bytes, a copy; or undefined */
void xs_engine_metadata(xsMachine *the) {
	char name[NAME_LENGTH];
	const void *data;
	uint32_t size;
	host *host = get_host(the);
	xsmcToStringBuffer(xsArg(0), name, sizeof name);
	if (engine_metadata(&host->model, name, &data, &size) != ENGINE_OK) {
		return;
	}
#ifndef ENGINE_WORD_READS
	if (host->copy == NULL) {
		xsResult = xsNewHostObject(NULL);
		xsmcSetHostBuffer(xsResult, (void *)data, (xsIntegerValue)size);
		xsmcPetrifyHostBuffer(xsResult);
		return;
	}
#endif
	xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)size);
	engine_copy(xsmcToArrayBuffer(xsResult), data, size);
}

/* (…host buffers made before): they become detached, the memory is given back */
void xs_engine_close(xsMachine *the) {
	host *host = xsmcGetHostDataValidate(xsThis, xs_engine_destructor);
	if (host != NULL) {
		for (xsIntegerValue i = 0; i < xsmcArgc; i++) {
			xsmcSetHostBuffer(xsArg(i), NULL, 0);
		}
		xsmcSetHostData(xsThis, NULL);
		xs_engine_destructor(host);
	}
}
