"""The operators of the shipped models, and one such model: raw sensor counts in, probabilities out."""

import numpy

from case import Case
from families.fully_connected import CHANNEL_SCALES, fused
from flat import schema
from graph import Graph, Tensor, constant, drawn, float32, int8, int16, model, options, single


def softmax(beta: float = 1) -> object:
	return options("SoftmaxOptions", beta=beta)


def reshape(*shape: int) -> object:
	return options("ReshapeOptions", newShape=list(shape))


def every_int8() -> list[list[numpy.ndarray]]:
	return [[numpy.arange(-128, 128, dtype=numpy.int8).reshape(1, 256)]]


def values(dtype: type, *rows: list[float]) -> list[list[numpy.ndarray]]:
	return [[numpy.array([row], dtype)] for row in rows]


def unit(scale: float, zero_point: int) -> Tensor:
	return int8([1, 256], scale, zero_point)


PROBABILITIES = {"scale": 1 / 256, "zero_point": -128}


def window_classifier() -> schema.ModelT:
	graph = Graph()
	counts = graph.input(int16([1, 5, 6], 1 / 8192))
	shape = graph.add(constant([1, 30]))
	(x,) = graph.operator("QUANTIZE", [counts], [int8([1, 5, 6], 4 / 127, -1)])
	(x,) = graph.operator("RESHAPE", [x, shape], [int8([1, 30], 4 / 127, -1)], reshape(1, 30))
	weights = graph.add(drawn(numpy.int8, [8, 30], -128, 127, 34, 0.01))
	bias = graph.add(drawn(numpy.int32, [8], -5000, 5000, 35, 0.0003))
	(x,) = graph.operator("FULLY_CONNECTED", [x, weights, bias], [int8([1, 8], 0.05, -128)], fused("relu"))
	weights = graph.add(drawn(numpy.int8, [3, 8], -128, 127, 36, [0.01, 0.02, 0.015]))
	bias = graph.add(drawn(numpy.int32, [3], -5000, 5000, 37, [0.0005, 0.001, 0.00075]))
	(x,) = graph.operator("FULLY_CONNECTED", [x, weights, bias], [int8([1, 3], 0.08, 10)], fused())
	(x,) = graph.operator("SOFTMAX", [x], [int8([1, 3], **PROBABILITIES)], softmax())
	graph.outputs = graph.operator("DEQUANTIZE", [x], [float32([1, 3])])
	result = model(graph)
	entry = schema.MetadataT()
	entry.name = "TMLAAS_CARD"
	entry.buffer = len(result.buffers)
	card = schema.BufferT()
	card.data = numpy.frombuffer(b'{"name":"window"}', numpy.uint8)
	result.buffers.append(card)
	result.metadata = [entry]
	return result


