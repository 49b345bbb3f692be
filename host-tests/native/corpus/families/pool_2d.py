"""AVERAGE_POOL_2D and MAX_POOL_2D: int8, int16 and float32; padding, stride, fused activations."""

from typing import Any

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from convolution import ACTIVATIONS, PADDINGS, windows
from graph import Tensor, options, single

TYPES = {"int8": numpy.int8, "int16": numpy.int16, "float": numpy.float32}


def pool(
	name: str,
	operator: str,
	kind: Any,
	image: tuple[int, int, int, int] = (1, 5, 7, 3),
	kernel: tuple[int, int] = (2, 3),
	stride: tuple[int, int] = (1, 1),
	padding: str = "same",
	activation: str = "none",
	scale: float = 0.05,
	zero_point: int = -7,
	rows: int = 5,
) -> Case:
	batch, height, width, depth = image
	size = [windows(extent, taps, step, 1, padding) for extent, taps, step in zip((height, width), kernel, stride)]

	def values(shape: list[int]) -> Tensor:
		if kind == numpy.float32:
			return Tensor(numpy.float32, shape)
		if kind == numpy.int16:
			return Tensor(numpy.int16, shape, scale / 128, 0)
		return Tensor(kind, shape, scale, zero_point)

	return Case(
		name,
		single(
			operator,
			[values([batch, height, width, depth])],
			[values([batch, *size, depth])],
			options(
				"Pool2DOptions",
				padding=PADDINGS[padding],
				strideH=stride[0],
				strideW=stride[1],
				filterHeight=kernel[0],
				filterWidth=kernel[1],
				fusedActivationFunction=ACTIVATIONS[activation],
			),
		),
		rows,
	)


SHAPES: dict[str, dict[str, Any]] = {
	"same": {},
	"valid": {"padding": "valid"},
	"stride": {"stride": (2, 3)},
	"stride_beyond_kernel": {"stride": (3, 4), "kernel": (2, 2), "padding": "valid"},
	"kernel_beyond_image": {"kernel": (9, 8), "image": (1, 3, 2, 2)},
	"whole_image": {"kernel": (5, 7), "padding": "valid"},
	"one_pixel": {"kernel": (1, 1), "image": (1, 1, 1, 3)},
	"one_wide": {"kernel": (3, 1), "image": (1, 9, 1, 2), "stride": (2, 1)},
	"batch": {"image": (2, 4, 4, 2), "kernel": (2, 2), "stride": (2, 2)},
	"deep": {"image": (1, 3, 3, 21), "kernel": (2, 2)},
	"relu": {"activation": "relu", "zero_point": 0},
	"relu6": {"activation": "relu6", "scale": 0.03, "zero_point": 0},
	"relu_n1_to_1": {"activation": "relu_n1_to_1", "scale": 0.02, "zero_point": 0},
}


def average(x: tensorflow.Tensor) -> tensorflow.Tensor:
	return tensorflow.nn.avg_pool2d(x, 2, 2, "SAME")


def greatest(x: tensorflow.Tensor) -> tensorflow.Tensor:
	return tensorflow.nn.max_pool2d(x, [3, 2], [1, 2], "VALID")


cases = [
	*(
		Case(f"{name}_converted_{kind}", converted(function, [spec(1, 5, 7, 3)], mode))
		for name, function in (("average", average), ("max", greatest))
		for kind, mode in (("float", "float32"), ("int8", "int8"), ("int16", "int16x8"))
	),
	*(
		pool(f"{name}_{label}_{shape}", operator, kind, **parts)
		for name, operator in (("average", "AVERAGE_POOL_2D"), ("max", "MAX_POOL_2D"))
		for label, kind in TYPES.items()
		for shape, parts in SHAPES.items()
	),
	*(
		pool(f"{name}_int8_{label}", operator, numpy.int8, zero_point=zero_point, activation="relu_n1_to_1", scale=0.01)
		for name, operator in (("average", "AVERAGE_POOL_2D"), ("max", "MAX_POOL_2D"))
		for label, zero_point in (("zero_low", -128), ("zero_high", 127))
	),
]
