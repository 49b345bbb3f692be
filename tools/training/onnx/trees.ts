import { classLabels, floats, integer, integers, optionalFloats, postTransform, text, texts } from "./attributes";
import { OnnxError } from "./error";
import type { OnnxNode } from "./file";
import type { TreeNode, Trees } from "./parameters";

const mostTrees = 32767;
const mostFeatures = 32768;
const mostOutputs = 256;

/** ai.onnx.ml.TreeEnsembleClassifier: decision tree, random forest, extremely randomised trees, gradient boosting. */
export function readTreeClassifier(node: OnnxNode): { classes: readonly string[]; features: number; method: Trees } {
	const classes = classLabels(node, "classlabels_int64s");
	const transform = postTransform(node, ["NONE", "SOFTMAX", "LOGISTIC"]);
	const ensemble = readEnsemble(node, "class", classes.length);
	const base = optionalFloats(node, "base_values") ?? [];
	const single = classes.length === 2 && new Set(integers(node, "class_ids")).size === 1;
	if (!single) {
		checkBase(node, base, classes.length);
		if (transform === "LOGISTIC")
			throw new OnnxError("unsupported", "post_transform LOGISTIC with a score for each class", node.label);
		return {
			classes,
			features: ensemble.features,
			method: {
				kind: "trees",
				trees: ensemble.trees,
				base: base.length > 0 ? base : new Array<number>(classes.length).fill(0),
				shares: transform === "SOFTMAX" ? "softmax" : "sum",
			},
		};
	}
	checkBase(node, base, 1);
	const column = integers(node, "class_ids")[0]!;
	const only = (numbers: readonly number[]) => numbers[column]!;
	const start = base[0] ?? 0;
	// By ONNX's rule for two classes with one score: never negative, it is a share and decides at 1/2, else a logit.
	const isShare =
		transform === "NONE" && start === 0 && (optionalFloats(node, "class_weights") ?? []).every((w) => w >= 0);
	if (!isShare && transform === "SOFTMAX")
		throw new OnnxError("unsupported", "post_transform SOFTMAX with one score for two classes", node.label);
	const each = 1 / ensemble.trees.length;
	const numbers = isShare
		? (leaf: readonly number[]) => [each - only(leaf), only(leaf)]
		: (leaf: readonly number[]) => [only(leaf)];
	return {
		classes,
		features: ensemble.features,
		method: {
			kind: "trees",
			trees: ensemble.trees.map((tree) =>
				tree.map((one) => (one.feature < 0 ? { ...one, numbers: numbers(one.numbers) } : one)),
			),
			base: isShare ? [0, 0] : [start],
			shares: isShare ? "sum" : "logistic",
		},
	};
}

/** ai.onnx.ml.TreeEnsembleRegressor. */
export function readTreeRegressor(node: OnnxNode): { classes: readonly string[]; features: number; method: Trees } {
	postTransform(node, ["NONE"]);
	const targets = integer(node, "n_targets", 1);
	if (targets < 1 || targets > mostOutputs)
		throw new OnnxError("unsupported", `${targets} targets; 1 to ${mostOutputs} can be imported`, node.label);
	const aggregate = text(node, "aggregate_function", "SUM");
	if (aggregate !== "SUM" && aggregate !== "AVERAGE")
		throw new OnnxError("unsupported", `aggregate_function ${aggregate}`, node.label);
	const { trees, features } = readEnsemble(node, "target", targets);
	const base = optionalFloats(node, "base_values") ?? [];
	checkBase(node, base, targets);
	const share = aggregate === "AVERAGE" ? 1 / trees.length : 1;
	return {
		classes: [],
		features,
		method: {
			kind: "trees",
			trees: trees.map((tree) => tree.map((one) => ({ ...one, numbers: one.numbers.map((value) => value * share) }))),
			base: base.length > 0 ? base : new Array<number>(targets).fill(0),
			shares: "sum",
		},
	};
}

