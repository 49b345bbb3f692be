import { type Examples, rowLength } from "../examples";
import { type Quantisation, quantise } from "../quantisation";
import type { Architecture } from "./layers";

/** Brings what a model stores to values about zero and one, which the optimiser expects: factor · (value − offset). */
export interface Scaling {
	readonly offset: number;
	readonly factor: number;
}

export const unscaled: Scaling = Object.freeze({ offset: 0, factor: 1 });

/**
 * What the first layer sees of stored rows: real numbers, averaged over time where the architecture says so, and scaled.
 * With `quantisation` they are rounded before as QUANTIZE and AVERAGE_POOL_2D of int8 round them.
 */
export function seenRows(
	{ input, rows }: Examples,
	{ pool, length, channels }: Architecture,
	{ offset, factor }: Scaling,
	quantisation?: Quantisation,
): Float32Array {
	const width = rowLength(input);
	const count = rows.length / width;
	const seen = new Float32Array(count * length * channels);
	const { scale, zeroPoint } = quantisation ?? { scale: 1, zeroPoint: 0 };
	const real = (at: number) => input.scale * (rows[at]! - input.zeroPoint);
	const valueAt = quantisation ? (at: number) => quantise(real(at), quantisation) : real;
	for (let row = 0, at = 0; row < count; row++) {
		for (let step = 0; step < length; step++) {
			for (let channel = 0; channel < channels; channel++, at++) {
				let sum = 0;
				for (let k = 0; k < pool; k++) sum += valueAt(row * width + (step * pool + k) * channels + channel);
				const mean = quantisation ? Math.round(sum / pool) : sum / pool;
				seen[at] = factor * (scale * (mean - zeroPoint) - offset);
			}
		}
	}
	return seen;
}

/** Takes off the mean and divides by the standard deviation. */
export function standardise(values: Float32Array): Scaling {
	let sum = 0;
	for (const value of values) sum += value;
	const offset = sum / values.length;
	let squares = 0;
	for (const value of values) squares += (value - offset) ** 2;
	return { offset, factor: 1 / (Math.sqrt(squares / values.length) || 1) };
}
