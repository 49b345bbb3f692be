import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InputFormat } from "../../../../tools/training/examples";
import { OnnxError } from "../../../../tools/training/onnx/error";
import { importedGraph } from "../../../../tools/training/onnx/graph";
import { importOnnx } from "../../../../tools/training/onnx/import";
import { below, notAbove } from "../../../../tools/training/onnx/trees";
import { createRandom } from "../../../../tools/training/random";
import type { Graph } from "../../../../tools/training/tflite/schema";
import { writeModel } from "../../../../tools/training/tflite/writer";
import { buildEngine, runEngine } from "../../../native/build";
import { examplesOf, type Fixture, fixture, fixtures, floatInput, refused } from "./fixtures";
import { bytes, type GraphParts, type Node, number, onnx, treeNode, type Value } from "./writer";

const directory = mkdtempSync(join(tmpdir(), "tmlaas-onnx-"));
let engine = "";
beforeAll(() => {
	engine = buildEngine();
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What the C engine gives for the rows. */
function run(graph: Graph, rows: Float32Array | Int8Array | Int16Array): Float32Array {
	const file = join(directory, "model.tflite");
	writeFileSync(file, writeModel({ ...graph, description: "", metadata: [] }));
	const { status, output, errors } = runEngine(engine, [file], new Uint8Array(rows.buffer));
	expect(`${status}: ${errors}`).toBe("0: ");
	return new Float32Array(new Uint8Array(output).buffer);
}

/** A score for each class; of two classes there may be only the second's share. */
function allScores(scores: Float32Array, rows: number, classes: number): Float32Array {
	if (classes !== 2 || scores.length !== rows) return scores;
	return Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 1 ? scores[i >> 1]! : 1 - scores[i >> 1]!));
}

/** For each row the class with the greatest score, the first of several. */
function labels(scores: Float32Array, classes: number): number[] {
	return Array.from({ length: scores.length / classes }, (_, row) => {
		const each = scores.subarray(row * classes, (row + 1) * classes);
		return each.indexOf(Math.max(...each));
	});
}

function graphOf({ onnx, stored }: Fixture, input: InputFormat = floatInput(stored.input.shape[0]!)): Graph {
	return importedGraph(importOnnx(onnx), { input, precision: "float32" });
}

describe("model of scikit-learn", () => {
	const classifiers = fixtures.filter(({ classes }) => classes.length > 0);

	it.each(classifiers)("$name keeps its classes and gives every label that scikit-learn gives", (one) => {
		expect(importOnnx(one.onnx).classes).toEqual(one.classes);
		const scores = allScores(run(graphOf(one), one.rows), one.found.length, one.classes.length);
		expect(labels(scores, one.classes.length)).toEqual(one.found);
	});

	it.each(fixtures.filter(({ shares }) => shares))("$name gives the shares that scikit-learn gives", (one) => {
		const scores = allScores(run(graphOf(one), one.rows), one.found.length, one.classes.length);
		expect(scores.length).toBe(one.shares!.length);
		const greatest = scores.reduce(
			(most, value, i) => Math.max(most, Math.abs(value - one.shares![i]!) / Math.max(1, Math.abs(one.shares![i]!))),
			0,
		);
		expect(greatest).toBeLessThan(1e-4);
	});

	it.each(fixtures.filter(({ stored }) => stored.input.datatype !== "FLOAT32"))(
		"$name takes features as they are stored, with the same labels",
		(one) => {
			const given = run(graphOf(one, one.stored.input), one.stored.rows);
			const scores = allScores(given, one.found.length, one.classes.length);
			expect(labels(scores, one.classes.length)).toEqual(one.found);
		},
	);

	it("has test sets that hold every class", () => {
		for (const { classes, found } of classifiers) expect(new Set(found).size).toBe(classes.length);
	});
});

