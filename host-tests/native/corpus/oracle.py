#!/usr/bin/env python3
"""Runs models on the interpreters that ours is compared with.

As a program it answers requests on stdin, one after another, so that a caller outlives an interpreter that aborts:
	request: u32 interpreter (0 TensorFlow Lite Micro, 1 LiteRT's reference kernels), u32 bytes of model,
		u32 bytes of input, the model, the input (rows of raw values)
	answer: u32 status (0 good, 1 refused), u32 bytes, the rows of raw output values or what was said
Needs the packages of tflite-micro or ai-edge-litert, not TensorFlow.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import numpy

TFLM = 0
LITERT = 1


class Refused(Exception):
	"""The interpreter cannot run the model, or died of it."""


class Oracle:
	"""The interpreters in a process of their own, started anew when it dies."""

	def __init__(self) -> None:
		self.process: subprocess.Popen[bytes] | None = None

	def run(self, interpreter: int, model: bytes, rows: bytes) -> bytes:
		if self.process is None:
			self.process = subprocess.Popen(
				[sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
			)
		assert self.process.stdin and self.process.stdout
		try:
			self.process.stdin.write(struct.pack("<III", interpreter, len(model), len(rows)) + model + rows)
			self.process.stdin.flush()
			header = self.process.stdout.read(8)
			status, size = struct.unpack("<II", header)
			answer = self.process.stdout.read(size)
		except (BrokenPipeError, struct.error):
			code = self.process.wait()
			self.process = None
			raise Refused(f"the interpreter ended with {code}") from None
		if status:
			raise Refused(answer.decode())
		return answer

	def close(self) -> None:
		if self.process is not None:
			assert self.process.stdin
			self.process.stdin.close()
			self.process.wait()


def _run_tflm(model: bytes, rows: bytes) -> bytes:
	from tflite_micro import runtime

	# Too much costs nothing, and TensorFlow Lite Micro's Python tells a full arena only on stderr.
	interpreter = runtime.Interpreter.from_bytes(model, arena_size=10 * len(model) + (8 << 20))
	graph = runtime.schema_fb.Model.GetRootAsModel(model, 0).Subgraphs(0)
	inputs = [interpreter.get_input_details(i) for i in range(graph.InputsLength())]
	output = bytearray()
	position = 0
	while position < len(rows):
		for index, details in enumerate(inputs):
			shape, kind = details["shape"], numpy.dtype(details["dtype"])
			count = int(numpy.prod(shape, dtype=numpy.int64))
			values = numpy.frombuffer(rows, kind, count, position).reshape(shape)
			interpreter.set_input(values, index)
			position += count * kind.itemsize
		interpreter.invoke()
		for index in range(graph.OutputsLength()):
			output += interpreter.get_output(index).tobytes()
	return bytes(output)


def _run_litert(model: bytes, rows: bytes) -> bytes:
	from ai_edge_litert.interpreter import Interpreter, OpResolverType

	interpreter = Interpreter(
		model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF, num_threads=1
	)
	interpreter.allocate_tensors()
	output = bytearray()
	position = 0
	while position < len(rows):
		for details in interpreter.get_input_details():
			shape, kind = details["shape"], numpy.dtype(details["dtype"])
			count = int(numpy.prod(shape, dtype=numpy.int64))
			interpreter.set_tensor(details["index"], numpy.frombuffer(rows, kind, count, position).reshape(shape))
			position += count * kind.itemsize
		interpreter.invoke()
		for details in interpreter.get_output_details():
			output += interpreter.get_tensor(details["index"]).tobytes()
	return bytes(output)


def _serve() -> None:
	# What the interpreters print on stdout must not reach the caller.
	answers = os.fdopen(os.dup(1), "wb")
	os.dup2(2, 1)
	while header := sys.stdin.buffer.read(12):
		interpreter, model_size, rows_size = struct.unpack("<III", header)
		model = sys.stdin.buffer.read(model_size)
		rows = sys.stdin.buffer.read(rows_size)
		try:
			status, answer = 0, (_run_litert if interpreter == LITERT else _run_tflm)(model, rows)
		except Exception as error:
			status, answer = 1, f"{type(error).__name__}: {error}".encode()
		answers.write(struct.pack("<II", status, len(answer)) + answer)
		answers.flush()


if __name__ == "__main__":
	_serve()
