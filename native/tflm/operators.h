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
	X(add_n, AddN)                                                                                                     \
	X(arg_max, ArgMax)                                                                                                 \
	X(arg_min, ArgMin)                                                                                                 \
	X(assign_variable, AssignVariable)                                                                                 \
	X(average_pool_2d, AveragePool2D)                                                                                  \
	X(batch_to_space_nd, BatchToSpaceNd)                                                                               \
	X(broadcast_args, BroadcastArgs)                                                                                   \
	X(broadcast_to, BroadcastTo)                                                                                       \
	X(call_once, CallOnce)                                                                                             \
	O(cast)                                                                                                            \
	X(ceil, Ceil)                                                                                                      \
	X(concatenation, Concatenation)                                                                                    \
	X(conv_2d, Conv2D)                                                                                                 \
	X(cos, Cos)                                                                                                        \
	X(cumsum, CumSum)                                                                                                  \
	X(depth_to_space, DepthToSpace)                                                                                    \
	X(depthwise_conv_2d, DepthwiseConv2D)                                                                              \
	X(dequantize, Dequantize)                                                                                          \
	O(div)                                                                                                             \
	X(elu, Elu)                                                                                                        \
	X(equal, Equal)                                                                                                    \
	X(exp, Exp)                                                                                                        \
	X(expand_dims, ExpandDims)                                                                                         \
	X(fill, Fill)                                                                                                      \
	X(floor, Floor)                                                                                                    \
	O(floor_div)                                                                                                       \
	O(floor_mod)                                                                                                       \
	X(fully_connected, FullyConnected)                                                                                 \
	O(gather)                                                                                                          \
	O(gather_nd)                                                                                                       \
	X(greater, Greater)                                                                                                \
	X(greater_equal, GreaterEqual)                                                                                     \
	X(hard_swish, HardSwish)                                                                                           \
	X(l2_normalization, L2Normalization)                                                                               \
	X(l2_pool_2d, L2Pool2D)                                                                                            \
	X(leaky_relu, LeakyRelu)                                                                                           \
	X(less, Less)                                                                                                      \
	X(less_equal, LessEqual)                                                                                           \
	X(log, Log)                                                                                                        \
	X(log_softmax, LogSoftmax)                                                                                         \
	X(logical_and, LogicalAnd)                                                                                         \
	X(logical_not, LogicalNot)                                                                                         \
	X(logical_or, LogicalOr)                                                                                           \
	X(logistic, Logistic)                                                                                              \
	V(logistic_int16)                                                                                                  \
	X(max_pool_2d, MaxPool2D)                                                                                          \
	X(maximum, Maximum)                                                                                                \
	X(mean, Mean)                                                                                                      \
	X(minimum, Minimum)                                                                                                \
	X(mirror_pad, MirrorPad)                                                                                           \
	X(mul, Mul)                                                                                                        \
	X(neg, Neg)                                                                                                        \
	X(not_equal, NotEqual)                                                                                             \
	X(pack, Pack)                                                                                                      \
	X(pad, Pad)                                                                                                        \
	X(padv2, PadV2)                                                                                                    \
	X(prelu, Prelu)                                                                                                    \
	X(quantize, Quantize)                                                                                              \
	X(read_variable, ReadVariable)                                                                                     \
	X(reduce_max, ReduceMax)                                                                                           \
	X(reduce_min, ReduceMin)                                                                                           \
	X(relu, Relu)                                                                                                      \
	X(relu6, Relu6)                                                                                                    \
	X(reshape, Reshape)                                                                                                \
	X(resize_bilinear, ResizeBilinear)                                                                                 \
	X(resize_nearest_neighbor, ResizeNearestNeighbor)                                                                  \
	X(round, Round)                                                                                                    \
	X(rsqrt, Rsqrt)                                                                                                    \
	X(select_v2, SelectV2)                                                                                             \
	X(shape, Shape)                                                                                                    \
	X(sin, Sin)                                                                                                        \
	X(slice, Slice)                                                                                                    \
	X(softmax, Softmax)                                                                                                \
	V(softmax_int16)                                                                                                   \
	O(space_to_batch_nd)                                                                                               \
	X(space_to_depth, SpaceToDepth)                                                                                    \
	X(split, Split)                                                                                                    \
	X(split_v, SplitV)                                                                                                 \
	X(sqrt, Sqrt)                                                                                                      \
	X(square, Square)                                                                                                  \
	X(squared_difference, SquaredDifference)                                                                           \
	X(squeeze, Squeeze)                                                                                                \
	O(strided_slice)                                                                                                   \
	X(sub, Sub)                                                                                                        \
	X(sum, Sum)                                                                                                        \
	O(support_vectors)                                                                                                 \
	X(svdf, Svdf)                                                                                                      \
	X(tanh, Tanh)                                                                                                      \
	X(transpose, Transpose)                                                                                            \
	X(transpose_conv, TransposeConv)                                                                                   \
	O(trees)                                                                                                           \
	X(unidirectional_sequence_lstm, UnidirectionalSequenceLSTM)                                                        \
	X(unpack, Unpack)                                                                                                  \
	X(var_handle, VarHandle)                                                                                           \
	X(zeros_like, ZerosLike)

#endif
