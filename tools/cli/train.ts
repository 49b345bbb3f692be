/** `npm run train`: makes a model file and its report from a recipe. */
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { labelLength, maximumLabels } from "../../firmware/gateway/inference/card";
import { root } from "../simulator/paths";
import { percent } from "../training/evaluation/format";
import { type Cost, renderReport, summarise } from "../training/evaluation/report";
import { rowLength, type Split } from "../training/examples";
import { microcontroller } from "../training/fit/catalogue";
import { estimateSeconds } from "../training/fit/fit";
import { type Made, makeModel } from "../training/pipeline";
import type { Recipe } from "../training/recipe";
import { count } from "../training/tflite/table";
import type { Progress } from "../training/trainer";
import { greatestSeed, prepareOutput, runCommand, UsageError, wholeNumber } from "./command-line";
import { buildEngine, runModel } from "./engine";
import { gatherFacts } from "./facts";
import { Interrupt } from "./interrupt";
import { explained, openData, openRecipe } from "./recipes";

const usage = `usage: npm run train -- RECIPE [options]
  RECIPE            a recipe's file, or the name of one in models/
  --data PATH       recordings in place of those that the recipe names
  --seed N          another draw of data, weights and order, 0 to 4294967295
  --out FILE        the model (build/models/NAME.tflite)
  --report FILE     the report (build/reports/NAME.html)
  --help            prints this
Ctrl-C ends the training and keeps the best model so far.`;

interface Wishes {
	readonly data: string | undefined;
	readonly seed: number | undefined;
	readonly out: string | undefined;
	readonly report: string | undefined;
}

async function train(name: string, { data, seed, out, report: reportFile }: Wishes): Promise<void> {
	const opened = await openRecipe(name, { seed, path: data });
	const { recipe } = opened;
	const file = resolve(out ?? join(root, "build/models", `${recipe.name}.tflite`));
	const report = resolve(reportFile ?? join(root, "build/reports", `${recipe.name}.html`));
	for (const path of [file, report]) await prepareOutput(path);
	console.log(`${recipe.name} ${recipe.version}, seed ${recipe.seed}`);
	const split = await openData(opened, console.log);
	const { training, validation, test } = split;
	const inputs = rowLength(training.input);
	const kind = recipe.method.describe(inputs, training.classes.length);
	console.log(
		`${kind}: ${training.labels.length} rows to train on, ${validation.labels.length} to validate, ${test.labels.length} to test`,
	);
	const refused = undeployable(training.classes);
	if (refused !== undefined) console.log(`Note: ${refused}; no gateway takes the model, but npm run export does.`);
	await buildEngine();

	const interrupt = new Interrupt("Ending after this step");
	const made = await explained(opened.file, () =>
		makeModel(recipe, split, {
			run: (model, inputs) => interrupt.undisturbed(() => runModel(model, inputs)),
			async onProgress(progress) {
				console.log(progressText(progress));
				await interrupt.listen();
			},
			stopped: () => interrupt.interrupted,
		}),
	);
	await writeFile(file, made.file);
	const cost = await interrupt.undisturbed(() => costOf(file, made));
	interrupt.close();
	await writeFile(report, reportOf(recipe, made, cost, `${kind}, int8`, commandOf(name, { data, seed })));
	console.log(`\n${figures(made)}\n\n${file}: ${count(made.file.length)} bytes\n${report}`);
	console.log(`Next: npm run fit -- ${shown(file)}, then npm run deploy -- ${shown(file)}`);
}

/** What a gateway does not take of the classes. */
function undeployable(classes: readonly string[]): string | undefined {
	if (classes.length > maximumLabels) return `${classes.length} classes are more than ${maximumLabels}`;
	const long = classes.find((name) => Buffer.byteLength(name) > labelLength);
	return long === undefined ? undefined : `the class ${long} has more than ${labelLength} bytes`;
}

/** As it was typed, as far as the model depends on it. */
function commandOf(name: string, { data, seed }: Pick<Wishes, "data" | "seed">): string {
	const options = [data === undefined ? "" : ` --data ${data}`, seed === undefined ? "" : ` --seed ${seed}`];
	return `npm run train -- ${name}${options.join("")}`;
}

