import { describe, expect, it } from "vitest";
import { bootstrap, wilson } from "../../../../tools/training/evaluation/intervals";
import { createRandom } from "../../../../tools/training/random";

/** Rows of two classes, `wrong` of the first taken for the second. */
function rows(count: number, wrong: number) {
	return {
		truth: new Uint8Array(2 * count).fill(1, count),
		found: new Uint8Array(2 * count).fill(1, count - wrong),
		names: ["a", "b"],
	};
}
const each = (count: number) => Array.from({ length: count }, (_, i) => String(i));

describe("Wilson interval", () => {
	it("has the known values", () => {
		// Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
		for (const [right, all, low, high] of [
			[81, 263, 0.2553, 0.3662],
			[15, 148, 0.0624, 0.1605],
			[0, 20, 0, 0.1611],
			[1, 29, 0.0061, 0.1718],
		] as const) {
			const interval = wilson(right, all);
			expect(interval.low).toBeCloseTo(low, 4);
			expect(interval.high).toBeCloseTo(high, 4);
		}
		expect(wilson(10, 10).high).toBe(1);
		expect(wilson(0, 10).low).toBe(0);
	});
});

describe("bootstrap", () => {
	it("repeats by its seed", () => {
		const make = (seed: number) => bootstrap({ ...rows(50, 5), groups: each(100), random: createRandom(seed) });
		expect(make(3)).toEqual(make(3));
		expect(make(4)).not.toEqual(make(3));
	});

	it("comes near the interval of independent rows", () => {
		const { accuracy, recalls, unit, units } = bootstrap({
			...rows(200, 20),
			groups: each(400),
			random: createRandom(1),
		});
		expect([unit, units]).toEqual(["rows", 400]);
		// Binomial within the first class: 1.96 · sqrt(0.9 · 0.1 / 200) = 0.0416, half of that in the accuracy.
		expect(recalls[0]!.low).toBeCloseTo(0.9 - 0.0416, 1.7);
		expect(recalls[0]!.high - recalls[0]!.low).toBeCloseTo(2 * 0.0416, 1.7);
		expect(accuracy.high - accuracy.low).toBeCloseTo(0.0416, 1.7);
		// No draw differs: Wilson's for 200 of 200.
		expect(recalls[1]).toEqual(wilson(200, 200));
	});

	it("draws whole groups where rows come in groups: wider by their likeness", () => {
		// All errors are one person's: ten people of ten rows of each class.
		const { truth, found, names } = rows(100, 10);
		const groups = Array.from(truth, (_, row) => `person ${Math.floor((row % 100) / 10)}`);
		const random = () => createRandom(9);
		const clustered = bootstrap({ truth, found, names, groups, random: random() });
		const independent = bootstrap({ truth, found, names, groups: each(200), random: random() });
		expect(clustered).toMatchObject({ unit: "groups", units: 10 });
		// A draw holds the erring person k times with the binomial of 10 and 1/10: the accuracy is 1 − 0.05 · k.
		expect(clustered.accuracy.high).toBe(1);
		expect(clustered.accuracy.low).toBeCloseTo(0.85, 5);
		const width = ({ low, high }: { low: number; high: number }) => high - low;
		expect(width(clustered.accuracy)).toBeGreaterThan(2 * width(independent.accuracy));
	});

	it("counts groups, not rows, where every row is right", () => {
		const { truth, found, names } = rows(100, 0);
		const groups = Array.from(truth, (_, row) => `person ${row % 8}`);
		const { accuracy, macroF1, recalls } = bootstrap({ truth, found, names, groups, random: createRandom(1) });
		for (const interval of [accuracy, macroF1, ...recalls]) expect(interval).toEqual(wilson(8, 8));
		expect(accuracy.low).toBeLessThan(0.7);
	});

	it("takes rows of a single group one by one", () => {
		const { unit } = bootstrap({
			...rows(10, 1),
			groups: each(20).fill("all"),
			random: createRandom(1),
			replicates: 50,
		});
		expect(unit).toBe("rows");
	});

	it("holds the truth about as often as it says", () => {
		const random = createRandom(77);
		let held = 0;
		const trials = 200;
		for (let trial = 0; trial < trials; trial++) {
			const truth = new Uint8Array(120).fill(1, 60);
			const found = truth.map((label) => (random() < 0.8 ? label : 1 - label));
			const { low, high } = bootstrap({
				truth,
				found,
				names: ["a", "b"],
				groups: each(120),
				random,
				replicates: 400,
			}).accuracy;
			if (low <= 0.8 && 0.8 <= high) held++;
		}
		// Nominal 0.95; three standard deviations of 200 trials are 0.046.
		expect(held / trials).toBeGreaterThan(0.89);
		expect(held / trials).toBeLessThan(0.995);
	});

	it("has no recall for a class without rows", () => {
		const { recalls } = bootstrap({
			truth: Uint8Array.of(0, 0, 0),
			found: Uint8Array.of(0, 1, 0),
			names: ["a", "b"],
			groups: each(3),
			random: createRandom(1),
			replicates: 20,
		});
		expect(recalls[1]).toBeNull();
	});
});
