import { describe, expect, it } from "vitest";
import { compareModels } from "../../../../tools/training/evaluation/compare";
import { assess } from "../../../../tools/training/evaluation/evaluation";
import { foundClasses } from "../../../../tools/training/evaluation/metrics";
import { worstMistakes } from "../../../../tools/training/evaluation/mistakes";
import { cautions, type ReportInput, renderReport, summarise } from "../../../../tools/training/evaluation/report";
import { thumbnail } from "../../../../tools/training/evaluation/thumbnail";
import type { Examples } from "../../../../tools/training/examples";

const hostile = `<script>alert("x")</script>&'`;

/** 40 rows of 2 × 3 values, the last 3 of which are mistaken. */
const test: Examples = {
	input: { datatype: "INT16", shape: [2, 3], scale: 1, zeroPoint: 0 },
	classes: ["up", hostile],
	rows: Int16Array.from({ length: 240 }, (_, i) => (i % 17) - 8),
	labels: Uint8Array.from({ length: 40 }, (_, i) => i % 2),
	groups: Array.from({ length: 40 }, (_, i) => `${hostile}${i % 4}`),
};
const second = Array.from(
	test.labels,
	(label, row) => (row < 37 ? label * 0.8 + 0.1 : 1 - label) + (row === 38 ? -0.3 : 0),
);
const scores = Float32Array.from(second.flatMap((share) => [1 - share, share]));
const { classes, labels, groups } = test;
const evaluation = assess({ classes, labels, groups, scores }, { replicates: 100 });
const input: ReportInput = {
	name: "toy",
	version: "1.2.3",
	kind: hostile,
	statement: hostile,
	sets: [summarise("training", test), summarise("test", test)],
	test,
	scores,
	evaluation,
	floatScores: scores.map((score, i) => (i < 2 ? 1 - score : score)),
	progress: [1, 2, 3].map((step) => ({ step, steps: 3, loss: 1 / step, validationAccuracy: 1 - 0.3 / step })),
	cost: {
		modelBytes: 3000,
		arena: 120,
		state: 48,
		operators: ["RESHAPE", "FULLY_CONNECTED", "FULLY_CONNECTED", hostile],
	},
	limitations: [hostile],
	command: "npm run train -- toy",
};
const page = renderReport(input);

/** Every tag is closed in its order. */
function balanced(html: string): boolean {
	const open: string[] = [];
	for (const [, closing, name, , self] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:\s[^<>]*?)?)(\/?)>/g)) {
		if (self || ["meta"].includes(name!)) continue;
		if (!closing) open.push(name!);
		else if (open.pop() !== name) return false;
	}
	return open.length === 0;
}

describe("report", () => {
	it("is one page that loads and runs nothing", () => {
		expect(page).not.toMatch(/<script|<link|<img|src=|href=|url\(|@import|http:|https:/i);
		expect(page).toContain("default-src 'none'");
		expect(balanced(page)).toBe(true);
		expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
	});

	it("shows names as text, whatever they hold", () => {
		expect(page).not.toContain(hostile);
		expect(page).toContain("&#60;script&#62;");
	});

	it("tells the figures", () => {
		expect(page).toContain("<b>92.5 %</b>");
		expect(page).toMatch(/title="up taken for [^"]*: 1 of 20, 5\.0 %">1</);
		expect(page).toContain("2 × FULLY_CONNECTED");
		expect(page).toContain("npm run train -- toy");
		const comparison = compareModels(labels, foundClasses(input.floatScores!, 2), foundClasses(scores, 2));
		expect(comparison).toMatchObject({ onlyFirst: 0, onlySecond: 1 });
		expect(page).toContain("int8 gains 2.50 percentage points");
	});

	it("draws the curves that there are", () => {
		expect(page).toContain('aria-label="loss in nats"');
		expect(page).toContain('aria-label="validation accuracy"');
		expect(page).toContain('aria-label="Reliability"');
	});

	it("leaves out what is not known", () => {
		const { floatScores, progress, cost, command, ...least } = input;
		const short = renderReport({ ...least, limitations: [] });
		expect(short).not.toMatch(/What quantisation costs|On the device|>Training</);
		expect(balanced(short)).toBe(true);
	});

	it("survives a flat curve, a single step and a class without rows", () => {
		const one = { ...test, classes: ["up", "down", "never"] };
		const three = Float32Array.from(second.flatMap((share) => [1 - share, share, 0]));
		const figures = assess({ classes: one.classes, labels, groups, scores: three }, { replicates: 20 });
		for (const progress of [
			[{ step: 1, steps: 1, loss: 2 }],
			[1, 2].map((step) => ({ step, steps: 2, loss: 0, validationAccuracy: 1 })),
			[1, 2].map((step) => ({ step, steps: 2, loss: Number.POSITIVE_INFINITY })),
		]) {
			const { floatScores, ...rest } = input;
			const html = renderReport({ ...rest, test: one, scores: three, evaluation: figures, progress });
			expect(html).not.toMatch(/NaN|Infinity/);
			expect(html).toContain("No row was measured of never");
		}
	});
});

describe("worst mistakes", () => {
	it("are those furthest from the truth", () => {
		expect(worstMistakes(test, scores, 2).map(({ row }) => row)).toEqual([37, 39]);
		expect(worstMistakes(test, scores, 9)).toHaveLength(3);
		expect(worstMistakes(test, scores, 1)[0]).toEqual({ row: 37, truth: 1, found: 0, score: 1, truthScore: 0 });
	});

	it("are drawn as waves or as pictures", () => {
		const format = { scale: 1, zeroPoint: 0 };
		const wave = thumbnail({ ...format, datatype: "INT16", shape: [119, 6] }, new Int16Array(714).fill(5));
		expect(wave.match(/class="wave/g)).toHaveLength(6);
		const digit = Int8Array.from({ length: 64 }, (_, i) => (i < 10 ? 127 : -128));
		expect(thumbnail({ ...format, datatype: "INT8", shape: [64] }, digit).match(/class="ink/g)).toHaveLength(10);
		const long = thumbnail({ ...format, datatype: "FLOAT32", shape: [10_000, 1] }, new Float32Array(10_000));
		expect(long.length).toBeLessThan(4000);
	});
});

describe("cautions", () => {
	it("come from the figures", () => {
		const said = cautions(evaluation);
		expect(said).toContainEqual(expect.stringMatching(/4 groups only/));
		expect(said).toContainEqual(expect.stringMatching(/^Fewer than 30 rows were measured of each class/));
		const alone = assess(
			{ ...{ classes, labels, scores }, groups: groups.map((_, row) => String(row)) },
			{ replicates: 10 },
		);
		expect(cautions(alone)).toContainEqual(expect.stringMatching(/^Each row is a group of its own/));
		expect(said).not.toContainEqual(expect.stringMatching(/^Each row/));
		const lopsided = assess(
			{
				classes: ["a", "b"],
				labels: new Uint8Array(90).fill(1, 80),
				groups: Array(90).fill(""),
				scores: new Float32Array(180),
			},
			{ replicates: 10 },
		);
		expect(cautions(lopsided)).toContainEqual(expect.stringMatching(/88\.9 %/));
		expect(cautions(lopsided)).toContainEqual(expect.stringMatching(/one group/));
	});
});
