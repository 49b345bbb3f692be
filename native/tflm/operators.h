/*
 * The operators of this build, the one list of them. What is not here is neither linked nor accepted.
 *
 *	X(name in native/engine, method of MicroMutableOpResolver)	run by TensorFlow Lite Micro's kernel
 *	V(name)	one more variant of native/engine, of which the kernel above takes the types too
 *	O(name)	run by native/engine's own kernel: custom ones, and those whose kernel in TensorFlow Lite Micro goes out of
 *		its memory or stops the processor by what an index or a divisor is (DESIGN.md)
 */
#ifndef TFLM_OPERATORS_H
#define TFLM_OPERATORS_H

#include "operators/operators.h"

#define TFLM_OPERATORS(X, V, O)                                                                                        \
	X(abs, Abs)                                                                                                        \
	X(add, Add)                                                                                                        \
	O(add_n)                                                                                                           \
	O(arg_max)                                                                                                         \
	O(arg_min)                                                                                                         \
	X(assign_variable, AssignVariable)                                                                                 \
	O(average_pool_2d)                                                                                                 \
	O(batch_to_space_nd)                                                                                               \
	O(broadcast_args)                                                                                                  \
	O(broadcast_to)                                                                                                    \
	X(call_once, CallOnce)                                                                                             \
	O(cast)                                                                                                            \
	X(ceil, Ceil)                                                                                                      \
	X(concatenation, Concatenation)                                                                                    \
	X(conv_2d, Conv2D)                                                                                                 \
	X(cos, Cos)                                                                                                        \
	O(cumsum)                                                                                                          \
	O(depth_to_space)                                                                                                  \
	X(depthwise_conv_2d, DepthwiseConv2D)                                                                              \
	X(dequantize, Dequantize)                                                                                          \
	O(div)                                                                                                             \
	O(elu)                                                                                                             \
	X(equal, Equal)                                                                                                    \
	X(exp, Exp)                                                                                                        \
	O(expand_dims)                                                                                                     \
	O(fill)                                                                                                            \
	X(floor, Floor)                                                                                                    \
	O(floor_div)                                                                                                       \
	O(floor_mod)                                                                                                       \
	X(fully_connected, FullyConnected)                                                                                 \
	O(gather)                                                                                                          \
	O(gather_nd)                                                                                                       \
	X(greater, Greater)                                                                                                \
	X(greater_equal, GreaterEqual)                                                                                     \
	X(hard_swish, HardSwish)                                                                                           \
	O(l2_normalization)                                                                                                \
	X(l2_pool_2d, L2Pool2D)                                                                                            \
	X(leaky_relu, LeakyRelu)                                                                                           \
	X(less, Less)                                                                                                      \
	X(less_equal, LessEqual)                                                                                           \
	X(log, Log)                                                                                                        \
	O(log_softmax)                                                                                                     \
	X(logical_and, LogicalAnd)                                                                                         \
	X(logical_not, LogicalNot)                                                                                         \
	X(logical_or, LogicalOr)                                                                                           \
	X(logistic, Logistic)                                                                                              \
	V(logistic_int16)                                                                                                  \
	X(max_pool_2d, MaxPool2D)                                                                                          \
	X(maximum, Maximum)                                                                                                \
	O(mean)                                                                                                            \
	X(minimum, Minimum)                                                                                                \
	O(mirror_pad)                                                                                                      \
	X(mul, Mul)                                                                                                        \
	X(neg, Neg)                                                                                                        \
	X(not_equal, NotEqual)                                                                                             \
	O(pack)                                                                                                            \
	O(pad)                                                                                                             \
	O(padv2)                                                                                                           \
	X(prelu, Prelu)                                                                                                    \
	X(quantize, Quantize)                                                                                              \
	X(read_variable, ReadVariable)                                                                                     \
	O(reduce_max)                                                                                                      \
	O(reduce_min)                                                                                                      \
	X(relu, Relu)                                                                                                      \
	X(relu6, Relu6)                                                                                                    \
	X(reshape, Reshape)                                                                                                \
	O(resize_bilinear)                                                                                                 \
	O(resize_nearest_neighbor)                                                                                         \
	X(round, Round)                                                                                                    \
	X(rsqrt, Rsqrt)                                                                                                    \
	O(select_v2)                                                                                                       \
	O(shape)                                                                                                           \
	X(sin, Sin)                                                                                                        \
	O(slice)                                                                                                           \
	O(softmax)                                                                                                         \
	O(softmax_int16)                                                                                                   \
	O(space_to_batch_nd)                                                                                               \
	O(space_to_depth)                                                                                                  \
	O(split)                                                                                                           \
	O(split_v)                                                                                                         \
	X(sqrt, Sqrt)                                                                                                      \
	X(square, Square)                                                                                                  \
	X(squared_difference, SquaredDifference)                                                                           \
	O(squeeze)                                                                                                         \
	O(strided_slice)                                                                                                   \
	X(sub, Sub)                                                                                                        \
	O(sum)                                                                                                             \
	O(support_vectors)                                                                                                 \
	X(svdf, Svdf)                                                                                                      \
	X(tanh, Tanh)                                                                                                      \
	O(transpose)                                                                                                       \
	X(transpose_conv, TransposeConv)                                                                                   \
	O(trees)                                                                                                           \
	X(unidirectional_sequence_lstm, UnidirectionalSequenceLSTM)                                                        \
	O(unpack)                                                                                                          \
	X(var_handle, VarHandle)                                                                                           \
	O(zeros_like)

#endif
