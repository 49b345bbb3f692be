import { expect, test } from "vitest";
import { fitGaussians, naiveBayesDefaults, trainNaiveBayes } from "../../../../tools/training/classical/naive-bayes";
import { accuracyOf, TrainingSetError } from "../../../../tools/training/classical/task";
import type { Examples } from "../../../../tools/training/examples";
import { blobs } from "./blobs";
import { taskOf } from "./methods";

const examples: Examples = {
	input: { datatype: "INT8", shape: [2], scale: 0.5, zeroPoint: 2 },
	classes: ["a", "b"],
	rows: Int8Array.of(4, 2, 8, 2, 0, 6, 2, 10, 4, 14),
	labels: Uint8Array.of(0, 0, 1, 1, 1),
	groups: ["", "", "", "", ""],
};

test("means and variances are those of each class, in real units", () => {
	const { priors, means, variances } = fitGaussians(examples, 1e-9);
	expect(Array.from(priors)).toEqual([2 / 5, 3 / 5]);
	// Real rows: (1, 0), (3, 0) and (−1, 2), (0, 4), (1, 6).
	expect(Array.from(means)).toEqual([2, 0, 0, 4]);
	for (const [i, variance] of [1, 0, 2 / 3, 8 / 3].entries()) expect(variances[i]).toBeCloseTo(variance, 6);
});

test("smoothing adds its share of the greatest variance of all rows", () => {
	// The second feature is 0, 0, 2, 4, 6: mean 2.4, variance 5.44.
	const smoothed = fitGaussians(examples, 0.5).variances;
	expect(smoothed[1]).toBeCloseTo(0.5 * 5.44, 9);
	expect(smoothed[0]).toBeCloseTo(1 + 0.5 * 5.44, 9);
});

test("without smoothing a feature that does not vary is refused", () => {
	expect(() => fitGaussians(examples, 0)).toThrow(TrainingSetError);
});

test("the shares are those of Bayes' rule", async () => {
	const model = await trainNaiveBayes({ ...naiveBayesDefaults, smoothing: 0.5, calibrated: false }, taskOf(examples));
	const { priors, means, variances } = fitGaussians(examples, 0.5);
	const density = (x: number, i: number) =>
		Math.exp(-((x - means[i]!) ** 2) / (2 * variances[i]!)) / Math.sqrt(2 * Math.PI * variances[i]!);
	const joint = [0, 1].map((k) => priors[k]! * density(1, 2 * k) * density(0, 2 * k + 1));
	expect(model.scores(examples)[0]).toBeCloseTo(joint[0]! / (joint[0]! + joint[1]!), 6);
});

test("shared variances are the mean of those within the classes, and leave one linear operator", async () => {
	const options = { smoothing: 0.5, calibrated: false, variances: "shared" } as const;
	const model = await trainNaiveBayes(options, taskOf(examples));
	const { priors, means, variances } = fitGaussians(examples, 0.5);
	const variance = (i: number) => priors[0]! * variances[i]! + priors[1]! * variances[2 + i]!;
	const density = (x: number, k: number, i: number) => Math.exp(-((x - means[2 * k + i]!) ** 2) / (2 * variance(i)));
	const joint = [0, 1].map((k) => priors[k]! * density(1, k, 0) * density(0, k, 1));
	expect(model.scores(examples)[0]).toBeCloseTo(joint[0]! / (joint[0]! + joint[1]!), 6);
	const kinds = model.graph("int8").operators.map(({ kind }) => kind);
	expect(kinds).toEqual(["FULLY_CONNECTED", "LOGISTIC", "DEQUANTIZE"]);
});

test("calibration makes shares of dependent features what they are worth", async () => {
	// Each feature six times over: plain Bayes takes each for news.
	const repeated = (rows: number, seed: number): Examples => {
		const once = blobs({ datatype: "FLOAT32", classes: 3, rows, seed, apart: 0.7 });
		const values = new Float32Array(36 * rows);
		for (let i = 0; i < values.length; i++) values[i] = once.rows[Math.floor(i / 6)]!;
		return { ...once, input: { ...once.input, shape: [36] }, rows: values };
	};
	const [training, held] = [repeated(900, 1), repeated(900, 2)];
	const loss = async (calibrated: boolean) => {
		const model = await trainNaiveBayes({ ...naiveBayesDefaults, smoothing: 0, calibrated }, taskOf(training));
		const scores = model.scores(held);
		expect(accuracyOf(scores, held.labels, 3)).toBeGreaterThan(0.6);
		return held.labels.reduce((sum, label, row) => sum - Math.log(scores[3 * row + label]! + 1e-12), 0) / 900;
	};
	expect(await loss(true)).toBeLessThan(0.7 * (await loss(false)));
});
