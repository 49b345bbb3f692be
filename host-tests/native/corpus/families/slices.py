"""SLICE and STRIDED_SLICE: each mask, negative begins, ends and strides, ends past the axis, one to six axes."""

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from graph import Tensor, constant, float32, int8, int16, int32, options, single

FIVE = "TensorFlow Lite Micro takes at most four axes"
SIX = "TensorFlow Lite Micro takes at most five axes"
TYPE = "TensorFlow Lite Micro lacks the type"
MASK = "TensorFlow Lite Micro lacks the mask"
BYTE, HALF, WORD = int8([1], 0.1, -7), int16([1], 0.1), float32([1])


def like(kind: Tensor, shape: list[int]) -> Tensor:
	return Tensor(kind.dtype, shape, kind.scale, kind.zero_point)


def slice_case(
	name: str, shape: list[int], begin: list[int], size: list[int], kind: Tensor, index: type = numpy.int32, **rest: str
) -> Case:
	result = [extent - start if count == -1 else count for extent, start, count in zip(shape, begin, size, strict=True)]
	return Case(
		name,
		single("SLICE", [like(kind, shape), constant(begin, index), constant(size, index)], [like(kind, result)]),
		rows=2,
		**rest,
	)


def strided(
	name: str,
	shape: list[int],
	first: list[int],
	last: list[int],
	strides: list[int],
	kind: Tensor = BYTE,
	without_tflm: str = "",
	**masks: int,
) -> Case:
	"""masks: begin, end, ellipsis, new, shrink: one bit for each entry."""
	entries = []
	for i, (begin, end, step) in enumerate(zip(first, last, strides, strict=True)):
		bits = {mask for mask in ("ellipsis", "new", "shrink") if masks.get(mask, 0) >> i & 1}
		if "ellipsis" in bits:
			entries.append(Ellipsis)
		elif "new" in bits:
			entries.append(None)
		elif "shrink" in bits:
			entries.append(begin)
		else:
			entries.append(
				slice(None if masks.get("begin", 0) >> i & 1 else begin, None if masks.get("end", 0) >> i & 1 else end, step)
			)
	result = list(numpy.zeros(shape)[tuple(entries)].shape)
	return Case(
		name,
		single(
			"STRIDED_SLICE",
			[like(kind, shape), constant(first), constant(last), constant(strides)],
			[like(kind, result)],
			options(
				"StridedSliceOptions",
				beginMask=masks.get("begin", 0),
				endMask=masks.get("end", 0),
				ellipsisMask=masks.get("ellipsis", 0),
				newAxisMask=masks.get("new", 0),
				shrinkAxisMask=masks.get("shrink", 0),
			),
		),
		rows=2,
		without_tflm=without_tflm,
	)


def wide_stride() -> Case:
	"""Strides that reach far past the axes, of which TensorFlow Lite Micro's indices overflow."""
	case = strided("strided_wide_stride", [2, 3], [1, 0], [2, 3], [2147483647, -2147483648], begin=2, end=2)
	rows = numpy.random.default_rng(1).integers(-128, 127, [3, 2, 3], numpy.int8, endpoint=True)
	case.rows = [[row] for row in rows]
	case.expected = [[row[1:, 2:]] for row in rows]
	return case


def relative() -> Case:
	"""The end counts from the begin."""
	return Case(
		"strided_relative",
		single(
			"STRIDED_SLICE",
			[float32([9]), constant([4]), constant([3]), constant([1])],
			[float32([3])],
			options("StridedSliceOptions", offset=True),
		),
		rows=2,
		without_tflm="TensorFlow Lite Micro ignores that the end is relative",
	)


