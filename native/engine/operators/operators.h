/* The operators at hand. A model's table names those that the build shall contain; the others are not linked. */
#ifndef ENGINE_OPERATORS_H
#define ENGINE_OPERATORS_H

#include "../engine.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const engine_operator engine_abs;
extern const engine_operator engine_add;
extern const engine_operator engine_add_n;
extern const engine_operator engine_arg_max;
extern const engine_operator engine_arg_min;
extern const engine_operator engine_assign_variable;
extern const engine_operator engine_average_pool_2d;
extern const engine_operator engine_batch_to_space_nd;
extern const engine_operator engine_broadcast_args;
extern const engine_operator engine_broadcast_to;
extern const engine_operator engine_call_once;
extern const engine_operator engine_cast;
extern const engine_operator engine_ceil;
extern const engine_operator engine_concatenation;
extern const engine_operator engine_conv_2d;
extern const engine_operator engine_conv_2d_float32;
extern const engine_operator engine_conv_2d_int16;
extern const engine_operator engine_conv_2d_int8;
extern const engine_operator engine_conv_2d_int8_expanded;
extern const engine_operator engine_cos;
extern const engine_operator engine_cumsum;
extern const engine_operator engine_depth_to_space;
extern const engine_operator engine_depthwise_conv_2d;
extern const engine_operator engine_depthwise_conv_2d_float32;
extern const engine_operator engine_depthwise_conv_2d_int16;
extern const engine_operator engine_depthwise_conv_2d_int8;
extern const engine_operator engine_dequantize;
extern const engine_operator engine_div;
extern const engine_operator engine_elu;
extern const engine_operator engine_equal;
extern const engine_operator engine_exp;
extern const engine_operator engine_expand_dims;
extern const engine_operator engine_fill;
extern const engine_operator engine_floor;
extern const engine_operator engine_floor_div;
extern const engine_operator engine_floor_mod;
extern const engine_operator engine_fully_connected;
extern const engine_operator engine_fully_connected_float32;
extern const engine_operator engine_fully_connected_int16;
extern const engine_operator engine_fully_connected_int8;
extern const engine_operator engine_fully_connected_int8_expanded;
extern const engine_operator engine_gather;
extern const engine_operator engine_gather_nd;
extern const engine_operator engine_greater;
extern const engine_operator engine_greater_equal;
extern const engine_operator engine_hard_swish;
extern const engine_operator engine_l2_normalization;
extern const engine_operator engine_l2_pool_2d;
extern const engine_operator engine_leaky_relu;
extern const engine_operator engine_less;
extern const engine_operator engine_less_equal;
extern const engine_operator engine_log;
extern const engine_operator engine_log_softmax;
extern const engine_operator engine_logical_and;
extern const engine_operator engine_logical_not;
extern const engine_operator engine_logical_or;
extern const engine_operator engine_logistic;
extern const engine_operator engine_logistic_float32;
extern const engine_operator engine_logistic_int16;
extern const engine_operator engine_logistic_int8;
extern const engine_operator engine_max_pool_2d;
extern const engine_operator engine_maximum;
extern const engine_operator engine_mean;
extern const engine_operator engine_minimum;
extern const engine_operator engine_mirror_pad;
extern const engine_operator engine_mul;
extern const engine_operator engine_neg;
extern const engine_operator engine_not_equal;
extern const engine_operator engine_pack;
extern const engine_operator engine_pad;
extern const engine_operator engine_padv2;
extern const engine_operator engine_prelu;
extern const engine_operator engine_quantize;
extern const engine_operator engine_read_variable;
extern const engine_operator engine_reduce_max;
extern const engine_operator engine_reduce_min;
extern const engine_operator engine_relu;
extern const engine_operator engine_relu6;
extern const engine_operator engine_reshape;
extern const engine_operator engine_resize_bilinear;
extern const engine_operator engine_resize_nearest_neighbor;
extern const engine_operator engine_round;
extern const engine_operator engine_rsqrt;
extern const engine_operator engine_select_v2;
extern const engine_operator engine_shape;
extern const engine_operator engine_sin;
extern const engine_operator engine_slice;
extern const engine_operator engine_softmax;
extern const engine_operator engine_softmax_float32;
extern const engine_operator engine_softmax_int16;
extern const engine_operator engine_softmax_int8;
extern const engine_operator engine_space_to_batch_nd;
extern const engine_operator engine_space_to_depth;
extern const engine_operator engine_split;
extern const engine_operator engine_split_v;
extern const engine_operator engine_sqrt;
extern const engine_operator engine_square;
extern const engine_operator engine_squared_difference;
extern const engine_operator engine_squeeze;
extern const engine_operator engine_strided_slice;
extern const engine_operator engine_sub;
extern const engine_operator engine_sum;
extern const engine_operator engine_support_vectors;
extern const engine_operator engine_svdf;
extern const engine_operator engine_tanh;
extern const engine_operator engine_transpose;
extern const engine_operator engine_transpose_conv;
extern const engine_operator engine_trees;
extern const engine_operator engine_unidirectional_sequence_lstm;
extern const engine_operator engine_unpack;
extern const engine_operator engine_var_handle;
extern const engine_operator engine_zeros_like;

/* All of them. */
extern const engine_operator *const engine_operators[];
extern const uint32_t engine_operator_count;

#ifdef __cplusplus
}
#endif

#endif
