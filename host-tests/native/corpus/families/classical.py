"""The classical models of the paper's Table 2 and their relatives, trained by scikit-learn, whose own answers are recorded.

Two sets of data: scikit-learn's digits, 8x8 pixels from 0 to 16, and gestures drawn here, 119 samples of 6 axes, of two
classes. What the engine answers is what scikit-learn does:
- votes and the tree that a walk ends in exactly;
- float32 sums within the tolerance of the test;
- where leaves are rounded to 16 bits, the sum of the rounded ones, of the leaves that scikit-learn walks to.
"""

from collections.abc import Sequence
from typing import Any

import numpy
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import (
	GradientBoostingClassifier,
	GradientBoostingRegressor,
	RandomForestClassifier,
	RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from case import Case, Row
from ensembles import NARROW, NUMBER, ROW, VOTE, WIDE, float_threshold, forest, integer_threshold, trees_options
from graph import Graph, Tensor, constant, float32, int8, int16, model, options, single

GESTURE_STEP = 1 / 8192  # of the int16 values, in g
SCORE = (1 / 256, -128)  # scale and zero point of int8 scores


def gestures(count: int) -> tuple[numpy.ndarray, numpy.ndarray]:
	"""Two kinds of movement: a swing there and back, and a tap; each of its own size, moment, pace and noise."""
	source = numpy.random.default_rng(2)
	moments = numpy.arange(119) / 119
	rows = []
	labels = numpy.arange(count) % 2
	for label in labels:
		size, start, pace = source.uniform(0.5, 1.2), source.normal(0, 0.09), source.uniform(0.8, 1.2)
		moment = (moments - 0.5 - start) * pace
		wave = numpy.sin(4 * numpy.pi * moment) if label else 1.4 * numpy.exp(-((moment * 7) ** 2))
		axes = numpy.cos(numpy.arange(6)) * size * wave[:, None]
		rows.append((axes + source.normal(0, 0.55, axes.shape)).reshape(-1))
	return numpy.clip(numpy.round(numpy.array(rows) / GESTURE_STEP), -32768, 32767).astype(numpy.int16), labels


def digits() -> tuple[numpy.ndarray, numpy.ndarray]:
	pixels, labels = load_digits(return_X_y=True)
	order = numpy.random.default_rng(1).permutation(len(pixels))
	return pixels[order].astype(numpy.int8), labels[order]


DIGITS, DIGIT_LABELS = digits()
DIGITS_TRAIN, DIGITS_TEST = DIGITS[:1347], DIGITS[1347:]
GESTURES, GESTURE_LABELS = gestures(400)
GESTURES_TRAIN, GESTURES_TEST = GESTURES[:280], GESTURES[280:]
DIABETES, PROGRESS = (values.astype(numpy.float32) for values in load_diabetes(return_X_y=True))


def trained(model: Any, features: numpy.ndarray, labels: numpy.ndarray) -> Any:
	return model.fit(features, labels[: len(features)])


def one_by_one(rows: numpy.ndarray) -> list[Row]:
	return [[row[None]] for row in rows]


def estimators(fitted: Any) -> list[Any]:
	"""The trees of a tree, of a forest, or of a boosted ensemble, where the classes take turns."""
	return list(numpy.ravel(fitted.estimators_)) if hasattr(fitted, "estimators_") else [fitted]


def rounded(real: numpy.ndarray) -> numpy.ndarray:
	"""int8 scores of probabilities."""
	return numpy.clip(numpy.floor(real * 256 + 0.5) - 128, -128, 127).astype(numpy.int8)


def voting(name: str, fitted: Any, rows: numpy.ndarray, node_words: int) -> Case:
	"""A classifier whose trees vote; int8 scores, the share of the votes for each class."""
	trees = estimators(fitted)
	classes = len(fitted.classes_)
	nodes = forest(
		[tree.tree_ for tree in trees],
		node_words,
		integer_threshold,
		lambda tree, leaf: int(trees[tree].tree_.value[leaf][0].argmax()),
	)
	entry = (int8 if rows.dtype == numpy.int8 else int16)([1, rows.shape[1]], 1 if classes == 10 else GESTURE_STEP)
	shares = sum(numpy.eye(classes)[tree.predict(rows).astype(int)] for tree in trees) / len(trees)
	assert (shares.argmax(1) == fitted.predict(rows)).all()
	return Case(
		name,
		single(
			"TMLAAS_TREES",
			[entry, constant(nodes)],
			[int8([1, classes], *SCORE)],
			custom=trees_options(node_words, VOTE, 1 / len(trees)),
		),
		one_by_one(rows),
		expected=one_by_one(rounded(shares)),
	)


cases: list[Case] = [
	voting(
		"digits_tree", trained(DecisionTreeClassifier(random_state=0), DIGITS_TRAIN, DIGIT_LABELS), DIGITS_TEST[:20], NARROW
	),
	voting(
		"digits_forest10",
		trained(RandomForestClassifier(10, random_state=0), DIGITS_TRAIN, DIGIT_LABELS),
		DIGITS_TEST[:20],
		NARROW,
	),
	*(
		voting(f"gesture_{name}", trained(tree, GESTURES_TRAIN, GESTURE_LABELS), GESTURES_TEST[:8], WIDE)
		for name, tree in (
			("tree", DecisionTreeClassifier(random_state=0)),
			("forest10", RandomForestClassifier(10, random_state=0)),
			("forest100", RandomForestClassifier(100, random_state=0)),
		)
	),
]
