"""ADD, SUB, MUL, DIV, SQUARED_DIFFERENCE, FLOOR_DIV, FLOOR_MOD, ADD_N: all types, broadcasting, fused activations, the
ends of the quantisation."""

from collections.abc import Sequence

import numpy
import tensorflow

from case import Case
from convert import converted, spec, weights
from graph import Graph, Tensor, constant, drawn, float32, int8, int16, int32, model, options, single

OPTIONS = {
	"ADD": "AddOptions",
	"SUB": "SubOptions",
	"MUL": "MulOptions",
	"DIV": "DivOptions",
	"SQUARED_DIFFERENCE": "SquaredDifferenceOptions",
	"FLOOR_DIV": "FloorDivOptions",
	"FLOOR_MOD": "FloorModOptions",
}
FUSING = ("ADD", "SUB", "MUL")
ACTIVATIONS = {"none": 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3}

# Shapes of both operands: what one row, one loop around rows, and all loops are made of.
SHAPES = {
	"scalar_right": ([2, 3], []),
	"scalar_left": ([], [2, 3]),
	"scalars": ([], []),
	"one_right": ([2, 3], [1]),
	"last": ([2, 3, 4], [4]),
	"last_left": ([4], [2, 3, 4]),
	"first": ([3, 4], [3, 1]),
	"middle": ([2, 3, 4], [2, 1, 4]),
	"outer": ([3, 1], [1, 4]),
	"alternating": ([2, 1, 3, 1], [1, 2, 1, 3]),
	"rank5": ([2, 1, 2, 1, 3], [2, 2, 1]),
	"rank6": ([2, 1, 2, 1, 2, 1], [1, 2, 1, 2, 1, 2]),
	"rank6_left": ([2, 2], [2, 1, 2, 2, 1, 2]),
}


def broadcast(a: Sequence[int], b: Sequence[int]) -> list[int]:
	return list(numpy.broadcast_shapes(tuple(a), tuple(b)))


def fused(operator: str, activation: str = "none", **fields: object) -> object:
	if operator in (*FUSING, "DIV"):
		fields["fusedActivationFunction"] = ACTIVATIONS[activation]
	return options(OPTIONS[operator], **fields)


def two(
	name: str, operator: str, a: Tensor, b: Tensor, output: Tensor, activation: str = "none", **rest: object
) -> Case:
	return Case(f"{operator.lower()}_{name}", single(operator, [a, b], [output], fused(operator, activation)), **rest)


def shapes(operator: str) -> list[Case]:
	return [
		two(f"int8_{name}", operator, int8(a, 0.1, -3), int8(b, 0.04, 11), int8(broadcast(a, b), 0.12, 5), rows=3)
		for name, (a, b) in SHAPES.items()
	] + [
		two(f"{kind}_{name}", operator, make(SHAPES[name][0]), make(SHAPES[name][1]), make(broadcast(*SHAPES[name])), rows=3)
		for kind, make in (
			("float", float32),
			("int16", lambda shape: int16(shape, 0.0004)),
			("int32", int32),
		)
		for name in ("scalar_left", "last", "alternating")
	]


def int8_case(
	name: str,
	operator: str,
	a: tuple[float, int],
	b: tuple[float, int],
	output: tuple[float, int],
	activation: str = "none",
) -> Case:
	"""Each operand: scale and zero point."""
	return two(
		f"int8_{name}", operator, int8([1, 13], *a), int8([1, 13], *b), int8([1, 13], *output), activation, rows=6
	)


def quantised(operator: str) -> list[Case]:
	return [
		int8_case("zeros_low", operator, (0.02, -128), (0.03, -128), (0.02, -128)),
		int8_case("zeros_high", operator, (0.02, 127), (0.03, 127), (0.04, 127)),
		int8_case("zeros_apart", operator, (0.02, -128), (0.03, 127), (0.04, 0)),
		int8_case("same_scales", operator, (0.05, 1), (0.05, 1), (0.05, 1)),
		int8_case("saturating", operator, (1.5, 4), (0.9, -4), (0.011, 0)),
		int8_case("vanishing", operator, (1e-6, 4), (1e-5, -4), (3.0, 17)),
		int8_case("unequal", operator, (1e-7, 4), (5.0, -4), (4.0, 2)),
		int8_case("tiny", operator, (2e-20, 4), (3e-20, -4), (1.3e-20 if operator != "MUL" else 7e-39 * 2, 2)),
		*(
			int8_case(name, operator, (0.03, 7), (0.05, -31), (0.04, -20), name)
			for name in ("relu", "relu6", "relu_n1_to_1")
		),
		two("int16", operator, int16([2, 9], 0.0004), int16([2, 9], 0.00007), int16([2, 9], 0.0005), rows=6),
		two("int16_relu6", operator, int16([2, 9], 0.0004), int16([2, 9], 0.0007), int16([2, 9], 0.0003), "relu6"),
		two("int16_saturating", operator, int16([2, 9], 0.4), int16([2, 9], 0.7), int16([2, 9], 0.0003)),
		two("int8_constant", operator, int8([2, 5], 0.1, 3), drawn(numpy.int8, [5], -128, 127, 3, 0.02), int8([2, 5], 0.1, -7)),
		two("int8_constant_left", operator, drawn(numpy.int8, [2, 1], -128, 127, 3, 0.2), int8([2, 5], 0.1, 3), int8([2, 5], 0.3, -7)),
	]


