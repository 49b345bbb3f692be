import { describe, expect, it } from "vitest";
import { areShares, calibrationOf, leastShare } from "../../../../tools/training/evaluation/calibration";
import { compareModels } from "../../../../tools/training/evaluation/compare";
import { rankingOf } from "../../../../tools/training/evaluation/curves";
import {
	accuracyOf,
	classFigures,
	countConfusion,
	foundClasses,
	meanFigures,
} from "../../../../tools/training/evaluation/metrics";

describe("classes", () => {
	it("are found by the greatest score, the first of equals", () => {
		expect(foundClasses([0.1, 0.7, 0.2, 0.5, 0.5, 0, -3, -2, -1], 3)).toEqual(Uint8Array.of(1, 0, 2));
	});

	// scikit-learn's user guide, "Classification report": the same truth and answers, the same figures.
	const truth = Uint8Array.of(0, 1, 2, 2, 0);
	const found = Uint8Array.of(0, 0, 2, 1, 0);
	const counts = countConfusion(truth, found, 3);
	const figures = classFigures(counts, ["a", "b", "c"]);

	it("are counted with true ones as rows", () => {
		expect(counts).toEqual(Uint32Array.of(2, 0, 0, 1, 0, 0, 0, 1, 1));
		expect(accuracyOf(counts, 3)).toBeCloseTo(0.6);
	});

	it("have precision, recall and F1", () => {
		expect(figures).toEqual([
			{ name: "a", support: 2, found: 3, precision: 2 / 3, recall: 1, f1: 0.8 },
			{ name: "b", support: 1, found: 1, precision: 0, recall: 0, f1: 0 },
			{ name: "c", support: 2, found: 1, precision: 1, recall: 0.5, f1: 2 / 3 },
		]);
		const { macro, weighted } = meanFigures(figures);
		expect(macro.precision).toBeCloseTo(0.5556, 4);
		expect(macro.recall).toBeCloseTo(0.5);
		expect(macro.f1).toBeCloseTo(0.4889, 4);
		expect(weighted.precision).toBeCloseTo(0.6667, 4);
		expect(weighted.recall).toBeCloseTo(0.6);
		expect(weighted.f1).toBeCloseTo(0.5867, 4);
	});

	it("without rows stay out of the means; those never found have no precision", () => {
		const [a, b, c] = classFigures(countConfusion(Uint8Array.of(0, 0, 1), Uint8Array.of(0, 2, 0), 3), ["a", "b", "c"]);
		expect(b).toMatchObject({ precision: null, recall: 0, f1: 0 });
		expect(c).toMatchObject({ support: 0, found: 1, precision: 0, recall: null, f1: null });
		expect(meanFigures([a!, b!, c!]).macro).toEqual({ precision: 0.25, recall: 0.25, f1: 0.25 });
	});
});

