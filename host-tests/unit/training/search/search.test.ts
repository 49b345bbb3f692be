import { describe, expect, it } from "vitest";
import { SourceError } from "../../../../tools/training/data/fields";
import type { Examples } from "../../../../tools/training/examples";
import { microcontroller } from "../../../../tools/training/fit/catalogue";
import type { ModelFacts } from "../../../../tools/training/fit/facts";
import { createRandom } from "../../../../tools/training/random";
import type { Recipe } from "../../../../tools/training/recipe";
import { attempt } from "../../../../tools/training/search/attempt";
import { choose, dominates, paretoFront } from "../../../../tools/training/search/front";
import { plotSearch } from "../../../../tools/training/search/plot";
import { AttemptError, type Candidate, search } from "../../../../tools/training/search/search";
import { countPoints, type Json, samplePoint } from "../../../../tools/training/search/space";
import { resultTable } from "../../../../tools/training/search/table";
import { GraphBuilder } from "../../../../tools/training/tflite/builder";

describe("space", () => {
	const space: Json = {
		name: "toy",
		model: {
			choose: [
				{ kind: "tree", depth: { between: [2, 5], whole: true } },
				{ kind: "dense", hidden: { choose: [[20, 10], [6, 3], [{ choose: [1, 2] }]] } },
			],
		},
		list: [1, { choose: ["a", "b"] }],
	};

	it("counts its recipes", () => {
		expect(countPoints(space)).toBe((4 + 4) * 2);
		expect(countPoints({ a: { between: [0, 1] } })).toBe(Number.POSITIVE_INFINITY);
		expect(countPoints({ a: 1, b: [true, null] })).toBe(1);
	});

	it("gives recipes without choices, and says what was chosen", () => {
		const random = createRandom(4);
		const seen = new Set<string>();
		for (let i = 0; i < 300; i++) {
			const { recipe, choices } = samplePoint(space, random);
			expect(countPoints(recipe)).toBe(1);
			expect(JSON.stringify(recipe)).not.toMatch(/choose|between/);
			expect(["tree", "dense"]).toContain(choices.model);
			expect("model.depth" in choices).toBe(choices.model === "tree");
			seen.add(JSON.stringify(recipe));
		}
		expect(seen.size).toBe(16);
	});

	it("draws numbers within their ends, evenly in the logarithm when asked", () => {
		const random = createRandom(5);
		const values = Array.from({ length: 500 }, () => {
			const { choices } = samplePoint({ rate: { between: [0.001, 0.1], scale: "log" } }, random);
			return choices.rate as number;
		});
		expect(Math.min(...values)).toBeGreaterThanOrEqual(0.001);
		expect(Math.max(...values)).toBeLessThanOrEqual(0.1);
		expect(values.filter((value) => value < 0.01).length).toBeGreaterThan(200);
		expect(values.filter((value) => value < 0.01).length).toBeLessThan(300);
		const whole = (scale: string) =>
			new Set(
				Array.from(
					{ length: 400 },
					() => samplePoint({ n: { between: [1, 4], scale, whole: true } }, random).choices.n,
				),
			);
		expect(whole("linear")).toEqual(new Set([1, 2, 3, 4]));
		expect(whole("log")).toEqual(new Set([1, 2, 3, 4]));
	});

	it("names the place of what is no choice", () => {
		const deep = Array.from({ length: 100 }).reduce<Json>((inner) => [inner], 1);
		for (const [json, place] of [
			[{ model: { hidden: { choose: [] } } }, "model.hidden.choose"],
			[{ model: { hidden: { choose: 3 } } }, "model.hidden.choose"],
			[{ model: { hidden: { choose: [1], from: 2 } } }, "model.hidden.from"],
			[{ a: [{ between: [2, 1] }] }, "a[0].between"],
			[{ a: { between: [0, 1], scale: "log" } }, "a.between"],
			[{ a: { between: [1, 2], scale: "cubic" } }, "a.scale"],
			[{ a: { between: [1, 2.5], whole: true } }, "a.between"],
			[{ a: { between: ["1", 2] } }, "a.between"],
			[{ a: deep }, expect.stringContaining("a[0]")],
		] as [Json, string][]) {
			for (const read of [() => countPoints(json), () => samplePoint(json, createRandom(1))]) {
				expect(read).toThrow(SourceError);
				expect(read).toThrow(expect.objectContaining({ field: place }));
			}
		}
	});
});