def unquantised(operator: str) -> list[Case]:
	wide = (-(2**31), 2**31 - 1)
	return [
		*(
			two(f"float_{name}", operator, float32([2, 7]), float32([2, 7]), float32([2, 7]), name)
			for name in ACTIVATIONS
		),
		two("float_greatest", operator, float32([9]), float32([9]), float32([9]), rows=6, ranges=(-3.4e38, 3.4e38)),
		two("float_constant", operator, float32([2, 5]), drawn(numpy.float32, [5], -1, 1, 4), float32([2, 5])),
		two("int32", operator, int32([2, 7]), int32([2, 7]), int32([2, 7]), ranges=(-1000, 1000)),
		two("int32_wide", operator, int32([2, 7]), int32([2, 7]), int32([2, 7]), ranges=wide),
		two("int32_constant", operator, int32([3, 2]), constant([7, -5]), int32([3, 2]), ranges=(-1000, 1000)),
		*(
			two(f"int32_{name}", operator, int32([2, 7]), int32([2, 7]), int32([2, 7]), name, ranges=(-5, 5))
			for name in ("relu", "relu6", "relu_n1_to_1")
		),
	]


def squared_differences() -> list[Case]:
	operator = "SQUARED_DIFFERENCE"
	return [
		int8_case("zeros_low", operator, (0.02, -128), (0.03, -128), (0.1, -128)),
		int8_case("zeros_apart", operator, (0.02, -128), (0.03, 127), (0.9, 127)),
		int8_case("same_scales", operator, (0.05, 1), (0.05, 1), (0.5, -100)),
		int8_case("saturating", operator, (1.5, 4), (0.9, -4), (0.011, 0)),
		int8_case("vanishing", operator, (1e-6, 4), (1e-5, -4), (3.0, 17)),
		int8_case("unequal", operator, (1e-7, 4), (5.0, -4), (4.0, 2)),
		two("int16", operator, int16([2, 9], 0.0004), int16([2, 9], 0.00007), int16([2, 9], 0.009), rows=6),
		two("int16_wide", operator, int16([2, 9], 0.0004), int16([2, 9], 0.0004), int16([2, 9], 0.02), rows=6),
		two("int8_middle", operator, int8([2, 3, 4], 0.1, -3), int8([2, 1, 4], 0.04, 11), int8([2, 3, 4], 2, -120)),
		two("float", operator, float32([2, 3, 4]), float32([3, 1]), float32([2, 3, 4])),
		two("int32", operator, int32([2, 7]), int32([7]), int32([2, 7]), ranges=(-1000, 1000)),
		two("int32_wide", operator, int32([9]), int32([9]), int32([9]), ranges=(-(2**31), 2**31 - 1)),
	]


def quotients() -> list[Case]:
	"""DIV. The rows of int8 and int32 divide by no zeros, which the reference does not define. In int8 it does not define
	either what falls below its 31 bits: with these scales nothing does.
	"""
	source = numpy.random.default_rng(5)
	values = numpy.tile(numpy.arange(-128, 128, dtype=numpy.int8), 2)

	def divisors(zero: int) -> numpy.ndarray:
		drawn = source.integers(-128, 128, len(values)).astype(numpy.int8)
		return numpy.where(drawn == zero, drawn - 1 if zero > 0 else drawn + 1, drawn).astype(numpy.int8)

	def division(
		name: str, a: tuple[float, int], b: tuple[float, int], output: tuple[float, int], activation: str = "none"
	) -> Case:
		size = [len(values)]
		tensors = int8(size, *a), int8(size, *b), int8(size, *output)
		return two(f"int8_{name}", "DIV", *tensors, activation, rows=[[values, divisors(b[1])] for _ in range(2)])

	signed = source.integers(-(2**31), 2**31, [3, 8], numpy.int64).astype(numpy.int32)
	small = numpy.array([1, -3, 7, -1000, 2, 5, -2, 65536], numpy.int32)
	return [
		division("fine", (0.1, 3), (0.1, -7), (0.005, 5)),
		division("zeros_low", (0.9, -128), (0.2, -128), (0.03, -128)),
		division("zeros_high", (0.9, 127), (0.2, 127), (0.03, 127)),
		division("relu6", (0.4, 3), (0.05, 9), (0.05, -100), "relu6"),
		division("relu_n1_to_1", (0.4, 3), (0.05, 9), (0.02, 10), "relu_n1_to_1"),
		division("steep", (100.0, 3), (0.05, 9), (0.2, 10)),
		two(
			"int8_last",
			"DIV",
			int8([2, 3, 4], 0.3, -3),
			drawn(numpy.int8, [4], 20, 127, 3, 0.04, zero_point=11),
			int8([2, 3, 4], 0.05, 5),
		),
		two("float", "DIV", float32([2, 3, 4]), float32([3, 1]), float32([2, 3, 4])),
		two("float_relu6", "DIV", float32([2, 3, 4]), float32([]), float32([2, 3, 4]), "relu6"),
		two("float_zero", "DIV", float32([5]), constant([0.0, -0.0, 1.0, 1e-40, numpy.inf], numpy.float32), float32([5])),
		two("int32", "DIV", int32([3, 8]), int32([8]), int32([3, 8]), rows=[[signed, small], [-signed, -small]]),
		two("int32_relu", "DIV", int32([3, 8]), int32([8]), int32([3, 8]), "relu", rows=[[signed, small]]),
	]


