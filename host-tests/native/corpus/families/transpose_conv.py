"""TRANSPOSE_CONV: int8, int16 and float32; padding, stride, the quantisation's ends. The image is the output's."""

import numpy
import tensorflow

from case import Case
from convert import Mode, converted, spec, weights
from convolution import case, in_all_types, quantisations

TRANSPOSE = "TRANSPOSE_CONV"


def network(mode: Mode, padding: str = "SAME", bias: bool = True) -> object:
	"""A transposed convolution by TensorFlow's converter."""
	kernel, offsets = weights(1, 3, 3, 4, 2), weights(3, 4)
	size = 6 if padding == "SAME" else 7

	def function(x: tensorflow.Tensor) -> tensorflow.Tensor:
		y = tensorflow.nn.conv2d_transpose(x, kernel, [1, size, 2 * size, 4], [1, 2, 2 if size == 6 else 3, 1], padding)
		return y + offsets if bias else y

	columns = 6 if padding == "SAME" else 4
	return converted(function, [spec(1, 3, columns, 2)], mode)


SHAPES = {
	"same": {},
	"valid": {"padding": "valid"},
	"stride": {"stride": (2, 3)},
	"stride_valid": {"stride": (2, 2), "padding": "valid", "image": (1, 8, 7, 2)},
	"stride_beyond_kernel": {"stride": (4, 3), "kernel": (2, 1), "image": (1, 9, 8, 2)},
	"even_kernel": {"kernel": (4, 2), "stride": (2, 1)},
	"kernel_beyond_image": {"kernel": (7, 5), "image": (1, 3, 2, 2)},
	"one_wide": {"image": (1, 7, 1, 3), "kernel": (3, 1), "stride": (2, 1)},
	"pointwise": {"image": (1, 3, 3, 9), "kernel": (1, 1), "channels": 7},
	"deep": {"image": (1, 4, 4, 18), "kernel": (2, 2), "stride": (2, 2), "channels": 3},
	"batch": {"image": (2, 4, 6, 2), "stride": (2, 2)},
	"many_channels": {"image": (1, 4, 4, 2), "channels": 19, "kernel": (2, 2), "stride": (2, 2)},
	"no_bias": {"bias": None},
	"relu6": {"activation": "relu6"},
}

cases = [
	Case("converted_float", network("float32")),
	Case("converted_int8", network("int8")),
	Case("converted_int8_valid", network("int8", padding="VALID")),
	Case("converted_int8_no_bias", network("int8", bias=False)),
	Case("converted_int16", network("int16x8")),
	*(entry for name, parts in SHAPES.items() for entry in in_all_types(name, TRANSPOSE, **parts)),
	*(entry for entry in quantisations(TRANSPOSE) if entry.name not in ("int8_no_bias", "int8_relu6")),
	case("int8_computed", TRANSPOSE, computed=True),
	case("int16_per_channel", TRANSPOSE, kind=numpy.int16, scales=4, bias=numpy.int64),
	case("int16_bias16", TRANSPOSE, kind=numpy.int16, bias=numpy.int16, bias_span=32767),
	case("int16_wide", TRANSPOSE, kind=numpy.int16, image=(1, 3, 3, 64), bias=numpy.int64, bias_span=2**36, ratio=12000.0),
]
