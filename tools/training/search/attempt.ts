/** One try of a search: a model trained, quantised and measured on the engine, on the validation rows alone. */

import { scoresOf } from "../evaluation/evaluation";
import { accuracyOf, countConfusion, foundClasses } from "../evaluation/metrics";
import type { Split } from "../examples";
import type { Microcontroller } from "../fit/catalogue";
import type { ModelFacts } from "../fit/facts";
import { estimateSeconds, flashNeeded, ramNeeded } from "../fit/fit";
import { packGoldens } from "../goldens";
import { bareModel } from "../model-file";
import { recordGoldens, trainRecipe } from "../pipeline";
import type { Recipe } from "../recipe";
import type { Attempt } from "./search";

export interface AttemptSurroundings {
	/** The engine: as in `pipeline.ts`. */
	run(model: Uint8Array, inputs: Uint8Array): Promise<Uint8Array>;
	/** What a model takes. `goldens`: rows with the engine's outputs, to count instructions on. */
	measure(model: Uint8Array, goldens: Uint8Array): Promise<ModelFacts>;
	onProgress?(): Promise<void>;
	stopped?(): boolean;
}

/** Rows to count instructions on: they hardly differ from row to row. */
const countedRows = 4;

/** Gives undefined when it was stopped before the training's end, since half a training says nothing. */
export async function attempt(
	recipe: Recipe,
	{ training, validation }: Pick<Split, "training" | "validation">,
	microcontroller: Microcontroller,
	surroundings: AttemptSurroundings,
): Promise<Attempt | undefined> {
	const { run, measure, stopped } = surroundings;
	const { trained } = await trainRecipe(recipe, { training, validation }, surroundings);
	if (stopped?.()) return undefined;
	const model = bareModel(trained.graph("int8"), recipe.name);
	const classes = validation.classes.length;
	const scores = await scoresOf(validation, (inputs) => run(model, inputs));
	const accuracy = accuracyOf(countConfusion(validation.labels, foundClasses(scores, classes), classes), classes);
	const picked = Array.from({ length: Math.min(countedRows, validation.labels.length) }, (_, row) => row);
	const goldens = await recordGoldens(validation, picked, (inputs) => run(model, inputs));
	const facts = await measure(model, packGoldens(goldens));
	const seconds = estimateSeconds(facts, microcontroller);
	return {
		accuracy,
		rows: validation.labels.length,
		ram: ramNeeded(facts),
		flash: flashNeeded(facts),
		...(seconds !== undefined && { seconds }),
	};
}
