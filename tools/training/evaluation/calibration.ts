/** Whether scores mean what they say: of all rows answered with 0.8, is the answer right in four out of five? */

export interface ReliabilityBin {
	/** The rows whose greatest share lies in (low, high]. */
	readonly low: number;
	readonly high: number;
	readonly rows: number;
	/** Mean of their greatest shares, and how many of their answers are right; 0 when there are no rows. */
	readonly confidence: number;
	readonly accuracy: number;
}

export interface Calibration {
	readonly bins: readonly ReliabilityBin[];
	/**
	 * Expected calibration error: the bins' distance between confidence and accuracy, weighted by rows (Guo et al.,
	 * "On Calibration of Modern Neural Networks", 2017).
	 */
	readonly expectedError: number;
	/** The greatest of these distances. */
	readonly greatestError: number;
	/** Mean over rows of the squared distance between shares and truth, summed over the classes: 0 to 2 (Brier, 1950). */
	readonly brier: number;
	/** Mean of −ln of the true class's share, in nats, shares below `leastShare` taken as that. */
	readonly logLoss: number;
}

/** Half the step of an int8 softmax: a share that was rounded to 0 may have been as great. */
export const leastShare = 1 / 512;

/** Whether every row is a distribution over the classes, but for the rounding of int8. */
export function areShares(scores: ArrayLike<number>, classes: number): boolean {
	// Rounding of an int8 softmax moves each share by 1/512 at most, and the sum by all of them.
	const tolerance = Math.max(1 / 32, classes / 512) + 1e-6;
	for (let at = 0; at < scores.length; at += classes) {
		let sum = 0;
		for (let i = 0; i < classes; i++) {
			const score = scores[at + i]!;
			if (!(score >= 0 && score <= 1 + tolerance)) return false;
			sum += score;
		}
		if (Math.abs(sum - 1) > tolerance) return false;
	}
	return true;
}

/** `scores` holds shares, rows × classes. */
export function calibrationOf(
	truth: Uint8Array,
	scores: ArrayLike<number>,
	classes: number,
	binCount = 10,
): Calibration {
	const rows = new Uint32Array(binCount);
	const confidences = new Float64Array(binCount);
	const right = new Uint32Array(binCount);
	let brier = 0;
	let logLoss = 0;
	for (let row = 0; row < truth.length; row++) {
		const at = row * classes;
		let best = 0;
		for (let i = 0; i < classes; i++) {
			const share = scores[at + i]!;
			if (share > scores[at + best]!) best = i;
			brier += (share - (i === truth[row] ? 1 : 0)) ** 2;
		}
		logLoss -= Math.log(Math.min(1, Math.max(leastShare, scores[at + truth[row]!]!)));
		const confidence = Math.min(1, scores[at + best]!);
		const bin = Math.max(0, Math.ceil(confidence * binCount) - 1);
		rows[bin]! += 1;
		confidences[bin]! += confidence;
		if (best === truth[row]) right[bin]! += 1;
	}
	const bins = Array.from(rows, (count, i) => ({
		low: i / binCount,
		high: (i + 1) / binCount,
		rows: count,
		confidence: count === 0 ? 0 : confidences[i]! / count,
		accuracy: count === 0 ? 0 : right[i]! / count,
	}));
	const errors = bins.map(({ confidence, accuracy }) => Math.abs(confidence - accuracy));
	return {
		bins,
		expectedError: bins.reduce((sum, bin, i) => sum + (bin.rows / truth.length) * errors[i]!, 0),
		greatestError: Math.max(...errors),
		brier: brier / truth.length,
		logLoss: logLoss / truth.length,
	};
}
