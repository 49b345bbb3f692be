"""SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM: several runs in sequence, with a memory of each type, the quantisation's ends."""

from collections.abc import Sequence
from typing import Any

import numpy

from case import Case
from convert import converted, lstm, spec
from flat import schema
from graph import Tensor, constant, drawn, float32, int8, int16, options, single

RELU = schema.ActivationFunctionType.RELU
RELU6 = schema.ActivationFunctionType.RELU6
TANH = schema.ActivationFunctionType.TANH


def svdf_float(name: str, batch: int, inputs: int, units: int, rank: int, memory: int, activation: int = 0) -> Case:
	filters = units * rank
	return Case(
		name,
		single(
			"SVDF",
			[
				float32([batch, inputs]),
				drawn(numpy.float32, [filters, inputs], -1, 1, 1),
				drawn(numpy.float32, [filters, memory], -1, 1, 2),
				drawn(numpy.float32, [units], -1, 1, 3),
				float32([batch, filters * memory], variable=True),
			],
			[float32([batch, units])],
			options("SVDFOptions", rank=rank, fusedActivationFunction=activation),
		),
		rows=memory + 3,
	)


def svdf(
	name: str,
	kind: type,
	*,
	batch: int = 1,
	inputs: int = 7,
	units: int = 5,
	rank: int = 1,
	memory: int = 4,
	scales: Sequence[float] = (0.05, 0.01, 0.0004, 0.00002, 0.04),
	zeros: Sequence[int] = (3, 0, -5),
	activation: int = 0,
	bias: int = 20000,
) -> Case:
	"""scales: of the input, the feature weights, the state, the time weights, the output; zeros: of input, state, output."""
	filters = units * rank
	limit = numpy.iinfo(kind).max
	state = Tensor(kind, [batch, filters * memory], scales[2], zeros[1], variable=True)
	return Case(
		name,
		single(
			"SVDF",
			[
				int8([batch, inputs], scales[0], zeros[0]),
				drawn(numpy.int8, [filters, inputs], -127, 127, 4, scales[1]),
				drawn(kind, [filters, memory], -limit, limit, 5, scales[3]),
				drawn(numpy.int32, [units], -bias, bias, 6, scales[2] * scales[3]),
				state,
			],
			[int8([batch, units], scales[4], zeros[2])],
			options("SVDFOptions", rank=rank, fusedActivationFunction=activation),
		),
		rows=memory + 4,
	)


def operands(
	entry: Tensor, units: int, weights: type, bias: type, hidden: Tensor, cell: Tensor, scale: float | None
) -> list[Tensor | None]:
	"""The 24 inputs of an LSTM without peepholes, projection and normalisation."""
	depth = entry.shape[2]
	limit = 1 if weights is numpy.float32 else 127
	offset = 1 if weights is numpy.float32 else 3000
	step = None if scale is None else [scale * factor for factor in (1, 0.8, 1.3, 0.6, 1.1, 0.9, 0.7, 1.2)]
	result: list[Tensor | None] = [entry]
	for index in range(8):
		shape = [units, depth if index < 4 else units]
		result.append(drawn(weights, shape, -limit, limit, 10 + index, step and step[index]))
	result += [None] * 3
	for index in range(4):
		scales = None if step is None else entry.scale * step[index]
		result.append(drawn(bias, [units], -offset, offset, 20 + index, scales))
	return [*result, None, None, hidden, cell, None, None, None, None]


