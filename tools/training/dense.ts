/**
 * A dense network and its trainer: ReLU between the layers, softmax cross-entropy at the end, Adam, mini-batches.
 *
 * Our own rather than TensorFlow.js because a few thousand windows of a network this small train in seconds in plain
 * double precision, and because the order of every addition is then ours: the same seed gives the same bytes on every
 * machine, whichever backend a library would have picked there.
 */

import { normal, type Random, shuffle } from "./random";

/** outputs = weights · inputs + bias; weights row by row, one row per output. */
export interface Layer {
	readonly inputs: number;
	readonly outputs: number;
	readonly weights: Float64Array;
	readonly bias: Float64Array;
}

/** Rows of equal width, one after another, with a class each. */
export interface Samples {
	readonly rows: Float32Array;
	readonly labels: Uint8Array;
}

export class DenseNetwork {
	readonly layers: readonly Layer[];

	constructor(layers: readonly Layer[]) {
		this.layers = layers;
	}

	/** `sizes` from the inputs to the classes; weights as in He et al., "Delving Deep into Rectifiers" (2015). */
	static create(options: { sizes: readonly number[]; random: Random }): DenseNetwork {
		const { sizes, random } = options;
		const layers: Layer[] = [];
		for (let i = 1; i < sizes.length; i++) {
			const inputs = sizes[i - 1]!;
			const outputs = sizes[i]!;
			const deviation = Math.sqrt(2 / inputs);
			const weights = Float64Array.from({ length: inputs * outputs }, () => deviation * normal(random));
			layers.push({ inputs, outputs, weights, bias: new Float64Array(outputs) });
		}
		return new DenseNetwork(layers);
	}

	copy(): DenseNetwork {
		return new DenseNetwork(
			this.layers.map((layer) => ({ ...layer, weights: layer.weights.slice(), bias: layer.bias.slice() })),
		);
	}

	/** What each layer gives for one row, after its ReLU; the last entry holds the logits. */
	activations(row: ArrayLike<number>): Float64Array[] {
		const all: Float64Array[] = [];
		let input = row;
		for (const layer of this.layers) {
			const output = apply(layer, input, layer !== this.layers.at(-1));
			all.push(output);
			input = output;
		}
		return all;
	}

	/** The class with the greatest logit. */
	classify(row: ArrayLike<number>): number {
		return indexOfGreatest(this.activations(row).at(-1)!);
	}

	/** Share of rows whose class is found. */
	accuracy(samples: Samples): number {
		const width = this.layers[0]!.inputs;
		let right = 0;
		samples.labels.forEach((label, i) => {
			if (this.classify(samples.rows.subarray(i * width, (i + 1) * width)) === label) right++;
		});
		return right / samples.labels.length;
	}

	/** Adds the gradient of one row's cross-entropy to `gradients`; returns that cross-entropy in nats. */
	backpropagate(row: ArrayLike<number>, label: number, gradients: readonly Layer[]): number {
		const activations = this.activations(row);
		const probabilities = softmax(activations.at(-1)!);
		const loss = -Math.log(Math.max(probabilities[label]!, Number.MIN_VALUE));
		let delta = probabilities;
		delta[label]! -= 1;
		for (let i = this.layers.length - 1; i >= 0; i--) {
			const layer = this.layers[i]!;
			const input = i === 0 ? row : activations[i - 1]!;
			const { weights, bias } = gradients[i]!;
			const below = new Float64Array(i === 0 ? 0 : layer.inputs);
			for (let output = 0, at = 0; output < layer.outputs; output++, at += layer.inputs) {
				const slope = delta[output]!;
				if (slope === 0) continue;
				bias[output]! += slope;
				for (let k = 0; k < layer.inputs; k++) weights[at + k]! += slope * input[k]!;
				for (let k = 0; k < below.length; k++) below[k]! += slope * layer.weights[at + k]!;
			}
			for (let k = 0; k < below.length; k++) if (input[k] === 0) below[k] = 0;
			delta = below;
		}
		return loss;
	}
}

/** Numerically safe: the greatest logit is taken off first. */
export function softmax(logits: Float64Array): Float64Array {
	const greatest = Math.max(...logits);
	const powers = logits.map((logit) => Math.exp(logit - greatest));
	const sum = powers.reduce((total, power) => total + power, 0);
	return powers.map((power) => power / sum);
}

/** Of equals the first. */
export function indexOfGreatest(values: ArrayLike<number>): number {
	let best = 0;
	for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
	return best;
}

function apply(layer: Layer, input: ArrayLike<number>, rectify: boolean): Float64Array {
	const { inputs, outputs, weights, bias } = layer;
	const result = new Float64Array(outputs);
	for (let output = 0, at = 0; output < outputs; output++, at += inputs) {
		let sum = bias[output]!;
		for (let k = 0; k < inputs; k++) sum += weights[at + k]! * input[k]!;
		result[output] = rectify && sum < 0 ? 0 : sum;
	}
	return result;
}

