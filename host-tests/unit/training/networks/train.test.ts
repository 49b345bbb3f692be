import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { generate } from "../../../../tools/training/data/generated";
import { type Examples, select } from "../../../../tools/training/examples";
import type { NetworkOptions } from "../../../../tools/training/networks/options";
import { trainNetwork } from "../../../../tools/training/networks/train";
import { createRandom, shuffle } from "../../../../tools/training/random";
import { writeModel } from "../../../../tools/training/tflite/writer";
import type { Progress, TrainedModel } from "../../../../tools/training/trainer";
import { accuracyOf, corners, engineScores, quick, waves } from "./examples";

const training = waves(240, 1);
const validation = waves(90, 2);
const test = waves(600, 3);
const convolution: NetworkOptions = {
	...quick,
	kind: "convolution",
	filters: [
		{ filters: 6, kernel: 5, stride: 2, pool: 2 },
		{ filters: 4, kernel: 3 },
	],
	hidden: [8],
};

function bytesOf(model: TrainedModel): string {
	const files = (["float32", "int8"] as const).map((precision) =>
		writeModel({ ...model.graph(precision), description: "", metadata: [] }),
	);
	return createHash("sha256").update(files[0]!).update(files[1]!).digest("hex");
}

describe("training", () => {
	it("learns what no linear model can", async () => {
		const options = {
			...quick,
			hidden: [12],
			training: { ...quick.training, epochs: 60, patience: 60, learningRate: 0.02 },
		};
		const model = await trainNetwork(options, {
			training: corners(300, 1),
			validation: corners(100, 2),
			random: createRandom(4),
		});
		expect(accuracyOf(model.scores(corners(400, 3)), corners(400, 3))).toBeGreaterThan(0.99);
	});

	it.each([
		["dense", { ...quick, quantisation: { ...quick.quantisation, aware: 2 } }],
		["convolution", { ...convolution, quantisation: { ...convolution.quantisation, aware: 1 } }],
	] as const)("gives the same bytes for the same seed and others for another: %s", async (_, options) => {
		const short = { ...options, training: { ...options.training, epochs: 3 } };
		const run = async (seed: number) =>
			bytesOf(await trainNetwork(short, { training, validation, random: createRandom(seed) }));
		expect(await run(1)).toBe(await run(1));
		expect(await run(1)).not.toBe(await run(2));
	});

	it("ends when validation no longer improves and returns the best epoch", async () => {
		// Labels that the inputs do not explain: learning the training set by heart makes validation worse.
		const confusing: Examples = { ...corners(60, 2), labels: Uint8Array.from({ length: 60 }, (_, i) => i % 2) };
		const progress: Progress[] = [];
		const options = { ...quick, training: { ...quick.training, epochs: 120, patience: 5 } };
		const model = await trainNetwork(options, {
			training: corners(60, 1),
			validation: confusing,
			random: createRandom(6),
			onProgress: (step) => void progress.push(step),
		});
		const losses = progress.map(({ validationLoss }) => validationLoss!);
		expect(losses.length).toBeLessThan(120);
		expect(progress.every(({ steps }) => steps === 120)).toBe(true);
		const least = Math.min(...losses);
		expect(lossOf(model.scores(confusing), confusing)).toBeLessThanOrEqual(least + 1e-6);
	});

	it("keeps the best of several restarts", async () => {
		// Of four trainings with two hidden neurons some end in a corner that they cannot leave.
		const steps: string[] = [];
		const losses: number[] = [];
		const options = {
			...quick,
			hidden: [2],
			training: { ...quick.training, epochs: 10, patience: 10, learningRate: 0.05, restarts: 4 },
		};
		const model = await trainNetwork(options, {
			training: corners(200, 1),
			validation: corners(100, 2),
			random: createRandom(3),
			onProgress: ({ step, steps: all, validationLoss }) => {
				steps.push(`${step}/${all}`);
				losses.push(validationLoss!);
			},
		});
		expect(steps).toEqual(Array.from({ length: 40 }, (_, i) => `${i + 1}/40`));
		const best = [0, 1, 2, 3].map((restart) => Math.min(...losses.slice(10 * restart, 10 * restart + 10)));
		expect(Math.max(...best)).toBeGreaterThan(1.2 * Math.min(...best));
		expect(lossOf(model.scores(corners(100, 2)), corners(100, 2))).toBeCloseTo(Math.min(...best), 4);
	});

	it("keeps the best so far when it is stopped, and trains no further as int8", async () => {
		const steps: number[] = [];
		const options = { ...quick, quantisation: { ...quick.quantisation, aware: 5 } };
		const losses: number[] = [];
		const model = await trainNetwork(options, {
			training,
			validation,
			random: createRandom(7),
			onProgress: ({ step, validationLoss }) => {
				steps.push(step);
				losses.push(validationLoss!);
			},
			stopped: () => steps.length === 4,
		});
		expect(steps).toEqual([1, 2, 3, 4]);
		expect(lossOf(model.scores(validation), validation)).toBeCloseTo(Math.min(...losses), 4);
		expect(engineScores(model.graph("int8"), test)).toHaveLength(3 * 600);
	});

	it("counts the epochs as int8 after those in floats", async () => {
		const options = {
			...quick,
			training: { ...quick.training, epochs: 2 },
			quantisation: { ...quick.quantisation, aware: 3 },
		};
		const steps: string[] = [];
		await trainNetwork(options, {
			training,
			validation,
			random: createRandom(8),
			onProgress: ({ step, steps: all }) => void steps.push(`${step}/${all}`),
		});
		expect(steps).toEqual(["1/5", "2/5", "3/5", "4/5", "5/5"]);
	});

	it("finds no more than chance in labels that say nothing of the rows", async () => {
		// Each class has equal shares of all labels; chance alone would leave some and make the figure scatter.
		const scrambled = (examples: Examples, seed: number): Examples => {
			const labels = examples.labels.slice();
			for (let label = 0; label < 3; label++) {
				const members = Uint32Array.from(labels.keys()).filter((row) => examples.labels[row] === label);
				shuffle(members, createRandom(seed + label));
				members.forEach((row, i) => {
					labels[row] = i % 3;
				});
			}
			return { ...examples, labels };
		};
		const accuracies: number[] = [];
		for (const seed of [10, 20, 30, 40]) {
			const sets = { training: scrambled(training, seed), validation: scrambled(validation, seed + 5) };
			const model = await trainNetwork(quick, { ...sets, random: createRandom(seed) });
			accuracies.push(accuracyOf(model.scores(test), test));
		}
		const mean = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length;
		expect(Math.abs(mean - 1 / 3)).toBeLessThan(0.05);
	});

	it("learns its training set to the last row, of generated gestures", async () => {
		const devices = { training: 12, validation: 4, test: 1 };
		const cut = { window: 119, threshold: 500, release: 200, history: 8 };
		const split = generate({ ...cut, classes: ["left", "right", "other"], rate: 119, devices, motions: 6, seed: 5 });
		const options = { ...quick, hidden: [20, 10], training: { ...quick.training, epochs: 40, patience: 40 } };
		// It validates on what it trains on, so that it goes on until all is known.
		const model = await trainNetwork(options, { ...split, validation: split.training, random: createRandom(10) });
		expect(accuracyOf(model.scores(split.training), split.training)).toBe(1);
	});

	it("refuses empty sets", async () => {
		const none = select(training, []);
		const random = createRandom(1);
		await expect(trainNetwork(quick, { training: none, validation, random })).rejects.toThrow(RangeError);
		await expect(trainNetwork(quick, { training, validation: none, random })).rejects.toThrow(RangeError);
	});
});

