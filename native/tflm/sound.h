/* What TensorFlow Lite Micro reads of a model unseen, and ../engine/verify.c has not looked at. */
#ifndef TFLM_SOUND_H
#define TFLM_SOUND_H

#include "engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In all subgraphs. */
typedef struct {
	uint32_t tensors;
	uint32_t operators;
	uint32_t handles; /* of variables */
} sound_counts;

/* Of a model that verify_model has found right. On failure plan->subject and plan->code tell where. */
engine_error sound_check(const engine_model *model, engine_plan *plan, sound_counts *counts);

/* Describes an input or output, without its data. */
engine_error sound_interface(const engine_model *model, int is_output, uint32_t index, engine_tensor *tensor);

#ifdef __cplusplus
}
#endif

#endif
