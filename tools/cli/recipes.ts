/** Recipes as files, and the data that they name. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { root } from "../simulator/paths";
import { ClassicalOptionError } from "../training/classical/options";
import { TrainingSetError } from "../training/classical/task";
import { TreeSizeError } from "../training/classical/trees-operator";
import { AugmentError } from "../training/data/augment";
import { SourceError } from "../training/data/fields";
import { LeakageError } from "../training/data/leakage";
import { LoadError } from "../training/data/loader";
import { SplitError } from "../training/data/split";
import { WindowError } from "../training/data/windows";
import type { Split } from "../training/examples";
import { CardLengthError } from "../training/model-file";
import { dataSeed, divide } from "../training/pipeline";
import { type Recipe, readRecipe } from "../training/recipe";
import { InputError } from "./command-line";
import { loadExamples, loadedText, PathError } from "./data";

/** What a recipe says, or its data, makes no model; the message says what would. */
export class RecipeError extends InputError {
	override readonly name = "RecipeError";
}

const told = [
	AugmentError,
	CardLengthError,
	ClassicalOptionError,
	TrainingSetError,
	TreeSizeError,
	LeakageError,
	LoadError,
	PathError,
	SourceError,
	SplitError,
	WindowError,
];

/** Runs `work`; what a recipe or its data make impossible becomes a `RecipeError` that names the recipe. */
export async function explained<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		if (told.some((kind) => error instanceof kind)) throw new RecipeError(`${file}: ${(error as Error).message}`);
		throw error;
	}
}

export interface Given {
	/** In place of the recipe's own. */
	readonly seed?: number | undefined;
	readonly path?: string | undefined;
	/** Options of the model. */
	readonly model?: object;
}

export interface RecipeFile {
	readonly recipe: Recipe;
	readonly file: string;
	/** Where its relative paths begin. */
	readonly folder: string;
}

/** `name`: a file, or the name of a recipe of models/. Throws `RecipeError`. */
export async function openRecipe(name: string, given: Given = {}): Promise<RecipeFile> {
	const places = [resolve(name), resolve(root, "models", `${name}.json`)];
	const file = places.find((place) => place.endsWith(".json") && existsSync(place));
	if (file === undefined) throw new RecipeError(`there is no recipe ${name}: neither ${places[0]} nor ${places[1]}`);
	const json = await readJSON(file);
	const { seed, path, model } = given;
	const changed = {
		...json,
		...(seed !== undefined && { seed }),
		...(path !== undefined && { data: { ...json.data, path: resolve(path) } }),
		...(model && { model: { ...json.model, ...model } }),
	};
	return { recipe: await explained(file, async () => readRecipe(changed)), file, folder: dirname(file) };
}

/** A file's JSON object. Throws `RecipeError`. */
export async function readJSON(file: string): Promise<{ [name: string]: object }> {
	const text = await readFile(file, "utf8");
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		throw new RecipeError(`${file}: ${(error as Error).message}`);
	}
	if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as { [name: string]: object };
	throw new RecipeError(`${file}: it is no JSON object`);
}

/** Reads and divides a recipe's data; tells a line at a time what came in. Throws `RecipeError`. */
export async function openData({ recipe, file, folder }: RecipeFile, tell: (line: string) => void): Promise<Split> {
	return await explained(file, async () => {
		const loaded = await loadExamples(recipe.data, { folder, seed: dataSeed(recipe) });
		if (loaded.report) tell(loadedText(loaded.report));
		return divide(recipe, loaded);
	});
}
