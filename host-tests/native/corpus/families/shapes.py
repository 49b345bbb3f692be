"""RESHAPE, SQUEEZE, EXPAND_DIMS, SHAPE, BROADCAST_ARGS, FILL, BROADCAST_TO: another shape, a shape, a value everywhere."""

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from graph import Graph, Tensor, constant, float32, int8, int16, int32, model, options, single

LITERT_TYPE = "TensorFlow Lite Micro lacks the type"


def squeeze(name: str, shape: list[int], axes: list[int] | None, result: list[int], kind: Tensor = float32([1])) -> Case:
	return Case(
		name,
		single(
			"SQUEEZE",
			[Tensor(kind.dtype, shape, kind.scale, kind.zero_point)],
			[Tensor(kind.dtype, result, kind.scale, kind.zero_point)],
			options("SqueezeOptions", squeezeDims=axes),
		),
		rows=2,
	)


def expand(name: str, shape: list[int], axis: int, result: list[int], kind: Tensor = float32([1]), **rest: str) -> Case:
	return Case(
		name,
		single(
			"EXPAND_DIMS",
			[Tensor(kind.dtype, shape, kind.scale, kind.zero_point), constant(axis)],
			[Tensor(kind.dtype, result, kind.scale, kind.zero_point)],
			options("ExpandDimsOptions"),
		),
		rows=2,
		**rest,
	)


def fill(name: str, shape: list[int], kind: Tensor, dims: type = numpy.int32, **rest: str) -> Case:
	return Case(
		name,
		single(
			"FILL",
			[constant(shape, dims), Tensor(kind.dtype, [], kind.scale, kind.zero_point)],
			[Tensor(kind.dtype, shape, kind.scale, kind.zero_point)],
			options("FillOptions"),
		),
		rows=3,
		**rest,
	)


def broadcast(name: str, shape: list[int], result: list[int], kind: Tensor, dims: type = numpy.int32) -> Case:
	return Case(
		name,
		single(
			"BROADCAST_TO",
			[Tensor(kind.dtype, shape, kind.scale, kind.zero_point), constant(result, dims)],
			[Tensor(kind.dtype, result, kind.scale, kind.zero_point)],
			options("BroadcastToOptions"),
		),
		rows=2,
	)


def common(name: str, ranks: tuple[int, int], rows: list[list[list[int]]], kind: type = numpy.int32) -> Case:
	return Case(
		name,
		single("BROADCAST_ARGS", [Tensor(kind, [rank]) for rank in ranks], [Tensor(kind, [max(ranks)])]),
		rows=[[numpy.array(shape, kind) for shape in row] for row in rows],
	)


def shape_of(name: str, tensor: Tensor) -> Case:
	return Case(
		name,
		single("SHAPE", [tensor], [int32([len(tensor.shape)])], options("ShapeOptions", outType=2)),
		rows=1,
	)


def computed_shape() -> Graph:
	"""What the converter leaves of a flattened batch of unknown size: SHAPE, a computed shape, RESHAPE."""
	graph = Graph()
	x = graph.input(int8([2, 3, 2], 0.1, 5))
	(shape,) = graph.operator("SHAPE", [x], [int32([3])], options("ShapeOptions", outType=2))
	bounds = [graph.add(constant([at])) for at in (0, 1)]
	(batch,) = graph.operator(
		"STRIDED_SLICE",
		[shape, bounds[0], bounds[1], bounds[1]],
		[int32([])],
		options("StridedSliceOptions", shrinkAxisMask=1),
	)
	rest = graph.add(constant(6))
	(wanted,) = graph.operator("PACK", [batch, rest], [int32([2])], options("PackOptions", valuesCount=2, axis=0))
	graph.outputs = graph.operator("RESHAPE", [x, wanted], [int8([2, 6], 0.1, 5)], options("ReshapeOptions"))
	return graph


def output_between() -> Graph:
	"""What is an output of the model keeps its memory when it is reshaped once more."""
	graph = Graph()
	x = graph.input(int16([2, 3], 0.1))
	first = graph.operator("RESHAPE", [x, graph.add(constant([3, 2]))], [int16([3, 2], 0.1)])
	second = graph.operator("RESHAPE", [first[0], graph.add(constant([-1]))], [int16([6], 0.1)])
	graph.outputs = first + second
	return graph


