#!/usr/bin/env python3
"""Makes the recorded models: make.py [FAMILY...] [--only CASE]. Without a family: all of them.

A family is a module in families/ with a list `cases`. Its folder in ../goldens is written anew.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pathlib
import struct
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy

from case import Case
from flat import TYPES, forget_unused, interface, schema, shape_of, strip, write
from oracle import LITERT, TFLM, Oracle, Refused

HERE = pathlib.Path(__file__).parent
GOLDENS = HERE.parent / "goldens"


def draw(entry: schema.TensorT, limits: tuple[float, float] | None, turn: int, source: numpy.random.Generator) -> numpy.ndarray:
	"""Values for an input: the first row is the lowest value, the second the highest, then any, with both ends in."""
	kind = numpy.dtype(TYPES[entry.type])
	shape = shape_of(entry)
	if kind == numpy.bool_:
		return source.integers(0, 2, shape).astype(kind)
	if kind.kind == "f":
		low, high = limits or (-4.0, 4.0)
		values = source.uniform(low, high, shape).astype(kind)
	else:
		ends = numpy.iinfo(kind)
		low, high = limits or (int(ends.min), int(ends.max))
		values = source.integers(int(low), int(high), shape, kind, endpoint=True)
	if turn < 2:
		return numpy.full(shape, (low, high)[turn], kind)
	mask = source.random(shape)
	return numpy.where(mask < 0.05, kind.type(low), numpy.where(mask > 0.95, kind.type(high), values)).astype(kind)


def rows_of(case: Case, model: schema.ModelT) -> list[bytes]:
	inputs, _ = interface(model)
	if not isinstance(case.rows, int):
		rows = []
		for row in case.rows:
			for entry, values in zip(inputs, row, strict=True):
				if values.dtype != TYPES[entry.type] or values.shape != shape_of(entry):
					raise ValueError(f"an input of {values.dtype}{values.shape} for {TYPES[entry.type]}{shape_of(entry)}")
			rows.append(b"".join(values.tobytes() for values in row))
		return rows
	ranges = case.ranges
	if ranges is None or isinstance(ranges[0], (int, float)):
		ranges = [ranges] * len(inputs)
	source = numpy.random.default_rng(case.seed)
	return [
		b"".join(draw(entry, limits, turn, source).tobytes() for entry, limits in zip(inputs, ranges, strict=True))
		for turn in range(case.rows)
	]


def record(case: Case, oracle: Oracle) -> tuple[bytes, bytes]:
	"""The files' bytes: the model, the golden."""
	model = case.model() if callable(case.model) else case.model
	if not case.complete:
		strip(model)
	forget_unused(model)
	if case.edit:
		case.edit(model)
	rows = rows_of(case, model)
	data = write(model)
	inputs = b"".join(rows)
	if case.expected is not None:
		outputs = b"".join(values.tobytes() for row in case.expected for values in row)
	elif case.without_tflm:
		try:
			oracle.run(TFLM, data, inputs)
		except Refused:
			outputs = oracle.run(LITERT, data, inputs)
		else:
			raise ValueError("TensorFlow Lite Micro runs this")
	else:
		outputs = oracle.run(TFLM, data, inputs)
	size = len(outputs) // len(rows)
	return data, struct.pack("<I", len(rows)) + b"".join(
		row + outputs[index * size : (index + 1) * size] for index, row in enumerate(rows)
	)


def make(family: str, only: str | None, oracle: Oracle) -> bool:
	module = importlib.import_module(f"families.{family}")
	cases: list[Case] = module.cases
	names = [case.name for case in cases]
	if len(set(names)) != len(names):
		raise ValueError(f"{family} has two cases of one name")
	folder = GOLDENS / family
	folder.mkdir(parents=True, exist_ok=True)
	if not only:
		for path in folder.iterdir():
			path.unlink()
		litert = [f"{case.name}: {case.without_tflm}\n" for case in cases if case.without_tflm]
		if litert:
			(folder / "litert.txt").write_text("".join(litert))
		for name, text in getattr(module, "files", {}).items():
			(folder / name).write_text(text)
	good = True
	total = 0
	for case in cases:
		if only and case.name != only:
			continue
		try:
			model, golden = record(case, oracle)
		except Exception as error:
			print(f"{family}/{case.name}: {type(error).__name__}: {error}", file=sys.stderr)
			good = False
			continue
		(folder / f"{case.name}.tflite").write_bytes(model)
		(folder / f"{case.name}.golden").write_bytes(golden)
		total += len(model) + len(golden)
		print(f"{family}/{case.name}: {len(model)} + {len(golden)} bytes")
	print(f"{family}: {len(cases)} cases, {total} bytes")
	return good


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("family", nargs="*")
	parser.add_argument("--only", metavar="CASE", help="make this case alone and leave the others' files")
	arguments = parser.parse_args()
	families = arguments.family or sorted(
		path.stem for path in (HERE / "families").glob("*.py") if path.stem != "__init__"
	)
	oracle = Oracle()
	good = all([make(family, arguments.only, oracle) for family in families])
	oracle.close()
	return 0 if good else 1


if __name__ == "__main__":
	sys.exit(main())
