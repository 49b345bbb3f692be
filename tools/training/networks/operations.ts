/** What TensorFlow.js has no operation for, or none that is quick on rows this short: each with its derivative. */

import { tf } from "./tensorflow";

type Rows = tf.Tensor2D;

/** Channels that follow each other in time: `length` steps of `channels` values in each row. */
export interface Steps {
	readonly length: number;
	readonly channels: number;
}

/**
 * The windows that a filter sees, [rows · windows, kernel · channels], so that a convolution is one product of matrices.
 * Only whole windows count (padding VALID).
 */
export function windows(x: Rows, { length, channels }: Steps, kernel: number, stride: number): Rows {
	const rows = x.shape[0];
	const count = Math.floor((length - kernel) / stride) + 1;
	const width = kernel * channels;
	const eachWindow = (visit: (window: number, start: number) => void) => {
		for (let row = 0, window = 0; row < rows; row++) {
			for (let i = 0; i < count; i++, window++) visit(window * width, (row * length + i * stride) * channels);
		}
	};
	return derivable([x], () => {
		const values = valuesOf(x);
		const result = new Float32Array(rows * count * width);
		eachWindow((window, start) => {
			for (let k = 0; k < width; k++) result[window + k] = values[start + k]!;
		});
		return {
			value: tf.tensor2d(result, [rows * count, width]),
			gradFunc: (slope) => {
				const slopes = valuesOf(slope);
				const below = new Float32Array(rows * length * channels);
				eachWindow((window, start) => {
					for (let k = 0; k < width; k++) below[start + k]! += slopes[window + k]!;
				});
				return tf.tensor2d(below, [rows, length * channels]);
			},
		};
	});
}

/** The greatest of each `size` steps, for each channel; steps that are left over at the end are dropped. */
export function greatest(x: Rows, { length, channels }: Steps, size: number): Rows {
	const rows = x.shape[0];
	const count = Math.floor(length / size);
	return derivable([x], () => {
		const values = valuesOf(x);
		const result = new Float32Array(rows * count * channels);
		const from = new Uint32Array(result.length);
		for (let at = 0; at < result.length; at++) {
			const channel = at % channels;
			const step = Math.floor(at / channels);
			const start = (Math.floor(step / count) * length + (step % count) * size) * channels + channel;
			let best = start;
			for (let k = 1; k < size; k++) if (values[start + k * channels]! > values[best]!) best = start + k * channels;
			from[at] = best;
			result[at] = values[best]!;
		}
		return {
			value: tf.tensor2d(result, [rows, count * channels]),
			gradFunc: (slope) => {
				const below = new Float32Array(rows * length * channels);
				valuesOf(slope).forEach((value, at) => {
					below[from[at]!]! += value;
				});
				return tf.tensor2d(below, [rows, length * channels]);
			},
		};
	});
}

/**
 * Rounds as an integer model will. The derivative passes straight through, except where `limited` says that the value
 * left the range (Bengio et al., "Estimating or Propagating Gradients Through Stochastic Neurons", 2013).
 */
export function rounded<T extends tf.Tensor>(
	x: T,
	round: (value: number, index: number) => number,
	limited?: (value: number) => boolean,
): T {
	return derivable([x], () => {
		const values = valuesOf(x);
		return {
			value: tf.tensor(Float32Array.from(values, round), x.shape) as T,
			gradFunc: (slope) => {
				if (!limited) return slope;
				return tf.tensor(
					valuesOf(slope).map((value, i) => (limited(values[i]!) ? 0 : value)),
					x.shape,
				);
			},
		};
	});
}

/**
 * Mean cross-entropy in nats between `targets` (shares, as many as the logits) and what the logits say: by softmax over
 * each row, or by the logistic function where a row has one logit.
 */
export function crossEntropy(logits: Rows, targets: Float32Array): tf.Scalar {
	const [rows, outputs] = logits.shape;
	return derivable([logits], () => {
		const shares = sharesOf(valuesOf(logits), outputs);
		return {
			value: tf.scalar(meanEntropy(shares, targets, outputs)),
			gradFunc: (slope) => {
				const factor = valuesOf(slope)[0]! / rows;
				return tf.tensor2d(
					shares.map((share, i) => factor * (share - targets[i]!)),
					[rows, outputs],
				);
			},
		};
	});
}

/** Mean over the rows of the cross-entropy in nats between `targets` and `shares`; one share is that of the second class. */
export function meanEntropy(shares: Float32Array, targets: Float32Array, outputs: number): number {
	let sum = 0;
	shares.forEach((share, i) => {
		sum -= entropyTerm(targets[i]!, share);
		if (outputs === 1) sum -= entropyTerm(1 - targets[i]!, 1 - share);
	});
	return (sum * outputs) / shares.length;
}

/** Softmax of each row of logits; where rows have one logit, the logistic function. */
export function sharesOf(logits: Float32Array, outputs: number): Float32Array {
	if (outputs === 1) return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
	const shares = new Float32Array(logits.length);
	for (let at = 0; at < logits.length; at += outputs) {
		let most = Number.NEGATIVE_INFINITY;
		for (let k = 0; k < outputs; k++) most = Math.max(most, logits[at + k]!);
		let sum = 0;
		for (let k = 0; k < outputs; k++) sum += Math.exp(logits[at + k]! - most);
		for (let k = 0; k < outputs; k++) shares[at + k] = Math.exp(logits[at + k]! - most) / sum;
	}
	return shares;
}

/** A share that single precision rounds to zero counts as the smallest one above it. */
function entropyTerm(target: number, share: number): number {
	return target === 0 ? 0 : target * Math.log(Math.max(share, 2 ** -126));
}

function valuesOf(tensor: tf.Tensor): Float32Array {
	return tensor.dataSync() as Float32Array;
}

function derivable<T extends tf.Tensor>(
	inputs: readonly [tf.Tensor],
	operation: () => { value: T; gradFunc: (slope: T) => tf.Tensor },
): T {
	return tf.customGrad(operation)(...inputs) as T;
}
