"""MAXIMUM, MINIMUM, comparisons, logicals, SELECT_V2: all types, broadcasting, infinities and what is not a number."""

from collections.abc import Callable, Sequence

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from families.arithmetic import SHAPES, broadcast
from graph import Graph, Tensor, boolean, constant, drawn, float32, int8, int16, int32, model, single

EXTREMES = ("MAXIMUM", "MINIMUM")
RELATIONS = ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL")
LOGICALS = ("LOGICAL_AND", "LOGICAL_OR")

Maker = Callable[[Sequence[int]], Tensor]

# Every pair of these, for both orders.
SPECIAL = numpy.array([0.0, -0.0, 1.0, -1.0, numpy.inf, -numpy.inf, numpy.nan, 1e-45, 3.4e38], numpy.float32)
PAIRS = [[numpy.repeat(SPECIAL, len(SPECIAL)), numpy.tile(SPECIAL, len(SPECIAL))]]
TRUTHS = [[numpy.array([False, False, True, True]), numpy.array([False, True, False, True])]]


def int64(shape: Sequence[int]) -> Tensor:
	return Tensor(numpy.int64, shape)


def byte(shape: Sequence[int]) -> Tensor:
	return int8(shape, 0.1, 3)


def two(name: str, operator: str, a: Tensor, b: Tensor, output: Tensor, **rest: object) -> Case:
	return Case(f"{operator.lower()}_{name}", single(operator, [a, b], [output]), **rest)


def shaped(operator: str, name: str, shape: str, make: Maker, result: Maker | None = None, **rest: object) -> Case:
	a, b = SHAPES[shape]
	return two(f"{name}_{shape}", operator, make(a), make(b), (result or make)(broadcast(a, b)), **rest)


def close(operator: str, name: str, make: Maker, low: float, high: float, **rest: object) -> Case:
	"""Values so near to each other that many are equal."""
	result = make if operator in EXTREMES else boolean
	return two(name, operator, make([3, 8]), make([3, 8]), result([3, 8]), ranges=(low, high), **rest)


def relation_int8(operator: str, name: str, a: tuple[float, int], b: tuple[float, int]) -> Case:
	"""Each operand: scale and zero point; all 256 values of one with those of the other, shifted a little."""
	values = numpy.arange(-128, 128, dtype=numpy.int16)
	rows = [
		[values.astype(numpy.int8), numpy.clip(values + shift, -128, 127).astype(numpy.int8)]
		for shift in (0, -1, 2, b[1] - a[1])
	]
	return two(f"int8_{name}", operator, int8([256], *a), int8([256], *b), boolean([256]), rows=rows)


def steered() -> Case:
	"""Comparisons, combined and inverted; each takes the memory of an operand that has four bytes for its one."""
	graph = Graph()
	x, y = graph.input(float32([2, 5])), graph.input(float32([5]))
	(sum_,) = graph.operator("MAXIMUM", [y, x], [float32([2, 5])])
	(above,) = graph.operator("GREATER", [sum_, y], [boolean([2, 5])])
	(below,) = graph.operator("LESS_EQUAL", [x, y], [boolean([2, 5])])
	(either,) = graph.operator("LOGICAL_OR", [above, below], [boolean([2, 5])])
	(neither,) = graph.operator("LOGICAL_NOT", [above], [boolean([2, 5])])
	(same,) = graph.operator("EQUAL", [neither, below], [boolean([2, 5])])
	graph.outputs = [either, same]
	return Case("steered", model(graph), rows=6, ranges=(-1, 1))


def selected(name: str, make: Maker, condition: Sequence[int], a: Sequence[int], b: Sequence[int]) -> Case:
	shape = broadcast(broadcast(condition, a), b)
	return Case(f"select_v2_{name}", single("SELECT_V2", [boolean(condition), make(a), make(b)], [make(shape)]))


def network(x: tensorflow.Tensor, y: tensorflow.Tensor) -> tensorflow.Tensor:
	return tensorflow.minimum(tensorflow.maximum(x, y[:, :1]), tensorflow.constant([0.5, 0.25, -0.75]))