describe("front", () => {
	const at = (accuracy: number, flash: number, ram = 1, rows = 100) => ({ accuracy, flash, ram, rows });

	it("holds what nothing beats in everything", () => {
		expect(dominates(at(0.9, 10), at(0.9, 10))).toBe(false);
		expect(dominates(at(0.9, 9), at(0.9, 10))).toBe(true);
		expect(dominates(at(0.9, 9, 2), at(0.9, 10, 1))).toBe(false);
		expect(dominates({ ...at(0.9, 9), seconds: 2 }, { ...at(0.9, 9), seconds: 1 })).toBe(false);
		const list = [at(0.9, 10), at(0.95, 20), at(0.94, 21), at(0.8, 10), at(0.8, 5), at(0.7, 30, 0)];
		expect(paretoFront(list)).toEqual([list[0], list[1], list[4], list[5]]);
		expect(paretoFront([])).toEqual([]);
	});

	it("takes the smallest of those that the rows cannot tell from the best", () => {
		// One standard error of 0.96 on 100 rows: 0.0196.
		const list = [at(0.96, 30), at(0.945, 20), at(0.935, 10)];
		expect(choose(list)).toBe(list[1]);
		expect(choose(list.map((one) => ({ ...one, rows: 10_000 })))).toMatchObject({ flash: 30 });
		expect(choose([at(0.95, 20), at(0.96, 20)])).toMatchObject({ accuracy: 0.96 });
		expect(choose([])).toBeUndefined();
	});
});

/** A maker whose figures follow from the width alone. */
async function toy(json: Json) {
	const { width } = json as { width: number };
	if (width === 13) throw new AttemptError("13 brings bad luck");
	return { accuracy: 1 - 1 / width, rows: 1000, ram: 100 * width, flash: 1000 + 10 * width, seconds: width / 1e5 };
}

describe("search", () => {
	const space: Json = { width: { between: [2, 30], whole: true } };
	const limits = { ram: 2000, flash: 1_000_000 };
	const task = { space, budget: 100, limits, attempt: toy };

	it("tries a small space whole, each recipe once, and repeats by its seed", async () => {
		const result = await search({ ...task, random: createRandom(1) });
		const widths = [...result.candidates, ...result.failures].map(({ choices }) => choices.width as number);
		expect(widths.sort((a, b) => a - b)).toEqual(Array.from({ length: 29 }, (_, i) => i + 2));
		expect(result.failures).toEqual([expect.objectContaining({ reason: "13 brings bad luck" })]);
		expect(await search({ ...task, random: createRandom(1) })).toEqual(result);
		expect((await search({ ...task, random: createRandom(2) })).candidates[0]).not.toEqual(result.candidates[0]);
	});

	it("chooses within the limits", async () => {
		const { candidates, chosen, front } = await search({ ...task, random: createRandom(1) });
		const one = (number: number) => candidates.find((candidate) => candidate.number === number)!;
		expect(one(chosen!).ram).toBeLessThanOrEqual(2000);
		// 0.95 ± 0.0069 at a width of 20: 18 is the smallest within.
		expect(one(chosen!).recipe).toEqual({ width: 18 });
		expect(front.map((number) => one(number).ram).every((ram) => ram <= 2000)).toBe(true);
		expect(front).toHaveLength(18);
		expect(candidates.filter(({ over }) => over.includes("ram"))).toHaveLength(10);
	});

	it("finds nothing where nothing fits, and says so", async () => {
		const result = await search({ ...task, limits: { seconds: 1e-9 }, random: createRandom(1) });
		expect(result.chosen).toBeUndefined();
		expect(result.front).toEqual([]);
		expect(plotSearch(result, {}, "none")).toContain("none is within the limits");
		expect(resultTable(result)[1]).toMatch(/^✗/);
	});

	it("keeps what there is when it is stopped", async () => {
		let done = 0;
		const seen: number[] = [];
		const result = await search({
			...task,
			random: createRandom(1),
			attempt: async (json) => (++done > 5 ? undefined : toy(json)),
			onCandidate: ({ number }) => seen.push(number),
		});
		expect(result.candidates.length + result.failures.length).toBe(5);
		expect(seen).toEqual([1, 2, 3, 4, 5]);
		const none = await search({ ...task, random: createRandom(1), stopped: () => true });
		expect(none.candidates).toEqual([]);
	});

	it("passes on errors that are no candidate's", async () => {
		const broken = search({ ...task, random: createRandom(1), attempt: () => Promise.reject(new RangeError("bug")) });
		await expect(broken).rejects.toThrow(RangeError);
	});
});

