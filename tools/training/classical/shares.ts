/** Logits to shares, and logits that are better shares: calibration after training. */

import { Lbfgs } from "./lbfgs";

/** The share of what a logit stands for, without overflow. */
export function logistic(logit: number): number {
	return logit >= 0 ? 1 / (1 + Math.exp(-logit)) : 1 - 1 / (1 + Math.exp(logit));
}

/** Rows × classes of logits become shares in place; gives the mean cross-entropy in nats to the labels. */
export function softmaxRows(logits: Float64Array, labels: Uint8Array, classes: number): number {
	let loss = 0;
	for (let row = 0, at = 0; at < logits.length; row++, at += classes) {
		let greatest = logits[at]!;
		for (let k = 1; k < classes; k++) greatest = Math.max(greatest, logits[at + k]!);
		let sum = 0;
		const own = logits[at + labels[row]!]! - greatest;
		for (let k = 0; k < classes; k++) {
			const power = Math.exp(logits[at + k]! - greatest);
			logits[at + k] = power;
			sum += power;
		}
		for (let k = 0; k < classes; k++) logits[at + k]! /= sum;
		loss += Math.log(sum) - own;
	}
	return loss / labels.length;
}

/** logit = scales[k] · score + offsets[k] for class k. */
export interface Calibration {
	readonly scales: Float64Array;
	readonly offsets: Float64Array;
}

/** Weight of the pull towards one common scale and no offsets, which decides where the rows do not. */
const pull = 1e-4;

/**
 * The calibration of least cross-entropy on labelled rows ("vector scaling" in Guo et al., "On Calibration of Modern
 * Neural Networks", 2017; `common`: one scale for all and no offsets, which leaves the order of the classes as it is).
 * `scores` are rows × classes.
 */
export function calibrate(
	scores: Float64Array,
	labels: Uint8Array,
	{ classes, common }: { classes: number; common: boolean },
): Calibration {
	const spread = rootMeanSquare(scores) || 1;
	// Scales are searched as logarithms, so that they stay positive: a better score never makes a class less likely.
	const scalesOf = (at: Float64Array) =>
		Float64Array.from({ length: classes }, (_, k) => Math.exp(at[common ? 0 : k]!) / spread);
	const offsetsOf = (at: Float64Array) => (common ? new Float64Array(classes) : at.slice(classes));
	const search = new Lbfgs(
		(at, gradient) => {
			const scales = scalesOf(at);
			const offsets = offsetsOf(at);
			const logits = scores.map((score, i) => scales[i % classes]! * score + offsets[i % classes]!);
			let loss = softmaxRows(logits, labels, classes);
			gradient.fill(0);
			logits.forEach((share, i) => {
				const k = i % classes;
				const row = (i - k) / classes;
				const slope = (share - (labels[row] === k ? 1 : 0)) / labels.length;
				gradient[common ? 0 : k]! += slope * scales[k]! * scores[i]!;
				if (!common) gradient[classes + k]! += slope;
			});
			at.forEach((value, i) => {
				loss += pull * value * value;
				gradient[i]! += 2 * pull * value;
			});
			return loss;
		},
		new Float64Array(common ? 1 : 2 * classes),
		1e-6,
	);
	for (let i = 0; i < 200 && search.step(); i++);
	return { scales: scalesOf(search.point), offsets: offsetsOf(search.point) };
}

/**
 * Platt's scaling: P(positive) = logistic(scale · decision + offset), with his softened targets, by which a perfectly
 * separated set does not end in certainty (Platt, "Probabilistic Outputs for Support Vector Machines", 1999).
 */
export function plattScaling(decisions: Float64Array, positive: Uint8Array): { scale: number; offset: number } {
	const count = positive.reduce((sum, one) => sum + one, 0);
	const high = (count + 1) / (count + 2);
	const low = 1 / (positive.length - count + 2);
	const spread = rootMeanSquare(decisions) || 1;
	const search = new Lbfgs(
		(at, gradient) => {
			let loss = pull * at[0]! * at[0]!;
			gradient[0] = 2 * pull * at[0]!;
			gradient[1] = 0;
			decisions.forEach((decision, i) => {
				const logit = (at[0]! * decision) / spread + at[1]!;
				const target = positive[i] ? high : low;
				// −target · log(share) − (1 − target) · log(1 − share), arranged so that nothing overflows
				loss += (Math.max(logit, 0) - target * logit + Math.log1p(Math.exp(-Math.abs(logit)))) / decisions.length;
				const slope = (logistic(logit) - target) / decisions.length;
				gradient[0]! += (slope * decision) / spread;
				gradient[1]! += slope;
			});
			return loss;
		},
		Float64Array.of(1, 0),
		1e-7,
	);
	for (let i = 0; i < 200 && search.step(); i++);
	return { scale: search.point[0]! / spread, offset: search.point[1]! };
}

function rootMeanSquare(values: Float64Array): number {
	return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