def sequence(
	name: str,
	kind: type,
	*,
	batch: int = 1,
	steps: int = 3,
	depth: int = 6,
	units: int = 5,
	time_major: bool = False,
	clip: float = 0,
	cell: float = 2**-11,
	weights: float = 0.008,
	entry: tuple[float, int] = (0.02, -7),
	hidden: tuple[float, int] = (1 / 128, 0),
) -> Case:
	"""entry, hidden: scale and zero point of the input and of the outputs; cell, weights: scales."""
	outer = [steps, batch] if time_major else [batch, steps]
	fields = options(
		"UnidirectionalSequenceLSTMOptions",
		fusedActivationFunction=TANH,
		cellClip=clip,
		projClip=0.0,
		timeMajor=time_major,
		asymmetricQuantizeInputs=False,
	)
	if kind is numpy.float32:
		inputs = operands(
			float32([*outer, depth]),
			units,
			numpy.float32,
			numpy.float32,
			float32([batch, units], variable=True),
			float32([batch, units], variable=True),
			None,
		)
		output = float32([*outer, units])
	else:
		inputs = operands(
			Tensor(kind, [*outer, depth], *entry),
			units,
			numpy.int8,
			numpy.int32 if kind is numpy.int8 else numpy.int64,
			Tensor(kind, [batch, units], *hidden, variable=True),
			int16([batch, units], cell, variable=True),
			weights,
		)
		output = Tensor(kind, [*outer, units], *hidden)
	return Case(name, single("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [output], fields), rows=5)


def made_by_converter(name: str, mode: Any, time_major: bool = False, **rest: Any) -> Case:
	function = lstm(4, 5, 6, 31, time_major)
	shape = (4, 1, 5) if time_major else (1, 4, 5)
	return Case(name, converted(function, [spec(*shape)], mode, whole=True, **rest), rows=4)


def svdf_near_half() -> Case:
	"""A state next to a half of its scale, which only the product of the scales in double precision rounds as it is."""
	entry, feature, state, time = 0.03304842486977577, 0.01958697848021984, 0.0003540406178217381, 2.0**-15
	weights = list(range(64, 128))
	# takes off what the state is about, so that the output shows its last bit
	bias = [-int(102 * weight * entry * feature / state) * 16384 for weight in weights]
	return Case(
		"svdf_near_half",
		single(
			"SVDF",
			[
				int8([1, 1], entry),
				constant([[weight] for weight in weights], numpy.int8, feature),
				constant([[16384]] * len(weights), numpy.int16, time),
				constant(bias, numpy.int32, state * time),
				int16([1, len(weights)], state, variable=True),
			],
			[int8([1, len(weights)], state / 2)],
			options("SVDFOptions", rank=1),
		),
		rows=[[numpy.array([[102]], numpy.int8)]],
	)


cases = [
	svdf_near_half(),
	svdf_float("svdf_float", 1, 6, 5, 1, 4),
	svdf_float("svdf_float_batch", 3, 4, 3, 2, 5, RELU),
	svdf_float("svdf_float_relu6", 1, 4, 3, 1, 2, RELU6),
	svdf_float("svdf_float_without_past", 2, 4, 3, 2, 1),
	svdf("svdf_int16", numpy.int16),
	svdf("svdf_int16_batch", numpy.int16, batch=3, rank=2, units=3),
	svdf("svdf_int16_relu", numpy.int16, activation=RELU, zeros=(-128, 0, -128)),
	svdf("svdf_int16_zero_high", numpy.int16, zeros=(127, 0, 127)),
	svdf("svdf_int16_saturated_state", numpy.int16, scales=(2.0, 1.0, 0.0001, 0.00001, 0.1), bias=0),
	svdf("svdf_int16_many", numpy.int16, inputs=33, units=11, memory=9),
	svdf("svdf_int8", numpy.int8, scales=(0.05, 0.01, 0.05, 0.004, 0.05)),
	svdf("svdf_int8_batch", numpy.int8, scales=(0.05, 0.01, 0.05, 0.004, 0.05), batch=2, rank=2, units=3, memory=3),
	svdf("svdf_int8_state_zero", numpy.int8, scales=(0.05, 0.01, 0.05, 0.004, 0.05), zeros=(9, 4, -9)),
	svdf("svdf_int8_without_past", numpy.int8, scales=(0.05, 0.01, 0.05, 0.004, 0.05), memory=1),
	sequence("lstm_float", numpy.float32),
	sequence("lstm_float_batch", numpy.float32, batch=2, steps=2),
	sequence("lstm_float_time_major", numpy.float32, batch=2, time_major=True),
	sequence("lstm_float_clip", numpy.float32, clip=0.25),
	sequence("lstm_int8", numpy.int8),
	sequence("lstm_int8_batch", numpy.int8, batch=2),
	sequence("lstm_int8_time_major", numpy.int8, batch=3, steps=2, time_major=True),
	sequence("lstm_int8_clip", numpy.int8, clip=0.3),
	sequence("lstm_int8_zero_low", numpy.int8, entry=(0.02, -128), hidden=(1 / 128, 127)),
	sequence("lstm_int8_zero_high", numpy.int8, entry=(0.02, 127), hidden=(1 / 100, -128)),
	sequence("lstm_int8_fine_cell", numpy.int8, cell=2**-15),
	sequence("lstm_int8_coarse_cell", numpy.int8, cell=2**-5),
	sequence("lstm_int8_saturated_gates", numpy.int8, weights=0.5),
	sequence("lstm_int8_odd_scale", numpy.int8, cell=0.0005, units=9, depth=17),
	sequence("lstm_int16", numpy.int16, entry=(0.0001, 0), hidden=(1 / 32768, 0)),
	sequence("lstm_int16_batch", numpy.int16, batch=2, entry=(0.0001, 0), hidden=(1 / 30000, 0)),
	sequence("lstm_int16_clip", numpy.int16, clip=0.2, entry=(0.0001, 0), hidden=(1 / 32768, 0)),
	made_by_converter("lstm_converted_float", "float32"),
	made_by_converter("lstm_converted_int8", "int8"),
	made_by_converter("lstm_converted_time_major", "float32", True),
]