cases = [
	Case("converted_slice", converted(lambda x: tensorflow.slice(x, [0, 1], [2, 2]), [spec(2, 4)], "int8"), rows=2),
	Case("converted_strided", converted(lambda x: x[:, ::-2, 1], [spec(2, 5, 3)], "int8"), rows=2),
	Case("converted_ellipsis", converted(lambda x: x[..., tensorflow.newaxis, 1:], [spec(2, 2, 3)], "float32"), rows=2),
	slice_case("slice_vector", [7], [2], [3], BYTE),
	slice_case("slice_rest", [3, 4], [1, 2], [-1, -1], HALF),
	slice_case("slice_whole", [3, 4], [0, 0], [3, 4], BYTE),
	slice_case("slice_head", [4, 3], [0, 0], [2, 3], BYTE),
	slice_case("slice_image", [1, 4, 5, 3], [0, 1, 2, 0], [1, 2, 2, 3], BYTE),
	slice_case("slice_channel", [1, 2, 3, 4], [0, 0, 0, 2], [1, 2, 3, 1], WORD),
	slice_case("slice_five_axes", [2, 2, 2, 2, 3], [1, 0, 1, 0, 1], [1, 2, 1, 2, 2], BYTE),
	slice_case("slice_int64_indices", [3, 4], [1, 0], [2, -1], BYTE, numpy.int64),
	slice_case("slice_int32", [5], [1], [3], int32([1])),
	slice_case("slice_bool", [2, 3], [0, 1], [2, 2], Tensor(numpy.bool_, [1])),
	slice_case("slice_int64", [2, 3], [0, 1], [2, 2], Tensor(numpy.int64, [1]), without_tflm=TYPE),
	slice_case("slice_uint8", [2, 3], [0, 1], [2, 2], Tensor(numpy.uint8, [1], 0.1, 3), without_tflm=TYPE),
	strided("strided_vector", [9], [1], [8], [3]),
	strided("strided_backwards", [9], [7], [0], [-2]),
	strided("strided_reverse", [2, 5], [0, 0], [0, 0], [1, -1], begin=3, end=3),
	strided("strided_reverse_rows", [3, 4], [0, 0], [0, 0], [-1, 1], HALF, begin=3, end=3),
	strided("strided_begin_mask", [4, 5], [2, 2], [3, 4], [1, 1], begin=1),
	strided("strided_end_mask", [4, 5], [2, 2], [3, 4], [1, 1], end=2),
	strided("strided_shrink_first", [4, 5], [2, 1], [3, 4], [1, 1], shrink=1),
	strided("strided_shrink_negative", [4, 5], [-1, -4], [0, -1], [1, 2], shrink=1),
	strided("strided_shrink_all", [4, 5], [1, 3], [2, 4], [1, 1], shrink=3),
	strided("strided_negative", [10], [-8], [-1], [2]),
	strided("strided_past_the_ends", [5], [-100], [100], [1]),
	strided("strided_past_the_ends_backwards", [5], [100], [-100], [-3]),
	strided("strided_whole", [2, 3], [0, 0], [2, 3], [1, 1]),
	wide_stride(),
	strided("strided_image", [1, 4, 4, 3], [0, 0, 1, 0], [1, 4, 4, 3], [1, 2, 2, 1]),
	strided("strided_float", [3, 4, 2], [0, 3, 0], [3, 0, 2], [2, -1, 1], WORD),
	strided("strided_int16", [3, 5], [0, 1], [3, 5], [1, 2], HALF),
	strided("strided_int32", [4], [1], [3], [1], int32([1])),
	strided("strided_bool", [2, 4], [0, 0], [2, 4], [1, 3], Tensor(numpy.bool_, [1])),
	strided("strided_int64", [2, 4], [0, 0], [2, 4], [1, 3], Tensor(numpy.int64, [1]), TYPE),
	strided("strided_five_axes", [2, 2, 2, 2, 3], [0, 1, 0, 0, 0], [2, 2, 2, 1, 3], [1, 1, 1, 1, 2], BYTE, FIVE),
	strided("strided_ellipsis", [2, 3, 4], [1, 0, 1], [2, 0, 3], [1, 1, 1], BYTE, MASK, ellipsis=2),
	strided("strided_ellipsis_first", [2, 3, 4], [0, 1], [0, 3], [1, 1], BYTE, MASK, ellipsis=1),
	strided("strided_new_axis", [3, 4], [0, 0, 1], [3, 0, 3], [1, 1, 1], BYTE, MASK, new=2),
	strided("strided_new_axes", [3, 4], [0, 0, 0, 2], [0, 0, 0, 3], [1, 1, 1, 1], BYTE, MASK, new=5, ellipsis=2, shrink=8),
	strided("strided_few_entries", [3, 2, 2], [1], [3], [1], BYTE, MASK),
	relative(),
]
