"""QUANTIZE, DEQUANTIZE and CAST: all pairs of types."""

import numpy

from case import Case
from graph import Tensor, float32, options, single

SPREAD = numpy.array(
	[0, 1, -1, 2, -2, 5, -7, 63, 64, -64, 127, 128, -128, -129, 255, 256, 300, -300, 4095, -4096, 32767, 32768, -32768, -32769]
	+ [65535, 65536, -65537, 8388609, -8388609, 16777217, 2147483647, -2147483648],
	numpy.int64,
)
ENDS = numpy.array(
	[numpy.nan, numpy.inf, -numpy.inf, 3e38, -3e38, 2147483648, -2147483648, 2147483520] * 4, numpy.float32
).reshape(4, 8)
LITERT = "TensorFlow Lite Micro does not know the types"


def spread(kind: type) -> numpy.ndarray:
	"""32 values of the type with both ends."""
	if kind is numpy.bool_:
		return SPREAD % 3 == 0
	if kind is numpy.float32:
		return (SPREAD * 0.73).astype(numpy.float32)
	limits = numpy.iinfo(kind)
	values = numpy.clip(SPREAD, limits.min, limits.max).astype(kind)
	values[-2:] = [limits.max, limits.min]
	return values


def every(kind: type) -> numpy.ndarray:
	"""Each value of 8 bits, else a spread of 256."""
	if kind in (numpy.int8, numpy.uint8):
		return numpy.arange(256).astype(kind)
	limits = numpy.iinfo(kind)
	return numpy.linspace(limits.min, limits.max, 256).astype(kind)


def cast(source: type, target: type, without_tflm: str) -> Case:
	return Case(
		f"cast_{numpy.dtype(source).name}_{numpy.dtype(target).name}",
		single("CAST", [Tensor(source, [4, 8])], [Tensor(target, [4, 8])], options("CastOptions")),
		rows=[[spread(source).reshape(4, 8)]] + ([[ENDS]] if source is numpy.float32 and not without_tflm else []),
		without_tflm=without_tflm,
	)


def quantise(
	name: str, source: type, target: type, scales: tuple[float, int, float, int], without_tflm: str = "", copies: int = 1
) -> Case:
	shape = [copies, 256]
	values = numpy.tile(every(source), copies).reshape(shape)
	return Case(
		f"{numpy.dtype(source).name}_{numpy.dtype(target).name}_{name}",
		single("QUANTIZE", [Tensor(source, shape, *scales[:2])], [Tensor(target, shape, *scales[2:])], options("QuantizeOptions")),
		rows=[[values]],
		without_tflm=without_tflm,
	)


def real(name: str, target: type, scale: float, zero_point: int, without_tflm: str = "") -> Case:
	halves = numpy.arange(-132, 132) * numpy.float32(scale) / 2
	more = [1e9 * scale, -1e9 * scale, 0.49999997 * scale, -0.49999997 * scale, -0.0, 1e-40]
	values = numpy.concatenate([halves, halves * 257, more]).astype(numpy.float32)
	shape = [1, 2, len(values) // 2]
	return Case(
		f"float32_{numpy.dtype(target).name}_{name}",
		single("QUANTIZE", [float32(shape)], [Tensor(target, shape, scale, zero_point)], options("QuantizeOptions")),
		rows=[[values.reshape(shape)]],
		without_tflm=without_tflm,
	)


def dequantise(name: str, source: type, scale: float, zero_point: int) -> Case:
	return Case(
		f"dequantize_{numpy.dtype(source).name}_{name}",
		single("DEQUANTIZE", [Tensor(source, [2, 128], scale, zero_point)], [float32([2, 128])], options("DequantizeOptions")),
		rows=[[every(source).reshape(2, 128)]],
	)


INT8, UINT8, INT16, INT32, INT64 = numpy.int8, numpy.uint8, numpy.int16, numpy.int32, numpy.int64
FLOAT32, BOOL = numpy.float32, numpy.bool_

cases = [
	*(
		cast(source, target, LITERT if source in (UINT8, INT64) or target in (UINT8, INT64) else "")
		for source in (FLOAT32, INT8, UINT8, INT16, INT32, INT64, BOOL)
		for target in (FLOAT32, INT8, UINT8, INT16, INT32, INT64, BOOL)
		if source is not target or source is FLOAT32
	),
	quantise("narrowing", INT8, INT8, (0.1, 3, 0.023, -5)),
	quantise("widening", INT8, INT8, (0.004, -128, 0.3, 127)),
	quantise("table", INT8, INT8, (0.1, 3, 0.07, -5), copies=2),
	quantise("saturating", INT8, INT8, (3e4, 3, 1e-3, -5)),
	quantise("flip", INT8, UINT8, (0.1, -3, 0.1, 125)),
	quantise("rescaled", INT8, UINT8, (0.1, -3, 0.13, 200)),
	quantise("flip", UINT8, INT8, (0.1, 125, 0.1, -3)),
	quantise("rescaled", UINT8, INT8, (0.1, 255, 0.13, -128)),
	quantise("rescaled", INT8, INT16, (0.1, 7, 0.0004, 0)),
	quantise("shifted", INT8, INT16, (0.1, 7, 0.001, 300)),
	quantise("rescaled", INT8, INT32, (0.1, 7, 1e-7, 0)),
	quantise("rescaled", INT16, INT8, (0.0004, 0, 0.1, -9)),
	quantise("saturating", INT16, INT8, (0.01, 0, 0.1, -9)),
	quantise("rescaled", INT16, INT16, (0.0004, 0, 0.0003, 0)),
	quantise("shifted", INT16, INT16, (0.0004, -1000, 0.0005, 3000)),
	quantise("rescaled", INT16, INT32, (0.0004, 0, 1e-8, 0)),
	quantise("rescaled", INT32, INT8, (1e-9, 0, 0.015, 4)),
	quantise("rescaled", INT32, INT16, (1e-9, 0, 0.00006, 0)),
	*(real(name, INT8, *scale) for name, scale in [("typical", (0.1, 3)), ("low", (0.013, -128)), ("high", (2.0, 127))]),
	real("typical", UINT8, 0.1, 130, LITERT),
	quantise("rescaled", UINT8, UINT8, (0.1, 130, 0.17, 60), LITERT),
	*(real(name, INT16, *scale) for name, scale in [("typical", (0.1, 0)), ("shifted", (0.013, -20000))]),
	*(dequantise(name, INT8, *scale) for name, scale in [("typical", (0.1, 3)), ("high", (1e-30, 127)), ("low", (3e30, -128))]),
	dequantise("typical", UINT8, 0.037, 200),
	*(dequantise(name, INT16, *scale) for name, scale in [("typical", (0.0003, 0)), ("shifted", (0.7, 32767))]),
]
