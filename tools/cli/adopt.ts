/** `npm run adopt`: makes a model of TensorFlow's converter or of scikit-learn ready for a gateway. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type AdoptedWindow, AdoptionError, adopt } from "../training/adopt";
import type { Examples, InputFormat } from "../training/examples";
import { bareModel } from "../training/model-file";
import { OnnxError } from "../training/onnx/error";
import { importedGraph } from "../training/onnx/graph";
import { importOnnx } from "../training/onnx/import";
import type { ImportedModel } from "../training/onnx/parameters";
import { forWindow, windowInput } from "../training/onnx/window";
import { createRandom } from "../training/random";
import { readSamples, SamplesError } from "../training/samples";
import { countsPerUnit } from "../training/sensor";
import { operatorName } from "../training/tflite/describe";
import { ModelFormatError, readModel } from "../training/tflite/reader";
import { count } from "../training/tflite/table";
import {
	FailedError,
	greatestModel,
	greatestSeed,
	InputError,
	readInput,
	runCommand,
	UsageError,
	wholeNumber,
} from "./command-line";
import { buildEngine, examine, type ModelNeeds, runModel } from "./engine";

const usage = `usage: npm run adopt -- MODEL.tflite|MODEL.onnx --name NAME --version VERSION [options]
  --labels A,B,C     names of the classes, in the order of the outputs (of an ONNX model: its own)
  --samples FILE     rows like those that the model was trained on, a line each: for its golden rows, and for --int8
  --window WxC@RATE  as in 119x6@119: the input is a window of a wearable, W samples of C channels, RATE samples a second;
                     rows and training are in g and °/s, sample after sample
  --int8             of an ONNX model: compute in 8 bits (linear models and support vectors)
  --statement TEXT   what the model was trained on, for its card
  --seed N           of the golden rows when there are no rows to pick them from (1)
  --out FILE         where to write it (NAME.tflite)
  --help             prints this`;

/** A model that cannot be adopted, with the reason in words. */
class RefusedModelError extends Error {}

interface Options {
	readonly file: string;
	readonly out: string;
	readonly name: string;
	readonly version: string;
	readonly labels: readonly string[] | undefined;
	readonly samples: string | undefined;
	readonly window: AdoptedWindow | undefined;
	readonly int8: boolean;
	readonly statement: string;
	readonly seed: number;
}

function readWindow(text: string): AdoptedWindow {
	const found = /^([1-9]\d{0,4})x([36])@([1-9]\d{0,3})$/.exec(text);
	if (!found)
		throw new UsageError(`--window takes samples, 3 or 6 channels and a rate, as in 119x6@119, not "${text}"`);
	const [samples, channels, rate] = found.slice(1).map(Number) as [number, number, number];
	return { samples, channels, rate };
}

async function adoptFile(given: Options): Promise<void> {
	const content = await readInput(given.file, greatestModel);
	const isOnnx = given.file.toLowerCase().endsWith(".onnx");
	if (given.int8 && !isOnnx) throw new UsageError("--int8 is for ONNX models: let the converter quantise a .tflite");
	await buildEngine();
	const model = isOnnx ? await convert(given, content) : { file: content, labels: given.labels ?? [] };
	const needs = await needsOf(model.file);
	const samples = given.samples === undefined ? undefined : await readRows(given.samples, inputElements(model.file));
	const adopted = await adopt(
		model.file,
		{
			name: given.name,
			version: given.version,
			labels: model.labels,
			...(given.window && { window: given.window }),
			statement: given.statement,
			...(samples && { samples }),
			random: createRandom(given.seed),
		},
		runModel,
	);
	await writeFile(given.out, adopted.file);
	const rows = `${adopted.goldens} golden row${adopted.goldens === 1 ? "" : "s"}`;
	console.log(`${given.out}: ${given.name} ${given.version}, ${count(adopted.file.length)} bytes`);
	const operators = readModel(model.file).subgraphs[0]!.operators.map(operatorName);
	console.log(`  operators  ${[...new Set(operators)].join(", ")}`);
	console.log(`  arena      ${count(needs.arena)} bytes`);
	console.log(`  classes    ${model.labels.length > 0 ? model.labels.join(", ") : "none: no classifier"}`);
	console.log(
		`  checked by ${rows}, ${samples ? `of ${given.samples}` : "drawn at random; --samples gives it real ones"}`,
	);
	console.log(`next: npm run deploy -- ${given.out}`);
}

