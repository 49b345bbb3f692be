/** Small sets of examples, and what the engine makes of a graph. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Examples, InputFormat, Stored } from "../../../../tools/training/examples";
import type { NetworkOptions } from "../../../../tools/training/networks/options";
import { between, createRandom, normal } from "../../../../tools/training/random";
import type { Graph } from "../../../../tools/training/tflite/schema";
import { writeModel } from "../../../../tools/training/tflite/writer";
import { buildEngine, runEngine } from "../../../native/build";

/** Counts of a sensor with three channels: slow, fast and rising-in-pitch waves of any phase and strength, with noise. */
export function waves(count: number, seed: number, { steps = 40, noise = 0.15, classes = 3 } = {}): Examples {
	const random = createRandom(seed);
	const channels = 3;
	const rows = new Int16Array(count * steps * channels);
	const labels = new Uint8Array(count);
	for (let row = 0; row < count; row++) {
		const label = row % classes;
		labels[row] = label;
		const phase = between(random, 0, 2 * Math.PI);
		const strength = between(random, 0.2, 0.4);
		for (let step = 0; step < steps; step++) {
			const pitch = [2, 5, 1 + (4 * step) / steps][label]!;
			for (let channel = 0; channel < channels; channel++) {
				const value = Math.sin((2 * Math.PI * pitch * step) / steps + phase + channel) + noise * normal(random);
				rows[(row * steps + step) * channels + channel] = 32768 * strength * value;
			}
		}
	}
	const input: InputFormat = { datatype: "INT16", shape: [steps, channels], scale: 1 / 32768, zeroPoint: 0 };
	return { input, classes: ["slow", "fast", "rising"].slice(0, classes), rows, labels, groups: groupsOf(count) };
}

/** Two classes that no straight line parts, as pictures of two pixels: points about the corners of a square. */
export function corners(count: number, seed: number, noise = 0.08): Examples {
	const random = createRandom(seed);
	const rows = new Int8Array(2 * count);
	const labels = new Uint8Array(count);
	for (let row = 0; row < count; row++) {
		const corner = [random() < 0.5 ? 0 : 1, random() < 0.5 ? 0 : 1];
		corner.forEach((side, i) => {
			const shade = 0.25 + 0.5 * side + noise * normal(random);
			rows[2 * row + i] = Math.round(255 * Math.min(1, Math.max(0, shade))) - 128;
		});
		labels[row] = corner[0]! ^ corner[1]!;
	}
	const input: InputFormat = { datatype: "INT8", shape: [2], scale: 1 / 255, zeroPoint: -128 };
	return { input, classes: ["same", "different"], rows, labels, groups: groupsOf(count) };
}

function groupsOf(count: number): string[] {
	return Array.from({ length: count }, (_, row) => `row-${row}`);
}

export const quick: NetworkOptions = {
	kind: "dense",
	hidden: [12, 6],
	output: "softmax",
	training: { epochs: 15, batch: 16, learningRate: 0.01, decay: 0.001, patience: 15 },
	quantisation: { weights: "tensor", aware: 0, inputQuantile: 0.999 },
};

/** Share of rows whose class has the greatest score, or whose one score is on its class's side of a half. */
export function accuracyOf(scores: ArrayLike<number>, { labels }: Examples): number {
	const outputs = scores.length / labels.length;
	let right = 0;
	labels.forEach((label, row) => {
		const found = Array.from({ length: outputs }, (_, i) => scores[row * outputs + i]!);
		if (outputs === 1 ? found[0]! > 0.5 === (label === 1) : found.indexOf(Math.max(...found)) === label) right++;
	});
	return right / labels.length;
}

/** Raw outputs of the C engine for all rows. */
export function runGraph(graph: Graph, rows: Stored): Uint8Array {
	const engine = buildEngine();
	const directory = mkdtempSync(join(tmpdir(), "tmlaas-"));
	try {
		const file = join(directory, "model.tflite");
		writeFileSync(file, writeModel({ ...graph, description: "test", metadata: [] }));
		const { status, output, errors } = runEngine(
			engine,
			[file],
			new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength),
		);
		if (status !== 0) throw new Error(`the engine ended with ${status}: ${errors}`);
		return new Uint8Array(output);
	} finally {
		rmSync(directory, { recursive: true });
	}
}

export function engineScores(graph: Graph, { rows }: Examples): Float32Array {
	return new Float32Array(runGraph(graph, rows).buffer);
}
