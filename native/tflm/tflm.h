/* TensorFlow Lite Micro's headers, as its own library is compiled: otherwise structures have other layouts. */
#ifndef TFLM_TFLM_H
#define TFLM_TFLM_H

#ifndef TF_LITE_STATIC_MEMORY
#define TF_LITE_STATIC_MEMORY 1
#endif

#include "tensorflow/lite/micro/kernels/kernel_util.h"
#include "tensorflow/lite/micro/memory_planner/greedy_memory_planner.h"
#include "tensorflow/lite/micro/micro_allocator.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/micro/micro_resource_variable.h"

#endif
