/**
 * Post-training quantisation to int8 by TensorFlow Lite's scheme: real = scale · (value - zero point), weights
 * symmetric with one scale per layer, biases int32 at the product of input and weight scale
 * (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018).
 */

import type { DenseNetwork, Layer } from "./dense";

export interface Quantisation {
	/** A float32 value. */
	readonly scale: number;
	readonly zeroPoint: number;
}

/** An int16 sensor count stands for this; the model's input tensor has this scale and zero point 0. */
export const countScale = 1 / 32768;

export interface QuantisedLayer {
	readonly inputs: number;
	readonly outputs: number;
	readonly weights: Int8Array;
	readonly weightScale: number;
	readonly bias: Int32Array;
	/** Of the layer's result, after its ReLU where it has one. */
	readonly result: Quantisation;
}

export interface QuantisedNetwork {
	/** Of the first layer's input. */
	readonly input: Quantisation;
	readonly layers: readonly QuantisedLayer[];
}

/**
 * The scale at which a share `quantile` of the counts fits int8 without saturating. The few stronger ones saturate: a
 * full-range scale would leave the gyroscope, whose counts are small beside the accelerometer's, a handful of steps.
 */
export function calibrateInput(windows: Int16Array, quantile: number): Quantisation {
	const magnitudes = new Uint32Array(32769);
	for (const count of windows) magnitudes[Math.abs(count)]!++;
	let greatest = 0;
	for (let seen = 0; seen < quantile * windows.length; greatest++) seen += magnitudes[greatest]!;
	return { scale: Math.fround((Math.max(1, greatest - 1) * countScale) / 127), zeroPoint: 0 };
}

/** What the first layer sees of raw counts: int8 values times their scale. */
export function quantisedInputs(windows: Int16Array, input: Quantisation): Float32Array {
	return Float32Array.from(windows, (count) => {
		const value = Math.round((count * countScale) / input.scale) + input.zeroPoint;
		return (limit(value, -128, 127) - input.zeroPoint) * input.scale;
	});
}

/** `calibration` holds rows as the first layer sees them; the ranges of the layers' results are taken on these. */
export function quantiseNetwork(options: {
	network: DenseNetwork;
	input: Quantisation;
	calibration: Float32Array;
}): QuantisedNetwork {
	const { network, input, calibration } = options;
	const width = network.layers[0]!.inputs;
	const ranges = network.layers.map(() => ({ low: 0, high: 0 }));
	for (let at = 0; at < calibration.length; at += width) {
		network.activations(calibration.subarray(at, at + width)).forEach((values, i) => {
			const range = ranges[i]!;
			for (const value of values) {
				range.low = Math.min(range.low, value);
				range.high = Math.max(range.high, value);
			}
		});
	}
	let scale = input.scale;
	const layers = network.layers.map((layer, i) => {
		const quantised = quantiseLayer(layer, scale, affine(ranges[i]!));
		scale = quantised.result.scale;
		return quantised;
	});
	return { input, layers };
}

function quantiseLayer(layer: Layer, inputScale: number, result: Quantisation): QuantisedLayer {
	const { inputs, outputs } = layer;
	const greatest = layer.weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), Number.MIN_VALUE);
	const weightScale = Math.fround(greatest / 127);
	const weights = Int8Array.from(layer.weights, (weight) => limit(Math.round(weight / weightScale), -127, 127));
	const bias = Int32Array.from(layer.bias, (value) =>
		limit(Math.round(value / (inputScale * weightScale)), -0x80000000, 0x7fffffff),
	);
	return { inputs, outputs, weights, weightScale, bias, result };
}

/** int8 over a range that includes zero, with zero exact. */
function affine({ low, high }: { low: number; high: number }): Quantisation {
	const scale = Math.fround(Math.max(high - low, 1e-6) / 255);
	return { scale, zeroPoint: limit(Math.round(-128 - low / scale), -128, 127) };
}

function limit(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}
