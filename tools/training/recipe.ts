/** From a recipe, which is data, to a trained and quantised network and the bytes of its model file. */

import { encodeText } from "common/text";
import { type DataOptions, type DataSet, type DataSplit, generate, labels } from "./dataset";
import { DenseNetwork, type Epoch, type Samples, type TrainingOptions, train } from "./dense";
import { buildGraph } from "./graph";
import { channels } from "./motion";
import { calibrateInput, type QuantisedNetwork, quantisedInputs, quantiseNetwork } from "./quantise";
import { createRandom } from "./random";
import { writeModel } from "./tflite/writer";

/** A file `models/NAME.json`. */
export interface Recipe {
	readonly name: string;
	readonly version: string;
	/** Decides every random draw: the data, the first weights and the order of the mini-batches. */
	readonly seed: number;
	readonly data: DataOptions;
	/** Share of the training set's counts that fit the model's int8 input without saturating. */
	readonly inputQuantile: number;
	/** Widths of the hidden layers. */
	readonly hidden: readonly number[];
	readonly training: TrainingOptions;
	/** What the data was, for the card. */
	readonly statement: string;
}

export interface Trained {
	readonly split: DataSplit;
	readonly network: DenseNetwork;
	readonly quantised: QuantisedNetwork;
	/** Share of the test set that the network finds before quantisation. */
	readonly floatAccuracy: number;
}

/** The same recipe gives the same network. */
export function follow(recipe: Recipe, onEpoch?: (epoch: Epoch) => void): Trained {
	const random = createRandom(recipe.seed);
	const split = generate({ ...recipe.data, seed: random() * 0x100000000 });
	const input = calibrateInput(split.training.windows, recipe.inputQuantile);
	const samples = (set: DataSet): Samples => ({ rows: quantisedInputs(set.windows, input), labels: set.labels });
	const training = samples(split.training);
	const sizes = [recipe.data.window * channels, ...recipe.hidden, labels.length];
	const network = train({
		...recipe.training,
		network: DenseNetwork.create({ sizes, random }),
		training,
		validation: samples(split.validation),
		random,
		...(onEpoch && { onEpoch }),
	});
	const quantised = quantiseNetwork({ network, input, calibration: training.rows });
	return { split, network, quantised, floatAccuracy: network.accuracy(samples(split.test)) };
}

/** What was measured on the test set, by the engine that will run the model. */
export interface Metrics {
	/** Share of the windows whose label is found. */
	readonly accuracy: number;
	/** The same before quantisation. */
	readonly floatAccuracy: number;
	/** Rows are true labels, columns found ones. */
	readonly confusion: readonly (readonly number[])[];
	readonly devices: number;
	readonly windows: number;
}

/** One golden row: a window of counts and the very bytes that the model must give for it. */
export interface Golden {
	readonly input: Uint8Array;
	readonly output: Uint8Array;
}

/** The model card that travels in the file: compact JSON. */
export function card(recipe: Recipe, metrics: Metrics): string {
	const { name, version, seed, data, statement } = recipe;
	return JSON.stringify({
		name,
		version,
		labels,
		input: {
			window: data.window,
			rate: data.rate,
			channels: ["aX", "aY", "aZ", "gX", "gY", "gZ"],
			accelerometer: 4,
			gyroscope: 2000,
		},
		data: statement,
		seed,
		metrics,
	});
}

/** Entries of the model file: the longest card, and the layout of golden rows, that gateways accept. */
export const cardEntry = "TMLAAS_CARD";
export const goldenEntry = "TMLAAS_GOLDEN";
export const longestCard = 2048;

/** The file without metadata, for the engine to measure. */
export function bareModel(recipe: Recipe, network: QuantisedNetwork): Uint8Array {
	return finish(recipe, network, []);
}

/** The file as it is deployed. Throws a RangeError when the card exceeds `longestCard` bytes. */
export function finishedModel(
	recipe: Recipe,
	network: QuantisedNetwork,
	options: { card: string; goldens: readonly Golden[] },
): Uint8Array {
	const text = encodeText(options.card);
	if (text.length > longestCard) throw new RangeError(`the card has ${text.length} bytes of ${longestCard}`);
	return finish(recipe, network, [
		{ name: cardEntry, data: text },
		{ name: goldenEntry, data: packGoldens(options.goldens) },
	]);
}

function finish(
	recipe: Recipe,
	network: QuantisedNetwork,
	metadata: readonly { name: string; data: Uint8Array }[],
): Uint8Array {
	const description = `${recipe.name} ${recipe.version}`;
	return writeModel(buildGraph({ network, window: recipe.data.window, channels, description, metadata }));
}

/** u32 count, then each row's input and output, little-endian. */
function packGoldens(goldens: readonly Golden[]): Uint8Array {
	const length = goldens.reduce((sum, { input, output }) => sum + input.length + output.length, 4);
	const packed = new Uint8Array(length);
	new DataView(packed.buffer).setUint32(0, goldens.length, true);
	let at = 4;
	for (const { input, output } of goldens) {
		packed.set(input, at);
		packed.set(output, at + input.length);
		at += input.length + output.length;
	}
	return packed;
}

/** Rows are true labels, columns found ones. */
export function confusionMatrix(truth: Uint8Array, found: ArrayLike<number>): number[][] {
	const matrix = labels.map(() => labels.map(() => 0));
	truth.forEach((label, i) => {
		matrix[label]![found[i]!]! += 1;
	});
	return matrix;
}

/**
 * The rows that make good golden rows: of each label in turn those of which the model is least sure, since a wrong bit
 * in its arithmetic shows there first. `probabilities` holds one row of `labels.length` values per window.
 */
export function pickGoldens(truth: Uint8Array, probabilities: Float32Array, count: number): number[] {
	const sureness = (i: number) => Math.max(...probabilities.subarray(i * labels.length, (i + 1) * labels.length));
	const byLabel = labels.map((_, label) =>
		Array.from(truth.keys())
			.filter((i) => truth[i] === label)
			.sort((a, b) => sureness(a) - sureness(b) || a - b),
	);
	return Array.from({ length: count }, (_, i) => byLabel[i % labels.length]![Math.floor(i / labels.length)]!);
}
