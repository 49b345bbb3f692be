/** `npm run search`: looks for a recipe in a space of them that suits a microcontroller. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { root } from "../simulator/paths";
import { duration, percent } from "../training/evaluation/format";
import type { Split } from "../training/examples";
import { microcontroller, microcontrollers } from "../training/fit/catalogue";
import type { ModelFacts } from "../training/fit/facts";
import { createRandom } from "../training/random";
import { readRecipe } from "../training/recipe";
import { attempt } from "../training/search/attempt";
import { plotSearch } from "../training/search/plot";
import {
	AttemptError,
	type Candidate,
	type Failure,
	type Limits,
	type SearchResult,
	search,
} from "../training/search/search";
import { countPoints, type Json } from "../training/search/space";
import { choicesText, resultTable } from "../training/search/table";
import { greatestSeed, prepareOutput, runCommand, UsageError, wholeNumber } from "./command-line";
import { buildEngine, runModel } from "./engine";
import { gatherFacts, UnfitError } from "./facts";
import { Interrupt } from "./interrupt";
import { explained, openData, RecipeError, readJSON } from "./recipes";

const ids = microcontrollers.map(({ id }) => id).join(", ");

const usage = `usage: npm run search -- SPACE.json --target ID [options]
  SPACE.json        a recipe in which values may be {"choose": [...]} or {"between": [low, high]}
  --target ID       whose RAM and flash are the limits: ${ids}
  --ram BYTES       tighter limits than the target's own: what the rest of the application leaves
  --flash BYTES
  --milliseconds N  of one inference
  --budget N        recipes to try (30)
  --seed N          another draw of them (1)
  --out FOLDER      where the chosen recipe, all candidates and the picture go (build/search/NAME)
  --help            prints this
Ctrl-C ends the search and keeps what there is.`;

/** A day of the smallest networks. */
const mostCandidates = 100_000;

interface Options {
	readonly file: string;
	readonly target: string;
	readonly limits: Limits;
	readonly budget: number;
	readonly seed: number;
	readonly out: string | undefined;
}

async function searchSpace(options: Options): Promise<void> {
	const { file, target, limits, budget, seed } = options;
	const space = await readSpace(file);
	const board = microcontroller(target);
	const folder = resolve(options.out ?? join(root, "build/search", basename(file, ".json")));
	await prepareOutput(join(folder, "candidates.json"));
	await buildEngine();

	const interrupt = new Interrupt("Ending with what there is");
	const datas = new Map<string, Split>();
	const result = await search({
		space,
		budget,
		limits,
		random: createRandom(seed),
		attempt: (json) => tried(json),
		onCandidate: (candidate) => console.log(candidateText(candidate, budget)),
		stopped: () => interrupt.interrupted,
	});
	interrupt.close();
	if (result.candidates.length === 0) throw new RecipeError("no model was made: there is nothing to choose from");
	await save(result, options, folder);

	/** What makes a recipe impossible is that candidate's failure, and not the search's end. */
	async function tried(json: Json) {
		try {
			const recipe = await explained(file, async () => readRecipe(json));
			const { data, split, seed } = json as { data: Json; split?: Json; seed: Json };
			const key = JSON.stringify([data, split, data && seed]);
			let sets = datas.get(key);
			if (!sets) {
				sets = await openData({ recipe, file, folder: dirname(file) }, () => {});
				datas.set(key, sets);
			}
			const surroundings = {
				run: (model: Uint8Array, inputs: Uint8Array) => interrupt.undisturbed(() => runModel(model, inputs)),
				measure: (model: Uint8Array, goldens: Uint8Array) => interrupt.undisturbed(() => measure(model, goldens)),
				onProgress: () => interrupt.listen(),
				stopped: () => interrupt.interrupted,
			};
			return await explained(file, () => attempt(recipe, sets!, board, surroundings));
		} catch (error) {
			if (error instanceof RecipeError || error instanceof UnfitError) throw new AttemptError(error.message);
			throw error;
		}
	}
}

/** What a model needs that is no file yet. */
async function measure(model: Uint8Array, goldens: Uint8Array): Promise<ModelFacts> {
	const directory = await mkdtemp(join(tmpdir(), "tmlaas-search-"));
	try {
		const file = join(directory, "model.tflite");
		await writeFile(file, model);
		return await gatherFacts(file, goldens);
	} finally {
		await rm(directory, { recursive: true });
	}
}