describe("picture", () => {
	const candidate = (number: number, accuracy: number, flash: number, over: Candidate["over"] = []): Candidate => ({
		...{ number, accuracy, flash, ram: 1000 + number, seconds: flash / 1e7, rows: 100, over },
		...{ recipe: {}, choices: { "model.hidden": [number], seed: 1 } },
	});
	const result = {
		candidates: [
			candidate(1, 0.9, 2000),
			candidate(2, 0.95, 9000),
			candidate(3, 0.94, 70_000),
			candidate(4, 0.99, 90_000, ["flash"]),
		],
		failures: [],
		front: [1, 2],
		chosen: 2,
	};

	it("shows every candidate in each panel, with limits and the front", () => {
		const svg = plotSearch(result, { flash: 80_000, ram: 50_000 }, `a <b> & "c"`);
		expect(svg.match(/<circle/g)).toHaveLength(3 * 3);
		expect(svg.match(/class="chosen"/g)).toHaveLength(3);
		expect(svg.match(/class="over"/g)).toHaveLength(3);
		expect(svg.match(/class="front"/g)).toHaveLength(3);
		expect(svg.match(/class="limit"/g)).toHaveLength(1);
		expect(svg).toContain("limit 78.1 KiB");
		expect(svg).toContain("a &#60;b&#62; &#38; &#34;c&#34;");
		expect(svg).toContain("chosen: 2, hidden [2]");
		expect(svg).not.toMatch(/NaN|undefined|Infinity/);
	});

	it("leaves out a panel for which a candidate has no figure, and draws a single candidate", () => {
		const untimed = result.candidates.map(({ seconds, ...one }) => one);
		expect(plotSearch({ ...result, candidates: untimed }, {}, "x").match(/class="panel"/g)).toHaveLength(2);
		const single = plotSearch({ ...result, candidates: [result.candidates[1]!], front: [2] }, {}, "x");
		expect(single).not.toMatch(/NaN|Infinity/);
	});

	it("has a table beside it", () => {
		const lines = resultTable(result);
		expect(lines).toHaveLength(5);
		expect(lines[1]).toMatch(/^✗ +4 +99\.00 %.*hidden \[4\]$/);
		expect(lines[2]).toMatch(/^★ +2 /);
		expect(lines[4]).toMatch(/^● +1 /);
	});
});

describe("attempt", () => {
	const examples = (rows: number): Examples => ({
		input: { datatype: "INT8", shape: [2], scale: 1, zeroPoint: 0 },
		classes: ["a", "b"],
		rows: new Int8Array(2 * rows),
		labels: new Uint8Array(rows),
		groups: Array(rows).fill(""),
	});
	const split = { training: examples(4), validation: examples(10) };
	const facts: ModelFacts = {
		...{ fileBytes: 500, metadataBytes: 0, codeBytes: 4000, arena: 16, state: 100, work: 50, stack: 1000 },
		...{ inputBytes: 2, floatInput: false, channelScales: 0, layers: [], instructions: { "Xtensa LX106": 1600 } },
	};
	let seen: unknown;
	const recipe = {
		name: "toy",
		seed: 3,
		method: {
			kind: "toy",
			describe: () => "",
			async train(task: object) {
				seen = task;
				const graph = new GraphBuilder();
				const input = graph.input("x", split.training.input);
				return { scores: () => new Float32Array(), graph: () => graph.finish([input]) };
			},
		},
	} as unknown as Recipe;
	/** Says `b` of the first two rows and `a` of the others. */
	const run = async (_model: Uint8Array, inputs: Uint8Array) => {
		const rows = inputs.length / 2;
		const scores = Float32Array.from({ length: 2 * rows }, (_, i) => Number(i % 2 === (i < 4 ? 1 : 0)));
		return new Uint8Array(scores.buffer);
	};

	it("measures on the engine, on validation rows, by the target's clock", async () => {
		let goldens = 0;
		const measured = await attempt(recipe, split, microcontroller("esp8266"), {
			run,
			measure: async (_model, rows) => {
				goldens = new DataView(rows.buffer).getUint32(0, true);
				return facts;
			},
		});
		expect(measured).toEqual({ accuracy: 0.8, rows: 10, ram: 1166, flash: 4500, seconds: expect.closeTo(14e-6, 9) });
		expect(goldens).toBe(4);
		expect(seen).not.toHaveProperty("test");
		expect(seen).toMatchObject({ training: split.training, validation: split.validation });
	});

	it("says nothing of a training that was cut short", async () => {
		const cut = await attempt(recipe, split, microcontroller("esp8266"), {
			run,
			measure: async () => facts,
			stopped: () => true,
		});
		expect(cut).toBeUndefined();
	});
});
