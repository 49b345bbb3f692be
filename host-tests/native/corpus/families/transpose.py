"""TRANSPOSE: every permutation of three axes, permutations that leave whole runs together, one to six axes."""

from itertools import permutations

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from graph import Tensor, constant, float32, int8, int16, int32, single

TYPE = "TensorFlow Lite Micro lacks the type"
FIVE = "TensorFlow Lite Micro takes at most five axes"


def transpose(name: str, shape: list[int], permutation: list[int], kind: Tensor, rows: int = 2, **rest: str) -> Case:
	result = [shape[axis] for axis in permutation]
	return Case(
		name,
		single(
			"TRANSPOSE",
			[Tensor(kind.dtype, shape, kind.scale, kind.zero_point), constant(permutation)],
			[Tensor(kind.dtype, result, kind.scale, kind.zero_point)],
		),
		rows,
		**rest,
	)


BYTE, HALF, WORD = int8([1], 0.1, -7), int16([1], 0.1), float32([1])

cases = [
	Case("converted", converted(lambda x: tensorflow.transpose(x, [0, 2, 1]), [spec(2, 3, 4)], "int8"), rows=2),
	*(
		transpose(f"int8_{''.join(map(str, order))}", [2, 3, 4], list(order), BYTE) for order in permutations(range(3))
	),
	transpose("int16_matrix", [3, 5], [1, 0], HALF),
	transpose("int16_channels_first", [1, 3, 2, 4], [0, 3, 1, 2], HALF),
	transpose("float_matrix", [3, 5], [1, 0], WORD),
	transpose("float_channels_last", [1, 3, 2, 4], [0, 2, 3, 1], WORD),
	# runs of 3 bytes, of 3 values of 2 bytes, of 20 bytes
	transpose("int8_runs", [2, 4, 3], [1, 0, 2], BYTE),
	transpose("int16_runs", [2, 4, 3], [1, 0, 2], HALF),
	transpose("float_runs", [2, 4, 5], [1, 0, 2], WORD),
	transpose("int8_long_runs", [2, 3, 4, 5], [1, 0, 2, 3], BYTE),
	# the same order of the values: nothing is moved
	transpose("units", [1, 3, 1, 2], [1, 0, 3, 2], BYTE),
	transpose("vector", [5], [0], WORD),
	transpose("five_axes", [2, 1, 3, 2, 2], [4, 2, 0, 3, 1], BYTE),
	transpose("six_axes", [2, 2, 1, 2, 2, 3], [5, 3, 1, 0, 2, 4], WORD, without_tflm=FIVE),
	transpose("int32", [2, 3, 2], [2, 0, 1], int32([1]), without_tflm=TYPE),
	transpose("int64", [2, 3], [1, 0], Tensor(numpy.int64, [1]), without_tflm=TYPE),
	transpose("bool", [2, 3], [1, 0], Tensor(numpy.bool_, [1]), without_tflm=TYPE),
	transpose("uint8", [2, 3, 2], [2, 1, 0], Tensor(numpy.uint8, [1], 0.1, 9), without_tflm=TYPE),
]
