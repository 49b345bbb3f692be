import { expect, test } from "vitest";
import { trainDecisionTree } from "../../../../tools/training/classical/decision-tree";
import { CodedRows, growTree } from "../../../../tools/training/classical/grow";
import { trainRandomForest } from "../../../../tools/training/classical/random-forest";
import { leafOf, prune, sharesAt, type Tree } from "../../../../tools/training/classical/tree";
import { encodeTrees, TreeSizeError, treesOperator } from "../../../../tools/training/classical/trees-operator";
import type { Examples } from "../../../../tools/training/examples";
import { createRandom } from "../../../../tools/training/random";
import { writeModel } from "../../../../tools/training/tflite/writer";
import type { Progress } from "../../../../tools/training/trainer";
import { blobs } from "./blobs";
import { taskOf } from "./methods";

const everything = { depth: 64, leafRows: 1, pruning: 0 };

function pictures(rows: readonly (readonly [number, number])[], labels: readonly number[]): Examples {
	return {
		input: { datatype: "INT8", shape: [2], scale: 1, zeroPoint: 0 },
		classes: ["a", "b"],
		rows: Int8Array.from(rows.flat()),
		labels: Uint8Array.from(labels),
		groups: labels.map(String),
	};
}

test("an exclusive or takes two levels of splits", async () => {
	const examples = pictures(
		[
			[0, 0],
			[0, 10],
			[10, 0],
			[10, 10],
			[10, 10],
		],
		[0, 1, 1, 0, 0],
	);
	const { trees } = await trainDecisionTree(everything, taskOf(examples));
	const tree = trees[0]!;
	expect(tree.features).toHaveLength(7);
	expect([...tree.thresholds].filter((_, node) => tree.features[node]! >= 0)).toEqual([5, 5, 5]);
	examples.labels.forEach((label, row) => {
		expect(sharesAt(tree, leafOf(tree, examples.rows, 2 * row))[label]).toBe(1);
	});
});

test("thresholds of stored integers are integers between those that occur", async () => {
	const examples = pictures(
		[
			[-128, 7],
			[-127, 7],
			[127, 7],
		],
		[0, 1, 1],
	);
	const { trees } = await trainDecisionTree(everything, taskOf(examples));
	expect(trees[0]!.features[0]).toBe(0);
	expect(trees[0]!.thresholds[0]).toBe(-128);
});

test("the first split is the one of least impurity among all", async () => {
	const examples = blobs({ datatype: "INT8", classes: 3, rows: 90, seed: 1, apart: 1 });
	const { trees } = await trainDecisionTree({ ...everything, depth: 1 }, taskOf(examples));
	const gini = (rows: number[]) => {
		const shares = [0, 1, 2].map((k) => rows.filter((row) => examples.labels[row] === k).length);
		return rows.length === 0 ? 0 : rows.length - shares.reduce((sum, n) => sum + n * n, 0) / rows.length;
	};
	const impurity = (feature: number, threshold: number) => {
		const isLeft = (row: number) => examples.rows[6 * row + feature]! <= threshold;
		const rows = Array.from(examples.labels.keys());
		return gini(rows.filter(isLeft)) + gini(rows.filter((row) => !isLeft(row)));
	};
	let least = Number.POSITIVE_INFINITY;
	for (let feature = 0; feature < 6; feature++)
		for (let value = -128; value < 127; value++) least = Math.min(least, impurity(feature, value));
	expect(impurity(trees[0]!.features[0]!, trees[0]!.thresholds[0]!)).toBeCloseTo(least, 9);
});

test("limits of depth and of rows in a leaf are kept", async () => {
	const examples = blobs({ datatype: "INT16", classes: 3, rows: 400, seed: 1, apart: 0.3 });
	const { trees } = await trainDecisionTree({ depth: 4, leafRows: 9, pruning: 0 }, taskOf(examples));
	const tree = trees[0]!;
	const depth = (node: number): number =>
		tree.features[node]! < 0 ? 0 : 1 + Math.max(depth(node + 1), depth(tree.rights[node]!));
	expect(depth(0)).toBe(4);
	const rows = Array.from(tree.features.keys())
		.filter((node) => tree.features[node]! < 0)
		.map((node) => tree.counts.subarray(3 * node, 3 * node + 3).reduce((sum, count) => sum + count, 0));
	expect(Math.min(...rows)).toBeGreaterThanOrEqual(9);
});

