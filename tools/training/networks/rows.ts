import { type Examples, rowLength } from "../examples";
import { type Quantisation, quantise } from "../quantisation";
import type { Architecture } from "./layers";

/**
 * What the first layer sees of stored rows, times `factor`: real numbers, averaged over time where the architecture
 * says so. With `quantisation` they are rounded as QUANTIZE and AVERAGE_POOL_2D of int8 round them.
 */
export function seenRows(
	{ input, rows }: Examples,
	{ pool, length, channels }: Architecture,
	{ factor, quantisation }: { factor: number; quantisation?: Quantisation },
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
				seen[at] = factor * scale * (mean - zeroPoint);
			}
		}
	}
	return seen;
}

/** Root of the mean square; 1 where all is zero. */
export function rootMeanSquare(values: Float32Array): number {
	let sum = 0;
	for (const value of values) sum += value * value;
	return Math.sqrt(sum / values.length) || 1;
}
