/** Parts of which the graphs of classical models are made. */

import type { Examples } from "../examples";
import {
	affineQuantisation,
	biasScales,
	calibrateInput,
	type Quantisation,
	type QuantisedWeights,
	quantise,
	quantiseBias,
	quantiseWeights,
	shareQuantisation,
} from "../quantisation";
import type { GraphBuilder } from "../tflite/builder";
import type { OperatorOptions } from "../tflite/schema";
import type { Precision } from "../trainer";

/** A tensor of a graph that is being built: int8 or int16 with this quantisation, or float32. */
export interface Value {
	readonly index: number;
	readonly quantisation?: Quantisation;
}

/** What values may be. */
export interface Range {
	readonly low: number;
	readonly high: number;
}

/** Share of the training rows' values that fit int8 without saturating, where rows are not int8 already. */
const fitting = 0.999;

/** The graph's input, and the same as int8 or as float32. */
export function enter(builder: GraphBuilder, training: Examples, precision: Precision): Value {
	const { input } = training;
	const index = builder.input("input", input);
	const shape = [1, ...input.shape];
	if (precision === "float32") {
		if (input.datatype === "FLOAT32") return { index };
		return { index: builder.add({ kind: "DEQUANTIZE" }, [index], { name: "rows", type: "FLOAT32", shape }) };
	}
	const quantisation = calibrateInput(training, fitting);
	if (input.datatype === "INT8") return { index, quantisation };
	return {
		index: builder.add({ kind: "QUANTIZE" }, [index], {
			name: "rows",
			type: "INT8",
			shape,
			quantization: quantisation,
		}),
		quantisation,
	};
}

/**
 * The same for what multiplies the rows by weights alone, which takes int16 as it is stored: nothing saturates, and
 * neither time nor code goes into another form of the rows.
 */
export function enterLinear(builder: GraphBuilder, training: Examples, precision: Precision): Value {
	const { datatype, scale, zeroPoint } = training.input;
	if (precision === "float32" || datatype !== "INT16") return enter(builder, training, precision);
	return { index: builder.input("input", training.input), quantisation: { scale, zeroPoint } };
}

/** Of one output each: a row of weights and an offset. */
export interface Linear {
	/** outputs × features. */
	readonly weights: Float64Array;
	readonly bias: Float64Array;
}

/** FULLY_CONNECTED, which takes an input of any shape for one row. Integers give what lies in `range`. */
export function addLinear(
	builder: GraphBuilder,
	options: { name: string; input: Value; linear: Linear; range: Range },
): Value {
	const { name, input, linear, range } = options;
	const outputs = linear.bias.length;
	const shape = [outputs, linear.weights.length / outputs];
	const operator: OperatorOptions = { kind: "FULLY_CONNECTED", activation: "NONE" };
	const result = { name, shape: [1, outputs] };
	if (!input.quantisation) {
		const weights = builder.constant(`${name}/weights`, Float32Array.from(linear.weights), { shape });
		const bias = builder.constant(`${name}/bias`, Float32Array.from(linear.bias));
		return { index: builder.add(operator, [input.index, weights, bias], { ...result, type: "FLOAT32" }) };
	}
	const isWide = builder.tensor(input.index).type === "INT16";
	const { values, scales } = isWide ? wideWeights(linear.weights) : quantiseWeights(linear.weights, 1);
	const weights = builder.constant(`${name}/weights`, values, {
		shape,
		quantization: { scale: scales[0]!, zeroPoint: 0 },
	});
	const biasScale = biasScales(input.quantisation.scale, scales)[0]!;
	const stored = isWide
		? BigInt64Array.from(linear.bias, (value) => BigInt(Math.round(value / biasScale)))
		: quantiseBias(linear.bias, input.quantisation.scale, scales);
	const bias = builder.constant(`${name}/bias`, stored, { quantization: { scale: biasScale, zeroPoint: 0 } });
	const quantization = isWide ? wideQuantisation(range) : affineQuantisation(range);
	const tensor = { ...result, type: isWide ? "INT16" : "INT8", quantization } as const;
	return { index: builder.add(operator, [input.index, weights, bias], tensor), quantisation: quantization };
}