cases = [
	*(
		case
		for operator in EXTREMES
		for case in [
			*(shaped(operator, "int8", shape, byte, rows=3) for shape in SHAPES),
			shaped(operator, "float", "alternating", float32),
			shaped(operator, "int16", "last_left", lambda shape: int16(shape, 0.001)),
			close(operator, "int32", int32, -2, 2),
			close(operator, "int32_wide", int32, -(2**31), 2**31 - 1),
			close(operator, "int64", int64, -2, 2),
			close(operator, "int64_wide", int64, -(2**63), 2**63 - 1),
			shaped(operator, "int64", "outer", int64),
			two("float_special", operator, float32([81]), float32([81]), float32([81]), rows=PAIRS),
			two("int8_constant", operator, byte([3, 4]), drawn(numpy.int8, [4], -50, 50, 2, 0.1, zero_point=3), byte([3, 4])),
			two("float_constant", operator, constant(0.5, numpy.float32), float32([3, 4]), float32([3, 4])),
		]
	),
	*(
		case
		for operator in RELATIONS
		for case in [
			close(operator, "int32", int32, -2, 2),
			close(operator, "int32_wide", int32, -(2**31), 2**31 - 1),
			close(operator, "int64", int64, -2, 2),
			close(operator, "int64_wide", int64, -(2**63), 2**63 - 1),
			two("float_special", operator, float32([81]), float32([81]), boolean([81]), rows=PAIRS),
			two("float_constant", operator, float32([3, 4]), constant([0.5, -1, 2, 0], numpy.float32), boolean([3, 4])),
			relation_int8(operator, "same_scales", (0.1, 3), (0.1, 3)),
			relation_int8(operator, "unequal_scales", (0.1, -5), (0.07, 9)),
			relation_int8(operator, "zeros_apart", (0.99, -128), (0.6, 127)),
			relation_int8(operator, "coarse", (0.0021, 1), (0.004, -2)),
			relation_int8(operator, "vanishing", (1e-12, 1), (1e-4, -2)),
			shaped(operator, "float", "alternating", float32, boolean),
			shaped(operator, "int8", "middle", byte, boolean),
			shaped(operator, "int8", "scalar_left", byte, boolean),
			shaped(operator, "int64", "last", int64, boolean, ranges=(-2, 2)),
		]
	),
	*(shaped("GREATER", "int8", shape, byte, boolean, rows=3) for shape in SHAPES if shape not in ("middle", "scalar_left")),
	*(
		case
		for operator in (*LOGICALS, "EQUAL", "NOT_EQUAL")
		for case in [
			two("bool", operator, boolean([4]), boolean([4]), boolean([4]), rows=TRUTHS),
			shaped(operator, "bool", "rank5", boolean),
			shaped(operator, "bool", "scalar_right", boolean),
			two("bool_constant", operator, boolean([3, 2]), constant([True, False], numpy.bool_), boolean([3, 2])),
		]
	),
	Case("logical_not", single("LOGICAL_NOT", [boolean([2, 5])], [boolean([2, 5])])),
	steered(),
	selected("int8", byte, [2, 5], [2, 5], [2, 5]),
	selected("int16", lambda shape: int16(shape, 0.1), [2, 5], [2, 5], [2, 5]),
	selected("float", float32, [2, 5], [2, 5], [2, 5]),
	selected("scalars", float32, [2, 3, 2], [], []),
	selected("condition_last", float32, [4], [2, 3, 4], [2, 3, 4]),
	selected("condition_first", byte, [3, 1], [3, 4], [4]),
	selected("condition_scalar", byte, [], [3, 4], [3, 1]),
	selected("outer", float32, [2, 1, 1], [1, 3, 1], [1, 1, 4]),
	selected("rank5", byte, [2, 1, 2, 1, 3], [2, 2, 1], [2, 1, 1, 1, 1]),
	*(Case(f"converted_{mode}", converted(network, [spec(4, 3), spec(4, 3)], mode)) for mode in ("float32", "int8", "int16x8")),
]