function checkBase(node: OnnxNode, base: readonly number[], outputs: number): void {
	if (base.length !== 0 && base.length !== outputs)
		throw new OnnxError("malformed", `base_values has ${base.length} values where ${outputs} belong`, node.label);
}

interface Ensemble {
	readonly trees: readonly (readonly TreeNode[])[];
	/** At least as many as the trees ask for. */
	readonly features: number;
}

/** The columns of attributes as trees; `of` begins the names of those that say what a leaf adds. */
function readEnsemble(node: OnnxNode, of: "class" | "target", outputs: number): Ensemble {
	const thresholds = floats(node, "nodes_values");
	const count = thresholds.length;
	const columns: Columns = {
		trees: integers(node, "nodes_treeids", count),
		ids: integers(node, "nodes_nodeids", count),
		features: integers(node, "nodes_featureids", count),
		modes: texts(node, "nodes_modes", count),
		lower: integers(node, "nodes_truenodeids", count),
		upper: integers(node, "nodes_falsenodeids", count),
		thresholds,
	};
	const rows = new Map<string, number>();
	for (let i = 0; i < count; i++) {
		const key = `${columns.trees[i]} ${columns.ids[i]}`;
		if (rows.has(key)) throw new OnnxError("malformed", `node ${key.replace(" ", ":")} is there twice`, node.label);
		rows.set(key, i);
	}
	const leaves = leafNumbers(node, of, outputs, rows);
	const members = new Map<number, number[]>();
	columns.trees.forEach((tree, i) => {
		const list = members.get(tree);
		if (list) list.push(i);
		else members.set(tree, [i]);
	});
	if (members.size < 1 || members.size > mostTrees)
		throw new OnnxError("unsupported", `${members.size} trees; 1 to ${mostTrees} can be imported`, node.label);
	const builder: Builder = { node, columns, rows, leaves, none: new Array<number>(outputs).fill(0) };
	const trees = [...members].sort(([a], [b]) => a - b).map(([, list]) => buildTree(builder, list));
	let features = 1;
	for (const tree of trees) for (const { feature } of tree) features = Math.max(features, feature + 1);
	return { trees, features };
}

interface Columns {
	readonly trees: readonly number[];
	readonly ids: readonly number[];
	readonly features: readonly number[];
	readonly modes: readonly string[];
	readonly lower: readonly number[];
	readonly upper: readonly number[];
	readonly thresholds: readonly number[];
}

interface Builder {
	readonly node: OnnxNode;
	readonly columns: Columns;
	/** Tree and number of a node to its place in the columns. */
	readonly rows: ReadonlyMap<string, number>;
	/** Place of a leaf to what it adds. */
	readonly leaves: ReadonlyMap<number, readonly number[]>;
	/** What a leaf adds of which nothing is said. */
	readonly none: readonly number[];
}

function leafNumbers(
	node: OnnxNode,
	of: "class" | "target",
	outputs: number,
	rows: ReadonlyMap<string, number>,
): Map<number, number[]> {
	const weights = floats(node, `${of}_weights`);
	const trees = integers(node, `${of}_treeids`, weights.length);
	const ids = integers(node, `${of}_nodeids`, weights.length);
	const columns = integers(node, `${of}_ids`, weights.length);
	const leaves = new Map<number, number[]>();
	weights.forEach((weight, i) => {
		const row = rows.get(`${trees[i]} ${ids[i]}`);
		const column = columns[i]!;
		if (row === undefined || column < 0 || column >= outputs)
			throw new OnnxError("malformed", `${of}_weights has a value for a node or a class that is not there`, node.label);
		let numbers = leaves.get(row);
		if (!numbers) {
			numbers = new Array<number>(outputs).fill(0);
			leaves.set(row, numbers);
		}
		numbers[column]! += weight;
	});
	return leaves;
}