describe("int8", () => {
	const quantised = ["linear", "supportVectors"];
	const affected = fixtures.filter(
		({ onnx, stored }) => quantised.includes(importOnnx(onnx).method.kind) && stored.input.datatype !== "FLOAT32",
	);

	it("covers linear models and support vectors of both kinds", () => {
		expect(affected.length).toBeGreaterThanOrEqual(5);
	});

	it.each(affected)(
		"$name finds nearly all labels of float32, in a smaller file",
		({ name, onnx, stored, classes, found }) => {
			const model = importOnnx(onnx);
			const calibration = examplesOf(stored.input, stored.rows);
			const graph = importedGraph(model, { input: stored.input, precision: "int8", calibration });
			expect(graph.tensors.some(({ type, data }) => type === "INT8" && data)).toBe(true);
			const scores = allScores(run(graph, stored.rows), found.length, classes.length);
			const given = labels(scores, classes.length);
			const wrong = given.filter((label, i) => label !== found[i]).length;
			expect(wrong, name).toBeLessThanOrEqual(Math.max(1, Math.round(0.01 * found.length)));
			const size = (one: Graph) => writeModel({ ...one, description: "", metadata: [] }).length;
			const float = importedGraph(model, { input: stored.input, precision: "float32" });
			expect(size(graph)).toBeLessThan(0.7 * size(float));
		},
	);

	it("keeps trees' decisions, with leaves of 16 bits", () => {
		const { onnx, rows, found, classes } = fixture("cancer_forest");
		const model = importOnnx(onnx);
		const graph = importedGraph(model, { input: floatInput(model.features), precision: "int8" });
		expect(graph.tensors.some(({ type, data }) => type === "INT16" && data)).toBe(true);
		const given = labels(run(graph, rows), classes.length);
		expect(given.filter((label, i) => label !== found[i]).length).toBeLessThanOrEqual(1);
	});

	it("is refused without rows to take its ranges from, and for an input of another width", () => {
		const model = importOnnx(fixture("cancer_logistic").onnx);
		expect(() => importedGraph(model, { input: floatInput(30), precision: "int8" })).toThrow(RangeError);
		expect(() => importedGraph(model, { input: floatInput(31), precision: "float32" })).toThrow(
			/31 elements.* 30 features/,
		);
	});
});

describe("comparison of a tree", () => {
	const values = [-Infinity, -1.5, -(2 ** -149), -0, 0, 2 ** -149, 0.1, Math.fround(0.1), 1, 1.5, Infinity].map(
		Math.fround,
	);
	const modes: Record<string, (x: number, threshold: number) => boolean> = {
		BRANCH_LEQ: (x, threshold) => x <= threshold,
		BRANCH_LT: (x, threshold) => x < threshold,
		BRANCH_GTE: (x, threshold) => x >= threshold,
		BRANCH_GT: (x, threshold) => x > threshold,
	};

	it.each(Object.keys(modes))("%s holds for exactly the values for which ONNX means it", (mode) => {
		for (const threshold of [-1.5, 0, Math.fround(0.1), 1]) {
			const bytes = onnx({ nodes: [treeNode([{ mode, threshold, yes: 2, no: 1 }, 0, 1])] });
			const graph = importedGraph(importOnnx(bytes), { input: floatInput(1), precision: "float32" });
			const expected = values.map((x) => Number(modes[mode]!(x, threshold)));
			expect(labels(run(graph, Float32Array.from(values)), 2)).toEqual(expected);
		}
	});

	it("is made with stored integers where features are scaled before, and finds the same side", () => {
		const split = { mode: "BRANCH_LEQ", threshold: Math.fround(0.3), yes: 1, no: 2 };
		const scaler = (scale: number): Node => ({
			operator: "Scaler",
			inputs: ["X"],
			outputs: ["x"],
			attributes: { offset: { floats: [0.1] }, scale: { floats: [scale] } },
		});
		const tree = { ...treeNode([split, 0, 1]), inputs: ["x"] };
		const stored = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
		const real = Float32Array.from(stored, (value) => value / 8192);
		for (const scale of [0.7, -0.7]) {
			const model = importOnnx(onnx({ nodes: [scaler(scale), tree] }));
			const input: InputFormat = { datatype: "INT16", shape: [1], scale: 1 / 8192, zeroPoint: 0 };
			const graph = importedGraph(model, { input, precision: "float32" });
			expect(graph.operators.map(({ kind }) => kind)).toEqual(
				scale > 0 ? ["CUSTOM"] : ["DEQUANTIZE", "SUB", "MUL", "CUSTOM"],
			);
			const float = run(importedGraph(model, { input: floatInput(1), precision: "float32" }), real);
			expect(Buffer.compare(new Uint8Array(run(graph, stored).buffer), new Uint8Array(float.buffer))).toBe(0);
			expect(new Set(labels(float, 2)).size).toBe(2);
		}
	});

	it("rounds thresholds of double precision down, so that no float32 value changes sides", () => {
		expect(notAbove(0.1)).toBeLessThanOrEqual(0.1);
		expect(notAbove(0.1)).toBe(0.09999999403953552);
		expect(notAbove(0.5)).toBe(0.5);
		expect(below(0.5)).toBe(0.4999999701976776);
		expect(below(0)).toBe(-(2 ** -149));
		expect(below(-1)).toBe(-1.0000001192092896);
	});
});

