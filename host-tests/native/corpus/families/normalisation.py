"""SOFTMAX to int16, LOG_SOFTMAX, L2_NORMALIZATION over the last axis; L2_POOL_2D; PRELU with alphas of all shapes."""

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from flat import schema
from graph import Tensor, drawn, float32, int8, int16, options, single

BYTES = numpy.arange(-128, 128, dtype=numpy.int8).reshape(4, 64)
REALS = numpy.array([[0, 1, -1, 88, -104], [numpy.inf, 0, 1, 2, 3], [numpy.nan, 1, 2, 3, 4], [-numpy.inf] * 5], numpy.float32)
LARGE = numpy.array([[1e20, 1, -1e20, 0, 3], [0] * 5, [1e-20, 0, 0, -1e-20, 0], [-1e30, 4, 1e30, 0, 7]], numpy.float32)


def softmax(name: str, shape: list[int], scale: float, beta: float = 1, **rest: object) -> Case:
	return Case(
		f"softmax_int16_{name}",
		single("SOFTMAX", [int16(shape, scale)], [int16(shape, 1 / 32768)], options("SoftmaxOptions", beta=beta)),
		**rest,
	)


def widening(name: str, shape: list[int], scale: float, zero_point: int = 0, beta: float = 1) -> Case:
	return Case(
		f"softmax_int8_int16_{name}",
		single("SOFTMAX", [int8(shape, scale, zero_point)], [int16(shape, 1 / 65536, -32768)], options("SoftmaxOptions", beta=beta)),
		rows=6,
	)


def log_softmax(name: str, shape: list[int], scale: float, zero_point: int = 0, **rest: object) -> Case:
	return Case(
		f"log_softmax_{name}",
		single("LOG_SOFTMAX", [int8(shape, scale, zero_point)], [int8(shape, 16 / 256, 127)], options("LogSoftmaxOptions")),
		**rest,
	)


def normalisation(name: str, shape: list[int], zero_point: int, **rest: object) -> Case:
	return Case(
		f"l2_{name}",
		single("L2_NORMALIZATION", [int8(shape, 0.1, zero_point)], [int8(shape, 1 / 128, 0)], options("L2NormOptions")),
		**rest,
	)


def pool(name: str, output: list[int], size: tuple[int, int], stride: tuple[int, int], **fields: object) -> Case:
	fields |= {"filterHeight": size[0], "filterWidth": size[1], "strideH": stride[0], "strideW": stride[1]}
	return Case(
		f"l2_pool_{name}",
		single("L2_POOL_2D", [float32([2, 5, 4, 3])], [float32(output)], options("Pool2DOptions", **fields)),
	)


def prelu(name: str, kind: type, shape: list[int], alphas: list[int], scales: tuple[float, int, float, int, float, int]) -> Case:
	return Case(
		f"prelu_{numpy.dtype(kind).name}_{name}",
		single(
			"PRELU",
			[Tensor(kind, shape, *scales[:2]), drawn(numpy.int8, alphas, -128, 127, 2, scales[2], zero_point=scales[3])],
			[Tensor(kind, shape, *scales[4:])],
		),
	)


def prelu_float(name: str, shape: list[int], alphas: list[int]) -> Case:
	return Case(
		f"prelu_float32_{name}",
		single("PRELU", [float32(shape), drawn(numpy.float32, alphas, -1.5, 1.5, 2)], [float32(shape)]),
	)


