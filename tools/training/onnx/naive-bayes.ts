/**
 * Gaussian naive Bayes has no operator in ONNX: it stands there as arithmetic. What is looked for is its meaning, a sum
 * over the features of (x − constant)² · constant, times and plus further constants, in whatever order it was put.
 */

import { integer } from "./attributes";
import { OnnxError } from "./error";
import type { OnnxNode, OnnxTensor } from "./file";
import type { NaiveBayes } from "./parameters";
import { operand, type Walk } from "./walk";

/** What leaves the values of the features as they are. */
const reshapes = new Set(["Reshape", "Unsqueeze", "Identity", "Cast"]);

interface Sum {
	/** Added to the score of each class. */
	readonly offsets: Float64Array;
	/** What the sum over the features is multiplied with. */
	readonly factor: number;
	readonly reduction: OnnxNode;
}

/** The model whose log-likelihoods are `scores`, with the name of the tensor of its features. */
export function readNaiveBayes(
	walk: Walk,
	scores: string,
	classes: number,
): { features: number; input: string; method: NaiveBayes } {
	const { offsets, factor, reduction } = terms(walk, scores, classes);
	const product = made(walk, operand(reduction, 0), reduction);
	const { node: square, tensor: variances, inverted } = scaledSquare(walk, product);
	const difference = squared(walk, square);
	const [first, second] = [operand(difference, 0), operand(difference, 1)];
	const means = walk.constant(second) ?? walk.constant(first);
	if (difference.operator !== "Sub" || !means) throw unknown(difference);
	const features = means.numbers.length / classes;
	const shaped = (constant: OnnxTensor) => constant.shape.at(-1) === features && constant.shape.at(-2) === classes;
	if (!Number.isInteger(features) || !shaped(means) || !shaped(variances)) throw unknown(difference);
	const weights = Float64Array.from(variances.numbers, (value) => -factor * (inverted ? 1 / value : value));
	if (!weights.every((weight) => Number.isFinite(weight)))
		throw new OnnxError("malformed", "a variance is 0", product.label);
	return {
		features,
		input: walk.behind(walk.constant(second) ? first : second, reshapes).tensor,
		method: { kind: "naiveBayes", means: Float64Array.from(means.numbers), weights, offsets },
	};
}

/** Takes sums and products with constants apart, down to the sum over the features. */
function terms(walk: Walk, scores: string, classes: number): Sum {
	const offsets = new Float64Array(classes);
	let factor = 1;
	let name = scores;
	let user: OnnxNode | undefined;
	for (;;) {
		const node = made(walk, name, user);
		user = node;
		if (node.operator === "ReduceSum") {
			checkLastAxis(walk, node);
			return { offsets, factor, reduction: node };
		}
		if (node.operator === "Neg") {
			factor = -factor;
			name = operand(node, 0);
			continue;
		}
		const [first, second] = [operand(node, 0), operand(node, 1)];
		const [left, right] = [walk.constant(first), walk.constant(second)];
		const constant = left ?? right;
		if (!constant) throw unknown(node);
		name = left ? second : first;
		switch (node.operator) {
			case "Add":
				add(node, offsets, constant, factor);
				break;
			case "Sub":
				add(node, offsets, constant, left ? factor : -factor);
				if (left) factor = -factor;
				break;
			case "Mul":
				factor *= scalar(node, constant);
				break;
			case "Div":
				if (left) throw unknown(node);
				factor /= scalar(node, constant);
				break;
			default:
				throw unknown(node);
		}
	}
}

function add(node: OnnxNode, offsets: Float64Array, { numbers }: OnnxTensor, factor: number): void {
	if (numbers.length !== 1 && numbers.length !== offsets.length) throw unknown(node);
	offsets.forEach((_, i) => {
		offsets[i]! += factor * numbers[numbers.length === 1 ? 0 : i]!;
	});
}

function scalar(node: OnnxNode, { numbers }: OnnxTensor): number {
	if (numbers.length !== 1) throw unknown(node);
	return numbers[0]!;
}

/** The features are the last of three axes: rows, classes, features. */
function checkLastAxis(walk: Walk, node: OnnxNode): void {
	const listed = node.inputs[1] ? walk.constant(node.inputs[1])?.numbers : node.attributes.get("axes")?.integers;
	if (listed?.length !== 1 || (listed[0] !== 2 && listed[0] !== -1) || integer(node, "keepdims", 1) !== 0)
		throw unknown(node);
}

/** A square divided by, or multiplied with, a constant. */
function scaledSquare(walk: Walk, node: OnnxNode): { node: OnnxNode; tensor: OnnxTensor; inverted: boolean } {
	const [first, second] = [operand(node, 0), operand(node, 1)];
	const right = walk.constant(second);
	if (right && (node.operator === "Div" || node.operator === "Mul"))
		return { node: made(walk, first, node), tensor: right, inverted: node.operator === "Div" };
	const left = walk.constant(first);
	if (left && node.operator === "Mul") return { node: made(walk, second, node), tensor: left, inverted: false };
	throw unknown(node);
}

/** What is squared: by a power of two, or by itself. */
function squared(walk: Walk, node: OnnxNode): OnnxNode {
	const [first, second] = [operand(node, 0), operand(node, 1)];
	const isPower = node.operator === "Pow" && walk.constant(second)?.numbers.every((value) => value === 2);
	if (!isPower && !(node.operator === "Mul" && first === second)) throw unknown(node);
	return made(walk, first, node);
}

function made(walk: Walk, tensor: string, user: OnnxNode | undefined): OnnxNode {
	const node = walk.maker(tensor);
	if (!node) throw new OnnxError("unsupported", "no model that can be imported computes the label", user?.label);
	return node;
}

function unknown(node: OnnxNode): OnnxError {
	return new OnnxError("unsupported", "this is not the arithmetic of Gaussian naive Bayes", node.label);
}