cases = [
	Case("window_classifier", window_classifier, rows=16, complete=True),
	Case(
		# the rescaling multiplier is above 1
		"fully_connected_magnified",
		single(
			"FULLY_CONNECTED",
			[
				int8([1, 3], 0.5, 1),
				drawn(numpy.int8, [4, 3], -128, 127, 15, 0.75),
				drawn(numpy.int32, [4], -5000, 5000, 16, 0.375),
			],
			[int8([1, 4], 0.03)],
			fused(),
		),
	),
	Case(
		"fully_connected_keep_dimensions",
		single(
			"FULLY_CONNECTED",
			[
				int8([2, 3, 8], 0.03, 4),
				drawn(numpy.int8, [5, 8], -128, 127, 18, CHANNEL_SCALES),
				drawn(numpy.int32, [5], -5000, 5000, 19, [0.03 * scale for scale in CHANNEL_SCALES]),
			],
			[int8([2, 3, 5], 0.06, 2)],
			fused(keepNumDims=True),
		),
	),
	*(
		Case(
			f"logistic_{scale}",
			single("LOGISTIC", [unit(scale, zero)], [int8([1, 256], **PROBABILITIES)]),
			rows=every_int8(),
		)
		for scale, zero in ((0.05, 0), (0.0039, -128), (0.31, 40), (2.5, -7), (0.117, 127))
	),
	Case(
		"logistic_float",
		single("LOGISTIC", [float32([1, 16])], [float32([1, 16])]),
		rows=values(
			numpy.float32, [0, -0.0, 1, -1, 8.99, -8.99, -9, -9.01, 16.6, 16.7, 40, -40, 88, -88, 200, -200]
		),
	),
	*(
		Case(
			f"softmax_{scale}_{beta}",
			single("SOFTMAX", [int8([2, 10], scale, 11)], [int8([2, 10], **PROBABILITIES)], softmax(beta)),
			rows=24,
		)
		for scale, beta in ((0.1, 1), (0.0035, 1), (1.7, 1), (0.09, 0.4), (30, 2))
	),
	Case(
		"softmax_close",
		single("SOFTMAX", [int8([1, 3], 0.02)], [int8([1, 3], **PROBABILITIES)], softmax()),
		rows=values(
			numpy.int8, [-128] * 3, [127] * 3, [127, 126, 125], [-128, 127, 0], [0, 0, 1], [-1, -128, -127]
		),
	),
	Case(
		"softmax_deep", single("SOFTMAX", [int8([1, 300], 0.002)], [int8([1, 300], **PROBABILITIES)], softmax())
	),
	Case(
		"softmax_float",
		single("SOFTMAX", [float32([2, 3, 5])], [float32([2, 3, 5])], softmax(0.7)),
		ranges=(-30, 30),
	),
	Case(
		"quantize_float_int8",
		single("QUANTIZE", [float32([1, 15])], [int8([1, 15], 0.25, -3)]),
		rows=values(
			numpy.float32,
			[0, -0.0, 0.125, -0.125, 0.375, -0.375, 0.1249999, 0.3749999, 31.9, 32.6, 40, -31.2, -31.4, 1e6, -1e6],
			[numpy.nextafter(numpy.float32(i * 0.25 + 0.125), numpy.float32(9e9 * (-1) ** i)) for i in range(-7, 8)],
			[i / 3 for i in range(15)],
		),
	),
	Case(
		"quantize_float_int16",
		single("QUANTIZE", [float32([1, 8])], [int16([1, 8], 0.001)]),
		rows=values(
			numpy.float32,
			[0.0005, -0.0005, 32.767, 32.7675, 33, -32.768, -32.769, -1e5],
			[0.0015, -0.0015, 1.2345, -1.2345, 3.14159, 1e-9, -1e-9, 20.0005],
		),
	),
	*(
		Case(
			f"quantize_int16_int8_{scale}",
			single("QUANTIZE", [int16([1, 8], 0.0002)], [int8([1, 8], scale, zero)]),
			rows=[
				*values(numpy.int16, [-32768, 32767, 0, 1, -1, 128, -128, 640]),
				*(
					[row]
					for row in numpy.random.default_rng(29).integers(-32768, 32767, (24, 1, 8), numpy.int16, True)
				),
			],
		)
		for scale, zero in ((0.25, 5), (0.0003, -128), (0.0512, 0))
	),
	*(
		Case(
			f"quantize_int8_int8_{scale}",
			single("QUANTIZE", [unit(0.02, 4)], [unit(scale, zero)]),
			rows=every_int8(),
		)
		for scale, zero in ((0.07, 30), (0.013, -90), (0.02, -1))
	),
	Case("dequantize_int8", single("DEQUANTIZE", [unit(0.0371, -9)], [float32([1, 256])]), rows=every_int8()),
	Case(
		"dequantize_int16",
		single("DEQUANTIZE", [int16([1, 8], 0.000123)], [float32([1, 8])]),
		rows=values(numpy.int16, [-32768, 32767, 0, 1, -1, 3, -3, 1000], [7, -7, 99, -99, 12345, -12345, 2, -2]),
	),
	Case("relu_int8", single("RELU", [unit(0.02, 4)], [unit(0.013, -77)]), rows=every_int8()),
	Case("relu_int8_same", single("RELU", [unit(0.02, -4)], [unit(0.02, -4)]), rows=every_int8()),
	Case("relu_float", single("RELU", [float32([2, 4])], [float32([2, 4])])),
	Case(
		"reshape_attribute",
		single("RESHAPE", [int8([2, 3, 4], 0.1)], [int8([4, 6], 0.1)], reshape(4, 6)),
	),
	Case("reshape_tensor", single("RESHAPE", [float32([2, 3, 4]), constant([-1, 12])], [float32([2, 12])])),
]
