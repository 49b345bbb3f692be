#!/usr/bin/env python3
"""Records TensorFlow Lite Micro's outputs for the models in a folder.

Needs the packages `tflite-micro` and `numpy`. For each NAME.tflite with its NAME.in (rows of raw input values) it
writes NAME.out (rows of raw output values):

	node_modules/.bin/tsx host-tests/native/write.ts host-tests/native/goldens
	python3 host-tests/native/record.py host-tests/native/goldens
"""

import pathlib
import sys

import numpy
from tflite_micro import runtime


def record(path: pathlib.Path) -> None:
	interpreter = runtime.Interpreter.from_bytes(path.read_bytes())
	details = interpreter.get_input_details(0)
	values = numpy.frombuffer(path.with_suffix(".in").read_bytes(), details["dtype"])
	with path.with_suffix(".out").open("wb") as out:
		for row in values.reshape(-1, *details["shape"]):
			interpreter.set_input(row, 0)
			interpreter.invoke()
			out.write(interpreter.get_output(0).tobytes())


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.tflite")):
	record(path)
	print(path.stem)
