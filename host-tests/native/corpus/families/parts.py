"""CONCATENATION, PACK, SPLIT, SPLIT_V, UNPACK: a tensor and its parts along an axis."""

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from graph import Tensor, constant, drawn, float32, int8, int16, int32, options, single

TYPE = "TensorFlow Lite Micro lacks the type"
BYTE, HALF, WORD, WHOLE = int8([1], 0.1, -7), int16([1], 0.1), float32([1]), int32([1])
TRUTH, LONG, UNSIGNED = Tensor(numpy.bool_, [1]), Tensor(numpy.int64, [1]), Tensor(numpy.uint8, [1], 0.1, 9)


def like(kind: Tensor, shape: list[int]) -> Tensor:
	return Tensor(kind.dtype, shape, kind.scale, kind.zero_point)


def resized(shape: list[int], axis: int, extent: int) -> list[int]:
	result = list(shape)
	result[axis] = extent
	return result


def concatenation(name: str, shape: list[int], axis: int, extents: list[int], kind: Tensor, **rest: str) -> Case:
	return Case(
		name,
		single(
			"CONCATENATION",
			[like(kind, resized(shape, axis, extent)) for extent in extents],
			[like(kind, resized(shape, axis, sum(extents)))],
			options("ConcatenationOptions", axis=axis),
		),
		rows=3,
		**rest,
	)


def pack(name: str, shape: list[int], axis: int, count: int, kind: Tensor, **rest: str) -> Case:
	place = axis % (len(shape) + 1)
	return Case(
		name,
		single(
			"PACK",
			[like(kind, shape)] * count,
			[like(kind, shape[:place] + [count] + shape[place:])],
			options("PackOptions", valuesCount=count, axis=axis),
		),
		rows=2,
		**rest,
	)


def unpack(name: str, shape: list[int], axis: int, kind: Tensor, **rest: str) -> Case:
	place = axis % len(shape)
	return Case(
		name,
		single(
			"UNPACK",
			[like(kind, shape)],
			[like(kind, shape[:place] + shape[place + 1 :])] * shape[place],
			options("UnpackOptions", num=shape[place], axis=axis),
		),
		rows=2,
		**rest,
	)


def split(name: str, shape: list[int], axis: int, count: int, kind: Tensor, **rest: str) -> Case:
	return Case(
		name,
		single(
			"SPLIT",
			[constant(axis), like(kind, shape)],
			[like(kind, resized(shape, axis, shape[axis] // count))] * count,
			options("SplitOptions", numSplits=count),
		),
		rows=2,
		**rest,
	)


def split_v(
	name: str,
	shape: list[int],
	axis: int,
	extents: list[int],
	kind: Tensor,
	given: list[int] | None = None,
	**rest: str,
) -> Case:
	return Case(
		name,
		single(
			"SPLIT_V",
			[like(kind, shape), constant(given or extents), constant(axis)],
			[like(kind, resized(shape, axis, extent)) for extent in extents],
			options("SplitVOptions", numSplits=len(extents)),
		),
		rows=2,
		**rest,
	)


cases = [
	Case(
		"converted_concatenation",
		converted(lambda a, b: tensorflow.concat([a, b], -1), [spec(2, 3), spec(2, 2)], "int8", span=[(-1, 1), (-3, 3)]),
	),
	Case("converted_pack", converted(lambda a, b: tensorflow.stack([a, b], 1), [spec(2, 3), spec(2, 3)], "int8"), rows=2),
	Case("converted_split", converted(lambda x: tensorflow.split(x, 2, 1), [spec(2, 6)], "int8"), rows=2),
	Case("converted_split_v", converted(lambda x: tensorflow.split(x, [1, 3, 2], 1), [spec(2, 6)], "int16x8"), rows=2),
	Case("converted_unpack", converted(lambda x: tensorflow.unstack(x, axis=1), [spec(2, 3, 2)], "int8"), rows=2),
	concatenation("concatenation_first", [1, 3], 0, [1, 2, 4], BYTE),
	concatenation("concatenation_last", [4, 1], -1, [1, 2, 3], BYTE),
	concatenation("concatenation_middle", [2, 1, 3], 1, [2, 1], BYTE),
	concatenation("concatenation_one", [2, 3], 1, [3], BYTE),
	concatenation("concatenation_ten", [3, 1], 1, [1] * 10, BYTE),
	concatenation("concatenation_long", [2, 1], 1, [40, 23], BYTE),
	concatenation("concatenation_float", [2, 2, 1], 2, [1, 3], WORD),
	concatenation("concatenation_int16", [3, 1], 1, [2, 1, 3], HALF),
	concatenation("concatenation_int32", [3, 1], 1, [1, 2], WHOLE),
	concatenation("concatenation_int64", [2, 1], 1, [1, 2], LONG),
	concatenation("concatenation_bool", [2, 1], 1, [3, 2], TRUTH),
	concatenation("concatenation_uint8", [2, 1], 1, [3, 2], UNSIGNED, without_tflm=TYPE),
	concatenation("concatenation_six_axes", [1, 2, 1, 2, 1, 2], 2, [1, 2], BYTE),
	Case(
		"concatenation_constant",
		single(
			"CONCATENATION",
			[int8([2, 3], 0.1, 4), drawn(numpy.int8, [2, 2], -128, 127, 3, 0.1, zero_point=4)],
			[int8([2, 5], 0.1, 4)],
			options("ConcatenationOptions", axis=1),
		),
		rows=2,
	),
	pack("pack_scalars", [], 0, 4, WHOLE),
	pack("pack_first", [3], 0, 2, BYTE),
	pack("pack_last", [3], -1, 3, WORD),
	pack("pack_middle", [2, 3], 1, 2, HALF),
	pack("pack_one", [2, 3], -3, 1, BYTE),
	pack("pack_int64", [2], 1, 2, LONG),
	unpack("unpack_first", [3, 2], 0, BYTE),
	unpack("unpack_last", [3, 2], -1, HALF),
	unpack("unpack_middle", [2, 3, 2], 1, WORD),
	unpack("unpack_vector", [3], 0, WHOLE),
	unpack("unpack_bool", [2, 2], 1, TRUTH, without_tflm=TYPE),
	split("split_first", [4, 3], 0, 2, BYTE),
	split("split_last", [2, 6], -1, 3, WORD),
	split("split_middle", [2, 4, 3], 1, 4, HALF),
	split("split_one", [2, 3], 1, 1, WHOLE),
	split("split_uint8", [2, 4], 1, 2, UNSIGNED, without_tflm=TYPE),
	split_v("split_v_first", [6, 2], 0, [1, 2, 3], BYTE),
	split_v("split_v_last", [2, 6], -1, [4, 1, 1], WORD),
	split_v("split_v_rest", [2, 6, 2], 1, [3, 2, 1], HALF, [3, -1, 1]),
	split_v("split_v_int64", [5], 0, [3, 2], LONG, without_tflm=TYPE),
]
