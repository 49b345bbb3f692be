import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeText } from "common/text";
import { beforeAll, describe, expect, it } from "vitest";
import { buildEngine, runModel } from "../../../tools/cli/engine";
import { type Card, cardEntry, longestCard } from "../../../tools/training/card";
import { SourceError } from "../../../tools/training/data/fields";
import { generate } from "../../../tools/training/data/generated";
import { SplitError } from "../../../tools/training/data/split";
import { type Split, select } from "../../../tools/training/examples";
import { goldenEntry, pickGoldens } from "../../../tools/training/goldens";
import { CardLengthError } from "../../../tools/training/model-file";
import { dataSeed, divide, makeModel } from "../../../tools/training/pipeline";
import { createRandom } from "../../../tools/training/random";
import { readRecipe } from "../../../tools/training/recipe";
import { readModel } from "../../../tools/training/tflite/reader";

const models = fileURLToPath(new URL("../../../models/", import.meta.url));
const tools = fileURLToPath(new URL("../../../tools/training/", import.meta.url));
const stored = JSON.parse(readFileSync(`${models}gesture.json`, "utf8"));

/** The shipped recipe with less of everything. */
function small(change: { seed?: number; devices?: number; epochs?: number; statement?: string } = {}) {
	const { seed = stored.seed, devices = 5, epochs = 2, statement = stored.statement } = change;
	return readRecipe({
		...stored,
		seed,
		statement,
		data: { ...stored.data, devices: { training: devices, validation: 2, test: 2 } },
		model: { ...stored.model, training: { ...stored.model.training, epochs } },
	});
}

function splitOf(recipe: ReturnType<typeof readRecipe>): Split {
	if (recipe.data.kind !== "generated") throw new Error("the recipe generates its data");
	return divide(recipe, { split: generate({ ...recipe.data, seed: dataSeed(recipe) }) });
}

const make = (recipe: ReturnType<typeof readRecipe>) => makeModel(recipe, splitOf(recipe), { run: runModel });

beforeAll(buildEngine);

describe("pipeline", () => {
	it("gives the same bytes for the same seed and others for another", async () => {
		const [one, again, other] = [await make(small()), await make(small()), await make(small({ seed: 1 }))];
		expect(Buffer.compare(one.file, again.file)).toBe(0);
		expect(Buffer.compare(one.file, other.file)).not.toBe(0);
	});

	it("writes what it measured on the engine into the card, with golden rows that the engine gives", async () => {
		const made = await make(small({ devices: 12, epochs: 8 }));
		const model = readModel(made.file);
		const entry = (name: string) => model.metadata.find((one) => one.name === name)!.data;
		const card: Card = JSON.parse(decodeText(entry(cardEntry)));
		expect(card).toEqual(made.card);
		const { labels } = made.split.test;
		const found = labels.filter((label, i) => {
			const row = made.scores.subarray(3 * i, 3 * i + 3);
			return row.indexOf(Math.max(...row)) === label;
		});
		expect(card.metrics.accuracy).toBeCloseTo(found.length / labels.length, 4);
		expect(card.metrics.accuracy).toBeGreaterThan(0.9);
		const goldens = entry(goldenEntry);
		const length = 2 * 714 + 4 * 3;
		const count = new DataView(goldens.buffer, goldens.byteOffset).getUint32(0, true);
		expect(goldens.length).toBe(4 + count * length);
		for (let i = 0; i < count; i++) {
			const row = goldens.slice(4 + i * length, 4 + (i + 1) * length);
			expect(await runModel(made.file, row.slice(0, 1428))).toEqual(row.slice(1428));
		}
	});

	it("ends when it is told, with the best model so far", async () => {
		const recipe = small({ epochs: 50 });
		let steps = 0;
		const made = await makeModel(recipe, splitOf(recipe), {
			run: runModel,
			onProgress: () => void steps++,
			stopped: () => steps >= 3,
		});
		expect(steps).toBe(3);
		expect(made.evaluation.accuracy).toBeGreaterThan(made.evaluation.baseline);
	});

	it("scores at chance when the labels are shuffled", async () => {
		const recipe = small({ devices: 12, epochs: 10 });
		const split = splitOf(recipe);
		const random = createRandom(4);
		const shuffled = Object.fromEntries(
			Object.entries(split).map(([name, examples]) => {
				const labels = examples.labels.slice();
				for (let i = labels.length - 1; i > 0; i--) {
					const j = Math.floor(random() * (i + 1));
					[labels[i], labels[j]] = [labels[j]!, labels[i]!];
				}
				return [name, { ...examples, labels }];
			}),
		) as unknown as Split;
		const { evaluation } = await makeModel(recipe, shuffled, { run: runModel });
		const { baseline, rows, accuracy } = evaluation;
		// Three standard deviations above what always saying the commonest label would score.
		expect(accuracy).toBeLessThan(baseline + 3 * Math.sqrt((baseline * (1 - baseline)) / rows));
	});

	it("refuses a card that no gateway would take", async () => {
		await expect(make(small({ statement: "x".repeat(longestCard) }))).rejects.toThrow(CardLengthError);
	});
});

describe("a split that nothing can be learnt from", () => {
	const whole = splitOf(small());
	const { training, validation, test } = whole;
	const nothing = select(training, []);
	const left = select(
		training,
		[...training.labels.keys()].filter((row) => training.labels[row] === 0),
	);
	const alone = { ...left, classes: ["left"] };

	it.each([
		["without rows to train on", { ...whole, training: nothing }, /training set is empty/],
		["without rows to choose by", { ...whole, validation: nothing }, /validation set is empty/],
		["without rows to measure on", { ...whole, test: nothing }, /test set is empty/],
		["without a class", { training: left, validation, test }, /class right/],
		["of one class", { training: alone, validation: alone, test: alone }, /only class/],
	])("is refused: %s", (_what, split, reason) => {
		const refused = () => divide(small(), { split });
		expect(refused).toThrow(SplitError);
		expect(refused).toThrow(reason);
	});
});

