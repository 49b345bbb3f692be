import { normal, type Random } from "../random";
import { type Architecture, fanIn, type WeightedLayer } from "./layers";
import { crossEntropy, greatest, sharesOf, windows } from "./operations";
import { tf } from "./tensorflow";

/** Of one layer: weights [outputs, inputs of one output]. */
export interface Weights {
	readonly weights: Float32Array;
	readonly bias: Float32Array;
}

/** How numbers are kept between the layers: absent where they are floats. `layer` counts those with weights. */
export interface Arithmetic {
	weights(weights: tf.Tensor2D, layer: number): tf.Tensor2D;
	result(result: tf.Tensor2D, layer: number): tf.Tensor2D;
}

/** Rows as the first layer sees them, one after another, each with what the outputs should be. */
export interface Samples {
	readonly rows: Float32Array;
	/** Rows × outputs: shares of the classes, or of the second of two. */
	readonly targets: Float32Array;
}

/** Rows at once where nothing is learnt, which bounds the memory. */
const chunk = 512;

export class Network {
	readonly architecture: Architecture;
	readonly parameters: readonly Weights[];

	constructor(architecture: Architecture, parameters: readonly Weights[]) {
		this.architecture = architecture;
		this.parameters = parameters;
	}

	/** First weights as in He et al., "Delving Deep into Rectifiers" (2015). */
	static create(architecture: Architecture, random: Random): Network {
		return new Network(
			architecture,
			weightedLayers(architecture).map((layer) => {
				const deviation = Math.sqrt(2 / fanIn(layer));
				return {
					weights: Float32Array.from({ length: layer.outputs * fanIn(layer) }, () => deviation * normal(random)),
					bias: new Float32Array(layer.outputs),
				};
			}),
		);
	}

	copy(): Network {
		return new Network(
			this.architecture,
			this.parameters.map(({ weights, bias }) => ({ weights: weights.slice(), bias: bias.slice() })),
		);
	}

	/** Mean cross-entropy over a few rows, and its derivatives by weights and biases, layer after layer. */
	slopes(samples: Samples, arithmetic?: Arithmetic): { loss: number; slopes: Float32Array[] } {
		const slopes: Float32Array[] = [];
		let loss = 0;
		tf.tidy(() => {
			const x = this.#rows(samples.rows);
			const lossOf = (...tensors: tf.Tensor[]) => crossEntropy(this.#forward(x, tensors, arithmetic), samples.targets);
			const { value, grads } = tf.valueAndGrads(lossOf)(this.#tensors());
			loss = value.dataSync()[0]!;
			for (const slope of grads) slopes.push(slope.dataSync() as Float32Array);
		});
		return { loss, slopes };
	}

	/** Softmax or logistic function of the last layer's results, rows × outputs. */
	shares(rows: Float32Array, arithmetic?: Arithmetic): Float32Array {
		const { length, channels, outputs } = this.architecture;
		const width = length * channels;
		const shares = new Float32Array((rows.length / width) * outputs);
		for (let at = 0; at * width < rows.length; at += chunk) {
			const logits = this.logits(rows.subarray(at * width, (at + chunk) * width), arithmetic);
			shares.set(sharesOf(logits, outputs), at * outputs);
		}
		return shares;
	}

	/** The last layer's results of all rows at once. */
	logits(rows: Float32Array, arithmetic?: Arithmetic): Float32Array {
		let logits = new Float32Array(0);
		tf.tidy(() => {
			logits = this.#forward(this.#rows(rows), this.#tensors(), arithmetic).dataSync() as Float32Array<ArrayBuffer>;
		});
		return logits;
	}

	#rows(rows: Float32Array): tf.Tensor2D {
		const width = this.architecture.length * this.architecture.channels;
		return tf.tensor2d(rows, [rows.length / width, width]);
	}

	#tensors(): tf.Tensor[] {
		return this.parameters.flatMap(({ weights, bias }) => [
			tf.tensor2d(weights, [bias.length, weights.length / bias.length]),
			tf.tensor1d(bias),
		]);
	}

	#forward(rows: tf.Tensor2D, tensors: readonly tf.Tensor[], arithmetic?: Arithmetic): tf.Tensor2D {
		const count = rows.shape[0];
		let x = rows;
		let weighted = 0;
		for (const layer of this.architecture.layers) {
			if (layer.kind === "pool") {
				x = greatest(x, layer, layer.size);
				continue;
			}
			const stored = tensors[2 * weighted] as tf.Tensor2D;
			const weights = arithmetic?.weights(stored, weighted) ?? stored;
			const seen = layer.kind === "dense" ? x : windows(x, layer, layer.kernel, layer.stride);
			const sums = tf.add<tf.Tensor2D>(tf.matMul(seen, weights, false, true), tensors[2 * weighted + 1]!);
			const result = layer.rectified ? tf.relu(sums) : sums;
			x = tf.reshape(arithmetic?.result(result, weighted) ?? result, [count, -1]);
			weighted++;
		}
		return x;
	}
}

export function weightedLayers({ layers }: Architecture): WeightedLayer[] {
	return layers.filter((layer) => layer.kind !== "pool");
}
