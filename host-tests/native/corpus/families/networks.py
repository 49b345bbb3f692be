"""Whole networks: the shapes of the paper's Table 1, those of MLPerf Tiny, and some with a memory. Seeded weights."""

from collections.abc import Callable
from typing import Any

import numpy
import tensorflow
from tensorflow import keras

from case import Case
from convert import built, converted, lstm, spec, weights
from flat import schema
from graph import Graph, Tensor, drawn, float32, int8, int16, model, options

layers = keras.layers


def network(shape: tuple[int, ...], stack: Callable[[Any], Any]) -> Callable[[], keras.Model]:
	"""A Keras model with biases, and normalised so that what goes in still tells in what comes out of many layers."""

	def build() -> keras.Model:
		source = numpy.random.default_rng(11)
		entry = keras.Input(shape)
		result = keras.Model(entry, stack(entry))
		for variable in result.weights:
			if len(variable.shape) == 1 and not variable.name.startswith("moving"):
				low, high = (0.5, 1.5) if variable.name == "gamma" else (-0.2, 0.2)
				variable.assign(source.uniform(low, high, variable.shape))
		batch = source.uniform(-1, 1, (16, *shape)) * source.uniform(0, 1, (16, *[1] * len(shape)))
		result(batch + source.uniform(-0.5, 0.5, (16, *[1] * len(shape))), training=True)
		return result

	return build


def perceptron(inputs: int, hidden: list[int], outputs: int, last: str) -> Callable[[], keras.Model]:
	def stack(x: Any) -> Any:
		for units in hidden:
			x = layers.Dense(units, activation="relu")(x)
		return layers.Dense(outputs, activation=last)(x)

	return network((inputs,), stack)


def both(name: str, build: Callable[[], keras.Model], rows: int = 4, **rest: Any) -> list[Case]:
	"""The network as int8, one scale for each tensor as in the published measurements, and as float32."""
	return [
		Case(f"{name}_int8", built(build, 1, "int8", per_channel=False, **rest), rows, complete=True),
		Case(f"{name}_float32", built(build, 1), rows, ranges=(-1, 1), complete=True),
	]


def normalised(x: Any, layer: Any, activation: bool = True) -> Any:
	x = layers.BatchNormalization(momentum=0)(layer(x))
	return layers.ReLU()(x) if activation else x


def ds_cnn(x: Any) -> Any:
	"""Keyword spotting as in MLPerf Tiny: 49 frames of 10 coefficients, 12 classes."""
	x = normalised(x, layers.Conv2D(64, (10, 4), strides=2, padding="same"))
	for _ in range(4):
		x = normalised(x, layers.DepthwiseConv2D(3, padding="same"))
		x = normalised(x, layers.Conv2D(64, 1))
	x = layers.AveragePooling2D((25, 5))(x)
	return layers.Dense(12, activation="softmax")(layers.Flatten()(x))


def resnet8(x: Any) -> Any:
	"""Image classification as in MLPerf Tiny: 32x32 pixels of 3 colours, 10 classes."""
	x = normalised(x, layers.Conv2D(16, 3, padding="same"))
	for filters, stride in ((16, 1), (32, 2), (64, 2)):
		y = normalised(x, layers.Conv2D(filters, 3, strides=stride, padding="same"))
		y = normalised(y, layers.Conv2D(filters, 3, padding="same"), activation=False)
		if stride != 1:
			x = layers.Conv2D(filters, 1, strides=stride, padding="same")(x)
		x = layers.ReLU()(layers.Add()([x, y]))
	x = layers.AveragePooling2D(8)(x)
	return layers.Dense(10, activation="softmax")(layers.Flatten()(x))


def mobilenet(x: Any) -> Any:
	"""MobileNet v1 at a quarter of its width: person detection in 96x96 pixels of grey."""
	x = normalised(x, layers.Conv2D(8, 3, strides=2, padding="same"))
	for filters, stride in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1)):
		x = normalised(x, layers.DepthwiseConv2D(3, strides=stride, padding="same"))
		x = normalised(x, layers.Conv2D(filters, 1))
	x = layers.AveragePooling2D(3)(x)
	return layers.Dense(2, activation="softmax")(layers.Flatten()(x))


def autoencoder(x: Any) -> Any:
	"""Anomaly detection as in MLPerf Tiny: 5 frames of 128 bands."""
	for units in (128, 128, 128, 128, 8, 128, 128, 128, 128):
		x = normalised(x, layers.Dense(units))
	return layers.Dense(640)(x)


def digits_cnn(x: Any) -> Any:
	"""8x8 pixels, two convolutions and pools."""
	x = layers.MaxPooling2D(2)(layers.Conv2D(8, 3, padding="same", activation="relu")(x))
	x = layers.MaxPooling2D(2)(layers.Conv2D(16, 3, padding="same", activation="relu")(x))
	return layers.Dense(10, activation="softmax")(layers.Flatten()(x))


def gesture_cnn(x: Any) -> Any:
	"""119 samples of 6 axes, convolved along time."""
	x = layers.MaxPooling1D(4)(layers.Conv1D(8, 5, strides=2, activation="relu")(x))
	x = layers.GlobalAveragePooling1D()(layers.Conv1D(16, 3, activation="relu")(x))
	return layers.Dense(1, activation="sigmoid")(x)


def recurrent(x: Any) -> Any:
	"""8 steps of an LSTM of 12 units, then 4 classes."""
	sequence = lstm(8, 6, 12, 41)(x)
	return tensorflow.nn.softmax(tensorflow.matmul(sequence[:, -1], weights(44, 12, 4)) + weights(45, 4))


