"""DEPTHWISE_CONV_2D: int8, int16 and float32; multipliers, padding, stride, dilation, the quantisation's ends."""

import numpy
import tensorflow

from case import Case
from convert import Mode, converted, spec, weights
from convolution import case, in_all_types, quantisations

DEPTHWISE = "DEPTHWISE_CONV_2D"


def network(mode: Mode, multiplier: int = 1, stride: int = 1) -> object:
	"""A depthwise convolution and a pointwise one by TensorFlow's converter."""
	first, second, offsets = weights(1, 3, 3, 5, multiplier), weights(2, 1, 1, 5 * multiplier, 4), weights(3, 5 * multiplier)

	def function(x: tensorflow.Tensor) -> tensorflow.Tensor:
		y = tensorflow.nn.depthwise_conv2d(x, first, [1, stride, stride, 1], "SAME") + offsets
		return tensorflow.nn.conv2d(tensorflow.nn.relu(y), second, 1, "VALID")

	return converted(function, [spec(1, 6, 5, 5)], mode)


SHAPES = {
	"same": {},
	"valid": {"padding": "valid"},
	"stride": {"stride": (2, 2), "image": (1, 7, 6, 4)},
	"stride_valid": {"stride": (2, 2), "padding": "valid", "image": (1, 8, 7, 4)},
	"stride_beyond_kernel": {"stride": (4, 4), "kernel": (2, 3), "image": (1, 10, 11, 4)},
	"dilation": {"dilation": (2, 2), "image": (1, 7, 9, 4)},
	"dilation_columns": {"dilation": (1, 3), "image": (1, 5, 9, 4)},
	"dilation_valid": {"dilation": (3, 2), "padding": "valid", "image": (1, 9, 8, 4)},
	"dilation_beyond_image": {"dilation": (5, 7), "kernel": (2, 3), "image": (1, 3, 4, 4)},
	"even_kernel": {"kernel": (2, 4)},
	"kernel_beyond_image": {"kernel": (7, 5), "image": (1, 3, 2, 4)},
	"one_wide": {"image": (1, 9, 1, 4), "kernel": (3, 1)},
	"one_pixel": {"image": (1, 1, 1, 13), "kernel": (3, 3), "channels": 13},
	"long_kernel": {"image": (1, 2, 262, 2), "channels": 2, "kernel": (2, 260), "padding": "valid"},
	"batch": {"image": (2, 4, 3, 4)},
	"block": {"image": (1, 4, 3, 8), "channels": 8},
	"blocks_and_rest": {"image": (1, 4, 4, 19), "channels": 19},
	"multiplier": {"image": (1, 4, 5, 3), "channels": 6},
	"multiplier_across_blocks": {"image": (2, 3, 4, 5), "channels": 15},
	"multiplier_block": {"image": (1, 4, 5, 2), "channels": 16},
	"multiplier_blocks": {"image": (1, 4, 3, 2), "channels": 48, "kernel": (2, 2), "stride": (2, 2)},
	"one_channel": {"image": (1, 6, 5, 1), "channels": 5, "kernel": (4, 3), "stride": (2, 2)},
	"one_channel_to_one": {"image": (2, 4, 5, 1), "channels": 1},
	"computed": {"computed": True},
	"relu6": {"activation": "relu6"},
}


def shapes() -> list[Case]:
	found = []
	for name, parts in SHAPES.items():
		parts = {"image": (1, 5, 6, 4), **parts}
		found += in_all_types(name, DEPTHWISE, **parts)
	return found


cases = [
	Case("converted_float", network("float32")),
	Case("converted_int8", network("int8", stride=2)),
	Case("converted_int8_multiplier", network("int8", multiplier=2)),
	Case("converted_int16", network("int16x8")),
	*shapes(),
	*(entry for entry in quantisations(DEPTHWISE, image=(1, 5, 6, 4)) if entry.name != "int8_relu6"),
	case("int8_per_channel_multiplier", DEPTHWISE, image=(1, 4, 3, 3), channels=12, scales=12),
	case("int16_per_channel", DEPTHWISE, kind=numpy.int16, image=(1, 5, 6, 4), scales=4, bias=numpy.int64),
	case("int16_no_bias", DEPTHWISE, kind=numpy.int16, image=(1, 5, 6, 4), bias=None),
	case(
		"int16_wide",
		DEPTHWISE,
		kind=numpy.int16,
		image=(1, 15, 4, 2),
		channels=2,
		kernel=(15, 20),
		bias=numpy.int64,
		bias_span=2**36,
		ratio=12000.0,
	),
	case("float_no_bias", DEPTHWISE, kind=numpy.float32, image=(1, 5, 6, 4), bias=None),
	case("float_relu_n1_to_1", DEPTHWISE, kind=numpy.float32, image=(1, 5, 6, 4), activation="relu_n1_to_1"),
]
