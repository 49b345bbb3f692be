/* ../engine's kernels as TensorFlow Lite Micro's. */
#ifndef TFLM_OWN_H
#define TFLM_OWN_H

#include "engine.h"
#include "tflm.h"

namespace tflm {

/* The interpreter's external context. */
struct OwnContext {
	const engine_model *model;
	const void *work; /* of engine_verify, as long as it is there */
	uint8_t *arena;
	uint32_t arena_size;
	uint32_t next; /* from this operator on none has been initialised */
};

TFLMRegistration OwnRegistration();

} // namespace tflm

#endif