test("pruning keeps the splits that are worth more than their leaves", () => {
	// Root 50 : 50; its left part 50 : 10 splits off 50 : 0; its right part 0 : 40.
	const tree: Tree = {
		classes: 2,
		features: Int32Array.of(0, 1, -1, -1, -1),
		thresholds: new Float64Array(5),
		rights: Int32Array.of(4, 3, -1, -1, -1),
		counts: Float64Array.of(50, 50, 50, 10, 50, 0, 0, 10, 0, 40),
	};
	// Impurities: 0.5 at the root; the left part 60/100 · (1 − (25 + 1)/36) = 1/6; all others 0.
	expect(prune(tree, 0.16).features).toHaveLength(5);
	expect(Array.from(prune(tree, 0.17).features)).toEqual([0, -1, -1]);
	expect(Array.from(prune(tree, 0.17).counts)).toEqual([50, 50, 50, 10, 0, 40]);
	expect(prune(tree, 0.34).features).toHaveLength(1);
});

test("few rows and many find the same splits", () => {
	// Repeated rows make the histogram worth its while, where the single ones are sorted.
	const examples = blobs({ datatype: "INT16", classes: 3, rows: 120, seed: 4, apart: 0.5 });
	const coded = new CodedRows(examples);
	const grow = (times: number) =>
		growTree(
			coded,
			Uint32Array.from({ length: times * 15 }, (_, i) => i % 15),
			{ depth: 8, leafRows: 1, features: 6 },
			createRandom(1),
		);
	const [few, many] = [grow(1), grow(20)];
	expect(many.features).toEqual(few.features);
	expect(many.thresholds).toEqual(few.thresholds);
});

test("a forest is its seed's, and better than its trees", async () => {
	const training = blobs({ datatype: "INT8", classes: 4, rows: 600, seed: 1, apart: 0.8 });
	const held = blobs({ datatype: "INT8", classes: 4, rows: 600, seed: 2, apart: 0.8 });
	const options = { trees: 20, depth: 64, leafRows: 1, features: 0, pruning: 0 };
	const steps: Progress[] = [];
	const train = (seed: number) =>
		trainRandomForest(
			options,
			taskOf(training, {
				validation: held,
				random: createRandom(seed),
				onProgress: (progress) => {
					steps.push(progress);
				},
			}),
		);
	const bytes = async (seed: number) =>
		writeModel({ ...(await train(seed)).graph("int8"), description: "", metadata: [] });
	const first = await bytes(1);
	expect(await bytes(1)).toEqual(first);
	expect(await bytes(2)).not.toEqual(first);
	expect(steps[19]!.validationAccuracy).toBeGreaterThan(steps[0]!.validationAccuracy! + 0.03);
	expect(steps.map(({ step }) => step).slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

const nodes = { features: [5, -1, -1], thresholds: [-3, 0, 0], rights: [2, -1, -1], leaves: [0, 1, 2] };

test("nodes are written as the operator reads them", () => {
	// Narrow: the feature from bit 1, the nodes of the left part from bit 11, the threshold in the highest byte.
	const narrow = encodeTrees([nodes], { nodeWords: 1, isReal: false });
	expect(Array.from(narrow, (word) => word >>> 0)).toEqual([3, 0xfd00080a, 3, 5]);
	const wide = encodeTrees([nodes], { nodeWords: 2, isReal: false });
	expect(Array.from(wide, (word) => word >>> 0)).toEqual([3, 0x0001000a, 0xfffffffd, 3, 0, 5, 0]);
	const real = encodeTrees([{ ...nodes, thresholds: [-1.5, 0, 0] }], { nodeWords: 2, isReal: true });
	expect(real[2]! >>> 0).toBe(0xbfc00000);
	expect(treesOperator({ nodeWords: 2, leaves: "row", scale: 0.5 })).toEqual({
		kind: "CUSTOM",
		name: "TMLAAS_TREES",
		options: Uint8Array.of(1, 2, 2, 0, 0, 0, 0, 0x3f),
	});
});

test("trees that do not fit the nodes are refused", () => {
	const narrow = { nodeWords: 1, isReal: false } as const;
	expect(() => encodeTrees([{ ...nodes, features: [1024, -1, -1] }], narrow)).toThrow(TreeSizeError);
	expect(() => encodeTrees([{ ...nodes, thresholds: [128, 0, 0] }], narrow)).toThrow(TreeSizeError);
	expect(() => encodeTrees([{ ...nodes, rights: [8193, -1, -1] }], narrow)).toThrow(TreeSizeError);
	expect(() => encodeTrees(new Array(32768).fill(nodes), narrow)).toThrow(TreeSizeError);
});
