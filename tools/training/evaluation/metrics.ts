/** What a table of true and found classes says of a classifier. */

/** Figures of one class; null where the class's rows leave a figure without meaning. */
export interface ClassFigures {
	readonly name: string;
	/** Rows that are of the class. */
	readonly support: number;
	/** Rows that were said to be of the class. */
	readonly found: number;
	/** Share of the rows said to be of the class that are; null when none was. */
	readonly precision: number | null;
	/** Share of the class's rows that were found; null when there are none. */
	readonly recall: number | null;
	/** Harmonic mean of the two; null when there are no rows of the class, 0 when none was found. */
	readonly f1: number | null;
}

export interface MeanFigures {
	readonly precision: number;
	readonly recall: number;
	readonly f1: number;
}

/** Rows are true classes, columns found ones: counts at `truth · classes + found`. */
export type Counts = Uint32Array;

/** The greatest score of each row, the first of equals. `scores` holds rows × classes. */
export function foundClasses(scores: ArrayLike<number>, classes: number): Uint8Array {
	const found = new Uint8Array(scores.length / classes);
	for (let row = 0; row < found.length; row++) {
		let best = 0;
		for (let i = 1; i < classes; i++) {
			if (scores[row * classes + i]! > scores[row * classes + best]!) best = i;
		}
		found[row] = best;
	}
	return found;
}

export function countConfusion(truth: Uint8Array, found: Uint8Array, classes: number): Counts {
	const counts = new Uint32Array(classes * classes);
	for (let row = 0; row < truth.length; row++) counts[truth[row]! * classes + found[row]!]! += 1;
	return counts;
}

/** Share of the rows whose class was found. */
export function accuracyOf(counts: Counts, classes: number): number {
	let right = 0;
	let all = 0;
	for (let i = 0; i < counts.length; i++) all += counts[i]!;
	for (let i = 0; i < classes; i++) right += counts[i * classes + i]!;
	return right / all;
}

/** Precision, recall and F1 of each class (van Rijsbergen, "Information Retrieval", 1979). */
export function classFigures(counts: Counts, names: readonly string[]): ClassFigures[] {
	const classes = names.length;
	return names.map((name, i) => {
		let support = 0;
		let found = 0;
		for (let k = 0; k < classes; k++) {
			support += counts[i * classes + k]!;
			found += counts[k * classes + i]!;
		}
		const right = counts[i * classes + i]!;
		return {
			name,
			support,
			found,
			precision: found === 0 ? null : right / found,
			recall: support === 0 ? null : right / support,
			f1: support === 0 ? null : (2 * right) / (support + found),
		};
	});
}

/**
 * Means over the classes that have rows, each class alike (macro) or by its rows (weighted). A class that was never found
 * has a precision of 0 here. The macro mean of the recalls is the balanced accuracy.
 */
export function meanFigures(figures: readonly ClassFigures[]): { macro: MeanFigures; weighted: MeanFigures } {
	const present = figures.filter(({ support }) => support > 0);
	const mean = (figure: (of: ClassFigures) => number | null, weight: (of: ClassFigures) => number) => {
		let sum = 0;
		let weights = 0;
		for (const one of present) {
			sum += weight(one) * (figure(one) ?? 0);
			weights += weight(one);
		}
		return sum / weights;
	};
	const means = (weight: (of: ClassFigures) => number): MeanFigures => ({
		precision: mean(({ precision }) => precision, weight),
		recall: mean(({ recall }) => recall, weight),
		f1: mean(({ f1 }) => f1, weight),
	});
	return { macro: means(() => 1), weighted: means(({ support }) => support) };
}