def unrolled(x: Any) -> Any:
	"""Gates of a recurrent cell, written out for 3 steps."""
	kernel, again, bias = weights(51, 5, 24), weights(52, 6, 24), weights(53, 24)
	hidden = cell = tensorflow.zeros([1, 6])
	for step in range(3):
		z = tensorflow.matmul(x[:, step], kernel) + tensorflow.matmul(hidden, again) + bias
		update, forget, value, output = tensorflow.split(z, 4, axis=1)
		cell = tensorflow.sigmoid(forget) * cell + tensorflow.sigmoid(update) * tensorflow.tanh(value)
		hidden = tensorflow.sigmoid(output) * tensorflow.tanh(cell)
	return hidden


def stream(quantised: bool) -> schema.ModelT:
	"""Two SVDF layers that remember 10 and 6 frames of 40 bands, then 4 classes: one frame at a time."""
	graph = Graph()

	def tensor(shape: list[int], scale: float, zero_point: int) -> Tensor:
		return int8(shape, scale, zero_point) if quantised else float32(shape)

	def constant(shape: list[int], scale: float, kind: Any, limit: int, seed: int) -> int:
		entry = drawn(kind, shape, -limit, limit, seed, scale)
		if not quantised:
			entry = Tensor(numpy.float32, shape, data=(entry.data * scale).astype(numpy.float32))
		return graph.add(entry)

	def svdf(x: int, inputs: int, units: int, memory: int, rank: int, scales: list[float], seed: int) -> int:
		enters, feature, time, state, leaves = scales
		filters = units * rank
		state_shape = [1, filters * memory]
		(y,) = graph.operator(
			"SVDF",
			[
				x,
				constant([filters, inputs], feature, numpy.int8, 127, seed),
				constant([filters, memory], time, numpy.int16, 32767, seed + 1),
				constant([units], state * time, numpy.int32, 20000000, seed + 2),
				graph.add(
					int16(state_shape, state, variable=True) if quantised else float32(state_shape, variable=True)
				),
			],
			[tensor([1, units], leaves, -128)],
			options("SVDFOptions", rank=rank, fusedActivationFunction=schema.ActivationFunctionType.RELU),
		)
		return y

	x = graph.input(tensor([1, 40], 0.02, -3))
	x = svdf(x, 40, 16, 10, 1, [0.02, 0.008, 2.0**-17, 2.0**-13, 0.03], 61)
	x = svdf(x, 16, 12, 6, 2, [0.03, 0.01, 2.0**-16, 2.0**-12, 0.06], 64)
	(x,) = graph.operator(
		"FULLY_CONNECTED",
		[
			x,
			constant([4, 12], 0.006, numpy.int8, 127, 67),
			constant([4], 0.06 * 0.006, numpy.int32, 900, 68),
		],
		[tensor([1, 4], 0.05, 2)],
		options("FullyConnectedOptions"),
	)
	graph.outputs = graph.operator(
		"SOFTMAX", [x], [tensor([1, 4], 1 / 256, -128)], options("SoftmaxOptions", beta=1.0)
	)
	return model(graph)


def large(name: str, shape: tuple[int, ...], stack: Callable[[Any], Any], rows: int) -> Case:
	"""int8 with one scale for each channel."""
	return Case(f"{name}_int8", built(network(shape, stack), 1, "int8"), rows, complete=True)


cases = [
	*(
		case
		for units in (20, 18, 16, 14, 12, 10, 8, 6)
		for case in both(f"gest{units}", perceptron(714, [units, units // 2], 1, "sigmoid"))
	),
	*(case for units in (56, 48, 40, 32) for case in both(f"mnist{units}", perceptron(64, [units, 16], 10, "softmax"))),
	Case("gest20_channels_int8", built(perceptron(714, [20, 10], 1, "sigmoid"), 1, "int8"), complete=True),
	Case(
		"gest20_float_io_int8",
		built(perceptron(714, [20, 10], 1, "sigmoid"), 1, "int8 with float io", per_channel=False),
		ranges=(-1, 1),
		complete=True,
	),
	Case("mnist56_channels_int8", built(perceptron(64, [56, 16], 10, "softmax"), 1, "int8"), complete=True),
	Case("mnist32_int16", built(perceptron(64, [32, 16], 10, "softmax"), 1, "int16x8"), complete=True),
	*both("digits_cnn", network((8, 8, 1), digits_cnn)),
	*both("gesture_cnn", network((119, 6), gesture_cnn)),
	Case("stream_int8", lambda: stream(True), rows=24),
	Case("stream_float32", lambda: stream(False), rows=24, ranges=(-2.5, 2.5)),
	Case("lstm_int8", converted(recurrent, [spec(1, 8, 6)], "int8", whole=True), complete=True),
	Case("lstm_float32", converted(recurrent, [spec(1, 8, 6)], whole=True), ranges=(-1, 1), complete=True),
	Case("unrolled_int8", converted(unrolled, [spec(1, 3, 5)], "int8"), complete=True),
	Case("unrolled_float32", converted(unrolled, [spec(1, 3, 5)]), ranges=(-1, 1), complete=True),
	large("ds_cnn", (49, 10, 1), ds_cnn, 4),
	large("resnet8", (32, 32, 3), resnet8, 3),
	large("mobilenet", (96, 96, 1), mobilenet, 3),
	large("autoencoder", (640,), autoencoder, 4),
]
