/**
 * The networks of the paper's first table on recordings of people, which are not part of the project: what they say of
 * generated strokes, they need not say of real ones. Every row is held out once.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadExamples } from "../cli/data";
import { runModel } from "../cli/engine";
import { openRecipe } from "../cli/recipes";
import { root } from "../simulator/paths";
import { type Fold, kFolds, leaveOneGroupOut, splitExamples } from "../training/data/split";
import { assess } from "../training/evaluation/evaluation";
import { type Examples, select } from "../training/examples";
import { makeModel } from "../training/pipeline";
import type { Recipe } from "../training/recipe";
import { folder } from "./row";

/** Hidden layers of the paper's gesture networks. */
export const architectures = Object.freeze([
	[20, 10],
	[18, 9],
	[16, 8],
	[14, 7],
	[12, 6],
	[10, 5],
	[8, 4],
	[6, 3],
]);

export interface Experiment {
	readonly recipe: string;
	readonly title: string;
	/** How the rows are held out. */
	readonly heldOut: "five folds by recording" | "each person in turn";
}

export const experiments: readonly Experiment[] = Object.freeze([
	{
		recipe: "recorded-horizontal",
		title: "horizontal strokes against four other movements",
		heldOut: "five folds by recording",
	},
	{ recipe: "recorded-five", title: "five movements", heldOut: "five folds by recording" },
	{ recipe: "recorded-people", title: "wing, ring, slope and none of them", heldOut: "each person in turn" },
]);

export interface Recorded {
	readonly rows: number;
	readonly groups: number;
	readonly folds: number;
	/** Share of the commonest class. */
	readonly baseline: number;
	/** In the order of `architectures`. */
	readonly networks: readonly {
		readonly accuracy: number;
		readonly interval: readonly [number, number];
		readonly balancedAccuracy: number;
		readonly floatAccuracy: number;
	}[];
}

/** Undefined where the recordings are not here. */
export async function measureRecorded(
	{ recipe: name, heldOut }: Experiment,
	tell: (line: string) => void,
): Promise<Recorded | undefined> {
	const file = join(folder, `${name}.json`);
	const { data } = (await openRecipe(file)).recipe;
	if (!("path" in data) || !existsSync(resolve(root, data.path))) return undefined;
	const { examples } = await loadExamples(data, { folder: root, seed: 1 });
	if (!examples) throw new Error(`${name} has no recordings`);
	const by = heldOut === "each person in turn" ? "group" : "class";
	const folds = by === "group" ? leaveOneGroupOut(examples) : kFolds(examples, { by, seed: 1, folds: 5 });
	const networks = [];
	for (const hidden of architectures) {
		const { recipe } = await openRecipe(file, { model: { hidden } });
		const { accuracy, balancedAccuracy, interval, floatAccuracy } = await crossValidate(recipe, examples, {
			by,
			folds,
		});
		tell(`${name} ${hidden.join(" → ")}: ${(100 * accuracy).toFixed(2)} %`);
		networks.push({ accuracy, interval, balancedAccuracy, floatAccuracy });
	}
	const counts = examples.classes.map((_, label) => examples.labels.filter((one) => one === label).length);
	return {
		rows: examples.labels.length,
		groups: new Set(examples.groups).size,
		folds: folds.length,
		baseline: Math.max(...counts) / examples.labels.length,
		networks,
	};
}

/** One network for each fold, measured on what was held out; all rows together are what is told. */
async function crossValidate(
	recipe: Recipe,
	examples: Examples,
	{ by, folds }: { by: "class" | "group"; folds: readonly Fold[] },
) {
	const classes = examples.classes.length;
	const scores = new Float32Array(examples.labels.length * classes);
	let right = 0;
	for (const fold of folds) {
		const rest = select(examples, fold.training);
		const { training, validation } = divideRest(rest, by);
		const test = select(examples, fold.test);
		const made = await makeModel(recipe, { training, validation, test }, { run: runModel });
		fold.test.forEach((row, i) => {
			scores.set(made.scores.subarray(i * classes, (i + 1) * classes), row * classes);
		});
		right += made.floatAccuracy * test.labels.length;
	}
	const evaluation = assess({ ...examples, scores });
	const { low, high } = evaluation.bootstrap.accuracy;
	return {
		accuracy: evaluation.accuracy,
		balancedAccuracy: evaluation.balancedAccuracy,
		interval: [low, high] as const,
		floatAccuracy: right / examples.labels.length,
	};
}

/** A sixth to validate on. */
function divideRest(rest: Examples, by: "class" | "group"): { training: Examples; validation: Examples } {
	const { training, validation } = splitExamples(rest, {
		by,
		seed: 1,
		shares: { training: 5, validation: 1, test: 0 },
	});
	return { training, validation };
}
