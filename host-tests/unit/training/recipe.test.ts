import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeText } from "common/text";
import { describe, expect, it } from "vitest";
import { type DataSet, generate, labels } from "../../../tools/training/dataset";
import { DenseNetwork, type Samples, train } from "../../../tools/training/dense";
import { channels } from "../../../tools/training/motion";
import { calibrateInput, quantisedInputs } from "../../../tools/training/quantise";
import { createRandom, type Random, shuffle } from "../../../tools/training/random";
import {
	bareModel,
	cardEntry,
	finishedModel,
	follow,
	goldenEntry,
	longestCard,
	type Metrics,
	pickGoldens,
	type Recipe,
} from "../../../tools/training/recipe";
import { countsPerG } from "../../../tools/training/sensor";
import { readModel } from "../../../tools/training/tflite/reader";
import { buildEngine, runEngine } from "../../native/build";

const models = fileURLToPath(new URL("../../../models/", import.meta.url));
const stored = JSON.parse(readFileSync(`${models}gesture.json`, "utf8")) as Recipe;
const small: Recipe = {
	...stored,
	data: { ...stored.data, devices: { training: 30, validation: 8, test: 15 }, motions: 6 },
	training: { ...stored.training, epochs: 10 },
};

function windowsOf(set: DataSet): string[] {
	const length = set.windows.length / set.labels.length;
	return Array.from(set.labels, (_, i) => set.windows.subarray(i * length, (i + 1) * length).join());
}

describe("data set", () => {
	const split = generate({ ...small.data, seed: 1 });

	it("repeats by its seed", () => {
		expect(generate({ ...small.data, seed: 1 })).toEqual(split);
		expect(generate({ ...small.data, seed: 2 }).test.windows).not.toEqual(split.test.windows);
	});

	it("shares no window between training, validation and test", () => {
		const all = [split.training, split.validation, split.test].flatMap(windowsOf);
		expect(new Set(all).size).toBe(all.length);
	});

	it("holds whole windows of every class, in which the trigger found movement", () => {
		for (const set of [split.training, split.validation, split.test]) {
			expect(set.windows.length).toBe(set.labels.length * 119 * channels);
			labels.forEach((_, label) => {
				const share = set.labels.filter((value) => value === label).length / set.labels.length;
				expect(share).toBeGreaterThan(0.25);
				expect(share).toBeLessThan(0.5);
			});
		}
		const length = 119 * channels;
		for (let i = 0; i < split.test.labels.length; i++) {
			const window = split.test.windows.subarray(i * length, (i + 1) * length);
			let strongest = 0;
			for (let at = 0; at < length; at += channels) {
				const away = [0, 1, 2].map((axis) => window[at + axis]! - window[axis]!);
				strongest = Math.max(strongest, Math.hypot(...away) / countsPerG);
			}
			expect(strongest).toBeGreaterThan(0.2);
		}
	});
});

describe("recipe", () => {
	it("finds the strokes of devices that were not trained on", () => {
		expect(follow(small).floatAccuracy).toBeGreaterThan(0.97);
	});

	it("gives the same bytes for the same seed and others for another", () => {
		const tiny: Recipe = {
			...small,
			data: { ...small.data, devices: { training: 5, validation: 2, test: 2 } },
			training: { ...small.training, epochs: 2 },
		};
		const bytes = (recipe: Recipe) => bareModel(recipe, follow(recipe).quantised);
		expect(bytes(tiny)).toEqual(bytes(tiny));
		expect(bytes({ ...tiny, seed: tiny.seed + 1 })).not.toEqual(bytes(tiny));
	});

	it("scores at chance when the labels are shuffled", () => {
		const split = generate({ ...small.data, seed: 3 });
		const input = calibrateInput(split.training.windows, small.inputQuantile);
		const random = createRandom(4);
		const shuffled = (set: DataSet): Samples => ({
			rows: quantisedInputs(set.windows, input),
			labels: shuffledLabels(set.labels, random),
		});
		const test = shuffled(split.test);
		const trained = train({
			...small.training,
			network: DenseNetwork.create({ sizes: [119 * channels, ...small.hidden, labels.length], random }),
			training: shuffled(split.training),
			validation: shuffled(split.validation),
			random,
		});
		const shares = labels.map((_, label) => test.labels.filter((value) => value === label).length / test.labels.length);
		// Three standard deviations above what always saying the commonest label would score.
		const chance = Math.max(...shares);
		const deviation = Math.sqrt((chance * (1 - chance)) / test.labels.length);
		expect(trained.accuracy(test)).toBeLessThan(chance + 3 * deviation);
	});

	it("refuses a card that no gateway would take", () => {
		const recipe: Recipe = { ...small, data: { ...small.data, devices: { training: 2, validation: 1, test: 1 } } };
		const { quantised } = follow({ ...recipe, training: { ...recipe.training, epochs: 1 } });
		const finish = (length: number) => finishedModel(recipe, quantised, { card: "x".repeat(length), goldens: [] });
		expect(readModel(finish(longestCard)).metadata[0]!.data).toHaveLength(longestCard);
		expect(() => finish(longestCard + 1)).toThrow(RangeError);
	});
});

