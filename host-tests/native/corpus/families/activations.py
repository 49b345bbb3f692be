"""RELU, RELU6, LEAKY_RELU, ELU, HARD_SWISH, TANH, LOGISTIC: each value of 8 bits, a spread over 16, float32 to its ends."""

from typing import Any

import numpy
import tensorflow

from case import Case
from convert import converted, spec
from graph import float32, int8, int16, options, single

BYTES = numpy.arange(-128, 128)
WORDS = numpy.concatenate([numpy.linspace(-32768, 32767, 341).astype(int), numpy.arange(-40, 41)])
REALS = numpy.array(
	[0, -0.0, 1e-40, -1e-40, 1e-6, -1e-6, 0.1, -0.1, 1, -1, 2.9999998, -3, 3, 6, 6.0000005, -8.99, -9.01, 16.6, 16.7, -87]
	+ [88, -104, 3e38, -3e38, numpy.inf, -numpy.inf, numpy.nan],
	numpy.float32,
)

# input scale and zero point, output scale and zero point
SCALES = {
	"narrowing": (0.1, 3, 0.023, -5),
	"widening": (0.004, -128, 0.3, 127),
	"same": (0.05, -20, 0.05, -20),
	"saturating": (40.0, 127, 0.0001, -128),
	"vanishing": (1e-7, 0, 3.0, 4),
}
SYMMETRIC = {"narrowing": (0.0009, 0.0002), "widening": (0.00003, 0.001), "same": (0.0007, 0.0007), "saturating": (2.0, 1e-5)}


def byte_case(name: str, operator: str, scales: tuple[float, int, float, int], fields: Any = None, copies: int = 1) -> Case:
	"""All values of int8; twice, there are enough of them for a table."""
	values = numpy.tile(BYTES, copies).astype(numpy.int8).reshape(copies, 1, 256)
	shape = values.shape
	return Case(
		name,
		single(operator, [int8(shape, scales[0], scales[1])], [int8(shape, scales[2], scales[3])], fields),
		rows=[[values]],
	)


