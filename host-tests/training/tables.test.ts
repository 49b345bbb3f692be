/** The paper's tables: what is kept of them, and that it can be made again. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { buildEngine } from "../../tools/cli/engine";
import { openData, openRecipe } from "../../tools/cli/recipes";
import { experiments } from "../../tools/tables/recorded";
import { type Measured, mathematics, notBetter, renderTables } from "../../tools/tables/render";
import { folder, makeRow, measureRow, type PaperTable, type Row } from "../../tools/tables/row";
import { accuracyOf, countConfusion, foundClasses } from "../../tools/training/evaluation/metrics";
import { type Examples, type Split, select } from "../../tools/training/examples";
import { trainRecipe } from "../../tools/training/pipeline";
import { createRandom, shuffle } from "../../tools/training/random";
import type { TrainedModel } from "../../tools/training/trainer";
import { compilers, isInstalled, version } from "../bench/engine/build";
import { hasProgram, isAsRecorded } from "../optional";

const read = (path: string) => readFileSync(path, "utf8");
const tables: readonly PaperTable[] = JSON.parse(read(`${folder}/tables.json`)).tables;
const measured: Measured = JSON.parse(read(`${folder}/measured.json`));
const recipes = tables.flatMap(({ rows }) => rows.map(({ recipe }) => recipe));

beforeAll(buildEngine);

describe("the tables that are kept", () => {
	it("hold all 22 rows and the three experiments", () => {
		expect(recipes).toHaveLength(22);
		expect(Object.keys(measured.rows).sort()).toEqual([...recipes].sort());
		expect(Object.keys(measured.recorded).sort()).toEqual(experiments.map(({ recipe }) => recipe).sort());
	});

	it("are those of the README", () => {
		const readme = read(fileURLToPath(new URL("../../models/README.md", import.meta.url)));
		const [, shown] = /<!-- tables -->\n([\s\S]*)<!-- end of tables -->/.exec(readme)!;
		// A formatter widens the columns.
		const plain = (text: string) =>
			text
				.replace(/[ \t]+/g, " ")
				.replace(/:?-{3,}:?/g, "---")
				.trim();
		expect(plain(shown!)).toBe(plain(renderTables(tables, experiments, measured)));
	});

	it.each(recipes)("%s: int8 loses at most half a point", (recipe) => {
		const { accuracy, floatAccuracy } = measured.rows[recipe]!;
		expect(accuracy).toBeGreaterThanOrEqual(floatAccuracy - 0.005);
	});

	it("tell a cell that is as good as the paper's from one that is better", () => {
		const row: Row = { ...measured.rows[recipes[0]!]!, arena: 900, state: 100, cycles: 240_000, accuracy: 0.5 };
		const [paper] = tables[0]!.rows;
		expect(notBetter(row, { ...paper!.paper, ram: 1, milliseconds: 1, accuracy: 50 })).toEqual([
			"ram",
			"milliseconds",
			"accuracy",
		]);
		expect(notBetter(row, { ...paper!.paper, ram: 1.001, milliseconds: 1.001, accuracy: 49.99 })).toEqual([]);
	});
});

describe.each(["gesture-6-3", "mnist-decision-tree", "mnist-logistic-regression"])("%s made anew", (recipe) => {
	const kept = measured.rows[recipe]!;
	let made: Awaited<ReturnType<typeof makeRow>>;
	beforeAll(async () => {
		made = await makeRow(recipe);
	});

	it("is as accurate as it was", () => {
		expect(made.evaluation.rows).toBe(kept.rows);
		// Where an exponential has another last bit, training takes another way.
		expect(Math.abs(made.evaluation.accuracy - kept.accuracy)).toBeLessThan(
			mathematics === measured.mathematics ? 1e-9 : 0.01,
		);
	});

	const xtensa = compilers.esp32;
	const here = hasProgram(isInstalled(xtensa), "what models take on Xtensa", xtensa.advice)
		? version(xtensa)
		: "no Xtensa";
	const isSame = isAsRecorded(mathematics, measured.mathematics, `the bytes of ${recipe}`);
	const isCounted = isSame && isAsRecorded(here, measured.compiler, `the instructions of ${recipe}`);

	it.skipIf(!isCounted)("has the same bytes, sizes and instructions", async () => {
		expect(await measureRow(made)).toEqual(kept);
	});
});

/** Rows of each class alternately, so that few of them hold all classes. */
function some(examples: Examples, count: number): Examples {
	const members = examples.classes.map((_, label) =>
		Array.from(examples.labels.keys()).filter((row) => examples.labels[row] === label),
	);
	const order = Array.from({ length: count }, (_, i) => members[i % members.length]![Math.floor(i / members.length)]!);
	return select(examples, order);
}

function shuffled(examples: Examples, seed: number): Examples {
	const order = Uint32Array.from(examples.labels.keys());
	shuffle(order, createRandom(seed));
	return { ...examples, labels: Uint8Array.from(order, (row) => examples.labels[row]!) };
}

function accuracy(model: TrainedModel, examples: Examples): number {
	const { labels, classes } = examples;
	const found = foundClasses(model.scores(examples), classes.length);
	return accuracyOf(countConfusion(labels, found, classes.length), classes.length);
}

/** Options with which a kind learns by heart what it can. */
const byHeart: Readonly<Record<string, object>> = {
	dense: { training: { epochs: 50, batch: 16, learningRate: 0.01, decay: 0, patience: 50, restarts: 2 } },
	"decision-tree": { pruning: 0 },
	"random-forest": { pruning: 0, trees: 60 },
	"logistic-regression": { c: 1e4 },
	"support-vector-machine": { c: 1e4, vectors: 0 },
};

describe.each(["gesture", "mnist"])("each row's recipe on 200 rows of %s", (data) => {
	let split: Split;
	beforeAll(async () => {
		const opened = await openRecipe(`${folder}/${data}-decision-tree.json`);
		const { training, validation, test } = await openData(opened, () => {});
		split = { training: some(training, 200), validation: some(validation, 200), test: some(test, 1000) };
	});
	const own = recipes.filter((recipe) => recipe.startsWith(data));

	it.each(own)("%s: shuffled labels are found at chance, true ones are not", async (name) => {
		const { recipe } = await openRecipe(`${folder}/${name}.json`);
		const chance = 1 / split.test.classes.length;
		const { training, validation, test } = split;
		const learn = async (sets: Pick<Split, "training" | "validation">) =>
			(await trainRecipe({ ...recipe, augment: undefined }, sets, {})).trained;
		expect(accuracy(await learn(split), test)).toBeGreaterThan(chance + 0.3);
		const none = await learn({ training: shuffled(training, 1), validation: shuffled(validation, 2) });
		// Four standard deviations.
		const deviation = Math.sqrt((chance * (1 - chance)) / test.labels.length);
		expect(Math.abs(accuracy(none, shuffled(test, 3)) - chance)).toBeLessThan(4 * deviation);
	});

	it.each(own.filter((name) => !name.endsWith("naive-bayes")))(
		"%s: what it has learnt it knows by heart",
		async (name) => {
			const file = `${folder}/${name}.json`;
			const { kind } = (await openRecipe(file)).recipe.method;
			const { recipe } = await openRecipe(file, { model: byHeart[kind]! });
			const { training } = split;
			const { trained } = await trainRecipe({ ...recipe, augment: undefined }, { training, validation: training }, {});
			expect(accuracy(trained, training)).toBe(1);
		},
	);
});
