/**
 * A decision tree over stored features, its nodes in preorder: the left part of a split follows it at once. A row goes
 * left when its feature is at most the threshold.
 */
export interface Tree {
	readonly classes: number;
	/** Index of the split's feature; −1 for a leaf. */
	readonly features: Int32Array;
	/** In stored units, as the rows are. */
	readonly thresholds: Float64Array;
	/** Where the right part begins. */
	readonly rights: Int32Array;
	/** nodes × classes: the training rows of each class that come to the node. */
	readonly counts: Float64Array;
}

/** Number of the leaf in which the row at `from` ends. */
export function leafOf({ features, thresholds, rights }: Tree, rows: ArrayLike<number>, from: number): number {
	let node = 0;
	while (features[node]! >= 0) {
		node = rows[from + features[node]!]! <= thresholds[node]! ? node + 1 : rights[node]!;
	}
	return node;
}

/** Shares of the classes at a node. */
export function sharesAt({ classes, counts }: Tree, node: number): Float64Array {
	const own = counts.slice(node * classes, (node + 1) * classes);
	const total = own.reduce((sum, count) => sum + count, 0);
	return own.map((count) => count / total);
}

/** The smallest tree among those of least impurity + `alpha` · leaves, where the impurity is Gini's, weighted by rows. */
export function prune(tree: Tree, alpha: number): Tree {
	const { classes, features, rights } = tree;
	const nodes = features.length;
	const total = tree.counts.subarray(0, classes).reduce((sum, count) => sum + count, 0);
	const costs = new Float64Array(nodes);
	const isLeaf = new Uint8Array(nodes);
	// From the last node to the first: in preorder both parts of a split lie behind it.
	for (let node = nodes - 1; node >= 0; node--) {
		const own = impurity(tree, node) / total + alpha;
		const below = features[node]! < 0 ? Number.POSITIVE_INFINITY : costs[node + 1]! + costs[rights[node]!]!;
		isLeaf[node] = own <= below + 1e-12 ? 1 : 0;
		costs[node] = isLeaf[node] ? own : below;
	}
	const kept: number[] = [];
	const keptRights: number[] = [];
	const visit = (node: number): void => {
		const at = kept.push(node) - 1;
		keptRights.push(-1);
		if (isLeaf[node]) return;
		visit(node + 1);
		keptRights[at] = kept.length;
		visit(rights[node]!);
	};
	visit(0);
	return {
		classes,
		features: Int32Array.from(kept, (node) => (isLeaf[node] ? -1 : features[node]!)),
		thresholds: Float64Array.from(kept, (node) => tree.thresholds[node]!),
		rights: Int32Array.from(keptRights),
		counts: Float64Array.from({ length: kept.length * classes }, (_, i) => {
			return tree.counts[kept[Math.floor(i / classes)]! * classes + (i % classes)]!;
		}),
	};
}

/** Rows times Gini's impurity. */
function impurity({ classes, counts }: Tree, node: number): number {
	let [sum, squares] = [0, 0];
	for (let k = 0; k < classes; k++) {
		const count = counts[node * classes + k]!;
		sum += count;
		squares += count * count;
	}
	return sum - squares / sum;
}
