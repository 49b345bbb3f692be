/* What every implementation of engine_verify begins with. */
#ifndef ENGINE_VERIFY_H
#define ENGINE_VERIFY_H

#include "engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* engine_verify of the project's own kernels: plan->state and plan->arena are what they need. */
engine_error verify_model(const engine_model *model, engine_plan *plan, void *work);

#ifdef __cplusplus
}
#endif

#endif
