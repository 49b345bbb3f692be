import { type Examples, rowLength } from "../examples";
import { GraphBuilder } from "../tflite/builder";
import type { Graph } from "../tflite/schema";
import type { Precision, TrainedModel } from "../trainer";
import { leafOf, sharesAt, type Tree } from "./tree";
import { encodeTrees, type NodeWords, type TreeNodes, treesOperator } from "./trees-operator";

/** A leaf's int8 numbers are shares of this. */
const whole = 127;

/** Nodes of one word have room for these: features' indices of 10 bits, left parts of 13. */
const narrowest = Object.freeze({ features: 1 << 10, nodes: 1 << 13 });

/** Trees that add up what their leaves hold: the mean share of each class. */
export class TreesModel implements TrainedModel {
	readonly trees: readonly Tree[];
	readonly #training: Examples;

	constructor(training: Examples, trees: readonly Tree[]) {
		this.#training = training;
		this.trees = trees;
	}

	scores(examples: Examples): Float32Array {
		const sums = new Float64Array(examples.labels.length * this.#training.classes.length);
		for (const tree of this.trees) addScores(tree, examples, sums);
		return Float32Array.from(sums, (sum) => sum / this.trees.length);
	}

	/** The stored rows go into the trees as they are, at either precision; int8 are the numbers of the leaves. */
	graph(precision: Precision): Graph {
		const { input, classes } = this.#training;
		const builder = new GraphBuilder();
		const index = builder.input("input", input);
		const rows = new LeafRows(classes.length, precision);
		const nodes = this.trees.map(
			(tree): TreeNodes => ({
				...tree,
				leaves: Array.from(tree.features, (feature, node) => (feature < 0 ? rows.add(sharesAt(tree, node)) : 0)),
			}),
		);
		const isNarrow =
			input.datatype === "INT8" &&
			rowLength(input) <= narrowest.features &&
			nodes.every(({ features }) => features.length <= narrowest.nodes);
		const nodeWords: NodeWords = isNarrow ? 1 : 2;
		const words = encodeTrees(nodes, { nodeWords, isReal: input.datatype === "FLOAT32" });
		const operands = [index, builder.constant("nodes", words), rows.constant(builder)];
		const operator = treesOperator({ nodeWords, leaves: "row", scale: rows.scale / this.trees.length });
		const shape = [1, classes.length];
		return builder.finish([builder.add(operator, operands, { name: "shares", type: "FLOAT32", shape })]);
	}
}

/** Adds the shares of the leaves in which the rows end to `sums`, rows × classes. */
export function addScores(tree: Tree, { rows, labels, input, classes }: Examples, sums: Float64Array): void {
	const features = rowLength(input);
	const known = new Map<number, Float64Array>();
	for (let row = 0; row < labels.length; row++) {
		const leaf = leafOf(tree, rows, row * features);
		let shares = known.get(leaf);
		if (!shares) {
			shares = sharesAt(tree, leaf);
			known.set(leaf, shares);
		}
		for (let k = 0; k < classes.length; k++) sums[row * classes.length + k]! += shares[k]!;
	}
}

/** The table of what leaves hold, each row once. */
class LeafRows {
	readonly #classes: number;
	readonly #precision: Precision;
	readonly #rows: number[][] = [];
	readonly #indices = new Map<string, number>();

	constructor(classes: number, precision: Precision) {
		this.#classes = classes;
		this.#precision = precision;
	}

	/** What the table's numbers are multiplied by. */
	get scale(): number {
		return this.#precision === "int8" ? 1 / whole : 1;
	}

	add(shares: Float64Array): number {
		const row = this.#precision === "int8" ? wholeParts(shares) : Array.from(shares, Math.fround);
		const key = row.join();
		let index = this.#indices.get(key);
		if (index === undefined) {
			index = this.#rows.push(row) - 1;
			this.#indices.set(key, index);
		}
		return index;
	}

	constant(builder: GraphBuilder): number {
		const values =
			this.#precision === "int8" ? Int8Array.from(this.#rows.flat()) : Float32Array.from(this.#rows.flat());
		return builder.constant("leaves", values, { shape: [this.#rows.length, this.#classes] });
	}
}

/** Shares as integers that add up to `whole`: the largest remainders are rounded up, so that shares stay shares. */
function wholeParts(shares: Float64Array): number[] {
	const parts = Array.from(shares, (share) => Math.floor(share * whole));
	const missing = whole - parts.reduce((sum, part) => sum + part, 0);
	const order = Array.from(shares.keys()).sort(
		(a, b) => shares[b]! * whole - parts[b]! - (shares[a]! * whole - parts[a]!) || a - b,
	);
	for (let i = 0; i < missing; i++) parts[order[i % order.length]!]!++;
	return parts;
}
