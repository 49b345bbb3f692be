/**
 * Growing of classification trees by Gini's impurity (Breiman et al., "Classification and Regression Trees", 1984).
 *
 * Values become codes, their ranks among the distinct values of their feature. A split of many rows is sought in a
 * histogram over the codes, of few rows in their sorted order; thresholds lie between neighbouring values that occur,
 * on a stored integer where rows are integers, so that the tree is exact on the device.
 */

import { type Examples, rowLength } from "../examples";
import type { Random } from "../random";
import type { Tree } from "./tree";

/** Splits from the root to a leaf are never more: growing, pruning and writing go down recursively. */
export const deepest = 64;

export interface GrowOptions {
	/** Splits from the root to a leaf, at most. */
	readonly depth: number;
	/** Rows that a leaf has at least. */
	readonly leafRows: number;
	/** Features that are drawn for each split; all of them: nothing is drawn. */
	readonly features: number;
}

/** What is computed once for all trees that grow from the same rows. */
export class CodedRows {
	readonly rows: number;
	readonly features: number;
	readonly classes: number;
	readonly labels: Uint8Array;
	/** features × rows. */
	readonly codes: Uint32Array;
	/** The distinct values of each feature in ascending order. */
	readonly values: readonly Float64Array[];
	/** Thresholds may be any number, not just integers. */
	readonly isReal: boolean;

	constructor({ input, rows, labels, classes }: Examples) {
		this.rows = labels.length;
		this.features = rowLength(input);
		this.classes = classes.length;
		this.labels = labels;
		this.isReal = input.datatype === "FLOAT32";
		this.codes = new Uint32Array(this.rows * this.features);
		const values: Float64Array[] = [];
		const column = new Float64Array(this.rows);
		for (let feature = 0; feature < this.features; feature++) {
			for (let row = 0; row < this.rows; row++) column[row] = rows[row * this.features + feature]!;
			const distinct = column
				.slice()
				.sort()
				.filter((value, i, sorted) => i === 0 || value !== sorted[i - 1]);
			values.push(distinct);
			for (let row = 0; row < this.rows; row++) {
				this.codes[feature * this.rows + row] = indexIn(distinct, column[row]!);
			}
		}
		this.values = values;
	}

	/** A value that parts the code from the next one that occurs: their middle, rounded down to what is stored. */
	threshold(feature: number, code: number, next: number): number {
		const [low, high] = [this.values[feature]![code]!, this.values[feature]![next]!];
		if (!this.isReal) return Math.floor((low + high) / 2);
		const middle = Math.fround(low + (high - low) / 2);
		return middle < high ? middle : low;
	}
}

/** A tree for these rows, which may occur several times in `members`. */
export function growTree(coded: CodedRows, members: Uint32Array, options: GrowOptions, random: Random): Tree {
	return new Grower(coded, members.slice(), options, random).grow();
}

interface Split {
	readonly feature: number;
	/** The greatest code that goes left, and the least that goes right. */
	readonly code: number;
	readonly next: number;
}

class Grower {
	readonly #coded: CodedRows;
	readonly #members: Uint32Array;
	readonly #options: GrowOptions;
	readonly #random: Random;
	readonly #order: Uint32Array;
	readonly #histogram: Uint32Array;
	readonly #keys: Float64Array;
	readonly #left: Float64Array;
	readonly #nodes: { feature: number; threshold: number; right: number; counts: Float64Array }[] = [];

	constructor(coded: CodedRows, members: Uint32Array, options: GrowOptions, random: Random) {
		this.#coded = coded;
		this.#members = members;
		this.#options = options;
		this.#random = random;
		this.#order = Uint32Array.from({ length: coded.features }, (_, i) => i);
		const distinct = coded.values.reduce((most, { length }) => Math.max(most, length), 0);
		this.#histogram = new Uint32Array(distinct * coded.classes);
		this.#keys = new Float64Array(members.length);
		this.#left = new Float64Array(coded.classes);
	}

	grow(): Tree {
		this.#grow(0, this.#members.length, 0);
		const nodes = this.#nodes;
		const { classes } = this.#coded;
		const counts = new Float64Array(nodes.length * classes);
		nodes.forEach((node, i) => {
			counts.set(node.counts, i * classes);
		});
		return {
			classes,
			features: Int32Array.from(nodes, ({ feature }) => feature),
			thresholds: Float64Array.from(nodes, ({ threshold }) => threshold),
			rights: Int32Array.from(nodes, ({ right }) => right),
			counts,
		};
	}

