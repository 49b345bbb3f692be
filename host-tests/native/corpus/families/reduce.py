"""MEAN, SUM, REDUCE_MAX, REDUCE_MIN over all kinds of axes, ARG_MAX and ARG_MIN."""

from collections.abc import Sequence

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from graph import Tensor, constant, float32, int8, int16, options, single

# shape and axes
PLANS: dict[str, tuple[list[int], list[int]]] = {
	"last": ([3, 7], [1]),
	"first": ([5, 4], [0]),
	"negative": ([2, 3, 4], [-2]),
	"image": ([2, 5, 3, 4], [1, 2]),
	"swapped": ([2, 5, 3, 4], [2, 1]),
	"apart": ([2, 3, 4, 5], [0, 2]),
	"repeated": ([3, 4, 5], [2, 2, -1]),
	"all": ([2, 3, 4], [0, 1, 2]),
	"none": ([2, 1, 4], [1]),
	"six": ([2, 3, 2, 2, 3, 2], [1, 3, 5]),
	"six_others": ([2, 3, 2, 2, 3, 2], [0, 2, 4]),
	"batch": ([4, 1, 6], [2]),
}
BUILTINS = {"MEAN": tensorflow.reduce_mean, "SUM": tensorflow.reduce_sum}
NAN = numpy.nan
INFINITY = numpy.inf


def reduced(shape: Sequence[int], axes: Sequence[int], keep: bool) -> list[int]:
	axes = [axis % len(shape) for axis in axes]
	return [1 if i in axes else extent for i, extent in enumerate(shape) if keep or i not in axes]


def reduction(
	name: str,
	operator: str,
	plan: str,
	kind: type,
	scales: tuple[float, int, float, int] | None = None,
	keep: bool = False,
	without_tflm: str = "",
	**rest: object,
) -> Case:
	shape, axes = PLANS[plan]
	first, second = (scales[:2], scales[2:]) if scales else ((), ())
	return Case(
		f"{operator.lower()}_{numpy.dtype(kind).name}_{name}",
		single(
			operator,
			[Tensor(kind, shape, *first), constant(axes)],
			[Tensor(kind, reduced(shape, axes, keep), *second)],
			options("ReducerOptions", keepDims=keep),
		),
		without_tflm=without_tflm,
		**rest,
	)


def argument(
	name: str, operator: str, kind: type, shape: list[int], axis: int, result: type = numpy.int32, litert: str = "", **rest: object
) -> Case:
	fields = options("ArgMaxOptions" if operator == "ARG_MAX" else "ArgMinOptions", outputType=4 if result is numpy.int64 else 2)
	scale = () if kind is numpy.float32 else (0.1, 5 if kind is numpy.int8 else 0)
	return Case(
		f"{operator.lower()}_{name}",
		single(
			operator,
			[Tensor(kind, shape, *scale), constant(axis)],
			[Tensor(result, reduced(shape, [axis], False))],
			fields,
		),
		without_tflm=litert,
		**rest,
	)


INT8, UINT8, INT16, INT32, FLOAT32 = numpy.int8, numpy.uint8, numpy.int16, numpy.int32, numpy.float32
SPECIAL = [
	[numpy.array([[1, NAN, 3, -2, 0, 5, NAN]] * 3, FLOAT32)],
	[numpy.array([[-INFINITY] * 7, [INFINITY, 1, -INFINITY, 0, 0, 0, 0], [NAN] * 7], FLOAT32)],
	[numpy.array([[-0.0, 0.0, -0.0, 0, 0, -0.0, 0], [3e38, 3e38, -3e38, 1, 2, 3, 4], [1e-40, -1e-40, 0, 0, 0, 0, 0]], FLOAT32)],
]
ELEMENTS = "TensorFlow Lite Micro lacks the type"

