/** One row of the paper's tables, made anew from its recipe: what the model takes on an ESP32, and how often it is right. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildMeasure, compilers } from "../../host-tests/bench/engine/build";
import { estimateCycles } from "../../host-tests/bench/engine/cycles";
import { measure } from "../../host-tests/bench/engine/measure";
import { runModel } from "../cli/engine";
import { openData, openRecipe } from "../cli/recipes";
import { root } from "../simulator/paths";
import { goldenEntry } from "../training/goldens";
import { bareModel } from "../training/model-file";
import { type Made, makeModel } from "../training/pipeline";
import { type CodeSizes, codeBytes } from "../training/tflite/code-size";
import { readModel } from "../training/tflite/reader";

export const folder = resolve(root, "models/paper");

/** What the paper says of a row: kB, kB, ms, %. */
export interface PaperFigures {
	readonly ram: number;
	readonly flash: number;
	readonly milliseconds: number;
	readonly accuracy: number;
}

export interface PaperRow {
	readonly recipe: string;
	readonly model: string;
	readonly paper: PaperFigures;
}

export interface PaperTable {
	readonly title: string;
	readonly rows: readonly PaperRow[];
}

/** Shares are of the test set, sizes bytes. */
export interface Row {
	/** Of the model file: the same seed and data give the same bytes. */
	readonly sha256: string;
	readonly rows: number;
	readonly accuracy: number;
	readonly interval: readonly [number, number];
	readonly floatAccuracy: number;
	readonly arena: number;
	readonly state: number;
	/** Without card and golden rows. */
	readonly modelBytes: number;
	readonly codeBytes: number;
	/** Instructions of one inference, the mean over the golden rows. */
	readonly instructions: { readonly lx106: number; readonly esp32: number };
	/** Estimated for the ESP32, of the first golden row. */
	readonly cycles: number;
}

export async function readTables(): Promise<readonly PaperTable[]> {
	return JSON.parse(await readFile(join(folder, "tables.json"), "utf8")).tables;
}

/** Trains as the recipe says. */
export async function makeRow(recipe: string): Promise<Made> {
	const opened = await openRecipe(join(folder, `${recipe}.json`));
	const split = await openData(opened, () => {});
	return await makeModel(opened.recipe, split, { run: runModel });
}

export async function measureRow(made: Made): Promise<Row> {
	const { file, graph, evaluation, floatAccuracy } = made;
	const sizes: CodeSizes = JSON.parse(await readFile(resolve(root, "native/engine/code-sizes.json"), "utf8"));
	const directory = await mkdtemp(join(tmpdir(), "tmlaas-row-"));
	try {
		const [model, golden] = [join(directory, "model.tflite"), join(directory, "model.golden")];
		const parsed = readModel(file);
		await writeFile(model, file);
		await writeFile(golden, parsed.metadata.find(({ name }) => name === goldenEntry)!.data);
		const figures = (target: "lx106" | "esp32") => measure(target, buildMeasure(compilers[target]), model, golden);
		const [lx106, esp32] = [figures("lx106"), figures("esp32")];
		const { cycles } = await estimateCycles(model, golden);
		const { low, high } = evaluation.bootstrap.accuracy;
		return {
			sha256: createHash("sha256").update(file).digest("hex"),
			rows: evaluation.rows,
			accuracy: evaluation.accuracy,
			interval: [low, high],
			floatAccuracy,
			arena: esp32.arena,
			state: esp32.state,
			modelBytes: bareModel(graph, "").length,
			codeBytes: codeBytes(sizes, parsed),
			instructions: { lx106: lx106.invoke, esp32: esp32.invoke },
			cycles,
		};
	} finally {
		await rm(directory, { recursive: true });
	}
}
