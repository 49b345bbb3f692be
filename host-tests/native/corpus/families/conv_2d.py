"""CONV_2D: int8, int16 and float32; padding, stride, dilation, groups, the quantisation's ends."""

import numpy
import tensorflow

from case import Case
from convert import Mode, converted, spec, weights
from convolution import case, in_all_types, quantisations
from flat import schema

CONV = "CONV_2D"


def network(mode: Mode, per_channel: bool = True, padding: str = "SAME", activation: str = "relu6") -> object:
	"""Two convolutions by TensorFlow's converter."""
	first, second, offsets = weights(1, 3, 3, 2, 5), weights(2, 1, 1, 5, 4), weights(3, 5)

	def function(x: tensorflow.Tensor) -> tensorflow.Tensor:
		y = tensorflow.nn.conv2d(x, first, [1, 2, 1, 1], padding) + offsets
		return tensorflow.nn.conv2d(getattr(tensorflow.nn, activation)(y), second, 1, "VALID")

	return converted(function, [spec(1, 6, 5, 2)], mode, per_channel=per_channel)


SHAPES = {
	"same": {},
	"valid": {"padding": "valid"},
	"stride": {"stride": (2, 3)},
	"stride_valid": {"stride": (2, 2), "padding": "valid", "image": (1, 8, 7, 2)},
	"stride_beyond_kernel": {"stride": (4, 3), "kernel": (2, 1), "image": (1, 9, 8, 2)},
	"dilation": {"dilation": (2, 3), "image": (1, 7, 9, 2)},
	"dilation_valid": {"dilation": (2, 1), "padding": "valid", "image": (1, 7, 5, 2)},
	"dilation_beyond_image": {"dilation": (9, 5), "kernel": (2, 3), "image": (1, 3, 4, 2)},
	"even_kernel": {"kernel": (4, 2)},
	"kernel_beyond_image": {"kernel": (7, 5), "image": (1, 3, 2, 2)},
	"one_wide": {"image": (1, 7, 1, 3), "kernel": (3, 1)},
	"one_pixel": {"image": (1, 1, 1, 17), "kernel": (1, 1), "channels": 3},
	"pointwise": {"image": (1, 3, 3, 9), "kernel": (1, 1), "channels": 7},
	"pointwise_deep": {"image": (1, 2, 3, 35), "kernel": (1, 1), "channels": 35},
	"pointwise_stride": {"image": (1, 5, 5, 4), "kernel": (1, 1), "channels": 3, "stride": (2, 2)},
	"batch": {"image": (2, 4, 3, 2)},
	"groups": {"image": (1, 4, 5, 6), "groups": 3, "channels": 6},
	"groups_dilation": {"image": (1, 6, 5, 4), "groups": 2, "channels": 2, "dilation": (2, 2)},
	"many_channels": {"image": (1, 3, 3, 2), "channels": 19, "kernel": (2, 2)},
	"computed": {"computed": True, "image": (1, 4, 4, 2)},
	"no_bias": {"bias": None},
	"relu6": {"activation": "relu6"},
}

cases = [
	Case("converted_float", network("float32")),
	Case("converted_int8", network("int8")),
	Case("converted_int8_per_tensor", network("int8", per_channel=False)),
	Case("converted_int8_valid", network("int8", padding="VALID", activation="relu")),
	Case("converted_int16", network("int16x8")),
	*(entry for name, parts in SHAPES.items() for entry in in_all_types(name, CONV, **parts)),
	*(entry for entry in quantisations(CONV) if entry.name not in ("int8_no_bias", "int8_relu6")),
	case("int8_per_channel_groups", CONV, image=(1, 4, 5, 6), groups=3, channels=6, scales=6),
	case("int16_per_channel", CONV, kind=numpy.int16, scales=4, bias=numpy.int64),
	case("int16_bias32", CONV, kind=numpy.int16, scales=4, bias_span=90000),
	# sums of 32 bits without a bias, by an option
	case(
		"int16_narrow",
		CONV,
		kind=numpy.int16,
		image=(1, 3, 3, 64),
		bias=None,
		ratio=2.0,
		fields={"quantizedBiasType": schema.TensorType.INT32},
	),
	# sums beyond 32 bits
	case("int16_wide", CONV, kind=numpy.int16, image=(1, 3, 3, 64), bias=numpy.int64, bias_span=2**36, ratio=12000.0),
	case("int16_saturating", CONV, kind=numpy.int16, bias=numpy.int64, ratio=0.001),
	case("int16_relu_n1_to_1", CONV, kind=numpy.int16, bias=numpy.int64, activation="relu_n1_to_1", input_scale=0.0001),
	case("float_relu_n1_to_1", CONV, kind=numpy.float32, activation="relu_n1_to_1"),
]