describe("refusal", () => {
	function refusal(bytes: Uint8Array): OnnxError {
		try {
			importOnnx(bytes);
		} catch (error) {
			expect(error).toBeInstanceOf(OnnxError);
			return error as OnnxError;
		}
		throw new Error("the model was imported");
	}

	it.each(refused)("names what cannot be imported in $name", ({ onnx, node }) => {
		const { code, node: named } = refusal(onnx);
		expect(code).toBe("unsupported");
		expect(named).toContain(node);
	});

	const linear = (attributes: Record<string, Value>, inputs = ["X"]): Node => ({
		operator: "LinearClassifier",
		inputs,
		outputs: ["label", "scores"],
		attributes: {
			classlabels_ints: { integers: [0, 1, 2] },
			coefficients: { floats: [1, 2, 3] },
			intercepts: { floats: [0, 0, 0] },
			...attributes,
		},
	});
	const plain = (operator: string, inputs: string[], outputs: string[]): Node => ({
		operator,
		domain: "",
		inputs,
		outputs,
	});
	const leaf = (threshold: number, yes: number, no: number) => ({ mode: "BRANCH_LEQ", threshold, yes, no });

	it.each<[string, OnnxError["code"], RegExp, GraphParts]>([
		[
			"a missing attribute",
			"malformed",
			/LinearClassifier.*intercepts has 2/,
			{ nodes: [linear({ intercepts: { floats: [0, 0] } })] },
		],
		[
			"no coefficients",
			"unsupported",
			/LinearClassifier.*0 coefficients/,
			{ nodes: [linear({ coefficients: { floats: [] } })] },
		],
		[
			"a coefficient that is no number",
			"malformed",
			/coefficients/,
			{ nodes: [linear({ coefficients: { floats: [1, NaN, 3] } })] },
		],
		["an unknown transform", "unsupported", /PROBIT/, { nodes: [linear({ post_transform: { text: "PROBIT" } })] }],
		["one class", "malformed", /1 class label/, { nodes: [linear({ classlabels_ints: { integers: [7] } })] }],
		[
			"too many features",
			"malformed",
			/asks for 2 features/,
			{ nodes: [linear({ coefficients: { floats: [1, 2, 3, 4, 5, 6] } })] },
		],
		[
			"too few features",
			"malformed",
			/asks for 1 features where the input has 2/,
			{ nodes: [linear({})], features: 2 },
		],
		["another operator", "unsupported", /MatMul/, { nodes: [plain("MatMul", ["X", "X"], ["label"])] }],
		[
			"an operator in front",
			"unsupported",
			/Sqrt.* in front of/,
			{ nodes: [plain("Sqrt", ["X"], ["x"]), linear({}, ["x"])] },
		],
		["features of two inputs", "unsupported", /2 inputs/, { nodes: [linear({})], inputs: ["X", "Y"] }],
		["scores where the label belongs", "unsupported", /first output/, { nodes: [linear({})], outputs: ["scores"] }],
		["no output", "malformed", /no output/, { nodes: [linear({})], outputs: [] }],
		[
			"a circle",
			"malformed",
			/circles/,
			{ nodes: [plain("Identity", ["a"], ["label"]), plain("Identity", ["label"], ["a"])] },
		],
		["a tensor that is made twice", "malformed", /twice/, { nodes: [linear({}), plain("Cast", ["X"], ["label"])] }],
		["a tree that goes round", "malformed", /no root/, { nodes: [treeNode([leaf(0, 1, 1), leaf(0, 0, 0)])] }],
		[
			"a node with two parents",
			"malformed",
			/two parents/,
			{ nodes: [treeNode([leaf(0, 1, 2), leaf(1, 2, 3), 0, 1])] },
		],
		["a child that is not there", "malformed", /child 9/, { nodes: [treeNode([leaf(0, 1, 9), 1, 1])] }],
		["a node that nothing leads to", "malformed", /without a parent/, { nodes: [treeNode([leaf(0, 1, 2), 0, 1, 1])] }],
		[
			"a comparison for equality",
			"unsupported",
			/BRANCH_EQ/,
			{ nodes: [treeNode([{ ...leaf(0, 1, 2), mode: "BRANCH_EQ" }, 0, 1])] },
		],
	])("of %s", (_, code, message, parts) => {
		const error = refusal(onnx(parts));
		expect(error.message).toMatch(message);
		expect(error.code).toBe(code);
	});

	it("of a tree too deep to be recursed into, by its size, and not by a full stack", () => {
		const depth = 70_000;
		// Each split's left part is the rest of the chain, its right part a leaf.
		const nodes = Array.from({ length: depth }, (_, i) => [leaf(i, 2 * i + 2, 2 * i + 1), 0]).flat();
		const model = importOnnx(onnx({ nodes: [treeNode([...nodes, 1])] }));
		expect(model.method.kind === "trees" && model.method.trees[0]!.length).toBe(2 * depth + 1);
		expect(() => importedGraph(model, { input: floatInput(1), precision: "float32" })).toThrow(OnnxError);
	});
});

