/**
 * `npm run train -- gesture [--seed N]`: makes `models/gesture.tflite` from the recipe `models/gesture.json`.
 * The figures on its card are those of the C engine on devices that took no part in training.
 */

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../simulator/paths";
import { labels } from "../training/dataset";
import { indexOfGreatest } from "../training/dense";
import {
	bareModel,
	card,
	confusionMatrix,
	finishedModel,
	follow,
	type Metrics,
	pickGoldens,
	type Recipe,
	type Trained,
} from "../training/recipe";
import { buildEngine, runEngine } from "./engine";

const goldenRows = 8;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seed: { type: "string" } } });
const seed = values.seed === undefined ? undefined : Number(values.seed);
if (positionals.length !== 1 || !/^[a-z0-9-]+$/.test(positionals[0]!) || (seed !== undefined && !isSeed(seed))) {
	console.error("usage: npm run train -- NAME [--seed N]   (models/NAME.json is the recipe; N from 0 to 4294967295)");
	process.exit(2);
}
await make(positionals[0]!, seed);

function isSeed(value: number): boolean {
	return Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}

async function make(name: string, seed: number | undefined): Promise<void> {
	const source = resolve(root, `models/${name}.json`);
	if (!existsSync(source)) {
		console.error(`there is no recipe ${source}`);
		process.exit(2);
	}
	const stored = JSON.parse(await readFile(source, "utf8")) as Recipe;
	const recipe = seed === undefined ? stored : { ...stored, seed };
	console.log(`${recipe.name} ${recipe.version}, seed ${recipe.seed}: generating motions and training`);
	const trained = follow(recipe, ({ epoch, loss, validationLoss, validationAccuracy }) => {
		const figures = `loss ${loss.toFixed(4)}, validation loss ${validationLoss.toFixed(4)}`;
		console.log(`epoch ${String(epoch).padStart(2)}: ${figures}, validation accuracy ${percent(validationAccuracy)}`);
	});
	await buildEngine();
	const probabilities = await measure(recipe, trained);
	const metrics = metricsOf(recipe, trained, probabilities);
	const { windows } = trained.split.test;
	const width = windows.length / metrics.windows;
	const goldens = pickGoldens(trained.split.test.labels, probabilities, goldenRows).map((i) => ({
		input: bytesOf(windows.subarray(i * width, (i + 1) * width)),
		output: bytesOf(probabilities.subarray(i * labels.length, (i + 1) * labels.length)),
	}));
	const model = finishedModel(recipe, trained.quantised, { card: card(recipe, metrics), goldens });
	const file = resolve(root, `models/${name}.tflite`);
	await writeFile(file, model);
	print(metrics);
	console.log(`${file}: ${model.length} bytes`);
}

/** The engine's probabilities for every window of the test set. */
async function measure(recipe: Recipe, trained: Trained): Promise<Float32Array> {
	const directory = await mkdtemp(join(tmpdir(), "tmlaas-"));
	try {
		const file = join(directory, "model.tflite");
		await writeFile(file, bareModel(recipe, trained.quantised));
		const outputs = await runEngine(file, bytesOf(trained.split.test.windows));
		return new Float32Array(outputs.buffer, outputs.byteOffset, outputs.byteLength / 4);
	} finally {
		await rm(directory, { recursive: true });
	}
}

function metricsOf(recipe: Recipe, trained: Trained, probabilities: Float32Array): Metrics {
	const truth = trained.split.test.labels;
	const found = Array.from(truth, (_, i) =>
		indexOfGreatest(probabilities.subarray(i * labels.length, (i + 1) * labels.length)),
	);
	const right = found.filter((label, i) => label === truth[i]).length;
	return {
		accuracy: rounded(right / truth.length),
		floatAccuracy: rounded(trained.floatAccuracy),
		confusion: confusionMatrix(truth, found),
		devices: recipe.data.devices.test,
		windows: truth.length,
	};
}

function print({ accuracy, floatAccuracy, confusion, devices, windows }: Metrics): void {
	console.log(`\n${windows} windows of ${devices} devices that were not trained on (rows: true, columns: found)`);
	console.log(["", ...labels].map((text) => text.padStart(8)).join(""));
	labels.forEach((label, i) => {
		console.log([label, ...confusion[i]!].map((text) => String(text).padStart(8)).join(""));
	});
	console.log(`accuracy ${percent(accuracy)} as int8 on the engine, ${percent(floatAccuracy)} before quantisation`);
}

function rounded(share: number): number {
	return Math.round(share * 10000) / 10000;
}

function percent(share: number): string {
	return `${(100 * share).toFixed(2)} %`;
}

function bytesOf(values: Int16Array | Float32Array): Uint8Array {
	return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