/** An ONNX model as a `.tflite`, with its own labels where no others are given. */
async function convert(given: Options, content: Uint8Array): Promise<{ file: Uint8Array; labels: readonly string[] }> {
	const imported = importOnnx(content);
	const { window } = given;
	if (window && window.samples * window.channels !== imported.features)
		throw new RefusedModelError(
			`windows of ${window.samples} × ${window.channels} for a model of ${imported.features} features`,
		);
	const model = window ? forWindow(imported, window) : imported;
	const input: InputFormat = window
		? windowInput(window)
		: { datatype: "FLOAT32", shape: [model.features], scale: 1, zeroPoint: 0 };
	const calibration = given.int8 ? await calibrationOf(given, model, input) : undefined;
	const graph = importedGraph(model, {
		input,
		precision: given.int8 ? "int8" : "float32",
		...(calibration && { calibration }),
	});
	const labels = given.labels ?? model.classes;
	return { file: bareModel(graph, `${given.name} ${given.version}`), labels };
}

async function calibrationOf(given: Options, model: ImportedModel, input: InputFormat): Promise<Examples> {
	if (given.samples === undefined) throw new UsageError("--int8 needs --samples: it takes its ranges from them");
	const { values } = await readRows(given.samples, model.features);
	const channels = given.window?.channels ?? 1;
	const rows =
		input.datatype === "INT16"
			? Int16Array.from(values, (value, i) =>
					Math.max(-32768, Math.min(32767, Math.round(value * countsPerUnit(i % channels)))),
				)
			: values;
	return { input, classes: model.classes, rows, labels: new Uint8Array(), groups: [] };
}

/** What the model needs of the engine. Throws a `RefusedModelError` with the engine's reason. */
async function needsOf(file: Uint8Array): Promise<ModelNeeds> {
	const directory = await mkdtemp(join(tmpdir(), "tmlaas-"));
	try {
		const path = join(directory, "model.tflite");
		await writeFile(path, file);
		const { verdict } = await examine(path);
		if (!("error" in verdict)) return verdict;
		const operators = readModel(file).subgraphs[0]?.operators ?? [];
		const named = (index: number) => (operators[index] ? operatorName(operators[index]) : `operator ${index}`);
		const missing = [...new Set(verdict.missing.map(named))];
		if (missing.length > 0) throw new RefusedModelError(`the engine does not have ${missing.join(", ")}`);
		const place = verdict.operator === undefined ? "" : ` (operator ${verdict.operator}, ${named(verdict.operator)})`;
		throw new RefusedModelError(`the engine does not run it: ${verdict.text}${place}`);
	} finally {
		await rm(directory, { recursive: true });
	}
}

function inputElements(file: Uint8Array): number {
	const graph = readModel(file).subgraphs[0];
	const tensor = graph?.tensors[graph.inputs[0] ?? -1];
	return tensor?.shape.reduce((product, size) => product * size, 1) ?? 0;
}

async function readRows(file: string, width: number): Promise<{ values: Float32Array; rows: number }> {
	try {
		return readSamples(await readInput(file, greatestModel), width);
	} catch (error) {
		if (error instanceof SamplesError) throw new InputError(`${file}:${error.line}: ${error.message}`);
		throw error;
	}
}

await runCommand({
	usage,
	options: {
		name: { type: "string" },
		version: { type: "string" },
		labels: { type: "string" },
		samples: { type: "string" },
		window: { type: "string" },
		int8: { type: "boolean", default: false },
		statement: { type: "string", default: "not stated" },
		seed: { type: "string", default: "1" },
		out: { type: "string" },
	},
	words: 1,
	async run(values, [file]) {
		if (file === undefined) throw new UsageError("one model file is to be named, as in model.onnx");
		const { name, version, labels, samples, window, int8, statement } = values;
		if (!name || !version) throw new UsageError("--name and --version are needed");
		const out = resolve(values.out ?? `${name}.tflite`);
		if (out === resolve(file)) throw new UsageError("--out would overwrite the model itself: name another file");
		const given = {
			...{ file, out, name, version, samples, int8, statement },
			labels: labels?.split(",").map((label) => label.trim()),
			window: window === undefined ? undefined : readWindow(window),
			seed: wholeNumber("seed", values.seed, 0, greatestSeed),
		};
		try {
			await adoptFile(given);
		} catch (error) {
			const refusals = [RefusedModelError, AdoptionError, OnnxError, ModelFormatError];
			if (!refusals.some((kind) => error instanceof kind)) throw error;
			throw new FailedError(`the model cannot be adopted: ${(error as Error).message}`);
		}
		return undefined;
	},
});
