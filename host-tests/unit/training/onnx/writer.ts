/** Writes small ONNX models, proper and crafted ones, for the tests of the importer. */

export type Value =
	| { floats: number[] }
	| { integers: number[] }
	| { texts: string[] }
	| { text: string }
	| { integer: number };

export interface Node {
	operator: string;
	domain?: string;
	inputs: string[];
	outputs: string[];
	attributes?: Record<string, Value>;
}

/** A float32 constant. */
export interface Constant {
	shape: number[];
	values: number[];
}

export interface GraphParts {
	nodes: Node[];
	constants?: Record<string, Constant>;
	features?: number;
	inputs?: string[];
	outputs?: string[];
}

function varint(value: number): number[] {
	let rest = BigInt.asUintN(64, BigInt(value));
	const bytes: number[] = [];
	while (rest > 127n) {
		bytes.push(Number(rest & 127n) | 128);
		rest >>= 7n;
	}
	return [...bytes, Number(rest)];
}

export function number(field: number, value: number): number[] {
	return [...varint(field * 8), ...varint(value)];
}

export function bytes(field: number, content: readonly number[]): number[] {
	return [...varint(field * 8 + 2), ...varint(content.length)].concat(content);
}

function text(field: number, value: string): number[] {
	return bytes(field, [...new TextEncoder().encode(value)]);
}

function floats(values: number[]): number[] {
	return [...new Uint8Array(Float32Array.from(values).buffer)];
}

function attribute(name: string, value: Value): number[] {
	const content =
		"floats" in value
			? bytes(7, floats(value.floats))
			: "integers" in value
				? bytes(8, value.integers.flatMap(varint))
				: "texts" in value
					? value.texts.flatMap((one) => text(9, one))
					: "text" in value
						? text(4, value.text)
						: number(3, value.integer);
	return [...text(1, name), ...content];
}

function node({ operator, domain = "ai.onnx.ml", inputs, outputs, attributes = {} }: Node): number[] {
	return [
		...inputs.flatMap((name) => text(1, name)),
		...outputs.flatMap((name) => text(2, name)),
		...text(4, operator),
		...Object.entries(attributes).flatMap(([name, value]) => bytes(5, attribute(name, value))),
		...text(7, domain),
	];
}

function constant(name: string, { shape, values }: Constant): number[] {
	return [...bytes(1, shape.flatMap(varint)), ...number(2, 1), ...bytes(4, floats(values)), ...text(8, name)];
}

function input(name: string, features: number): number[] {
	const shape = [...bytes(1, []), ...bytes(1, number(1, features))];
	return [...text(1, name), ...bytes(2, bytes(1, [...number(1, 1), ...bytes(2, shape)]))];
}

/** A model whose features are `X` and whose label is `label`, where nothing else is said. */
export function onnx({
	nodes,
	constants = {},
	features = 1,
	inputs = ["X"],
	outputs = ["label"],
}: GraphParts): Uint8Array {
	const graph = [
		...nodes.flatMap((one) => bytes(1, node(one))),
		...Object.entries(constants).flatMap(([name, value]) => bytes(5, constant(name, value))),
		...inputs.flatMap((name) => bytes(11, input(name, features))),
		...outputs.flatMap((name) => bytes(12, text(1, name))),
	];
	return Uint8Array.from([...number(1, 10), ...bytes(7, graph)]);
}

export interface Split {
	mode: string;
	threshold: number;
	/** Numbers of the nodes. */
	yes: number;
	no: number;
}

/** A tree of two classes: splits of feature 0, or the share of the second class. */
export function treeNode(nodes: (Split | number)[]): Node {
	const splits = nodes.map((one) => (typeof one === "number" ? { mode: "LEAF", threshold: 0, yes: 0, no: 0 } : one));
	const leaves = nodes.flatMap((one, id) => (typeof one === "number" ? [{ id, share: one }] : []));
	const zeros = (length: number) => ({ integers: new Array<number>(length).fill(0) });
	return {
		operator: "TreeEnsembleClassifier",
		inputs: ["X"],
		outputs: ["label", "scores"],
		attributes: {
			classlabels_int64s: { integers: [0, 1] },
			nodes_treeids: zeros(nodes.length),
			nodes_nodeids: { integers: nodes.map((_, id) => id) },
			nodes_featureids: zeros(nodes.length),
			nodes_modes: { texts: splits.map(({ mode }) => mode) },
			nodes_values: { floats: splits.map(({ threshold }) => threshold) },
			nodes_truenodeids: { integers: splits.map(({ yes }) => yes) },
			nodes_falsenodeids: { integers: splits.map(({ no }) => no) },
			class_treeids: zeros(leaves.length),
			class_nodeids: { integers: leaves.map(({ id }) => id) },
			class_ids: zeros(leaves.length),
			class_weights: { floats: leaves.map(({ share }) => share) },
		},
	};
}