def word_case(name: str, operator: str, input_scale: float, output_scale: float, fields: Any = None) -> Case:
	shape = [2, len(WORDS) // 2]
	return Case(
		name,
		single(operator, [int16(shape, input_scale)], [int16(shape, output_scale)], fields),
		rows=[[WORDS.astype(numpy.int16).reshape(shape)]],
	)


def real_case(operator: str, fields: Any = None, name: str = "") -> Case:
	shape = [3, 1, 9]
	drawn = numpy.random.default_rng(3).uniform(-7, 7, shape).astype(numpy.float32)
	return Case(
		f"{name or operator.lower()}_float",
		single(operator, [float32(shape)], [float32(shape)], fields),
		rows=[[REALS.reshape(shape)], [drawn]],
	)


def leaky(alpha: float) -> Any:
	return options("LeakyReluOptions", alpha=alpha)


def keras(name: str, function: Any, mode: str, span: tuple[float, float] = (-4, 4)) -> Case:
	return Case(name, converted(function, [spec(2, 5, 30)], mode, span=span), rows=3)


cases = [
	*(byte_case(f"relu_{name}", "RELU", scales) for name, scales in SCALES.items()),
	byte_case("relu_table", "RELU", SCALES["narrowing"], copies=2),
	*(word_case(f"relu_int16_{name}", "RELU", *scales) for name, scales in SYMMETRIC.items()),
	# the quotient of the scales, rounded to single precision, would give other values
	word_case("relu_int16_rounding", "RELU", 0.008730008266866207, 0.01995430514216423),
	*(byte_case(f"relu6_{name}", "RELU6", (*SCALES[name][:2], *SCALES[name][:2])) for name in SCALES),
	byte_case("relu6_other_output", "RELU6", SCALES["narrowing"]),
	word_case("relu6_int16", "RELU6", 0.0009, 0.0009),
	*(
		byte_case(f"leaky_relu_{name}", "LEAKY_RELU", scales, leaky(alpha))
		for (name, scales), alpha in zip(SCALES.items(), [0.1, 0.3, 0.01, 1.5, 0.2])
	),
	byte_case("leaky_relu_table", "LEAKY_RELU", SCALES["narrowing"], leaky(0.2), copies=2),
	byte_case("leaky_relu_zero", "LEAKY_RELU", SCALES["narrowing"], leaky(0)),
	*(word_case(f"leaky_relu_int16_{name}", "LEAKY_RELU", *scales, leaky(0.15)) for name, scales in SYMMETRIC.items()),
	*(byte_case(f"elu_{name}", "ELU", scales) for name, scales in SCALES.items() if name != "saturating"),
	byte_case("elu_one", "ELU", (0.03, 60, 0.01, -28), copies=2),
	*(byte_case(f"hard_swish_{name}", "HARD_SWISH", scales, options("HardSwishOptions")) for name, scales in {
		"typical": (0.06, 5, 0.05, -120),
		"wide": (0.9, -128, 0.9, -128),
		"wider": (30.0, 0, 25.0, 1),
		"small": (0.0004, 127, 0.0008, 127),
		"tiny": (1e-9, 10, 0.7, -9),
		"same": (0.031, -7, 0.031, -7),
		"finest_output": (0.128, 0, 0.00101, 0),
		"rounding": (0.00019224072457291186, -128, 0.00018576109141577035, -43),
	}.items()),
	byte_case("hard_swish_table", "HARD_SWISH", (0.06, 5, 0.05, -120), options("HardSwishOptions"), copies=2),
	*(byte_case(f"tanh_{name}", "TANH", (scale, zero, 1 / 128, 0), copies=copies) for name, scale, zero, copies in [
		("typical", 0.03, 4, 1),
		("low", 0.05, -128, 1),
		("high", 0.02, 127, 1),
		("steep", 3.0, 1, 1),
		("sixteen", 16.0, 0, 1),
		("flat", 1e-5, 0, 1),
		("table", 0.03, 4, 2),
	]),
	*(word_case(f"tanh_int16_{name}", "TANH", scale, 1 / 32768) for name, scale in [
		("power", 2.0**-12),
		("double", 2.0**-11),
		("near_power", 2.0**-12 * 1.0005),
		("typical", 0.0003),
		("steep", 0.02),
		("flat", 1e-6),
	]),
	*(word_case(f"logistic_int16_{name}", "LOGISTIC", scale, 1 / 32768) for name, scale in [
		("power", 2.0**-12),
		("double", 2.0**-11),
		("typical", 0.0003),
		("steep", 0.02),
		("flat", 1e-9),
	]),
	*(real_case(operator) for operator in ["RELU", "RELU6", "ELU", "TANH", "LOGISTIC"]),
	real_case("HARD_SWISH", options("HardSwishOptions")),
	real_case("LEAKY_RELU", leaky(0.3)),
	real_case("LEAKY_RELU", leaky(-2), "leaky_relu_negative"),
	keras("converted_leaky_relu", lambda x: tensorflow.nn.leaky_relu(x, 0.1), "int8"),
	keras("converted_elu", tensorflow.nn.elu, "int8"),
	keras("converted_tanh", tensorflow.nn.tanh, "int8"),
	keras("converted_hard_swish", lambda x: x * tensorflow.nn.relu6(x + 3) * (1 / 6), "int8"),
	keras("converted_relu6", tensorflow.nn.relu6, "int8", (-4, 8)),
	keras("converted_tanh_int16", tensorflow.nn.tanh, "int16x8"),
	keras("converted_logistic_int16", tensorflow.nn.sigmoid, "int16x8"),
	keras("converted_leaky_relu_int16", lambda x: tensorflow.nn.leaky_relu(x, 0.1), "int16x8"),
]
