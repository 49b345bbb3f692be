"""Makes models with TensorFlow's own converter."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy
import tensorflow

from flat import read, schema

tensorflow.config.experimental.enable_op_determinism()

Mode = Literal["float32", "int8", "int16x8", "int8 with float io", "int16x8 with float io"]
Span = tuple[float, float]


def spec(*shape: int, dtype: Any = tensorflow.float32) -> tensorflow.TensorSpec:
	return tensorflow.TensorSpec(shape, dtype)


def weights(seed: int, *shape: int, span: Span = (-1, 1)) -> tensorflow.Tensor:
	"""A constant of random values, the same for the same seed."""
	return tensorflow.constant(numpy.random.default_rng(seed).uniform(*span, shape).astype(numpy.float32))


def converted(
	function: Callable[..., Any],
	specs: Sequence[tensorflow.TensorSpec],
	mode: Mode = "float32",
	span: Span | Sequence[Span] = (-1, 1),
	per_channel: bool = True,
	bias: Any = None,
	whole: bool = False,
) -> Callable[[], schema.ModelT]:
	"""A maker of the model of a function of tensors (a Keras model is one).

	span: the range of the values that calibration sees, one for all inputs or one for each.
	per_channel: whether weights may have one scale for each channel.
	bias: the type of the biases where it is not the converter's own choice (int16x8: int64).
	whole: keep the functions that are called whole, as the converter finds an `lstm` only thus; for one input.
	A Keras model must be built within the function that is given, see `built`.
	"""

	def make() -> schema.ModelT:
		traced = tensorflow.function(function, input_signature=list(specs))
		concrete = traced.get_concrete_function()
		if not whole:
			return finish(tensorflow.lite.TFLiteConverter.from_concrete_functions([concrete], traced))
		module = tensorflow.Module()
		module.function = traced
		with tempfile.TemporaryDirectory() as folder:
			tensorflow.saved_model.save(module, folder, signatures=concrete)
			return finish(tensorflow.lite.TFLiteConverter.from_saved_model(folder))

	def finish(converter: tensorflow.lite.TFLiteConverter) -> schema.ModelT:
		converter._experimental_disable_per_channel = not per_channel
		converter._experimental_disable_per_channel_quantization_for_dense_layers = not per_channel
		if bias is not None:
			converter._experimental_full_integer_quantization_bias_type = bias
		if mode != "float32":
			wide = mode.startswith("int16x8")
			converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
			converter.representative_dataset = lambda: _samples(specs, span)
			converter.target_spec.supported_ops = [
				tensorflow.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
				if wide
				else tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8
			]
			if "float io" not in mode:
				kind = tensorflow.int16 if wide else tensorflow.int8
				converter.inference_input_type = converter.inference_output_type = kind
		return read(converter.convert())

	return make


def built(
	build: Callable[[], tensorflow.keras.Model], seed: int, mode: Mode = "float32", **rest: Any
) -> Callable[[], schema.ModelT]:
	"""A maker of a Keras model's model: batches of one, weights from the seed."""

	def make() -> schema.ModelT:
		tensorflow.keras.backend.clear_session()  # it also counts the layers, for their names
		tensorflow.keras.utils.set_random_seed(seed)
		network = build()
		specs = [spec(1, *entry.shape[1:]) for entry in network.inputs]
		return converted(lambda *values: network(values[0] if len(values) == 1 else values), specs, mode, **rest)()

	return make


def lstm(steps: int, inputs: int, units: int, seed: int, time_major: bool = False) -> Callable[..., Any]:
	"""A function of a sequence that gives the outputs of all its steps: the converter makes one operator of it.

	Use it in a function that is converted with whole=True.
	"""
	kernel = weights(seed, inputs, 4 * units)
	recurrent = weights(seed + 1, units, 4 * units)
	bias = weights(seed + 2, 4 * units)

	# The attribute and the five results are those of Keras 2, which the converter looks for.
	@tensorflow.function(
		experimental_attributes={"api_implements": f"lstm_{seed}", "time_major": time_major, "go_backwards": False}
	)
	def sequence(x: Any, hidden: Any, cell: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
		outputs = []
		for step in range(steps):
			row = x[step] if time_major else x[:, step]
			z = tensorflow.matmul(row, kernel) + tensorflow.matmul(hidden, recurrent) + bias
			update, forget, value, output = tensorflow.split(z, 4, axis=1)
			cell = tensorflow.sigmoid(forget) * cell + tensorflow.sigmoid(update) * tensorflow.tanh(value)
			hidden = tensorflow.sigmoid(output) * tensorflow.tanh(cell)
			outputs.append(hidden)
		return hidden, tensorflow.stack(outputs, 0 if time_major else 1), hidden, cell, tensorflow.constant(0.0)

	def function(x: Any) -> Any:
		zeros = tensorflow.zeros([x.shape[1 if time_major else 0], units])
		return sequence(x, zeros, zeros, kernel, recurrent, bias)[1]

	return function


def _samples(specs: Sequence[tensorflow.TensorSpec], span: Span | Sequence[Span]) -> Iterator[list[numpy.ndarray]]:
	spans = [span] * len(specs) if isinstance(span[0], (int, float)) else span
	source = numpy.random.default_rng(7)
	for turn in range(32):
		yield [
			(source.uniform(low, high, entry.shape) if turn > 1 else numpy.full(entry.shape, (low, high)[turn])).astype(
				entry.dtype.as_numpy_dtype
			)
			for entry, (low, high) in zip(specs, spans)
		]
