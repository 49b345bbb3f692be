import { describe, expect, it } from "vitest";
import { kFolds, leaveOneGroupOut, SplitError, splitExamples } from "../../../../tools/training/data/split";
import type { Examples } from "../../../../tools/training/examples";
import { createRandom } from "../../../../tools/training/random";
import { examplesOf } from "./recordings";

const shares = { training: 0.6, validation: 0.2, test: 0.2 };

/** What a row is, whichever set it is in: its first count. */
function identities(examples: Examples): number[] {
	return Array.from(examples.labels, (_, i) => examples.rows[3 * i]!);
}

function countsOf({ classes, labels }: Examples): number[] {
	return classes.map((_, index) => labels.filter((label) => label === index).length);
}

describe("splits by class", () => {
	const examples = examplesOf(
		Array.from({ length: 200 }, (_, i) => ({ label: i < 150 ? 0 : i < 190 ? 1 : 2, group: `${i}` })),
	);

	it("give each set its share of each class, and each row to one set", () => {
		const split = splitExamples(examples, { by: "class", shares, seed: 1 });
		expect(countsOf(split.training)).toEqual([90, 24, 6]);
		expect(countsOf(split.validation)).toEqual([30, 8, 2]);
		expect(countsOf(split.test)).toEqual([30, 8, 2]);
		const all = [split.training, split.validation, split.test].flatMap(identities);
		expect(all.sort((a, b) => a - b)).toEqual([...examples.labels.keys()]);
	});

	it("repeat by their seed", () => {
		const of = (seed: number) => identities(splitExamples(examples, { by: "class", shares, seed }).test);
		expect(of(3)).toEqual(of(3));
		expect(of(3)).not.toEqual(of(4));
	});

	it("keep the windows of a recording together, whoever made it", () => {
		const windows = Array.from({ length: 120 }, (_, i) => ({
			label: i % 2,
			group: "one person",
			origin: { file: `${i >> 2}`, line: 1, start: i % 4, end: (i % 4) + 2 },
		}));
		const split = splitExamples(examplesOf(windows), { by: "class", shares, seed: 1 });
		const files = [split.training, split.validation, split.test].map(
			({ origins }) => new Set(origins!.map(({ file }) => file)),
		);
		expect(files.map(({ size }) => size)).toEqual([18, 6, 6]);
		expect(new Set(files.flatMap((names) => [...names])).size).toBe(30);
	});

	it("leave a set without a share empty", () => {
		const split = splitExamples(examples, { by: "class", shares: { training: 4, validation: 0, test: 1 }, seed: 1 });
		expect([split.training, split.validation, split.test].map(({ labels }) => labels.length)).toEqual([160, 0, 40]);
	});

	it("refuse shares that are none, and fewer rows than sets", () => {
		const split = (training: number, validation: number, test: number, of = examples) =>
			splitExamples(of, { by: "class", shares: { training, validation, test }, seed: 1 });
		expect(() => split(0, 0, 0)).toThrow(SplitError);
		expect(() => split(1, -1, 1)).toThrow(SplitError);
		expect(() => split(1, Number.NaN, 1)).toThrow(SplitError);
		expect(() => split(1, 1, 1, examplesOf([{ label: 0, group: "a" }]))).toThrow(SplitError);
	});
});

describe("splits by group", () => {
	/** Twenty people, each with rows of three classes in shares of their own. */
	const random = createRandom(8);
	const people = Array.from({ length: 20 }, (_, person) =>
		Array.from({ length: 20 + Math.floor(30 * random()) }, () => ({
			label: Math.floor(3 * random() ** (1 + (person % 3))),
			group: `person ${person}`,
		})),
	).flat();
	const examples = examplesOf(people);

	it("never divide a group, and come near the shares of each class", () => {
		for (let seed = 0; seed < 20; seed++) {
			const split = splitExamples(examples, { by: "group", shares, seed });
			const groups = [split.training, split.validation, split.test].map((set) => new Set(set.groups));
			expect(groups.reduce((sum, { size }) => sum + size, 0)).toBe(20);
			const whole = countsOf(examples);
			countsOf(split.test).forEach((count, i) => {
				expect(Math.abs(count / whole[i]! - 0.2)).toBeLessThan(0.05);
			});
			countsOf(split.training).forEach((count, i) => {
				expect(Math.abs(count / whole[i]! - 0.6)).toBeLessThan(0.05);
			});
		}
	});

	it("are others for other seeds", () => {
		const held = [1, 2, 3, 4].map((seed) => {
			const { test } = splitExamples(examples, { by: "group", shares, seed });
			return [...new Set(test.groups)].sort().join();
		});
		expect(new Set(held).size).toBeGreaterThan(1);
	});

	it("refuse fewer groups than sets", () => {
		const two = examplesOf([0, 1, 0, 1].map((label, i) => ({ label, group: `${i >> 1}` })));
		expect(() => splitExamples(two, { by: "group", shares, seed: 1 })).toThrow(SplitError);
	});

	it("leave out each group in turn", () => {
		const folds = leaveOneGroupOut(examples);
		expect(folds.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, i) => `person ${i}`));
		for (const { name, training, test } of folds) {
			expect(new Set(Array.from(test, (i) => examples.groups[i]))).toEqual(new Set([name]));
			expect(Array.from(training).some((i) => examples.groups[i] === name)).toBe(false);
			expect(training.length + test.length).toBe(people.length);
		}
		expect(() => leaveOneGroupOut(examplesOf([{ label: 0, group: "a" }]))).toThrow(SplitError);
	});

	it("hold each row out once in folds, and no group in two", () => {
		for (const by of ["class", "group"] as const) {
			const folds = kFolds(examples, { by, folds: 5, seed: 1 });
			const held = folds.flatMap(({ test }) => [...test]).sort((a, b) => a - b);
			expect(held).toEqual([...examples.labels.keys()]);
			for (const { training, test } of folds) {
				expect([...training, ...test].sort((a, b) => a - b)).toEqual(held);
				if ("class" === by) expect(Math.abs(test.length - people.length / 5)).toBeLessThan(3);
			}
			const groups = folds.map(({ test }) => new Set(Array.from(test, (i) => examples.groups[i])).size);
			if ("group" === by) expect(groups.reduce((a, b) => a + b)).toBe(20);
		}
		expect(() => kFolds(examples, { by: "group", folds: 21, seed: 1 })).toThrow(SplitError);
		expect(() => kFolds(examples, { by: "group", folds: 1, seed: 1 })).toThrow(SplitError);
	});
});
