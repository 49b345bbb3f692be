import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { assess, compact, evaluate, scoresOf } from "../../../../tools/training/evaluation/evaluation";
import type { Examples } from "../../../../tools/training/examples";
import { createRandom } from "../../../../tools/training/random";
import { buildEngine, runEngine } from "../../../native/build";

/** Answers that are right in `share` of the rows and sure of it. */
function answers(classes: number, rows: number, share: number) {
	const random = createRandom(5);
	const labels = Uint8Array.from({ length: rows }, (_, i) => i % classes);
	const scores = new Float32Array(rows * classes).fill(0.1 / (classes - 1));
	labels.forEach((label, row) => {
		const found = random() < share ? label : Math.floor(random() * classes);
		scores[row * classes + found] = 0.9;
	});
	return {
		classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
		labels,
		groups: Array.from(labels, (_, i) => `person ${i % 11}`),
		scores,
	};
}

describe("evaluation", () => {
	it("holds together", () => {
		const evaluation = assess(answers(4, 400, 0.8), { replicates: 200 });
		const sum = (numbers: readonly number[]) => numbers.reduce((total, value) => total + value, 0);
		expect(sum(evaluation.confusion.map(sum))).toBe(400);
		expect(evaluation.accuracy).toBeCloseTo(sum(evaluation.confusion.map((row, i) => row[i]!)) / 400);
		expect(evaluation).toMatchObject({ rows: 400, groups: 11, baseline: 0.25 });
		expect(evaluation.perClass.map(({ support }) => support)).toEqual([100, 100, 100, 100]);
		const { low, high } = evaluation.bootstrap.accuracy;
		expect(low).toBeLessThan(evaluation.accuracy);
		expect(high).toBeGreaterThan(evaluation.accuracy);
		expect(evaluation.calibration!.expectedError).toBeCloseTo(Math.abs(0.9 - evaluation.accuracy), 5);
		expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
	});

	it("has no calibration where scores are no shares", () => {
		const given = answers(3, 30, 1);
		expect(assess({ ...given, scores: given.scores.map((score) => 8 * score) }).calibration).toBeNull();
	});

	it("gives Wilson's interval where every row is right", () => {
		const evaluation = assess(answers(3, 30, 1), { replicates: 50 });
		// Thirty rows of eleven people.
		expect(evaluation.bootstrap.accuracy.low).toBeCloseTo(0.7412, 4);
		expect(evaluation.wilson.low).toBeCloseTo(0.8865, 4);
	});

	it("refuses what cannot be measured", () => {
		const given = answers(3, 30, 1);
		const empty = { ...given, labels: new Uint8Array(0), groups: [], scores: [] };
		expect(() => assess(empty)).toThrow(/no rows/);
		expect(() => assess({ ...given, scores: given.scores.subarray(1) })).toThrow(RangeError);
		expect(() => assess({ ...given, groups: [] })).toThrow(RangeError);
		expect(() => assess({ ...given, scores: given.scores.slice().fill(Number.NaN, 31, 32) })).toThrow(/row 10 /);
	});
});

describe("card's form", () => {
	it("holds the confusion matrix of 13 classes in 900 bytes", () => {
		const evaluation = assess(answers(13, 1300, 0.9), { replicates: 100 });
		const card = compact(evaluation);
		expect(card.confusion).toEqual(evaluation.confusion);
		expect(JSON.stringify(card).length).toBeLessThanOrEqual(900);
		expect(card.interval[0]).toBeLessThan(card.accuracy);
	});

	it("holds the recalls where the matrix does not fit", () => {
		const card = compact(assess(answers(16, 60_000, 0.1), { replicates: 10 }));
		expect(card.confusion).toBeUndefined();
		expect(card.recalls).toHaveLength(16);
		expect(JSON.stringify(card).length).toBeLessThanOrEqual(300);
	});
});

describe("the engine's answers", () => {
	const file = fileURLToPath(new URL("../../../../models/gesture.tflite", import.meta.url));
	const engine = buildEngine();
	const golden = new Uint8Array(runEngine(engine, ["--metadata", "TMLAAS_GOLDEN", file]).output);
	const rowBytes = 2 * 714 + 4 * 3;
	const part = (row: number, from: number, to: number) =>
		golden.slice(4 + row * rowBytes + from, 4 + row * rowBytes + to);
	const rows = Array.from({ length: 8 }, (_, row) => Array.from(new Int16Array(part(row, 0, 1428).buffer))).flat();
	const expected = Array.from({ length: 8 }, (_, row) =>
		Array.from(new Float32Array(part(row, 1428, rowBytes).buffer)),
	);
	const examples: Examples = {
		input: { datatype: "INT16", shape: [119, 6], scale: 1 / 32768, zeroPoint: 0 },
		classes: ["left", "right", "other"],
		rows: Int16Array.from(rows),
		labels: Uint8Array.from(expected, (scores, row) => (row === 0 ? 1 : scores.indexOf(Math.max(...scores)))),
		groups: Array.from({ length: 8 }, (_, row) => String(row)),
	};

	it("are those that are measured", async () => {
		const { evaluation, scores } = await evaluate(
			examples,
			(inputs) => runEngine(engine, [file], Buffer.from(inputs)).output,
		);
		expect(Array.from(scores)).toEqual(expected.flat());
		const wrong = expected[0]!.indexOf(Math.max(...expected[0]!)) === 1 ? 0 : 1;
		expect(evaluation.accuracy).toBe((8 - wrong) / 8);
	});

	it("are the share of the second of two classes where there is one output", async () => {
		const two: Examples = { ...examples, classes: ["no", "yes"], labels: new Uint8Array(8) };
		const shares = Float32Array.from({ length: 8 }, (_, row) => row / 8);
		const scores = await scoresOf(two, () => new Uint8Array(shares.buffer));
		expect(Array.from(scores.slice(0, 4))).toEqual([1, 0, 7 / 8, 1 / 8]);
	});

	it("are refused when they are too few", async () => {
		await expect(scoresOf(examples, () => new Uint8Array(8 * 12 - 4))).rejects.toThrow(RangeError);
		await expect(scoresOf(examples, () => new Uint8Array(8 * 4))).rejects.toThrow(/floats/);
	});
});