cases = [
	Case("converted_reshape", converted(lambda x: tensorflow.reshape(x, [-1, 2, 3]), [spec(2, 6)], "int8"), rows=2),
	Case("converted_squeeze", converted(lambda x: tensorflow.squeeze(x, [1]), [spec(2, 1, 3)], "int16x8"), rows=2),
	Case("converted_expand_dims", converted(lambda x: tensorflow.expand_dims(x, -1), [spec(2, 3)], "int8"), rows=2),
	*(
		Case(
			f"reshape_{numpy.dtype(kind).name}",
			single("RESHAPE", [Tensor(kind, [2, 3, 2]), constant([4, -1])], [Tensor(kind, [4, 3])]),
			rows=2,
		)
		for kind in (numpy.int32, numpy.int64, numpy.bool_, numpy.uint8)
	),
	Case(
		"reshape_option",
		single("RESHAPE", [float32([2, 3])], [float32([3, 2])], options("ReshapeOptions", newShape=[3, 2])),
		rows=2,
	),
	Case(
		"reshape_six_axes",
		single("RESHAPE", [float32([4]), constant([1, 2, 1, 2, 1, 1])], [float32([1, 2, 1, 2, 1, 1])]),
		rows=2,
	),
	Case("reshape_computed", model(computed_shape()), rows=2),
	Case("reshape_of_an_output", model(output_between()), rows=2),
	squeeze("squeeze_all", [1, 3, 1, 2, 1], None, [3, 2]),
	squeeze("squeeze_some", [1, 3, 1, 2, 1], [0, -1], [3, 1, 2]),
	squeeze("squeeze_int8", [1, 4], [0], [4], int8([1], 0.1, -128)),
	squeeze("squeeze_to_scalar", [1, 1], None, []),
	expand("expand_first", [2, 3], 0, [1, 2, 3]),
	expand("expand_last", [2, 3], -1, [2, 3, 1], int16([1], 0.1)),
	expand("expand_middle", [2, 3], -2, [2, 1, 3], int8([1], 0.1, 127)),
	expand("expand_scalar", [], 0, [1]),
	shape_of("shape", float32([2, 1, 5])),
	shape_of("shape_int8", int8([1, 2, 3, 4, 5], 0.1)),
	fill("fill_float", [2, 3], float32([])),
	fill("fill_int8", [7], int8([], 0.1, 3)),
	fill("fill_int32", [2, 2, 3], int32([]), numpy.int64),
	fill("fill_int16", [3, 3], int16([], 0.1), without_tflm=LITERT_TYPE),
	fill("fill_int64", [5], Tensor(numpy.int64, []), without_tflm=LITERT_TYPE),
	fill("fill_bool", [4], Tensor(numpy.bool_, []), without_tflm=LITERT_TYPE),
	broadcast("broadcast_rows", [1, 3], [4, 3], int8([1], 0.1, 3)),
	broadcast("broadcast_columns", [3, 1], [3, 5], float32([1])),
	broadcast("broadcast_inside", [2, 1, 3], [2, 4, 3], int16([1], 0.1), numpy.int64),
	broadcast("broadcast_new_axes", [3], [2, 2, 2, 3], int32([1])),
	broadcast("broadcast_scalar", [], [3, 2], float32([1])),
	broadcast("broadcast_nothing", [2, 3], [2, 3], int8([1], 0.1, 3)),
	common("common_shape", (3, 3), [[[2, 1, 4], [2, 3, 1]], [[1, 1, 1], [5, 1, 7]]]),
	common("common_shape_longer", (2, 4), [[[3, 1], [5, 2, 1, 4]], [[1, 6], [1, 1, 9, 1]]]),
	common("common_shape_shorter", (4, 1), [[[5, 2, 1, 1], [4]], [[5, 2, 3, 6], [1]]]),
	common("common_shape_int64", (2, 3), [[[300000, 1], [2, 1, 3]], [[1, 1], [7, 8, 9]]], numpy.int64),
]
