"""Functions of one value: ABS, NEG, SQUARE, SQRT, RSQRT, EXP, LOG, SIN, COS, FLOOR, CEIL, ROUND, ZEROS_LIKE."""

from collections.abc import Sequence

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from graph import Tensor, float32, int8, int16, single

FLOATS = ("ABS", "NEG", "SQUARE", "SQRT", "RSQRT", "EXP", "LOG", "SIN", "COS", "FLOOR", "CEIL", "ROUND")

# Ends, halves between whole numbers, the neighbours of halves, and what is not a number.
SPECIAL = numpy.array(
	[
		*(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.49999997, 3.5, 8388607.5, 16777216.0, -8388609.0),
		*(1e-45, 1.2e-38, 3.4e38, -3.4e38, numpy.inf, -numpy.inf, numpy.nan, 88.7, 88.8, -103.9, -104.1),
	],
	numpy.float32,
)


def one(name: str, operator: str, a: Tensor, output: Tensor, **rest: object) -> Case:
	return Case(f"{operator.lower()}_{name}", single(operator, [a], [output]), **rest)


def every_int8(
	operator: str, name: str, a: tuple[float, int], output: tuple[float, int], least: int = -128, repeat: int = 1
) -> Case:
	"""All values from `least` on; scale and zero point of the input and of the output."""
	values = numpy.tile(numpy.arange(least, 128, dtype=numpy.int8), repeat)
	size = [len(values)]
	return one(f"int8_{name}", operator, int8(size, *a), int8(size, *output), rows=[[values]])


def some_int16(
	operator: str, name: str, a: float, output: float, least: int = -32768, more: Sequence[int] = ()
) -> Case:
	spread = range(max(least, -32000), 32768, 977)
	values = [[numpy.array([least, 32767, *range(max(least, -9), 10), *spread, *more], numpy.int16)]]
	size = [len(values[0][0])]
	return one(f"int16_{name}", operator, int16(size, a), int16(size, output), rows=values)


def network(x: tensorflow.Tensor) -> tensorflow.Tensor:
	x = tensorflow.math.rsqrt(tensorflow.square(x) + 0.5) - tensorflow.abs(tensorflow.sin(x))
	return tensorflow.round(4 * tensorflow.cos(x)) + tensorflow.exp(-x) + tensorflow.math.log(x * x + 0.1)


cases = [
	*(
		case
		for operator in FLOATS
		for case in [
			one(
				"float",
				operator,
				float32([2, 3, 4]),
				float32([2, 3, 4]),
				ranges=(1e-3, 40) if operator in ("SQRT", "RSQRT", "LOG") else (-20, 20),
			),
			one("float_special", operator, float32([len(SPECIAL)]), float32([len(SPECIAL)]), rows=[[SPECIAL]]),
		]
	),
	every_int8("ABS", "same_scale", (0.1, 3), (0.1, -128)),
	every_int8("ABS", "same_scale_saturating", (0.1, -100), (0.1, 5)),
	every_int8("ABS", "rescaled", (0.1, 3), (0.037, -128)),
	every_int8("ABS", "zeros_low", (0.1, -128), (0.2, -128)),
	every_int8("ABS", "zeros_high", (0.1, 127), (0.2, 127)),
	every_int8("ABS", "saturating", (30.0, 7), (0.0004, -50)),
	every_int8("ABS", "vanishing", (1e-9, 7), (4.0, -50)),
	every_int8("ABS", "table", (0.1, 3), (0.037, -128), repeat=2),
	some_int16("ABS", "same_scale", 0.001, 0.001),
	some_int16("ABS", "rescaled", 0.001, 0.0007),
	# where a quotient of scales in single precision would round other than in double precision
	some_int16("ABS", "precise", 0.00015481, 0.00053155967, more=(16108, 16496, 16884, 31731, 32119, 32507)),
	some_int16("RSQRT", "precise", 0.0034887963, 0.00018928543, 1, more=range(20380, 20392)),
	one("int16_unquantised", "ABS", Tensor(numpy.int16, [9]), Tensor(numpy.int16, [9]), rows=6),
	every_int8("RSQRT", "low", (0.1, -128), (0.02, -128), -128),
	every_int8("RSQRT", "middle", (0.05, 0), (0.03, -7), 0),
	every_int8("RSQRT", "high", (0.05, 126), (0.03, -7), 126),
	every_int8("RSQRT", "saturating", (1e-4, -128), (0.03, 9), -128),
	every_int8("RSQRT", "vanishing", (1e4, -128), (5.0, 9), -128),
	every_int8("RSQRT", "table", (0.1, -128), (0.02, -128), -128, repeat=2),
	some_int16("RSQRT", "coarse", 0.001, 0.0007, 1),
	some_int16("RSQRT", "fine", 0.0001, 0.01, 0),
	one("int8", "ZEROS_LIKE", int8([2, 5], 0.1, 3), int8([2, 5], 0.1, 3)),
	one("float", "ZEROS_LIKE", float32([2, 5]), float32([2, 5])),
	one("int64", "ZEROS_LIKE", Tensor(numpy.int64, [3]), Tensor(numpy.int64, [3])),
	Case("converted_float32", converted(network, [spec(3, 5)], "float32"), ranges=(-2, 2)),
]
