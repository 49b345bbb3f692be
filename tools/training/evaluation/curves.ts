/** How well a class's score ranks its rows before all others, whatever threshold is set. */

export interface Ranking {
	/** Area under the ROC curve: how often a row of the class scores above one of another, ties half. */
	readonly rocArea: number;
	/** Average precision: precision at each row of the class as the threshold comes down, ties taken together. */
	readonly averagePrecision: number;
}

/** One class against the rest; null when either has no rows. `scores` holds rows × classes. */
export function rankingOf(
	truth: Uint8Array,
	scores: ArrayLike<number>,
	classes: number,
	index: number,
): Ranking | null {
	const order = Array.from(truth.keys()).sort((a, b) => scores[b * classes + index]! - scores[a * classes + index]!);
	const positives = truth.reduce((count, label) => count + (label === index ? 1 : 0), 0);
	const negatives = truth.length - positives;
	if (positives === 0 || negatives === 0) return null;
	let above = 0;
	let below = 0;
	let area = 0;
	let precision = 0;
	for (let start = 0; start < order.length; ) {
		const score = scores[order[start]! * classes + index]!;
		let end = start;
		let hits = 0;
		while (end < order.length && scores[order[end]! * classes + index] === score) {
			if (truth[order[end]!] === index) hits++;
			end++;
		}
		const misses = end - start - hits;
		area += misses * (above + hits / 2);
		above += hits;
		below += misses;
		precision += (hits * above) / (above + below);
		start = end;
	}
	return { rocArea: area / (positives * negatives), averagePrecision: precision / positives };
}
