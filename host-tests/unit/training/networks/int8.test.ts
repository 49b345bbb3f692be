import { describe, expect, it } from "vitest";
import { type Examples, rowLength, rowOf } from "../../../../tools/training/examples";
import type { NetworkOptions } from "../../../../tools/training/networks/options";
import { trainNetwork } from "../../../../tools/training/networks/train";
import { createRandom } from "../../../../tools/training/random";
import type { Graph } from "../../../../tools/training/tflite/schema";
import { accuracyOf, corners, engineScores, quick, runGraph, waves } from "./examples";
import { evaluate } from "./reference";

const training = waves(300, 1);
const validation = waves(90, 2);
const test = waves(600, 3);

/** The graph up to the last layer's int8 results. */
function untilLogits(graph: Graph): Graph {
	const operators = graph.operators.slice(0, -2);
	return { ...graph, tensors: graph.tensors.slice(0, -2), operators, outputs: operators.at(-1)!.outputs };
}

describe("int8 network", () => {
	it.each([
		["one scale for each layer", "tensor", 0],
		["one scale for each neuron", "channel", 0],
		["trained on as int8", "channel", 3],
	] as const)("gives the reference kernels' very integers on the engine: %s", async (_, weights, aware) => {
		const options: NetworkOptions = { ...quick, quantisation: { weights, aware, inputQuantile: 0.99 } };
		const model = await trainNetwork(options, { training, validation, random: createRandom(4) });
		const graph = untilLogits(model.graph("int8"));
		const found = new Int8Array(runGraph(graph, test.rows).buffer);
		const expected = Array.from(test.labels, (_, row) => evaluate(graph, rowOf(test, row))).flat();
		expect(Array.from(found)).toEqual(expected);
		expect(new Set(expected).size).toBeGreaterThan(50);
	});

	it("takes pictures as they are stored", async () => {
		const options: NetworkOptions = { ...quick, hidden: [8], output: "logistic" };
		const sets = { training: corners(200, 1), validation: corners(60, 2) };
		const model = await trainNetwork(options, { ...sets, random: createRandom(1) });
		const graph = model.graph("int8");
		expect(graph.operators.map(({ kind }) => kind)).toEqual([
			"FULLY_CONNECTED",
			"FULLY_CONNECTED",
			"LOGISTIC",
			"DEQUANTIZE",
		]);
		const pictures = corners(500, 3);
		const logits = new Int8Array(runGraph(untilLogits(graph), pictures.rows).buffer);
		expect(Array.from(logits)).toEqual(
			Array.from(pictures.labels, (_, row) => evaluate(graph, rowOf(pictures, row))).flat(),
		);
	});

	it("says what floats say, within its steps", async () => {
		const model = await trainNetwork(quick, { training, validation, random: createRandom(5) });
		const exact = model.scores(test);
		const rounded = engineScores(model.graph("int8"), test);
		let apart = 0;
		exact.forEach((score, i) => {
			apart += Math.abs(score - rounded[i]!) / exact.length;
		});
		expect(apart).toBeLessThan(0.02);
		expect(accuracyOf(rounded, test)).toBeGreaterThan(accuracyOf(exact, test) - 0.01);
	});

	it("loses less where it was trained on as int8", async () => {
		// One stray value makes the input's steps so wide that three of them are all that a wave has.
		const faint = (count: number, seed: number): Examples => {
			const examples = waves(count, seed, { noise: 0.4 });
			const rows = Int16Array.from(examples.rows, (value) => value / 80);
			rows[0] = 32767;
			return { ...examples, rows };
		};
		const unseen = faint(1500, 12);
		const lost: number[] = [];
		for (const aware of [0, 8]) {
			const options: NetworkOptions = { ...quick, quantisation: { weights: "tensor", inputQuantile: 1, aware } };
			const sets = { training: faint(600, 11), validation: faint(300, 13) };
			const model = await trainNetwork(options, { ...sets, random: createRandom(6) });
			const found = accuracyOf(engineScores(model.graph("int8"), unseen), unseen);
			lost.push(accuracyOf(model.scores(unseen), unseen) - found);
		}
		expect(lost[0]).toBeGreaterThan(0.05);
		expect(lost[1]).toBeLessThan(lost[0]! - 0.01);
	});

	it("averages over time as AVERAGE_POOL_2D does", async () => {
		const options: NetworkOptions = { ...quick, pool: 4, quantisation: { ...quick.quantisation, aware: 2 } };
		const model = await trainNetwork(options, { training, validation, random: createRandom(7) });
		const weights = model.graph("int8").tensors.find(({ name }) => name === "dense_1/weights")!;
		expect(weights.shape).toEqual([12, rowLength(training.input) / 4]);
		const rounded = engineScores(model.graph("int8"), test);
		expect(accuracyOf(rounded, test)).toBeGreaterThan(accuracyOf(model.scores(test), test) - 0.01);
	});
});
