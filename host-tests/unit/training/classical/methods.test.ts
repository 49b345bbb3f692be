import { beforeAll, describe, expect, test } from "vitest";
import { buildEngine, runModel } from "../../../../tools/cli/engine";
import { trainDecisionTree } from "../../../../tools/training/classical/decision-tree";
import { trainLogisticRegression } from "../../../../tools/training/classical/logistic-regression";
import { naiveBayesDefaults, trainNaiveBayes } from "../../../../tools/training/classical/naive-bayes";
import { ClassicalOptionError } from "../../../../tools/training/classical/options";
import { trainRandomForest } from "../../../../tools/training/classical/random-forest";
import {
	supportVectorMachineDefaults,
	trainSupportVectorMachine,
} from "../../../../tools/training/classical/support-vector-machine";
import { accuracyOf, TrainingSetError } from "../../../../tools/training/classical/task";
import { generate } from "../../../../tools/training/data/generated";
import { foundClasses } from "../../../../tools/training/evaluation/metrics";
import { type Examples, select } from "../../../../tools/training/examples";
import { writeModel } from "../../../../tools/training/tflite/writer";
import type { Precision, Progress, TrainedModel } from "../../../../tools/training/trainer";
import { blobs, shuffled } from "./blobs";
import { methods, taskOf } from "./methods";

beforeAll(buildEngine);

const bytesOf = (model: TrainedModel, precision: Precision) =>
	writeModel({ ...model.graph(precision), description: "", metadata: [] });

/** Rows × classes as the C engine computes them; a lone output is the share of the second class. */
async function engineScores(model: TrainedModel, precision: Precision, { rows, labels }: Examples) {
	const inputs = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
	const scores = new Float32Array((await runModel(bytesOf(model, precision), inputs)).slice().buffer);
	if (scores.length !== labels.length) return scores;
	return Float32Array.from({ length: 2 * scores.length }, (_, i) => (i % 2 ? scores[i >> 1]! : 1 - scores[i >> 1]!));
}

const accuracy = (scores: ArrayLike<number>, { labels, classes }: Examples) =>
	accuracyOf(scores, labels, classes.length);

describe.each(Object.keys(methods))("%s", (name) => {
	const train = methods[name]!;

	describe.each([2, 4])("of %i classes", (classes) => {
		test.each(["INT8", "INT16", "FLOAT32"] as const)(
			"the engine scores rows of %s as the training does",
			async (datatype) => {
				const model = await train(taskOf(blobs({ datatype, classes, rows: 240, seed: 1 })));
				const rows = blobs({ datatype, classes, rows: 400, seed: 2 });
				const scores = model.scores(rows);
				expect(accuracy(scores, rows)).toBeGreaterThan(0.8);
				for (let row = 0; row < scores.length; row += classes) {
					const sum = scores.subarray(row, row + classes).reduce((total, share) => total + share, 0);
					expect(sum).toBeCloseTo(1, 5);
				}
				const float = await engineScores(model, "float32", rows);
				expect(Math.max(...float.map((score, i) => Math.abs(score - scores[i]!)))).toBeLessThan(2e-4);
				expect(foundClasses(float, classes)).toEqual(foundClasses(scores, classes));
				const integer = await engineScores(model, "int8", rows);
				expect(accuracy(integer, rows)).toBeGreaterThanOrEqual(accuracy(scores, rows) - 0.02);
			},
		);
	});

	test("the same seed gives the same bytes", async () => {
		const examples = blobs({ datatype: "INT16", classes: 3, rows: 150, seed: 3 });
		const [first, second] = [await train(taskOf(examples)), await train(taskOf(examples))];
		expect(bytesOf(first, "int8")).toEqual(bytesOf(second, "int8"));
		expect(bytesOf(first, "float32")).toEqual(bytesOf(second, "float32"));
	});

	test("labels at random are found at chance", async () => {
		const training = shuffled(blobs({ datatype: "INT8", classes: 4, rows: 400, seed: 4 }), 5);
		const test = shuffled(blobs({ datatype: "INT8", classes: 4, rows: 2000, seed: 6 }), 7);
		const model = await train(taskOf(training, { validation: test }));
		// Three standard errors of 2,000 rows.
		expect(Math.abs(accuracy(model.scores(test), test) - 0.25)).toBeLessThan(0.03);
	});

	test("a stopped training gives a model all the same", async () => {
		const examples = blobs({ datatype: "INT8", classes: 3, rows: 150, seed: 3 });
		const steps: Progress[] = [];
		const model = await train(
			taskOf(examples, {
				onProgress: (progress) => {
					steps.push(progress);
				},
				stopped: () => true,
			}),
		);
		expect(steps).toHaveLength(1);
		expect(await engineScores(model, "int8", examples)).toHaveLength(450);
	});

	test("validation rows are not needed", async () => {
		const training = blobs({ datatype: "INT16", classes: 3, rows: 150, seed: 3 });
		const model = await train(taskOf(training, { validation: select(training, []) }));
		expect(accuracy(await engineScores(model, "int8", training), training)).toBeGreaterThan(0.85);
	});

	test("rows that cannot be learnt from are refused", async () => {
		const examples = blobs({ datatype: "FLOAT32", classes: 3, rows: 30, seed: 3 });
		const rows = examples.rows.slice();
		rows[45] = Number.NaN;
		const missing = examples.labels.map((label) => label % 2);
		await expect(train(taskOf({ ...examples, labels: missing }))).rejects.toThrow(/class-2/);
		await expect(train(taskOf({ ...examples, labels: examples.labels.fill(3, 4, 5) }))).rejects.toThrow(
			TrainingSetError,
		);
		await expect(
			train(taskOf({ ...blobs({ datatype: "FLOAT32", classes: 3, rows: 30, seed: 3 }), rows })),
		).rejects.toThrow(/row 7/);
	});
});

