/**
 * QUANTIZE and FULLY_CONNECTED of int8 as TensorFlow Lite's reference kernels define them, on whole numbers of any size,
 * so that nothing here can overflow or round by itself.
 */

import type { Graph, Tensor } from "../../../../tools/training/tflite/schema";

/** What a graph's leading QUANTIZE and FULLY_CONNECTED operators make of one row. */
export function evaluate(graph: Graph, row: ArrayLike<number>): number[] {
	let values = Array.from(row);
	for (const operator of graph.operators) {
		const [input, weights, bias] = operator.inputs.map((index) => graph.tensors[index]!);
		const output = graph.tensors[operator.outputs[0]!]!;
		if (operator.kind === "QUANTIZE") {
			const multiplier = quantisedMultiplier(scaleOf(input!) / scaleOf(output));
			values = values.map((value) => clamp(scaled(value - zeroOf(input!), multiplier) + zeroOf(output), -128));
		} else if (operator.kind === "FULLY_CONNECTED") {
			const [units, depth] = weights!.shape as [number, number];
			const stored = new Int8Array(weights!.data!.slice().buffer);
			const biases = new Int32Array(bias!.data!.slice().buffer);
			const least = operator.activation === "RELU" ? zeroOf(output) : -128;
			values = Array.from({ length: units }, (_, unit) => {
				let sum = biases[unit]!;
				for (let k = 0; k < depth; k++) sum += (values[k]! - zeroOf(input!)) * stored[unit * depth + k]!;
				const multiplier = quantisedMultiplier((scaleOf(input!) * scaleOf(weights!, unit)) / scaleOf(output));
				return clamp(scaled(sum, multiplier) + zeroOf(output), least);
			});
		} else break;
	}
	return values;
}

interface Multiplier {
	readonly mantissa: bigint;
	readonly shift: number;
}

/** A real factor as 31 bits times a power of two. */
function quantisedMultiplier(real: number): Multiplier {
	let shift = Math.floor(Math.log2(real)) + 1;
	let mantissa = Math.round((real / 2 ** shift) * 2 ** 31);
	if (mantissa === 2 ** 31) {
		mantissa /= 2;
		shift++;
	}
	return { mantissa: BigInt(mantissa), shift };
}

/** The doubling product's upper half, rounded, then a division by a power of two, rounded away from zero at a half. */
function scaled(value: number, { mantissa, shift }: Multiplier): number {
	const product = BigInt(value) * 2n ** BigInt(Math.max(shift, 0)) * mantissa;
	const half = 2n ** 30n;
	const upper = (product + (product >= 0n ? half : 1n - half)) / 2n ** 31n;
	const divisor = 2n ** BigInt(Math.max(-shift, 0));
	const [quotient, rest] = [upper / divisor, upper % divisor];
	if (2n * (rest < 0n ? -rest : rest) >= divisor && divisor > 1n) return Number(quotient + (upper < 0n ? -1n : 1n));
	return Number(quotient);
}

function clamp(value: number, least: number): number {
	return Math.min(127, Math.max(least, value));
}

function scaleOf({ quantization }: Tensor, channel = 0): number {
	if (!quantization) throw new Error("a tensor is not quantised");
	return "scales" in quantization ? quantization.scales[channel]! : quantization.scale;
}

function zeroOf({ quantization }: Tensor): number {
	return quantization && "zeroPoint" in quantization ? quantization.zeroPoint : 0;
}