describe("golden rows", () => {
	it("are of each label in turn those of which the model is least sure", () => {
		const truth = Uint8Array.of(0, 0, 1, 1, 2, 2);
		const probabilities = Float32Array.of(0.9, 0.1, 0, 0.6, 0.4, 0, 0, 1, 0, 0.2, 0.8, 0, 0, 0.3, 0.7, 0, 0.5, 0.5);
		expect(pickGoldens(truth, probabilities, 4)).toEqual([1, 3, 5, 0]);
	});
});

describe("models/gesture.tflite", () => {
	const bytes = new Uint8Array(readFileSync(`${models}gesture.tflite`));
	const model = readModel(bytes);
	const entry = (name: string) => model.metadata.find((one) => one.name === name)!.data;
	const card: { metrics: Metrics } = JSON.parse(decodeText(entry(cardEntry)));
	const golden = entry(goldenEntry);
	const inputLength = 2 * 119 * channels;
	const outputLength = 4 * labels.length;
	const view = new DataView(golden.buffer, golden.byteOffset);
	const rows = Array.from({ length: view.getUint32(0, true) }, (_, i) => {
		const at = 4 + i * (inputLength + outputLength);
		return {
			input: golden.slice(at, at + inputLength),
			output: golden.slice(at + inputLength, at + inputLength + outputLength),
		};
	});

	it("is what the recipe gives, byte for byte", { timeout: 180_000 }, () => {
		const trained = follow(stored);
		const remade = finishedModel(stored, trained.quantised, { card: decodeText(entry(cardEntry)), goldens: rows });
		expect(Buffer.compare(remade, bytes)).toBe(0);
		expect(card.metrics.floatAccuracy).toBeCloseTo(trained.floatAccuracy, 4);
		expect(card.metrics.windows).toBe(trained.split.test.labels.length);
		const windows = new Set(windowsOf(trained.split.test));
		for (const { input } of rows) expect(windows).toContain(new Int16Array(input.buffer).join());
	});

	it("has a card that says what it is and was measured on devices that were not trained on", () => {
		expect(entry(cardEntry).length).toBeLessThanOrEqual(longestCard);
		expect(card).toMatchObject({ name: "gesture", version: stored.version, labels: ["left", "right", "other"] });
		expect(card).toMatchObject({
			seed: stored.seed,
			input: { window: 119, rate: 119, accelerometer: 4, gyroscope: 2000 },
		});
		expect(card).toMatchObject({ data: expect.stringMatching(/^Generated, not recorded/) });
		const { confusion } = card.metrics;
		const total = confusion.flat().reduce((sum, count) => sum + count, 0);
		const right = confusion.reduce((sum, row, i) => sum + row[i]!, 0);
		expect(total).toBe(card.metrics.windows);
		expect(card.metrics.accuracy).toBeCloseTo(right / total, 4);
		expect(card.metrics.accuracy).toBeGreaterThanOrEqual(0.97);
	});

	it("has the card's figures told in models/README.md", () => {
		const text = readFileSync(`${models}README.md`, "utf8");
		const { accuracy, floatAccuracy, windows, confusion } = card.metrics;
		expect(text).toContain(`${(100 * accuracy).toFixed(2)} % of ${windows.toLocaleString("en")} held-out windows`);
		expect(text).toContain(`${(100 * floatAccuracy).toFixed(2)} % before quantisation`);
		for (const [i, row] of confusion.entries()) expect(text).toMatch(new RegExp(`${labels[i]} +${row.join(" +")}`));
		expect(text).toContain(`${bytes.length.toLocaleString("en")} bytes`);
	});

	it("takes raw counts and gives probabilities", () => {
		const { tensors, operators, inputs, outputs } = model.subgraphs[0]!;
		const [input, output] = [tensors[inputs[0]!]!, tensors[outputs[0]!]!];
		expect(input).toMatchObject({
			type: "INT16",
			shape: [1, 119, 6],
			quantization: { scales: [1 / 32768], zeroPoints: [0] },
		});
		expect(output).toMatchObject({ type: "FLOAT32", shape: [1, 3] });
		expect(operators.map(({ kind }) => kind)).toEqual([
			"QUANTIZE",
			"RESHAPE",
			"FULLY_CONNECTED",
			"FULLY_CONNECTED",
			"FULLY_CONNECTED",
			"SOFTMAX",
			"DEQUANTIZE",
		]);
	});

	it("has golden rows that the engine gives", () => {
		const input = Buffer.concat(rows.map((row) => row.input));
		const { output } = runEngine(buildEngine(), [`${models}gesture.tflite`], input);
		expect(output.equals(Buffer.concat(rows.map((row) => row.output)))).toBe(true);
	});

	it("carries eight golden rows that hold probabilities", () => {
		expect(rows).toHaveLength(8);
		expect(golden.length).toBe(4 + 8 * (inputLength + outputLength));
		for (const { output } of rows) {
			const probabilities = new Float32Array(output.buffer);
			expect(Math.abs(probabilities.reduce((sum, value) => sum + value, 0) - 1)).toBeLessThan(0.02);
			// Multiples of 1/256: an int8 softmax, dequantised.
			for (const value of probabilities) expect(Number.isInteger(value * 256)).toBe(true);
		}
	});
});

function shuffledLabels(values: Uint8Array, random: Random): Uint8Array {
	const order = Uint32Array.from(values, (_, i) => i);
	shuffle(order, random);
	return Uint8Array.from(order, (i) => values[i]!);
}