	/** The members from `begin` to `end` become a node and all that is below it. */
	#grow(begin: number, end: number, depth: number): void {
		const { codes, labels, rows, classes } = this.#coded;
		const members = this.#members;
		const counts = new Float64Array(classes);
		for (let i = begin; i < end; i++) counts[labels[members[i]!]!]!++;
		const node = { feature: -1, threshold: 0, right: -1, counts };
		this.#nodes.push(node);
		const isPure = counts.includes(end - begin);
		if (isPure || depth === this.#options.depth || end - begin < 2 * this.#options.leafRows) return;
		const split = this.#bestSplit(begin, end, counts);
		if (!split) return;
		node.feature = split.feature;
		node.threshold = this.#coded.threshold(split.feature, split.code, split.next);
		let middle = begin;
		for (let i = begin; i < end; i++) {
			const member = members[i]!;
			if (codes[split.feature * rows + member]! > split.code) continue;
			members[i] = members[middle]!;
			members[middle++] = member;
		}
		this.#grow(begin, middle, depth + 1);
		node.right = this.#nodes.length;
		this.#grow(middle, end, depth + 1);
	}

	/** Among features drawn at random; when none of these splits the rows, further ones are drawn. */
	#bestSplit(begin: number, end: number, counts: Float64Array): Split | undefined {
		const order = this.#order;
		const isDrawn = this.#options.features < order.length;
		let best: Split | undefined;
		let bestScore = Number.NEGATIVE_INFINITY;
		for (let i = 0; i < order.length && (i < this.#options.features || !best); i++) {
			if (isDrawn) {
				const j = i + Math.floor(this.#random() * (order.length - i));
				const drawn = order[j]!;
				order[j] = order[i]!;
				order[i] = drawn;
			}
			const feature = order[i]!;
			const found = this.#scan(feature, begin, end, counts);
			if (found && found.score > bestScore) {
				best = { feature, code: found.code, next: found.next };
				bestScore = found.score;
			}
		}
		return best;
	}

	/**
	 * The best split by one feature. The score is the sum over both sides of squared class counts per row, which is
	 * greatest where the weighted impurity is least.
	 */
	#scan(feature: number, begin: number, end: number, counts: Float64Array) {
		const { codes, labels, rows, classes, values } = this.#coded;
		const members = this.#members;
		const count = end - begin;
		const distinct = values[feature]!.length;
		const from = feature * rows;
		const { leafRows } = this.#options;
		const left = this.#left.fill(0);
		let leftSquares = 0;
		let rightSquares = counts.reduce((sum, own) => sum + own * own, 0);
		let leftRows = 0;
		let last = -1;
		let [best, code, next] = [Number.NEGATIVE_INFINITY, 0, 0];
		// Before a code's rows go over to the left: the split between it and the code before it.
		const offer = (here: number) => {
			if (leftRows < leafRows || count - leftRows < leafRows) return;
			const score = leftSquares / leftRows + rightSquares / (count - leftRows);
			if (score <= best) return;
			[best, code, next] = [score, last, here];
		};
		const move = (label: number, amount: number) => {
			const own = left[label]!;
			const other = counts[label]! - own;
			leftSquares += amount * (2 * own + amount);
			rightSquares -= amount * (2 * other - amount);
			left[label] = own + amount;
			leftRows += amount;
		};
		if (distinct <= 4 * count) {
			const histogram = this.#histogram.fill(0, 0, distinct * classes);
			for (let i = begin; i < end; i++) {
				const member = members[i]!;
				histogram[codes[from + member]! * classes + labels[member]!]!++;
			}
			for (let here = 0, at = 0; here < distinct; here++, at += classes) {
				let occurs = false;
				for (let label = 0; label < classes; label++) {
					const amount = histogram[at + label]!;
					if (amount === 0) continue;
					if (!occurs && last >= 0) offer(here);
					occurs = true;
					move(label, amount);
				}
				if (occurs) last = here;
			}
		} else {
			const keys = this.#keys.subarray(0, count);
			for (let i = begin; i < end; i++) {
				const member = members[i]!;
				keys[i - begin] = codes[from + member]! * 256 + labels[member]!;
			}
			keys.sort();
			for (const key of keys) {
				const here = Math.floor(key / 256);
				if (here !== last) {
					if (last >= 0) offer(here);
					last = here;
				}
				move(key % 256, 1);
			}
		}
		return best === Number.NEGATIVE_INFINITY ? undefined : { score: best, code, next };
	}
}

/** Position of a value that is there. */
function indexIn(sorted: Float64Array, value: number): number {
	let [low, high] = [0, sorted.length - 1];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (sorted[middle]! < value) low = middle + 1;
		else high = middle;
	}
	return low;
}