describe("calibration", () => {
	it("gives the logarithmic loss of scikit-learn's example", () => {
		const { logLoss } = calibrationOf(Uint8Array.of(1, 0, 0, 1), [0.1, 0.9, 0.9, 0.1, 0.8, 0.2, 0.35, 0.65], 2);
		expect(logLoss).toBeCloseTo(0.21616, 5);
	});

	it("bins by the greatest share and weighs the distances by rows", () => {
		// Confidences 0.9, 0.95 (one right) and 0.6 (right): bins (0.8, 0.9], (0.9, 1] and (0.5, 0.6].
		const scores = [0.9, 0.1, 0.05, 0.95, 0.6, 0.4];
		const { bins, expectedError, greatestError, brier } = calibrationOf(Uint8Array.of(0, 0, 0), scores, 2);
		expect(bins.map(({ rows }) => rows)).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 1, 1]);
		expect(bins[5]).toMatchObject({ accuracy: 1, confidence: 0.6 });
		expect(bins[9]).toMatchObject({ accuracy: 0, confidence: 0.95 });
		expect(expectedError).toBeCloseTo((0.1 + 0.95 + 0.4) / 3);
		expect(greatestError).toBeCloseTo(0.95);
		expect(brier).toBeCloseTo((2 * 0.1 ** 2 + 2 * 0.95 ** 2 + 2 * 0.4 ** 2) / 3);
	});

	it("takes a share that int8 rounded to nothing as half a step", () => {
		expect(calibrationOf(Uint8Array.of(1), [1, 0], 2).logLoss).toBeCloseTo(-Math.log(leastShare));
	});

	it("takes a share of exactly 0 and of exactly 1 into the outer bins", () => {
		const { bins } = calibrationOf(Uint8Array.of(0, 0), [1, 0, 0, 0], 2);
		expect([bins[0]!.rows, bins[9]!.rows]).toEqual([1, 1]);
	});

	it("knows shares from other scores", () => {
		expect(areShares([0.25, 0.75, 1, 0], 2)).toBe(true);
		expect(areShares([0.25, 0.75 - 1 / 128, 0.99609375, 0], 2)).toBe(true);
		// Each of 40 shares rounded to a multiple of 1/256.
		const shares = Array.from({ length: 40 }, (_, i) => Math.round((256 * (i + 1)) / 820) / 256);
		const off = shares.reduce((sum, share) => sum + share, -1);
		expect(Math.abs(off)).toBeGreaterThan(0);
		expect(areShares([...shares.slice(1), shares[0]! - off + 39 / 512], 40)).toBe(true);
		expect(areShares([...shares.slice(1), shares[0]! - off + 42 / 512], 40)).toBe(false);
		expect(areShares([3, -2], 2)).toBe(false);
		expect(areShares([0.6, 0.5], 2)).toBe(false);
		expect(areShares([Number.NaN, 1], 2)).toBe(false);
	});
});

describe("ranking", () => {
	it("gives the areas of scikit-learn's example", () => {
		const second = [0.1, 0.4, 0.35, 0.8];
		const scores = second.flatMap((share) => [1 - share, share]);
		const ranking = rankingOf(Uint8Array.of(0, 0, 1, 1), scores, 2, 1)!;
		expect(ranking.rocArea).toBeCloseTo(0.75);
		expect(ranking.averagePrecision).toBeCloseTo(0.8333, 4);
	});

	it("counts ties half, in any order", () => {
		const even = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
		for (const truth of [Uint8Array.of(0, 1, 1), Uint8Array.of(1, 1, 0)]) {
			const ranking = rankingOf(truth, even, 2, 1)!;
			expect(ranking.rocArea).toBeCloseTo(0.5);
			expect(ranking.averagePrecision).toBeCloseTo(2 / 3);
		}
	});

	it("means nothing without rows of both kinds", () => {
		expect(rankingOf(Uint8Array.of(1, 1), [0, 1, 0, 1], 2, 1)).toBeNull();
		expect(rankingOf(Uint8Array.of(1, 1), [0, 1, 0, 1], 2, 0)).toBeNull();
	});
});

describe("comparison", () => {
	it("tests the rows that only one model finds", () => {
		const truth = new Uint8Array(20);
		const first = new Uint8Array(20).fill(1, 0, 9);
		const second = new Uint8Array(20).fill(1, 9, 10);
		const comparison = compareModels(truth, first, second);
		expect(comparison).toMatchObject({ rows: 20, bothRight: 10, onlyFirst: 1, onlySecond: 9, agreement: 0.5 });
		expect(comparison.difference).toBeCloseTo(-0.4);
		// 2 · (1 + 10) / 2^10.
		expect(comparison.pValue).toBeCloseTo(0.021484375, 12);
	});

	it("finds no difference between equals, also among thousands of rows", () => {
		const truth = new Uint8Array(6000);
		const first = new Uint8Array(6000).fill(1, 0, 3000);
		const second = new Uint8Array(6000).fill(1, 3000, 6000);
		expect(compareModels(truth, first, second).pValue).toBe(1);
		expect(compareModels(truth, truth, truth)).toMatchObject({ pValue: 1, agreement: 1 });
		second.fill(0, 3000, 3300);
		expect(compareModels(truth, first, second).pValue).toBeLessThan(0.001);
	});
});
