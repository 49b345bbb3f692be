/** Trees as the operator TMLAAS_TREES: native/engine/operators/CUSTOM.md has its format. */

import { encodeTrees, TreeSizeError, treesOperator } from "../classical/trees-operator";
import type { GraphBuilder } from "../tflite/builder";
import type { Tensor } from "../tflite/schema";
import type { Precision } from "../trainer";
import { OnnxError } from "./error";
import type { FeatureStep, TreeNode, Trees } from "./parameters";
import { applied } from "./steps";

/** How far from a whole vote the float32 numbers of pure leaves are. */
const voteTolerance = 1e-6;

export interface TreeOptions {
	readonly precision: Precision;
	/** What is done to integer features before they are compared; every factor is positive. */
	readonly steps: readonly FeatureStep[];
}

/** Adds the ensemble of the trees; gives float32 [1, outputs]. Throws an `OnnxError` when a tree is too large. */
export function addTrees(builder: GraphBuilder, features: number, method: Trees, options: TreeOptions): number {
	const { precision, steps } = options;
	const outputs = method.base.length;
	const count = method.trees.length;
	const hasBase = method.base.some((value) => value !== 0);
	const votes = hasBase || outputs === 1 ? undefined : votesOf(method);
	const result: Omit<Tensor, "data"> = { name: "sums", type: "FLOAT32", shape: [1, outputs] };
	if (votes) {
		const { tensor, nodeWords } = addNodes(builder, features, { method, steps }, (leaf) => votes.get(leaf)!);
		return builder.add(treesOperator({ nodeWords, leaves: "vote", scale: 1 / count }), [features, tensor], result);
	}
	// What each leaf adds, times the number of trees, so that float32 numbers are the shares that they were made of.
	const table = rowsOf(method, count);
	const { tensor, nodeWords } = addNodes(builder, features, { method, steps }, (leaf) => table.numbers.get(leaf)!);
	const shape = [table.rows.length / table.width, table.width];
	const operands = [features, tensor];
	let scale = 1 / count;
	if (precision === "int8") {
		const greatest = table.rows.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
		const step = greatest / 32767;
		operands.push(
			builder.constant(
				"leaves",
				Int16Array.from(table.rows, (value) => Math.round(value / step)),
				{ shape },
			),
		);
		scale *= step;
	} else operands.push(builder.constant("leaves", Float32Array.from(table.rows), { shape }));
	if (hasBase) operands.push(builder.constant("base", Float32Array.from(method.base)));
	return builder.add(treesOperator({ nodeWords, leaves: "row", scale }), operands, result);
}

/** For each leaf the class that it votes for with all it has; undefined when some leaf is of several minds. */
function votesOf({ trees }: Trees): Map<TreeNode, number> | undefined {
	const votes = new Map<TreeNode, number>();
	for (const tree of trees)
		for (const node of tree) {
			if (node.feature >= 0) continue;
			const shares = node.numbers.map((value) => value * trees.length);
			const vote = shares.findIndex((value) => Math.abs(value - 1) < voteTolerance);
			if (vote < 0 || shares.some((value, i) => i !== vote && Math.abs(value) > voteTolerance)) return undefined;
			votes.set(node, vote);
		}
	return votes;
}

interface LeafTable {
	readonly width: number;
	readonly rows: number[];
	/** Each leaf to the number of its row. */
	readonly numbers: ReadonlyMap<TreeNode, number>;
}

/** Equal rows once. Where the trees take turns at the outputs, as those of boosting do, a row is one number. */
function rowsOf(method: Trees, factor: number): LeafTable {
	const outputs = method.base.length;
	const takeTurns = method.trees.every((tree, i) =>
		tree.every(({ numbers }) => numbers.every((value, k) => value === 0 || k === i % outputs)),
	);
	const width = takeTurns ? 1 : outputs;
	const rows: number[] = [];
	const known = new Map<string, number>();
	const numbers = new Map<TreeNode, number>();
	method.trees.forEach((tree, i) => {
		for (const node of tree) {
			if (node.feature >= 0) continue;
			const row = (takeTurns ? [node.numbers[i % outputs]!] : node.numbers).map((value) => Math.fround(value * factor));
			const key = row.join();
			let index = known.get(key);
			if (index === undefined) {
				index = known.size;
				known.set(key, index);
				rows.push(...row);
			}
			numbers.set(node, index);
		}
	});
	return { width, rows, numbers };
}

/** What stands in a node for a threshold of a feature: an integer, or a float32 value. */
type Threshold = (value: number, feature: number) => number;

/** `steps` are done to the features before they are compared: only for integers, and none of them turns their order round. */
function thresholdOf({ type, quantization }: Tensor, steps: readonly FeatureStep[]): Threshold {
	if (type === "FLOAT32" || !quantization || !("scale" in quantization)) return (value) => value;
	const { scale, zeroPoint } = quantization;
	const [least, greatest] = type === "INT8" ? [-128, 127] : [-32768, 32767];
	const realOf = (stored: number, feature: number) => {
		let real = Math.fround(scale * (stored - zeroPoint));
		for (const step of steps) real = applied(step, real, feature);
		return real;
	};
	// The greatest stored value that stands for a number that is not above the threshold, or one less than there is.
	return (value, feature) => {
		let [low, high] = [least - 1, greatest];
		while (low < high) {
			const middle = Math.ceil((low + high) / 2);
			if (realOf(middle, feature) <= value) low = middle;
			else high = middle - 1;
		}
		return low;
	};
}

interface Nodes {
	readonly tensor: number;
	readonly nodeWords: 1 | 2;
}

/** The nodes of all trees as a constant, of one word where they fit. */
function addNodes(
	builder: GraphBuilder,
	features: number,
	{ method, steps }: { method: Trees; steps: readonly FeatureStep[] },
	leaf: (node: TreeNode) => number,
): Nodes {
	const tensor = builder.tensor(features);
	const threshold = thresholdOf(tensor, steps);
	const trees = method.trees.map((nodes) => ({
		features: nodes.map(({ feature }) => feature),
		thresholds: nodes.map((node) => (node.feature < 0 ? 0 : threshold(node.threshold, node.feature))),
		rights: nodes.map(({ right }) => right),
		leaves: nodes.map((node) => (node.feature < 0 ? leaf(node) : 0)),
	}));
	const isReal = tensor.type === "FLOAT32";
	const encode = (nodeWords: 1 | 2): Nodes => ({
		tensor: builder.constant("trees", encodeTrees(trees, { nodeWords, isReal })),
		nodeWords,
	});
	try {
		if (tensor.type === "INT8") return encode(1);
	} catch (error) {
		if (!(error instanceof TreeSizeError)) throw error;
	}
	try {
		return encode(2);
	} catch (error) {
		if (error instanceof TreeSizeError) throw new OnnxError("unsupported", error.message);
		throw error;
	}
}
