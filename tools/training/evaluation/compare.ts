/** Whether one model is better than another on the same rows, or just luckier: int8 against float32, a new version against the old. */

export interface Comparison {
	readonly rows: number;
	readonly bothRight: number;
	/** Rows that only the first, only the second model finds. */
	readonly onlyFirst: number;
	readonly onlySecond: number;
	/** Share of the rows for which both give the same class, right or wrong. */
	readonly agreement: number;
	/** Accuracy of the first less that of the second. */
	readonly difference: number;
	/** Probability of so uneven a split of the rows that only one finds, were both models equally good. */
	readonly pValue: number;
}

/** McNemar's test in its exact form: the binomial of the rows that only one model finds, on both sides (McNemar, 1947). */
export function compareModels(truth: Uint8Array, first: Uint8Array, second: Uint8Array): Comparison {
	let bothRight = 0;
	let onlyFirst = 0;
	let onlySecond = 0;
	let same = 0;
	for (let row = 0; row < truth.length; row++) {
		const [a, b] = [first[row] === truth[row], second[row] === truth[row]];
		if (a && b) bothRight++;
		else if (a) onlyFirst++;
		else if (b) onlySecond++;
		if (first[row] === second[row]) same++;
	}
	return {
		rows: truth.length,
		bothRight,
		onlyFirst,
		onlySecond,
		agreement: same / truth.length,
		difference: (onlyFirst - onlySecond) / truth.length,
		pValue: evenSplit(onlyFirst, onlySecond),
	};
}

/** Probability of a split of a + b tosses of a fair coin that is at least as uneven as a to b. */
function evenSplit(a: number, b: number): number {
	const tosses = a + b;
	// The logarithm of the binomial's terms, from none of the rarer side on, since 2^-tosses underflows.
	let term = -tosses * Math.LN2;
	let sum = 0;
	for (let i = 0; i <= Math.min(a, b); i++) {
		sum += Math.exp(term);
		term += Math.log((tosses - i) / (i + 1));
	}
	return Math.min(1, 2 * sum);
}