cases = [
	softmax("typical", [3, 10], 0.0002, rows=6),
	softmax("narrow", [2, 7], 0.00001),
	softmax("wide", [2, 7], 0.02),
	softmax("wider", [2, 7], 3.0),
	softmax("beta", [2, 7], 0.0002, 2.5),
	softmax("one", [3, 1], 0.0002),
	softmax("long", [1, 1, 400], 0.0001),
	softmax("near", [4, 6], 0.0003, ranges=(-9000, 9000), rows=6),
	softmax("equal", [2, 5], 0.0003, ranges=(77, 77), rows=1),
	Case("softmax_int16_converted", converted(tensorflow.nn.softmax, [spec(2, 12)], "int16x8", span=(-5, 5))),
	widening("typical", [3, 10], 0.05, 4),
	widening("wide", [2, 7], 4.0),
	widening("beta", [2, 7], 0.002, -128, 3.5),
	widening("one", [3, 1], 0.1),
	log_softmax("typical", [3, 10], 0.1, 3, rows=6),
	log_softmax("narrow", [3, 10], 0.002, 3),
	log_softmax("wide", [3, 10], 2.0, 3),
	log_softmax("wider", [3, 10], 900.0, 3),
	log_softmax("tiny", [3, 10], 1.6e-8, 3),
	log_softmax("one", [5, 1], 0.1),
	log_softmax("two", [128, 2], 0.05, rows=2),
	log_softmax("all", [4, 64], 0.05, rows=[[BYTES]]),
	log_softmax("equal", [2, 100], 0.05, ranges=(5, 5), rows=1),
	log_softmax("long", [1, 1, 4095], 0.01, rows=1),
	Case("log_softmax_converted", converted(tensorflow.nn.log_softmax, [spec(2, 12)], "int8", span=(-5, 5))),
	Case(
		"log_softmax_float",
		single("LOG_SOFTMAX", [float32([4, 5])], [float32([4, 5])], options("LogSoftmaxOptions")),
		rows=[[REALS], [LARGE], [numpy.sin(numpy.arange(20, dtype=numpy.float32)).reshape(4, 5) * 5]],
	),
	normalisation("typical", [3, 10], 3, rows=6),
	normalisation("zero_low", [3, 10], -128, rows=6),
	normalisation("zero_high", [3, 10], 127, rows=6),
	normalisation("one", [8, 1], 0),
	normalisation("null", [2, 5], 7, ranges=(7, 7), rows=1),
	normalisation("small", [9, 3], 0, ranges=(-2, 2), rows=6),
	normalisation("middle", [9, 3], 0, ranges=(-20, 20), rows=6),
	normalisation("all", [4, 64], -3, rows=[[BYTES]]),
	normalisation("long", [1, 1, 1, 3000], -128, rows=3),
	Case("l2_converted", converted(lambda x: tensorflow.nn.l2_normalize(x, -1), [spec(2, 12)], "int8")),
	Case(
		"l2_float",
		single("L2_NORMALIZATION", [float32([4, 5])], [float32([4, 5])], options("L2NormOptions")),
		rows=[[REALS], [LARGE], [numpy.sin(numpy.arange(20, dtype=numpy.float32)).reshape(4, 5) * 5]],
	),
	pool("same", [2, 3, 2, 3], (3, 2), (2, 2), padding=schema.Padding.SAME),
	pool("valid", [2, 3, 2, 3], (3, 3), (1, 1), padding=schema.Padding.VALID),
	pool("relu6", [2, 5, 1, 3], (1, 4), (1, 1), padding=schema.Padding.VALID, fusedActivationFunction=schema.ActivationFunctionType.RELU6),
	*(
		prelu(name, kind, shape, alphas, scales)
		for kind in [numpy.int8, numpy.int16]
		for name, shape, alphas, scales in [
			("channel", [2, 3, 4, 5], [1, 1, 5], (0.1, 3 if kind is numpy.int8 else 0, 0.01, -7, 0.07, 5 if kind is numpy.int8 else 0)),
			("one", [2, 3, 5], [1], (0.1, 0, 0.03, 127, 0.1, 0)),
			("full", [2, 3, 4, 5], [1, 3, 4, 5], (0.1, 0, 0.01, -128, 0.2, 0)),
			("row", [2, 3, 4], [3, 1], (0.1, -9 if kind is numpy.int8 else 900, 0.05, 0, 0.0002, 9)),
		]
	),
	prelu("saturating", numpy.int8, [3, 5], [5], (9.0, 127, 8.0, -128, 1e-5, 0)),
	prelu_float("channel", [2, 3, 4, 5], [1, 1, 5]),
	prelu_float("one", [2, 3, 5], [1]),
	prelu_float("row", [2, 3, 4], [3, 1]),
]
