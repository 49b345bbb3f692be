"""PAD, PADV2, MIRROR_PAD: one to five axes, zero points at the ends, a value that is constant or computed."""

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from flat import schema
from graph import Tensor, constant, float32, int8, int16, int32, options, single

TYPE = "TensorFlow Lite Micro lacks the type"


def pad(
	name: str, shape: list[int], paddings: list[list[int]], kind: Tensor, value: float | str | None = None, **rest: str
) -> Case:
	"""value: a constant, "computed" for an input of the model, None for the default."""
	like = (kind.scale, kind.zero_point)
	operands = [Tensor(kind.dtype, shape, *like), constant(paddings)]
	if value == "computed":
		operands.append(Tensor(kind.dtype, [], *like))
	elif value is not None:
		data = numpy.array(value, kind.dtype)
		operands.append(Tensor(kind.dtype, [], *like, data=data))
	result = [before + extent + after for extent, (before, after) in zip(shape, paddings, strict=True)]
	code = "PAD" if value is None else "PADV2"
	return Case(name, single(code, operands, [Tensor(kind.dtype, result, *like)]), rows=3, **rest)


def mirror(name: str, shape: list[int], paddings: list[list[int]], mode: str, kind: Tensor, **rest: str) -> Case:
	result = [before + extent + after for extent, (before, after) in zip(shape, paddings, strict=True)]
	return Case(
		name,
		single(
			"MIRROR_PAD",
			[Tensor(kind.dtype, shape, kind.scale, kind.zero_point), constant(paddings)],
			[Tensor(kind.dtype, result, kind.scale, kind.zero_point)],
			options("MirrorPadOptions", mode=getattr(schema.MirrorPadMode, mode)),
		),
		rows=2,
		**rest,
	)


LOW, MIDDLE, HIGH, WORD = int8([1], 0.1, -128), int8([1], 0.1, 9), int8([1], 0.1, 127), float32([1])
IMAGE = [[0, 0], [1, 2], [2, 1], [0, 0]]

cases = [
	Case("converted", converted(lambda x: tensorflow.pad(x, IMAGE), [spec(1, 3, 3, 2)], "int8"), rows=2),
	Case("converted_int16", converted(lambda x: tensorflow.pad(x, [[0, 0], [3, 1]]), [spec(2, 3)], "int16x8"), rows=2),
	Case(
		"converted_value",
		converted(lambda x: tensorflow.pad(x, [[0, 0], [1, 1]], constant_values=0.5), [spec(1, 5)], "int8"),
		rows=2,
	),
	Case(
		"converted_mirror", converted(lambda x: tensorflow.pad(x, [[0, 0], [2, 2]], "REFLECT"), [spec(1, 5)], "int8"), rows=2
	),
	pad("zero_low", [2, 3], [[1, 0], [0, 2]], LOW),
	pad("zero_middle", [2, 3], [[0, 1], [2, 0]], MIDDLE),
	pad("zero_high", [1, 2, 2, 3], IMAGE, HIGH),
	pad("vector", [3], [[2, 1]], MIDDLE),
	pad("nothing", [2, 3], [[0, 0], [0, 0]], MIDDLE),
	pad("five_axes", [1, 2, 1, 2, 2], [[1, 0], [0, 1], [1, 1], [0, 0], [0, 1]], MIDDLE),
	pad("float", [2, 3], [[1, 1], [1, 1]], WORD),
	pad("float_image", [2, 2, 2, 1], IMAGE, WORD),
	pad("int16", [2, 3, 2], [[0, 1], [1, 0], [2, 2]], int16([1], 0.1)),
	pad("int32", [2, 2], [[1, 0], [0, 1]], int32([1])),
	pad("int64", [2, 2], [[1, 0], [0, 1]], Tensor(numpy.int64, [1]), without_tflm=TYPE),
	pad("bool", [2, 2], [[1, 0], [0, 1]], Tensor(numpy.bool_, [1]), without_tflm=TYPE),
	pad("uint8", [2, 2], [[1, 0], [0, 1]], Tensor(numpy.uint8, [1], 0.1, 200), without_tflm=TYPE),
	pad("value_int8", [2, 3], [[1, 0], [0, 2]], MIDDLE, -77),
	pad("value_float", [2, 3], [[1, 0], [0, 2]], WORD, 3.25),
	pad("value_int16", [2, 3], [[1, 0], [0, 2]], int16([1], 0.1), -30001),
	pad("value_int32", [3], [[4, 4]], int32([1]), 1234567),
	pad("computed_int8", [2, 3], [[1, 0], [0, 2]], MIDDLE, "computed"),
	pad("computed_float", [2, 3], [[1, 3], [2, 2]], WORD, "computed"),
	mirror("reflect", [5], [[4, 3]], "REFLECT", MIDDLE),
	mirror("symmetric", [5], [[5, 4]], "SYMMETRIC", MIDDLE),
	mirror("reflect_image", [1, 3, 4, 2], [[0, 0], [2, 1], [1, 3], [0, 0]], "REFLECT", MIDDLE),
	mirror("symmetric_image", [1, 3, 2, 2], [[0, 0], [0, 3], [2, 1], [0, 0]], "SYMMETRIC", WORD),
	mirror("reflect_all_axes", [2, 3, 2], [[1, 1], [2, 0], [0, 1]], "REFLECT", WORD),
	mirror("symmetric_all_axes", [2, 3, 2], [[2, 1], [0, 3], [1, 2]], "SYMMETRIC", MIDDLE),
]