describe("generated gestures", () => {
	const {
		training,
		validation,
		test: held,
	} = generate({
		classes: ["left", "right", "other"],
		window: 119,
		rate: 119,
		threshold: 500,
		release: 200,
		history: 8,
		devices: { training: 12, validation: 6, test: 24 },
		motions: 12,
		seed: 1,
	});

	test.each(Object.keys(methods))("%s: int8 loses at most half a point", async (name) => {
		const model = await methods[name]!(taskOf(training, { validation }));
		const found = accuracy(model.scores(held), held);
		expect(found).toBeGreaterThan(0.9);
		expect(accuracy(await engineScores(model, "int8", held), held)).toBeGreaterThanOrEqual(found - 0.005);
	});
});

test.each(["decision tree", "radial SVM", "random forest"])(
	"%s: what it has learnt it knows by heart",
	async (name) => {
		const training = blobs({ datatype: "INT16", classes: 3, rows: 300, seed: 8, apart: 1 });
		const model =
			name === "radial SVM"
				? await trainSupportVectorMachine({ ...supportVectorMachineDefaults, c: 1e4, gamma: 4 }, taskOf(training))
				: name === "decision tree"
					? await trainDecisionTree({ depth: 64, leafRows: 1, pruning: 0 }, taskOf(training))
					: await trainRandomForest({ trees: 60, depth: 64, leafRows: 1, features: 0, pruning: 0 }, taskOf(training));
		expect(accuracy(model.scores(training), training)).toBe(1);
	},
);

const task = taskOf(blobs({ datatype: "INT8", classes: 2, rows: 20, seed: 1 }));
const machine = supportVectorMachineDefaults;
const forest = { trees: 2, depth: 3, leafRows: 1, features: 0, pruning: 0 };

test.each<[field: string, train: () => Promise<unknown>]>([
	["c", () => trainLogisticRegression({ c: 0, iterations: 10 }, task)],
	["iterations", () => trainLogisticRegression({ c: 1, iterations: 1.5 }, task)],
	["smoothing", () => trainNaiveBayes({ ...naiveBayesDefaults, smoothing: -1 }, task)],
	["variances", () => trainNaiveBayes({ ...naiveBayesDefaults, variances: "none" as "own" }, task)],
	["depth", () => trainDecisionTree({ depth: 65, leafRows: 1, pruning: 0 }, task)],
	["leafRows", () => trainDecisionTree({ depth: 5, leafRows: 0, pruning: 0 }, task)],
	["pruning", () => trainDecisionTree({ depth: 5, leafRows: 1, pruning: Number.NaN }, task)],
	["trees", () => trainRandomForest({ ...forest, trees: 0 }, task)],
	["features", () => trainRandomForest({ ...forest, features: 7 }, task)],
	["kernel", () => trainSupportVectorMachine({ ...machine, kernel: "sigmoid" as "linear" }, task)],
	["c", () => trainSupportVectorMachine({ ...machine, c: Number.POSITIVE_INFINITY }, task)],
	["vectors", () => trainSupportVectorMachine({ ...machine, vectors: 1 }, task)],
	["gamma", () => trainSupportVectorMachine({ ...machine, gamma: 0 }, task)],
])("a wrong %s is refused by its name", async (field, train) => {
	const error = await train().catch((error: unknown) => error);
	expect(error).toBeInstanceOf(ClassicalOptionError);
	expect((error as ClassicalOptionError).field).toBe(field);
});
