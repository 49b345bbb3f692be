"""VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE: models that keep tf.Variables from one run to the next."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy
import tensorflow

from case import Case
from flat import read, schema
from graph import Graph, Tensor, constant, int8, model, options


def module(step: Callable[..., Any], shape: tuple[int, ...], quantised: bool = False, **values: Any) -> Callable[[], schema.ModelT]:
	"""A maker of the model of a step, which is called with an object that has a variable for each of the values."""

	def make() -> schema.ModelT:
		owner = tensorflow.Module()
		for name, value in values.items():
			setattr(owner, name, tensorflow.Variable(numpy.array(value, numpy.float32), name=name))
		traced = tensorflow.function(
			lambda x: step(owner, x), input_signature=[tensorflow.TensorSpec(shape, tensorflow.float32)]
		)
		converter = tensorflow.lite.TFLiteConverter.from_concrete_functions([traced.get_concrete_function()], owner)
		converter.experimental_enable_resource_variables = True
		if quantised:
			converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
			converter.representative_dataset = lambda: samples(shape)
		return read(converter.convert())

	return make


def samples(shape: tuple[int, ...]) -> Iterator[list[numpy.ndarray]]:
	source = numpy.random.default_rng(5)
	for _ in range(16):
		yield [source.uniform(-1, 1, shape).astype(numpy.float32)]


def moving_window(owner: Any, x: Any) -> Any:
	"""The mean of the last four rows, and how many there have been."""
	owner.window.assign(tensorflow.concat([owner.window[:, 1:], x], 1))
	owner.count.assign(owner.count + 1.0)
	return tensorflow.reduce_mean(owner.window, 1), owner.count * 2.0


def streaming_convolution(owner: Any, x: Any) -> Any:
	"""A convolution over time with the frames of the runs before, as keyword spotters stream."""
	frames = tensorflow.concat([owner.past, x], 1)
	owner.past.assign(frames[:, 1:])
	kernel = tensorflow.constant(numpy.random.default_rng(9).uniform(-0.5, 0.5, (3, 1, 4, 6)).astype(numpy.float32))
	y = tensorflow.nn.conv2d(frames[:, :, None, :], kernel, 1, "VALID")
	return tensorflow.nn.relu(tensorflow.reshape(y, [1, 6]))


def cell(owner: Any, x: Any) -> Any:
	"""A gated recurrent cell of one step."""
	source = numpy.random.default_rng(13)
	weights = [tensorflow.constant(source.uniform(-1, 1, (8, 5)).astype(numpy.float32)) for _ in range(3)]
	both = tensorflow.concat([x, owner.hidden], 1)
	update, keep = tensorflow.sigmoid(both @ weights[0]), tensorflow.sigmoid(both @ weights[1])
	value = tensorflow.tanh(tensorflow.concat([x, keep * owner.hidden], 1) @ weights[2])
	owner.hidden.assign((1 - update) * owner.hidden + update * value)
	return owner.hidden.read_value()


def handle(graph: Graph, name: str, container: str = "") -> int:
	(index,) = graph.operator(
		"VAR_HANDLE", [], [Tensor(numpy.int32, [])], options("VarHandleOptions", sharedName=name, container=container)
	)
	return index


def direct(shared: bool, initial: bool, zero: int = 0) -> schema.ModelT:
	"""A sum of int8 and a copy of the last input; two handles of one variable, or a second one in another container."""
	graph = Graph()
	x = graph.input(int8([1, 6], 0.1, zero))
	if initial:
		graph.operator("CALL_ONCE", [], [], options("CallOnceOptions", initSubgraphIndex=1))
	first = handle(graph, "sum")
	second = handle(graph, "sum", "" if shared else "elsewhere")
	(old,) = graph.operator("READ_VARIABLE", [first], [int8([1, 6], 0.1, zero)])
	(total,) = graph.operator("ADD", [old, x], [int8([1, 6], 0.1, zero)], options("AddOptions"))
	graph.operator("ASSIGN_VARIABLE", [second, total], [])
	graph.outputs = [*graph.operator("READ_VARIABLE", [first], [int8([1, 6], 0.1, zero)]), total]
	graphs = [graph]
	if initial:
		once = Graph()
		for container, values in (("", [5, -4, 3, -2, 1, 0]), ("elsewhere", [9] * 6))[: 1 if shared else 2]:
			value = once.add(constant([values], numpy.int8, 0.1))
			once.operator("ASSIGN_VARIABLE", [handle(once, "sum", container), value], [])
		graphs.append(once)
	return handles_of(model(*graphs))


def handles_of(made: schema.ModelT) -> schema.ModelT:
	"""Gives the tensors that VAR_HANDLE writes the type of handles, for which numpy has none."""
	for subgraph in made.subgraphs:
		for entry in subgraph.operators:
			if made.operatorCodes[entry.opcodeIndex].builtinCode == schema.BuiltinOperator.VAR_HANDLE:
				subgraph.tensors[entry.outputs[0]].type = schema.TensorType.RESOURCE
	return made


cases = [
	Case("window", module(moving_window, (1, 1, 3), window=numpy.zeros((1, 4, 3)), count=[[5, -3]]), rows=7),
	Case("stream_float", module(streaming_convolution, (1, 1, 4), past=numpy.ones((1, 2, 4))), rows=6, complete=True),
	Case("stream_quantised", module(streaming_convolution, (1, 1, 4), True, past=numpy.zeros((1, 2, 4))), rows=6),
	Case("cell_float", module(cell, (1, 3), hidden=numpy.zeros((1, 5))), rows=6),
	Case("cell_quantised", module(cell, (1, 3), True, hidden=numpy.zeros((1, 5))), rows=6),
	Case("one_name", direct(True, False), rows=6),
	Case("one_name_initial", direct(True, True), rows=6),
	Case(
		"two_containers_initial",
		direct(False, True),
		rows=6,
		without_tflm="its interpreter for Python makes room for as many variables as there are names",
	),
	Case("zero_point", direct(True, False, -7), rows=6),
]
