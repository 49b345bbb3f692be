"""RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: larger and smaller, each way of placing the pixels, batches."""

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from graph import Tensor, constant, float32, int8, int16, options, single

BYTE, HALF, WORD = int8([1], 0.1, -7), int16([1], 0.1), float32([1])
BILINEAR, NEAREST = "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"
TYPE = "TensorFlow Lite Micro lacks the type"
PLACES = {"corners": {}, "aligned": {"alignCorners": True}, "centers": {"halfPixelCenters": True}}


def resize(
	name: str,
	code: str,
	shape: list[int],
	size: list[int],
	kind: Tensor,
	places: dict[str, bool],
	rows: int = 2,
	**rest: str,
) -> Case:
	table = "ResizeBilinearOptions" if code == BILINEAR else "ResizeNearestNeighborOptions"
	return Case(
		name,
		single(
			code,
			[Tensor(kind.dtype, shape, kind.scale, kind.zero_point), constant(size)],
			[Tensor(kind.dtype, [shape[0], *size, shape[3]], kind.scale, kind.zero_point)],
			options(table, **places),
		),
		rows,
		**rest,
	)


def both(name: str, shape: list[int], size: list[int], way: str) -> list[Case]:
	return [
		resize(f"bilinear_{name}_{way}", BILINEAR, shape, size, BYTE, PLACES[way], 3),
		resize(f"bilinear_float_{name}_{way}", BILINEAR, shape, size, WORD, PLACES[way]),
		resize(f"nearest_{name}_{way}", NEAREST, shape, size, BYTE, PLACES[way]),
	]


cases = [
	Case("converted_bilinear", converted(lambda x: tensorflow.image.resize(x, [5, 3]), [spec(1, 3, 2, 2)], "int8"), rows=3),
	Case(
		"converted_nearest",
		converted(lambda x: tensorflow.image.resize(x, [4, 6], "nearest"), [spec(1, 2, 3, 2)], "int8"),
		rows=2,
	),
	*(
		case
		for way in PLACES
		for case in (
			*both("double", [1, 2, 3, 2], [4, 6], way),
			*both("odd", [2, 3, 4, 1], [7, 5], way),
			*both("smaller", [1, 7, 6, 3], [3, 4], way),
			*both("one", [1, 3, 3, 1], [1, 1], way),
			*both("of_one", [1, 1, 1, 3], [2, 3], way),
		)
	),
	resize("nearest_aligned_centers", NEAREST, [1, 3, 4, 1], [5, 9], BYTE, PLACES["aligned"] | PLACES["centers"]),
	resize("nearest_int16", NEAREST, [1, 2, 3, 1], [3, 7], HALF, {}),
	resize("nearest_float", NEAREST, [1, 2, 3, 2], [5, 4], WORD, PLACES["centers"]),
	resize("nearest_uint8", NEAREST, [1, 2, 3, 2], [5, 4], Tensor(numpy.uint8, [1], 0.1, 3), {}, without_tflm=TYPE),
	resize("bilinear_same", BILINEAR, [1, 3, 3, 2], [3, 3], BYTE, {}),
	resize("bilinear_long", BILINEAR, [1, 1, 5, 1], [1, 93], BYTE, {}),
]
