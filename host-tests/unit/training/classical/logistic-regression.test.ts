import { expect, test } from "vitest";
import { Lbfgs } from "../../../../tools/training/classical/lbfgs";
import { trainLogisticRegression } from "../../../../tools/training/classical/logistic-regression";
import { centre } from "../../../../tools/training/classical/task";
import type { Examples } from "../../../../tools/training/examples";
import { blobs } from "./blobs";
import { taskOf } from "./methods";

test("L-BFGS finds the end of Rosenbrock's valley", () => {
	const search = new Lbfgs(
		(at, gradient) => {
			const [x, y] = [at[0]!, at[1]!];
			gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
			gradient[1] = 200 * (y - x * x);
			return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
		},
		Float64Array.of(-1.2, 1),
		1e-9,
	);
	let steps = 0;
	while (search.step()) steps++;
	expect(steps).toBeLessThan(100);
	expect(search.point[0]).toBeCloseTo(1, 7);
	expect(search.point[1]).toBeCloseTo(1, 7);
});

/** Weights of the graph's FULLY_CONNECTED, outputs × features. */
function weightsOf(model: Awaited<ReturnType<typeof trainLogisticRegression>>): Float32Array {
	const { data } = model.graph("float32").tensors.find(({ name }) => name === "logits/weights")!;
	return new Float32Array(data!.slice().buffer);
}

test.each([2, 3])("of %i classes: the gradient is zero at the optimum", async (classes) => {
	const examples: Examples = blobs({ datatype: "FLOAT32", classes, rows: 300, seed: 1, apart: 0.7 });
	const c = 0.5;
	const model = await trainLogisticRegression({ c, iterations: 1000 }, taskOf(examples));
	const shares = model.scores(examples);
	const weights = weightsOf(model);
	const { values, rows, features, scale } = centre(examples);
	const outputs = classes === 2 ? [1] : [0, 1, 2];
	outputs.forEach((label, output) => {
		const slopes = new Float64Array(features + 1);
		examples.labels.forEach((own, row) => {
			const error = (shares[row * classes + label]! - (own === label ? 1 : 0)) / rows;
			slopes[features]! += error;
			for (let i = 0; i < features; i++) slopes[i]! += error * values[row * features + i]!;
		});
		for (let i = 0; i < features; i++) slopes[i]! += (weights[output * features + i]! * scale) / (c * rows);
		for (const slope of slopes) expect(Math.abs(slope)).toBeLessThan(2e-5);
	});
});

test("the unit of the rows does not matter to what is learnt", async () => {
	const grams = blobs({ datatype: "INT16", classes: 3, rows: 300, seed: 1, apart: 0.7 });
	const counts = { ...grams, input: { ...grams.input, scale: 4 } };
	const scores: Float32Array[] = [];
	for (const set of [grams, counts]) {
		scores.push((await trainLogisticRegression({ c: 1, iterations: 300 }, taskOf(set))).scores(set));
	}
	scores[0]!.forEach((score, i) => {
		expect(scores[1]![i]).toBeCloseTo(score, 3);
	});
});