describe("hostile bytes", () => {
	const models = ["iris_logistic", "iris_svm_probability", "iris_bayes", "cancer_tree", "movements_tree"].map(
		(name) => fixture(name).onnx,
	);

	function attempt(bytes: Uint8Array): boolean {
		try {
			const model = importOnnx(bytes);
			if (model.features < 4096) importedGraph(model, { input: floatInput(model.features), precision: "float32" });
			return true;
		} catch (error) {
			if (!(error instanceof OnnxError)) throw error;
			return false;
		}
	}

	it("cut short are refused at every length", () => {
		// Behind the graph there is only a list of versions, which may be longer or shorter.
		const versions = 40;
		for (const bytes of models.slice(0, 3))
			for (let length = 0; length < bytes.length - versions; length++)
				expect(attempt(bytes.subarray(0, length))).toBe(false);
	});

	it("altered are a model or an OnnxError", () => {
		const random = createRandom(11);
		const outcomes = [0, 0];
		for (let i = 0; i < 6000; i++) {
			const altered = models[i % models.length]!.slice();
			const edits = 1 + Math.floor(random() * 4);
			for (let k = 0; k < edits; k++) altered[Math.floor(random() * altered.length)] = Math.floor(random() * 256);
			outcomes[Number(attempt(altered))]!++;
		}
		expect(outcomes[0]).toBeGreaterThan(500);
		expect(outcomes[1]).toBeGreaterThan(500);
	});

	it("of random content are refused", () => {
		const random = createRandom(12);
		for (let i = 0; i < 2000; i++) {
			const bytes = Uint8Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256));
			expect(attempt(bytes)).toBe(false);
		}
	});

	it("that promise more than they hold cost nothing", () => {
		const huge = [0xff, 0xff, 0xff, 0xff, 0x07];
		expect(attempt(Uint8Array.from([8, 10, 0x3a, ...huge]))).toBe(false);
		const tensor = [...bytes(1, [...huge, ...huge]), ...number(2, 1)];
		expect(attempt(Uint8Array.from([...number(1, 10), ...bytes(7, bytes(5, tensor))]))).toBe(false);
		expect(() => importOnnx(new Uint8Array((16 << 20) + 1))).toThrow(expect.objectContaining({ code: "tooLarge" }));
	});
});