describe("documentation", () => {
	/** The `json` blocks of a README that are whole recipes. */
	const recipes = [...readFileSync(`${tools}README.md`, "utf8").matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
		([, text]) => JSON.parse(text!) as { name: string },
	);

	it("shows recipes that are recipes", () => {
		expect(recipes.length).toBeGreaterThan(0);
		for (const recipe of recipes) expect(readRecipe(recipe).name).toBe(recipe.name);
	});

	it("names each field that a recipe takes, and each kind of model", () => {
		const text = readFileSync(`${tools}README.md`, "utf8");
		const fields = [...readFileSync(`${tools}recipe.ts`, "utf8").matchAll(/fields, "(\w+)"|fields\.\w+\("(\w+)"/g)];
		expect(fields.length).toBeGreaterThan(7);
		for (const [, one, other] of fields) expect(text).toContain((one ?? other)!);
		for (const [, kind] of readFileSync(`${tools}method.ts`, "utf8").matchAll(
			/^\t"?([a-z-]+)"?: (?:classical\(|readNetwork,)/gm,
		))
			expect(text).toContain(`\`${kind}\``);
	});
});

describe("recipe", () => {
	it.each([
		["name", { name: "a b" }],
		["version", { version: "" }],
		["seed", { seed: -1 }],
		["seed", { seed: 1.5 }],
		["statement", { statement: 5 }],
		["split", { split: { by: "class" } }],
		["colour", { colour: "red" }],
		["data.kind", { data: { kind: "dreamt" } }],
		["model.kind", { model: { kind: "oracle" } }],
		["model.training.epochs", { model: { ...stored.model, training: { ...stored.model.training, epochs: 0 } } }],
	])("is refused for its %s: %j", (field, change) => {
		const read = () => readRecipe({ ...stored, ...change });
		expect(read).toThrow(SourceError);
		expect(read).toThrow(field);
	});

	it("of recordings says how they are divided", () => {
		const data = {
			kind: "arduino",
			path: "strokes",
			label: "left",
			rate: 119,
			windows: { window: 119, cut: { kind: "recorded" } },
		};
		expect(() => readRecipe({ ...stored, data })).toThrow(SourceError);
		const split = { by: "group", shares: { training: 3, validation: 1, test: 1 }, seed: 1 };
		expect(readRecipe({ ...stored, data, split }).split).toEqual(split);
	});
});

describe("golden rows", () => {
	it("are of each class in turn those of which the model is least sure", () => {
		const labels = Uint8Array.of(0, 0, 1, 1, 2, 2);
		const scores = Float32Array.of(0.9, 0.1, 0, 0.6, 0.4, 0, 0, 1, 0, 0.2, 0.8, 0, 0, 0.3, 0.7, 0, 0.5, 0.5);
		expect(pickGoldens(labels, scores, 3, 4)).toEqual([1, 3, 5, 0]);
		expect(pickGoldens(labels, scores, 3, 10)).toHaveLength(6);
	});

	it("are taken from the classes that there are", () => {
		expect(pickGoldens(Uint8Array.of(2, 2), Float32Array.of(0, 0, 1, 0, 0.4, 0.6), 3, 2)).toEqual([1, 0]);
	});
});

describe("models/gesture.tflite", () => {
	const bytes = new Uint8Array(readFileSync(`${models}gesture.tflite`));
	const model = readModel(bytes);
	const card: Card = JSON.parse(decodeText(model.metadata.find(({ name }) => name === cardEntry)!.data));

	it("is what the recipe gives, byte for byte", { timeout: 180_000 }, async () => {
		const { file } = await make(readRecipe(stored));
		expect(Buffer.compare(file, bytes)).toBe(0);
	});

	it("has a card that says what it is and was measured on devices that were not trained on", () => {
		expect(card).toMatchObject({
			name: "gesture",
			version: stored.version,
			labels: ["left", "right", "other"],
			seed: stored.seed,
			input: { window: 119, rate: 119, accelerometer: 4, gyroscope: 2000 },
			data: expect.stringMatching(/^Generated, not recorded/),
		});
		expect(card.metrics.groups).toBe(stored.data.devices.test);
		expect(card.metrics.accuracy).toBeGreaterThanOrEqual(0.97);
	});

	it("has the card's figures told in models/README.md", () => {
		const text = readFileSync(`${models}README.md`, "utf8");
		const { accuracy, floatAccuracy, rows, confusion } = card.metrics;
		expect(text).toContain(`${(100 * accuracy).toFixed(2)} % of ${rows.toLocaleString("en")} held-out windows`);
		expect(text).toContain(`${(100 * floatAccuracy).toFixed(2)} % before quantisation`);
		for (const [i, row] of confusion!.entries())
			expect(text).toMatch(new RegExp(`${card.labels[i]} +${row.join(" +")}`));
		expect(text).toContain(`${bytes.length.toLocaleString("en")} bytes`);
	});

	it("takes raw counts and gives probabilities", () => {
		const [{ tensors, operators, inputs, outputs }] = model.subgraphs as [(typeof model.subgraphs)[number]];
		expect(tensors[inputs[0]!]).toMatchObject({ shape: [1, 119, 6], quantization: { scales: [1 / 32768] } });
		expect(tensors[outputs[0]!]!.shape).toEqual([1, 3]);
		expect(operators).toHaveLength(6);
	});
});
