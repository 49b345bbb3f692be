"""The classical models of the paper's Table 2 and their relatives, trained by scikit-learn, whose own answers are recorded.

Two sets of data: scikit-learn's digits, 8x8 pixels from 0 to 16, and gestures drawn here, 119 samples of 6 axes, of two
classes. What the engine answers is what scikit-learn does:
- votes and the tree that a walk ends in exactly;
- float32 sums within the tolerance of the test;
- where leaves are rounded to 16 bits, the sum of the rounded ones, of the leaves that scikit-learn walks to.
Models made of standard operators, int8, have TensorFlow Lite Micro's outputs recorded instead. classes.json holds
the classes that scikit-learn predicts for the rows of the classifiers, all of them.
"""

import json
from typing import Any

import numpy
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import (
	GradientBoostingClassifier,
	GradientBoostingRegressor,
	RandomForestClassifier,
	RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from case import Case, Row
from ensembles import (
	DECISIONS,
	LINEAR,
	NARROW,
	NUMBER,
	POLYNOMIAL,
	RADIAL,
	ROW,
	VOTE,
	VOTES,
	WIDE,
	float_threshold,
	forest,
	integer_threshold,
	svm_options,
	trees_options,
)
from flat import schema
from graph import Graph, Tensor, constant, float32, int8, int16, model, options, single

GESTURE_STEP = 1 / 8192  # of the int16 values, in g
COARSE_STEP = 1 / 32  # of int8 values
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
COARSE = numpy.clip(numpy.round(GESTURES / 256), -128, 127).astype(numpy.int8)
COARSE_TRAIN, COARSE_TEST = COARSE[:280], COARSE[280:]
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


CLASSES: dict[str, list[int]] = {}
"""What scikit-learn predicts for the rows of the classifiers."""


TOLERANCES: dict[str, float] = {}
"""Of the machines' decisions, where that is more than the test's own."""


def predicted(name: str, fitted: Any, rows: numpy.ndarray) -> None:
	CLASSES[name] = [int(label) for label in fitted.predict(rows)]


KERNELS = {"linear": LINEAR, "rbf": RADIAL, "poly": POLYNOMIAL}


def entry_for(rows: numpy.ndarray) -> Tensor:
	"""The input of a model for one of these rows."""
	shape = [1, rows.shape[1]]
	if rows.dtype == numpy.float32:
		return float32(shape)
	return int16(shape, GESTURE_STEP) if rows.dtype == numpy.int16 else int8(shape, step_of(rows))


def step_of(rows: numpy.ndarray) -> float:
	return 1 if rows.shape[1] == 64 else COARSE_STEP if rows.dtype == numpy.int8 else GESTURE_STEP


def real(rows: numpy.ndarray) -> numpy.ndarray:
	"""What scikit-learn is given for rows of integers."""
	return rows * step_of(rows) if rows.dtype != numpy.float32 else rows


def tolerance(fitted: Any, rows: numpy.ndarray, decisions: numpy.ndarray) -> float:
	"""Relative to a decision or to 1: four roundings of float32 in each term, all in one direction."""
	parameters = {
		"linear": {},
		"rbf": {"gamma": fitted._gamma},
		"poly": {"gamma": fitted._gamma, "coef0": fitted.coef0, "degree": fitted.degree},
	}[fitted.kernel]
	kernels = pairwise_kernels(rows, fitted.support_vectors_, fitted.kernel, **parameters)
	sizes = numpy.abs(kernels) @ numpy.abs(fitted.dual_coef_).sum(0)
	return float(4 * 2.0**-24 * (sizes[:, None] / numpy.maximum(1, numpy.abs(decisions))).max())


def machine(name: str, fitted: Any, rows: numpy.ndarray, answer: int) -> Case:
	"""Support vectors: votes of ten classes, decisions of ten, two (positive for the second) or none."""
	vectors = fitted.support_vectors_
	entry = entry_for(rows)
	step = step_of(rows) if rows.dtype != numpy.float32 else None
	stored = (vectors / step).round().astype(rows.dtype) if step else vectors.astype(numpy.float32)
	coefficients, intercepts = fitted.dual_coef_, fitted.intercept_
	decisions = (fitted.decision_function if hasattr(fitted, "classes_") else fitted.predict)(real(rows))
	decisions = decisions.reshape(len(rows), -1)
	classes = len(fitted.n_support_)
	if answer == DECISIONS:
		TOLERANCES[name] = tolerance(fitted, real(rows), decisions)
	answers = decisions
	if answer == VOTES:
		pairs = [(a, b) for a in range(classes) for b in range(a + 1, classes)]
		answers = numpy.zeros((len(rows), classes))
		for (a, b), decision in zip(pairs, decisions.T):
			answers[:, a] += decision > 0
			answers[:, b] += decision <= 0
		answers /= classes - 1
	if hasattr(fitted, "classes_"):
		predicted(name, fitted, real(rows))
	operands = [
		entry,
		constant(stored, rows.dtype, step),
		constant(coefficients.T, numpy.float32),
		constant(intercepts, numpy.float32),
		constant(fitted.n_support_),
	]
	if fitted.kernel == "rbf" and rows.dtype == numpy.int8:
		operands.append(constant((stored.astype(numpy.int32) ** 2).sum(1)))
	return Case(
		name,
		single(
			"TMLAAS_SVM",
			operands,
			[float32([1, answers.shape[1]])],
			custom=svm_options(KERNELS[fitted.kernel], answer, fitted.degree, fitted._gamma, fitted.coef0),
		),
		one_by_one(rows),
		expected=one_by_one(answers.astype(numpy.float32)),
	)


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
	shares = sum(numpy.eye(classes)[tree.predict(rows).astype(int)] for tree in trees) / len(trees)
	predicted(name, fitted, rows)
	return Case(
		name,
		single(
			"TMLAAS_TREES",
			[entry_for(rows), constant(nodes)],
			[int8([1, classes], *SCORE)],
			custom=trees_options(node_words, VOTE, 1 / len(trees)),
		),
		one_by_one(rows),
		expected=one_by_one(rounded(shares)),
	)


def leaves_of(fitted: Any, rows: numpy.ndarray) -> numpy.ndarray:
	"""For each row and tree, in the order of `estimators`, the number of the leaf that scikit-learn ends in."""
	return numpy.stack([tree.apply(rows) for tree in estimators(fitted)], 1)


def whole(fitted: Any) -> list[numpy.ndarray]:
	"""For each tree, the numbers of its nodes: all that one leaf gives."""
	return [tree.tree_.value.reshape(tree.tree_.node_count, -1) for tree in estimators(fitted)]


def summing(
	name: str,
	fitted: Any,
	rows: numpy.ndarray,
	*,
	kind: type = numpy.float32,
	outputs: int = 1,
	factor: float = 1,
	base: numpy.ndarray | None = None,
	numbers: bool = False,
	output: Tensor | None = None,
	last: str = "",
	batch: int = 1,
) -> Case:
	"""Trees whose leaves are added up, with wide nodes.

	kind: of the leaves' values in their table; numbers: 16 bits, in the leaves themselves.
	factor: by which the sum is multiplied, base: to which it is added.
	output: where it is not float32; last: the operator that follows.
	"""
	values = whole(fitted)
	step = 1.0
	if kind != numpy.float32 or numbers:
		limit = 127 if kind == numpy.int8 else 32767
		step = max(float(numpy.abs(value).max()) for value in values) / limit
		values = [numpy.round(value / step) for value in values]
	table: list[numpy.ndarray] = []

	def leaf(tree: int, node: int) -> int:
		if numbers:
			return int(values[tree][node, 0])
		table.append(values[tree][node])
		return len(table) - 1

	threshold = float_threshold if rows.dtype == numpy.float32 else integer_threshold
	nodes = forest([tree.tree_ for tree in estimators(fitted)], WIDE, threshold, leaf)
	scale = float(numpy.float32(step * factor))
	leaves = leaves_of(fitted, rows)
	width = values[0].shape[1]
	sums = numpy.zeros((len(rows), outputs))
	for tree, value in enumerate(values):
		target = slice(None) if width == outputs else slice(tree % outputs, tree % outputs + 1)
		sums[:, target] += value[leaves[:, tree]]
	if hasattr(fitted, "classes_"):
		predicted(name, fitted, rows)
	answers = sums * scale + (0 if base is None else base.astype(numpy.float32))
	operands = [constant(nodes)]
	if not numbers:
		operands.append(constant(numpy.array(table), kind))
	if base is not None:
		operands += [None] * numbers + [constant(base, numpy.float32)]
	shape = [batch, outputs]
	if output is not None:
		assert base is None
		answers = numpy.clip(numpy.floor(answers / output.scale + 0.5) + output.zero_point, -128, 127)
	entry = entry_for(rows)
	entry.shape = [batch, rows.shape[1]]
	graph = Graph()
	inputs = [graph.input(entry), *(-1 if operand is None else graph.add(operand) for operand in operands)]
	graph.outputs = graph.operator(
		"TMLAAS_TREES",
		inputs,
		[output or float32(shape)],
		custom=trees_options(WIDE, NUMBER if numbers else ROW, scale),
	)
	if last == "LOGISTIC":
		answers = 1 / (1 + numpy.exp(-answers))
		graph.outputs = graph.operator(last, graph.outputs, [float32(shape)])
	if last == "SOFTMAX":
		powers = numpy.exp(answers - answers.max(1, keepdims=True))
		answers = powers / powers.sum(1, keepdims=True)
		graph.outputs = graph.operator(last, graph.outputs, [float32(shape)], options("SoftmaxOptions", beta=1.0))
	if not hasattr(fitted, "classes_"):
		assert numpy.allclose(answers[:, 0], fitted.predict(rows), rtol=1e-6)
	answers = answers.astype(numpy.float32 if output is None else numpy.int8)
	return Case(
		name,
		model(graph),
		[[part] for part in rows.reshape(-1, batch, rows.shape[1])],
		expected=[[part] for part in answers.reshape(-1, batch, outputs)],
	)


def boosted(name: str, fitted: Any, rows: numpy.ndarray, **rest: Any) -> Case:
	outputs = fitted.estimators_.shape[1]
	start = fitted._raw_predict_init(rows[:1].astype(numpy.float32))[0]
	return summing(name, fitted, rows, outputs=outputs, factor=fitted.learning_rate, base=start, **rest)


def quantised(values: numpy.ndarray, limit: int = 127) -> tuple[numpy.ndarray, float]:
	scale = float(numpy.float32(numpy.abs(values).max() / limit))
	return numpy.round(values / scale), scale


def span_of(values: numpy.ndarray) -> tuple[float, int]:
	"""int8 quantisation for these values and 0."""
	low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
	scale = float(numpy.float32((high - low) / 255))
	return scale, int(numpy.clip(round(-128 - low / scale), -128, 127))


def linear(graph: Graph, x: int, entry: Tensor, weights: numpy.ndarray, offsets: numpy.ndarray, output: Tensor) -> list[int]:
	"""FULLY_CONNECTED of float32, or of int8 with one scale for all weights."""
	if entry.scale is None:
		parameters = [x, *(graph.add(constant(values, numpy.float32)) for values in (weights, offsets))]
		return graph.operator("FULLY_CONNECTED", parameters, [output], options("FullyConnectedOptions"))
	stored, scale = quantised(weights)
	bias_scale = float(numpy.float32(entry.scale) * numpy.float32(scale))
	return graph.operator(
		"FULLY_CONNECTED",
		[
			x,
			graph.add(constant(stored, numpy.int8, scale)),
			graph.add(constant(numpy.round(offsets / bias_scale), numpy.int32, bias_scale)),
		],
		[output],
		options("FullyConnectedOptions"),
	)


def scored(graph: Graph, logits: list[int], scores: Tensor) -> schema.ModelT:
	"""Ends in probabilities: of the second class of two, or of each."""
	if scores.shape[1] == 1:
		graph.outputs = graph.operator("LOGISTIC", logits, [scores])
	else:
		graph.outputs = graph.operator("SOFTMAX", logits, [scores], options("SoftmaxOptions", beta=1.0))
	return model(graph)


def logistic(name: str, fitted: Any, train: numpy.ndarray, rows: numpy.ndarray) -> Case:
	count = len(fitted.coef_)
	predicted(name, fitted, real(rows))
	graph = Graph()
	entry = entry_for(rows)
	logits = int8([1, count], *span_of(real(train) @ fitted.coef_.T + fitted.intercept_))
	return Case(
		name,
		scored(graph, linear(graph, graph.input(entry), entry, fitted.coef_, fitted.intercept_, logits), int8([1, count], *SCORE)),
		one_by_one(rows),
	)


def bayes(name: str, fitted: Any, train: numpy.ndarray, rows: numpy.ndarray) -> Case:
	"""Gaussian naive Bayes: log p(class | x) = sum of a x^2 + b x + c, save what all classes have in common.

	The parts of ten classes nearly cancel out, too much so for 8 bits: those are float32.
	"""
	squares = -0.5 / fitted.var_
	slopes = fitted.theta_ / fitted.var_
	offsets = numpy.log(fitted.class_prior_) - 0.5 * (
		numpy.log(2 * numpy.pi * fitted.var_) + fitted.theta_**2 / fitted.var_
	).sum(1)
	if len(offsets) == 2:
		squares, slopes, offsets = squares[1:] - squares[:1], slopes[1:] - slopes[:1], offsets[1:] - offsets[:1]
	else:
		squares, slopes, offsets = (values - values.mean(0) for values in (squares, slopes, offsets))
	count = len(offsets)
	predicted(name, fitted, real(rows))
	x = real(train)
	first, second = x**2 @ squares.T, x @ slopes.T + offsets
	graph = Graph()
	wide = count > 1
	entry = float32([1, rows.shape[1]]) if wide else entry_for(rows)

	def result(values: numpy.ndarray) -> Tensor:
		shape = [1, values.shape[1]]
		return float32(shape) if wide else int8(shape, *span_of(values))

	square = result(x**2)
	index = graph.input(entry)
	(powers,) = graph.operator("MUL", [index, index], [square], options("MulOptions"))
	parts = [
		*linear(graph, powers, square, squares, numpy.zeros(count), result(first)),
		*linear(graph, index, entry, slopes, offsets, result(second)),
	]
	logits = graph.operator("ADD", parts, [result(first + second)], options("AddOptions"))
	scores = float32([1, count]) if wide else int8([1, count], *SCORE)
	return Case(name, scored(graph, logits, scores), one_by_one(rows.astype(numpy.float32) if wide else rows))


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
	machine("digits_svm_rbf", trained(SVC(decision_function_shape="ovo"), real(DIGITS_TRAIN), DIGIT_LABELS), DIGITS_TEST[:20], VOTES),
	machine(
		"digits_svm_poly",
		trained(SVC(kernel="poly", coef0=1.5, decision_function_shape="ovo"), real(DIGITS_TRAIN[:150]), DIGIT_LABELS),
		DIGITS_TEST[:8],
		DECISIONS,
	),
	machine("gesture_svm_linear", trained(SVC(kernel="linear"), real(COARSE_TRAIN), GESTURE_LABELS), COARSE_TEST[:8], DECISIONS),
	machine("gesture_svm_rbf", trained(SVC(), real(COARSE_TRAIN), GESTURE_LABELS), COARSE_TEST[:8], DECISIONS),
	machine("gesture_svm_int16", trained(SVC(), real(GESTURES_TRAIN[:24]), GESTURE_LABELS), GESTURES_TEST[:4], DECISIONS),
	machine("diabetes_svm", trained(SVR(C=100), DIABETES[:120], PROGRESS), DIABETES[400:406], DECISIONS),
	summing(
		"digits_mean_probability",
		trained(RandomForestClassifier(6, max_leaf_nodes=14, random_state=0), DIGITS_TRAIN, DIGIT_LABELS),
		DIGITS_TEST[:20],
		kind=numpy.int16,
		outputs=10,
		factor=1 / 6,
		output=int8([1, 10], *SCORE),
	),
	summing(
		"gesture_mean_probability",
		trained(RandomForestClassifier(5, max_depth=3, random_state=0), GESTURES_TRAIN, GESTURE_LABELS),
		GESTURES_TEST[:4],
		kind=numpy.int8,
		outputs=2,
		factor=1 / 5,
	),
	boosted(
		"digits_boosted",
		trained(GradientBoostingClassifier(n_estimators=4, max_depth=3, random_state=0), DIGITS_TRAIN, DIGIT_LABELS),
		DIGITS_TEST[:20],
		numbers=True,
		last="SOFTMAX",
	),
	boosted(
		"gesture_boosted",
		trained(GradientBoostingClassifier(n_estimators=20, max_depth=2, random_state=0), GESTURES_TRAIN, GESTURE_LABELS),
		GESTURES_TEST[:4],
		numbers=True,
		last="LOGISTIC",
	),
	summing(
		"diabetes_tree",
		trained(DecisionTreeRegressor(max_leaf_nodes=30, random_state=0), DIABETES[:300], PROGRESS),
		DIABETES[400:406],
	),
	summing(
		"diabetes_forest",
		trained(RandomForestRegressor(8, max_leaf_nodes=12, random_state=0), DIABETES[:300], PROGRESS),
		DIABETES[400:406],
		factor=1 / 8,
		batch=3,
	),
	boosted(
		"diabetes_boosted",
		trained(GradientBoostingRegressor(n_estimators=30, max_depth=2, random_state=0), DIABETES[:300], PROGRESS),
		DIABETES[400:406],
	),
	logistic(
		"digits_logistic",
		trained(LogisticRegression(max_iter=2000), real(DIGITS_TRAIN), DIGIT_LABELS),
		DIGITS_TRAIN,
		DIGITS_TEST[:20],
	),
	logistic(
		"gesture_logistic",
		trained(LogisticRegression(max_iter=1000), real(COARSE_TRAIN), GESTURE_LABELS),
		COARSE_TRAIN,
		COARSE_TEST[:8],
	),
	bayes(
		"digits_bayes",
		trained(GaussianNB(var_smoothing=0.1), real(DIGITS_TRAIN), DIGIT_LABELS),
		DIGITS_TRAIN,
		DIGITS_TEST[:20],
	),
	bayes("gesture_bayes", trained(GaussianNB(), real(COARSE_TRAIN), GESTURE_LABELS), COARSE_TRAIN, COARSE_TEST[:8]),
]

files = {
	"classes.json": json.dumps(CLASSES, indent="\t") + "\n",
	"tolerances.json": json.dumps(TOLERANCES, indent="\t") + "\n",
}
