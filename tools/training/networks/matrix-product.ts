/**
 * A product of matrices for TensorFlow.js's processor backend, in place of its own. Its own steps through both matrices
 * with general strides; here every inner loop runs along rows, four at a time, and skips the rows that ReLU made zero.
 * That makes training about three times as fast.
 */

import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";

export function registerMatrixProduct(): void {
	const general = tf.getKernel(tf.BatchMatMul, "cpu");
	tf.unregisterKernel(tf.BatchMatMul, "cpu");
	tf.registerKernel({
		...general,
		kernelFunc: (call) => {
			const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
			const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
			const isPlain = [a, b].every(({ shape, dtype }) => shape.length === 2 && dtype === "float32");
			if (!isPlain || (transposeA && transposeB)) return general.kernelFunc(call);
			const backend = call.backend as MathBackendCPU;
			const [left, right] = [a, b].map(({ dataId }) => backend.data.get(dataId).values as Float32Array);
			const [height, inner] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
			const width = b.shape[transposeB ? 0 : 1]!;
			const result = new Float32Array(height * width);
			if (transposeB) dotRows({ left: left!, right: right!, result, inner });
			else if (transposeA) addRows({ left: left!, step: height, along: 1, right: right!, result, inner, width });
			else addRows({ left: left!, step: 1, along: inner, right: right!, result, inner, width });
			return backend.makeTensorInfo([height, width], "float32", result);
		},
	});
}

/** left · rightᵀ: the inner products of all rows of the one with all rows of the other. */
function dotRows(options: { left: Float32Array; right: Float32Array; result: Float32Array; inner: number }): void {
	const { left, right, result, inner } = options;
	let at = 0;
	for (let l = 0; l < left.length; l += inner) {
		let r = 0;
		for (; r + 4 * inner <= right.length; r += 4 * inner) {
			let [a, b, c, d] = [0, 0, 0, 0];
			for (let k = 0, p = l, q = r; k < inner; k++, p++, q++) {
				const factor = left[p]!;
				a += factor * right[q]!;
				b += factor * right[q + inner]!;
				c += factor * right[q + 2 * inner]!;
				d += factor * right[q + 3 * inner]!;
			}
			result[at++] = a;
			result[at++] = b;
			result[at++] = c;
			result[at++] = d;
		}
		for (; r < right.length; r += inner) {
			let sum = 0;
			for (let k = 0; k < inner; k++) sum += left[l + k]! * right[r + k]!;
			result[at++] = sum;
		}
	}
}

/** Row `i` of the result is the sum over k of left[i · along + k · step] · row k of `right`. */
function addRows(options: {
	left: Float32Array;
	step: number;
	along: number;
	right: Float32Array;
	result: Float32Array;
	inner: number;
	width: number;
}): void {
	const { left, step, along, right, result, inner, width } = options;
	const factors = new Float64Array(inner);
	const rows = new Uint32Array(inner);
	for (let at = 0, i = 0; at < result.length; at += width, i++) {
		let count = 0;
		for (let k = 0; k < inner; k++) {
			const factor = left[i * along + k * step]!;
			if (factor === 0) continue;
			factors[count] = factor;
			rows[count++] = k * width;
		}
		let n = 0;
		for (; n + 4 <= count; n += 4) {
			const [e, f, g, h] = [factors[n]!, factors[n + 1]!, factors[n + 2]!, factors[n + 3]!];
			const [p, q, r, s] = [rows[n]!, rows[n + 1]!, rows[n + 2]!, rows[n + 3]!];
			for (let k = 0; k < width; k++) {
				result[at + k]! += e * right[p + k]! + f * right[q + k]! + g * right[r + k]! + h * right[s + k]!;
			}
		}
		for (; n < count; n++) {
			const factor = factors[n]!;
			const row = rows[n]!;
			for (let k = 0; k < width; k++) result[at + k]! += factor * right[row + k]!;
		}
	}
}
