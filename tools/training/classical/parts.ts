/** Parts of which the graphs of classical models are made. */

import type { Examples } from "../examples";
import {
	affineQuantisation,
	biasScales,
	calibrateInput,
	type Quantisation,
	quantiseBias,
	quantiseWeights,
	shareQuantisation,
} from "../quantisation";
import type { GraphBuilder } from "../tflite/builder";
import type { OperatorOptions } from "../tflite/schema";
import type { Precision } from "../trainer";

/** A tensor of a graph that is being built: int8 with this quantisation, or float32. */
export interface Value {
	readonly index: number;
	readonly quantisation?: Quantisation;
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

/** Of one output each: a row of weights and an offset. */
export interface Linear {
	/** outputs × features. */
	readonly weights: Float64Array;
	readonly bias: Float64Array;
}

/** FULLY_CONNECTED, which takes an input of any shape for one row. `result` is the quantisation of what int8 gives. */
export function addLinear(
	builder: GraphBuilder,
	options: { name: string; input: Value; linear: Linear; result: Quantisation },
): Value {
	const { name, input, linear, result } = options;
	const outputs = linear.bias.length;
	const shape = [outputs, linear.weights.length / outputs];
	const operator: OperatorOptions = { kind: "FULLY_CONNECTED", activation: "NONE" };
	if (!input.quantisation) {
		const weights = builder.constant(`${name}/weights`, Float32Array.from(linear.weights), { shape });
		const bias = builder.constant(`${name}/bias`, Float32Array.from(linear.bias));
		const operands = [input.index, weights, bias];
		return { index: builder.add(operator, operands, { name, type: "FLOAT32", shape: [1, outputs] }) };
	}
	const { values, scales } = quantiseWeights(linear.weights, 1);
	const stored = quantiseBias(linear.bias, input.quantisation.scale, scales);
	const weights = builder.constant(`${name}/weights`, values, {
		shape,
		quantization: { scale: scales[0]!, zeroPoint: 0 },
	});
	const bias = builder.constant(`${name}/bias`, stored, {
		quantization: { scale: biasScales(input.quantisation.scale, scales)[0]!, zeroPoint: 0 },
	});
	const operands = [input.index, weights, bias];
	return {
		index: builder.add(operator, operands, { name, type: "INT8", shape: [1, outputs], quantization: result }),
		quantisation: result,
	};
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
 * int8 for logits of which shares are made: as fine as can be where it decides. A lone logit matters near 0; of several
 * those that win, and the ones not far below.
 */
export function logitQuantisation(logits: Float64Array, outputs: number): Quantisation {
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (let at = 0; at < logits.length; at += outputs) {
		let winner = logits[at]!;
		for (let k = 1; k < outputs; k++) winner = Math.max(winner, logits[at + k]!);
		low = Math.min(low, winner);
		high = Math.max(high, winner);
	}
	if (outputs === 1) return affineQuantisation({ low: Math.max(low, -farthest), high: Math.min(high, farthest) });
	return affineQuantisation({ low: low - farthest, high });
}

/** LOGISTIC of one logit or SOFTMAX of several, as float32: the graph's output. */
export function addShares(builder: GraphBuilder, logits: Value): number {
	const { shape } = builder.tensor(logits.index);
	const operator: OperatorOptions = shape.at(-1) === 1 ? { kind: "LOGISTIC" } : { kind: "SOFTMAX", beta: 1 };
	if (!logits.quantisation) return builder.add(operator, [logits.index], { name: "shares", type: "FLOAT32", shape });
	const quantised = builder.add(operator, [logits.index], {
		name: "shares/int8",
		type: "INT8",
		shape,
		quantization: shareQuantisation,
	});
	return builder.add({ kind: "DEQUANTIZE" }, [quantised], { name: "shares", type: "FLOAT32", shape });
}
