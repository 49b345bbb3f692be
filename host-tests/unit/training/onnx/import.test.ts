import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InputFormat } from "../../../../tools/training/examples";
import { OnnxError } from "../../../../tools/training/onnx/error";
import { importedGraph } from "../../../../tools/training/onnx/graph";
import { importOnnx } from "../../../../tools/training/onnx/import";
import { below, notAbove } from "../../../../tools/training/onnx/trees";
import type { Graph } from "../../../../tools/training/tflite/schema";
import { writeModel } from "../../../../tools/training/tflite/writer";
import { buildEngine, runEngine } from "../../../native/build";
import { examplesOf, type Fixture, fixture, fixtures, floatInput, refused } from "./fixtures";

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
		const scores = run(graphOf(one), one.rows);
		expect(labels(scores, one.classes.length)).toEqual(one.found);
	});

	it.each(fixtures.filter(({ shares }) => shares))("$name gives the shares that scikit-learn gives", (one) => {
		const scores = run(graphOf(one), one.rows);
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
			const scores = run(graphOf(one, one.stored.input), one.stored.rows);
			expect(labels(scores, one.classes.length)).toEqual(one.found);
		},
	);

	it("has test sets that hold every class", () => {
		for (const { classes, found } of classifiers) expect(new Set(found).size).toBe(classes.length);
	});
});
