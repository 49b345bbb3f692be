/** What all classical methods do with the rows that they are given. */

import { type Examples, realRows, rowLength } from "../examples";

/** The training rows cannot be learnt from. */
export class TrainingSetError extends Error {}

/** Throws a `TrainingSetError` unless there are two classes or more, each with a row, and only finite numbers. */
export function demandLearnable({ classes, labels, rows, input }: Examples): void {
	if (classes.length < 2) throw new TrainingSetError("there must be two classes or more");
	if (rows.length !== labels.length * rowLength(input)) {
		throw new TrainingSetError(`${rows.length} values are not ${labels.length} rows of ${rowLength(input)}`);
	}
	const counts = countLabels(labels, classes.length);
	classes.forEach((name, i) => {
		if (counts[i] === 0) throw new TrainingSetError(`no training row is of the class ${name}`);
	});
	const at = rows.findIndex((value) => !Number.isFinite(value));
	if (at >= 0) throw new TrainingSetError(`row ${Math.floor(at / rowLength(input))} holds a value that is no number`);
}

/** Rows of each class. */
export function countLabels(labels: Uint8Array, classes: number): Uint32Array {
	const counts = new Uint32Array(classes);
	for (const label of labels) {
		if (label >= classes) throw new TrainingSetError(`there is no class ${label}`);
		counts[label]!++;
	}
	return counts;
}

/** Rows as real numbers less each feature's mean, all divided by one scale, so that their mean square is 1. */
export interface Centred {
	/** rows × features. */
	readonly values: Float32Array;
	readonly rows: number;
	readonly features: number;
	/** In real units. */
	readonly means: Float64Array;
	readonly scale: number;
}

/**
 * One scale for all features keeps distances what they are up to a factor; it and the means vanish into the weights of
 * a linear model, so that regularisation does not depend on the unit of the rows.
 */
export function centre(examples: Examples): Centred {
	const values = realRows(examples);
	const features = rowLength(examples.input);
	const rows = examples.labels.length;
	const means = new Float64Array(features);
	values.forEach((value, i) => {
		means[i % features]! += value / rows;
	});
	let square = 0;
	values.forEach((value, i) => {
		const difference = value - means[i % features]!;
		square += difference * difference;
	});
	const scale = Math.sqrt(square / values.length) || 1;
	return {
		values: values.map((value, i) => (value - means[i % features]!) / scale),
		rows,
		features,
		means,
		scale,
	};
}

/** Share of the rows whose greatest score, of equals the first, is that of their class. */
export function accuracyOf(scores: ArrayLike<number>, labels: Uint8Array, classes: number): number {
	let right = 0;
	labels.forEach((label, row) => {
		let best = 0;
		for (let k = 1; k < classes; k++) {
			if (scores[row * classes + k]! > scores[row * classes + best]!) best = k;
		}
		if (best === label) right++;
	});
	return right / labels.length;
}
