/*
 * Operators that ../engine's kernels run within TensorFlow Lite Micro: the same checks, the same kernels, with operands
 * wherever somebody else put them. The model is verified, the operator is one of them.
 */
#ifndef TFLM_OWN_STEP_H
#define TFLM_OWN_STEP_H

#include "engine.h"

#ifdef __cplusplus
extern "C" {
#endif

int32_t own_code(const engine_operator *operation);

/* Whether operators.h names it as one of them. */
int own_is_listed(const engine_operator *operation);

/* The first of them in the graph from operator `index` on, or the number of operators. */
uint32_t own_next(const engine_model *model, uint32_t index);

/* Bytes of its step, and of scratch memory while it runs. */
engine_error own_require(const engine_model *model, uint32_t index, uint32_t *step, uint32_t *scratch);

int own_is_constant(const engine_model *model, uint32_t tensor);

/* `work`: that of engine_verify. Puts a computed tensor, or the operator's scratch memory, at an offset in `arena`. */
void own_place(const engine_model *model, const void *work, uint32_t tensor, uint32_t offset);
void own_place_scratch(const engine_model *model, const void *work, uint32_t index, uint32_t offset);

/* Fills the step, which is zeroed and aligned as pointers are. */
void own_open(const engine_model *model, const void *work, void *arena, uint32_t index, void *step);

void own_run(const void *step);

#ifdef __cplusplus
}
#endif

#endif
