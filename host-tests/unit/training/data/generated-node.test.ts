import { describe, expect, it } from "vitest";
import { type GeneratedOptions, generate } from "../../../../tools/training/data/generated";
import { checkLeakage } from "../../../../tools/training/data/leakage";
import type { Examples, Split } from "../../../../tools/training/examples";

const options: GeneratedOptions = {
	classes: ["left", "right", "other"],
	window: 119,
	rate: 119,
	threshold: 500,
	release: 200,
	history: 8,
	devices: { training: 30, validation: 8, test: 15 },
	motions: 6,
};

function countsOf({ classes, labels }: Examples): number[] {
	return classes.map((_, index) => labels.filter((label) => label === index).length);
}

describe("generated motion", () => {
	const split = generate({ ...options, seed: 1 });

	it("repeats by its seed", () => {
		const text = ({ training, validation, test }: Split) =>
			[training, validation, test].map(({ rows, labels, groups }) => `${rows} ${labels} ${groups}`);
		expect(text(generate({ ...options, seed: 1 })).join() === text(split).join()).toBe(true);
		expect(text(generate({ ...options, seed: 2 }))[2] === text(split)[2]).toBe(false);
	});

	it("has devices of its own in each set, and no window in two", () => {
		const groups = [split.training, split.validation, split.test].map((set) => new Set(set.groups));
		expect(groups.map(({ size }) => size)).toEqual([30, 8, 15]);
		expect(new Set(groups.flatMap((set) => [...set])).size).toBe(53);
		checkLeakage(split);
	});

	it("has each class about as often", () => {
		for (const set of [split.training, split.validation, split.test]) {
			expect(set.rows.length).toBe(set.labels.length * 119 * 6);
			for (const count of countsOf(set)) {
				expect(count / set.labels.length).toBeGreaterThan(0.25);
				expect(count / set.labels.length).toBeLessThan(0.5);
			}
		}
	});

	it("has left and right alone where nothing else is asked for", () => {
		const { training } = generate({ ...options, classes: ["left", "right"], seed: 1 });
		expect(training.classes).toEqual(["left", "right"]);
		expect(countsOf(training)).toEqual([180, 180]);
	});
});
