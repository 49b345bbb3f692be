"""SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND, SPACE_TO_DEPTH, DEPTH_TO_SPACE: blocks, paddings and crops, batches."""

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from graph import Tensor, constant, float32, int8, int16, int32, options, single

TYPE = "TensorFlow Lite Micro lacks the type"
BYTE, ZERO, WORD = int8([1], 0.1, -7), int8([1], 0.1, 0), float32([1])


def like(kind: Tensor, shape: list[int]) -> Tensor:
	return Tensor(kind.dtype, shape, kind.scale, kind.zero_point)


def to_batch(name: str, shape: list[int], block: list[int], paddings: list[list[int]], kind: Tensor, **rest: str) -> Case:
	"""TensorFlow Lite Micro never sets the value that it pads with: padded cases are computed here."""
	spatial = [
		(extent + sum(padding)) // size for extent, size, padding in zip(shape[1:-1], block, paddings, strict=True)
	]
	result = [shape[0] * int(numpy.prod(block)), *spatial, shape[-1]]
	case = Case(
		name,
		single(
			"SPACE_TO_BATCH_ND",
			[like(kind, shape), constant(block), constant(paddings)],
			[like(kind, result)],
			options("SpaceToBatchNDOptions"),
		),
		rows=2,
		**rest,
	)
	if numpy.any(paddings):
		rows = numpy.random.default_rng(1).integers(-128, 127, [2, *shape], numpy.int8, endpoint=True).astype(kind.dtype)
		margins = [(0, 0), (0, 0), *paddings, (0, 0)]
		padded = numpy.pad(rows, margins, constant_values=kind.zero_point)
		shifts = [
			padded[(slice(None), slice(None), *(slice(at, None, size) for at, size in zip(shift, block, strict=True)))]
			for shift in numpy.ndindex(*block)
		]
		case.rows = [[row] for row in rows]
		case.expected = [[row] for row in numpy.concatenate(shifts, axis=1)]
	return case


def to_space(name: str, shape: list[int], block: list[int], crops: list[list[int]], kind: Tensor, **rest: str) -> Case:
	spatial = [extent * size - sum(crop) for extent, size, crop in zip(shape[1:-1], block, crops, strict=True)]
	result = [shape[0] // int(numpy.prod(block)), *spatial, shape[-1]]
	return Case(
		name,
		single(
			"BATCH_TO_SPACE_ND",
			[like(kind, shape), constant(block), constant(crops)],
			[like(kind, result)],
			options("BatchToSpaceNDOptions"),
		),
		rows=2,
		**rest,
	)


def depth(name: str, shape: list[int], block: int, kind: Tensor, **rest: str) -> Case:
	batch, height, width, channels = shape
	result = [batch, height // block, width // block, channels * block * block]
	return Case(
		name,
		single("SPACE_TO_DEPTH", [like(kind, shape)], [like(kind, result)], options("SpaceToDepthOptions", blockSize=block)),
		rows=2,
		**rest,
	)


def undepth(name: str, shape: list[int], block: int, kind: Tensor, **rest: str) -> Case:
	batch, height, width, channels = shape
	result = [batch, height * block, width * block, channels // (block * block)]
	return Case(
		name,
		single("DEPTH_TO_SPACE", [like(kind, shape)], [like(kind, result)], options("DepthToSpaceOptions", blockSize=block)),
		rows=2,
		**rest,
	)


NONE = [[0, 0], [0, 0]]

cases = [
	Case("converted_to_depth", converted(lambda x: tensorflow.nn.space_to_depth(x, 2), [spec(1, 4, 4, 2)], "int8"), rows=2),
	Case("converted_to_space", converted(lambda x: tensorflow.nn.depth_to_space(x, 2), [spec(1, 2, 2, 8)], "int8"), rows=2),
	to_batch("to_batch", [1, 4, 6, 2], [2, 2], NONE, BYTE),
	to_batch("to_batch_oblong", [2, 3, 4, 1], [3, 2], NONE, BYTE),
	to_batch("to_batch_padded", [1, 3, 4, 2], [2, 3], [[1, 0], [2, 3]], ZERO),
	to_batch("to_batch_padded_float", [2, 2, 2, 1], [2, 2], [[1, 3], [0, 2]], WORD),
	to_batch("to_batch_more_padding_than_image", [1, 1, 2, 1], [3, 2], [[4, 1], [3, 3]], ZERO),
	to_batch("to_batch_three_axes", [1, 5, 3], [2], [[1, 2]], WORD),
	to_batch("to_batch_one", [1, 2, 3, 2], [1, 1], NONE, BYTE),
	to_batch("to_batch_zero_point", [1, 3, 3, 2], [2, 2], [[1, 0], [0, 1]], BYTE),
	to_batch("to_batch_int32", [1, 2, 2, 1], [2, 2], NONE, int32([1]), without_tflm=TYPE),
	to_space("to_space", [4, 2, 3, 2], [2, 2], NONE, BYTE),
	to_space("to_space_oblong", [12, 1, 2, 1], [3, 2], NONE, BYTE),
	to_space("to_space_cropped", [6, 2, 3, 2], [2, 3], [[1, 0], [2, 3]], BYTE),
	to_space("to_space_cropped_float", [8, 3, 2, 1], [2, 2], [[1, 3], [0, 2]], WORD),
	to_space("to_space_three_axes", [2, 4, 3], [2], [[1, 2]], WORD),
	to_space("to_space_int32", [4, 1, 1, 2], [2, 2], NONE, int32([1]), without_tflm=TYPE),
	depth("to_depth", [1, 4, 6, 1], 2, BYTE),
	depth("to_depth_float", [2, 6, 3, 2], 3, WORD),
	depth("to_depth_one", [1, 2, 2, 3], 1, BYTE),
	depth("to_depth_square", [1, 2, 2, 3], 2, BYTE),
	depth("to_depth_int32", [1, 2, 4, 1], 2, int32([1]), without_tflm=TYPE),
	undepth("from_depth", [1, 2, 3, 4], 2, BYTE),
	undepth("from_depth_float", [2, 2, 1, 18], 3, WORD),
	undepth("from_depth_one", [1, 2, 2, 3], 1, BYTE),
	undepth("from_depth_int32", [1, 1, 2, 4], 2, int32([1]), without_tflm=TYPE),
]
