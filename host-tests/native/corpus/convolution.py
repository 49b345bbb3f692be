"""Models of one convolution or pool, written directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

from case import Case
from flat import schema
from graph import Tensor, constant, drawn, options, single

ACTIVATIONS = {"none": 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3}
PADDINGS = {"same": 0, "valid": 1}
Pair = tuple[int, int]


def windows(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
	"""How many windows fit into one dimension of an image."""
	if padding == "same":
		return -(-size // stride)
	return (size - (kernel - 1) * dilation - 1) // stride + 1


@dataclass
class Convolution:
	"""A convolution by its parts: CONV_2D, DEPTHWISE_CONV_2D or TRANSPOSE_CONV.

	image: batch, height, width and depth of the input; of TRANSPOSE_CONV height and width are the output's.
	channels: of the output.
	bias: type of the biases, None for none.
	scales: how many scales the weights have: 1, or as many as channels.
	ratio: of the output's scale to the one that spreads random values over the type's range.
	computed: the weights are an input of the model.
	"""

	operator: str
	kind: type = numpy.int8
	image: tuple[int, int, int, int] = (1, 5, 6, 3)
	channels: int = 4
	kernel: Pair = (3, 3)
	stride: Pair = (1, 1)
	dilation: Pair = (1, 1)
	padding: str = "same"
	activation: str = "none"
	groups: int = 1
	bias: Any = numpy.int32
	scales: int = 0
	input_scale: float = 0.02
	weight_scale: float = 0.01
	input_zero: int = -9
	output_zero: int = 5
	ratio: float = 1.0
	computed: bool = False
	bias_span: int = 20000
	fields: dict[str, Any] | None = None

	def model(self) -> schema.ModelT:
		batch, height, width, depth = self.image
		size = [
			windows(extent, *rest, self.padding)
			for extent, *rest in zip((height, width), self.kernel, self.stride, self.dilation)
		]
		transposed = self.operator == "TRANSPOSE_CONV"
		depthwise = self.operator == "DEPTHWISE_CONV_2D"
		small = [batch, *size]
		large = [batch, height, width]
		filter_shape = [self.channels, *self.kernel, depth // self.groups]
		if depthwise:
			filter_shape = [1, *self.kernel, self.channels]
		terms = int(numpy.prod(self.kernel)) * (1 if depthwise else depth // self.groups)
		inputs: list[Tensor | None] = [
			self._values([*(small if transposed else large), depth], self.input_scale, self.input_zero),
			self._weights(filter_shape, 3 if depthwise else 0),
			self._bias(),
		]
		output_shape = [*(large if transposed else small), self.channels]
		if transposed:
			inputs = [constant(output_shape), inputs[1], inputs[0], inputs[2]]
		if inputs[-1] is None and self.bias is None:
			inputs.pop()
		spread = {numpy.int8: 50, numpy.int16: 12}.get(self.kind, 1)
		output_scale = self.ratio * self.input_scale * self.weight_scale * spread * terms**0.5
		output = self._values(output_shape, output_scale, self.output_zero)
		return single(self.operator, inputs, [output], self._options(depth))

	def _values(self, shape: list[int], scale: float, zero_point: int) -> Tensor:
		if self.kind == numpy.float32:
			return Tensor(numpy.float32, shape)
		return Tensor(self.kind, shape, scale, 0 if self.kind == numpy.int16 else zero_point)

	def _weight_scales(self) -> list[float]:
		if self.scales <= 1:
			return [self.weight_scale]
		return (self.weight_scale * numpy.geomspace(0.3, 3, self.scales).astype(numpy.float32)).tolist()

	def _weights(self, shape: list[int], axis: int) -> Tensor:
		if self.kind == numpy.float32:
			return Tensor(numpy.float32, shape) if self.computed else drawn(numpy.float32, shape, -1, 1, 5)
		if self.computed:
			return Tensor(numpy.int8, shape, self._weight_scales(), axis=axis)
		return drawn(numpy.int8, shape, -128, 127, 5, self._weight_scales(), axis=axis)

	def _bias(self) -> Tensor | None:
		if self.bias is None:
			return None
		if self.kind == numpy.float32:
			return drawn(numpy.float32, [self.channels], -1, 1, 6)
		scales = [self.input_scale * scale for scale in self._weight_scales()]
		return drawn(self.bias, [self.channels], -self.bias_span, self.bias_span, 6, scales)

	def _options(self, depth: int) -> Any:
		fields: dict[str, Any] = {
			"padding": PADDINGS[self.padding],
			"strideH": self.stride[0],
			"strideW": self.stride[1],
			"fusedActivationFunction": ACTIVATIONS[self.activation],
			**(self.fields or {}),
		}
		if self.operator == "TRANSPOSE_CONV":
			return options("TransposeConvOptions", **fields)
		fields |= {"dilationHFactor": self.dilation[0], "dilationWFactor": self.dilation[1]}
		if self.operator == "CONV_2D":
			return options("Conv2DOptions", **fields)
		return options("DepthwiseConv2DOptions", depthMultiplier=self.channels // depth, **fields)


def case(name: str, operator: str, rows: int = 4, **parts: Any) -> Case:
	return Case(name, Convolution(operator, **parts).model(), rows)


def in_all_types(name: str, operator: str, **parts: Any) -> list[Case]:
	"""The same shapes with int8, int16 and float32 activations."""
	bias = None if "bias" in parts else numpy.int64
	return [
		case(f"int8_{name}", operator, **parts),
		case(f"int16_{name}", operator, **{**parts, "kind": numpy.int16, "bias": bias, "input_scale": 0.0004}),
		case(f"float_{name}", operator, kind=numpy.float32, **parts),
	]


# Quantisation at its ends, for each of the integer convolutions.
QUANTISATIONS: dict[str, dict[str, Any]] = {
	"input_zero_low": {"input_zero": -128},
	"input_zero_high": {"input_zero": 127},
	"output_zero_low": {"output_zero": -128, "activation": "relu"},
	"output_zero_high": {"output_zero": 127},
	"per_channel": {"scales": 4},
	"no_bias": {"bias": None},
	"saturating_multiplier": {"input_scale": 3.0, "weight_scale": 2.0, "ratio": 1e-5},
	"vanishing_multiplier": {"ratio": 1e9},
	"tiny_scales": {"input_scale": 1e-20, "weight_scale": 1e-15, "bias": None},
	# at the ends of 32 bits, what remains is for the products: one more would overflow the accumulator
	"wide_bias": {"bias_span": 2146000000, "ratio": 70000.0},
	"relu6": {"activation": "relu6", "ratio": 0.3, "input_scale": 0.1},
	"relu_n1_to_1": {"activation": "relu_n1_to_1"},
}


def quantisations(operator: str, **parts: Any) -> list[Case]:
	return [case(f"int8_{name}", operator, **{**parts, **more}) for name, more in QUANTISATIONS.items()]
