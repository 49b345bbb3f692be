"""Reads, edits and writes .tflite files by the schema's object API."""

from __future__ import annotations

from collections.abc import Sequence

import flatbuffers
import numpy
from tensorflow.lite.python import schema_py_generated as schema

TYPES: dict[int, type] = {
	schema.TensorType.FLOAT32: numpy.float32,
	schema.TensorType.INT8: numpy.int8,
	schema.TensorType.UINT8: numpy.uint8,
	schema.TensorType.INT16: numpy.int16,
	schema.TensorType.INT32: numpy.int32,
	schema.TensorType.INT64: numpy.int64,
	schema.TensorType.BOOL: numpy.bool_,
}


class AlignedBuffer(schema.BufferT):
	"""A buffer whose bytes are aligned to 16, as the schema demands and the Python generator forgets."""

	def __init__(self, data: numpy.ndarray) -> None:
		super().__init__()
		self.data = data

	def Pack(self, builder: flatbuffers.Builder) -> int:
		count = len(self.data)
		builder.StartVector(1, count, 16)
		builder.head -= count
		builder.Bytes[builder.head : builder.head + count] = self.data.tobytes()
		data = builder.EndVector()
		schema.BufferStart(builder)
		schema.BufferAddData(builder, data)
		return schema.BufferEnd(builder)


def read(data: bytes) -> schema.ModelT:
	return schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))


def write(model: schema.ModelT) -> bytes:
	for index, buffer in enumerate(model.buffers):
		if buffer.data is not None and len(buffer.data):
			model.buffers[index] = AlignedBuffer(numpy.array(buffer.data, numpy.uint8))
	builder = flatbuffers.Builder(1024)
	builder.Finish(model.Pack(builder), b"TFL3")
	return bytes(builder.Output())


def strip(model: schema.ModelT) -> None:
	"""Leaves out what inference does not need: metadata, signatures, the description."""
	unused = {entry.buffer for entry in model.metadata or []}
	for index in unused:
		model.buffers[index].data = None
	model.metadata = model.signatureDefs = model.description = None


def forget_unused(model: schema.ModelT) -> None:
	"""Empties the buffers that nothing names: the converter leaves memory in them that it never set."""
	named = {entry.buffer for graph in model.subgraphs for entry in graph.tensors}
	named |= {entry.buffer for entry in model.metadata or []}
	for index, buffer in enumerate(model.buffers):
		if index not in named:
			buffer.data = None


def tensor(model: schema.ModelT, operator: int, operand: int, output: bool = False, subgraph: int = 0) -> schema.TensorT:
	"""The tensor that is an operator's input or output."""
	graph = model.subgraphs[subgraph]
	entry = graph.operators[operator]
	return graph.tensors[(entry.outputs if output else entry.inputs)[operand]]


def quantise(
	entry: schema.TensorT, scale: float | Sequence[float], zero_point: int | Sequence[int] = 0, axis: int = 0
) -> None:
	"""Gives a tensor other quantisation parameters: several scales are one for each index of the axis."""
	scales = numpy.atleast_1d(numpy.array(scale, numpy.float32))
	parameters = schema.QuantizationParametersT()
	parameters.scale = scales
	parameters.zeroPoint = numpy.broadcast_to(numpy.array(zero_point, numpy.int64), scales.shape).copy()
	parameters.quantizedDimension = axis
	entry.quantization = parameters


def replace(model: schema.ModelT, entry: schema.TensorT, values: numpy.ndarray) -> None:
	"""Gives a constant tensor other values."""
	model.buffers[entry.buffer].data = numpy.frombuffer(values.tobytes(), numpy.uint8)


def shape_of(entry: schema.TensorT) -> tuple[int, ...]:
	return tuple(int(size) for size in entry.shape) if entry.shape is not None else ()


def interface(model: schema.ModelT) -> tuple[list[schema.TensorT], list[schema.TensorT]]:
	"""The tensors that are the model's inputs and its outputs."""
	graph = model.subgraphs[0]
	return [graph.tensors[i] for i in graph.inputs], [graph.tensors[i] for i in graph.outputs]