/**
 * TensorFlow Lite scales a sum of int16 products by 31 bits of a factor, TensorFlow Lite Micro by 15 of them. Both come to
 * the same where the factor has no more: the scale of the weights has 15 bits, and all others are powers of two.
 */
function wideWeights(weights: Float64Array): QuantisedWeights {
	const least = quantiseWeights(weights, 1).scales[0]!;
	const unit = 2 ** (Math.floor(Math.log2(least)) - 14);
	const scale = unit * Math.ceil(least / unit);
	return {
		values: Int8Array.from(weights, (weight) => quantise(weight, { scale, zeroPoint: 0 })),
		scales: Float32Array.of(scale),
	};
}

/** int16 is symmetric in TensorFlow Lite. */
function wideQuantisation({ low, high }: Range): Quantisation {
	return { scale: 2 ** Math.ceil(Math.log2(Math.max(-low, high, 1e-6) / 32767)), zeroPoint: 0 };
}

/** What a linear part gives for rows of real numbers: rows × outputs. */
export function applyLinear({ weights, bias }: Linear, rows: Float32Array): Float64Array {
	const outputs = bias.length;
	const features = weights.length / outputs;
	const results = new Float64Array((rows.length / features) * outputs);
	for (let row = 0, at = 0; at < results.length; row += features) {
		for (let output = 0, weight = 0; output < outputs; output++, at++) {
			let sum = bias[output]!;
			for (let i = 0; i < features; i++, weight++) sum += weights[weight]! * rows[row + i]!;
			results[at] = sum;
		}
	}
	return results;
}

/** Logits further from the decision than this have a share that int8 does not tell from 0 or 1 (e^−8 < 1/2048). */
const farthest = 8;

/**
 * The logits of which shares are made that must not saturate, so that integers are fine where it decides. A lone logit
 * matters near 0; of several those that win, and the ones not far below.
 */
export function logitRange(logits: Float64Array, outputs: number): Range {
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (let at = 0; at < logits.length; at += outputs) {
		let winner = logits[at]!;
		for (let k = 1; k < outputs; k++) winner = Math.max(winner, logits[at + k]!);
		low = Math.min(low, winner);
		high = Math.max(high, winner);
	}
	if (outputs === 1) return { low: Math.max(low, -farthest), high: Math.min(high, farthest) };
	return { low: low - farthest, high };
}

/** int8 for these logits. */
export function logitQuantisation(logits: Float64Array, outputs: number): Quantisation {
	return affineQuantisation(logitRange(logits, outputs));
}

/** The logits of shares that are shares for themselves. */
export const pairRange: Range = Object.freeze({ low: -farthest, high: farthest });

/** TensorFlow Lite fixes the quantisation of what LOGISTIC of int16 gives. */
const wideShares: Quantisation = Object.freeze({ scale: 1 / 32768, zeroPoint: 0 });

/** LOGISTIC of logits, each for itself. */
export function addLogistic(builder: GraphBuilder, { index, quantisation }: Value): Value {
	const { shape, type } = builder.tensor(index);
	const quantization = type === "INT16" ? wideShares : shareQuantisation;
	const tensor = { name: "shares/each", shape, type, ...(quantisation && { quantization }) };
	return {
		index: builder.add({ kind: "LOGISTIC" }, [index], tensor),
		...(quantisation && { quantisation: quantization }),
	};
}

/**
 * The graph's output: LOGISTIC of one logit or SOFTMAX of several, as float32. SOFTMAX is float32 in an int8 model too:
 * that of int8 keeps a table of exponentials in memory that is larger than all else of such a model.
 */
export function addShares(builder: GraphBuilder, logits: Value): number {
	if (builder.tensor(logits.index).shape.at(-1) === 1) return toFloat(builder, addLogistic(builder, logits));
	const { shape } = builder.tensor(logits.index);
	const real = toFloat(builder, logits);
	return builder.add({ kind: "SOFTMAX", beta: 1 }, [real], { name: "shares", type: "FLOAT32", shape });
}

function toFloat(builder: GraphBuilder, { index, quantisation }: Value): number {
	if (!quantisation) return index;
	const { name, shape } = builder.tensor(index);
	return builder.add({ kind: "DEQUANTIZE" }, [index], { name: `${name}/real`, type: "FLOAT32", shape });
}