async function readSpace(file: string): Promise<Json> {
	const space = (await readJSON(file)) as Json;
	const points = await explained(file, async () => countPoints(space));
	console.log(`${basename(file)}: ${points === Number.POSITIVE_INFINITY ? "endlessly many" : points} recipes`);
	return space;
}

function candidateText(candidate: Candidate | Failure, budget: number): string {
	const head = `${String(candidate.number).padStart(String(budget).length)}/${budget} `;
	if ("reason" in candidate) return `${head} fails: ${candidate.reason}  (${choicesText(candidate.choices)})`;
	const { accuracy, over, choices, seconds } = candidate;
	const time = seconds === undefined ? "" : `, ${duration(seconds)}`;
	const limit = over.length > 0 ? `  beyond ${over.join(", ")}` : "";
	return `${head} ${percent(accuracy, 2)}${time}${limit}  ${choicesText(choices)}`;
}

async function save(result: SearchResult, { file, target, limits }: Options, folder: string): Promise<void> {
	const name = basename(file, ".json");
	const places = {
		candidates: join(folder, "candidates.json"),
		picture: join(folder, "search.svg"),
		recipe: join(folder, `${name}.json`),
	};
	const title = `${name} for ${microcontroller(target).name}`;
	await writeFile(places.candidates, `${JSON.stringify({ target, limits, ...result }, undefined, "\t")}\n`);
	await writeFile(places.picture, plotSearch(result, limits, title));
	console.log(`\n${resultTable(result).join("\n")}\n\n★ chosen  ● not beaten in everything  ✗ beyond the limits`);
	const best = result.candidates.find(({ number }) => number === result.chosen);
	if (!best) console.log("None is within the limits.");
	else {
		await writeFile(places.recipe, `${JSON.stringify(moved(best.recipe, dirname(file), folder), undefined, "\t")}\n`);
		console.log(`${places.recipe}\nNext: npm run train -- ${relative(process.cwd(), places.recipe)}`);
	}
	console.log(`${places.picture}\n${places.candidates}`);
}

/** The recipe as it reads from another folder: a relative path of its data begins there. */
function moved(recipe: Json, from: string, to: string): Json {
	const { data, ...rest } = recipe as { data?: { path?: string } };
	if (data?.path === undefined) return recipe;
	return { ...rest, data: { ...data, path: relative(to, resolve(from, data.path)) } };
}

await runCommand({
	usage,
	options: {
		target: { type: "string" },
		ram: { type: "string" },
		flash: { type: "string" },
		milliseconds: { type: "string" },
		budget: { type: "string", default: "30" },
		seed: { type: "string", default: "1" },
		out: { type: "string" },
	},
	words: 1,
	async run(values, [file]) {
		if (file === undefined) throw new UsageError("a space is to be named, as in models/search/wand.json");
		const { target, out } = values;
		const board = microcontrollers.find(({ id }) => id === target);
		if (target === undefined || !board)
			throw new UsageError(
				target === undefined ? "--target is needed" : `there is no target ${target}; there are ${ids}`,
			);
		const bytes = (name: "ram" | "flash", all: number) => {
			const given = values[name];
			return given === undefined ? all : Math.min(all, wholeNumber(name, given, 1, Number.MAX_SAFE_INTEGER));
		};
		await searchSpace({
			file: resolve(file),
			target,
			limits: {
				ram: bytes("ram", board.ram.bytes),
				flash: bytes("flash", board.flash.bytes),
				...(values.milliseconds !== undefined && { seconds: milliseconds(values.milliseconds) / 1000 }),
			},
			budget: wholeNumber("budget", values.budget, 1, mostCandidates),
			seed: wholeNumber("seed", values.seed, 0, greatestSeed),
			out,
		});
		return undefined;
	},
});

function milliseconds(text: string): number {
	const value = text.trim() === "" ? Number.NaN : Number(text);
	if (!(value > 0 && Number.isFinite(value)))
		throw new UsageError(`--milliseconds takes a number above 0, not "${text}"`);
	return value;
}
