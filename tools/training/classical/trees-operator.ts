/** The custom operator TMLAAS_TREES, as native/engine/operators/CUSTOM.md lays it down. */

import type { OperatorOptions } from "../tflite/schema";

/** A tree does not fit the operator's nodes. */
export class TreeSizeError extends RangeError {}

/** Nodes of one word, for int8 features, or of two. */
export type NodeWords = 1 | 2;

/** What a leaf holds. */
const leafKinds = Object.freeze({ vote: 0, number: 1, row: 2 } as const);
export type LeafKind = keyof typeof leafKinds;

/** One tree in preorder, whoever grew it. A row goes left when its stored feature is at most the threshold. */
export interface TreeNodes {
	/** Index of the split's feature; −1 for a leaf. */
	readonly features: ArrayLike<number>;
	/** In stored units; of float32 features float32 numbers. */
	readonly thresholds: ArrayLike<number>;
	/** Where the right part of a split begins; the left one follows the split. */
	readonly rights: ArrayLike<number>;
	/** What each leaf holds: an output, a number of 16 bits, or a row. */
	readonly leaves: ArrayLike<number>;
}

const widest = 32767;
/** By the words of a node: features, and nodes of a left part. */
const limits = Object.freeze({
	1: Object.freeze({ features: 1 << 10, skip: 1 << 13 }),
	2: Object.freeze({ features: 1 << 15, skip: 1 << 16 }),
});

/**
 * The nodes of all trees, one after another. `isReal`: the features are float32, as are the thresholds.
 * Throws a `TreeSizeError` when there are too many trees, nodes or features, or a threshold beyond what a node holds.
 */
export function encodeTrees(
	trees: readonly TreeNodes[],
	{ nodeWords, isReal }: { nodeWords: NodeWords; isReal: boolean },
): Int32Array {
	if (trees.length > widest) throw new TreeSizeError(`there are ${trees.length} trees, more than ${widest}`);
	const words = new Int32Array(trees.reduce((sum, { features }) => sum + 1 + nodeWords * features.length, 0));
	const bits = new DataView(new ArrayBuffer(4));
	let at = 0;
	trees.forEach(({ features, thresholds, rights, leaves }, tree) => {
		words[at++] = features.length;
		for (let node = 0; node < features.length; node++, at += nodeWords) {
			const feature = features[node]!;
			if (feature < 0) {
				words[at] = (leaves[node]! << 1) | 1;
				continue;
			}
			const skip = rights[node]! - node - 1;
			const threshold = thresholds[node]!;
			if (feature >= limits[nodeWords].features || skip >= limits[nodeWords].skip) {
				throw new TreeSizeError(`tree ${tree} has a split by feature ${feature} with ${skip} nodes to its left`);
			}
			if (nodeWords === 1) {
				if (isReal || threshold < -128 || threshold > 127) {
					throw new TreeSizeError(`tree ${tree} has the threshold ${threshold}, which needs nodes of two words`);
				}
				words[at] = (feature << 1) | (skip << 11) | (threshold << 24);
				continue;
			}
			words[at] = (feature << 1) | (skip << 16);
			if (isReal) {
				// −0 would be told from 0.
				bits.setFloat32(0, threshold + 0);
				words[at + 1] = bits.getInt32(0);
			} else words[at + 1] = threshold;
		}
	});
	return words;
}

/** output = base + `scale` · sum over the trees. */
export function treesOperator(options: { nodeWords: NodeWords; leaves: LeafKind; scale: number }): OperatorOptions {
	const bytes = new Uint8Array(8);
	bytes.set([1, options.nodeWords, leafKinds[options.leaves], 0]);
	new DataView(bytes.buffer).setFloat32(4, options.scale, true);
	return { kind: "CUSTOM", name: "TMLAAS_TREES", options: bytes };
}
