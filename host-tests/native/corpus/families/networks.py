"""Whole networks: the shapes of the paper's Table 1, those of MLPerf Tiny, and some with a memory. Seeded weights."""

from collections.abc import Callable
from typing import Any

import numpy
from tensorflow import keras

from case import Case
from convert import built

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
	large("ds_cnn", (49, 10, 1), ds_cnn, 4),
	large("resnet8", (32, 32, 3), resnet8, 3),
	large("mobilenet", (96, 96, 1), mobilenet, 3),
	large("autoencoder", (640,), autoencoder, 4),
]