/** In preorder. Without recursion: a crafted tree may be a chain of all its nodes. */
function buildTree(builder: Builder, members: readonly number[]): TreeNode[] {
	const { node, columns } = builder;
	const nodes: { -readonly [Key in keyof TreeNode]: TreeNode[Key] }[] = [];
	const seen = new Set<number>();
	const waiting: { row: number; parent: number }[] = [{ row: rootOf(builder, members), parent: -1 }];
	for (let next = waiting.pop(); next; next = waiting.pop()) {
		const { row, parent } = next;
		if (seen.has(row)) throw new OnnxError("malformed", `node ${nameOf(columns, row)} has two parents`, node.label);
		seen.add(row);
		const index = nodes.length;
		// The left part follows its parent at once, so whatever else comes is the right part.
		if (parent >= 0) {
			const above = nodes[parent]!;
			if (above.left < 0) above.left = index;
			else above.right = index;
		}
		if (columns.modes[row] === "LEAF") {
			nodes.push({ feature: -1, threshold: 0, left: -1, right: -1, numbers: builder.leaves.get(row) ?? builder.none });
			continue;
		}
		const { threshold, swapped } = comparison(node, columns.modes[row]!, columns.thresholds[row]!);
		const feature = columns.features[row]!;
		if (feature < 0 || feature >= mostFeatures)
			throw new OnnxError("unsupported", `feature ${feature}; 0 to ${mostFeatures - 1} can be imported`, node.label);
		nodes.push({ feature, threshold, left: -1, right: -1, numbers: [] });
		const [lower, upper] = [columns.lower[row]!, columns.upper[row]!];
		waiting.push({ row: child(builder, row, swapped ? lower : upper), parent: index });
		waiting.push({ row: child(builder, row, swapped ? upper : lower), parent: index });
	}
	if (seen.size !== members.length)
		throw new OnnxError("malformed", `tree ${columns.trees[members[0]!]} has nodes without a parent`, node.label);
	return nodes;
}

/** The one node that is nobody's child. */
function rootOf(builder: Builder, members: readonly number[]): number {
	const { columns, node } = builder;
	const children = new Set<number>();
	for (const row of members) {
		if (columns.modes[row] === "LEAF") continue;
		children.add(child(builder, row, columns.lower[row]!));
		children.add(child(builder, row, columns.upper[row]!));
	}
	const root = members.find((row) => !children.has(row));
	if (root === undefined)
		throw new OnnxError("malformed", `tree ${columns.trees[members[0]!]} has no root`, node.label);
	return root;
}

function child({ node, columns, rows }: Builder, row: number, id: number): number {
	const found = rows.get(`${columns.trees[row]} ${id}`);
	if (found === undefined)
		throw new OnnxError("malformed", `node ${nameOf(columns, row)} has a child ${id} that is not there`, node.label);
	return found;
}

function nameOf(columns: Columns, row: number): string {
	return `${columns.trees[row]}:${columns.ids[row]}`;
}

/** Any comparison of float32 as x <= threshold, exactly; `swapped`: with the branches exchanged. */
function comparison(node: OnnxNode, mode: string, value: number): { threshold: number; swapped: boolean } {
	switch (mode) {
		case "BRANCH_LEQ":
			return { threshold: notAbove(value), swapped: false };
		case "BRANCH_LT":
			return { threshold: below(value), swapped: false };
		case "BRANCH_GTE":
			return { threshold: below(value), swapped: true };
		case "BRANCH_GT":
			return { threshold: notAbove(value), swapped: true };
		default:
			throw new OnnxError("unsupported", `nodes of mode ${mode}`, node.label);
	}
}

/** The greatest float32 value that is not above `value`, which may be of double precision. */
export function notAbove(value: number): number {
	const nearest = Math.fround(value);
	return nearest > value ? previous(nearest) : nearest;
}

/** The greatest float32 value below `value`. */
export function below(value: number): number {
	const nearest = Math.fround(value);
	return nearest < value ? nearest : previous(nearest);
}

const bits = new DataView(new ArrayBuffer(4));

/** The float32 value before this one. */
function previous(value: number): number {
	if (value === 0) return -(2 ** -149);
	bits.setFloat32(0, value);
	bits.setInt32(0, bits.getInt32(0) + (value > 0 ? -1 : 1));
	return bits.getFloat32(0);
}