describe("network in floats", () => {
	it.each([
		["dense", quick],
		["dense after averages", { ...quick, pool: 3 }],
		["one output", { ...quick, output: "logistic" }],
		["convolution", convolution],
		["convolution after averages", { ...convolution, pool: 2, filters: [{ filters: 4, kernel: 3 }], hidden: [] }],
	] as const)("gives the same scores on the engine: %s", async (_, options) => {
		const classes = options.output === "logistic" ? 2 : 3;
		const sets = { training: waves(120, 1, { classes }), validation: waves(60, 2, { classes }) };
		const short = { ...options, training: { ...options.training, epochs: 4 } };
		const model = await trainNetwork(short, { ...sets, random: createRandom(11) });
		const unseen = waves(200, 3, { classes });
		const scores = model.scores(unseen);
		expect(scores).toHaveLength(classes * 200);
		const found = engineScores(model.graph("float32"), unseen);
		// One output is the share of the second class.
		const expected = options.output === "logistic" ? scores.filter((_, i) => i % 2 === 1) : scores;
		expect(found).toHaveLength(expected.length);
		found.forEach((score, i) => {
			expect(Math.abs(score - expected[i]!)).toBeLessThan(1e-5);
		});
		expect(accuracyOf(scores, unseen)).toBeGreaterThan(1 / classes + 0.1);
	});

	it("keeps its accuracy as int8 with convolutions", async () => {
		const model = await trainNetwork(convolution, { training, validation, random: createRandom(12) });
		const exact = accuracyOf(model.scores(test), test);
		expect(exact).toBeGreaterThan(0.9);
		expect(accuracyOf(engineScores(model.graph("int8"), test), test)).toBeGreaterThan(exact - 0.01);
	});
});

function lossOf(scores: Float32Array, { labels }: Examples): number {
	const outputs = scores.length / labels.length;
	let loss = 0;
	labels.forEach((label, row) => {
		loss -= Math.log(scores[row * outputs + label]!);
	});
	return loss / labels.length;
}
