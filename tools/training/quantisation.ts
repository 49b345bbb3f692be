/**
 * int8 as TensorFlow Lite defines it: real = scale · (value − zero point); weights symmetric, with one scale for a whole
 * tensor or one for each output channel; biases int32 at the product of the input's and the weights' scale
 * (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018;
 * TensorFlow, "TensorFlow Lite 8-bit quantization specification").
 */

import type { Examples } from "./examples";

export interface Quantisation {
	/** A float32 value. */
	readonly scale: number;
	readonly zeroPoint: number;
}

/** TensorFlow Lite fixes the quantisation of what an int8 softmax or logistic gives. */
export const shareQuantisation: Quantisation = Object.freeze({ scale: 1 / 256, zeroPoint: -128 });

/** int8 over the range from `low` to `high`, widened so that it includes zero, with zero exact. */
export function affineQuantisation({ low, high }: { low: number; high: number }): Quantisation {
	const [least, greatest] = [Math.min(low, 0), Math.max(high, 0)];
	const scale = Math.fround(Math.max(greatest - least, 1e-6) / 255);
	return { scale, zeroPoint: limit(Math.round(-128 - least / scale), -128, 127) };
}

/** int8 from −127 · scale to 127 · scale. */
function symmetricQuantisation(greatest: number): Quantisation {
	return { scale: Math.fround(Math.max(greatest, 1e-6) / 127), zeroPoint: 0 };
}

/**
 * How a model's int8 part sees its input. Rows that are int8 already stay as they are. Of others a share `quantile` of
 * the values fits without saturating: a scale for the few strongest would leave the gyroscope, whose counts are small
 * beside the accelerometer's, a handful of steps.
 */
export function calibrateInput({ input, rows }: Examples, quantile: number): Quantisation {
	if (input.datatype === "INT8") return { scale: input.scale, zeroPoint: input.zeroPoint };
	const magnitudes = Float32Array.from(rows, (stored) => Math.abs(input.scale * (stored - input.zeroPoint))).sort();
	const last = Math.max(0, Math.min(magnitudes.length - 1, Math.ceil(quantile * magnitudes.length) - 1));
	return symmetricQuantisation(magnitudes[last] ?? 0);
}

/** The nearest int8 value; what lies outside saturates. */
export function quantise(value: number, { scale, zeroPoint }: Quantisation): number {
	return limit(Math.round(value / scale) + zeroPoint, -128, 127);
}

/** The real number that is left of `value` after int8. */
export function requantised(value: number, quantisation: Quantisation): number {
	return quantisation.scale * (quantise(value, quantisation) - quantisation.zeroPoint);
}

export interface QuantisedWeights {
	readonly values: Int8Array;
	/** float32 values: one for all, or one for each output channel. */
	readonly scales: Float32Array;
}

/**
 * Weights of which each output channel's lie together, as in FULLY_CONNECTED [outputs, inputs] and CONV_2D
 * [outputs, height, width, inputs]. `channels` is the number of scales: 1, or that of the outputs.
 */
export function quantiseWeights(weights: ArrayLike<number>, channels: number): QuantisedWeights {
	const each = weights.length / channels;
	const greatest = new Float64Array(channels);
	for (let i = 0; i < weights.length; i++) {
		const channel = Math.floor(i / each);
		greatest[channel] = Math.max(greatest[channel]!, Math.abs(weights[i]!));
	}
	const scales = Float32Array.from(greatest, (most) => symmetricQuantisation(most).scale);
	const values = Int8Array.from(weights, (weight, i) =>
		limit(Math.round(weight / scales[Math.floor(i / each)]!), -127, 127),
	);
	return { values, scales };
}

/** The real weights that are left after int8. */
export function requantisedWeights(weights: ArrayLike<number>, channels: number): Float32Array {
	const { values, scales } = quantiseWeights(weights, channels);
	const each = values.length / channels;
	return Float32Array.from(values, (value, i) => value * scales[Math.floor(i / each)]!);
}

/** Biases at the scale of the sums that they are added to. `scales` are those of the weights. */
export function quantiseBias(bias: ArrayLike<number>, inputScale: number, scales: Float32Array): Int32Array {
	return Int32Array.from(bias, (value, i) => {
		const scale = inputScale * scales[scales.length === 1 ? 0 : i]!;
		return limit(Math.round(value / scale), -0x80000000, 0x7fffffff);
	});
}

/** The scales that the file states for biases. */
export function biasScales(inputScale: number, scales: Float32Array): Float32Array {
	return scales.map((scale) => inputScale * scale);
}

function limit(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}
