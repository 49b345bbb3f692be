"""CUMSUM: each axis, exclusive and reverse, zero points at the ends, sums that saturate."""

from case import Case
from graph import constant, float32, int8, options, single


def cumsum(
	name: str,
	shape: list[int],
	axis: int,
	input: tuple[float, int] | None = None,
	output: tuple[float, int] | None = None,
	**ways: bool,
) -> Case:
	ends = [int8(shape, *input), int8(shape, *(output or input))] if input else [float32(shape), float32(shape)]
	return Case(
		name,
		single("CUMSUM", [ends[0], constant(axis)], [ends[1]], options("CumsumOptions", **ways)),
	)


cases = [
	cumsum("vector", [7], 0),
	cumsum("first", [3, 4], 0),
	cumsum("last", [3, 4], -1),
	cumsum("middle", [2, 3, 2], 1),
	cumsum("exclusive", [2, 5], 1, exclusive=True),
	cumsum("reverse", [2, 3, 2], -2, reverse=True),
	cumsum("exclusive_reverse", [5, 2], 0, exclusive=True, reverse=True),
	cumsum("int8", [2, 6], 1, (0.1, 0), (0.4, 0)),
	cumsum("int8_same_scale", [6], 0, (0.1, 3)),
	cumsum("int8_zero_low", [2, 6], 1, (0.1, -128), (0.3, 127)),
	cumsum("int8_zero_high", [2, 6], 0, (0.1, 127), (0.2, -128), reverse=True),
	cumsum("int8_exclusive", [2, 6], 1, (0.1, 5), (0.2, -9), exclusive=True),
	cumsum("int8_both", [3, 2, 2], 0, (0.1, -5), (0.2, 9), exclusive=True, reverse=True),
	cumsum("int8_fine_output", [4], 0, (1.5, 2), (0.0003, 7)),
	cumsum("int8_wraps", [24], 0, (0.1, -100), (1.0, 0)),
]
