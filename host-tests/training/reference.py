"""Runs a model on rows of raw inputs by TensorFlow Lite (LiteRT) or by TensorFlow Lite Micro.

reference.py litert|tflm MODEL ROWS COUNT > OUTPUTS
Outputs are raw, COUNT of them one after another for each row. A model that is refused: its message on stderr, exit status 2.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy

Run = Callable[[bytes], bytes]


def litert(model: bytes, count: int) -> tuple[int, Run]:
	from ai_edge_litert.interpreter import Interpreter, OpResolverType

	# Its reference kernels: others round in ways that depend on the machine.
	interpreter = Interpreter(model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
	interpreter.allocate_tensors()
	(entry,) = interpreter.get_input_details()
	outputs = [output["index"] for output in interpreter.get_output_details()[:count]]

	def run(row: bytes) -> bytes:
		interpreter.set_tensor(entry["index"], numpy.frombuffer(row, entry["dtype"]).reshape(entry["shape"]))
		interpreter.invoke()
		return b"".join(interpreter.get_tensor(index).tobytes() for index in outputs)

	return int(numpy.prod(entry["shape"])) * numpy.dtype(entry["dtype"]).itemsize, run


def tflm(model: bytes, count: int) -> tuple[int, Run]:
	from tflite_micro import runtime

	interpreter = runtime.Interpreter.from_bytes(model)
	entry = interpreter.get_input_details(0)

	def run(row: bytes) -> bytes:
		interpreter.set_input(numpy.frombuffer(row, entry["dtype"]).reshape(entry["shape"]), 0)
		interpreter.invoke()
		return b"".join(interpreter.get_output(index).tobytes() for index in range(count))

	return int(numpy.prod(entry["shape"])) * numpy.dtype(entry["dtype"]).itemsize, run


def main() -> int:
	with open(sys.argv[2], "rb") as file:
		model = file.read()
	try:
		size, run = {"litert": litert, "tflm": tflm}[sys.argv[1]](model, int(sys.argv[4]))
	except (RuntimeError, ValueError) as error:
		print(error, file=sys.stderr)
		return 2
	with open(sys.argv[3], "rb") as file:
		rows = file.read()
	for start in range(0, len(rows), size):
		sys.stdout.buffer.write(run(rows[start : start + size]))
	return 0


sys.exit(main())
