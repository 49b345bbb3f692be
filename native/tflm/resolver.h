/* Which kernels this build has: TensorFlow Lite Micro's, and ../engine's that stand in for it. */
#ifndef TFLM_RESOLVER_H
#define TFLM_RESOLVER_H

#include "tflm.h"

namespace tflm {

/* The same for all engines. */
const tflite::MicroOpResolver &Resolver();

} // namespace tflm

#endif
