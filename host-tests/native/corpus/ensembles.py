"""Writes scikit-learn's trees and support vectors as the engine's custom operators (native/engine/operators/CUSTOM.md)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy

NARROW = 1  # words of a node
WIDE = 2

VOTE = 0  # what a leaf holds
NUMBER = 1
ROW = 2

LINEAR = 0  # kernels
RADIAL = 1
POLYNOMIAL = 2

DECISIONS = 0  # what support vectors answer
VOTES = 1

Threshold = Callable[[float], int]


def integer_threshold(value: float) -> int:
	"""For features that are integers: x <= value where x <= the greatest integer that is not above it."""
	return int(numpy.floor(value))


def float_threshold(value: float) -> int:
	"""For features of single precision: the bits of the greatest such number that is not above the value."""
	nearest = numpy.float32(value)
	if float(nearest) > value:
		nearest = numpy.nextafter(nearest, numpy.float32(-numpy.inf))
	return int((nearest + numpy.float32(0)).view(numpy.uint32))


def tree_words(tree: Any, node_words: int, threshold: Threshold, leaf: Callable[[int], int]) -> list[int]:
	"""A tree of scikit-learn (its tree_) in preorder; `leaf` gives what a leaf holds, by scikit-learn's number of it."""
	words = [0]

	def write(node: int) -> int:
		"""Writes a subtree, gives how many nodes it has."""
		if tree.children_left[node] < 0:
			words.extend([leaf(node) << 1 & 0xFFFFFFFF | 1] + [0] * (node_words - 1))
			return 1
		at = len(words)
		words.extend([0] * node_words)
		left = write(tree.children_left[node])
		right = write(tree.children_right[node])
		feature, value = int(tree.feature[node]), threshold(tree.threshold[node])
		if node_words == NARROW:
			if feature >= 1 << 10 or left >= 1 << 13 or not -128 <= value <= 127:
				raise ValueError("the tree needs wide nodes")
			words[at] = feature << 1 | left << 11 | (value & 0xFF) << 24
		else:
			if feature >= 1 << 15 or left >= 1 << 16:
				raise ValueError("the tree is too large")
			words[at] = feature << 1 | left << 16
			words[at + 1] = value & 0xFFFFFFFF
		return 1 + left + right

	words[0] = write(0)
	return words


def trees_options(node_words: int, leaves: int, scale: float) -> bytes:
	return struct.pack("<BBBBf", 1, node_words, leaves, 0, scale)


def forest(
	trees: Sequence[Any], node_words: int, threshold: Threshold, leaf: Callable[[int, int], int]
) -> numpy.ndarray:
	"""The nodes of several trees; `leaf` takes the number of the tree and of its leaf."""
	words: list[int] = []
	for index, tree in enumerate(trees):
		words += tree_words(tree, node_words, threshold, lambda node: leaf(index, node))
	return numpy.array(words, numpy.uint32).view(numpy.int32)


def svm_options(kernel: int, answer: int, degree: int = 0, gamma: float = 0, zero: float = 0) -> bytes:
	return struct.pack("<BBBBff", 1, kernel, answer, degree, gamma, zero)
