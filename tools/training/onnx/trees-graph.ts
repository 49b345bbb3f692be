/** Trees as the operator TMLAAS_TREES: native/engine/operators/CUSTOM.md has its format. */

import type { GraphBuilder } from "../tflite/builder";
import type { Tensor } from "../tflite/schema";
import type { Precision } from "../trainer";
import { OnnxError } from "./error";
import type { FeatureStep, TreeNode, Trees } from "./parameters";
import { applied } from "./steps";

/** Words of a node. */
const narrow = 1;
const wide = 2;

/** What a leaf holds. */
const Leaf = Object.freeze({ vote: 0, row: 2 } as const);

const limits = Object.freeze({
	[narrow]: { features: 1 << 10, left: 1 << 13 },
	[wide]: { features: 1 << 15, left: 1 << 16 },
} as const);

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
	const threshold = thresholdOf(builder.tensor(features), steps);
	if (votes) {
		const nodes = packed(builder, features, method, threshold, (leaf) => votes.get(leaf)!);
		return builder.add(ensemble(nodes.words, Leaf.vote, 1 / count), [features, nodes.tensor], result);
	}
	// What each leaf adds, times the number of trees, so that float32 numbers are the shares that they were made of.
	const table = rowsOf(method, count);
	const nodes = packed(builder, features, method, threshold, (leaf) => table.numbers.get(leaf)!);
	const shape = [table.rows.length / table.width, table.width];
	const operands = [features, nodes.tensor];
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
	return builder.add(ensemble(nodes.words, Leaf.row, scale), operands, result);
}

function ensemble(words: number, leaves: number, scale: number) {
	const options = new DataView(new ArrayBuffer(8));
	options.setUint8(0, 1);
	options.setUint8(1, words);
	options.setUint8(2, leaves);
	options.setFloat32(4, scale, true);
	return { kind: "CUSTOM", name: "TMLAAS_TREES", options: new Uint8Array(options.buffer) } as const;
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

/** The word that stands for a threshold of a feature. */
type Threshold = (value: number, feature: number) => number;

/** `steps` are done to the features before they are compared: only for integers, and none of them turns their order round. */
function thresholdOf({ type, quantization }: Tensor, steps: readonly FeatureStep[]): Threshold {
	if (type === "FLOAT32" || !quantization || !("scale" in quantization)) return floatBits;
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

function floatBits(value: number): number {
	return new Int32Array(Float32Array.of(value).buffer)[0]!;
}

/** The nodes of all trees as a constant, narrow ones where they fit. */
function packed(
	builder: GraphBuilder,
	features: number,
	{ trees }: Trees,
	threshold: Threshold,
	leaf: (node: TreeNode) => number,
): { tensor: number; words: number } {
	const isByte = builder.tensor(features).type === "INT8";
	for (const words of isByte ? ([narrow, wide] as const) : ([wide] as const)) {
		const values = pack(trees, words, threshold, leaf);
		if (values) return { tensor: builder.constant("trees", values), words };
	}
	throw new OnnxError(
		"unsupported",
		`a tree has more than ${limits[wide].left} nodes on one side, or too many features`,
	);
}

/** Undefined when a node does not fit. */
function pack(
	trees: readonly (readonly TreeNode[])[],
	words: typeof narrow | typeof wide,
	threshold: Threshold,
	leaf: (node: TreeNode) => number,
): Int32Array | undefined {
	const { features, left: longest } = limits[words];
	const packed = new Int32Array(trees.reduce((sum, tree) => sum + 1 + words * tree.length, 0));
	let at = 0;
	for (const tree of trees) {
		packed[at++] = tree.length;
		for (const [index, node] of tree.entries()) {
			if (node.feature < 0) packed[at] = (leaf(node) << 1) | 1;
			else {
				const left = node.right - index - 1;
				const word = threshold(node.threshold, node.feature);
				if (node.feature >= features || left >= longest) return undefined;
				if (words === narrow) {
					if (word < -128 || word > 127) return undefined;
					packed[at] = (node.feature << 1) | (left << 11) | (word << 24);
				} else {
					packed[at] = (node.feature << 1) | (left << 16);
					packed[at + 1] = word;
				}
			}
			at += words;
		}
	}
	return packed;
}
