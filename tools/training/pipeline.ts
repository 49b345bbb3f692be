/** The way from a recipe and its data to a model file: split, check, train, quantise, measure, finish. */

import { type Card, createCard } from "./card";
import { augment } from "./data/augment";
import { checkLeakage } from "./data/leakage";
import { SplitError, splitExamples } from "./data/split";
import { compact, type Evaluation, evaluate } from "./evaluation/evaluation";
import { accuracyOf, countConfusion, foundClasses } from "./evaluation/metrics";
import { type Examples, rowLength, rowOf, type Split } from "./examples";
import { type Golden, pickGoldens } from "./goldens";
import { bareModel, finishedModel } from "./model-file";
import { createRandom } from "./random";
import type { Recipe } from "./recipe";
import type { Graph } from "./tflite/schema";
import type { Progress, TrainedModel } from "./trainer";

export interface Surroundings {
	/** Runs a model file on rows of its raw input, one after another, and gives the rows of its raw output: the engine. */
	run(model: Uint8Array, inputs: Uint8Array): Promise<Uint8Array>;
	onProgress?(progress: Progress): void | Promise<void>;
	stopped?(): boolean;
}

/** A model and all that was learnt about it. */
export interface Made {
	/** As it is deployed. */
	readonly file: Uint8Array;
	readonly card: Card;
	readonly graph: Graph;
	readonly trained: TrainedModel;
	readonly split: Split;
	/** Of the engine on the test set, with its scores. */
	readonly evaluation: Evaluation;
	readonly scores: Float32Array;
	/** Before quantisation. */
	readonly floatScores: Float32Array;
	readonly floatAccuracy: number;
	readonly progress: readonly Progress[];
}

const goldenRows = 8;

/** The seed of generated data: the recipe's first draw. */
export function dataSeed(recipe: Recipe): number {
	return Math.floor(createRandom(recipe.seed)() * 0x100000000);
}

/** Divides what was loaded as the recipe says. Throws `SplitError`, and `LeakageError` when sets share what they must not. */
export function divide(recipe: Recipe, loaded: { split?: Split; examples?: Examples }): Split {
	const split = loaded.split ?? splitExamples(loaded.examples!, recipe.split!);
	checkLearnable(split);
	checkLeakage(split);
	return split;
}

/** Throws `SplitError` where nothing could be learnt, chosen or measured. */
function checkLearnable(split: Split): void {
	const { classes, labels } = split.training;
	if (classes.length < 2)
		throw new SplitError(`"${classes[0]}" is the only class: a model tells two or more from each other`);
	for (const [set, examples] of Object.entries(split))
		if (examples.labels.length === 0)
			throw new SplitError(`the ${set} set is empty: give it a share above 0, or more that it can be cut from`);
	const missing = classes.find((_, label) => !labels.includes(label));
	if (missing !== undefined)
		throw new SplitError(
			`no row to train on is of the class ${missing}: take more recordings, or another seed of the split`,
		);
}

/** Trains as the recipe says; never sees the test set. The same recipe and data give the same model. */
export async function trainRecipe(
	recipe: Recipe,
	{ training, validation }: Pick<Split, "training" | "validation">,
	{ onProgress, stopped }: Pick<Surroundings, "onProgress" | "stopped">,
): Promise<{ trained: TrainedModel; progress: readonly Progress[] }> {
	const random = createRandom(recipe.seed);
	// The first draw was the data's.
	random();
	const progress: Progress[] = [];
	const trained = await recipe.method.train({
		training: recipe.augment ? augment(training, { ...recipe.augment, random }) : training,
		validation,
		random,
		async onProgress(step) {
			progress.push(step);
			await onProgress?.(step);
		},
		...(stopped && { stopped }),
	});
	return { trained, progress };
}

/** The same recipe and data give the same bytes. */
export async function makeModel(recipe: Recipe, split: Split, surroundings: Surroundings): Promise<Made> {
	const { run } = surroundings;
	const { trained, progress } = await trainRecipe(recipe, split, surroundings);
	const { test } = split;
	const graph = trained.graph("int8");
	const bare = bareModel(graph, `${recipe.name} ${recipe.version}`);
	const { evaluation, scores } = await evaluate(test, (inputs) => run(bare, inputs));
	const floatScores = trained.scores(test);
	const classes = test.classes.length;
	const floatAccuracy = accuracyOf(countConfusion(test.labels, foundClasses(floatScores, classes), classes), classes);
	const picked = pickGoldens(test.labels, scores, classes, goldenRows);
	const goldens = await recordGoldens(test, picked, (inputs) => run(bare, inputs));
	const metrics = { ...compact(evaluation), floatAccuracy: Math.round(floatAccuracy * 10000) / 10000 };
	const card = createCard(recipe, { input: test.input, classes: test.classes, metrics });
	const file = finishedModel(graph, { card, goldens });
	return { file, card, graph, trained, split, evaluation, scores, floatScores, floatAccuracy, progress };
}

/** The engine's outputs for some rows. */
export async function recordGoldens(
	examples: Examples,
	rows: readonly number[],
	run: (inputs: Uint8Array) => Promise<Uint8Array>,
): Promise<Golden[]> {
	const inputs = rows.map((row) => {
		const { buffer, byteOffset, byteLength } = rowOf(examples, row);
		return new Uint8Array(buffer, byteOffset, byteLength);
	});
	const length = rowLength(examples.input) * examples.rows.BYTES_PER_ELEMENT;
	const all = new Uint8Array(inputs.length * length);
	inputs.forEach((input, i) => {
		all.set(input, i * length);
	});
	const outputs = await run(all);
	const width = outputs.length / inputs.length;
	return inputs.map((input, i) => ({ input, output: outputs.slice(i * width, (i + 1) * width) }));
}