cases = [
	*(
		reduction(plan + ("_kept" if keep else ""), operator, plan, kind, scales, keep)
		for kind, scales in [(FLOAT32, None), (INT8, (0.1, 3, 0.07, -9)), (INT16, (0.001, 0, 0.0007, 0))]
		for operator in ["MEAN", "SUM"]
		for keep, plan in enumerate(["last", "image", "apart", "six"] if operator == "SUM" else PLANS)
		for keep in [(keep + len(operator)) % 2 == 1]
	),
	reduction("image", "MEAN", "image", INT8, (0.1, 3, 0.07, -9)),
	reduction("image", "MEAN", "image", FLOAT32),
	*(
		reduction(name, operator, plan, INT8, scales)
		for operator in ["MEAN", "SUM"]
		for name, plan, scales in [
			("same", "image", (0.1, 3, 0.1, 3)),
			("zero_low", "last", (0.05, -128, 0.1, 127)),
			("zero_high", "apart", (0.05, 127, 0.02, -128)),
			("saturating", "image", (500.0, 12, 1e-6, -3)),
			("vanishing", "image", (1e-7, 12, 90.0, -3)),
			("tiny", "six", (1e-9, 0, 1.0, 100)),
		]
	),
	reduction("saturating", "MEAN", "last", INT16, (0.1, 0, 0.0002, 0)),
	reduction("shifted", "MEAN", "image", INT16, (0.1, 900, 0.2, -7000)),
	reduction("shifted", "SUM", "image", INT16, (0.1, 900, 0.2, -7000)),
	*(reduction("special", operator, "last", FLOAT32, rows=SPECIAL) for operator in ["MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"]),
	*(
		reduction(plan + ("_kept" if keep else ""), operator, plan, kind, scales, keep)
		for kind, scales in [(FLOAT32, None), (INT8, (0.1, 3, 0.1, 3))]
		for operator in ["REDUCE_MAX", "REDUCE_MIN"]
		for plan, keep in [("last", False), ("image", True), ("apart", False), ("six", True), ("all", False)]
	),
	*(
		reduction("apart", operator, "apart", kind, scales, without_tflm=ELEMENTS)
		for operator in ["REDUCE_MAX", "REDUCE_MIN"]
		for kind, scales in [(UINT8, (0.1, 128, 0.1, 128)), (INT16, (0.1, 0, 0.1, 0)), (INT32, None)]
	),
	Case(
		"converted_mean_int8",
		converted(lambda x: tensorflow.reduce_mean(x, [1, 2]), [spec(1, 6, 5, 3)], "int8"),
	),
	Case(
		"converted_sum_int16",
		converted(lambda x: tensorflow.reduce_sum(x, -1, keepdims=True), [spec(2, 6)], "int16x8"),
	),
	Case(
		"converted_max_int8",
		converted(lambda x: tensorflow.reduce_max(x, [1, 2], keepdims=True), [spec(1, 6, 5, 3)], "int8"),
	),
	*(
		argument(f"{numpy.dtype(kind).name}_{name}", operator, kind, shape, axis, rows=3)
		for operator in ["ARG_MAX", "ARG_MIN"]
		for kind in [FLOAT32, INT8]
		for name, shape, axis in [("vector", [11], 0), ("last", [4, 9], -1), ("middle", [2, 5, 3], 1), ("first", [6, 2, 2, 3], 0)]
	),
	*(
		argument("special", operator, FLOAT32, [3, 7], 1, rows=SPECIAL[1:2] + SPECIAL[2:])
		for operator in ["ARG_MAX", "ARG_MIN"]
	),
	*(
		argument("equal", operator, INT8, [2, 5], 1, rows=[[numpy.array([[3, 7, 7, -4, -4], [-128] * 5], INT8)]])
		for operator in ["ARG_MAX", "ARG_MIN"]
	),
	*(
		argument(f"{numpy.dtype(kind).name}_{numpy.dtype(result).name}", operator, kind, [2, 5, 3], 1, result, ELEMENTS)
		for operator in ["ARG_MAX", "ARG_MIN"]
		for kind, result in [(UINT8, INT32), (INT32, INT32), (INT8, numpy.int64), (FLOAT32, numpy.int64)]
	),
	Case("converted_argmax", converted(lambda x: tensorflow.argmax(x, -1, tensorflow.int32), [spec(3, 8)], "int8")),
]
