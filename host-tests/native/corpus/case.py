"""What a family of models consists of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

from flat import schema

Row = Sequence[numpy.ndarray]


@dataclass
class Case:
	"""One model with rows of input: NAME.tflite and NAME.golden in the family's folder.

	model: a model of `graph` or a maker of one (`convert`), called when the case is recorded.
	rows: how many rows to draw, or the rows themselves: for each row one array for each input.
	ranges: for each input the lowest and highest value to draw (both included), None for the type's full range
		(float32: -4 to 4). A single pair stands for all inputs.
	edit: changes the model before it is written, say to quantisation that the converter never makes (`flat`).
	without_tflm: why TensorFlow Lite Micro cannot run the model; LiteRT's reference kernels are then recorded. That
		TensorFlow Lite Micro indeed refuses is checked.
	expected: the outputs of another oracle for the rows, which are then given too: for operators of our own.
	complete: keep the converter's metadata and signatures, as files in the field have them.
	seed: of the drawn values.
	"""

	name: str
	model: schema.ModelT | Callable[[], schema.ModelT]
	rows: int | Sequence[Row] = 4
	ranges: Sequence[tuple[float, float] | None] | tuple[float, float] | None = None
	edit: Callable[[schema.ModelT], None] | None = None
	without_tflm: str = ""
	expected: Sequence[Row] | None = None
	complete: bool = False
	seed: int = 1
