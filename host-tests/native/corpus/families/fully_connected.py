"""FULLY_CONNECTED: int8 with one scale or one for each unit, int16 activations, float32; the quantisation's ends."""

import math

import numpy
import tensorflow

from case import Case
from convert import Mode, converted, spec, weights
from graph import Tensor, constant, drawn, float32, int8, int16, options, single

ACTIVATIONS = {"none": 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3}
CHANNEL_SCALES = [0.0021, 0.013, 0.0007, 0.031, 0.005]


def fused(activation: str = "none", **fields: object) -> object:
	return options("FullyConnectedOptions", fusedActivationFunction=ACTIVATIONS[activation], **fields)


def dense(mode: Mode, batch: int = 1, bias: bool = True, per_channel: bool = True, activation: str = ""):
	"""13 values to 7 units by TensorFlow's converter."""
	kernel, offsets = weights(1, 13, 7), weights(2, 7)

	def function(x: tensorflow.Tensor) -> tensorflow.Tensor:
		y = tensorflow.matmul(x, kernel)
		if bias:
			y = y + offsets
		return getattr(tensorflow.nn, activation)(y) if activation else y

	return converted(function, [spec(batch, 13)], mode, per_channel=per_channel)


def int8_case(
	name: str,
	input_scale: float,
	input_zero: int,
	scale: float | list[float],
	output_scale: float,
	output_zero: int,
	activation: str = "none",
	bias: int = 20000,
) -> Case:
	"""11 values to 5 units with the given quantisation."""
	scales = numpy.float32(input_scale) * numpy.array(scale, numpy.float32)
	return Case(
		name,
		single(
			"FULLY_CONNECTED",
			[
				int8([1, 11], input_scale, input_zero),
				drawn(numpy.int8, [5, 11], -128, 127, 3, scale),
				drawn(numpy.int32, [5], -bias, bias, 4, scales.tolist()) if bias else None,
			],
			[int8([1, 5], output_scale, output_zero)],
			fused(activation),
		),
		rows=6,
	)


def float_case(name: str, activation: str, output: list[int] = [2, 3], **fields: object) -> Case:
	return Case(
		name,
		single(
			"FULLY_CONNECTED",
			[
				float32([2, 11]),
				drawn(numpy.float32, [3, 11], -1, 1, 5),
				drawn(numpy.float32, [3], -1, 1, 6),
			],
			[float32(output)],
			fused(activation, **fields),
		),
	)


def int16_case(name: str, scale: float | list[float], bias: type | None, activation: str = "none") -> Case:
	scales = (numpy.float32(0.0004) * numpy.array(scale, numpy.float32)).tolist()
	offsets: Tensor | None = drawn(bias, [5], -90000, 90000, 8, scales) if bias else None
	return Case(
		name,
		single(
			"FULLY_CONNECTED",
			[int16([2, 11], 0.0004), drawn(numpy.int8, [5, 11], -128, 127, 7, scale), offsets],
			[int16([2, 5], 0.0011)],
			fused(activation),
		),
		rows=6,
	)


def near_halves() -> Case:
	"""Sums next to a half of the output's scale: only the product of the scales in double precision rounds them all."""
	input_scale, scale, output_scale = numpy.float32(0.0713), numpy.float32(0.0117), numpy.float32(3210.0)
	unit = float(output_scale) / (float(input_scale) * float(scale))
	bias = [int((step + 0.5) * unit) + after for step in range(-40, 40) for after in (0, 1)]
	return Case(
		"near_halves",
		single(
			"FULLY_CONNECTED",
			[
				int8([1, 1], float(input_scale)),
				constant([[1]] * len(bias), numpy.int8, float(scale)),
				constant(bias, numpy.int32, float(input_scale * scale)),
			],
			[int8([1, len(bias)], float(output_scale))],
			fused(),
		),
		rows=2,
		ranges=(0, 1),
	)


def int16_near_halves() -> Case:
	"""The 16 bits that are left of the multiplier are others where the scales are multiplied in single precision."""
	source = numpy.random.default_rng(3)
	while True:
		scales = [numpy.float32(value) for value in source.uniform([2e-5, 0.002, 1e-4], [2e-4, 0.02, 1e-3])]
		product, rounded = float(scales[0]) * float(scales[1]), float(scales[0] * scales[1])
		multipliers = [math.frexp(value / float(scales[2]))[0] * 2**15 for value in (product, rounded)]
		if math.floor(multipliers[0] + 0.5) != math.floor(multipliers[1] + 0.5):
			break
	rows = [[numpy.full([1, 8], value, numpy.int16)] for value in range(16000, 32767, 1500)]
	return Case(
		"int16_near_halves",
		single(
			"FULLY_CONNECTED",
			[int16([1, 8], float(scales[0])), constant([[127] * 8], numpy.int8, float(scales[1])), None],
			[int16([1, 1], float(scales[2]))],
			fused(),
		),
		rows=rows,
	)


cases = [
	near_halves(),
	int16_near_halves(),
	Case("converted_float", dense("float32", batch=2)),
	Case("converted_float_no_bias", dense("float32", bias=False)),
	Case("converted_per_channel", dense("int8")),
	Case("converted_per_tensor", dense("int8", per_channel=False)),
	Case("converted_batch", dense("int8", batch=3)),
	Case("converted_no_bias", dense("int8", bias=False)),
	Case("converted_relu", dense("int8", activation="relu")),
	Case("converted_relu6", dense("int8", activation="relu6")),
	Case("converted_float_io", dense("int8 with float io")),
	Case("converted_int16", dense("int16x8", batch=2)),
	Case("converted_int16_relu", dense("int16x8", activation="relu")),
	int8_case("input_zero_low", 0.02, -128, 0.01, 0.05, 3),
	int8_case("input_zero_high", 0.02, 127, 0.01, 0.05, 3),
	int8_case("output_zero_low", 0.02, 3, 0.01, 0.05, -128),
	int8_case("output_zero_high", 0.02, 3, 0.01, 0.05, 127),
	int8_case("no_bias", 0.02, -9, 0.01, 0.05, 3, bias=0),
	# bias at the ends of 32 bits, 2^31 - 1 - 11 * 255 * 128 of it: one more would overflow the accumulator
	int8_case("wide_bias", 0.02, -9, 0.01, 40000.0, 3, bias=2147124607),
	int8_case("saturating_multiplier", 3.0, 5, 2.0, 0.001, 0),
	int8_case("vanishing_multiplier", 1e-7, 5, 1e-6, 10.0, 1),
	int8_case("tiny_scales", 1e-20, 5, 1e-15, 2e-34, 1, bias=0),
	int8_case("channels", 0.04, -5, CHANNEL_SCALES, 0.11, 9),
	int8_case("channels_relu6", 0.04, 17, CHANNEL_SCALES, 0.03, -100, "relu6"),
	int8_case("relu_n1_to_1", 0.02, 0, 0.01, 0.013, 6, "relu_n1_to_1"),
	*(float_case(f"float_{name}", name) for name in ACTIVATIONS),
	int16_case("int16_no_bias", 0.01, None),
	int16_case("int16_bias32", 0.01, numpy.int32, "relu"),
	int16_case("int16_bias64", 0.01, numpy.int64),
	int16_case("int16_channels", CHANNEL_SCALES, numpy.int64, "relu6"),
]
