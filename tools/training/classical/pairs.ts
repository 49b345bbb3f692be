/** Classes against each other: a decision for each pair of classes (0, 1), (0, 2) … (1, 2) …, positive for the first. */

import type { Linear } from "./parts";
import { type Calibration, calibrate, logistic, plattScaling, softmaxRows } from "./shares";

export interface Pair {
	readonly first: number;
	readonly second: number;
}

export function pairsOf(classes: number): Pair[] {
	const pairs: Pair[] = [];
	for (let first = 0; first < classes; first++) {
		for (let second = first + 1; second < classes; second++) pairs.push({ first, second });
	}
	return pairs;
}

/** Rows of the pair's classes. */
export function membersOf(labels: Uint8Array, { first, second }: Pair): Uint32Array {
	return Uint32Array.from(labels.keys()).filter((row) => labels[row] === first || labels[row] === second);
}

/** What each of the rows of a pair costs on the wrong side. */
export function pricesOf(
	{ c, balanced }: { c: number; balanced: boolean },
	labels: Uint8Array,
	members: Uint32Array,
): Float64Array {
	const counts = new Map<number, number>();
	for (const row of members) counts.set(labels[row]!, (counts.get(labels[row]!) ?? 0) + 1);
	return Float64Array.from(members, (row) => (balanced ? (c * members.length) / (2 * counts.get(labels[row]!)!) : c));
}

/**
 * How decisions become shares of the classes. Each decision becomes the share of its first class by Platt's scaling, a
 * class adds up its shares against all others (a soft vote), and a softmax of these sums at one temperature gives the
 * shares. All of it is two layers of a network, so a model needs no operator of its own for it; plain votes would be
 * shares of what they are not, and equal for many rows.
 */
export interface Coupling {
	/** For each pair: logit = scale · decision + offset. */
	readonly scales: Float64Array;
	readonly offsets: Float64Array;
	/** From the shares of the pairs to the logits of the classes; of two classes there is none. */
	readonly votes?: Linear;
}

/** Fitted on labelled rows; `decisions` are rows × pairs. */
export function fitCoupling(decisions: Float64Array, labels: Uint8Array, classes: number): Coupling {
	const pairs = pairsOf(classes);
	const platt = pairs.map(({ first, second }, pair) => {
		const rows = Array.from(labels.keys()).filter((row) => labels[row] === first || labels[row] === second);
		const own = Float64Array.from(rows, (row) => decisions[row * pairs.length + pair]!);
		return plattScaling(
			own,
			Uint8Array.from(rows, (row) => (labels[row] === first ? 1 : 0)),
		);
	});
	const coupling = {
		scales: Float64Array.from(platt, ({ scale }) => scale),
		offsets: Float64Array.from(platt, ({ offset }) => offset),
	};
	if (classes === 2) return coupling;
	const sums = softVotes(decisions, coupling, classes);
	return { ...coupling, votes: votesOf(classes, calibrate(sums, labels, { classes, common: true })) };
}

/** Shares, rows × classes, of decisions, rows × pairs. */
export function couple(decisions: Float64Array, coupling: Coupling, classes: number): Float32Array {
	const pairs = coupling.scales.length;
	if (!coupling.votes) {
		return Float32Array.from({ length: 2 * decisions.length }, (_, i) => {
			const logit = coupling.scales[0]! * decisions[i >> 1]! + coupling.offsets[0]!;
			return logistic(i % 2 === 0 ? logit : -logit);
		});
	}
	const { weights } = coupling.votes;
	const temperature = weights[0]!;
	const sums = softVotes(decisions, coupling, classes).map((sum) => sum * temperature);
	softmaxRows(sums, new Uint8Array(decisions.length / pairs), classes);
	return Float32Array.from(sums);
}

/** For each class the sum of its shares in the pairs that it is in: rows × classes. */
function softVotes(
	decisions: Float64Array,
	{ scales, offsets }: Pick<Coupling, "scales" | "offsets">,
	classes: number,
): Float64Array {
	const pairs = pairsOf(classes);
	const sums = new Float64Array((decisions.length / pairs.length) * classes);
	for (let from = 0, to = 0; from < decisions.length; from += pairs.length, to += classes) {
		pairs.forEach(({ first, second }, pair) => {
			const share = logistic(scales[pair]! * decisions[from + pair]! + offsets[pair]!);
			sums[to + first]! += share;
			sums[to + second]! += 1 - share;
		});
	}
	return sums;
}

function votesOf(classes: number, { scales }: Calibration): Linear {
	const pairs = pairsOf(classes);
	const temperature = scales[0]!;
	const weights = new Float64Array(classes * pairs.length);
	const bias = new Float64Array(classes);
	pairs.forEach(({ first, second }, pair) => {
		weights[first * pairs.length + pair] = temperature;
		weights[second * pairs.length + pair] = -temperature;
		bias[second]! += temperature;
	});
	return { weights, bias };
}