/** What a training run is told; also the training part of a recipe. */
export interface TrainingOptions {
	readonly epochs: number;
	readonly batch: number;
	/** Adam's step in the first epoch; falls in a straight line to a tenth of it in the last. */
	readonly learningRate: number;
	/** Share of a weight taken off per step and unit of learning rate (Loshchilov and Hutter, 2019). */
	readonly decay: number;
	/** Epochs without a better validation loss after which training ends. */
	readonly patience: number;
}

export interface Epoch {
	readonly epoch: number;
	/** Mean cross-entropy over the training rows, in nats. */
	readonly loss: number;
	readonly validationLoss: number;
	readonly validationAccuracy: number;
}

/** Starts from `network`, which stays as it is, and returns the network of the epoch that validated best. */
export function train(
	options: TrainingOptions & {
		network: DenseNetwork;
		training: Samples;
		validation: Samples;
		random: Random;
		onEpoch?: (epoch: Epoch) => void;
	},
): DenseNetwork {
	const { training, validation, random, batch } = options;
	const network = options.network.copy();
	const width = network.layers[0]!.inputs;
	const order = Uint32Array.from(training.labels, (_, i) => i);
	const optimizer = new Adam(network);
	let best = network.copy();
	let bestLoss = Number.POSITIVE_INFINITY;
	let bestEpoch = 0;
	for (let epoch = 1; epoch <= options.epochs && epoch - bestEpoch <= options.patience; epoch++) {
		const rate = options.learningRate * (1 - (0.9 * (epoch - 1)) / Math.max(1, options.epochs - 1));
		shuffle(order, random);
		let loss = 0;
		for (let start = 0; start < order.length; start += batch) {
			const members = order.subarray(start, start + batch);
			const gradients = zeros(network);
			for (const i of members) {
				loss += network.backpropagate(
					training.rows.subarray(i * width, (i + 1) * width),
					training.labels[i]!,
					gradients,
				);
			}
			optimizer.step(gradients, { rate, decay: options.decay, members: members.length });
		}
		const validationLoss = meanLoss(network, validation);
		if (validationLoss < bestLoss) {
			best = network.copy();
			bestLoss = validationLoss;
			bestEpoch = epoch;
		}
		const validationAccuracy = network.accuracy(validation);
		options.onEpoch?.({ epoch, loss: loss / order.length, validationLoss, validationAccuracy });
	}
	return best;
}

/** Mean cross-entropy in nats. */
export function meanLoss(network: DenseNetwork, samples: Samples): number {
	const width = network.layers[0]!.inputs;
	let loss = 0;
	samples.labels.forEach((label, i) => {
		const logits = network.activations(samples.rows.subarray(i * width, (i + 1) * width)).at(-1)!;
		loss -= Math.log(Math.max(softmax(logits)[label]!, Number.MIN_VALUE));
	});
	return loss / samples.labels.length;
}

/** A gradient's or a moment's place: the network's shape, all zero. */
export function zeros(network: DenseNetwork): Layer[] {
	return network.layers.map(({ inputs, outputs }) => ({
		inputs,
		outputs,
		weights: new Float64Array(inputs * outputs),
		bias: new Float64Array(outputs),
	}));
}

/** Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), with decoupled weight decay. */
class Adam {
	static readonly #mean = 0.9;
	static readonly #square = 0.999;
	static readonly #epsilon = 1e-8;
	readonly #network: DenseNetwork;
	readonly #means: readonly Layer[];
	readonly #squares: readonly Layer[];
	#steps = 0;

	constructor(network: DenseNetwork) {
		this.#network = network;
		this.#means = zeros(network);
		this.#squares = zeros(network);
	}

	/** `gradients` are sums over `members` rows. */
	step(gradients: readonly Layer[], options: { rate: number; decay: number; members: number }): void {
		this.#steps++;
		const { rate, decay, members } = options;
		this.#network.layers.forEach((layer, i) => {
			const [mean, square, gradient] = [this.#means[i]!, this.#squares[i]!, gradients[i]!];
			this.#move(layer.weights, gradient.weights, mean.weights, square.weights, { rate, decay, members });
			this.#move(layer.bias, gradient.bias, mean.bias, square.bias, { rate, decay: 0, members });
		});
	}

	#move(
		values: Float64Array,
		gradient: Float64Array,
		means: Float64Array,
		squares: Float64Array,
		options: { rate: number; decay: number; members: number },
	): void {
		const { rate, decay, members } = options;
		const meanScale = 1 / (1 - Adam.#mean ** this.#steps);
		const squareScale = 1 / (1 - Adam.#square ** this.#steps);
		for (let k = 0; k < values.length; k++) {
			const slope = gradient[k]! / members;
			const mean = Adam.#mean * means[k]! + (1 - Adam.#mean) * slope;
			const square = Adam.#square * squares[k]! + (1 - Adam.#square) * slope * slope;
			means[k] = mean;
			squares[k] = square;
			const step = (mean * meanScale) / (Math.sqrt(square * squareScale) + Adam.#epsilon) + decay * values[k]!;
			values[k]! -= rate * step;
		}
	}
}
