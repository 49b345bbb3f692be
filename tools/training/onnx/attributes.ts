/** Attributes of a node, each asked for by name and checked for what it has to be. Every error names the node. */

import { OnnxError } from "./error";
import type { OnnxAttribute, OnnxNode } from "./file";

const mostClasses = 256;

/** Numbers: a list of floats, or the tensor `NAME_as_tensor` that models of double precision have; undefined when absent. */
export function optionalFloats(node: OnnxNode, name: string): readonly number[] | undefined {
	const values = node.attributes.get(name)?.floats ?? node.attributes.get(`${name}_as_tensor`)?.tensor?.numbers;
	if (values === undefined) return undefined;
	if (!values.every(Number.isFinite))
		throw new OnnxError("malformed", `${name} has a value that is no number`, node.label);
	return values;
}

export function floats(node: OnnxNode, name: string, length?: number): readonly number[] {
	return list(node, name, optionalFloats(node, name), length);
}

export function integers(node: OnnxNode, name: string, length?: number): readonly number[] {
	return list(node, name, node.attributes.get(name)?.integers, length);
}

export function texts(node: OnnxNode, name: string, length?: number): readonly string[] {
	return list(node, name, node.attributes.get(name)?.texts, length);
}

function list<T>(node: OnnxNode, name: string, values: readonly T[] | undefined, length?: number): readonly T[] {
	if (values === undefined) throw new OnnxError("malformed", `the attribute ${name} is missing`, node.label);
	if (length !== undefined && values.length !== length)
		throw new OnnxError("malformed", `${name} has ${values.length} values where ${length} belong`, node.label);
	return values;
}

export function text(node: OnnxNode, name: string, absent: string): string {
	return attribute(node, name)?.text ?? absent;
}

export function integer(node: OnnxNode, name: string, absent: number): number {
	return attribute(node, name)?.integer ?? absent;
}

function attribute(node: OnnxNode, name: string): OnnxAttribute | undefined {
	return node.attributes.get(name);
}

/** What is done to the scores: one of `known`. */
export function postTransform<T extends string>(node: OnnxNode, known: readonly T[]): T {
	const found = text(node, "post_transform", "NONE");
	const match = known.find((one) => one === found);
	if (match === undefined)
		throw new OnnxError("unsupported", `post_transform ${found}; ${known.join(", ")} can be imported`, node.label);
	return match;
}

/** The class labels as text; `integerName` and `textName` are the attributes that may hold them. */
export function classLabels(node: OnnxNode, integerName: string, textName = "classlabels_strings"): readonly string[] {
	const numbers = node.attributes.get(integerName)?.integers ?? [];
	const words = node.attributes.get(textName)?.texts ?? [];
	const labels = words.length > 0 ? words : numbers.map(String);
	if (labels.length < 2 || labels.length > mostClasses)
		throw new OnnxError("malformed", `${labels.length} class labels where 2 to ${mostClasses} belong`, node.label);
	return labels;
}