function shown(file: string): string {
	return file.startsWith(`${process.cwd()}/`) ? file.slice(process.cwd().length + 1) : file;
}

function progressText({ step, steps, loss, validationLoss, validationAccuracy }: Progress): string {
	const parts = [
		loss === undefined ? "" : `loss ${loss.toFixed(4)}`,
		validationLoss === undefined ? "" : `validation loss ${validationLoss.toFixed(4)}`,
		validationAccuracy === undefined ? "" : `validation accuracy ${percent(validationAccuracy, 2)}`,
	];
	return `${String(step).padStart(String(steps).length)}/${steps}  ${parts.filter(Boolean).join(", ")}`;
}

/** What the engine found on the test set. */
function figures({ evaluation, floatAccuracy, split }: Made): string {
	const { classes, confusion, accuracy, rows, groups } = evaluation;
	const { low, high } = evaluation.bootstrap.accuracy;
	const width = Math.max(5, ...classes.map((name) => name.length));
	const cells = (texts: readonly string[]) => texts.map((text) => text.padStart(width + 1)).join("");
	const table = [
		`${"".padEnd(width)}${cells(classes)}`,
		...classes.map((name, i) => `${name.padEnd(width)}${cells(confusion[i]!.map(String))}`),
	];
	const shared = new Set(split.training.groups);
	const isNew = split.test.groups.every((group) => !shared.has(group));
	const what = isNew
		? `${rows} rows of ${groups} groups that were not trained on`
		: `${rows} rows that were not trained on`;
	return [
		`${what} (rows: true, columns: found)`,
		...table,
		`accuracy ${percent(accuracy, 2)} (95 %: ${percent(low, 2)} to ${percent(high, 2)}) as int8 on the engine, ${percent(floatAccuracy, 2)} before quantisation`,
	].join("\n");
}

/** What the model takes on the gateway's processor. */
async function costOf(file: string, { file: bytes, graph }: Made): Promise<Cost> {
	const facts = await gatherFacts(file);
	const { arena, state, work, codeBytes, metadataBytes, instructions } = facts;
	const count = instructions?.["Xtensa LX6"];
	const seconds = estimateSeconds(facts, microcontroller("esp32"));
	return {
		...{ arena, state, work, modelBytes: bytes.length - metadataBytes },
		...(codeBytes !== undefined && { codeBytes }),
		...(count !== undefined && { instructions: { core: "Xtensa LX6", count } }),
		...(seconds !== undefined && { time: { seconds, on: "an ESP32 at 240 MHz" } }),
		operators: graph.operators.map((operator) => (operator.kind === "CUSTOM" ? operator.name : operator.kind)),
	};
}

function reportOf(recipe: Recipe, made: Made, cost: Cost, kind: string, command: string): string {
	const { split, scores, evaluation, floatScores, progress } = made;
	return renderReport({
		name: recipe.name,
		version: recipe.version,
		kind,
		statement: recipe.statement,
		sets: Object.entries(split).map(([name, examples]) => summarise(name, examples)),
		test: split.test,
		scores,
		evaluation,
		floatScores,
		progress,
		cost,
		limitations: limitationsOf(recipe, split),
		command,
	});
}

/** What the figures do not show of themselves. */
function limitationsOf({ data }: Recipe, { training, test }: Split): string[] {
	const known = new Set(training.groups);
	return [
		...(data.kind === "generated" ? ["The movements are generated; nobody's were measured."] : []),
		...(test.groups.some((group) => known.has(group))
			? ["The same people or sessions are in the training set and in the test set: new ones may do worse."]
			: []),
		"A score says how sure the model is among its own classes; something that is none of them gets a class all the same.",
	];
}

await runCommand({
	usage,
	options: {
		data: { type: "string" },
		seed: { type: "string" },
		out: { type: "string" },
		report: { type: "string" },
	},
	words: 1,
	async run({ data, seed, out, report }, [name]) {
		if (name === undefined) throw new UsageError("a recipe is to be named, as in wand");
		const drawn = seed === undefined ? undefined : wholeNumber("seed", seed, 0, greatestSeed);
		await train(name, { data, seed: drawn, out, report });
		return undefined;
	},
});
