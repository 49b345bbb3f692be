"""Writes graphs directly, operator by operator, for what the converter folds, fuses or never emits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from flat import TYPES, quantise, schema

CODES: dict[Any, int] = {numpy.dtype(kind): code for code, kind in TYPES.items()}


@dataclass
class Tensor:
	"""A tensor: a constant when it has data, else an input or a result. Several scales: one for each index of axis."""

	dtype: Any
	shape: Sequence[int]
	scale: float | Sequence[float] | None = None
	zero_point: int | Sequence[int] = 0
	axis: int = 0
	data: numpy.ndarray | None = None
	variable: bool = False


def int8(shape: Sequence[int], scale: float | Sequence[float], zero_point: int = 0, **rest: Any) -> Tensor:
	return Tensor(numpy.int8, shape, scale, zero_point, **rest)


def int16(shape: Sequence[int], scale: float, zero_point: int = 0, **rest: Any) -> Tensor:
	return Tensor(numpy.int16, shape, scale, zero_point, **rest)


def float32(shape: Sequence[int], **rest: Any) -> Tensor:
	return Tensor(numpy.float32, shape, **rest)


def int32(shape: Sequence[int], **rest: Any) -> Tensor:
	return Tensor(numpy.int32, shape, **rest)


def boolean(shape: Sequence[int], **rest: Any) -> Tensor:
	return Tensor(numpy.bool_, shape, **rest)


def constant(values: Any, dtype: Any = numpy.int32, scale: float | Sequence[float] | None = None, **rest: Any) -> Tensor:
	"""A constant with the shape of its values."""
	data = numpy.array(values, dtype)
	return Tensor(dtype, data.shape, scale, data=data, **rest)


def drawn(
	dtype: Any, shape: Sequence[int], low: float, high: float, seed: int, scale: float | Sequence[float] | None = None, **rest: Any
) -> Tensor:
	"""A constant of random values between low and high (both included)."""
	source = numpy.random.default_rng(seed)
	if numpy.dtype(dtype).kind == "f":
		data = source.uniform(low, high, shape).astype(dtype)
	else:
		data = source.integers(int(low), int(high), shape, dtype, endpoint=True)
	return Tensor(dtype, shape, scale, data=data, **rest)


def options(name: str, **fields: Any) -> Any:
	"""An operator's options: options("AddOptions", fusedActivationFunction=1). Fields are those of the schema."""
	table = getattr(schema, f"{name}T")()
	for field, value in fields.items():
		if not hasattr(table, field):
			raise AttributeError(f"{name} has no {field}")
		setattr(table, field, value)
	return table


class Graph:
	"""One subgraph: add() tensors, operator() them, then model()."""

	def __init__(self) -> None:
		self.tensors: list[Tensor] = []
		self.operators: list[tuple[str, list[int], list[int], Any, bytes]] = []
		self.inputs: list[int] = []
		self.outputs: list[int] = []

	def add(self, tensor: Tensor) -> int:
		self.tensors.append(tensor)
		return len(self.tensors) - 1

	def input(self, tensor: Tensor) -> int:
		self.inputs.append(self.add(tensor))
		return self.inputs[-1]

	def operator(
		self, code: str, inputs: Sequence[int], outputs: Sequence[Tensor], options: Any = None, custom: bytes = b""
	) -> list[int]:
		"""Adds an operator; -1 is an absent input. Gives its outputs. A code that the schema lacks is a custom one."""
		indices = [self.add(tensor) for tensor in outputs]
		self.operators.append((code, list(inputs), indices, options, custom))
		return indices


def model(*graphs: Graph) -> schema.ModelT:
	"""A model of these subgraphs; the first is the one that runs."""
	result = schema.ModelT()
	result.version = 3
	result.buffers = [schema.BufferT()]
	result.operatorCodes = []
	result.subgraphs = []
	known: dict[str, int] = {}
	for graph in graphs:
		subgraph = schema.SubGraphT()
		subgraph.tensors = [_tensor(result, index, entry) for index, entry in enumerate(graph.tensors)]
		subgraph.inputs = numpy.array(graph.inputs, numpy.int32)
		subgraph.outputs = numpy.array(graph.outputs, numpy.int32)
		subgraph.operators = []
		for code, inputs, outputs, fields, custom in graph.operators:
			if code not in known:
				known[code] = len(known)
				result.operatorCodes.append(_code(code))
			entry = schema.OperatorT()
			entry.opcodeIndex = known[code]
			entry.inputs = numpy.array(inputs, numpy.int32)
			entry.outputs = numpy.array(outputs, numpy.int32)
			if fields is not None:
				entry.builtinOptions = fields
				entry.builtinOptionsType = getattr(schema.BuiltinOptions, type(fields).__name__[:-1])
			if custom:
				entry.customOptions = numpy.frombuffer(custom, numpy.uint8)
			subgraph.operators.append(entry)
		result.subgraphs.append(subgraph)
	return result


def single(
	code: str,
	inputs: Sequence[Tensor | None],
	outputs: Sequence[Tensor],
	options: Any = None,
	custom: bytes = b"",
) -> schema.ModelT:
	"""A model of one operator: inputs without data are the model's inputs, None is an absent one."""
	graph = Graph()
	operands = []
	for tensor in inputs:
		if tensor is None:
			operands.append(-1)
		elif tensor.data is None and not tensor.variable:
			operands.append(graph.input(tensor))
		else:
			operands.append(graph.add(tensor))
	graph.outputs = graph.operator(code, operands, outputs, options, custom)
	return model(graph)


def _code(name: str) -> schema.OperatorCodeT:
	code = schema.OperatorCodeT()
	number = getattr(schema.BuiltinOperator, name, None)
	if number is None:
		number = schema.BuiltinOperator.CUSTOM
		code.customCode = name
	code.builtinCode = number
	code.deprecatedBuiltinCode = min(number, 127)
	code.version = 1
	return code


def _tensor(result: schema.ModelT, index: int, tensor: Tensor) -> schema.TensorT:
	entry = schema.TensorT()
	entry.name = f"tensor{index}"
	entry.type = CODES[numpy.dtype(tensor.dtype)]
	entry.shape = numpy.array(tensor.shape, numpy.int32)
	entry.isVariable = tensor.variable
	entry.buffer = 0
	if tensor.scale is not None:
		quantise(entry, tensor.scale, tensor.zero_point, tensor.axis)
	if tensor.data is not None:
		data = numpy.asarray(tensor.data, tensor.dtype, order="C")
		if data.shape != tuple(tensor.shape):
			raise ValueError(f"{data.shape} values for the shape {tensor.shape}")
		buffer = schema.BufferT()
		buffer.data = numpy.frombuffer(data.tobytes(), numpy.uint8)
		entry.buffer = len(result.buffers)
		result.buffers.append(buffer)
	return entry
