/** Dense and small convolutional networks over time, trained with TensorFlow.js, in floats and as int8. */

import { type Examples, type InputFormat, select } from "../examples";
import { calibrateInput, type Quantisation, requantisedWeights } from "../quantisation";
import { shuffle } from "../random";
import type { Graph } from "../tflite/schema";
import type { Precision, Progress, Train, TrainedModel } from "../trainer";
import { type Fitted, fit } from "./fit";
import { floatGraph, int8Graph } from "./graph";
import { calibrate } from "./int8";
import { type Architecture, planLayers } from "./layers";
import { Network, type Samples, type Weights } from "./network";
import type { NetworkOptions } from "./options";
import { type Scaling, seenRows, standardise, unscaled } from "./rows";
import { tf } from "./tensorflow";

/** Training rows of which the ranges of int8 are taken; more do not change them, but take time in every epoch. */
const calibrationRows = 1024;

/** Share of the first learning rate with which training goes on as int8. */
const awareRate = 0.3;

/** Throws `SourceError` where the options do not fit the examples, and a RangeError where a set is empty. */
export const trainNetwork: Train<NetworkOptions> = async (options, task) => {
	const { training, validation, random } = task;
	if (training.labels.length === 0) throw new RangeError("there are no rows to train on");
	if (validation.labels.length === 0) throw new RangeError("there are no rows to validate on");
	await tf.setBackend("cpu");
	const architecture = planLayers(options, training.input, training.classes.length);
	const scaling = standardise(seenRows(training, architecture, unscaled));
	const samples = (quantisation?: Quantisation): { training: Samples; validation: Samples } => {
		const samplesOf = (examples: Examples, smoothing: number): Samples => ({
			rows: seenRows(examples, architecture, scaling, quantisation),
			targets: targetsOf(examples.labels, architecture.outputs, smoothing),
		});
		return { training: samplesOf(training, options.training.smoothing ?? 0), validation: samplesOf(validation, 0) };
	};
	const { aware, weights, inputQuantile } = options.quantisation;
	const { epochs, restarts = 1 } = options.training;
	const steps = restarts * epochs + aware;
	let stopped = false;
	const report = (before: number) => async (progress: Omit<Progress, "steps">) => {
		await task.onProgress?.({ ...progress, step: before + progress.step, steps });
		stopped ||= task.stopped?.() ?? false;
	};
	const common = { options: options.training, random, stopped: () => stopped };
	const floats = samples();
	let best: Fitted<undefined> | undefined;
	for (let restart = 0; restart < restarts && !stopped; restart++) {
		const found = await fit<undefined>({
			...common,
			...floats,
			network: Network.create(architecture, random),
			arithmetic: () => undefined,
			onEpoch: report(restart * epochs),
		});
		if (!best || found.loss < best.loss) best = found;
	}
	const exact = best!.network;

	const input = calibrateInput(training, inputQuantile);
	const perChannel = weights === "channel";
	// Chosen by chance: rows may come in an order in which each so many-th is of one class.
	const order = Uint32Array.from(training.labels.keys());
	shuffle(order, random);
	const calibration = select(training, order.subarray(0, calibrationRows));
	const calibrationSeen = seenRows(calibration, architecture, scaling, input);
	const arithmetic = (network: Network) => calibrate(network, calibrationSeen, perChannel);
	let rounded = { network: exact, arithmetic: arithmetic(exact) };
	if (aware > 0 && !stopped) {
		const learningRate = awareRate * options.training.learningRate;
		rounded = await fit({
			...common,
			...samples(input),
			network: exact.copy(),
			options: { ...options.training, epochs: aware, patience: aware, learningRate },
			arithmetic,
			onEpoch: report(restarts * epochs),
		});
	}
	return new TrainedNetwork({
		input: training.input,
		scaling,
		exact,
		rounded: rounded.network,
		seen: input,
		results: rounded.arithmetic.results,
		perChannel,
	});
};

class TrainedNetwork implements TrainedModel {
	readonly #input: InputFormat;
	readonly #architecture: Architecture;
	readonly #exact: readonly Weights[];
	readonly #rounded: readonly Weights[];
	readonly #quantisation: { seen: Quantisation; results: readonly Quantisation[]; perChannel: boolean };

	constructor(options: {
		input: InputFormat;
		/** Of the rows that the networks were trained on. */
		scaling: Scaling;
		exact: Network;
		rounded: Network;
		seen: Quantisation;
		results: readonly Quantisation[];
		perChannel: boolean;
	}) {
		const { input, scaling, exact, rounded, ...quantisation } = options;
		this.#input = input;
		this.#architecture = exact.architecture;
		this.#exact = takeIn(scaling, exact.parameters);
		this.#rounded = takeIn(scaling, rounded.parameters, (weights, outputs) =>
			requantisedWeights(weights, options.perChannel ? outputs : 1),
		);
		this.#quantisation = quantisation;
	}

	scores(examples: Examples): Float32Array {
		const network = new Network(this.#architecture, this.#exact);
		const shares = network.shares(seenRows(examples, this.#architecture, unscaled));
		if (this.#architecture.outputs > 1) return shares;
		// One output is the share of the second class.
		return Float32Array.from({ length: 2 * shares.length }, (_, i) => (i & 1 ? shares[i >> 1]! : 1 - shares[i >> 1]!));
	}

	graph(precision: Precision): Graph {
		const [input, architecture] = [this.#input, this.#architecture];
		if (precision === "float32") return floatGraph({ input, architecture, parameters: this.#exact });
		return int8Graph({ input, architecture, parameters: this.#rounded, ...this.#quantisation });
	}
}

/**
 * The same network for rows that are not scaled. What the offset adds to each sum goes into the bias, for the weights as
 * the model computes with them: `rounding` gives those.
 */
function takeIn(
	{ offset, factor }: Scaling,
	[first, ...others]: readonly Weights[],
	rounding = (weights: Float32Array, _outputs: number) => weights,
): Weights[] {
	const weights = first!.weights.map((weight) => factor * weight);
	const outputs = first!.bias.length;
	const used = rounding(weights, outputs);
	const each = weights.length / outputs;
	const bias = first!.bias.map((value, output) => {
		const sum = used.subarray(output * each, (output + 1) * each).reduce((total, weight) => total + weight, 0);
		return value - offset * sum;
	});
	return [{ weights, bias }, ...others];
}

/** Rows × outputs: 1 for the class of the row, less what smoothing spreads over all. */
function targetsOf(labels: Uint8Array, outputs: number, smoothing: number): Float32Array {
	const classes = Math.max(2, outputs);
	const [other, own] = [smoothing / classes, 1 - smoothing + smoothing / classes];
	if (outputs === 1) return Float32Array.from(labels, (label) => (label === 1 ? own : other));
	const targets = new Float32Array(labels.length * outputs).fill(other);
	labels.forEach((label, row) => {
		targets[row * outputs + label] = own;
	});
	return targets;
}
