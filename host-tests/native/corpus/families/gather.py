"""GATHER and GATHER_ND: each axis, batch axes, constant and computed indices, a table that is a constant."""

import numpy
import tensorflow

from case import Case
from convert import converted, spec, weights
from graph import Tensor, constant, drawn, float32, int8, int16, int32, options, single

TYPE = "TensorFlow Lite Micro lacks the type"
BYTE, WORD = int8([1], 0.1, -7), float32([1])


def like(kind: Tensor, shape: list[int]) -> Tensor:
	return Tensor(kind.dtype, shape, kind.scale, kind.zero_point)


def gather(
	name: str,
	shape: list[int],
	indices: list[int] | numpy.ndarray,
	axis: int,
	kind: Tensor = BYTE,
	batch: int = 0,
	table: bool = False,
	**rest: str,
) -> Case:
	"""indices: their shape when they are computed, an array when they are constant."""
	is_constant = isinstance(indices, numpy.ndarray)
	form = list(indices.shape) if is_constant else indices
	place, batches = axis % len(shape), batch % len(form) if batch else 0
	result = shape[:place] + form[batches:] + shape[place + 1 :]
	source = drawn(kind.dtype, shape, -100, 100, 5, kind.scale, zero_point=kind.zero_point) if table else like(kind, shape)
	ranges = [] if table else [None]
	if not is_constant:
		ranges.append((0, shape[place] - 1))
	return Case(
		name,
		single(
			"GATHER",
			[source, constant(indices) if is_constant else int32(form)],
			[like(kind, result)],
			options("GatherOptions", axis=axis, batchDims=batch),
		),
		rows=3,
		ranges=ranges,
		**rest,
	)


def gather_nd(name: str, shape: list[int], indices: numpy.ndarray | list[int], kind: Tensor = BYTE, **rest: str) -> Case:
	is_constant = isinstance(indices, numpy.ndarray)
	form = list(indices.shape) if is_constant else indices
	result = form[:-1] + shape[form[-1] :]
	ranges = [None] if is_constant else [None, (0, min(shape[: form[-1]]) - 1)]
	return Case(
		name,
		single(
			"GATHER_ND",
			[like(kind, shape), constant(indices) if is_constant else int32(form)],
			[like(kind, result)],
			options("GatherNdOptions"),
		),
		rows=3,
		ranges=ranges,
		**rest,
	)


cases = [
	Case("converted", converted(lambda x: tensorflow.gather(x, [2, 0, 2], axis=1), [spec(2, 3, 2)], "int8"), rows=2),
	Case(
		"converted_embedding",
		converted(lambda i: tensorflow.gather(weights(1, 7, 3), i), [spec(4, dtype=tensorflow.int32)]),
		ranges=(0, 6),
	),
	gather("first", [4, 3], numpy.array([3, 0, 0]), 0),
	gather("last", [2, 4], numpy.array([3, 1]), -1),
	gather("middle", [2, 3, 2], numpy.array([[2, 0], [1, 1]]), 1),
	gather("one", [4, 3], numpy.array(2), 0),
	gather("computed", [4, 3], [5], 0),
	gather("computed_matrix", [2, 5], [2, 2], 1, WORD),
	gather("computed_scalar", [3, 2], [], 0, WORD),
	gather("batch", [2, 4, 3], [2, 3], 1, BYTE, 1),
	gather("batch_outer", [2, 2, 4], [2, 3], 2, WORD, 1),
	gather("two_batches", [2, 2, 4], [2, 2, 3], 2, BYTE, 2),
	gather("negative_batch", [2, 4, 3], [2, 3], 1, BYTE, -1),
	gather("table", [6, 4], [3], 0, BYTE, table=True),
	gather("float_table", [6, 3], [2, 2], 0, WORD, table=True),
	gather("int16", [4, 3], [2], 0, int16([1], 0.1), without_tflm=TYPE),
	gather("int32", [4, 3], [2], 0, int32([1]), without_tflm=TYPE),
	gather("int64", [4, 3], [2], 1, Tensor(numpy.int64, [1]), without_tflm=TYPE),
	gather("bool", [4, 3], [2], 1, Tensor(numpy.bool_, [1]), without_tflm=TYPE),
	gather("uint8", [4, 3], [2], 1, Tensor(numpy.uint8, [1], 0.1, 3), without_tflm=TYPE),
	gather_nd("nd_values", [2, 3], numpy.array([[1, 2], [0, 0], [1, 0]])),
	gather_nd("nd_rows", [3, 4], numpy.array([[2], [0]])),
	gather_nd("nd_computed", [3, 2, 2], [2, 2, 2], WORD),
	gather_nd("nd_one", [3, 2], numpy.array([1])),
	gather_nd("nd_int16", [3, 4], numpy.array([[2, 1], [0, 3]]), int16([1], 0.1), without_tflm=TYPE),
]