def floors() -> list[Case]:
	"""Divisors of FLOOR_DIV are not 0: the reference then fails."""
	special = numpy.array([1.0, -1.0, 0.5, -0.5, 2.5, 3e38, -1e-40, numpy.inf, -numpy.inf, numpy.nan], numpy.float32)
	pairs = [[numpy.repeat(special, len(special)), numpy.tile(special, len(special))]]
	return [
		case
		for operator in ("FLOOR_DIV", "FLOOR_MOD")
		for case in [
			two("float", operator, float32([2, 3, 4]), float32([3, 1]), float32([2, 3, 4]), ranges=[(-9, 9), (0.3, 4)]),
			two("float_left", operator, float32([]), float32([2, 3]), float32([2, 3]), ranges=[(-9, 9), (-3, -0.2)]),
			two("float_special", operator, float32([100]), float32([100]), float32([100]), rows=pairs),
		]
	]


def sums() -> list[Case]:
	def many(name: str, count: int, make: Tensor, output: Tensor) -> Case:
		return Case(f"add_n_{name}", single("ADD_N", [make] * count, [output], options("AddNOptions")))

	return [
		many("float", 4, float32([2, 5]), float32([2, 5])),
		many("int8", 3, int8([2, 5], 0.05, 3), int8([2, 5], 0.1, -9)),
		many("int8_two", 2, int8([2, 5], 0.05, 0), int8([2, 5], 0.05, 0)),
		many("int8_zeros_low", 3, int8([2, 5], 0.05, -128), int8([2, 5], 0.12, -128)),
		many("int8_zeros_high", 5, int8([2, 5], 0.05, 127), int8([2, 5], 0.2, 127)),
		many("int8_saturating", 3, int8([2, 5], 0.7, 4), int8([2, 5], 0.01, 4)),
	]


def twice(operator: str, make: Tensor, name: str) -> Case:
	"""Both operands are the same tensor."""
	graph = Graph()
	x = graph.input(make)
	graph.outputs = graph.operator(operator, [x, x], [make], fused(operator))
	return Case(f"{operator.lower()}_{name}_twice", model(graph))


def chain() -> Case:
	"""Results that take the memory of either operand, of the greater one alone, and of neither as it is read again."""
	graph = Graph()
	x, y = graph.input(int8([2, 6], 0.1, 3)), graph.input(int8([6], 0.05, -9))
	(a,) = graph.operator("ADD", [x, y], [int8([2, 6], 0.12, 1)], fused("ADD"))
	(b,) = graph.operator("MUL", [y, a], [int8([2, 6], 0.2, -2)], fused("MUL"))
	(c,) = graph.operator("SUB", [b, a], [int8([2, 6], 0.2, 4)], fused("SUB"))
	(d,) = graph.operator("ADD", [c, c], [int8([2, 6], 0.4, 4)], fused("ADD"))
	(e,) = graph.operator("SUB", [y, d], [int8([2, 6], 0.3, 0)], fused("SUB"))
	graph.outputs = [b, e]
	return Case("chain", model(graph), rows=6)


def network(x: tensorflow.Tensor, y: tensorflow.Tensor) -> tensorflow.Tensor:
	return (x * weights(1, 6) + y - weights(2, 3, 1)) * (x - y)


cases = [
	*(case for operator in FUSING for case in [*shapes(operator), *quantised(operator), *unquantised(operator)]),
	*(twice(operator, int8([2, 6], 0.1, 3), "int8") for operator in FUSING),
	*(twice(operator, float32([2, 6]), "float") for operator in FUSING),
	Case(
		"add_int16_power_of_two",
		single(
			"ADD",
			[int16([2, 9], 2**-12), int16([2, 9], 2**-14)],
			[int16([2, 9], 2**-12)],
			fused("ADD", potScaleInt16=True),
		),
	),
	Case(
		"add_int16_general",
		single(
			"ADD",
			[int16([2, 9], 2**-12), int16([2, 9], 2**-14)],
			[int16([2, 9], 2**-12)],
			fused("ADD", potScaleInt16=False),
		),
	),
	two("int16_zero_points", "ADD", int16([2, 9], 0.0004, 900), int16([2, 9], 0.0007, -32768), int16([2, 9], 0.001, 31)),
	chain(),
	*squared_differences(),
	*quotients(),
	*floors(),
	*sums(),
	*(
		Case(f"converted_{mode}", converted(network, [spec(3, 6), spec(3, 6)], mode))
		for mode in ("float32", "int8", "int16x8")
	),
]
